/** What the draft makes of one event, down to the request, as one types. Nothing is sent. It must not know how it is worked out. */
import { useEffect, useMemo, useState } from 'react';
import type { EventTrace, JsonObject, ReceivedEvent } from '../../api/answers.ts';
import { ruleKeyOf } from '../../blueprint/paths.ts';
import { EXAMPLES } from '../../examples.ts';
import { isJsonObject, valueAt } from '../../json.ts';
import { clockOf } from '../../moments.ts';
import { Badge, VerdictBadge } from '../../ui/badge.tsx';
import { Json } from '../../ui/code.tsx';
import { Field, Select } from '../../ui/field.tsx';
import { ErrorNote } from '../../ui/notice.tsx';
import { sentenceCase } from '../../words.ts';
import { eventTitle } from '../events/event-page.tsx';
import { PlannedRequestView } from '../events/exchanges.tsx';
import { Rules } from '../events/road.tsx';
import type { Preview, Subject } from './use-preview.ts';

interface PreviewPanelProps {
  readonly preview: Preview;
  readonly events: readonly ReceivedEvent[];
  readonly isDraft: boolean;
  /** The key of the rule that is open: without a choice an event of this kind is shown. */
  readonly ruleKey: string | undefined;
  /** Should be stable. */
  readonly onSubject: (subject: Subject | undefined) => void;
}

const PASTED = 'pasted';
const SAMPLE = 'sample:';

export function PreviewPanel({ preview, events, isDraft, ruleKey, onSubject }: PreviewPanelProps) {
  const [chosen, setChosen] = useState<string>();
  const [pasted, setPasted] = useState('');
  const [agreed, setAgreed] = useState(false);
  const present =
    chosen ??
    (events.find((each) => ruleKeyOf(each) === ruleKey) ?? events[0])?.id ??
    `${SAMPLE}${EXAMPLES[0].key}`;
  const event = events.find(({ id }) => id === present);
  const subject = useMemo(() => subjectOf(present, event, pasted, agreed), [present, event, pasted, agreed]);
  useEffect(() => onSubject(subject), [onSubject, subject]);
  return (
    <aside className="card card-body stack preview" aria-label="Preview">
      <div className="row row-apart">
        <h2>Preview</h2>
        <span className="faint small">
          {isDraft ? 'of your draft' : 'of what is published'}; nothing is sent
        </span>
      </div>
      <Field label="With this event">
        {(input) => (
          <Select
            {...input}
            className="input-small"
            value={present}
            onChange={({ target }) => setChosen(target.value)}
          >
            {events.length > 0 && (
              <optgroup label="Received">
                {events.map((each) => (
                  <option key={each.id} value={each.id}>
                    {`${clockOf(Date.parse(each.received_at))} ${eventTitle(each)} ${each.email ?? ''}`}
                  </option>
                ))}
              </optgroup>
            )}
            <optgroup label="Examples">
              {EXAMPLES.map(({ key, label }) => (
                <option key={key} value={SAMPLE + key}>
                  {label}
                </option>
              ))}
              <option value={PASTED}>Paste one…</option>
            </optgroup>
          </Select>
        )}
      </Field>
      {present === PASTED && (
        <Field
          label="Event as JSON"
          error={pasted.trim() !== '' && subject === undefined ? 'This is not a JSON object yet.' : undefined}
        >
          {(input) => (
            <textarea
              {...input}
              className="input input-mono"
              rows={8}
              spellCheck={false}
              placeholder='{ "type": "track", "event": "Order Completed", "userId": "1", "properties": {} }'
              value={pasted}
              onChange={({ target }) => setPasted(target.value)}
            />
          )}
        </Field>
      )}
      <label className="row row-still small">
        <input
          type="checkbox"
          className="check"
          checked={agreed}
          onChange={({ target }) => setAgreed(target.checked)}
        />
        As if the person had agreed to everything
      </label>
      {preview.error !== undefined && <ErrorNote error={preview.error} />}
      <div aria-busy={preview.isBusy}>
        {preview.trace !== undefined && subject !== undefined && <TraceView trace={preview.trace} />}
      </div>
    </aside>
  );
}

const ALL_AGREED: JsonObject = {
  canonical: {
    essential: true,
    functional: true,
    analytics: true,
    marketing: true,
    personalization: true,
    advertising: true,
  },
};

function subjectOf(
  chosen: string,
  event: ReceivedEvent | undefined,
  pasted: string,
  agreed: boolean,
): Subject | undefined {
  if (event !== undefined && !agreed) return { event_ids: [event.id] };
  const sample = EXAMPLES.find(({ key }) => SAMPLE + key === chosen);
  const body = event?.payload ?? sample?.event('jane@example.com') ?? parsed(pasted);
  if (!isJsonObject(body)) return undefined;
  if (!agreed) return { event: body };
  const context = valueAt(body, 'context');
  return {
    event: { ...sendable(body), context: { ...(isJsonObject(context) ? context : {}), consent: ALL_AGREED } },
  };
}

/** A recorded event as a client would send it: without what the door added. */
function sendable(event: JsonObject): JsonObject {
  const { receivedAt: _receivedAt, sentAt: _sentAt, originalTimestamp: _original, ...rest } = event;
  return rest;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const CONSENT_TONES = { granted: 'good', denied: 'consent', unknown: 'consent' } as const;
const CONSENT_SOURCES = {
  event: 'the event says so',
  recorded: 'as decided before',
  nothing: 'nothing is known',
} as const;

function TraceView({ trace }: { readonly trace: EventTrace }) {
  const { consent, verdict, operations, email } = trace;
  return (
    <div className="stack">
      <dl className="facts">
        <dt>Person</dt>
        <dd>{email ?? <span className="faint">no e-mail address is known</span>}</dd>
        <dt>Consent</dt>
        <dd>
          <Badge
            tone={CONSENT_TONES[consent.judgement]}
            icon={consent.judgement === 'granted' ? 'check' : 'shield'}
          >
            {sentenceCase(consent.judgement)}
          </Badge>{' '}
          <span className="faint small">{CONSENT_SOURCES[consent.source]}</span>
        </dd>
        <dt>Result</dt>
        <dd>
          <VerdictBadge state={verdict.state} />
        </dd>
      </dl>
      {verdict.message !== undefined && <p className="soft small">{verdict.message}</p>}
      <Rules verdict={verdict} />
      {operations.map((operation, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a preview is drawn anew as a whole.
        <section key={index} className="stack stack-tight" aria-label={sentenceCase(operation.action)}>
          <h3>
            {sentenceCase(operation.action)}{' '}
            <span className="faint small">{operation.contacts.join(' → ')}</span>
          </h3>
          <Json value={operation.payload} name="What it says" />
          {operation.requests.map((request, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above.
            <PlannedRequestView key={at} request={request} />
          ))}
          {operation.note !== undefined && <p className="soft small">{operation.note}</p>}
        </section>
      ))}
    </div>
  );
}
