/** The contract between a destination and whoever runs it, in the shapes that Segment developers know. It must not know any vendor or runtime. */
import type { Clock } from '../clock.ts';
import type { Problem } from '../event/failure.ts';
import type { JsonObject } from '../event/json.ts';
import type { Outcome } from '../event/outcome.ts';
import type { Cache } from './cache.ts';
import type { CatalogVendor } from './generated/catalog.ts';
import type { FieldType, GlobalSetting, InputField, SyncMode } from './input-field.ts';
import type { MultiStatusResponse } from './multi-status.ts';
import type { ClientResponse, RequestClient, RequestOptions } from './request-client.ts';

/** Settings and payloads as they come from outside the type system: JSON objects whose shape was checked. */
export type Settings = Readonly<Record<string, unknown>>;
export type Payload = Readonly<Record<string, unknown>>;

export interface AuthTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly refreshTokenUrl?: string;
}

export interface AuthenticationScheme<S = Settings> {
  readonly scheme: 'custom' | 'basic' | 'oauth2' | 'oauth-managed';
  readonly fields: Readonly<Record<string, GlobalSetting>>;
  /** Throws when the credentials are bad. */
  testAuthentication?(request: RequestClient, data: TestAuthenticationInput<S>): Promise<unknown>;
  refreshAccessToken?(
    request: RequestClient,
    data: {
      readonly settings: S;
      readonly auth: AuthTokens & { readonly clientId: string; readonly clientSecret: string };
    },
  ): Promise<{ readonly accessToken: string; readonly refreshToken?: string }>;
}

export interface TestAuthenticationInput<S = Settings> {
  readonly settings: S;
  readonly auth?: AuthTokens;
  readonly context: DispatchContext;
}

export interface SyncModeDefinition {
  readonly default: SyncMode;
  readonly label: string;
  readonly description: string;
  readonly choices: readonly { readonly label: string; readonly value: SyncMode }[];
}

/** What the runtime knows and settings do not say. */
export interface DispatchContext {
  /** Metadata kept between dispatches (single flight, bounded, by the given clock). */
  readonly cache: Cache;
  readonly clock: Clock;
  /** Origins besides public https ones that the operator allows as API addresses, e.g. `http://127.0.0.1:8090`. */
  readonly allowedOrigins: readonly string[];
  /** Event endpoint of integrations whose API origin is in `allowedOrigins`; all others use the vendor's own. */
  readonly trackingUrl?: string;
}

export interface Logger {
  debug(message: string, ...details: readonly unknown[]): void;
  info(message: string, ...details: readonly unknown[]): void;
  warn(message: string, ...details: readonly unknown[]): void;
  error(message: string, ...details: readonly unknown[]): void;
}

/** What `perform` and its relatives are given. */
export interface ExecuteInput<S = Settings, P = Payload> {
  readonly settings: S;
  readonly payload: P;
  readonly context: DispatchContext;
  readonly mapping?: JsonObject;
  readonly auth?: AuthTokens;
  readonly hookInputs?: JsonObject;
  readonly hookOutputs?: JsonObject;
  readonly syncMode?: SyncMode;
  readonly matchingKey?: string;
  readonly dynamicFieldContext?: DynamicFieldContext;
  readonly page?: string;
  readonly features?: Readonly<Record<string, boolean>>;
  readonly logger?: Logger;
  readonly rawData?: unknown;
  readonly rawMapping?: JsonObject;
  readonly signal?: AbortSignal;
  /** Notes something that a person should mend although the action went on; no secrets, no personal data. */
  warn(message: string): void;
}

export interface DynamicFieldContext {
  readonly selectedArrayIndex?: number;
  readonly selectedKey?: string;
  readonly query?: string;
}

export interface DynamicFieldItem {
  readonly label: string;
  readonly value: string;
  readonly description?: string;
  readonly type?: string;
}

export interface DynamicFieldResponse {
  readonly choices: readonly DynamicFieldItem[];
  readonly nextPage?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Gives the choices of one field, asked from the vendor. */
export interface DynamicField<S = Settings> {
  choices(request: RequestClient, data: ExecuteInput<S, Payload>): Promise<DynamicFieldResponse>;
}

export type DynamicFields<S = Settings> = Readonly<
  Record<string, DynamicField<S>['choices'] | Readonly<Record<string, DynamicField<S>['choices']>>>
>;

export interface HookResult {
  readonly successMessage?: string;
  readonly savedData?: JsonObject;
  readonly error?: { readonly message: string; readonly code: string };
}

export interface ActionHook<S = Settings> {
  readonly label: string;
  readonly description: string;
  readonly inputFields?: Readonly<Record<string, InputField>>;
  readonly outputTypes?: Readonly<
    Record<
      string,
      {
        readonly label: string;
        readonly description: string;
        readonly type: FieldType;
        readonly required?: boolean;
      }
    >
  >;
  performHook(request: RequestClient, data: ExecuteInput<S, Payload>): Promise<HookResult>;
}

/** Answer of an asynchronous batch: it was handed over as `jobId`; items that were refused at once are in `multiStatusResponse`. */
export interface AsyncBatchResponse {
  readonly jobId?: string;
  readonly status: number;
  readonly multiStatusResponse: MultiStatusResponse;
}

export interface PollPayload {
  readonly jobId: string;
  readonly uploadCount: number;
}

/** Answer of a poll. Items that the vendor refused are errors in `multiStatusResponse`, in the order of the batch. */
export interface AsyncPollResponse {
  readonly jobId: string;
  readonly status: number;
  readonly jobStatus: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'RETRYABLE_ERROR';
  readonly multiStatusResponse?: MultiStatusResponse;
}

/** Which of the vendor's limits a request counts against. Imports count in `api` too. */
export type Budget = 'api' | 'tracking' | 'bulk';

/** Which payloads may share one `performBatch`, and how many of them. */
export interface BatchTraits<P> {
  /** Fewer than this are performed singly. */
  readonly minItems: number;
  readonly maxItems: number;
  /** The sum of `bytes` over a batch may be at most this. */
  readonly maxBytes: number;
  /** An upper bound of what the payload adds to the request. */
  bytes(payload: P): number;
  /** Whether a batch has the very effect that performing it singly has, with these settings. */
  accepts(payload: P, settings: Settings): boolean;
}

interface ActionBase<S> {
  readonly title: string;
  readonly description: string;
  readonly platform?: 'cloud' | 'web';
  readonly defaultSubscription?: string;
  readonly hidden?: boolean;
  readonly fields: Readonly<Record<string, InputField>>;
  readonly dynamicFields?: DynamicFields<S>;
  readonly hooks?: Readonly<Partial<Record<'onMappingSave' | 'retlOnMappingSave', ActionHook<S>>>>;
  readonly syncMode?: SyncModeDefinition;
}

/** What delivery asks of an action. All of it is ours, and optional for actions written for Segment. */
export interface DeliveryTraits<P> {
  /** Repeating it does no harm. Default false. */
  readonly repeatable?: boolean;
  readonly budget?: Budget;
  /** One payload that has the effect of both, applied in this order. Only where updates may be merged. */
  merge?(earlier: P, later: P): P;
  /** The normalised address, or addresses, whose order of jobs this payload belongs to; empty when it names none. */
  contactKey?(payload: P): string | readonly string[];
  readonly batch?: BatchTraits<P>;
  /** The object field that takes whatever a blueprint maps and no field is named after. */
  readonly restField?: string;
  /** The field that takes a blueprint's vendor event name, and how long that may be. */
  readonly eventNameField?: string;
  readonly eventNameMaxLength?: number;
}

export interface ActionDefinition<S = Settings, P = Payload> extends ActionBase<S>, DeliveryTraits<P> {
  perform(request: RequestClient, data: ExecuteInput<S, P>): Promise<unknown>;
  /** One call for many payloads: results per item at once, or a batch id to poll. */
  performBatch?(
    request: RequestClient,
    data: ExecuteInput<S, readonly P[]>,
  ): Promise<MultiStatusResponse | AsyncBatchResponse>;
  /** Ours: an ordinary action whose batches may be asynchronous. The payloads are those of the batch. */
  performPoll?(
    request: RequestClient,
    data: ExecuteInput<S, PollPayload> & { readonly payloads: readonly P[] },
  ): Promise<AsyncPollResponse>;
}

/** A batch-only action of the peer's kind. */
export interface AsyncActionDefinition<S = Settings, P = Payload> extends ActionBase<S>, DeliveryTraits<P> {
  performBatch(request: RequestClient, data: ExecuteInput<S, readonly P[]>): Promise<AsyncBatchResponse>;
  performPoll(
    request: RequestClient,
    data: ExecuteInput<S, PollPayload> & { readonly payloads: readonly P[] },
  ): Promise<AsyncPollResponse>;
}

/** A ready mapping: when it runs (`subscribe`, in FQL), what it runs, with which mapping. */
export interface Subscription {
  readonly partnerAction: string;
  readonly subscribe: string;
  readonly name?: string;
  readonly mapping?: JsonObject;
  readonly ID?: string;
  readonly ConfigID?: string;
  readonly ActionID?: string;
  readonly ProjectID?: string;
}

export type Preset =
  | (Subscription & { readonly type: 'automatic' })
  | (Omit<Subscription, 'subscribe'> & { readonly type: 'specificEvent'; readonly eventSlug: string });

/** One finished exchange, as a judge sees it. Header names are lower case. */
export interface Exchange {
  readonly request: { readonly method: string; readonly url: string };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  /** When the answer was complete, ms since 1970. */
  readonly atMs: number;
  readonly repeatable: boolean;
  /** Dotted path that a confirmation of this request must have. */
  readonly expect?: string;
}

export interface DeleteInput<S> {
  readonly payload: { readonly userId?: string; readonly anonymousId?: string; readonly email?: string };
  readonly settings: S;
  readonly auth?: AuthTokens;
  readonly context: DispatchContext;
}

/** A vendor limit: that many requests in that many milliseconds. */
export interface RateLimit {
  readonly requests: number;
  readonly perMs: number;
}

/** How settings are declared by a plug-in whose JSON Schema is the source (ours). `check` is asked in the same pass as the schema, so values may have wrong types; what the schema said of a path stands. */
export interface SettingsContract {
  readonly schema: object;
  check(settings: Settings, context: { readonly allowedOrigins: readonly string[] }): readonly Problem[];
}

export interface DestinationDefinition<S = Settings> {
  readonly name: string;
  readonly mode: 'cloud' | 'device' | 'warehouse';
  readonly slug?: string;
  readonly description?: string;
  readonly authentication?: AuthenticationScheme<S>;
  /** Ours: throws while the endpoint that tracks events does not answer. It has no effect; whether the endpoint accepts it does not matter. */
  testTracking?(request: RequestClient, data: TestAuthenticationInput<S>): Promise<unknown>;
  extendRequest?(data: { readonly settings: S; readonly auth?: AuthTokens }): RequestOptions;
  readonly actions: Readonly<Record<string, ActionDefinition<S>>>;
  readonly asyncActions?: Readonly<Record<string, AsyncActionDefinition<S>>>;
  readonly presets?: readonly Preset[];
  onDelete?(request: RequestClient, data: DeleteInput<S>): Promise<unknown>;

  // What follows is ours.
  /** The vendor object of the catalog. */
  readonly catalog?: CatalogVendor;
  readonly settings?: SettingsContract;
  /** The vendor account that these settings reach: integrations with the same answer share one lane and its limits. */
  account?(settings: S): string;
  readonly limits?: Readonly<Partial<Record<Budget | 'bulkSingle', RateLimit>>>;
  /** What became of a request. Without it the rules of status codes decide. */
  judge?(exchange: Exchange): Outcome;
  /** Why an action cannot be used with these settings, in a sentence. Secrets may be masked here: only their presence counts. */
  available?(action: string, settings: S): string | undefined;
  /**
   * What the vendor would most likely answer, for showing what an action would send without sending anything.
   * Undefined: nobody can say.
   */
  imagine?(request: ImaginedRequest): ImaginedAnswer | undefined;
  /** Tries out what the settings promise, one named check after the other (ours). */
  testConnection?(
    request: RequestClient,
    data: TestAuthenticationInput<S>,
  ): Promise<readonly ConnectionCheck[]>;
  /** Messages that the vendor posts to us by itself (ours). */
  readonly inbound?: InboundContract<S>;
}

/** Which messages a vendor posts, what each says, and how they are made to come. */
export interface InboundContract<S = Settings> {
  /** Type of a message, as the vendor names it → name of the event that it becomes. */
  readonly events: Readonly<Record<string, string>>;
  /** The types that are asked for where nobody names any. */
  readonly usualTypes: readonly string[];
  /** The vendor's words for who may have caused what it tells of, as it should be asked for. */
  readonly sources: readonly string[];
  /** What a person does to make them come, one sentence or two each. */
  readonly steps: readonly string[];
  /** Reads the body of one message, whoever may have written it; undefined for what is none. */
  read(body: string): InboundMessage | undefined;
  /** Forgets what the message makes doubtful; `account` is what `account(settings)` says. */
  forget?(message: InboundMessage, reached: { readonly account: string; readonly cache: Cache }): void;
  /** Asks the vendor to post messages of these types to `url`. Doing it again changes nothing. Never throws. */
  register?(
    request: RequestClient,
    data: TestAuthenticationInput<S>,
    wanted: InboundWish,
  ): Promise<ConnectionCheck>;
}

export interface InboundWish {
  readonly url: string;
  /** Shown in the vendor's list. */
  readonly name: string;
  readonly types: readonly string[];
}

/** One message in our words. It is a hint: who posts knows the address, and nothing else vouches for what it says. */
export interface InboundMessage {
  readonly type: string;
  /** Name of the event. */
  readonly event: string;
  /** Whom or what it is about, unique in the account, e.g. `contact:3`; nothing can be recorded without. */
  readonly subject?: string;
  readonly contactId?: string;
  /** ISO 8601, where the message says a moment. */
  readonly timestamp?: string;
  readonly properties: JsonObject;
}

/** A request that is not sent, and what led to it. */
export interface ImaginedRequest {
  readonly method: string;
  readonly url: string;
  readonly action: string;
  readonly payload: Payload;
  readonly settings: Settings;
  /** Gives the id that stands for what only a real answer could tell, e.g. `id of tag "vip"`: digits, the same for the same words. */
  idOf(words: string): string;
}

export interface ImaginedAnswer {
  readonly status: number;
  /** Sent as JSON. */
  readonly body: unknown;
}

/** One answer of a connection test. `fix` says what to do when it is not ok. */
export interface ConnectionCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
  readonly fix?: string;
}

export type * from './input-field.ts';
export type { ClientResponse, RequestClient, RequestOptions };
