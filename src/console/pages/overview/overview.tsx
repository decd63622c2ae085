/** The first page: whether all is well, what needs somebody, and how much goes through. It must not know how it is counted. */
import { useState } from 'react';
import { useServiceInfo, useStats, useTemplates } from '../../api/queries.ts';
import { shortAmount } from '../../moments.ts';
import { Link, useQueryState } from '../../router.tsx';
import { to } from '../../routes.ts';
import { Page } from '../../shell/page.tsx';
import { RANGES, rangeOf, startOf, totalsOf, wholeBuckets } from '../../stats.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { Empty, ErrorNote, Waiting } from '../../ui/notice.tsx';
import { useNow } from '../../ui/time.tsx';
import { AccountNotes } from '../integrations/account-notes.tsx';
import { Charts } from './charts.tsx';

export function Overview() {
  const templates = useTemplates();
  if (templates.isPending) return <Waiting what="Loading…" />;
  if (templates.isError) {
    return (
      <Page title="Overview">
        <ErrorNote error={templates.error} onRetry={() => templates.refetch()} />
      </Page>
    );
  }
  return templates.data.length === 0 ? <Welcome /> : <Activity />;
}

function Welcome() {
  return (
    <Page title="Overview" heading="Welcome">
      <div className="card">
        <Empty
          icon="library"
          title="Connect your first account"
          action={
            <ButtonLink kind="main" icon="library" href={to('library')}>
              Open the library
            </ButtonLink>
          }
        >
          Choose an integration, enter its credentials, and send a test event. It takes about a minute, and
          nothing leaves before you say so.
        </Empty>
      </div>
    </Page>
  );
}

function Activity() {
  const [query, setQuery] = useQueryState();
  const range = rangeOf(query['range']);
  const now = useNow();
  const [openedAt] = useState(now);
  const since = startOf(range, Math.max(now, openedAt));
  const stats = useStats({ sinceMs: since, bucketS: range.bucketS });
  const service = useServiceInfo();
  const templates = useTemplates();
  const buckets = wholeBuckets(stats.data ?? [], since, range.bucketS, now);
  const totals = totalsOf(buckets);
  const waiting = (templates.data ?? []).reduce((sum, { delivery }) => sum + delivery.waiting, 0);
  const sinceIso = new Date(since).toISOString();
  return (
    <Page
      title="Overview"
      lead="What came in, what became of it, and what needs you."
      actions={
        <fieldset className="segments">
          <legend className="only-spoken">Time shown</legend>
          {RANGES.map(({ key, label }) => (
            <button
              key={key}
              type="button"
              className="segment"
              aria-pressed={key === range.key}
              onClick={() => setQuery({ range: key })}
            >
              {label}
            </button>
          ))}
        </fieldset>
      }
    >
      <AccountNotes />
      {stats.isError && <ErrorNote error={stats.error} onRetry={() => stats.refetch()} />}
      <div className="figures">
        <Figure name="Received" icon="events" amount={totals.received} href={to('events')} />
        <Figure
          name="Delivered"
          icon="check"
          amount={totals.deliveries.delivered}
          href={to('deliveries', {}, { status: 'delivered', since: sinceIso })}
        />
        <Figure
          name="Filtered"
          icon="shield"
          amount={totals.verdicts.filtered + totals.deliveries.filtered}
          href={to('events', {}, { status: 'filtered', since: sinceIso })}
        />
        <Figure
          name="Waiting now"
          icon="clock"
          amount={waiting}
          href={to('deliveries', {}, { status: 'waiting' })}
        />
        <Figure
          name="Failed"
          icon="warn"
          amount={totals.deliveries.dead}
          href={to('deliveries', {}, { status: 'dead', since: sinceIso })}
        />
        <Figure
          name="Needs a decision"
          icon="info"
          amount={totals.deliveries.held}
          href={to('deliveries', {}, { status: 'held' })}
        />
      </div>
      <Charts buckets={buckets} range={range} perSecond={service.data?.limits.requests_per_second ?? 5} />
    </Page>
  );
}

function Figure({
  name,
  icon,
  amount,
  href,
}: {
  readonly name: string;
  readonly icon: IconName;
  readonly amount: number;
  readonly href: string;
}) {
  return (
    <Link className="figure" href={href}>
      <span className="figure-name">
        <Icon name={icon} />
        {name}
      </span>
      <span className="figure-amount">{shortAmount(amount)}</span>
    </Link>
  );
}
