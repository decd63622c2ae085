/** Who people are to each pipeline, and what they decided. It must not know which database it is. */
import type { ConsentDecision } from '../../event/consent.ts';
import type { Email } from '../../event/email.ts';
import type { Seq } from './event-log.ts';

/** `u:` + userId, or `a:` + anonymousId. */
export type VisitorKey = `u:${string}` | `a:${string}`;
/** Whatever a consent decision can be recorded under: a visitor key, or `e:` + address. */
export type ConsentSubject = VisitorKey | `e:${string}`;

/**
 * What a visitor key leads to. `userId` on an anonymous link is the user who was known when it was made. Without
 * `email` the key leads nowhere from then on: somebody whose address is not known yet took over a shared device.
 */
export interface Link {
  readonly email?: Email;
  readonly userId?: string;
  readonly seq: Seq;
}

export interface ParkedEvent {
  readonly seq: Seq;
  /** The visitor it counts for: the user where there is one. */
  readonly key: VisitorKey;
  /** The event's second id, under which it waits too. */
  readonly otherKey?: VisitorKey;
  readonly expiresAtMs: number;
  /** The pipeline integrations that wait for it. */
  readonly integrationIds: readonly string[];
}

export interface LedgerSnapshot {
  /** The present link of each asked key that has one. */
  readonly links: ReadonlyMap<VisitorKey, Link>;
  /** All keys that presently lead to an address: the asked addresses and those that the asked keys lead to. */
  readonly keysOf: ReadonlyMap<Email, readonly VisitorKey[]>;
  /** Newest decision per category, for every subject of those persons (asked keys and addresses, and all keys of the addresses). */
  readonly decisions: ReadonlyMap<ConsentSubject, Readonly<Record<string, ConsentDecision>>>;
  /** Events waiting under the asked keys, oldest first. */
  readonly parked: ReadonlyMap<VisitorKey, readonly ParkedEvent[]>;
  /** Of the asked keys and addresses, those that were erased: their events up to the position must not be processed. */
  readonly erasedThrough?: ReadonlyMap<ConsentSubject, Seq>;
}

export interface Ledger {
  /** What waits is loaded only for the keys that may release it: by default all of them. */
  load(
    pipelineId: string,
    keys: readonly VisitorKey[],
    emails: readonly Email[],
    releasing?: readonly VisitorKey[],
  ): Promise<LedgerSnapshot>;
  /** Of those that were erased: the position up to which their events must not be mapped anew, in the retention time. */
  erasedThrough(subjects: readonly ConsentSubject[]): Promise<ReadonlyMap<ConsentSubject, Seq>>;
  /** The events that wait under these keys, each once; nothing but their positions is read. */
  waiting(pipelineId: string, keys: readonly VisitorKey[]): Promise<readonly Seq[]>;
  /**
   * The newest decision per category over all ids of the person who owns the address, and over the given subjects
   * (those of the event that made the job). Asked again just before each send.
   */
  decisionsOf(
    pipelineId: string,
    email: Email,
    subjects: readonly ConsentSubject[],
  ): Promise<Readonly<Record<string, ConsentDecision>>>;
}
