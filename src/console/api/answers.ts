/** The shapes of the management API's answers, as /openapi.json documents them. It must not know how they are fetched or shown. */

import type { JsonObject, JsonValue } from '../../event/json.ts';
import type { OutcomeCode } from '../../event/outcome.ts';

export type { JsonObject, JsonValue, OutcomeCode };

export interface Page<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

export interface ConfigField {
  readonly key: string;
  readonly label: string;
  readonly type: 'string' | 'secret' | 'list' | 'select' | 'boolean' | 'number' | 'integer';
  readonly required: boolean;
  readonly placeholder?: string;
  readonly help_text?: string;
  readonly options?: readonly { readonly value: string; readonly label: string }[];
  readonly default?: JsonValue;
}

export interface CatalogVendor {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly status: string;
  readonly website?: string;
  readonly config_fields: readonly ConfigField[];
  readonly variants: readonly {
    readonly key: string;
    readonly name: string;
    readonly description?: string;
  }[];
}

export interface ConnectionCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
  readonly fix?: string;
}

export interface ConnectionReport {
  readonly ok: boolean;
  readonly checks: readonly ConnectionCheck[];
}

export interface Template {
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly description: string;
  readonly catalog_vendor_key: string;
  readonly catalog_variant_key: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** One thing that is stopped: the integration, the whole account, or one endpoint of it. */
export interface StopInForce {
  readonly scope: 'integration' | 'account' | 'endpoint';
  readonly endpoint?: 'api' | 'tracking';
  readonly code: OutcomeCode;
  readonly message: string;
  readonly since: string;
  /** Absent while nothing is to be sent there; then it is asked as soon as something is. */
  readonly next_probe_at?: string;
  readonly mend: { readonly where: 'settings' | 'account' | 'network' | 'nowhere'; readonly how: string };
}

export interface AccountState {
  readonly state: 'ok' | 'paused' | 'stopped';
  readonly account: string;
  readonly waiting: number;
  readonly stops: readonly StopInForce[];
  readonly code?: OutcomeCode;
  readonly message?: string;
  readonly since?: string;
  readonly until?: string;
}

export interface TemplateStatus extends Template {
  readonly latest_revision: number;
  readonly delivery: AccountState;
}

export interface Revision {
  readonly id: string;
  readonly integration_id: string;
  readonly revision_number: number;
  readonly config: JsonObject;
  readonly blueprint: JsonObject;
  readonly delivery_mode: string;
  readonly change_summary: string;
  readonly created_by: string;
  readonly created_at: string;
}

export interface RevisionDiff {
  readonly from: number;
  readonly to: number | null;
  readonly changes: readonly string[];
}

export interface PipelineIntegration {
  readonly id: string;
  readonly pipeline_id: string;
  readonly integration_id: string;
  readonly integration_name: string;
  readonly vendor: string;
  readonly revision_id: string;
  readonly revision_number: number;
  readonly latest_revision: number;
  readonly enabled: boolean;
}

export interface Installed {
  readonly template: Template;
  readonly revision: Revision;
  readonly pipeline_integration: PipelineIntegration;
}

export interface Pipeline {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly type: 'web' | 'app' | 'server';
  readonly pipeline_key: string;
  readonly pipeline_key_secret_prefix: string;
  readonly domain_allowlist: readonly string[];
  readonly rate_limit_rps: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly enabled: boolean;
}

export type VerdictState = 'dropped' | 'filtered' | 'skipped' | 'invalid' | 'parked' | 'expired' | 'mapped';
export type DeliveryState =
  | 'waiting'
  | 'sending'
  | 'submitted'
  | 'held'
  | 'delivered'
  | 'filtered'
  | 'dead'
  | 'cancelled';
export type EventType = 'track' | 'page' | 'screen' | 'identify' | 'group' | 'alias';

export interface Verdict {
  readonly pipeline_integration_id: string;
  readonly state: VerdictState;
  readonly code?: OutcomeCode;
  readonly message?: string;
  readonly revision_id?: string;
  readonly detail?: JsonObject;
}

export interface Delivery {
  readonly id: string;
  readonly event_id: string;
  readonly event_name: string;
  readonly pipeline_integration_id: string;
  readonly integration_id: string;
  readonly revision_id: string;
  readonly revision_number: number;
  readonly rule: string;
  readonly action: string;
  readonly contacts: readonly string[];
  readonly state: DeliveryState;
  readonly code?: OutcomeCode;
  readonly message?: string;
  readonly attempts: number;
  readonly enqueued_at: string;
  readonly settled_at?: string;
  readonly next_at?: string;
  readonly replay_id?: string;
  /** The replay that sent it again. */
  readonly replayed_by?: string;
}

/** One request of a try with its answer, secrets masked. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Absent when there was no answer. */
  readonly status?: number;
  readonly errorText?: string;
  readonly outcomeCode?: string;
  readonly startedAtMs?: number;
  readonly durationMs?: number;
}

export interface Try {
  readonly at: string;
  readonly duration_ms: number;
  readonly outcome: string;
  readonly code?: OutcomeCode;
  readonly message?: string;
  readonly exchanges: readonly Exchange[];
  readonly next_at?: string;
}

export interface DeliveryDetail extends Delivery {
  readonly payload: JsonObject;
  readonly tries: readonly Try[];
}

export interface ReceivedEvent {
  readonly id: string;
  readonly seq: number;
  readonly pipeline_id: string;
  readonly type: EventType;
  readonly event?: string;
  readonly name?: string;
  readonly message_id: string;
  readonly user_id?: string;
  readonly anonymous_id?: string;
  readonly email?: string;
  readonly timestamp: string;
  readonly received_at: string;
  readonly verdicts: readonly Verdict[];
  readonly deliveries: readonly Delivery[];
  readonly payload: JsonObject;
}

export interface StatsBucket {
  readonly from: string;
  readonly received: number;
  readonly verdicts: Readonly<Partial<Record<VerdictState, number>>>;
  readonly deliveries: Readonly<Partial<Record<DeliveryState, number>>>;
  readonly latency_ms?: { readonly p50: number; readonly p95: number } | null;
  readonly requests?: number;
}

export interface ServiceInfo {
  readonly version: string;
  readonly ingest_url: string;
  readonly sandbox_url?: string | null;
  readonly limits: { readonly requests_per_second: number; readonly tracking_per_second: number };
  readonly retention_days: number;
}

export interface PlannedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Problem {
  readonly path: string;
  readonly message: string;
  readonly severity?: 'error' | 'warning';
}

/** One thing that an event leads to. Ids that only an answer could give stand as words in the requests. */
export interface PlannedOperation {
  readonly rule: string;
  readonly action: string;
  readonly payload: JsonObject;
  readonly contacts: readonly string[];
  readonly requests: readonly PlannedRequest[];
  readonly note?: string;
}

/** What one version of the blueprint makes of an event. */
export interface Outlook {
  readonly verdict: Omit<Verdict, 'pipeline_integration_id'>;
  readonly operations: readonly PlannedOperation[];
}

export interface EventTrace extends Outlook {
  readonly event_id?: string;
  readonly event: JsonObject;
  readonly notes: JsonObject;
  readonly email?: string;
  readonly consent: {
    readonly needed: readonly string[];
    readonly known: Readonly<Record<string, boolean>>;
    readonly source: 'event' | 'recorded' | 'nothing';
    readonly judgement: 'granted' | 'denied' | 'unknown';
  };
  /** With the published blueprint, when a draft was given. */
  readonly before?: Outlook;
}

export interface PreviewAnswer {
  readonly data: readonly EventTrace[];
}

export interface ActionField {
  readonly key: string;
  readonly label: string;
  readonly description: string;
  readonly type: string;
  readonly required: boolean;
  readonly format?: string;
  readonly dynamic?: boolean;
  readonly multiple?: boolean;
  readonly choices?: readonly Choice[];
  readonly properties?: readonly ActionField[];
}

export interface Action {
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly repeatable: boolean;
  readonly available: boolean;
  readonly unavailable_reason?: string;
  readonly rest_field?: string;
  readonly event_name_field?: string;
  readonly fields: readonly ActionField[];
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
}

export interface TransformWord {
  readonly name: string;
  readonly description: string;
  readonly accepts?: string;
  readonly gives?: string;
  readonly format?: { readonly description: string; readonly required?: boolean };
}

/** An integration that may be brought back until then. */
export interface RemovedTemplate {
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly removed_at: string;
  readonly until: string;
}

export interface Replay {
  readonly id: string;
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  readonly of: 'deliveries' | 'events';
  readonly mapping: ReplayMapping;
  readonly total: number;
  readonly done: number;
  readonly skipped?: number;
  readonly created_at: string;
  readonly finished_at?: string;
  readonly message?: string;
}

export type ReplayMapping = 'as_mapped' | 'current';

export interface ReplayEstimate {
  readonly count: number;
  readonly oldest_at?: string;
  readonly seconds_at_account_limit?: number;
}

export interface ReasonCount {
  readonly state: DeliveryState;
  readonly code: OutcomeCode;
  readonly count: number;
  readonly newest_at?: string;
}

export interface Person {
  readonly id: string;
  readonly email?: string;
  readonly user_ids: readonly string[];
  readonly anonymous_ids: readonly string[];
  readonly pipeline_id: string;
  readonly last_seen_at?: string;
}

export interface ConsentEntry {
  readonly category: string;
  readonly granted: boolean;
  readonly at: string;
  readonly subject: string;
  readonly event_id?: string;
}

/** A decision that differed from the one before it, under the ids for which it was new. */
export interface ConsentChange {
  readonly category: string;
  readonly granted: boolean;
  readonly at: string;
  readonly subjects: readonly string[];
  readonly event?: {
    readonly id: string;
    readonly type: EventType;
    readonly name?: string;
    readonly library?: string;
    readonly page?: string;
  };
}

export interface PersonDetail extends Person {
  readonly consent: readonly ConsentEntry[];
  /** Newest first. */
  readonly consent_history: readonly ConsentChange[];
}
