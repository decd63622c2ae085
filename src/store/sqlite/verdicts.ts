/** Writes what was decided about an event for an integration. It must not know how it was decided. */
import type { Database, Statement } from 'better-sqlite3';
import type { Verdict } from '../ports/steps.ts';
import { encode } from './codec.ts';

export class Verdicts {
  readonly #put: Statement<[number, string, string, string | null, string | null, string | null]>;

  constructor(db: Database) {
    this.#put = db.prepare('INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?)');
  }

  /** In the place of the former one, if there is one. */
  put({ seq, integrationId, state, code, detail, revisionId }: Verdict): void {
    const details = detail === undefined ? null : encode(detail);
    this.#put.run(seq, integrationId, state, code ?? null, details, revisionId ?? null);
  }
}
