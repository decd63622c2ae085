/** Accounts that cannot be reached now: which, why, and one button that helps. It must not know how delivery works. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { TemplateStatus } from '../../api/answers.ts';
import { useTemplates } from '../../api/queries.ts';
import { countOf } from '../../moments.ts';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { describe, Note } from '../../ui/notice.tsx';
import { Ago } from '../../ui/time.tsx';
import { midSentence, reasonOf } from '../../words.ts';

export function AccountNotes() {
  const { data = [] } = useTemplates();
  return data.map((template) => <AccountNote key={template.id} template={template} />);
}

export function AccountNote({ template }: { readonly template: TemplateStatus }) {
  const { state, code, message, since, until, waiting } = template.delivery;
  if (state === 'ok') return null;
  const reason = code === undefined ? undefined : reasonOf(code);
  const waits =
    waiting === 0 ? '' : ` ${countOf(waiting, 'delivery', 'deliveries')} wait${waiting === 1 ? 's' : ''}.`;
  if (state === 'paused') {
    return (
      <Note tone="wait" icon="pause">
        <strong>
          {template.name} is paused{reason === undefined ? '' : `: ${midSentence(reason.title)}`}.
        </strong>{' '}
        It goes on by itself {until !== undefined && <Ago at={until} />}.{waits}
      </Note>
    );
  }
  const isMendedHere = reason?.remedy.does === 'settings';
  return (
    <Note
      tone="bad"
      icon="stop"
      actions={
        <>
          {isMendedHere && (
            <ButtonLink small kind="main" href={to('settings', { id: template.id })}>
              {reason.remedy.label}
            </ButtonLink>
          )}
          <ResumeButton
            template={template}
            label={isMendedHere ? 'Try again now' : (remedyLabel(code) ?? 'Try again now')}
          />
        </>
      }
    >
      <strong>
        {template.name} is stopped{reason === undefined ? '' : `: ${midSentence(reason.title)}`}.
      </strong>{' '}
      {message}{' '}
      {since !== undefined && (
        <>
          Since <Ago at={since} />.
        </>
      )}
      {waits}
    </Note>
  );
}

function remedyLabel(code: string | undefined): string | undefined {
  if (code === undefined) return undefined;
  const { remedy } = reasonOf(code);
  return remedy.does === 'resume' ? remedy.label : undefined;
}

function ResumeButton({ template, label }: { readonly template: TemplateStatus; readonly label: string }) {
  const api = useApi();
  const queries = useQueryClient();
  const resume = useMutation({
    mutationFn: () => api.resume(template.id),
    onSuccess: () => say({ tone: 'good', text: `${template.name} is being tried again.` }),
    onError: (error) => say({ tone: 'bad', text: describe(error).sentence }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['templates'] }),
  });
  return (
    <Button small busy={resume.isPending} onClick={() => resume.mutate()}>
      {label}
    </Button>
  );
}
