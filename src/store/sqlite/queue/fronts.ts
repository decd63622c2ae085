/** The jobs at the front of their lines, read by action, so that actions which must not leave cost nothing. It must not know why they must not. */
import type { Database, Statement } from 'better-sqlite3';
import type { JobId } from '../../ports/queue.ts';
import type { LineReader } from './choose.ts';
import type { Lines, QueueRow } from './lines.ts';

const NOTHING: ReadonlySet<string> = new Set();
/** What SQLite is told of the indexes' conditions, in their own words. */
const READY = "front = 1 AND state = 'waiting' AND until_ms = 0";
const ON_HOLD = "front = 1 AND state = 'waiting' AND until_ms > 0";

export class Fronts {
  readonly #lines: Lines;
  readonly #readyAction: Statement<[number, string], string>;
  readonly #ready: Statement<[number, string, number, number], JobId>;
  readonly #heldAction: Statement<[number, string], string>;
  readonly #due: Statement<[number, string, number, number], QueueRow>;
  readonly #nextHold: Statement<[number, string, number], number>;

  constructor(db: Database, lines: Lines) {
    this.#lines = lines;
    this.#readyAction = db
      .prepare<[number, string], string>(
        `SELECT action FROM queue INDEXED BY queue_ready
         WHERE stream = ? AND action > ? AND ${READY} ORDER BY action LIMIT 1`,
      )
      .pluck();
    this.#ready = db
      .prepare<[number, string, number, number], JobId>(
        `SELECT id FROM queue INDEXED BY queue_ready
         WHERE stream = ? AND action = ? AND id > ? AND ${READY} ORDER BY id LIMIT ?`,
      )
      .pluck();
    this.#heldAction = db
      .prepare<[number, string], string>(
        `SELECT action FROM queue INDEXED BY queue_due
         WHERE stream = ? AND action > ? AND ${ON_HOLD} ORDER BY action LIMIT 1`,
      )
      .pluck();
    this.#due = db.prepare(
      `SELECT * FROM queue INDEXED BY queue_due
       WHERE stream = ? AND action = ? AND ${ON_HOLD} AND until_ms <= ? ORDER BY until_ms, id LIMIT ?`,
    );
    this.#nextHold = db
      .prepare<[number, string, number], number>(
        `SELECT until_ms FROM queue INDEXED BY queue_due
         WHERE stream = ? AND action = ? AND ${ON_HOLD} AND until_ms > ? ORDER BY until_ms LIMIT 1`,
      )
      .pluck();
  }

  /** For one look, within which nothing changes: a stream's actions are found once. */
  reader(without: ReadonlySet<string> = NOTHING): LineReader {
    const readyActions = new Map<number, readonly string[]>();
    const actionsOf = (stream: number): readonly string[] => {
      const actions = readyActions.get(stream) ?? actionsIn(this.#readyAction, stream, without);
      readyActions.set(stream, actions);
      return actions;
    };
    return {
      ready: (stream, after, limit) =>
        first(
          limit,
          actionsOf(stream).map((action) => this.#ready.all(stream, action, after, limit)),
          (a, b) => a - b,
        ),
      due: (stream, nowMs, limit) =>
        first(
          limit,
          actionsIn(this.#heldAction, stream, without).map((action) =>
            this.#due.all(stream, action, nowMs, limit),
          ),
          (a, b) => a.until_ms - b.until_ms || a.id - b.id,
        ),
      next: (stream, contact, after) => this.#lines.next(stream, contact, after),
      row: (stream, id) => this.#lines.row(stream, id),
    };
  }

  /** The earliest end of a hold in the streams; undefined when there is none. */
  nextHoldMs(
    streams: readonly number[],
    nowMs: number,
    without: ReadonlySet<string> = NOTHING,
  ): number | undefined {
    const ends = streams.flatMap((stream) =>
      actionsIn(this.#heldAction, stream, without).flatMap(
        (action) => this.#nextHold.get(stream, action, nowMs) ?? [],
      ),
    );
    return ends.length === 0 ? undefined : Math.min(...ends);
  }
}

/** The distinct actions of an index, one look-up each, without walking what stands under them. */
function actionsIn(
  next: Statement<[number, string], string>,
  stream: number,
  without: ReadonlySet<string>,
): readonly string[] {
  const actions: string[] = [];
  for (let action = next.get(stream, ''); action !== undefined; action = next.get(stream, action)) {
    if (!without.has(action)) actions.push(action);
  }
  return actions;
}

/** The first of several lists that are each in order. */
function first<T>(
  limit: number,
  lists: readonly (readonly T[])[],
  order: (a: T, b: T) => number,
): readonly T[] {
  const [only, ...others] = lists;
  if (others.length === 0) return only ?? [];
  return lists.flat().sort(order).slice(0, limit);
}
