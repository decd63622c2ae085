/** The person ledger: who leads to which address, and what they decided. It must not know how either is learnt. */
import type { Database, Statement } from 'better-sqlite3';
import { type ConsentDecision, newerDecision } from '../../event/consent.ts';
import type { Email } from '../../event/email.ts';
import type {
  ConsentSubject,
  Ledger,
  LedgerSnapshot,
  Link,
  ParkedEvent,
  VisitorKey,
} from '../ports/ledger.ts';
import type { DecisionWrite, LinkWrite } from '../ports/steps.ts';
import { decode } from './codec.ts';
import { ConsentHistory } from './consent-history.ts';
import type { Tombstones } from './tombstones.ts';

interface LinkRow {
  readonly email: Email | null;
  readonly user_id: string | null;
  readonly seq: number;
}

interface DecisionRow {
  readonly category: string;
  readonly granted: 0 | 1;
  readonly at_ms: number;
}

export interface ParkedRow {
  readonly seq: number;
  readonly key: VisitorKey;
  readonly other_key: VisitorKey | null;
  readonly expires_ms: number;
  readonly integration_ids: string;
}

export function parkedEvent(row: ParkedRow): ParkedEvent {
  return {
    seq: row.seq,
    key: row.key,
    ...(row.other_key === null ? {} : { otherKey: row.other_key }),
    expiresAtMs: row.expires_ms,
    integrationIds: decode(row.integration_ids),
  };
}

export class SqliteLedger implements Ledger {
  readonly #link: Statement<[string, string], LinkRow>;
  readonly #keysOf: Statement<[string, string], VisitorKey>;
  readonly #decisions: Statement<[string, string], DecisionRow>;
  readonly #decisionsOfOwner: Statement<[{ pipelineId: string; email: Email; subject: string }], DecisionRow>;
  readonly #parked: Statement<[{ pipelineId: string; key: string }], ParkedRow>;
  readonly #waiting: Statement<[{ pipelineId: string; key: string }], number>;
  readonly #putLink: Statement<[string, string, string | null, string | null, number]>;
  readonly #putDecision: Statement<[string, string, string, number, number, number]>;
  readonly #history: ConsentHistory;
  readonly #tombstones: Tombstones;

  constructor(db: Database, tombstones: Tombstones) {
    this.#tombstones = tombstones;
    this.#history = new ConsentHistory(db);
    this.#link = db.prepare('SELECT email, user_id, seq FROM links WHERE pipeline_id = ? AND key = ?');
    this.#keysOf = db
      .prepare<[string, string], VisitorKey>(
        'SELECT key FROM links WHERE pipeline_id = ? AND email = ? ORDER BY key',
      )
      .pluck();
    this.#decisions = db.prepare(
      'SELECT category, granted, at_ms FROM decisions WHERE pipeline_id = ? AND subject = ?',
    );
    this.#decisionsOfOwner = db.prepare(
      `SELECT category, granted, at_ms FROM decisions WHERE pipeline_id = @pipelineId AND subject = @subject
       UNION ALL
       SELECT category, granted, at_ms FROM links CROSS JOIN decisions
       ON decisions.pipeline_id = @pipelineId AND subject = key
       WHERE links.pipeline_id = @pipelineId AND email = @email`,
    );
    this.#parked = db.prepare(
      `SELECT * FROM parked WHERE pipeline_id = @pipelineId AND key = @key
       UNION ALL
       SELECT * FROM parked WHERE pipeline_id = @pipelineId AND other_key = @key AND other_key IS NOT NULL
       ORDER BY seq`,
    );
    this.#waiting = db
      .prepare<[{ pipelineId: string; key: string }], number>(
        `SELECT seq FROM parked WHERE pipeline_id = @pipelineId AND key = @key
         UNION ALL
         SELECT seq FROM parked WHERE pipeline_id = @pipelineId AND other_key = @key AND other_key IS NOT NULL
         ORDER BY seq`,
      )
      .pluck();
    this.#putLink = db.prepare('INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?, ?)');
    this.#putDecision = db.prepare(
      `INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET granted = excluded.granted, at_ms = excluded.at_ms, seq = excluded.seq
       WHERE excluded.at_ms > at_ms OR (excluded.at_ms = at_ms AND excluded.granted < granted)`,
    );
  }

  async load(
    pipelineId: string,
    keys: readonly VisitorKey[],
    emails: readonly Email[],
    releasing: readonly VisitorKey[] = keys,
  ): Promise<LedgerSnapshot> {
    const links = new Map<VisitorKey, Link>();
    const parked = new Map<VisitorKey, readonly ParkedEvent[]>();
    const addresses = new Set(emails);
    for (const key of new Set(keys)) {
      const link = this.#linkOf(pipelineId, key);
      if (link !== undefined) links.set(key, link);
      if (link?.email !== undefined) addresses.add(link.email);
    }
    for (const key of new Set(releasing)) {
      const waiting = this.#parked.all({ pipelineId, key }).map(parkedEvent);
      if (waiting.length > 0) parked.set(key, waiting);
    }
    const keysOf = new Map([...addresses].map((email) => [email, this.#keysOf.all(pipelineId, email)]));
    const subjects = new Set<ConsentSubject>([...keys, ...[...keysOf.values()].flat()]);
    for (const email of addresses) subjects.add(`e:${email}`);
    return {
      links,
      keysOf,
      decisions: this.#decisionsBySubject(pipelineId, subjects),
      parked,
      erasedThrough: this.#tombstones.throughAhead([
        ...keys,
        ...emails.map((email) => `e:${email}` as const),
      ]),
    };
  }

  async erasedThrough(subjects: readonly ConsentSubject[]): Promise<ReadonlyMap<ConsentSubject, number>> {
    return this.#tombstones.through(subjects);
  }

  async waiting(pipelineId: string, keys: readonly VisitorKey[]): Promise<readonly number[]> {
    return [...new Set(keys.flatMap((key) => this.#waiting.all({ pipelineId, key })))];
  }

  async decisionsOf(
    pipelineId: string,
    email: Email,
    subjects: readonly ConsentSubject[],
  ): Promise<Readonly<Record<string, ConsentDecision>>> {
    const ofOwner = this.#decisionsOfOwner.all({ pipelineId, email, subject: `e:${email}` });
    const rows = subjects.flatMap((subject) => this.#decisions.all(pipelineId, subject));
    const newest = new Map<string, ConsentDecision>();
    for (const row of ofOwner.concat(rows))
      newest.set(row.category, newerDecision(newest.get(row.category), decisionOf(row)));
    return Object.fromEntries(newest);
  }

  /** Within the open transaction. `nowMs` dates what a decision replaces. */
  write(links: readonly LinkWrite[], decisions: readonly DecisionWrite[], nowMs: number): void {
    for (const { pipelineId, key, link } of links) {
      this.#putLink.run(pipelineId, key, link.email ?? null, link.userId ?? null, link.seq);
    }
    for (const write of decisions) {
      const { pipelineId, subject, seq } = write;
      this.#history.note(write, nowMs);
      for (const [category, { granted, atMs }] of Object.entries(write.decisions))
        this.#putDecision.run(pipelineId, subject, category, granted ? 1 : 0, atMs, seq);
    }
  }

  #linkOf(pipelineId: string, key: VisitorKey): Link | undefined {
    const row = this.#link.get(pipelineId, key);
    if (row === undefined) return undefined;
    return {
      seq: row.seq,
      ...(row.email === null ? {} : { email: row.email }),
      ...(row.user_id === null ? {} : { userId: row.user_id }),
    };
  }

  #decisionsBySubject(
    pipelineId: string,
    subjects: Iterable<ConsentSubject>,
  ): Map<ConsentSubject, Readonly<Record<string, ConsentDecision>>> {
    const found = new Map<ConsentSubject, Readonly<Record<string, ConsentDecision>>>();
    for (const subject of subjects) {
      const rows = this.#decisions.all(pipelineId, subject);
      if (rows.length === 0) continue;
      found.set(subject, Object.fromEntries(rows.map((row) => [row.category, decisionOf(row)])));
    }
    return found;
  }
}

function decisionOf(row: DecisionRow): ConsentDecision {
  return { granted: row.granted === 1, atMs: row.at_ms };
}
