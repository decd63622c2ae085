/** Commits what processing computed from a stretch of the log. It must not know how it was computed. */
import type { Database, Statement } from 'better-sqlite3';
import type { OutcomeCode } from '../../event/outcome.ts';
import type { Seq } from '../ports/event-log.ts';
import type { VisitorKey } from '../ports/ledger.ts';
import type { ParkWrite, Step, Steps } from '../ports/steps.ts';
import { encode } from './codec.ts';
import type { GroupCommit } from './group-commit.ts';
import { type ParkedRow, parkedEvent, type SqliteLedger } from './ledger.ts';
import type { SqliteQueue } from './queue/sqlite-queue.ts';
import { Withdrawals } from './queue/withdrawals.ts';
import { Scrub } from './scrub.ts';
import type { Tombstones } from './tombstones.ts';
import type { Trail } from './trail.ts';
import { Verdicts } from './verdicts.ts';

export interface StepParts {
  readonly group: GroupCommit;
  readonly trail: Trail;
  readonly ledger: SqliteLedger;
  readonly queue: SqliteQueue;
  readonly tombstones: Tombstones;
  /** Events kept per visitor key while the address is unknown. */
  readonly parkPerVisitor: number;
}

export class SqliteSteps implements Steps {
  readonly #parts: StepParts;
  readonly #withdrawals: Withdrawals;
  readonly #scrub: Scrub;
  readonly #cursor: Statement<[], number>;
  readonly #version: Statement<[], number>;
  readonly #setCursor: Statement<[number]>;
  readonly #index: Statement<[number, number]>;
  readonly #indexed: Statement<[number, number], number>;
  readonly #setEmail: Statement<[string, number]>;
  readonly #verdicts: Verdicts;
  readonly #expireVerdicts: Statement<[string, number], string>;
  readonly #park: Statement<[number, string, string, number, string, string | null]>;
  readonly #overfull: Statement<[string, string, number], number>;
  readonly #unpark: Statement<[number]>;
  readonly #expired: Statement<[number, number], ParkedRow & { readonly pipeline_id: string }>;

  constructor(db: Database, parts: StepParts) {
    this.#parts = parts;
    this.#withdrawals = new Withdrawals(db, parts.trail);
    this.#scrub = new Scrub(db, parts.tombstones, parts.trail);
    this.#cursor = db.prepare<[], number>("SELECT value FROM meta WHERE name = 'cursor'").pluck();
    this.#version = db.prepare<[], number>("SELECT value FROM meta WHERE name = 'config_version'").pluck();
    this.#setCursor = db.prepare("UPDATE meta SET value = ? WHERE name = 'cursor'");
    this.#index = db.prepare(
      `INSERT INTO event_index (seq, type, name, user_id, anonymous_id)
       SELECT seq, body ->> '$.type', body ->> '$.event', body ->> '$.userId', body ->> '$.anonymousId'
       FROM events WHERE seq > ? AND seq <= ?`,
    );
    this.#indexed = db
      .prepare<[number, number], number>(
        'SELECT seq FROM event_index WHERE seq > ? AND seq <= ? ORDER BY seq',
      )
      .pluck();
    this.#setEmail = db.prepare('UPDATE event_index SET email = ? WHERE seq = ?');
    this.#verdicts = new Verdicts(db);
    this.#expireVerdicts = db
      .prepare<[string, number], string>(
        "UPDATE verdicts SET state = 'expired', code = ? WHERE seq = ? AND state = 'parked' RETURNING integration_id",
      )
      .pluck();
    this.#park = db.prepare(
      'INSERT OR REPLACE INTO parked (seq, pipeline_id, key, expires_ms, integration_ids, other_key) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#overfull = db
      .prepare<[string, string, number], number>(
        'SELECT seq FROM parked WHERE pipeline_id = ? AND key = ? ORDER BY seq DESC LIMIT -1 OFFSET ?',
      )
      .pluck();
    this.#unpark = db.prepare('DELETE FROM parked WHERE seq = ?');
    this.#expired = db.prepare('SELECT * FROM parked WHERE expires_ms <= ? ORDER BY expires_ms, seq LIMIT ?');
  }

  async cursor(): Promise<Seq> {
    return this.#cursor.get() ?? 0;
  }

  commit(step: Step): Promise<boolean> {
    const { group, queue } = this.#parts;
    return group.submit(
      () => this.#commit(step),
      (wasCommitted) => {
        if (!wasCommitted) return;
        if (step.jobs.length > 0) queue.giveHint(new Set(step.jobs.map(({ lane }) => lane)));
        if ((step.withdrawals ?? []).length > 0) queue.giveHint();
      },
    );
  }

  async expiredParked(nowMs: number, limit: number): Promise<readonly ParkWrite[]> {
    return this.#expired
      .all(nowMs, limit)
      .map((row) => ({ ...parkedEvent(row), pipelineId: row.pipeline_id }));
  }

  expire(seqs: readonly Seq[]): Promise<void> {
    return this.#parts.group.submit(() => {
      for (const seq of seqs) this.#expire(seq, 'NO_EMAIL');
    });
  }

  #commit(step: Step): boolean {
    if (step.from !== this.#cursor.get()) return false;
    if (step.configVersion !== undefined && step.configVersion !== this.#version.get()) return false;
    const { ledger, queue, trail } = this.#parts;
    ledger.write(step.links, step.decisions, trail.nowMs);
    this.#index.run(step.from, step.through);
    const processed = new Set(this.#indexed.all(step.from, step.through));
    this.#nameAddresses(step);
    for (const verdict of step.verdicts) this.#verdicts.put(verdict);
    trail.judged(step.verdicts);
    for (const seq of step.unpark) this.#unpark.run(seq);
    this.#parkAll(step.park);
    queue.add(step.jobs);
    for (const withdrawal of step.withdrawals ?? []) this.#withdrawals.apply(withdrawal);
    for (const seq of step.erased ?? []) this.#scrub.event(seq, trail.nowMs);
    this.#setCursor.run(step.through);
    for (const { seq } of step.verdicts) processed.add(seq);
    for (const seq of processed) trail.eventProcessed(seq);
    return true;
  }

  /** The address that an event is shown and found under: the one given, else that of its first job. */
  #nameAddresses(step: Step): void {
    const addresses = new Map<Seq, string>();
    for (const { seq, contacts } of step.jobs) {
      if (!addresses.has(seq)) addresses.set(seq, contacts[0]);
    }
    for (const { seq, email } of step.addresses ?? []) addresses.set(seq, email);
    for (const [seq, email] of addresses) this.#setEmail.run(email, seq);
  }

  #parkAll(park: readonly ParkWrite[]): void {
    const full = new Map<string, { readonly pipelineId: string; readonly key: VisitorKey }>();
    for (const { pipelineId, key, otherKey, seq, expiresAtMs, integrationIds } of park) {
      this.#park.run(seq, pipelineId, key, expiresAtMs, encode(integrationIds), otherKey ?? null);
      full.set(encode([pipelineId, key]), { pipelineId, key });
    }
    for (const { pipelineId, key } of full.values()) {
      for (const seq of this.#overfull.all(pipelineId, key, this.#parts.parkPerVisitor)) {
        this.#expire(seq, 'PARK_FULL');
        this.#parts.trail.eventProcessed(seq);
      }
    }
  }

  #expire(seq: Seq, code: OutcomeCode): void {
    this.#unpark.run(seq);
    const integrationIds = this.#expireVerdicts.all(code, seq);
    this.#parts.trail.judged(integrationIds.map((integrationId) => ({ integrationId, state: 'expired' })));
    if (integrationIds.length > 0 && code === 'NO_EMAIL') this.#parts.trail.eventProcessed(seq);
  }
}
