/** The one button that does something about a reason. It must not know how anything is done. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Delivery, OutcomeCode } from '../../api/answers.ts';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { describe } from '../../ui/notice.tsx';
import { reasonOf } from '../../words.ts';
import { ReplayDialog } from '../deliveries/replay-dialog.tsx';

interface RemedyProps {
  readonly code: OutcomeCode;
  /** The integration (template) that it is about. */
  readonly templateId?: string | undefined;
  /** The attachment of it to a pipeline. */
  readonly attachmentId?: string | undefined;
  readonly rule?: string | undefined;
  readonly email?: string | undefined;
  readonly delivery?: Delivery | undefined;
}

export function Remedy(props: RemedyProps) {
  const { code, templateId, rule, email, delivery } = props;
  const { remedy } = reasonOf(code);
  const id = templateId ?? '';
  switch (remedy.does) {
    case 'settings':
    case 'consent':
      return templateId === undefined ? null : (
        <ButtonLink small icon="settings" href={to('settings', { id })}>
          {remedy.label}
        </ButtonLink>
      );
    case 'blueprint':
      return templateId === undefined ? null : (
        <ButtonLink small icon="blueprint" href={to('blueprint', { id }, { rule })}>
          {remedy.label}
        </ButtonLink>
      );
    case 'sources':
      return (
        <ButtonLink small icon="sources" href={to('sources')}>
          {remedy.label}
        </ButtonLink>
      );
    case 'person':
      return email === undefined ? null : (
        <ButtonLink small icon="people" href={to('people', {}, { q: email })}>
          {remedy.label}
        </ButtonLink>
      );
    case 'attempts':
      return delivery === undefined ? null : (
        <ButtonLink small icon="eye" href={to('delivery', { id: delivery.id })}>
          {remedy.label}
        </ButtonLink>
      );
    case 'retry':
    case 'decide':
      return <RetryButton delivery={delivery} label={remedy.label} />;
    case 'enable':
      return <EnableButton attachmentId={props.attachmentId} label={remedy.label} />;
    case 'resume':
      return <ResumeButton templateId={templateId} label={remedy.label} />;
    case 'nothing':
      return null;
  }
}

interface RetryProps {
  readonly delivery: Delivery | undefined;
  readonly label: string;
}

/** Only what has failed or needs a decision can be sent again; what waits is tried by itself. */
function RetryButton({ delivery, label }: RetryProps) {
  const [asking, setAsking] = useState(false);
  if (delivery === undefined || (delivery.state !== 'dead' && delivery.state !== 'held')) return null;
  return (
    <>
      <Button small icon="retry" onClick={() => setAsking(true)}>
        {label}
      </Button>
      {asking && (
        <ReplayDialog selection={{ ids: [delivery.id] }} count={1} onClose={() => setAsking(false)} />
      )}
    </>
  );
}

function EnableButton({
  attachmentId,
  label,
}: {
  readonly attachmentId: string | undefined;
  readonly label: string;
}) {
  const api = useApi();
  const queries = useQueryClient();
  const enable = useMutation({
    mutationFn: (id: string) => api.patchAttachment(id, { enabled: true }),
    onSuccess: () =>
      say({ tone: 'good', text: 'The integration is on. It takes part from the next event on.' }),
    onError: (error) => say({ tone: 'bad', text: describe(error).sentence }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['attachments'] }),
  });
  if (attachmentId === undefined || enable.isSuccess) return null;
  return (
    <Button small busy={enable.isPending} onClick={() => enable.mutate(attachmentId)}>
      {label}
    </Button>
  );
}

function ResumeButton({
  templateId,
  label,
}: {
  readonly templateId: string | undefined;
  readonly label: string;
}) {
  const api = useApi();
  const resume = useMutation({
    mutationFn: (id: string) => api.resume(id),
    onSuccess: () => say({ tone: 'good', text: 'The account is being tried again.' }),
    onError: (error) => say({ tone: 'bad', text: describe(error).sentence }),
  });
  if (templateId === undefined) return null;
  return (
    <Button small busy={resume.isPending} onClick={() => resume.mutate(templateId)}>
      {label}
    </Button>
  );
}
