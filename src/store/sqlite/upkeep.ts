/** Forgets what is older than it must be kept, a bounded piece at a time. It must not know why the times were chosen. */
import type { Database, Statement } from 'better-sqlite3';
import type { Seq } from '../ports/event-log.ts';
import type { JobId } from '../ports/queue.ts';
import type { Upkeep } from '../ports/upkeep.ts';
import type { GroupCommit } from './group-commit.ts';
import type { MessageMemory } from './message-memory.ts';
import type { SqliteQueue } from './queue/sqlite-queue.ts';

const DAY_MS = 86_400_000;

export interface UpkeepOptions {
  readonly dedupeDays: number;
  readonly retentionDays: number;
  /** Rows of each kind that one call looks at. */
  readonly sweepRows: number;
}

interface Bounds {
  readonly cutMs: number;
  readonly rows: number;
}

/** An event and its jobs are forgotten together: when it is old, processed, not parked, and all its jobs ended long ago. */
export class SqliteUpkeep implements Upkeep {
  readonly #group: GroupCommit;
  readonly #queue: SqliteQueue;
  readonly #memory: MessageMemory;
  readonly #options: UpkeepOptions;
  readonly #old: Statement<[number, number, number], Seq>;
  readonly #isNeeded: Statement<[{ seq: Seq; cutMs: number }], number>;
  readonly #forget: readonly Statement<[number]>[];
  readonly #bounded: readonly Statement<[Bounds]>[];
  readonly #dedupe: Statement<[Bounds]>;
  readonly #oldDeletions: Statement<[Bounds], JobId>;
  readonly #forgetDeletion: readonly Statement<[number]>[];
  readonly #probe: Statement<[]>;
  /** Old events up to here were looked at; those that are still needed are met again after the last one. */
  #sweptThrough: Seq = 0;

  constructor(
    db: Database,
    group: GroupCommit,
    queue: SqliteQueue,
    memory: MessageMemory,
    options: UpkeepOptions,
  ) {
    this.#group = group;
    this.#queue = queue;
    this.#memory = memory;
    this.#options = options;
    this.#old = db
      .prepare<[number, number, number], Seq>(
        `SELECT seq FROM events
         WHERE seq > ? AND seq <= (SELECT min(value) FROM meta WHERE name IN ('cursor', 'filed')) AND received_ms < ? ORDER BY seq LIMIT ?`,
      )
      .pluck();
    this.#isNeeded = db
      .prepare<[{ seq: Seq; cutMs: number }], number>(
        `SELECT EXISTS (SELECT 1 FROM parked WHERE seq = @seq)
         OR EXISTS (SELECT 1 FROM jobs j LEFT JOIN settled s ON s.id = j.id
                    WHERE j.seq = @seq AND (s.id IS NULL OR s.settled_ms >= @cutMs))`,
      )
      .pluck();
    this.#forget = [
      'DELETE FROM replayed WHERE job_id IN (SELECT id FROM jobs WHERE seq = ?)',
      'DELETE FROM attempts WHERE job_id IN (SELECT id FROM jobs WHERE seq = ?)',
      'DELETE FROM settled WHERE id IN (SELECT id FROM jobs WHERE seq = ?)',
      'DELETE FROM jobs WHERE seq = ?',
      'DELETE FROM verdicts WHERE seq = ?',
      'DELETE FROM event_index WHERE seq = ?',
      'DELETE FROM events WHERE seq = ?',
    ].map((sql) => db.prepare(sql));
    this.#bounded = [
      `DELETE FROM activity WHERE position IN (SELECT position FROM activity ORDER BY position LIMIT @rows)
       AND at_ms < @cutMs`,
      `DELETE FROM tallies WHERE (minute_ms, word) IN
         (SELECT minute_ms, word FROM tallies WHERE minute_ms < @cutMs ORDER BY minute_ms LIMIT @rows)`,
      `DELETE FROM measures WHERE (integration_id, minute_ms, word) IN
         (SELECT integration_id, minute_ms, word FROM measures WHERE minute_ms < @cutMs ORDER BY minute_ms LIMIT @rows)`,
      `DELETE FROM replays WHERE no IN (SELECT no FROM replays ORDER BY no LIMIT @rows) AND finished_ms < @cutMs`,
      `DELETE FROM tombstones WHERE hash IN (SELECT hash FROM tombstones
         WHERE through <= (SELECT value FROM meta WHERE name = 'cursor') ORDER BY through LIMIT @rows) AND at_ms < @cutMs`,
      `DELETE FROM consent_history WHERE (pipeline_id, subject, seq, category) IN
         (SELECT pipeline_id, subject, seq, category FROM consent_history INDEXED BY consent_history_replaced
          WHERE replaced_ms < @cutMs ORDER BY replaced_ms LIMIT @rows)`,
    ].map((sql) => db.prepare(sql));
    this.#dedupe = db.prepare(
      'DELETE FROM dedupe WHERE n IN (SELECT n FROM dedupe ORDER BY n LIMIT @rows) AND received_ms < @cutMs',
    );
    this.#oldDeletions = db
      .prepare<[Bounds], JobId>(
        `SELECT j.id FROM jobs j JOIN settled s ON s.id = j.id
         WHERE j.seq = 0 AND s.settled_ms < @cutMs LIMIT @rows`,
      )
      .pluck();
    this.#forgetDeletion = [
      'DELETE FROM replayed WHERE job_id = ?',
      'DELETE FROM attempts WHERE job_id = ?',
      'DELETE FROM settled WHERE id = ?',
      'DELETE FROM jobs WHERE id = ?',
    ].map((sql) => db.prepare(sql));
    this.#probe = db.prepare("UPDATE meta SET value = value + 1 WHERE name = 'probe'");
  }

  sweep(nowMs: number): Promise<{ readonly removed: number }> {
    const { dedupeDays, retentionDays, sweepRows: rows } = this.#options;
    const cutMs = nowMs - retentionDays * DAY_MS;
    const sweep = (): { readonly removed: number } => {
      this.#memory.tidy(rows);
      let removed = this.#forgetEvents(cutMs);
      for (const statement of this.#bounded) removed += statement.run({ cutMs, rows }).changes;
      removed += this.#dedupe.run({ cutMs: nowMs - dedupeDays * DAY_MS, rows }).changes;
      removed += this.#queue.cancelClosed();
      removed += this.#forgetDeletions({ cutMs, rows });
      return { removed };
    };
    return this.#group.submit(sweep, undefined, () => this.#memory.distrust());
  }

  probe(): Promise<void> {
    return this.#group.submit(() => void this.#probe.run());
  }

  /** Deletions of erased people belong to no event. */
  #forgetDeletions(bounds: Bounds): number {
    const old = this.#oldDeletions.all(bounds);
    for (const id of old) for (const statement of this.#forgetDeletion) statement.run(id);
    return old.length;
  }

  #forgetEvents(cutMs: number): number {
    const old = this.#old.all(this.#sweptThrough, cutMs, this.#options.sweepRows);
    this.#sweptThrough = old.length < this.#options.sweepRows ? 0 : (old.at(-1) ?? 0);
    const forgotten = old.filter((seq) => this.#isNeeded.get({ seq, cutMs }) === 0);
    for (const seq of forgotten) {
      for (const statement of this.#forget) statement.run(seq);
    }
    return forgotten.length;
  }
}
