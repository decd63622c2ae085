/**
 * What the program asks of its database: small ports that share one transaction. It must not know which database it is.
 *
 * Times are milliseconds since 1970 by the caller's clock. Everything that resolves is durable (fsynced).
 * Every adapter passes `test/store/contract.ts`.
 */
import type { CanonicalEvent } from '../event/canonical-event.ts';
import type { ConsentDecision } from '../event/consent.ts';
import type { Email } from '../event/email.ts';
import type { JsonObject } from '../event/json.ts';
import type { Endpoint, OutcomeCode } from '../event/outcome.ts';
import type { People } from './people-port.ts';
import type { Erasure, Replays } from './repair-port.ts';

export interface Store {
  readonly log: EventLog;
  readonly ledger: Ledger;
  readonly steps: Steps;
  readonly queue: Queue;
  readonly config: ConfigStore;
  readonly reads: Reads;
  readonly upkeep: Upkeep;
  readonly replays: Replays;
  readonly erasure: Erasure;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- the event log

/** Position in the event log: 1, 2, 3 … in the order of receipt. */
export type Seq = number;

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
  /** Events after a position, oldest first. */
  read(after: Seq, limit: number): Promise<readonly LoggedEvent[]>;
  readMany(seqs: readonly Seq[]): Promise<readonly LoggedEvent[]>;
  /** Position of the newest event; 0 when there is none. */
  head(): Promise<Seq>;
  /** A hint that something was appended; polling is what correctness rests on. Returns the unsubscribe function. */
  onAppend(hint: () => void): () => void;
}

// ---------------------------------------------------------------- the person ledger

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
  load(pipelineId: string, keys: readonly VisitorKey[], emails: readonly Email[]): Promise<LedgerSnapshot>;
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

// ---------------------------------------------------------------- processing

/** Event × integration. `dropped`: no rule wants it. */
export type VerdictState = 'dropped' | 'filtered' | 'skipped' | 'invalid' | 'parked' | 'expired' | 'mapped';

export interface Verdict {
  readonly seq: Seq;
  /** The pipeline integration, `pi_…`. */
  readonly integrationId: string;
  readonly state: VerdictState;
  readonly code?: OutcomeCode;
  /** The rules that matched and the reasons in words; shown to people. */
  readonly detail?: JsonObject;
  readonly revisionId?: string;
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

export interface LinkWrite {
  readonly pipelineId: string;
  readonly key: VisitorKey;
  readonly link: Link;
}

export interface DecisionWrite {
  readonly pipelineId: string;
  readonly subject: ConsentSubject;
  readonly category: string;
  readonly decision: ConsentDecision;
  readonly seq: Seq;
}

export interface ParkWrite extends ParkedEvent {
  readonly pipelineId: string;
}

/** A person's consent is gone for an integration: what waits for them there is filtered (CONSENT_WITHDRAWN). */
export interface Withdrawal {
  readonly integrationId: string;
  readonly email: Email;
  readonly nowMs: number;
}

/** Everything that processing a stretch of the log changes. One commit. */
export interface Step {
  /** The cursor that this step was computed from; a step from a stale cursor changes nothing. */
  readonly from: Seq;
  readonly through: Seq;
  /** In order: later ones win. A link is a visitor key's newest. */
  readonly links: readonly LinkWrite[];
  /** Kept only where newer than what is kept (refusal wins a tie). */
  readonly decisions: readonly DecisionWrite[];
  /** Upserts per (event, integration): releasing a parked event replaces its verdict. */
  readonly verdicts: readonly Verdict[];
  readonly park: readonly ParkWrite[];
  readonly unpark: readonly Seq[];
  /** In the order that they are to leave; the store gives increasing ids in this order. One that exists already is left. */
  readonly jobs: readonly NewJob[];
  /** The address of an event's person, as known when it was processed; by default that of its first job. */
  readonly addresses?: readonly { readonly seq: Seq; readonly email: string }[];
  /** Applied after the jobs are added, so that the step's own jobs are among those that are filtered. */
  readonly withdrawals?: readonly Withdrawal[];
  /** Events of people who were erased after these were received: their bodies are emptied in the same commit. */
  readonly erased?: readonly Seq[];
  /** The configuration that this step was computed with: when it is not the present one, the step changes nothing. */
  readonly configVersion?: number;
}

export interface Steps {
  cursor(): Promise<Seq>;
  /** False when `from` is not the cursor any more, or `configVersion` not the present one: nothing was changed. */
  commit(step: Step): Promise<boolean>;
  /** Parked events whose time is over, oldest first. */
  expiredParked(nowMs: number, limit: number): Promise<readonly ParkWrite[]>;
  /** Removes them from parking and turns their `parked` verdicts into `expired` (NO_EMAIL), in one commit. */
  expire(seqs: readonly Seq[]): Promise<void>;
}

// ---------------------------------------------------------------- the queue

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
  /** Nothing may be sent before this time; 0 when free. */
  readonly notBeforeMs: number;
  readonly pauseCode?: OutcomeCode;
  /** Set while the account, or one endpoint of it, is stopped until somebody mends it. */
  readonly stop?: LaneStop;
  /** Earliest time at which a contact on hold may go on, when all waiting ones are on hold. */
  readonly nextRetryMs?: number;
  /** Set when nothing is open but what is held. */
  readonly isQuiet?: true;
}

/** With an endpoint, only what goes there is stopped; which that is `take` is told. */
export interface LaneStop extends Stop {
  readonly endpoint?: Endpoint;
}

export interface Stop {
  readonly code: OutcomeCode;
  readonly message: string;
  readonly sinceMs: number;
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
  /** Actions that must not leave now. They hold their contacts like every job that waits. */
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
  /** Requests made in this try, with their answers: `[{method, url, headers, body, status, responseBody, durationMs}]`. */
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
   * Stops the account, one endpoint of it, or the integration (template) that owns the key. Two endpoints that are
   * stopped make a stop of the account.
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
   * Lanes that have open jobs other than held ones and that nobody holds (the owner itself neither), with a new epoch each. SQLite grants
   * all that an earlier process held: it has ended, or this one could not have opened the file.
   */
  claim(owner: string, nowMs: number, ttlMs: number): Promise<readonly Lease[]>;
  /** Extends and answers the leases that the owner still holds; one that ran out is lost. */
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
   * Commits that these are about to leave. Resolves false (and changes no job) when the lease is stale, or when one of
   * them may not leave any more (cancelled or moved since it was taken): then the lease is given up too, because its
   * owner's picture of the lane is out of date; claim anew.
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
  /** Stops in force, by template id. */
  stopsOfTemplates(): Promise<ReadonlyMap<string, Stop>>;
  /** Lifts a stop (mended, or a probe succeeded); the stopped time does not count toward the retry window. */
  resume(
    what:
      | { readonly lane: string /** Lifts the stop of this endpoint only. */; readonly endpoint?: Endpoint }
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

// ---------------------------------------------------------------- configuration

export interface Pipeline {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly type: 'web' | 'app' | 'server';
  readonly pipelineKey: string;
  /** Sealed by the vault. */
  readonly sealedSecret: string;
  readonly secretPrefix: string;
  readonly domainAllowlist: readonly string[];
  readonly labels: readonly string[];
  readonly rateLimitRps: number;
  readonly parameters: Readonly<Record<string, string>>;
  /** Free settings: `consent_code_map` and what later releases add. */
  readonly config: JsonObject;
  readonly enabled: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface Template {
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly description: string;
  readonly catalogVendorKey: string;
  readonly catalogVariantKey: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface RemovedTemplate {
  readonly template: Template;
  readonly removedAtMs: number;
}

/** Immutable. `settings` holds no secret; `sealed` holds each secret setting, sealed by the vault. */
export interface Revision {
  readonly id: string;
  readonly templateId: string;
  readonly number: number;
  readonly blueprint: JsonObject;
  readonly settings: JsonObject;
  readonly sealed: Readonly<Record<string, string>>;
  readonly deliveryMode: string;
  readonly changeSummary: string;
  readonly createdBy: string;
  readonly createdAtMs: number;
}

export interface PipelineIntegration {
  readonly id: string;
  readonly pipelineId: string;
  readonly templateId: string;
  readonly revisionId: string;
  readonly enabled: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Which revision (and switch) holds for events after a position, up to the next pin. */
export interface Pin {
  readonly integrationId: string;
  readonly afterSeq: Seq;
  readonly revisionId: string;
  readonly enabled: boolean;
}

/** A change of the account's address: waiting jobs of the template move in the same commit. */
export interface LaneMove {
  readonly templateId: string;
  readonly to: string;
}

/** Names are unique; a taken one is Failure NAME_TAKEN. What a method changes here is one commit. */
export interface ConfigStore {
  /** Increases with every change; readers cache by it. */
  version(): Promise<number>;
  pipelines(): Promise<readonly Pipeline[]>;
  putPipeline(pipeline: Pipeline): Promise<void>;
  templates(): Promise<readonly Template[]>;
  revisions(templateId: string): Promise<readonly Revision[]>;
  revision(id: string): Promise<Revision | undefined>;
  integrations(): Promise<readonly PipelineIntegration[]>;
  pins(): Promise<readonly Pin[]>;
  /** Template, revision 1 and its pipeline integration (pinned from the present head of the log). */
  install(template: Template, revision: Revision, integration: PipelineIntegration): Promise<void>;
  putTemplate(template: Template): Promise<void>;
  /** Adds a revision; pins the given integrations to it from the present head on; moves waiting jobs; lifts the template's stop. */
  addRevision(revision: Revision, pinned: readonly PipelineIntegration[], move?: LaneMove): Promise<void>;
  putIntegration(integration: PipelineIntegration): Promise<void>;
  /**
   * Removes the template with its integrations in one commit, after which none of their jobs leaves any more; what waits
   * or is held is then cancelled, in further commits when it is much. Events, deliveries and revisions stay readable.
   */
  deleteTemplate(id: string, nowMs: number): Promise<void>;
  /**
   * Brings a template back that was removed at that time or later, with its integrations, pinned from the present head
   * on. What was cancelled stays so. Undefined when there is no such template. Failure NAME_TAKEN.
   */
  undeleteTemplate(id: string, removedSinceMs: number): Promise<Template | undefined>;
  /** Templates that were removed at that time or later and may come back, the last removed first, at most 100. */
  removedTemplates(sinceMs: number): Promise<readonly RemovedTemplate[]>;
  deleteIntegration(id: string, nowMs: number): Promise<void>;
  onChange(hint: () => void): () => void;
}

// ---------------------------------------------------------------- what people read

/** A page may be short, even empty, when little of what was looked at fits the filter; only `nextCursor: null` is the end. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

/** All given members must fit. An event is found by a filter once it is processed; without one at once. */
export interface EventFilter {
  readonly type?: string;
  readonly event?: string;
  /** userId or anonymousId, exact. */
  readonly user?: string;
  readonly email?: string;
  readonly status?: VerdictState | JobState;
  readonly integrationId?: string;
  readonly sinceMs?: number;
  /** Whatever somebody types: an address, userId, anonymousId or messageId, exact; or how the event's name begins, in any letter case. */
  readonly text?: string;
}

export interface EventSummary extends LoggedEvent {
  readonly email?: string;
  readonly verdicts: readonly Verdict[];
  readonly jobs: readonly DeliverySummary[];
}

export interface DeliverySummary {
  readonly id: JobId;
  readonly seq: Seq;
  readonly eventId: string;
  readonly eventName: string;
  readonly integrationId: string;
  readonly templateId: string;
  readonly revisionId: string;
  readonly revisionNumber: number;
  readonly rule: string;
  readonly replayId: string;
  /** The replay that sent this dead delivery again. */
  readonly replayedBy?: string;
  readonly action: string;
  readonly contacts: readonly string[];
  readonly state: JobState;
  readonly code?: OutcomeCode;
  readonly message?: string;
  readonly attempts: number;
  readonly enqueuedAtMs: number;
  readonly settledAtMs?: number;
  readonly nextAtMs?: number;
}

export interface DeliveryDetail extends DeliverySummary {
  readonly payload: JsonObject;
  readonly tries: readonly Attempt[];
}

export interface DeliveryFilter {
  /** One of these. */
  readonly status?: readonly JobState[];
  readonly integrationId?: string;
  readonly action?: string;
  readonly email?: string;
  readonly code?: string;
  readonly seq?: Seq;
  readonly sinceMs?: number;
  /** Whether a replay has sent it again. */
  readonly isReplayed?: boolean;
}

export interface Reads extends People {
  /** Newest first. `cursor` is from a former page; any other text is Failure INVALID_REQUEST. */
  events(filter: EventFilter, limit: number, cursor?: string): Promise<Page<EventSummary>>;
  event(id: string): Promise<EventSummary | undefined>;
  deliveries(filter: DeliveryFilter, limit: number, cursor?: string): Promise<Page<DeliverySummary>>;
  delivery(id: JobId): Promise<DeliveryDetail | undefined>;
  /**
   * What happened after a position of the activity feed, oldest first: events processed, jobs tried or settled.
   * Feeds the event stream; positions increase and survive restarts.
   */
  activity(after: number, limit: number): Promise<readonly Activity[]>;
  activityHead(): Promise<number>;
  /** Called after a commit that added to the activity feed. Returns the function that ends listening. */
  onActivity(hint: () => void): () => void;
  /** Counts by outcome per time bucket, for charts: of all, or of one pipeline integration; there `received` counts its verdicts. */
  stats(sinceMs: number, bucketMs: number, integrationId?: string): Promise<readonly StatsBucket[]>;
}

export interface Activity {
  readonly position: number;
  readonly atMs: number;
  readonly kind: 'event.processed' | 'delivery.updated';
  readonly seq: Seq;
  readonly jobId?: JobId;
}

export interface StatsBucket {
  readonly fromMs: number;
  readonly received: number;
  readonly verdicts: Readonly<Partial<Record<VerdictState, number>>>;
  readonly jobs: Readonly<Partial<Record<FinalJobState | 'held', number>>>;
  /** From receipt to delivery of what was delivered then, right within five percent; null when nothing was. Replays do not count. */
  readonly latencyMs: { readonly p50: number; readonly p95: number } | null;
  /** Requests to vendors. */
  readonly requests: number;
}

// ---------------------------------------------------------------- upkeep

export interface Upkeep {
  /** Forgets events, attempts and settled jobs older than the retention, and dedupe keys older than the window; bounded work a call. */
  sweep(nowMs: number): Promise<{ readonly removed: number }>;
  /** Rejects (Failure STORE_UNAVAILABLE) when the disk does not take a durable write. */
  probe(): Promise<void>;
}
