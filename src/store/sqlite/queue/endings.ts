/** How jobs end: the one place that moves them from the queue to their final state. It must not know who asked for it. */
import type { Database, Statement } from 'better-sqlite3';
import type { OutcomeCode } from '../../../event/outcome.ts';
import type { FinalJobState, JobId } from '../../port.ts';
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

/** All within the open transaction. */
export class Endings {
  readonly #lines: Lines;
  readonly #trail: Trail;
  readonly #insert: Statement<[number, number, string, string, string | null, number, number]>;
  readonly #stateOf: Statement<[number], FinalJobState>;
  readonly #lastNotUnderWay: Statement<[number, number], QueueRow>;

  constructor(db: Database, lines: Lines, trail: Trail) {
    this.#lines = lines;
    this.#trail = trail;
    this.#insert = db.prepare('INSERT INTO settled VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#stateOf = db.prepare<[number], FinalJobState>('SELECT state FROM settled WHERE id = ?').pluck();
    this.#lastNotUnderWay = db.prepare(
      "SELECT * FROM queue WHERE stream = ? AND state IN ('waiting', 'held') ORDER BY id DESC LIMIT ?",
    );
  }

  end(row: QueueRow, ending: Ending): void {
    this.#lines.remove(row);
    const { to, code, message = null, attempts, nowMs } = ending;
    this.#insert.run(row.id, row.seq, to, code, message, attempts, nowMs);
    this.#trail.countMany(`job:${to}`, 1);
    this.#trail.deliveryUpdated(row.seq, row.id);
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
