/** Counts over time, made ready to be drawn. It must not know how they are drawn. */
import type { DeliveryState, StatsBucket, VerdictState } from './api/answers.ts';

export interface TimeRange {
  readonly key: string;
  readonly label: string;
  readonly spanMs: number;
  readonly bucketS: number;
}

const MINUTE_S = 60;
const HOUR_S = 3_600;

/** What charts can show; each makes 48 to 84 bars. */
export const RANGES: readonly TimeRange[] = [
  { key: '1h', label: 'Hour', spanMs: HOUR_S * 1000, bucketS: MINUTE_S },
  { key: '24h', label: 'Day', spanMs: 24 * HOUR_S * 1000, bucketS: 30 * MINUTE_S },
  { key: '7d', label: 'Week', spanMs: 7 * 24 * HOUR_S * 1000, bucketS: 2 * HOUR_S },
  { key: '30d', label: '30 days', spanMs: 30 * 24 * HOUR_S * 1000, bucketS: 12 * HOUR_S },
];

export function rangeOf(key: string | undefined): TimeRange {
  const [, day] = RANGES;
  const found = RANGES.find((range) => range.key === key) ?? day;
  if (found === undefined) throw new Error('there is always a range');
  return found;
}

/** Where the counting begins: whole buckets, so that a chart does not change with every second. */
export function startOf(range: TimeRange, nowMs: number): number {
  const bucketMs = range.bucketS * 1000;
  return Math.floor((nowMs - range.spanMs) / bucketMs) * bucketMs + bucketMs;
}

/** Every bucket from `sinceMs` to now; the service leaves out those in which nothing happened. */
export function wholeBuckets(
  given: readonly StatsBucket[],
  sinceMs: number,
  bucketS: number,
  nowMs: number,
): readonly StatsBucket[] {
  const bucketMs = bucketS * 1000;
  const kept = new Map(given.map((bucket) => [Math.floor(Date.parse(bucket.from) / bucketMs), bucket]));
  const buckets: StatsBucket[] = [];
  for (let index = Math.floor(sinceMs / bucketMs); index * bucketMs <= nowMs; index += 1) {
    const from = new Date(index * bucketMs).toISOString();
    buckets.push(kept.get(index) ?? { from, received: 0, verdicts: {}, deliveries: {} });
  }
  return buckets;
}

export interface Totals {
  readonly received: number;
  readonly deliveries: Readonly<Record<DeliveryState, number>>;
  readonly verdicts: Readonly<Record<VerdictState, number>>;
}

export function totalsOf(buckets: readonly StatsBucket[]): Totals {
  const deliveries = {
    waiting: 0,
    sending: 0,
    submitted: 0,
    held: 0,
    delivered: 0,
    filtered: 0,
    dead: 0,
    cancelled: 0,
  };
  const verdicts = { dropped: 0, filtered: 0, skipped: 0, invalid: 0, parked: 0, expired: 0, mapped: 0 };
  let received = 0;
  for (const bucket of buckets) {
    received += bucket.received;
    add(deliveries, bucket.deliveries);
    add(verdicts, bucket.verdicts);
  }
  return { received, deliveries, verdicts };
}

function add<K extends string>(into: Record<K, number>, more: Readonly<Partial<Record<K, number>>>): void {
  for (const key in into) into[key] += more[key] ?? 0;
}

/** The least round number (1, 2, 5 times a power of ten) that is at least `value`; 1 for nothing. */
export function roundAbove(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}

/** Requests a second, as a share of what the account allows. */
export function budgetShare(requests: number, bucketS: number, perSecond: number): number {
  return requests / bucketS / perSecond;
}
