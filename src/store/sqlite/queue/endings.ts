/** How jobs end: the one place that moves them from the queue to their final state. It must not know who asked for it. */
import type { Database, Statement } from 'better-sqlite3';
import type { OutcomeCode } from '../../../event/outcome.ts';
import type { Seq } from '../../ports/event-log.ts';
import type { FinalJobState, JobId } from '../../ports/queue.ts';
import type { Trail } from '../trail.ts';
import type { Lines, QueueRow } from './lines.ts';

export interface Ending {
  readonly to: FinalJobState;
  readonly code: OutcomeCode;
  readonly message?: string | undefined;
  /** Tries that counted, including the one that ended it. */
  readonly attempts: number;
  readonly nowMs: number;
}

/** Deletions of erased people belong to no event; they keep their payload no longer than they need it. */
const OF_NO_EVENT = 0;

/** All within the open transaction. */
export class Endings {
  readonly #lines: Lines;
  readonly #trail: Trail;
  readonly #insert: Statement<[number, number, string, string, string | null, number, number]>;
  readonly #correct: Statement<[string | null, number], { readonly seq: Seq }>;
  readonly #forgetPayload: Statement<[number]>;
  readonly #stateOf: Statement<[number], FinalJobState>;
  readonly #lastNotUnderWay: Statement<[number, number], QueueRow>;

  constructor(db: Database, lines: Lines, trail: Trail) {
    this.#lines = lines;
    this.#trail = trail;
    this.#insert = db.prepare('INSERT INTO settled VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#correct = db.prepare(
      `UPDATE settled SET state = 'delivered', code = 'DELIVERED', message = ?, attempts = attempts + 1
       WHERE id = ? AND code = 'CONSENT_WITHDRAWN' RETURNING seq`,
    );
    this.#forgetPayload = db.prepare("UPDATE jobs SET payload = '{}' WHERE id = ?");
    this.#stateOf = db.prepare<[number], FinalJobState>('SELECT state FROM settled WHERE id = ?').pluck();
    this.#lastNotUnderWay = db.prepare(
      "SELECT * FROM queue WHERE stream = ? AND state IN ('waiting', 'held') ORDER BY id DESC LIMIT ?",
    );
  }

  end(row: QueueRow, ending: Ending): void {
    this.#lines.remove(row);
    const { to, code, message = null, attempts, nowMs } = ending;
    this.#insert.run(row.id, row.seq, to, code, message, attempts, nowMs);
    if (row.seq === OF_NO_EVENT && to !== 'dead') this.#forgetPayload.run(row.id);
    this.#trail.jobReached(row.id, to);
    this.#trail.deliveryUpdated(row.seq, row.id);
  }

  /** A request that was on its way when its job was filtered turned out to have arrived: what was sent is not called unsent. */
  correct(id: JobId, message: string | undefined): void {
    const seq = this.#correct.get(message ?? null, id)?.seq;
    if (seq === undefined) return;
    this.#trail.jobReached(id, 'delivered');
    this.#trail.deliveryUpdated(seq, id);
  }

  finalState(id: JobId): FinalJobState | undefined {
    return this.#stateOf.get(id);
  }

  /**
   * Cancels at most `limit` jobs of a stream that are not under way, the last first, so that nobody moves up in vain.
   * Answers how many.
   */
  cancelSome(
    stream: number,
    ending: { readonly message: string; readonly nowMs: number },
    limit: number,
  ): number {
    const rows = this.#lastNotUnderWay.all(stream, limit);
    for (const row of rows) {
      this.end(row, { ...ending, to: 'cancelled', code: 'CANCELLED', attempts: row.attempts });
    }
    return rows.length;
  }
}
