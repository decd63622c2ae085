/** What happened, kept for people: the activity feed and the counts for charts. It must not know why it happened. */
import type { Database, Statement } from 'better-sqlite3';
import type { Clock } from '../../clock.ts';
import type { Seq } from '../ports/event-log.ts';
import type { FinalJobState, JobId } from '../ports/queue.ts';
import type { Activity, StatsBucket } from '../ports/reads.ts';
import type { Verdict, VerdictState } from '../ports/steps.ts';
import { Hints } from './hints.ts';
import { Measures } from './measures.ts';
import { Pieces } from './pieces.ts';
import { Sums } from './sums.ts';

/** What is counted: received events, verdicts as they are given, jobs as they reach a state that people care about. */
export type TallyWord = 'received' | `verdict:${VerdictState}` | `job:${FinalJobState | 'held'}`;

const MINUTE_MS = 60_000;

interface ActivityRow {
  readonly position: number;
  readonly at_ms: number;
  readonly kind: Activity['kind'];
  readonly seq: number;
  readonly job_id: number | null;
}

interface Note {
  readonly atMs: number;
  readonly kind: Activity['kind'];
  readonly seq: Seq;
  readonly jobId: JobId | null;
}

/** Writes go into the transaction that is open; the times are those of the store's clock. */
export class Trail {
  readonly measures: Measures;
  readonly #clock: Clock;
  readonly #hints = new Hints();
  readonly #note: Pieces<Note>;
  /** What is noted together. */
  #notes: Note[] | undefined;
  readonly #counts: Sums;
  readonly #after: Statement<[number, number], ActivityRow>;
  readonly #head: Statement<[], number>;
  readonly #tallies: Statement<
    [number],
    { readonly minute_ms: number; readonly word: string; readonly count: number }
  >;
  /** Something was noted since listeners were told the last time; if it was undone, they look once in vain. */
  #isNoted = false;

  constructor(db: Database, clock: Clock) {
    this.#clock = clock;
    this.measures = new Measures(db);
    this.#note = new Pieces(
      db,
      '(?, ?, ?, ?)',
      (list) => `INSERT INTO activity (at_ms, kind, seq, job_id) VALUES ${list}`,
      ({ atMs, kind, seq, jobId }, values) => values.push(atMs, kind, seq, jobId),
    );
    const count = db.prepare(
      'INSERT INTO tallies VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
    );
    this.#counts = new Sums((key, by) => void count.run(...key, ...by));
    this.#after = db.prepare('SELECT * FROM activity WHERE position > ? ORDER BY position LIMIT ?');
    this.#head = db
      .prepare<[], number>("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'activity'), 0)")
      .pluck();
    this.#tallies = db.prepare('SELECT * FROM tallies WHERE minute_ms >= ? ORDER BY minute_ms');
  }

  /** The time by the store's clock. */
  get nowMs(): number {
    return this.#clock.now();
  }

  /** Many changes, after which what is noted is written at once, and each count once; nothing when it throws. */
  together(run: () => void): void {
    if (this.#notes !== undefined) {
      run();
      return;
    }
    const notes: Note[] = [];
    this.#notes = notes;
    try {
      this.measures.together(() => this.#counts.together(run));
    } finally {
      this.#notes = undefined;
    }
    this.#note.run(notes);
  }

  eventProcessed(seq: Seq): void {
    this.#noteDown('event.processed', seq, null);
  }

  deliveryUpdated(seq: Seq, jobId: JobId): void {
    this.#noteDown('delivery.updated', seq, jobId);
  }

  count(words: Iterable<TallyWord>): void {
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    for (const [word, count] of counts) this.countMany(word, count);
  }

  countMany(word: string, count: number): void {
    const now = this.#clock.now();
    if (count > 0) this.#counts.add([now - (now % MINUTE_MS), word], [count]);
  }

  /** A job reached a state that people count. */
  jobReached(id: JobId, state: FinalJobState | 'held'): void {
    this.countMany(`job:${state}`, 1);
    this.measures.reached(id, state, this.#clock.now());
  }

  /** These verdicts were given now. */
  judged(verdicts: readonly Pick<Verdict, 'integrationId' | 'state'>[]): void {
    this.count(verdicts.map(({ state }): TallyWord => `verdict:${state}`));
    this.measures.judged(verdicts, this.#clock.now());
  }

  after(position: number, limit: number): readonly Activity[] {
    return this.#after.all(position, limit).map((row) => ({
      position: row.position,
      atMs: row.at_ms,
      kind: row.kind,
      seq: row.seq,
      ...(row.job_id === null ? {} : { jobId: row.job_id }),
    }));
  }

  onActivity(hint: () => void): () => void {
    return this.#hints.listen(hint);
  }

  /** What was noted is durable now. */
  committed(): void {
    if (!this.#isNoted) return;
    this.#isNoted = false;
    this.#hints.give();
  }

  head(): number {
    return this.#head.get() ?? 0;
  }

  /** Buckets start at multiples of their width; those without a count are left out. */
  stats(sinceMs: number, bucketMs: number, integrationId?: string): readonly StatsBucket[] {
    if (integrationId !== undefined) return this.measures.ofIntegration(integrationId, sinceMs, bucketMs);
    const times = this.measures.ofAll(sinceMs, bucketMs);
    const buckets = new Map<
      number,
      Record<'verdict' | 'job', Record<string, number>> & { received: number }
    >();
    for (const fromMs of times.keys()) buckets.set(fromMs, { received: 0, verdict: {}, job: {} });
    for (const { minute_ms, word, count } of this.#tallies.all(sinceMs - (sinceMs % bucketMs))) {
      const fromMs = minute_ms - (minute_ms % bucketMs);
      const bucket = buckets.get(fromMs) ?? { received: 0, verdict: {}, job: {} };
      buckets.set(fromMs, bucket);
      const [kind, state] = word.split(':');
      if (state === undefined) bucket.received += count;
      else if (kind === 'verdict') bucket.verdict[state] = (bucket.verdict[state] ?? 0) + count;
      else bucket.job[state] = (bucket.job[state] ?? 0) + count;
    }
    const inOrder = [...buckets].sort(([a], [b]) => a - b);
    return inOrder.map(([fromMs, { received, verdict, job }]) => ({
      fromMs,
      received,
      verdicts: verdict,
      jobs: job,
      ...(times.get(fromMs) ?? { latencyMs: null, requests: 0 }),
    }));
  }
  #noteDown(kind: Activity['kind'], seq: Seq, jobId: JobId | null): void {
    const note = { atMs: this.#clock.now(), kind, seq, jobId };
    if (this.#notes === undefined) this.#note.run([note]);
    else this.#notes.push(note);
    this.#isNoted = true;
  }
}
