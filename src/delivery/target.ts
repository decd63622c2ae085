/** What delivery asks of a destination with its newest settings. It must not know which destination it is. */
import type { JsonObject } from '../event/json.ts';
import type { Outcome } from '../event/outcome.ts';

/** Which of the account's budgets an action's requests count in. */
export type Budget = 'api' | 'tracking';

export interface ActionFacts {
  /** Repeating the request is harmless. */
  readonly repeatable: boolean;
  readonly budget: Budget;
  /** Joins two adjacent updates of one contact, the later winning per field; absent where updates may not be joined. */
  readonly merge?: (earlier: JsonObject, later: JsonObject) => JsonObject;
}

export interface PerformCall {
  readonly action: string;
  readonly payload: JsonObject;
  /** Awaited right before each request leaves; when it rejects, the request does not leave. */
  readonly beforeSend: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** One try. `exchanges` are masked. `error` is our own mistake, for the log. */
export interface Performed {
  readonly outcome: Outcome;
  readonly exchanges: readonly JsonObject[];
  readonly error?: unknown;
}

/** A template with its newest settings. */
export interface Target {
  readonly templateId: string;
  readonly consentCategories: readonly string[];
  readonly missingConsent: 'deny' | 'allow';
  readonly unknownOutcome: 'hold' | 'resend';
  action(slug: string): ActionFacts | undefined;
  perform(call: PerformCall): Promise<Performed>;
  /** One cheap request that tells whether the account answers this key again. */
  probe(beforeSend: () => Promise<void>): Promise<Outcome>;
}

/** Undefined for a template that is gone. Rejects when its settings cannot be read. */
export type Targets = (templateId: string) => Promise<Target | undefined>;
