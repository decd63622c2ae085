/**
 * Keeps the deletion of an erased contact in line with the contact's other jobs, although it carries a hash in the place
 * of the address. It must not know what a deletion does.
 */
import type { Database, Statement } from 'better-sqlite3';
import { ERASE_ACTION } from '../../ports/erasure.ts';
import type { NewJob } from '../../ports/queue.ts';
import type { Tombstones } from '../tombstones.ts';

/** The stream of a template's deletions: its own, so that they leave although the integration is switched off. */
export function eraseStream(templateId: string): string {
  return `erase:${templateId}`;
}

export class EraseLines {
  readonly #tombstones: Tombstones;
  readonly #isOpenIn: Statement<[string], number>;
  readonly #isOpenFor: Statement<[string, string], number>;

  constructor(db: Database, tombstones: Tombstones) {
    this.#tombstones = tombstones;
    this.#isOpenIn = db
      .prepare<[string], number>(
        "SELECT EXISTS (SELECT 1 FROM streams WHERE lane = ? AND open > 0 AND integration_id LIKE 'erase:%')",
      )
      .pluck();
    this.#isOpenFor = db
      .prepare<[string, string], number>(
        `SELECT EXISTS (SELECT 1 FROM streams s JOIN queue q INDEXED BY queue_contact ON q.stream = s.no
         WHERE s.lane = ? AND s.open > 0 AND s.integration_id LIKE 'erase:%' AND q.contact = ? AND q.state <> 'held')`,
      )
      .pluck();
  }

  /** The contacts with a job under way, also under the names that deletions know them by. */
  busy(lane: string, busy: ReadonlySet<string>): ReadonlySet<string> {
    if (busy.size === 0 || this.#isOpenIn.get(lane) === 0) return busy;
    return new Set([...busy, ...[...busy].map((contact) => this.#tombstones.pseudonym(contact))]);
  }

  /** A job of somebody who starts anew stands behind the deletion of what was before. */
  behind(job: NewJob): NewJob {
    const [contact, other] = job.contacts;
    if (other !== undefined || job.action === ERASE_ACTION || this.#isOpenIn.get(job.lane) === 0) return job;
    const former = this.#tombstones.pseudonym(contact);
    return this.#isOpenFor.get(job.lane, former) === 0 ? job : { ...job, contacts: [contact, former] };
  }
}
