/** Remembers which messageIds were received, so that each counts once. It must not know what an event is. */
import { hash } from 'node:crypto';
import type { Database, Statement } from 'better-sqlite3';
import { Pieces } from './pieces.ts';

/** 128 bits: two different messageIds of one pipeline meet with a chance below 1e-20 among a billion. */
const KEY_BYTES = 16;
/** For each event that comes so many waiting keys are filed: more than one, so that it ends before the next time. */
const FILED_PER_EVENT = 2;

/** What a messageId is remembered by: 128 bits of SHA-256 over pipeline and messageId, one character a byte. */
export type MessageKey = string;

export function messageKey(pipelineId: string, messageId: string): MessageKey {
  return hash('sha256', JSON.stringify([pipelineId, messageId]), 'binary').slice(0, KEY_BYTES);
}

export function keyBlob(key: MessageKey): Buffer {
  return Buffer.from(key, 'latin1');
}

interface Arrived {
  readonly key: MessageKey;
  readonly receivedMs: number;
}

interface EventKey {
  readonly key: Buffer;
  readonly received_ms: number;
}

export interface MemoryOptions {
  /** How long a messageId is remembered. */
  readonly windowMs: number;
  /** Filing begins when so many keys wait for it. */
  readonly recentKeys: number;
}

/**
 * The key of an event is written with it, so it is durable when the event is. The index over all keys (`dedupe`) is
 * written later, many at once and in the order of the index: one key at a time would write a page of it for each event.
 * Until then the keys of events after the mark `filed` are in memory, read from the events where memory cannot be
 * trusted: at the start, and after a transaction that was undone.
 */
export class MessageMemory {
  readonly #options: MemoryOptions;
  readonly #filedThrough: Statement<[], number>;
  readonly #setFiled: Statement<[number]>;
  readonly #head: Statement<[], number>;
  readonly #since: Statement<[number], EventKey>;
  readonly #find: Pieces<Arrived, EventKey>;
  readonly #put: Pieces<KeyTime>;
  /** Undefined when it must be read anew. */
  #recent: Keys | undefined;
  #filing: Filing | undefined;

  constructor(db: Database, options: MemoryOptions) {
    this.#options = options;
    this.#filedThrough = db.prepare<[], number>("SELECT value FROM meta WHERE name = 'filed'").pluck();
    this.#setFiled = db.prepare("UPDATE meta SET value = ? WHERE name = 'filed'");
    this.#head = db
      .prepare<[], number>("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)")
      .pluck();
    this.#since = db.prepare('SELECT key, received_ms FROM events WHERE seq > ? AND key IS NOT NULL');
    // Joined in the order given, without the sorted table that SQLite builds of an IN list.
    this.#find = new Pieces(
      db,
      '(?)',
      (list) =>
        `WITH arrived (k) AS (VALUES ${list}) SELECT key, received_ms FROM arrived CROSS JOIN dedupe ON key = k`,
      ({ key }, values) => values.push(keyBlob(key)),
    );
    // Replacing gives the key its place among the newest, which is where forgetting looks last.
    this.#put = new Pieces(
      db,
      '(?, ?)',
      (list) => `REPLACE INTO dedupe (key, received_ms) VALUES ${list}`,
      ([key, receivedMs], values) => values.push(keyBlob(key), receivedMs),
    );
  }

  /** Inside a transaction: which of these are new, in order; they are remembered from now on, and must be stored in it. */
  admit(arrived: readonly Arrived[]): readonly boolean[] {
    const recent = this.#trusted();
    if (recent.size >= this.#options.recentKeys && this.#filing === undefined) this.#beginFiling();
    this.file(arrived.length * FILED_PER_EVENT);
    const filed = this.#filedAmong(arrived.filter(({ key }) => this.#inMemory(key) === undefined));
    const target = this.#trusted();
    return arrived.map(({ key, receivedMs }) => {
      const lastMs = this.#inMemory(key) ?? filed.get(key);
      if (lastMs !== undefined && lastMs > receivedMs - this.#options.windowMs) return false;
      target.set(key, receivedMs);
      return true;
    });
  }

  /** Inside a transaction: files about so many of the keys that wait for it, if any do. */
  file(count: number): void {
    const filing = this.#filing;
    if (filing === undefined) return;
    let left = count;
    while (left > 0) {
      const keys = filing.keys.sorted(filing.nextPart);
      if (keys === undefined) {
        this.#setFiled.run(filing.through);
        this.#filing = undefined;
        return;
      }
      this.#put.run(keys);
      filing.nextPart += 1;
      left -= Math.max(keys.length, 1);
    }
  }

  /** Inside a transaction: as `file`, of all keys. For quiet times. */
  tidy(count: number): void {
    if (this.#filing === undefined && this.#trusted().size > 0) this.#beginFiling();
    this.file(count);
  }

  /** The transaction was undone, or nobody knows: memory may say what the tables do not. */
  distrust(): void {
    this.#recent = undefined;
    this.#filing = undefined;
  }

  #trusted(): Keys {
    if (this.#recent !== undefined) return this.#recent;
    this.#recent = new Keys();
    for (const { key, received_ms } of this.#since.iterate(this.#filedThrough.get() ?? 0))
      this.#recent.set(key.toString('latin1'), received_ms);
    return this.#recent;
  }

  #beginFiling(): void {
    this.#filing = { keys: this.#trusted(), through: this.#head.get() ?? 0, nextPart: 0 };
    this.#recent = new Keys();
  }

  #inMemory(key: MessageKey): number | undefined {
    return this.#trusted().get(key) ?? this.#filing?.keys.get(key);
  }

  #filedAmong(arrived: readonly Arrived[]): ReadonlyMap<MessageKey, number> {
    return new Map(this.#find.all(arrived).map((row) => [row.key.toString('latin1'), row.received_ms]));
  }
}

interface Filing {
  readonly keys: Keys;
  /** When all are filed, so is every event up to here. */
  readonly through: number;
  nextPart: number;
}

type KeyTime = readonly [MessageKey, number];
const PARTS = 256;

/** Keys with their times, in parts by the first byte, so that sorting never takes long at once. */
class Keys {
  readonly #parts: readonly Map<MessageKey, number>[] = Array.from({ length: PARTS }, () => new Map());
  size = 0;

  get(key: MessageKey): number | undefined {
    return this.#part(key).get(key);
  }

  set(key: MessageKey, receivedMs: number): void {
    const part = this.#part(key);
    const before = part.size;
    part.set(key, receivedMs);
    this.size += part.size - before;
  }

  /** In the order of the index; undefined behind the last part. */
  sorted(part: number): readonly KeyTime[] | undefined {
    const keys = this.#parts[part];
    if (keys === undefined) return undefined;
    return [...keys].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #part(key: MessageKey): Map<MessageKey, number> {
    const part = this.#parts[key.charCodeAt(0)];
    if (part === undefined) throw new Error('A key is bytes, one a character.');
    return part;
  }
}
