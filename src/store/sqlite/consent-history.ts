/** How consent changed: written beside each decision, read per id, forgotten with time and with the person. It must not know what a decision permits. */
import type { Database, Statement } from 'better-sqlite3';
import { type ConsentDecision, newerDecision } from '../../event/consent.ts';
import type { Seq } from '../ports/event-log.ts';
import type { ConsentSubject } from '../ports/ledger.ts';
import type { DecisionWrite } from '../ports/steps.ts';

/** One change under one id, with what its event says of itself while it is kept. */
export interface ChangeRow {
  readonly seq: Seq;
  readonly category: string;
  readonly granted: 0 | 1;
  readonly at_ms: number;
  readonly type: string | null;
  readonly name: string | null;
  readonly library: string | null;
  readonly page: string | null;
}

interface KnownRow {
  readonly granted: 0 | 1;
  readonly at_ms: number;
}

const MAX_TEXT = 200;
/** A member of an event, whatever it is, as a text that is not long. */
const short = (path: string): string => `substr(body ->> '${path}', 1, ${MAX_TEXT})`;

/** All within the open transaction, but reading. */
export class ConsentHistory {
  readonly #known: Statement<[string, string, string], KnownRow>;
  readonly #replace: Statement<[number, string, string, string]>;
  readonly #add: Statement<[string, string, Seq, string, number, number]>;
  readonly #of: Statement<[string, string, number], ChangeRow>;
  readonly #forget: Statement<[string, string, Seq]>;

  constructor(db: Database) {
    this.#known = db.prepare(
      'SELECT granted, at_ms FROM decisions WHERE pipeline_id = ? AND subject = ? AND category = ?',
    );
    this.#replace = db.prepare(
      `UPDATE consent_history SET replaced_ms = ?
       WHERE pipeline_id = ? AND subject = ? AND category = ? AND replaced_ms IS NULL`,
    );
    this.#add = db.prepare('INSERT OR REPLACE INTO consent_history VALUES (?, ?, ?, ?, ?, ?, NULL)');
    this.#of = db.prepare(
      `SELECT h.seq, h.category, h.granted, h.at_ms, body ->> '$.type' AS type, coalesce(body ->> '$.event', body ->> '$.name') AS name,
         ${short('$.context.library.name')} AS library, ${short('$.context.page.url')} AS page
       FROM consent_history h LEFT JOIN events e ON e.seq = h.seq
       WHERE h.pipeline_id = ? AND h.subject = ? ORDER BY h.seq DESC LIMIT ?`,
    );
    this.#forget = db.prepare(
      'DELETE FROM consent_history WHERE pipeline_id = ? AND subject = ? AND seq <= ?',
    );
  }

  /** Before the decisions themselves are written: each is a change when the newest known one says otherwise. */
  note({ pipelineId, subject, decisions, seq }: DecisionWrite, nowMs: number): void {
    for (const [category, decision] of Object.entries(decisions)) {
      const known = this.#known.get(pipelineId, subject, category);
      if (known !== undefined && !isChange(known, decision)) continue;
      this.#replace.run(nowMs, pipelineId, subject, category);
      this.#add.run(pipelineId, subject, seq, category, decision.granted ? 1 : 0, decision.atMs);
    }
  }

  /** The latest learnt first. */
  of(pipelineId: string, subject: ConsentSubject, limit: number): readonly ChangeRow[] {
    return this.#of.all(pipelineId, subject, limit);
  }

  forget(pipelineId: string, subject: ConsentSubject, through: Seq): void {
    this.#forget.run(pipelineId, subject, through);
  }
}

function isChange(known: KnownRow, decision: ConsentDecision): boolean {
  const held = { granted: known.granted === 1, atMs: known.at_ms };
  return held.granted !== decision.granted && newerDecision(held, decision) === decision;
}
