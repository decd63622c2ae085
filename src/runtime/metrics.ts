/** Prometheus metrics: is it healthy, what is stuck, why. No label holds personal data. It must not know HTTP. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../clock.ts';
import type { Attempt, PendingJob } from '../store/ports/queue.ts';
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
  laneGauges(registry, store, clock);
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

/** Read when asked for, so that they are true at that moment. */
function laneGauges(registry: Registry, store: Store, clock: Clock): void {
  const waiting = new Gauge({
    name: 'signal_jobs_waiting',
    help: 'Open jobs, by account.',
    labelNames: ['account'],
    registers: [registry],
    async collect() {
      this.reset();
      stopped.reset();
      for (const lane of await store.queue.lanes(clock.now())) {
        waiting.set({ account: lane.lane }, lane.waiting);
        for (const { code, endpoint = 'all' } of lane.stops)
          stopped.set({ account: lane.lane, endpoint, code }, 1);
      }
    },
  });
  const stopped = new Gauge({
    name: 'signal_account_stopped',
    help: '1 while nothing can be sent to the account (endpoint all) or to one of its endpoints, by reason code.',
    labelNames: ['account', 'endpoint', 'code'],
    registers: [registry],
  });
  new Gauge({
    name: 'signal_events_unprocessed',
    help: 'Events in the log that are not processed yet.',
    registers: [registry],
    async collect() {
      this.set((await store.log.head()) - (await store.steps.cursor()));
    },
  });
}
