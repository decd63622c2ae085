/** Prometheus metrics: is it healthy, what is stuck, why. No label holds personal data. It must not know HTTP. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../clock.ts';
import type { Attempt, LaneStatus, PendingJob } from '../store/ports/queue.ts';
import type { StoreProblem } from '../store/sqlite/checkpointer.ts';
import type { Store } from '../store/store.ts';

export interface Metrics {
  readonly registry: Registry;
  countAttempt(attempt: Attempt, job: PendingJob): void;
  countStoreProblem(problem: Pick<StoreProblem, 'of' | 'code'>): void;
}

export function createMetrics(store: Store, clock: Clock): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const attempts = new Counter({
    name: 'signal_delivery_attempts_total',
    help: 'Tries of deliveries, by action, outcome and reason code.',
    labelNames: ['action', 'outcome', 'code'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'signal_delivery_attempt_duration_seconds',
    help: 'Time of one try, from the first request to its settlement.',
    labelNames: ['action'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  const latency = new Histogram({
    name: 'signal_delivery_age_seconds',
    help: 'Age of a job when it was tried: from mapping to the try.',
    buckets: [0.1, 0.5, 1, 5, 30, 120, 600, 3600, 21_600, 86_400, 259_200],
    registers: [registry],
  });
  queueGauges(registry, store, clock);
  const problems = storeMetrics(registry, store);
  return {
    registry,
    countStoreProblem: ({ of, code }) => problems.inc({ of, code }),
    countAttempt({ outcome, code, durationMs, atMs }, job) {
      attempts.inc({ action: job.action, outcome, code });
      durations.observe({ action: job.action }, durationMs / 1000);
      latency.observe(Math.max(0, atMs - job.enqueuedAtMs) / 1000);
    },
  };
}

/** Whether the disk takes what must be kept, asked when asked for; and what it refused, by SQLite's code. */
function storeMetrics(registry: Registry, store: Store): Counter<'of' | 'code'> {
  new Gauge({
    name: 'signal_store_writable',
    help: '1 when the disk takes a durable write, 0 when it does not: ingestion answers 503 then.',
    registers: [registry],
    async collect() {
      this.set(
        await store.upkeep.probe().then(
          () => 1,
          () => 0,
        ),
      );
    },
  });
  return new Counter({
    name: 'signal_store_refused_total',
    help: "Commits and checkpoints that the disk refused, by SQLite's code.",
    labelNames: ['of', 'code'],
    registers: [registry],
  });
}

/** A value with its labels, as a gauge shows it. */
interface Reading {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Read when asked for, so that they are true at that moment. Each reads for itself: all are asked at once, and one that
 * another fills would be shown before it is filled.
 */
function queueGauges(registry: Registry, { queue, replays, log, steps }: Store, clock: Clock): void {
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    read: () => Promise<readonly Reading[]>,
  ): unknown =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        const readings = await read();
        this.reset();
        for (const { labels = {}, value } of readings) this.set(labels, value);
      },
    });
  const ofAccounts =
    (read: (lane: LaneStatus, nowMs: number) => readonly Reading[]): (() => Promise<readonly Reading[]>) =>
    async () => {
      const nowMs = clock.now();
      return (await queue.lanes(nowMs)).flatMap((lane) => read(lane, nowMs));
    };

  gauge(
    'signal_jobs_waiting',
    'Jobs that wait to be sent, by account.',
    ['account'],
    ofAccounts(({ lane, waiting }) => [{ labels: { account: lane }, value: waiting }]),
  );
  gauge(
    'signal_jobs_held',
    'Jobs of which nobody can know whether they arrived: they wait for a person, by account.',
    ['account'],
    ofAccounts(({ lane, held }) => [{ labels: { account: lane }, value: held }]),
  );
  gauge(
    'signal_account_paused_seconds',
    'How much longer nothing is sent to the account because it asked for that, by reason code.',
    ['account', 'code'],
    ofAccounts(({ lane, notBeforeMs, pauseCode: code }, nowMs) =>
      code === undefined ? [] : [{ labels: { account: lane, code }, value: (notBeforeMs - nowMs) / 1000 }],
    ),
  );
  gauge(
    'signal_account_stopped',
    '1 while nothing can be sent to the account (endpoint all) or to one of its endpoints, by reason code.',
    ['account', 'endpoint', 'code'],
    ofAccounts(({ lane, stops }) =>
      stops.map(({ endpoint = 'all', code }) => ({ labels: { account: lane, endpoint, code }, value: 1 })),
    ),
  );
  gauge(
    'signal_integration_stopped',
    '1 while nothing can be sent for the integration (tmpl_…), by reason code.',
    ['integration', 'code'],
    async () =>
      [...(await queue.stopsOfTemplates())].map(([integration, { code }]) => ({
        labels: { integration, code },
        value: 1,
      })),
  );
  gauge(
    'signal_oldest_job_age_seconds',
    'Age of the job that has waited longest to be sent; 0 when none waits.',
    [],
    async () => {
      const [oldest] = (await replays.survey({ states: ['waiting'] }, 0, 1)).found;
      const ageMs = oldest === undefined ? 0 : clock.now() - oldest.enqueuedAtMs;
      return [{ value: Math.max(0, ageMs) / 1000 }];
    },
  );
  gauge('signal_events_unprocessed', 'Events in the log that are not processed yet.', [], async () => [
    { value: (await log.head()) - (await steps.cursor()) },
  ]);
}
