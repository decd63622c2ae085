/** One delivery with its reason, its payload and every try. It must not know which page it is on. */
import { useQuery } from '@tanstack/react-query';
import type { Delivery, DeliveryDetail, Try } from '../../api/answers.ts';
import { preciseDuration } from '../../moments.ts';
import { Link } from '../../router.tsx';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { Badge, DeliveryBadge } from '../../ui/badge.tsx';
import { Json } from '../../ui/code.tsx';
import { ErrorNote, Note } from '../../ui/notice.tsx';
import { Ago, Clock } from '../../ui/time.tsx';
import { DELIVERY_WORDS, reasonOf, sentenceCase, type Tone } from '../../words.ts';
import { ExchangeFold } from './exchanges.tsx';
import { Remedy } from './remedy.tsx';
import './road.css';

export function useDelivery(id: string) {
  const api = useApi();
  return useQuery({ queryKey: ['delivery', id], queryFn: () => api.delivery(id) });
}

interface DeliveryCardProps {
  readonly delivery: Delivery;
  /** Whether to name the event that it came from. */
  readonly linked?: boolean;
}

export function DeliveryCard({ delivery, linked = true }: DeliveryCardProps) {
  const detail = useDelivery(delivery.id);
  return (
    <article
      className="delivery-card"
      aria-label={`${sentenceCase(delivery.action)} for ${delivery.contacts.join(', ')}`}
    >
      <header className="delivery-head">
        <DeliveryBadge state={delivery.state} />
        <span className="strong">{operationName(delivery.action, detail.data?.payload)}</span>
        <span className="soft small wrap-anywhere">{delivery.contacts.join(' → ')}</span>
        <span className="grow" />
        {linked && (
          <Link className="small" href={to('delivery', { id: delivery.id })}>
            {delivery.id}
          </Link>
        )}
      </header>
      <div className="delivery-body">
        <DeliveryReason delivery={delivery} linked={linked} />
        {detail.isError && <ErrorNote error={detail.error} onRetry={() => detail.refetch()} />}
        {detail.data !== undefined && <Tries detail={detail.data} />}
        {detail.data !== undefined && (
          <details className="fold">
            <summary>What it says</summary>
            <Json value={detail.data.payload} name="Payload" />
          </details>
        )}
      </div>
    </article>
  );
}

/** `trackEvent` with its event's name: `Track event “purchase”`. */
export function operationName(action: string, payload: unknown): string {
  const name = typeof payload === 'object' && payload !== null ? Reflect.get(payload, 'event') : undefined;
  return typeof name === 'string' ? `${sentenceCase(action)} “${name}”` : sentenceCase(action);
}

/** Why it stands where it stands, in a sentence, with what can be done. Nothing for what was delivered. */
function DeliveryReason({ delivery, linked }: Required<DeliveryCardProps>) {
  const { state, code, message, next_at, integration_id, pipeline_integration_id, rule, contacts } = delivery;
  if (state === 'delivered') return null;
  const { tone, meaning } = DELIVERY_WORDS[state];
  return (
    <Note
      tone={tone}
      icon={tone === 'wait' ? 'clock' : tone === 'consent' ? 'shield' : tone === 'quiet' ? 'skip' : 'warn'}
      {...(code === undefined || (!linked && reasonOf(code).remedy.does === 'attempts')
        ? {}
        : {
            actions: (
              <Remedy
                code={code}
                templateId={integration_id}
                attachmentId={pipeline_integration_id}
                rule={rule}
                email={contacts[0]}
                delivery={delivery}
              />
            ),
          })}
    >
      {code !== undefined && <strong>{reasonOf(code).title}. </strong>}
      {message ?? meaning}
      {next_at !== undefined && state === 'waiting' && (
        <>
          {' '}
          Next try <Ago at={next_at} />.
        </>
      )}{' '}
      {code !== undefined && <code className="faint">{code}</code>}
    </Note>
  );
}

const TRY_TONES: Readonly<Record<string, Tone>> = {
  delivered: 'good',
  retry: 'wait',
  pause: 'wait',
  unknown: 'bad',
  rejected: 'bad',
  stop: 'bad',
};
const TRY_WORDS: Readonly<Record<string, string>> = {
  delivered: 'Confirmed',
  retry: 'Failed, tried again later',
  pause: 'Account asked to wait',
  unknown: 'Outcome unknown',
  rejected: 'Refused',
  stop: 'Account stopped',
};

function Tries({ detail }: { readonly detail: DeliveryDetail }) {
  if (detail.tries.length === 0) return <p className="faint small">No request was made yet.</p>;
  return (
    <ol className="tries" aria-label="Tries">
      {detail.tries.map((each, index) => (
        <TryView key={each.at} attempt={each} number={index + 1} isLast={index === detail.tries.length - 1} />
      ))}
    </ol>
  );
}

interface TryViewProps {
  readonly attempt: Try;
  readonly number: number;
  readonly isLast: boolean;
}

function TryView({ attempt, number, isLast }: TryViewProps) {
  const { at, duration_ms, outcome, code, message, exchanges, next_at } = attempt;
  const tone = TRY_TONES[outcome] ?? 'quiet';
  return (
    <li className={`try try-${tone}`}>
      <div className="try-head">
        <span className="strong">Try {number}</span>
        <Badge tone={tone}>{TRY_WORDS[outcome] ?? sentenceCase(outcome)}</Badge>
        <span className="faint numbers">
          <Clock at={at} /> · {preciseDuration(duration_ms)}
        </span>
        {next_at !== undefined && isLast && (
          <span className="soft">
            next try <Ago at={next_at} />
          </span>
        )}
      </div>
      {outcome !== 'delivered' && code !== undefined && (
        <p className="small soft">
          {message} <code className="faint">{code}</code>
        </p>
      )}
      {exchanges.map((exchange, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the requests of a try never change.
        <ExchangeFold key={index} exchange={exchange} />
      ))}
    </li>
  );
}
