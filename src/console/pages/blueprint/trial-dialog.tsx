/** Tries a draft on the newest events and tells what would change. Nothing is sent. It must not know how it is worked out. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { EventTrace, JsonObject, ReceivedEvent } from '../../api/answers.ts';
import { outlookText, type TrialKind, trialOf } from '../../blueprint/sentences.ts';
import { countOf } from '../../moments.ts';
import { Link } from '../../router.tsx';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { Button } from '../../ui/button.tsx';
import { Code, Json } from '../../ui/code.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorNote, Waiting } from '../../ui/notice.tsx';
import { eventTitle } from '../events/event-page.tsx';

interface TrialDialogProps {
  readonly templateId: string;
  readonly document: JsonObject;
  readonly events: readonly ReceivedEvent[];
  readonly onClose: () => void;
}

const KINDS: Readonly<Record<TrialKind, string>> = {
  more: 'would be sent and are not now',
  less: 'would not be sent any more',
  changed: 'would be sent differently',
  same: 'stay as they are',
};
const ORDER: readonly TrialKind[] = ['more', 'less', 'changed', 'same'];

export function TrialDialog({ templateId, document, events, onClose }: TrialDialogProps) {
  const api = useApi();
  const trial = useQuery({
    queryKey: ['trial', templateId, JSON.stringify(document), events[0]?.id],
    queryFn: () => api.preview(templateId, { blueprint: document, event_ids: events.map(({ id }) => id) }),
    retry: false,
  });
  const traces = trial.data?.data ?? [];
  const different = traces.filter((trace) => trialOf(trace) !== 'same');
  return (
    <Dialog
      wide
      title={`The last ${countOf(events.length, 'event')}, with this draft`}
      onClose={onClose}
      foot={<Button onClick={onClose}>Close</Button>}
    >
      {trial.isPending && <Waiting what="Trying…" />}
      {trial.isError && <ErrorNote error={trial.error} onRetry={() => trial.refetch()} />}
      {trial.data !== undefined && (
        <>
          <ul className="row" aria-label="Result">
            {ORDER.map((kind) => {
              const count = traces.filter((trace) => trialOf(trace) === kind).length;
              return count === 0 ? null : (
                <li key={kind} className={kind === 'same' ? 'soft' : 'strong'}>
                  {countOf(count, 'event')} {KINDS[kind]}.
                </li>
              );
            })}
          </ul>
          {different.length === 0 ? (
            <p className="soft">
              This draft changes nothing for them. Consent and identity are taken as they are now.
            </p>
          ) : (
            <ul>
              {different.map((trace) => (
                <TrialRow
                  key={trace.event_id}
                  trace={trace}
                  event={events.find(({ id }) => id === trace.event_id)}
                />
              ))}
            </ul>
          )}
        </>
      )}
    </Dialog>
  );
}

interface TrialRowProps {
  readonly trace: EventTrace;
  readonly event: ReceivedEvent | undefined;
}

function TrialRow({ trace, event }: TrialRowProps) {
  const [isOpen, setOpen] = useState(false);
  const { before } = trace;
  return (
    <li>
      <div className="trial-row">
        <span className="cut">
          {event === undefined ? (
            trace.event_id
          ) : (
            <Link href={to('event', { id: event.id })}>
              {eventTitle(event)} <span className="faint">{event.email}</span>
            </Link>
          )}
        </span>
        <span className="soft">{before === undefined ? '' : outlookText(before)}</span>
        <span>
          → {outlookText(trace)}{' '}
          <Button small kind="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? 'Less' : 'Compare'}
          </Button>
        </span>
      </div>
      {isOpen && (
        <div className="exchange-body">
          {before === undefined || before.operations.length === 0 ? (
            <Code name="Now" text="Nothing is sent." />
          ) : (
            <Json name="Now" value={before.operations.map(({ payload }) => payload)} />
          )}
          {trace.operations.length === 0 ? (
            <Code name="With the draft" text="Nothing would be sent." />
          ) : (
            <Json name="With the draft" value={trace.operations.map(({ payload }) => payload)} />
          )}
        </div>
      )}
    </li>
  );
}
