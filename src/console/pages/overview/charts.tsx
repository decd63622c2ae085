/** The four charts: volume, outcomes, latency, use of the request budget. It must not know how they are drawn. */
import type { StatsBucket } from '../../api/answers.ts';
import { clockOf, dayOf, preciseDuration, shortAmount } from '../../moments.ts';
import { budgetShare, type TimeRange } from '../../stats.ts';
import { Chart } from '../../ui/chart.tsx';

const DAY_MS = 86_400_000;

interface ChartsProps {
  readonly buckets: readonly StatsBucket[];
  readonly range: TimeRange;
  /** Requests a second that the account allows. */
  readonly perSecond: number;
}

export function Charts({ buckets, range, perSecond }: ChartsProps) {
  const times = buckets.map(({ from }) => Date.parse(from));
  const timeLabel = (atMs: number): string =>
    range.spanMs > DAY_MS ? dayOf(atMs).replace(/ \d{4}$/, '') : clockOf(atMs).slice(0, 5);
  const base = { times, timeLabel };
  const knowsLatency = buckets.some(({ latency_ms }) => latency_ms !== undefined);
  const knowsRequests = buckets.some(({ requests }) => requests !== undefined);
  return (
    <div className="charts">
      <Chart
        {...base}
        title="Events received"
        kind="bars"
        sums
        format={shortAmount}
        series={[{ label: 'Events', tone: 'info', values: buckets.map(({ received }) => received) }]}
        empty="Nothing was received in this time."
      />
      <Chart
        {...base}
        title="Outcomes"
        kind="bars"
        sums
        format={shortAmount}
        series={[
          {
            label: 'Delivered',
            tone: 'good',
            values: buckets.map(({ deliveries }) => deliveries.delivered ?? 0),
          },
          {
            label: 'Filtered',
            tone: 'consent',
            values: buckets.map(
              ({ verdicts, deliveries }) => (verdicts.filtered ?? 0) + (deliveries.filtered ?? 0),
            ),
          },
          {
            label: 'Needs a decision',
            tone: 'wait',
            values: buckets.map(({ deliveries }) => deliveries.held ?? 0),
          },
          {
            label: 'Failed or invalid',
            tone: 'bad',
            values: buckets.map(
              ({ verdicts, deliveries }) => (deliveries.dead ?? 0) + (verdicts.invalid ?? 0),
            ),
          },
        ]}
        empty="Nothing ended in this time."
      />
      {knowsLatency && (
        <Chart
          {...base}
          title="From receipt to delivery"
          kind="lines"
          format={preciseDuration}
          series={[
            {
              label: 'Half within',
              tone: 'info',
              values: buckets.map(({ latency_ms }) => latency_ms?.p50 ?? null),
            },
            {
              label: '95 % within',
              tone: 'consent',
              values: buckets.map(({ latency_ms }) => latency_ms?.p95 ?? null),
            },
          ]}
          empty="Nothing was delivered in this time."
        />
      )}
      {knowsRequests && (
        <Chart
          {...base}
          title="Use of the account’s request limit"
          kind="bars"
          format={(share) => `${Math.round(share * 100)} %`}
          series={[
            {
              label: `of ${perSecond} requests a second`,
              tone: 'info',
              values: buckets.map(({ requests }) => budgetShare(requests ?? 0, range.bucketS, perSecond)),
            },
          ]}
          limit={{ value: 1, label: 'limit' }}
          empty="No requests were made in this time."
        />
      )}
    </div>
  );
}
