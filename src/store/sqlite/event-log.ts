/** The event log: append once per messageId, read in order. It must not know what events are for. */
import { hash } from 'node:crypto';
import type { Database, Statement } from 'better-sqlite3';
import type { EventLog, LoggedEvent, NewEvent, Seq } from '../port.ts';
import { decode, encode } from './codec.ts';
import type { GroupCommit } from './group-commit.ts';
import { Hints } from './hints.ts';
import type { Trail } from './trail.ts';

const DAY_MS = 86_400_000;
/** 128 bits: two different messageIds of one pipeline meet with a chance below 1e-20 among a billion. */
const KEY_BYTES = 16;
const ID_PREFIX = 'evt_';

export interface EventRow {
  readonly seq: number;
  readonly pipeline_id: string;
  readonly received_ms: number;
  readonly body: string;
}

interface PreparedEvent {
  readonly pipelineId: string;
  readonly key: Buffer;
  readonly receivedMs: number;
  readonly body: string;
}

/** The public id of a position. */
export function eventId(seq: Seq): string {
  return `${ID_PREFIX}${seq}`;
}

/** The position in a public id; undefined when it is none. */
export function seqOfEventId(id: string): Seq | undefined {
  const digits = id.startsWith(ID_PREFIX) ? id.slice(ID_PREFIX.length) : '';
  return /^[1-9]\d{0,14}$/.test(digits) ? Number(digits) : undefined;
}

export function loggedEvent(row: EventRow): LoggedEvent {
  return {
    seq: row.seq,
    id: eventId(row.seq),
    pipelineId: row.pipeline_id,
    receivedAtMs: row.received_ms,
    event: decode(row.body),
  };
}

export class SqliteEventLog implements EventLog {
  readonly #group: GroupCommit;
  readonly #trail: Trail;
  readonly #dedupeMs: number;
  readonly #hints = new Hints();
  readonly #remember: Statement<[Buffer, number]>;
  readonly #forgetExpired: Statement<[Buffer, number]>;
  readonly #insert: Statement<[string, number, string]>;
  readonly #after: Statement<[number, number], EventRow>;
  readonly #one: Statement<[number], EventRow>;
  readonly #head: Statement<[], number>;

  constructor(db: Database, group: GroupCommit, trail: Trail, dedupeDays: number) {
    this.#group = group;
    this.#trail = trail;
    this.#dedupeMs = dedupeDays * DAY_MS;
    this.#remember = db.prepare('INSERT INTO dedupe (key, received_ms) VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.#forgetExpired = db.prepare('DELETE FROM dedupe WHERE key = ? AND received_ms <= ?');
    this.#insert = db.prepare('INSERT INTO events (pipeline_id, received_ms, body) VALUES (?, ?, ?)');
    this.#after = db.prepare('SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?');
    this.#one = db.prepare('SELECT * FROM events WHERE seq = ?');
    this.#head = db
      .prepare<[], number>("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)")
      .pluck();
  }

  async append(events: readonly NewEvent[]): Promise<readonly ('stored' | 'duplicate')[]> {
    const prepared = events.map(prepare);
    return this.#group.submit(
      () => this.#store(prepared),
      (answers) => {
        if (answers.includes('stored')) this.#hints.give();
      },
    );
  }

  async read(after: Seq, limit: number): Promise<readonly LoggedEvent[]> {
    return this.#after.all(after, limit).map(loggedEvent);
  }

  async readMany(seqs: readonly Seq[]): Promise<readonly LoggedEvent[]> {
    return seqs.flatMap((seq) => {
      const row = this.#one.get(seq);
      return row === undefined ? [] : [loggedEvent(row)];
    });
  }

  async head(): Promise<Seq> {
    return this.#head.get() ?? 0;
  }

  onAppend(hint: () => void): () => void {
    return this.#hints.listen(hint);
  }

  #store(events: readonly PreparedEvent[]): ('stored' | 'duplicate')[] {
    const answers = events.map((event) => {
      if (!this.#isNew(event)) return 'duplicate';
      this.#insert.run(event.pipelineId, event.receivedMs, event.body);
      return 'stored';
    });
    this.#trail.countMany('received', answers.filter((answer) => answer === 'stored').length);
    return answers;
  }

  /** Remembers the messageId; false when it is remembered already and its window is not over. */
  #isNew({ key, receivedMs }: PreparedEvent): boolean {
    if (this.#remember.run(key, receivedMs).changes === 1) return true;
    if (this.#forgetExpired.run(key, receivedMs - this.#dedupeMs).changes === 0) return false;
    this.#remember.run(key, receivedMs);
    return true;
  }
}

function prepare({ pipelineId, event, receivedAtMs }: NewEvent): PreparedEvent {
  return {
    pipelineId,
    key: dedupeKey(pipelineId, event.messageId),
    receivedMs: receivedAtMs,
    body: encode(event),
  };
}

/** What a messageId is remembered by. */
export function dedupeKey(pipelineId: string, messageId: string): Buffer {
  return hash('sha256', JSON.stringify([pipelineId, messageId]), 'buffer').subarray(0, KEY_BYTES);
}
