/** Claims about what `/metrics` answers: is it healthy, what is stuck, why. */
import { readFileSync } from 'node:fs';
import { beforeEach, expect, it } from 'vitest';
import { createMetrics, type Metrics } from '../../src/runtime/metrics.ts';
import type { Attempt, PendingJob } from '../../src/store/ports/queue.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import { claimOne, enqueue, install } from '../store/beginnings.ts';
import { LANE, newEvent, newJob, START_MS } from '../store/samples.ts';

const OTHER = 'other.api-us1.com';
let store: Store;
let nowMs: number;
let metrics: Metrics;

beforeEach(async () => {
  nowMs = START_MS;
  const clock = { now: () => nowMs, after: () => () => {} };
  const schedule = (flush: () => void): void => queueMicrotask(flush);
  store = openSqliteStore({
    path: ':memory:',
    clock,
    schedule,
    dedupeDays: 28,
    retentionDays: 30,
    parkPerVisitor: 9,
  });
  metrics = createMetrics(store, clock);
  await install(store);
  return () => store.close();
});

/** The lines of our own, asked for once. */
async function scraped(): Promise<string[]> {
  const text = await metrics.registry.metrics();
  return text.split('\n').filter((line) => line.startsWith('signal_'));
}

it('a healthy service: nothing waits, nothing is stopped, the disk takes what comes', async () => {
  expect((await scraped()).filter((line) => !line.startsWith('signal_delivery_'))).toEqual([
    'signal_oldest_job_age_seconds 0',
    'signal_events_unprocessed 0',
    'signal_store_writable 1',
  ]);
});

it('what waits, since when, what a person must look at, and what is not processed, at the first time of asking', async () => {
  await enqueue(store, [{}, { contacts: ['bob@example.com'] }, { lane: OTHER, integrationId: 'pi_2' }]);
  await store.log.append([newEvent('new')]);
  await store.queue.settle({
    lease: await claimOne(store),
    nowMs,
    changes: [{ id: 1, to: 'held', code: 'TIMED_OUT' }],
    attempts: [],
  });
  nowMs += 90_000;
  const lines = await scraped();
  expect(lines).toContain(`signal_jobs_waiting{account="${LANE}"} 1`);
  expect(lines).toContain(`signal_jobs_waiting{account="${OTHER}"} 1`);
  expect(lines).toContain(`signal_jobs_held{account="${LANE}"} 1`);
  expect(lines).toContain('signal_oldest_job_age_seconds 90');
  expect(lines).toContain('signal_events_unprocessed 1');
  await store.queue.cancel([1, 2, 3], nowMs);
  expect((await scraped()).filter((line) => line.includes('account='))).toEqual([]);
  expect(await scraped()).toContain('signal_oldest_job_age_seconds 0');
});

it('why nothing leaves: a pause, a stop of the account, of an endpoint, of an integration, each until it is over', async () => {
  await enqueue(store, [{}, { lane: OTHER, integrationId: 'pi_2', templateId: 'it_2' }]);
  const settle = async (lane: string, bound: object): Promise<void> => {
    // The lease of the one before has run out, and another owner takes the lanes.
    nowMs += 61_000;
    const lease = await claimOne(store, { lane, nowMs, owner: `owner at ${nowMs}` });
    await store.queue.settle({ lease, nowMs, changes: [], attempts: [], ...bound });
  };
  const message = 'Why.';
  await settle(LANE, { stop: { code: 'ACCOUNT_UNPAID', message } });
  await settle(LANE, { stop: { endpoint: 'tracking', code: 'DNS_FAILED', message } });
  await settle(OTHER, { stop: { templateId: 'it_2', code: 'CREDENTIALS_REFUSED', message } });
  await settle(OTHER, { pause: { untilMs: nowMs + 61_000 + 30_000, code: 'RATE_LIMITED' } });
  const reasons = async (): Promise<string[]> => (await scraped()).filter((line) => line.includes('code='));
  expect((await reasons()).sort()).toEqual([
    `signal_account_paused_seconds{account="${OTHER}",code="RATE_LIMITED"} 30`,
    `signal_account_stopped{account="${LANE}",endpoint="all",code="ACCOUNT_UNPAID"} 1`,
    `signal_account_stopped{account="${LANE}",endpoint="tracking",code="DNS_FAILED"} 1`,
    'signal_integration_stopped{integration="it_2",code="CREDENTIALS_REFUSED"} 1',
  ]);
  nowMs += 30_000;
  await store.queue.resume({ lane: LANE }, nowMs);
  await store.queue.resume({ templateId: 'it_2' }, nowMs);
  expect(await reasons()).toEqual([]);
});

it('every try is counted with its action, outcome and code, how long it took and how old its job was; nobody is named', async () => {
  const job: PendingJob = { ...newJob(1), id: 1, state: 'waiting', attempts: 0 };
  const tried: Attempt = {
    jobId: 1,
    atMs: START_MS + 4_000,
    durationMs: 200,
    outcome: 'retry',
    code: 'SERVER_ERROR',
    exchanges: [{ url: 'https://acme.api-us1.com/?email=ann@example.com' }],
  };
  metrics.countAttempt(tried, job);
  metrics.countAttempt({ ...tried, outcome: 'delivered', code: 'DELIVERED' }, job);
  metrics.countAttempt(tried, job);
  metrics.countStoreProblem({ of: 'commit', code: 'SQLITE_FULL' });
  const lines = await scraped();
  expect(lines).toContain(
    'signal_delivery_attempts_total{action="syncContact",outcome="retry",code="SERVER_ERROR"} 2',
  );
  expect(lines).toContain(
    'signal_delivery_attempts_total{action="syncContact",outcome="delivered",code="DELIVERED"} 1',
  );
  expect(lines).toContain('signal_delivery_attempt_duration_seconds_bucket{le="0.1",action="syncContact"} 0');
  expect(lines).toContain(
    'signal_delivery_attempt_duration_seconds_bucket{le="0.25",action="syncContact"} 3',
  );
  expect(lines).toContain('signal_delivery_age_seconds_bucket{le="1"} 0');
  expect(lines).toContain('signal_delivery_age_seconds_bucket{le="5"} 3');
  expect(lines).toContain('signal_store_refused_total{of="commit",code="SQLITE_FULL"} 1');
  expect(lines.join()).not.toContain('ann@');
});

it('the metrics are those that users read about, labels and all', async () => {
  const page = readFileSync(new URL('../../docs/outcomes.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `signal_'));
  const written = rows.flatMap((row) => row.match(/signal_\w+(?:\{[\w,]+\})?/g) ?? []);
  const own = metrics.registry.getMetricsAsArray().filter(({ name }) => name.startsWith('signal_'));
  const made = own.map((metric) => {
    const labels = 'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames : [];
    return labels.length === 0 ? metric.name : `${metric.name}{${labels.join(',')}}`;
  });
  expect(written.sort()).toEqual(made.sort());
});
