/** Counts of each integration a minute, and how long deliveries took, for charts. It must not know who looks at them. */
import type { Database, Statement } from 'better-sqlite3';
import type { Attempt, FinalJobState, JobId } from '../ports/queue.ts';
import type { StatsBucket } from '../ports/reads.ts';
import type { Verdict } from '../ports/steps.ts';
import { Sums } from './sums.ts';

const MINUTE_MS = 60_000;
/** The id under which all integrations are counted together. */
const ALL = '';

/** Times are counted in classes that are this much wider from one to the next, so that a percentile is right within five percent. */
const WIDTH = 1.1;

interface FinishedRow {
  readonly integration_id: string;
  readonly replay_id: string;
  readonly received_ms: number | null;
}

interface CountRow {
  readonly minute_ms: number;
  readonly word: string;
  readonly count: number;
}

interface Gathered {
  readonly verdicts: Record<string, number>;
  readonly jobs: Record<string, number>;
  readonly latencies: Map<number, number>;
  requests: number;
}

/** Writes go into the transaction that is open. */
export class Measures {
  readonly #counts: Sums;
  readonly #job: Statement<[number], FinishedRow>;
  readonly #since: Statement<[string, number], CountRow>;

  constructor(db: Database) {
    const count = db.prepare(
      'INSERT INTO measures VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
    );
    this.#counts = new Sums((key, by) => void count.run(...key, ...by));
    this.#job = db.prepare(
      `SELECT j.integration_id, j.replay_id, e.received_ms FROM jobs j LEFT JOIN events e ON e.seq = j.seq
       WHERE j.id = ?`,
    );
    this.#since = db.prepare(
      'SELECT minute_ms, word, count FROM measures WHERE integration_id = ? AND minute_ms >= ? ORDER BY minute_ms',
    );
  }

  /** Many changes, after which each count is written once. */
  together(run: () => void): void {
    this.#counts.together(run);
  }

  judged(verdicts: readonly Pick<Verdict, 'integrationId' | 'state'>[], nowMs: number): void {
    const counts = new Map<string, { integrationId: string; word: string; count: number }>();
    for (const { integrationId, state } of verdicts) {
      const key = `${state} ${integrationId}`;
      const entry = counts.get(key) ?? { integrationId, word: `verdict:${state}`, count: 0 };
      entry.count += 1;
      counts.set(key, entry);
    }
    for (const { integrationId, word, count } of counts.values())
      this.#add(integrationId, word, count, nowMs);
  }

  /** A job reached a state that is counted. What was sent again says nothing of how long things take. */
  reached(id: JobId, state: FinalJobState | 'held', nowMs: number): void {
    const job = this.#job.get(id);
    if (job === undefined) return;
    this.#add(job.integration_id, `job:${state}`, 1, nowMs);
    if (state !== 'delivered' || job.replay_id !== '' || job.received_ms === null) return;
    const word = `latency:${classOf(nowMs - job.received_ms)}`;
    this.#add(job.integration_id, word, 1, nowMs);
    this.#add(ALL, word, 1, nowMs);
  }

  /** Requests of these tries; what several tries of one batch share counts once. */
  tried(attempts: readonly Attempt[], nowMs: number): void {
    const counted = new Set<Attempt['exchanges']>();
    for (const { jobId, exchanges } of attempts) {
      if (exchanges.length === 0 || counted.has(exchanges)) continue;
      counted.add(exchanges);
      const job = this.#job.get(jobId);
      if (job === undefined) continue;
      this.#add(job.integration_id, 'requests', exchanges.length, nowMs);
      this.#add(ALL, 'requests', exchanges.length, nowMs);
    }
  }

  /** What only this table knows of all together, by the start of each bucket. */
  ofAll(sinceMs: number, bucketMs: number): ReadonlyMap<number, Pick<StatsBucket, 'latencyMs' | 'requests'>> {
    const buckets = this.#gather(ALL, sinceMs, bucketMs);
    return new Map([...buckets].map(([fromMs, gathered]) => [fromMs, timesOf(gathered)]));
  }

  /** The buckets of one integration; those without a count are left out. `received` is how often it judged. */
  ofIntegration(integrationId: string, sinceMs: number, bucketMs: number): readonly StatsBucket[] {
    return [...this.#gather(integrationId, sinceMs, bucketMs)].map(([fromMs, gathered]) => ({
      fromMs,
      received: Object.values(gathered.verdicts).reduce((sum, count) => sum + count, 0),
      verdicts: gathered.verdicts,
      jobs: gathered.jobs,
      ...timesOf(gathered),
    }));
  }

  #add(integrationId: string, word: string, count: number, nowMs: number): void {
    this.#counts.add([integrationId, nowMs - (nowMs % MINUTE_MS), word], [count]);
  }

  #gather(integrationId: string, sinceMs: number, bucketMs: number): Map<number, Gathered> {
    const buckets = new Map<number, Gathered>();
    for (const { minute_ms, word, count } of this.#since.iterate(
      integrationId,
      sinceMs - (sinceMs % bucketMs),
    )) {
      const fromMs = minute_ms - (minute_ms % bucketMs);
      const bucket: Gathered = buckets.get(fromMs) ?? {
        verdicts: {},
        jobs: {},
        latencies: new Map(),
        requests: 0,
      };
      buckets.set(fromMs, bucket);
      const [kind, name = ''] = word.split(':');
      if (kind === 'requests') bucket.requests += count;
      else if (kind === 'latency')
        bucket.latencies.set(Number(name), (bucket.latencies.get(Number(name)) ?? 0) + count);
      else if (kind === 'verdict') bucket.verdicts[name] = (bucket.verdicts[name] ?? 0) + count;
      else bucket.jobs[name] = (bucket.jobs[name] ?? 0) + count;
    }
    return buckets;
  }
}

function timesOf({ latencies, requests }: Gathered): Pick<StatsBucket, 'latencyMs' | 'requests'> {
  if (latencies.size === 0) return { requests, latencyMs: null };
  return { requests, latencyMs: { p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95) } };
}

function classOf(latencyMs: number): number {
  return latencyMs <= 1 ? 0 : Math.ceil(Math.log(latencyMs) / Math.log(WIDTH));
}

/** The middle of the class in which the share is reached, whole milliseconds. */
function percentile(latencies: ReadonlyMap<number, number>, share: number): number {
  const classes = [...latencies].sort(([a], [b]) => a - b);
  const wanted = share * classes.reduce((sum, [, count]) => sum + count, 0);
  let passed = 0;
  for (const [at, count] of classes) {
    passed += count;
    if (passed >= wanted) return Math.round(WIDTH ** (at - 0.5));
  }
  return 0;
}
