/** How an integration does: its state in a word, and the last day in numbers. It must not know how it is counted. */
import { useState } from 'react';
import type { AccountState, PipelineIntegration } from '../../api/answers.ts';
import { useStats } from '../../api/queries.ts';
import { shortAmount } from '../../moments.ts';
import { Link } from '../../router.tsx';
import { to } from '../../routes.ts';
import { rangeOf, startOf, totalsOf, wholeBuckets } from '../../stats.ts';
import { Badge } from '../../ui/badge.tsx';
import { Spark } from '../../ui/chart.tsx';
import { ErrorNote, Waiting } from '../../ui/notice.tsx';
import { useNow } from '../../ui/time.tsx';
import { stopBadge } from '../../words.ts';

export function StateBadge({
  account,
  enabled,
}: {
  readonly account: AccountState;
  readonly enabled: boolean;
}) {
  if (account.state === 'stopped')
    return (
      <Badge tone="bad" icon="stop">
        {stopBadge(account.stops)}
      </Badge>
    );
  if (!enabled)
    return (
      <Badge tone="quiet" icon="pause">
        Off
      </Badge>
    );
  if (account.state === 'paused')
    return (
      <Badge tone="wait" icon="pause">
        Paused
      </Badge>
    );
  return <Badge tone="good">Working</Badge>;
}

interface HealthProps {
  readonly attachments: readonly PipelineIntegration[];
  readonly waiting: number;
}

const DAY = rangeOf('24h');

/** The numbers of the last day. Each leads to what it counts. */
export function Health({ attachments, waiting }: HealthProps) {
  const now = useNow();
  const [openedAt] = useState(now);
  const since = startOf(DAY, Math.max(now, openedAt));
  const [attachment] = attachments;
  const stats = useStats({ sinceMs: since, bucketS: DAY.bucketS, integrationId: attachment?.id });
  if (stats.isError) return <ErrorNote error={stats.error} onRetry={() => stats.refetch()} />;
  if (stats.data === undefined) return <Waiting what="Counting…" />;
  const buckets = wholeBuckets(stats.data, since, DAY.bucketS, now);
  const { deliveries, verdicts } = totalsOf(buckets);
  const sinceIso = new Date(since).toISOString();
  const about = { integration_id: attachment?.id };
  return (
    <div className="health">
      <dl className="health-numbers">
        <Amount
          name="Delivered"
          amount={deliveries.delivered}
          href={to('deliveries', {}, { ...about, status: 'delivered', since: sinceIso })}
        />
        <Amount
          name="Filtered"
          amount={deliveries.filtered + verdicts.filtered}
          href={to('events', {}, { ...about, status: 'filtered', since: sinceIso })}
        />
        <Amount
          name="Waiting"
          amount={waiting}
          href={to('deliveries', {}, { ...about, status: 'waiting' })}
        />
        <Amount
          name="Failed"
          amount={deliveries.dead + deliveries.held}
          href={to('deliveries', {}, { ...about, status: 'dead', since: sinceIso })}
        />
      </dl>
      <div className="health-spark">
        <Spark
          label={`Deliveries in the last day: ${deliveries.delivered}`}
          tone="good"
          values={buckets.map((bucket) => bucket.deliveries.delivered ?? 0)}
        />
        <span className="faint small">Delivered, last 24 hours</span>
      </div>
    </div>
  );
}

function Amount({
  name,
  amount,
  href,
}: {
  readonly name: string;
  readonly amount: number;
  readonly href: string;
}) {
  return (
    <div>
      <dt className="faint small">{name}</dt>
      <dd className="health-amount">
        <Link href={href} aria-label={`${name}: ${amount}`}>
          {shortAmount(amount)}
        </Link>
      </dd>
    </div>
  );
}
