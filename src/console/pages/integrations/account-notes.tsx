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
import { Ago, useNow } from '../../ui/time.tsx';
import { midSentence, reasonOf, stopTitle } from '../../words.ts';

export function AccountNotes() {
  const { data = [] } = useTemplates();
  return data.map((template) => <AccountNote key={template.id} template={template} />);
}

export function AccountNote({ template }: { readonly template: TemplateStatus }) {
  switch (template.delivery.state) {
    case 'ok':
      return null;
    case 'paused':
      return <PausedNote template={template} />;
    case 'stopped':
      return <StoppedNote template={template} />;
  }
}

function PausedNote({ template }: { readonly template: TemplateStatus }) {
  const { code, until, waiting } = template.delivery;
  const reason = code === undefined ? '' : `: ${midSentence(reasonOf(code).title)}`;
  return (
    <Note tone="wait" icon="pause">
      <strong>
        {template.name} is paused{reason}.
      </strong>{' '}
      It goes on by itself {until !== undefined && <Ago at={until} />}.{waitsOf(waiting)}
    </Note>
  );
}

/** Each thing that is stopped in a paragraph of its own; one place to mend and one button for all of them. */
function StoppedNote({ template }: { readonly template: TemplateStatus }) {
  const { stops, waiting } = template.delivery;
  const inSettings = stops.find(({ mend }) => mend.where === 'settings');
  const isOneEndpoint = stops.length === 1 && stops[0]?.scope === 'endpoint';
  return (
    <Note
      tone="bad"
      icon="stop"
      actions={
        <>
          {inSettings !== undefined && (
            <ButtonLink small kind="main" href={to('settings', { id: template.id })}>
              {remedyLabel(inSettings.code, 'settings') ?? 'Open settings'}
            </ButtonLink>
          )}
          <ResumeButton
            template={template}
            label={remedyLabel(stops[0]?.code, 'resume') ?? 'Try again now'}
          />
        </>
      }
    >
      {stops.map((stop) => (
        <p className="note-part" key={`${stop.scope} ${stop.endpoint ?? ''}`}>
          <strong>{stopTitle(template.name, stop)}.</strong> {stop.message} Since <Ago at={stop.since} />;{' '}
          <NextProbe at={stop.next_probe_at} />. {stop.mend.how}
        </p>
      ))}
      {(isOneEndpoint || waiting > 0) && (
        <p className="note-part">
          {isOneEndpoint && 'Everything else goes on.'}
          {waitsOf(waiting)}
        </p>
      )}
    </Note>
  );
}

function NextProbe({ at }: { readonly at: string | undefined }) {
  const now = useNow();
  if (at === undefined) return 'asked again as soon as something is to be sent';
  if (Date.parse(at) <= now) return 'being asked again now';
  return (
    <>
      asked again <Ago at={at} />
    </>
  );
}

function waitsOf(waiting: number): string {
  return waiting === 0
    ? ''
    : ` ${countOf(waiting, 'delivery', 'deliveries')} wait${waiting === 1 ? 's' : ''}.`;
}

function remedyLabel(code: string | undefined, does: 'settings' | 'resume'): string | undefined {
  if (code === undefined) return undefined;
  const { remedy } = reasonOf(code);
  return remedy.does === does ? remedy.label : undefined;
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
