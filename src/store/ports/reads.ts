/** What people read: events, deliveries, activity and counts. It must not know which database it is. */
import type { JsonObject } from '../../event/json.ts';
import type { OutcomeCode } from '../../event/outcome.ts';
import type { LoggedEvent, Seq } from './event-log.ts';
import type { People } from './people.ts';
import type { Attempt, FinalJobState, JobId, JobState } from './queue.ts';
import type { Verdict, VerdictState } from './steps.ts';

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
