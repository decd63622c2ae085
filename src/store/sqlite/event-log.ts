/** The event log: append once per messageId, read in order. It must not know what events are for. */
import type { Database, Statement } from 'better-sqlite3';
import { type EventLog, eventId, type LoggedEvent, type NewEvent, type Seq } from '../ports/event-log.ts';
import { decode, encode } from './codec.ts';
import type { GroupCommit } from './group-commit.ts';
import { Hints } from './hints.ts';
import { keyBlob, type MessageKey, type MessageMemory, messageKey } from './message-memory.ts';
import { Pieces } from './pieces.ts';
import type { Trail } from './trail.ts';

export interface EventRow {
  readonly seq: number;
  readonly pipeline_id: string;
  readonly received_ms: number;
  readonly body: string;
}

interface PreparedEvent {
  readonly pipelineId: string;
  readonly key: MessageKey;
  readonly receivedMs: number;
  readonly body: string;
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

/** The events of one turn: one call of the group, so that what a call costs is paid once. */
interface Turn {
  readonly events: PreparedEvent[];
  readonly answers: Promise<readonly Answer[]>;
}

type Answer = 'stored' | 'duplicate';

export class SqliteEventLog implements EventLog {
  readonly #group: GroupCommit;
  readonly #trail: Trail;
  readonly #memory: MessageMemory;
  readonly #hints = new Hints();
  readonly #insert: Pieces<PreparedEvent>;
  readonly #after: Statement<[number, number], EventRow>;
  readonly #one: Statement<[number], EventRow>;
  readonly #bytes: Statement<[number], number>;
  readonly #head: Statement<[], number>;
  #turn: Turn | undefined;

  constructor(db: Database, group: GroupCommit, trail: Trail, memory: MessageMemory) {
    this.#group = group;
    this.#trail = trail;
    this.#memory = memory;
    this.#insert = new Pieces(
      db,
      '(?, ?, ?, ?)',
      (list) => `INSERT INTO events (pipeline_id, received_ms, body, key) VALUES ${list}`,
      (event, values) => values.push(event.pipelineId, event.receivedMs, event.body, keyBlob(event.key)),
    );
    this.#after = db.prepare(
      'SELECT seq, pipeline_id, received_ms, body FROM events WHERE seq > ? ORDER BY seq LIMIT ?',
    );
    this.#one = db.prepare('SELECT seq, pipeline_id, received_ms, body FROM events WHERE seq = ?');
    // Of a text this is known without reading it.
    this.#bytes = db.prepare<[number], number>('SELECT octet_length(body) FROM events WHERE seq = ?').pluck();
    this.#head = db
      .prepare<[], number>("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)")
      .pluck();
  }

  async append(events: readonly NewEvent[]): Promise<readonly Answer[]> {
    const prepared = events.map(prepare);
    this.#turn ??= this.#beginTurn();
    const { events: ofTurn, answers } = this.#turn;
    const from = ofTurn.length;
    for (const event of prepared) ofTurn.push(event);
    return (await answers).slice(from, from + prepared.length);
  }

  async read(after: Seq, limit: number, bytes = Number.POSITIVE_INFINITY): Promise<readonly LoggedEvent[]> {
    const events: LoggedEvent[] = [];
    let left = bytes;
    for (const row of this.#after.iterate(after, limit)) {
      events.push(loggedEvent(row));
      left -= row.body.length;
      if (left <= 0) break;
    }
    return events;
  }

  async readMany(seqs: readonly Seq[]): Promise<readonly LoggedEvent[]> {
    return seqs.flatMap((seq) => {
      const row = this.#one.get(seq);
      return row === undefined ? [] : [loggedEvent(row)];
    });
  }

  async bytesOf(seqs: readonly Seq[]): Promise<number> {
    return seqs.reduce((sum, seq) => sum + (this.#bytes.get(seq) ?? 0), 0);
  }

  async head(): Promise<Seq> {
    return this.#head.get() ?? 0;
  }

  onAppend(hint: () => void): () => void {
    return this.#hints.listen(hint);
  }

  #beginTurn(): Turn {
    const events: PreparedEvent[] = [];
    const answers = this.#group.submit(
      () => {
        this.#turn = undefined;
        return this.#store(events);
      },
      (stored) => {
        if (stored.includes('stored')) this.#hints.give();
      },
      () => {
        this.#turn = undefined;
        this.#memory.distrust();
      },
    );
    return { events, answers };
  }

  #store(events: readonly PreparedEvent[]): readonly Answer[] {
    const isNew = this.#memory.admit(events);
    const fresh = events.filter((_, index) => isNew[index] === true);
    this.#insert.run(fresh);
    this.#trail.countMany('received', fresh.length);
    return isNew.map((one) => (one ? 'stored' : 'duplicate'));
  }
}

function prepare({ pipelineId, event, receivedAtMs }: NewEvent): PreparedEvent {
  return {
    pipelineId,
    key: messageKey(pipelineId, event.messageId),
    receivedMs: receivedAtMs,
    body: encode(event),
  };
}
