/** Finds an event by its messageId without an index of its own: the memory of duplicates tells when it was received. It must not know what it is shown for. */
import type { Database, Statement } from 'better-sqlite3';
import type { Seq } from '../../ports/event-log.ts';
import { keyBlob, messageKey } from '../message-memory.ts';

/** Times follow positions but for this: a slow upload is dated by its beginning. */
const SLACK_MS = 60_000;
/** Events that one search looks at; what came in a flood may not be found. */
const MAX_SCAN = 20_000;

interface Place {
  readonly seq: Seq;
  readonly received_ms: number;
}

export class MessageSearch {
  readonly #pipelines: Statement<[], string>;
  readonly #receivedMs: Statement<[Buffer, Buffer], number>;
  readonly #last: Statement<[], Seq | null>;
  readonly #from: Statement<[number], Place>;
  readonly #among: Statement<[number, number, number, string, string], Seq>;

  constructor(db: Database) {
    this.#pipelines = db.prepare<[], string>('SELECT id FROM pipelines').pluck();
    this.#receivedMs = db
      .prepare<[Buffer, Buffer], number>(
        `SELECT received_ms FROM dedupe WHERE key = ?
         UNION ALL SELECT received_ms FROM events
           WHERE seq > (SELECT value FROM meta WHERE name = 'filed') AND key = ?
         ORDER BY received_ms DESC`,
      )
      .pluck();
    this.#last = db.prepare<[], Seq | null>('SELECT max(seq) FROM events').pluck();
    this.#from = db.prepare('SELECT seq, received_ms FROM events WHERE seq >= ? ORDER BY seq LIMIT 1');
    this.#among = db
      .prepare<[number, number, number, string, string], Seq>(
        `SELECT seq FROM events WHERE seq >= ? AND seq < ? AND received_ms = ? AND pipeline_id = ?
         AND json_extract(body, '$.messageId') = ? ORDER BY seq LIMIT 1`,
      )
      .pluck();
  }

  /** At most one a pipeline, while its messageId is remembered. */
  find(messageId: string): readonly Seq[] {
    return this.#pipelines.all().flatMap((pipelineId) => {
      const key = keyBlob(messageKey(pipelineId, messageId));
      const atMs = this.#receivedMs.get(key, key);
      if (atMs === undefined) return [];
      const first = this.#firstSince(atMs - SLACK_MS);
      return this.#among.get(first, first + MAX_SCAN, atMs, pipelineId, messageId) ?? [];
    });
  }

  /** The first position received at that time or later, by halving. */
  #firstSince(sinceMs: number): Seq {
    let low = 0;
    let high = (this.#last.get() ?? 0) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const place = this.#from.get(middle);
      if (place === undefined || place.received_ms >= sinceMs) high = middle;
      else low = place.seq + 1;
    }
    return low;
  }
}
