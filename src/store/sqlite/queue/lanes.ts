/** Accounts as a whole: who owns them, until when they pause, why they are stopped. It must not know single jobs. */
import type { Database, Statement } from 'better-sqlite3';
import type { Endpoint, OutcomeCode } from '../../../event/outcome.ts';
import type { LaneStop, Lease, Stop, StopScope } from '../../ports/queue.ts';

export interface LaneRow {
  readonly lane: string;
  readonly epoch: number;
  readonly not_before_ms: number;
  readonly pause_code: OutcomeCode | null;
}

interface LaneStopRow {
  readonly scope: StopScope;
  readonly code: OutcomeCode;
  readonly message: string;
  readonly since_ms: number;
}

interface StopRow {
  readonly template_id: string;
  readonly code: OutcomeCode;
  readonly message: string;
  readonly since_ms: number;
}

interface Ownership {
  readonly owner: string;
  readonly epoch: number;
  expiresAtMs: number;
}

/**
 * Epochs are persisted; who holds a lane is not: no process but this one has the file open, so leases of an earlier
 * process ended with it.
 */
export class Lanes {
  readonly #owners = new Map<string, Ownership>();
  readonly #row: Statement<[string], LaneRow>;
  readonly #withWork: Statement<[], string>;
  readonly #nextEpoch: Statement<[string], number>;
  readonly #pause: Statement<[number, string, string, number]>;
  readonly #stop: Statement<[string, StopScope, string, string, number]>;
  readonly #stopsOf: Statement<[string], LaneStopRow>;
  readonly #resume: Statement<[string, StopScope]>;
  readonly #stopTemplate: Statement<[string, string, string, number]>;
  readonly #stopOfTemplate: Statement<[string], StopRow>;
  readonly #resumeTemplate: Statement<[string]>;
  readonly #stops: Statement<[], StopRow>;

  constructor(db: Database) {
    this.#row = db.prepare('SELECT * FROM lanes WHERE lane = ?');
    this.#withWork = db
      .prepare<[], string>(
        'SELECT DISTINCT lane FROM streams INDEXED BY streams_work WHERE open > held ORDER BY lane',
      )
      .pluck();
    this.#nextEpoch = db
      .prepare<[string], number>('UPDATE lanes SET epoch = epoch + 1 WHERE lane = ? RETURNING epoch')
      .pluck();
    this.#pause = db.prepare(
      'UPDATE lanes SET not_before_ms = ?, pause_code = ? WHERE lane = ? AND not_before_ms < ?',
    );
    this.#stop = db.prepare(
      `INSERT INTO lane_stops VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET code = excluded.code, message = excluded.message`,
    );
    this.#stopsOf = db.prepare(
      'SELECT scope, code, message, since_ms FROM lane_stops WHERE lane = ? ORDER BY scope',
    );
    this.#resume = db.prepare('DELETE FROM lane_stops WHERE lane = ? AND scope = ?');
    this.#stopTemplate = db.prepare(
      `INSERT INTO template_stops VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET code = excluded.code, message = excluded.message`,
    );
    this.#stopOfTemplate = db.prepare('SELECT * FROM template_stops WHERE template_id = ?');
    this.#resumeTemplate = db.prepare('DELETE FROM template_stops WHERE template_id = ?');
    this.#stops = db.prepare('SELECT * FROM template_stops ORDER BY template_id');
  }

  row(lane: string): LaneRow | undefined {
    return this.#row.get(lane);
  }

  /** Lanes with open jobs, other than held ones, that the owner may take at `nowMs`; what it holds itself is none of them. */
  free(owner: string, nowMs: number): readonly string[] {
    return this.#withWork.all().filter((lane) => {
      const held = this.#owners.get(lane);
      return held === undefined || (held.owner !== owner && held.expiresAtMs <= nowMs);
    });
  }

  /** Within the open transaction; `own` follows once it is committed. */
  nextEpoch(lane: string): number {
    const epoch = this.#nextEpoch.get(lane);
    if (epoch === undefined) throw new Error(`The lane ${lane} has jobs but is not known.`);
    return epoch;
  }

  own(owner: string, { lane, epoch }: Lease, expiresAtMs: number): void {
    this.#owners.set(lane, { owner, epoch, expiresAtMs });
  }

  /** Extends what the owner holds, also what ran out and nobody else took. */
  renew(owner: string, nowMs: number, ttlMs: number): readonly Lease[] {
    const kept: Lease[] = [];
    for (const [lane, held] of this.#owners) {
      if (held.owner !== owner) continue;
      held.expiresAtMs = nowMs + ttlMs;
      kept.push({ lane, epoch: held.epoch });
    }
    return kept;
  }

  release({ lane, epoch }: Lease): void {
    if (this.#owners.get(lane)?.epoch === epoch) this.#owners.delete(lane);
  }

  /** True while no later epoch was given. */
  isNewest({ lane, epoch }: Lease): boolean {
    return this.#row.get(lane)?.epoch === epoch;
  }

  pause(lane: string, untilMs: number, code: OutcomeCode): void {
    this.#pause.run(untilMs, code, lane, untilMs);
  }

  stop(
    lane: string,
    { code, message, endpoint }: { code: OutcomeCode; message: string; endpoint?: Endpoint | undefined },
    nowMs: number,
  ): void {
    this.#stop.run(lane, endpoint ?? 'account', code, message, nowMs);
  }

  /** The account's stops in force; the whole account's is the first. */
  stopsOf(lane: string): readonly LaneStop[] {
    return this.#stopsOf.all(lane).map(({ scope, code, message, since_ms }) => {
      const stop = { code, message, sinceMs: since_ms };
      return scope === 'account' ? stop : { ...stop, endpoint: scope };
    });
  }

  /** Lifts the stops, or only one of them; answers since when the first of those lifted was in force. */
  resume(lane: string, only?: StopScope): number | undefined {
    const lifted = this.#stopsOf.all(lane).filter(({ scope }) => only === undefined || scope === only);
    for (const { scope } of lifted) this.#resume.run(lane, scope);
    return lifted.length === 0 ? undefined : Math.min(...lifted.map(({ since_ms }) => since_ms));
  }

  stopTemplate(templateId: string, code: OutcomeCode, message: string, nowMs: number): void {
    this.#stopTemplate.run(templateId, code, message, nowMs);
  }

  /** Lifts the stop; answers since when it was in force. */
  resumeTemplate(templateId: string): number | undefined {
    const since = this.#stopOfTemplate.get(templateId)?.since_ms;
    if (since !== undefined) this.#resumeTemplate.run(templateId);
    return since;
  }

  stops(): ReadonlyMap<string, Stop> {
    return new Map(
      this.#stops
        .all()
        .map(({ template_id, code, message, since_ms }) => [
          template_id,
          { code, message, sinceMs: since_ms },
        ]),
    );
  }
}
