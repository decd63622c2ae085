/** Keyed hashes of erased ids and addresses: they stop what was received before, and name nobody. It must not know how anything is erased. */
import { createHmac } from 'node:crypto';
import type { Database, Statement } from 'better-sqlite3';
import type { Seq } from '../ports/event-log.ts';
import type { ConsentSubject } from '../ports/ledger.ts';

/** 128 bits: two subjects meet by chance no sooner than among 10^19. */
const HEX_LENGTH = 32;

export class Tombstones {
  readonly #key: Uint8Array;
  readonly #put: Statement<[string, number, number]>;
  readonly #through: Statement<[string], number>;
  readonly #isAnyAhead: Statement<[], number>;

  constructor(db: Database, key: Uint8Array) {
    this.#key = key;
    this.#put = db.prepare(
      `INSERT INTO tombstones VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET through = excluded.through, at_ms = excluded.at_ms`,
    );
    this.#through = db.prepare<[string], number>('SELECT through FROM tombstones WHERE hash = ?').pluck();
    this.#isAnyAhead = db
      .prepare<[], number>(
        "SELECT EXISTS (SELECT 1 FROM tombstones WHERE through > (SELECT value FROM meta WHERE name = 'cursor'))",
      )
      .pluck();
  }

  /** Stands in the place of an address in the lines of jobs. No address has this form. */
  pseudonym(email: string): string {
    return `erased:${this.#hash(`e:${email}`)}`;
  }

  put(subject: ConsentSubject, through: Seq, nowMs: number): void {
    this.#put.run(this.#hash(subject), through, nowMs);
  }

  /** As `through`, of events that are still to be processed: seldom is there anything to look up. */
  throughAhead(subjects: Iterable<ConsentSubject>): ReadonlyMap<ConsentSubject, Seq> {
    return this.#isAnyAhead.get() === 0 ? new Map() : this.through(subjects);
  }

  /** For each subject that was erased: the position up to which its events must not be processed, nor mapped anew. */
  through(subjects: Iterable<ConsentSubject>): ReadonlyMap<ConsentSubject, Seq> {
    const found = new Map<ConsentSubject, Seq>();
    for (const subject of subjects) {
      const through = this.#through.get(this.#hash(subject));
      if (through !== undefined) found.set(subject, through);
    }
    return found;
  }

  #hash(subject: string): string {
    return createHmac('sha256', this.#key).update(subject).digest('hex').slice(0, HEX_LENGTH);
  }
}
