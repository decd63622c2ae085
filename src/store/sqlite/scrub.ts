/** Takes everything personal out of events and jobs and leaves their skeletons, so that counts stay true. It must not know whose they are. */
import type { Database, Statement } from 'better-sqlite3';
import type { Seq } from '../ports/event-log.ts';
import type { JobId } from '../ports/queue.ts';
import { encode } from './codec.ts';
import { Endings } from './queue/endings.ts';
import { contactsOf, Lines } from './queue/lines.ts';
import type { Tombstones } from './tombstones.ts';
import type { Trail } from './trail.ts';

interface EventRow {
  readonly type: string;
  readonly timestamp: string;
  readonly receivedAt: string;
}

/** What stands where an address was. */
const NOBODY = 'erased';

/** All within the open transaction. */
export class Scrub {
  readonly #tombstones: Tombstones;
  readonly #trail: Trail;
  readonly #lines: Lines;
  readonly #endings: Endings;
  readonly #event: Statement<[number], EventRow>;
  readonly #setBody: Statement<[string, number]>;
  readonly #ofEvent: readonly Statement<[number]>[];
  readonly #jobsOf: Statement<[number], JobId>;
  readonly #setQueued: Statement<[string, string | null, number, number]>;
  readonly #setJob: Statement<[string, string | null, number]>;
  readonly #forgetTries: Statement<[number]>;
  readonly #bury: Statement<[number]>;
  readonly #isErased: Statement<[number], number>;

  constructor(db: Database, tombstones: Tombstones, trail: Trail) {
    this.#tombstones = tombstones;
    this.#trail = trail;
    this.#lines = new Lines(db);
    this.#endings = new Endings(db, this.#lines, trail);
    this.#event = db.prepare(
      `SELECT body ->> '$.type' AS type, body ->> '$.timestamp' AS timestamp, body ->> '$.receivedAt' AS receivedAt
       FROM events WHERE seq = ?`,
    );
    this.#setBody = db.prepare('UPDATE events SET body = ? WHERE seq = ?');
    this.#ofEvent = [
      'UPDATE event_index SET name = NULL, user_id = NULL, anonymous_id = NULL, email = NULL WHERE seq = ?',
      'UPDATE verdicts SET detail = NULL WHERE seq = ?',
      "UPDATE verdicts SET state = 'filtered', code = 'ERASED' WHERE seq = ? AND state = 'parked'",
      'DELETE FROM parked WHERE seq = ?',
    ].map((sql) => db.prepare(sql));
    this.#jobsOf = db
      .prepare<[number], JobId>('SELECT id FROM jobs WHERE seq = ? AND erased = 0 ORDER BY id DESC')
      .pluck();
    this.#setQueued = db.prepare(
      'UPDATE queue SET contact = ?, other_contact = ?, message = NULL WHERE stream = ? AND id = ?',
    );
    this.#setJob = db.prepare(
      "UPDATE jobs SET erased = 1, payload = '{}', subjects = '[]', contact = ?, other_contact = ? WHERE id = ?",
    );
    this.#forgetTries = db.prepare('DELETE FROM attempts WHERE job_id = ?');
    this.#bury = db.prepare(
      `UPDATE settled SET message = NULL, code = iif(state = 'dead', 'ERASED', code),
       state = iif(state = 'dead', 'cancelled', state) WHERE id = ?`,
    );
    this.#isErased = db.prepare<[number], number>('SELECT erased FROM jobs WHERE id = ?').pluck();
  }

  /** The event, what was learnt of it, and its jobs. Answers how many jobs it had, and how many were still to leave. */
  event(seq: Seq, nowMs: number): { readonly jobs: number; readonly cancelled: number } {
    const event = this.#event.get(seq);
    if (event !== undefined) this.#setBody.run(encode(skeleton(seq, event)), seq);
    for (const statement of this.#ofEvent) statement.run(seq);
    const jobs = this.#jobsOf.all(seq);
    const cancelled = jobs.filter((id) => this.job(id, nowMs)).length;
    this.#trail.eventProcessed(seq);
    return { jobs: jobs.length, cancelled };
  }

  /** True when the job was still to leave: it is cancelled. One under way ends by itself, and leaves nothing behind. */
  job(id: JobId, nowMs: number): boolean {
    if (this.#isErased.get(id) !== 0) return false;
    const row = this.#lines.find(id);
    const isUnderWay = row !== undefined && (row.state === 'sending' || row.state === 'submitted');
    if (row !== undefined && !isUnderWay)
      this.#endings.end(row, { to: 'cancelled', code: 'ERASED', attempts: row.attempts, nowMs });
    if (row !== undefined && isUnderWay) {
      const [contact = NOBODY, other = null] = contactsOf(row).map((one) => this.#tombstones.pseudonym(one));
      this.#setQueued.run(contact, other, row.stream, id);
      this.#setJob.run(contact, other, id);
    } else this.#setJob.run(NOBODY, null, id);
    this.#forgetTries.run(id);
    this.#bury.run(id);
    return row !== undefined && !isUnderWay;
  }
}

/** A valid event of nobody. */
function skeleton(seq: Seq, { type, timestamp, receivedAt }: EventRow): object {
  const nobody = { messageId: `${NOBODY}-${seq}`, anonymousId: NOBODY };
  return { type, ...nobody, properties: {}, traits: {}, context: {}, timestamp, receivedAt };
}
