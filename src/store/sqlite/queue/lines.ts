/** The lines that open jobs stand in, one per contact and stream. It must not know leases, stops or why a job moves. */
import type { Database, Statement } from 'better-sqlite3';
import type { Seq } from '../../ports/event-log.ts';
import type { JobId, OpenJobState } from '../../ports/queue.ts';
import { Sums } from '../sums.ts';

export interface QueueRow {
  readonly stream: number;
  readonly id: JobId;
  readonly seq: Seq;
  readonly state: OpenJobState;
  readonly front: 0 | 1;
  readonly until_ms: number;
  readonly attempts: number;
  readonly first_attempt_ms: number | null;
  readonly contact: string;
  readonly other_contact: string | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly batch_id: string | null;
  readonly action: string;
}

/** The members that a change of an open job sets. */
export type QueueUpdate = Pick<
  QueueRow,
  'state' | 'until_ms' | 'attempts' | 'first_attempt_ms' | 'code' | 'message' | 'batch_id'
>;

type ChangedRow = QueueUpdate & Pick<QueueRow, 'stream' | 'id' | 'front'>;

/** The columns that a change may set. */
const CHANGING = [
  'state',
  'front',
  'until_ms',
  'attempts',
  'first_attempt_ms',
  'code',
  'message',
  'batch_id',
] as const;

export function contactsOf(
  row: Pick<QueueRow, 'contact' | 'other_contact'>,
): readonly [string] | readonly [string, string] {
  return row.other_contact === null ? [row.contact] : [row.contact, row.other_contact];
}

/** So many jobs are remembered by the stream they were seen in. */
const MAX_SEEN = 50_000;

/**
 * The indexes are named because SQLite, knowing nothing of the data, would walk the stream's rows in job order instead.
 *
 * Keeps two things true of every row: `front` is 1 exactly when no earlier job of the stream stands in a line of one of
 * its contacts, and the stream's counts of open and waiting jobs are right. Held jobs stand in no line.
 */
export class Lines {
  readonly #db: Database;
  readonly #byJob: Statement<[number], QueueRow>;
  readonly #row: Statement<[number, number], QueueRow>;
  readonly #isOpen: Statement<[number, number], number>;
  readonly #nextAsFirst: Statement<[number, string, number], number>;
  readonly #nextAsOther: Statement<[number, string, number], number>;
  readonly #insert: Statement<[QueueRow]>;
  /** By the columns that they set, one bit each. */
  readonly #updates = new Map<number, Statement<[ChangedRow]>>();
  readonly #setFront: Statement<[number, number, number]>;
  readonly #delete: Statement<[number, number]>;
  /** How many jobs of a stream are open, and how many of them wait or are held. */
  readonly #counts: Sums;
  /** Where jobs that left were seen, so that finding them again needs no look at what they are. It may be out of date. */
  readonly #seenIn = new Map<JobId, number>();

  constructor(db: Database) {
    this.#db = db;
    this.#byJob = db.prepare(
      'SELECT q.* FROM jobs j JOIN queue q ON q.stream = j.stream AND q.id = j.id WHERE j.id = ?',
    );
    this.#row = db.prepare('SELECT * FROM queue WHERE stream = ? AND id = ?');
    this.#isOpen = db
      .prepare<[number, number], number>('SELECT 1 FROM queue WHERE stream = ? AND id = ?')
      .pluck();
    this.#nextAsFirst = db
      .prepare<[number, string, number], number>(
        `SELECT id FROM queue INDEXED BY queue_contact
         WHERE stream = ? AND contact = ? AND id > ? AND state <> 'held' ORDER BY id LIMIT 1`,
      )
      .pluck();
    this.#nextAsOther = db
      .prepare<[number, string, number], number>(
        `SELECT id FROM queue INDEXED BY queue_other_contact
         WHERE stream = ? AND other_contact = ? AND id > ? AND state <> 'held'
         AND other_contact IS NOT NULL ORDER BY id LIMIT 1`,
      )
      .pluck();
    this.#insert = db.prepare(
      `INSERT INTO queue VALUES (@stream, @id, @seq, @state, @front, @until_ms, @attempts, @first_attempt_ms,
       @contact, @other_contact, @code, @message, @batch_id, @action)`,
    );
    this.#setFront = db.prepare('UPDATE queue SET front = ? WHERE stream = ? AND id = ?');
    this.#delete = db.prepare('DELETE FROM queue WHERE stream = ? AND id = ?');
    const count = db.prepare(
      'UPDATE streams SET open = open + ?, waiting = waiting + ?, held = held + ? WHERE no = ?',
    );
    this.#counts = new Sums((key, by) => void count.run(...by, ...key));
  }

  /** The open job, wherever it is. */
  find(id: JobId): QueueRow | undefined {
    const stream = this.#seenIn.get(id);
    return (stream === undefined ? undefined : this.#row.get(stream, id)) ?? this.#byJob.get(id);
  }

  /** Those of the jobs that are open, with the stream of each. */
  openIn(ids: readonly JobId[]): ReadonlyMap<JobId, number> {
    const open = new Map<JobId, number>();
    for (const id of ids) {
      const stream = this.#isOpenWhereSeen(id) ? this.#seenIn.get(id) : this.#byJob.get(id)?.stream;
      if (stream !== undefined) open.set(id, stream);
    }
    return open;
  }

  #isOpenWhereSeen(id: JobId): boolean {
    const stream = this.#seenIn.get(id);
    return stream !== undefined && this.#isOpen.get(stream, id) !== undefined;
  }

  /** These will be asked for again soon. */
  note(rows: readonly QueueRow[]): void {
    if (this.#seenIn.size + rows.length > MAX_SEEN) this.#seenIn.clear();
    for (const { id, stream } of rows) this.#seenIn.set(id, stream);
  }

  /** Many changes, after which each stream's counts are written once. */
  together(run: () => void): void {
    this.#counts.together(run);
  }

  row(stream: number, id: JobId): QueueRow | undefined {
    return this.#row.get(stream, id);
  }

  /** The next job after `after` in the contact's line of a stream. Two index look-ups. */
  next(stream: number, contact: string, after: JobId): JobId | undefined {
    const first = this.#nextAsFirst.get(stream, contact, after);
    const other = this.#nextAsOther.get(stream, contact, after);
    if (first === undefined || other === undefined) return first ?? other;
    return Math.min(first, other);
  }

  /** Puts a job into its lines; jobs behind it are asked anew whether they are first. */
  add(row: Omit<QueueRow, 'front'>): void {
    this.#insert.run({ ...row, front: 0 });
    this.#counts.add([row.stream], [1, Number(row.state === 'waiting'), Number(row.state === 'held')]);
    if (row.state === 'held') return;
    if (this.#isFront(row)) this.#setFront.run(1, row.stream, row.id);
    for (const contact of contactsOf(row)) {
      const behind = this.next(row.stream, contact, row.id);
      if (behind !== undefined) this.#refresh(row.stream, behind);
    }
  }

  /** Changes an open job in its place. One that becomes held leaves its lines. */
  change(row: QueueRow, update: QueueUpdate): void {
    const stays = update.state !== 'held';
    this.#write(row, { ...update, stream: row.stream, id: row.id, front: stays ? row.front : 0 });
    const waiting = Number(update.state === 'waiting') - Number(row.state === 'waiting');
    const held = Number(update.state === 'held') - Number(row.state === 'held');
    if (waiting !== 0 || held !== 0) this.#counts.add([row.stream], [0, waiting, held]);
    if (!stays && row.state !== 'held') this.#advance(row);
    if (stays && row.state === 'held') throw new Error(`Job ${row.id} is held; it can only end.`);
  }

  /** Names the columns that differ and no others: SQLite writes every index that mentions a column which is set, changed or not. */
  #write(before: QueueRow, after: ChangedRow): void {
    let changed = 0;
    for (const [index, column] of CHANGING.entries())
      if (before[column] !== after[column]) changed |= 1 << index;
    if (changed === 0) return;
    let statement = this.#updates.get(changed);
    if (statement === undefined) {
      const columns = CHANGING.filter((_, index) => (changed & (1 << index)) !== 0);
      const set = columns.map((column) => `${column} = @${column}`).join(', ');
      statement = this.#db.prepare(`UPDATE queue SET ${set} WHERE stream = @stream AND id = @id`);
      this.#updates.set(changed, statement);
    }
    statement.run(after);
  }

  /** Takes a job out of the queue. */
  remove(row: QueueRow): void {
    this.#delete.run(row.stream, row.id);
    this.#seenIn.delete(row.id);
    this.#counts.add([row.stream], [-1, -Number(row.state === 'waiting'), -Number(row.state === 'held')]);
    if (row.state !== 'held') this.#advance(row);
  }

  /** The jobs that stood behind this one may be first now. */
  #advance(row: QueueRow): void {
    for (const contact of contactsOf(row)) {
      const behind = this.next(row.stream, contact, 0);
      if (behind !== undefined) this.#refresh(row.stream, behind);
    }
  }

  #refresh(stream: number, id: JobId): void {
    const row = this.row(stream, id);
    if (row === undefined) return;
    const front = this.#isFront(row) ? 1 : 0;
    if (front !== row.front) this.#setFront.run(front, stream, id);
  }

  #isFront(row: Pick<QueueRow, 'stream' | 'id' | 'contact' | 'other_contact'>): boolean {
    return contactsOf(row).every((contact) => this.next(row.stream, contact, 0) === row.id);
  }
}
