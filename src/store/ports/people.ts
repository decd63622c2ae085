/** What people read about a person: who they are to each pipeline, and what they decided. It must not know which database it is. */
import type { Email } from '../../event/email.ts';
import type { ConsentSubject } from './ledger.ts';

/** One person as one pipeline knows them. */
export interface PersonSummary {
  readonly pipelineId: string;
  /** What the person is found under again: the address, or the one id of somebody whose address is not known. */
  readonly subject: ConsentSubject;
  readonly email?: Email;
  readonly userIds: readonly string[];
  readonly anonymousIds: readonly string[];
  /** When the newest event of any of these ids was received, while it is kept. */
  readonly lastSeenAtMs?: number;
}

/** The newest decision of one subject on one category. */
export interface RecordedDecision {
  readonly category: string;
  readonly granted: boolean;
  readonly atMs: number;
  readonly subject: ConsentSubject;
  /** The event that said it, while it is kept. */
  readonly eventId?: string;
}

/** One change of mind: what the event said, under each id for which it was new. */
export interface ConsentChange {
  readonly category: string;
  readonly granted: boolean;
  readonly atMs: number;
  readonly subjects: readonly ConsentSubject[];
  /** The event that said it, while it is kept. */
  readonly event?: {
    readonly id: string;
    readonly type: string;
    /** Of a tracked event, a page or a screen. */
    readonly name?: string;
    /** The client that sent it, `context.library.name`. */
    readonly library?: string;
    /** The page it was said on, `context.page.url`. */
    readonly page?: string;
  };
}

export interface PersonRecord extends PersonSummary {
  /** Newest first. */
  readonly consent: readonly RecordedDecision[];
  /** Newest first, at most the newest 100; a change that was replaced is forgotten with the retention. */
  readonly consentHistory: readonly ConsentChange[];
}

export interface People {
  /** Whoever has exactly this address, userId or anonymousId, at most one a pipeline and kind. */
  findPeople(query: string): Promise<readonly PersonSummary[]>;
  /** The person behind a subject; undefined when nothing is known of it. */
  person(pipelineId: string, subject: ConsentSubject): Promise<PersonRecord | undefined>;
}
