/** What delivery asks of a destination with its newest settings. It must not know which destination it is. */
import type { JsonObject } from '../event/json.ts';
import type { Endpoint, Outcome } from '../event/outcome.ts';

/** Which of the account's budgets a request counts in. One that counts in `bulk` counts in `api` too. */
export type Budget = 'api' | 'tracking' | 'bulk';

export function endpointOf(budget: Budget): Endpoint {
  return budget === 'tracking' ? 'tracking' : 'api';
}

export interface ActionFacts {
  /** Repeating the request is harmless. */
  readonly repeatable: boolean;
  readonly budget: Budget;
  /** Joins two adjacent updates of one contact, the later winning per field; absent where updates may not be joined. */
  readonly merge?: (earlier: JsonObject, later: JsonObject) => JsonObject;
  /** Present where many payloads can be handed over at once. */
  readonly batch?: BatchFacts;
}

export interface BatchFacts {
  /** Fewer than this are performed singly. */
  readonly minItems: number;
  readonly maxItems: number;
  readonly maxBytes: number;
  /** An upper bound of what the payload adds to the request. */
  bytes(payload: JsonObject): number;
  /** Whether a batch has the very effect that performing it singly has. */
  accepts(payload: JsonObject): boolean;
}

/** Awaited right before each request leaves; when it rejects, the request does not leave. */
export type BeforeSend = (budget: Budget) => Promise<void>;

interface Call {
  readonly action: string;
  readonly beforeSend: BeforeSend;
}

export interface PerformCall extends Call {
  readonly payload: JsonObject;
}

export interface BatchCall extends Call {
  readonly payloads: readonly JsonObject[];
}

export interface PollCall extends BatchCall {
  readonly batchId: string;
}

/** What every call tells of itself. `exchanges` are masked. `error` is our own mistake, for the log. */
interface Told {
  readonly exchanges: readonly JsonObject[];
  readonly error?: unknown;
}

export interface Performed extends Told {
  readonly outcome: Outcome;
}

export interface BatchPerformed extends Told {
  /** One for each payload; empty when the batch was handed over. */
  readonly outcomes: readonly Outcome[];
  /** The vendor works on it under this id; payloads refused at once are in `refused`, by index. */
  readonly submitted?: { readonly batchId: string; readonly refused: ReadonlyMap<number, Outcome> };
}

export interface Polled extends Told {
  /** Ask again later; `outcomes` holds at most one, which pauses or stops the account. */
  readonly pending: boolean;
  readonly outcomes: readonly Outcome[];
}

/** A template with its newest settings. */
export interface Target {
  readonly templateId: string;
  readonly consentCategories: readonly string[];
  readonly missingConsent: 'deny' | 'allow';
  readonly unknownOutcome: 'hold' | 'resend';
  action(slug: string): ActionFacts | undefined;
  /** The actions whose own request goes there. */
  actionsOn(endpoint: Endpoint): readonly string[];
  perform(call: PerformCall): Promise<Performed>;
  performBatch(call: BatchCall): Promise<BatchPerformed>;
  poll(call: PollCall): Promise<Polled>;
  /** One cheap request without an effect that tells whether the endpoint answers again; of the API, whether it answers this key. */
  probe(endpoint: Endpoint, beforeSend: BeforeSend): Promise<Outcome>;
}

/** Undefined for a template that is gone. One whose settings cannot be read answers every call with a stop. */
export type Targets = (templateId: string) => Promise<Target | undefined>;
