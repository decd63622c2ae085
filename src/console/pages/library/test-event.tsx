/** Sends an example event through the pipeline and shows it arrive. It must not know how it is delivered. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import type { Installed, JsonObject, ReceivedEvent } from '../../api/answers.ts';
import type { StreamEntry } from '../../api/stream.ts';
import { EXAMPLES, type Example } from '../../examples.ts';
import { roughDuration } from '../../moments.ts';
import { to } from '../../routes.ts';
import { useApi, useStream } from '../../service.ts';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Field, Select, TextInput } from '../../ui/field.tsx';
import { ErrorNote, Note, Waiting } from '../../ui/notice.tsx';
import { Road } from '../events/road.tsx';

export function TestEvent({ installed }: { readonly installed: Installed }) {
  const api = useApi();
  const [email, setEmail] = useState('jane@example.com');
  const [example, setExample] = useState<Example>(EXAMPLES[0]);
  const [sentAtMs, setSentAtMs] = useState(0);
  const pipelineId = installed.pipeline_integration.pipeline_id;
  const send = useMutation({
    mutationFn: (event: JsonObject) => api.sendTestEvent(pipelineId, event),
    onMutate: () => setSentAtMs(Date.now()),
  });
  return (
    <div className="stack stack-wide">
      <form
        className="card card-body stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!send.isPending) send.mutate(example.event(email.trim()));
        }}
      >
        <div className="variants">
          <Field label="Event">
            {(input) => (
              <Select
                {...input}
                value={example.key}
                onChange={(event) =>
                  setExample(EXAMPLES.find(({ key }) => key === event.target.value) ?? EXAMPLES[0])
                }
              >
                {EXAMPLES.map(({ key, label }) => (
                  <option key={key} value={key}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Of the person">
            {(input) => (
              <TextInput
                {...input}
                type="email"
                value={email}
                onChange={(event) => setEmail(event.target.value)}
              />
            )}
          </Field>
        </div>
        <p className="soft small">
          It is a real event: it says that this person agreed to marketing, and it arrives in the account like
          any other.
        </p>
        {send.isError && <ErrorNote error={send.error} />}
        <div className="row">
          <Button kind="main" type="submit" icon="bolt" busy={send.isPending}>
            Send test event
          </Button>
          <ButtonLink href={to('sources')}>Connect my site instead</ButtonLink>
        </div>
      </form>
      {send.data !== undefined && (
        <Arrival key={send.data.message_id} messageId={send.data.message_id} sentAtMs={sentAtMs} />
      )}
    </div>
  );
}

/** How often the list is looked through while the stream has not told of it. */
const LOOK_MS = 1_000;

function Arrival({ messageId, sentAtMs }: { readonly messageId: string; readonly sentAtMs: number }) {
  const api = useApi();
  const [told, setTold] = useState<string>();
  const listen = useCallback(
    (entries: readonly StreamEntry[]) => {
      for (const entry of entries) {
        if (entry.kind === 'event' && entry.event.message_id === messageId) setTold(entry.event.id);
      }
    },
    [messageId],
  );
  useStream(listen);
  const looked = useQuery({
    queryKey: ['events', 'message', messageId],
    queryFn: async () =>
      (await api.events({}, 20)).data.find(({ message_id }) => message_id === messageId) ?? null,
    refetchInterval: ({ state }) => (state.data === null || state.data === undefined ? LOOK_MS : false),
    enabled: told === undefined,
  });
  const id = told ?? looked.data?.id;
  const event = useQuery({
    queryKey: ['event', id ?? ''],
    queryFn: () => api.event(id ?? ''),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => (isSettled(state.data) ? false : LOOK_MS),
  });
  if (event.data === undefined) return <Waiting what="Waiting for it to arrive…" />;
  return (
    <>
      <Success event={event.data} sentAtMs={sentAtMs} />
      <Road event={event.data} />
    </>
  );
}

/** Whether nothing more is to come for this event. */
function isSettled(event: ReceivedEvent | undefined): boolean {
  if (event === undefined || event.verdicts.length === 0) return false;
  return event.deliveries.every(({ state }) => !['waiting', 'sending', 'submitted'].includes(state));
}

function Success({ event, sentAtMs }: { readonly event: ReceivedEvent; readonly sentAtMs: number }) {
  const delivered = event.deliveries.find(({ state }) => state === 'delivered');
  if (delivered?.settled_at === undefined) return null;
  return (
    <Note tone="good" urgent>
      <strong>Delivered.</strong> It was in the account{' '}
      {roughDuration(Math.max(1, Date.parse(delivered.settled_at) - sentAtMs))} after you sent it.
    </Note>
  );
}
