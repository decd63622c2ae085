/** Jobs on their way to vendors: in order, owned lane by lane, each ending once. It must not know which database it is. */
import type { JsonObject } from '../../event/json.ts';
import type { Endpoint, OutcomeCode } from '../../event/outcome.ts';
import type { Seq } from './event-log.ts';
import type { ConsentSubject } from './ledger.ts';

/** Increasing in the order of leaving. */
export type JobId = number;

export type OpenJobState = 'waiting' | 'sending' | 'submitted' | 'held';
export type FinalJobState = 'delivered' | 'filtered' | 'dead' | 'cancelled';
export type JobState = OpenJobState | FinalJobState;

/** Ownership of a lane (one vendor account). Writes with an epoch that is not the newest are refused. */
export interface Lease {
  readonly lane: string;
  readonly epoch: number;
}

export interface LaneStatus {
  readonly lane: string;
  readonly waiting: number;
  /** Those that wait for a person, because nobody can know whether they arrived. */
  readonly held: number;
  /** Nothing may be sent before this time; 0 when free. */
  readonly notBeforeMs: number;
  readonly pauseCode?: OutcomeCode;
  /** What is stopped until it is mended: the account as a whole, which is the first then, and each of its endpoints. */
  readonly stops: readonly LaneStop[];
  /** Set when nothing is open but what is held. */
  readonly isQuiet?: true;
}

/** With an endpoint, only what goes there is stopped; which that is `take` is told. Without one, the whole account. */
export interface LaneStop extends Stop {
  readonly endpoint?: Endpoint;
}

/** What one of an account's stops covers. */
export type StopScope = 'account' | Endpoint;

export interface Stop {
  readonly code: OutcomeCode;
  readonly message: string;
  readonly sinceMs: number;
}

export interface NewJob {
  readonly lane: string;
  readonly pipelineId: string;
  readonly integrationId: string;
  readonly templateId: string;
  readonly revisionId: string;
  readonly seq: Seq;
  /** The blueprint rule that made it. Unique with integration, event and replay. */
  readonly rule: string;
  /** Empty for the first mapping, the replay's id otherwise. */
  readonly replayId: string;
  readonly action: string;
  readonly payload: JsonObject;
  /** Normalised addresses that the job belongs to: one, or old and new for a change of address. */
  readonly contacts: readonly [string] | readonly [string, string];
  /** Ids of the event, for asking consent again. */
  readonly subjects: readonly ConsentSubject[];
  readonly enqueuedAtMs: number;
}

export interface PendingJob extends NewJob {
  readonly id: JobId;
  readonly state: OpenJobState;
  /** Tries that counted. */
  readonly attempts: number;
  /** When the retry window began: the first try that counted, moved by time spent stopped. */
  readonly firstAttemptAtMs?: number;
  /** Of a submitted job. */
  readonly batchId?: string;
}

export interface TakeOptions {
  readonly nowMs: number;
  /** At most so many jobs. */
  readonly jobs: number;
  /** Contacts with a job under way: theirs are skipped. */
  readonly busy: ReadonlySet<string>;
  /** Jobs under way, of busy contacts: passed over without a look at them. */
  readonly leaving?: ReadonlySet<JobId>;
  /**
   * At most so many contacts per integration that come out of a hold, the longest waiting first, so that retries leave
   * room for the others; by default as many as there are jobs.
   */
  readonly retries?: number;
  /** Actions that must not leave now. They hold their contacts like every job that waits, and cost no look, however many. */
  readonly without?: ReadonlySet<string>;
}

/** One try, as shown to people. Requests and answers are masked before they come here. */
export interface Attempt {
  readonly jobId: JobId;
  readonly atMs: number;
  readonly durationMs: number;
  readonly outcome: string;
  readonly code: OutcomeCode;
  readonly message?: string;
  /** Requests made in this try, with their answers: `[{method, url, headers, body, status, errorText, outcomeCode, startedAtMs, durationMs}]`. */
  readonly exchanges: readonly JsonObject[];
  readonly nextAtMs?: number;
}

export type JobChange =
  | { readonly id: JobId; readonly to: FinalJobState; readonly code: OutcomeCode; readonly message?: string }
  /** Holds the contact until `untilMs`; `counts: false` leaves the number of attempts as it was. */
  | {
      readonly id: JobId;
      readonly to: 'waiting';
      readonly untilMs: number;
      readonly counts: boolean;
      readonly code: OutcomeCode;
      readonly message?: string;
    }
  /** Nobody can know whether it arrived: shown, holds nobody, waits for a person. */
  | { readonly id: JobId; readonly to: 'held'; readonly code: OutcomeCode; readonly message?: string }
  | { readonly id: JobId; readonly to: 'submitted'; readonly batchId: string };

export interface Settlement {
  readonly lease: Lease;
  readonly nowMs: number;
  readonly changes: readonly JobChange[];
  readonly attempts: readonly Attempt[];
  /** Pauses the account: not before, in the same commit. Never moves an earlier-set later time forward. */
  readonly pause?: { readonly untilMs: number; readonly code: OutcomeCode };
  /**
   * Stops the account, one endpoint of it, or the integration (template) that owns the key. Each stop is by itself: one
   * that is there already keeps its time and gets the newest reason.
   */
  readonly stop?: {
    readonly templateId?: string;
    readonly endpoint?: Endpoint;
    readonly code: OutcomeCode;
    readonly message: string;
  };
}

export interface Queue {
  /**
   * Lanes that have open jobs other than held ones and that nobody holds, with a new epoch each. What another owner's
   * lease ran out of is among them, what the owner itself holds never. SQLite grants all that an earlier process held: it
   * has ended, or this one could not have opened the file.
   */
  claim(owner: string, nowMs: number, ttlMs: number): Promise<readonly Lease[]>;
  /**
   * Extends and answers the leases that the owner still holds. One that ran out is lost only when another owner took the
   * lane: a machine that slept, or whose clock was set forward, still has to settle what is under way.
   */
  renew(owner: string, nowMs: number, ttlMs: number): Promise<readonly Lease[]>;
  release(leases: readonly Lease[]): Promise<void>;
  /**
   * Pure read, in job order: jobs that may leave now; none when the lane is paused or stopped, or the lease stale.
   * Skips contacts on hold or busy, and jobs behind an open (waiting, sending, submitted) job of the same contact unless
   * that one is in the answer too; jobs of stopped or disabled integrations wait and hold nobody of other integrations.
   * When there is more than was asked for, the integrations take turns. An answer may have fewer than could leave.
   */
  take(lease: Lease, options: TakeOptions): Promise<readonly PendingJob[]>;
  /**
   * Commits that these are about to leave. Resolves false, and changes nothing, when the lease is stale, or when one of
   * them may not leave any more (ended or moved since it was taken). What else is under way keeps the lease it needs to
   * be settled.
   */
  markSending(lease: Lease, ids: readonly JobId[]): Promise<boolean>;
  /**
   * One atomic, fenced write. Resolves false (and changes nothing) when the lease is stale. Changes of jobs that have
   * ended or left the lane since are passed over: the first ending holds, but for one: a job that a withdrawal filtered
   * while its request was on its way is delivered when the request turns out to have arrived. Only an end (of any kind)
   * releases a held job. Of a job whose person was erased no try is kept, and it does not wait again.
   */
  settle(settlement: Settlement): Promise<boolean>;
  /** Jobs found `sending` when a lane is claimed: nobody can know whether they arrived. */
  interrupted(lease: Lease): Promise<readonly PendingJob[]>;
  /** Jobs that wait for the result of a batch, with its id. */
  submitted(lease: Lease): Promise<readonly PendingJob[]>;
  status(lane: string, nowMs: number): Promise<LaneStatus>;
  lanes(nowMs: number): Promise<readonly LaneStatus[]>;
  /**
   * From when on a job may leave that is not one of the actions `without`: `nowMs` when there is one to be looked at, the
   * earliest end of a hold when all are on hold; undefined when only a recovery, a person or a new job changes anything.
   */
  nextLeaveMs(lane: string, nowMs: number, without?: ReadonlySet<string>): Promise<number | undefined>;
  /** Stops in force, by template id. */
  stopsOfTemplates(): Promise<ReadonlyMap<string, Stop>>;
  /** Lifts a stop (mended, or a probe succeeded); the stopped time does not count toward the retry window. */
  resume(
    what:
      | {
          readonly lane: string /** Lifts this one of the account's stops only. */;
          readonly only?: StopScope;
        }
      | { readonly templateId: string },
    nowMs: number,
  ): Promise<void>;
  /** Cancels waiting and held jobs; those under way stay. Answers how many. */
  cancel(ids: readonly JobId[], nowMs: number): Promise<number>;
  /**
   * Puts held or dead jobs back at the end of their contact's order, as new jobs with the same payload under the replay
   * id; a held one is thereby cancelled. Repeating the call with the same replay id adds nothing. Answers the new ids.
   */
  requeue(ids: readonly JobId[], replayId: string, nowMs: number): Promise<readonly JobId[]>;
  /** Those of the jobs that have not ended and whose integration is neither stopped, switched off nor removed: asked right before they leave. */
  stillOpen(ids: readonly JobId[]): Promise<ReadonlySet<JobId>>;
  /** A hint that jobs were added or set free, in these lanes; undefined: who knows where. */
  onWork(hint: (lanes: ReadonlySet<string> | undefined) => void): () => void;
}
