/** What was received, in the order of receipt: the truth that all else is made from. It must not know which database it is. */
import type { CanonicalEvent } from '../../event/canonical-event.ts';

/** Position in the event log: 1, 2, 3 … in the order of receipt. */
export type Seq = number;

const ID_PREFIX = 'evt_';

/** The public id of a position. */
export function eventId(seq: Seq): string {
  return `${ID_PREFIX}${seq}`;
}

/** The position in a public id; undefined when it is none. */
export function seqOfEventId(id: string): Seq | undefined {
  const digits = id.startsWith(ID_PREFIX) ? id.slice(ID_PREFIX.length) : '';
  return /^[1-9]\d{0,14}$/.test(digits) ? Number(digits) : undefined;
}

export interface NewEvent {
  readonly pipelineId: string;
  readonly event: CanonicalEvent;
  readonly receivedAtMs: number;
}

export interface LoggedEvent extends NewEvent {
  readonly seq: Seq;
  /** Public id, `evt_…`, stable. */
  readonly id: string;
}

export interface EventLog {
  /**
   * Appends and remembers (pipeline, messageId); all calls of one turn of the event loop share one commit.
   * `duplicate`: that messageId was stored in this pipeline within the dedupe window (also earlier in the same call).
   */
  append(events: readonly NewEvent[]): Promise<readonly ('stored' | 'duplicate')[]>;
  /** Events after a position, oldest first: at most so many, and none after the one that brings their bodies to `bytes`. */
  read(after: Seq, limit: number, bytes?: number): Promise<readonly LoggedEvent[]>;
  readMany(seqs: readonly Seq[]): Promise<readonly LoggedEvent[]>;
  /** How large the bodies of these events are together, without reading them. */
  bytesOf(seqs: readonly Seq[]): Promise<number>;
  /** Position of the newest event; 0 when there is none. */
  head(): Promise<Seq>;
  /** A hint that something was appended; polling is what correctness rests on. Returns the unsubscribe function. */
  onAppend(hint: () => void): () => void;
}
