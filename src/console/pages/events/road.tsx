/** The whole road of one event: received, person, consent, and for each integration its rules and deliveries. It must not know how the event was found. */
import type { ReactNode } from 'react';
import type { ReceivedEvent, Verdict } from '../../api/answers.ts';
import { useAttachments } from '../../api/queries.ts';
import { rulesOf } from '../../event-outcomes.ts';
import { isJsonObject, objectsAt, textAt, valueAt } from '../../json.ts';
import { Link } from '../../router.tsx';
import { to } from '../../routes.ts';
import { Badge, VerdictBadge } from '../../ui/badge.tsx';
import { Json } from '../../ui/code.tsx';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { Clock } from '../../ui/time.tsx';
import { EVENT_TYPE_WORDS, reasonOf, sentenceCase, type Tone, VERDICT_WORDS } from '../../words.ts';
import { DeliveryCard } from './delivery-card.tsx';
import { Remedy } from './remedy.tsx';
import './road.css';

export function Road({ event }: { readonly event: ReceivedEvent }) {
  return (
    <ol className="road" aria-label="What became of the event">
      <ReceivedStep event={event} />
      <PersonStep event={event} />
      <ConsentStep event={event} />
      {event.verdicts.length === 0 && (
        <Step icon="clock" tone="wait" title="Being processed">
          <p className="soft">
            It is in the log and waits for its turn; usually for less than a second. Without an integration it
            stays here.
          </p>
        </Step>
      )}
      {event.verdicts.map((verdict) => (
        <IntegrationStep key={verdict.pipeline_integration_id} event={event} verdict={verdict} />
      ))}
    </ol>
  );
}

interface StepProps {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

function Step({ icon, tone, title, aside, children }: StepProps) {
  return (
    <li className="timeline-step">
      <span className={`timeline-mark road-mark tone-${tone}`}>
        <Icon name={icon} />
      </span>
      <div className="road-body">
        <div className="road-head">
          <h2>{title}</h2>
          {aside}
        </div>
        {children}
      </div>
    </li>
  );
}

function ReceivedStep({ event }: { readonly event: ReceivedEvent }) {
  return (
    <Step
      icon="events"
      tone="info"
      title="Received"
      aside={
        <span className="faint small numbers">
          <Clock at={event.received_at} />
        </span>
      }
    >
      <dl className="facts">
        <dt>Kind</dt>
        <dd>{EVENT_TYPE_WORDS[event.type]}</dd>
        <dt>Happened</dt>
        <dd>
          <Clock at={event.timestamp} />
        </dd>
        <dt>Message id</dt>
        <dd className="mono">{event.message_id}</dd>
      </dl>
      <details className="fold">
        <summary>Whole event</summary>
        <Json value={event.payload} name="Event" />
      </details>
    </Step>
  );
}

function PersonStep({ event }: { readonly event: ReceivedEvent }) {
  const { email, user_id, anonymous_id } = event;
  const known = email ?? user_id ?? anonymous_id;
  return (
    <Step
      icon="people"
      tone={email === undefined ? 'wait' : 'info'}
      title="Person"
      aside={
        known !== undefined && (
          <Link className="small" href={to('people', {}, { q: known })}>
            See this person
          </Link>
        )
      }
    >
      <dl className="facts">
        <dt>E-mail</dt>
        <dd>
          {email ?? <span className="faint">not known for this visitor when the event was processed</span>}
        </dd>
        {user_id !== undefined && (
          <>
            <dt>User id</dt>
            <dd className="mono">{user_id}</dd>
          </>
        )}
        {anonymous_id !== undefined && (
          <>
            <dt>Anonymous id</dt>
            <dd className="mono">{anonymous_id}</dd>
          </>
        )}
      </dl>
    </Step>
  );
}

/** What the event itself said, and what was known where an integration refused it. */
function ConsentStep({ event }: { readonly event: ReceivedEvent }) {
  const said = valueAt(event.payload, 'context.consent');
  const refusal = event.verdicts.find(({ state }) => state === 'filtered');
  const known = refusal === undefined ? undefined : valueAt(refusal.detail, 'known');
  const needed = refusal === undefined ? undefined : valueAt(refusal.detail, 'needed');
  const choices = choicesOf(said) ?? choicesOf(known);
  return (
    <Step icon="shield" tone={refusal === undefined ? 'info' : 'consent'} title="Consent">
      {choices === undefined ? (
        <p className="soft">
          {refusal === undefined
            ? 'The event says nothing itself; the newest decision of this visitor counted.'
            : 'The event says nothing, and no decision of this visitor is known. Unknown means no.'}
        </p>
      ) : (
        <ul className="consent-list">
          {choices.map(([category, granted]) => (
            <li key={category}>
              <Badge
                tone={granted ? 'good' : refusal === undefined ? 'quiet' : 'consent'}
                icon={granted ? 'check' : 'cross'}
              >
                {`${category}: ${granted ? 'granted' : 'refused'}`}
              </Badge>
            </li>
          ))}
        </ul>
      )}
      {Array.isArray(needed) && <p className="soft small">Needed: {needed.join(', ')}.</p>}
    </Step>
  );
}

function choicesOf(said: unknown): readonly (readonly [string, boolean])[] | undefined {
  if (!isJsonObject(said)) return undefined;
  for (const form of [said['canonical'], said, said['categoryPreferences'], said['categories']]) {
    if (!isJsonObject(form)) continue;
    const found = Object.entries(form).flatMap(([category, value]) =>
      typeof value === 'boolean' ? [[category, value] as const] : [],
    );
    if (found.length > 0) return found;
  }
  return undefined;
}

interface IntegrationStepProps {
  readonly event: ReceivedEvent;
  readonly verdict: Verdict;
}

function IntegrationStep({ event, verdict }: IntegrationStepProps) {
  const { data: attachments = [] } = useAttachments();
  const attachment = attachments.find(({ id }) => id === verdict.pipeline_integration_id);
  const deliveries = event.deliveries.filter(
    ({ pipeline_integration_id }) => pipeline_integration_id === verdict.pipeline_integration_id,
  );
  const { tone, meaning } = VERDICT_WORDS[verdict.state];
  return (
    <Step
      icon="integrations"
      tone={tone}
      title={attachment?.integration_name ?? 'A removed integration'}
      aside={<VerdictBadge state={verdict.state} />}
    >
      {verdict.state !== 'mapped' && (
        <div className="row">
          <p className="soft grow">
            {verdict.message ?? meaning}{' '}
            {verdict.code !== undefined && <code className="faint">{verdict.code}</code>}
          </p>
          {verdict.code !== undefined && (
            <Remedy
              code={verdict.code}
              templateId={attachment?.integration_id}
              attachmentId={attachment?.id}
              rule={textAt(rulesOf(verdict)[0], 'rule') ?? event.event ?? event.type}
              email={event.email}
            />
          )}
        </div>
      )}
      <Rules verdict={verdict} />
      {deliveries.map((delivery) => (
        <DeliveryCard key={delivery.id} delivery={delivery} />
      ))}
    </Step>
  );
}

const RULE_WORDS: Readonly<Record<string, { readonly label: string; readonly tone: Tone }>> = {
  operation: { label: 'matched', tone: 'good' },
  skipped: { label: 'skipped', tone: 'quiet' },
  invalid: { label: 'invalid', tone: 'bad' },
  'no-address': { label: 'no address', tone: 'wait' },
};

/** The rules that matched, with what became of each. */
export function Rules({ verdict }: { readonly verdict: Pick<Verdict, 'detail'> }) {
  const rules = rulesOf(verdict);
  if (rules.length === 0) return null;
  return (
    <ul className="rule-list">
      {rules.map((rule) => {
        const { label, tone } = RULE_WORDS[textAt(rule, 'outcome') ?? ''] ?? { label: '?', tone: 'quiet' };
        const action = textAt(rule, 'action');
        const code = textAt(rule, 'code');
        return (
          <li key={textAt(rule, 'rule')} className="stack stack-tight">
            <span className="rule-line">
              <Badge tone={tone}>{label}</Badge>
              <span>
                Rule <span className="strong">{textAt(rule, 'rule')}</span>
                {action !== undefined && <> → {sentenceCase(action)}</>}
              </span>
              {code !== undefined && (
                <span className="soft">{textAt(rule, 'message') ?? reasonOf(code).title}</span>
              )}
            </span>
            {objectsAt(rule, 'problems').map((problem) => (
              <span key={`${textAt(problem, 'path')}-${textAt(problem, 'message')}`} className="soft">
                <code>{textAt(problem, 'path')}</code> {textAt(problem, 'message')}
              </span>
            ))}
          </li>
        );
      })}
    </ul>
  );
}
