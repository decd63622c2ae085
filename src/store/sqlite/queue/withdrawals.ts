/** Takes a person's waiting jobs out of the queue when consent is withdrawn. It must not know how consent is judged. */
import type { Database, Statement } from 'better-sqlite3';
import type { Withdrawal } from '../../ports/steps.ts';
import type { Trail } from '../trail.ts';
import { Endings } from './endings.ts';
import { Lines, type QueueRow } from './lines.ts';
import { Streams } from './streams.ts';

/** All within the open transaction. */
export class Withdrawals {
  readonly #streams: Streams;
  readonly #endings: Endings;
  readonly #asFirst: Statement<[number, string], QueueRow>;
  readonly #asOther: Statement<[number, string], QueueRow>;

  constructor(db: Database, trail: Trail) {
    this.#streams = new Streams(db);
    this.#endings = new Endings(db, new Lines(db), trail);
    this.#asFirst = db.prepare(
      `SELECT * FROM queue INDEXED BY queue_contact
       WHERE stream = ? AND contact = ? AND state <> 'held' AND state = 'waiting' ORDER BY id DESC`,
    );
    this.#asOther = db.prepare(
      `SELECT * FROM queue INDEXED BY queue_other_contact
       WHERE stream = ? AND other_contact = ? AND state <> 'held' AND other_contact IS NOT NULL
       AND state = 'waiting' ORDER BY id DESC`,
    );
  }

  /**
   * Ends them as filtered, the last first, so that nobody moves up in vain. One whose request is on its way at this
   * moment is filtered too; when that request turns out to have arrived, the job is shown as delivered after all.
   */
  apply({ integrationId, email, nowMs }: Withdrawal): void {
    for (const { no } of this.#streams.ofIntegration(integrationId)) {
      for (const row of [...this.#asFirst.all(no, email), ...this.#asOther.all(no, email)]) {
        this.#endings.end(row, { to: 'filtered', code: 'CONSENT_WITHDRAWN', attempts: row.attempts, nowMs });
      }
    }
  }
}
