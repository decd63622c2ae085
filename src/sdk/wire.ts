/** The words that travel from a client to ingestion. It must not know how they travel nor who reads them. */

export type Properties = Readonly<Record<string, unknown>>;

/** The consent categories that every destination understands. */
export type Category = 'essential' | 'functional' | 'analytics' | 'marketing' | 'personalization';

/** Categories by name, true where the person agreed. */
export type Categories = Readonly<Record<string, boolean>>;

/** A decision in both documented forms: by the codes of whoever asked the person, and by canonical category. */
export interface Consent {
  readonly categories: Categories;
  readonly canonical: Readonly<Record<Category, boolean>>;
}

/**
 * What a call may say besides its own arguments. `timestamp` is when it happened (default: now); `messageId` makes
 * a repeated call count once; `context` is merged over what the client knows.
 */
export interface CallOptions {
  readonly timestamp?: Date | string | number;
  readonly messageId?: string;
  readonly context?: Properties;
  readonly integrations?: Properties;
}

/** One event as ingestion takes it. Members that are undefined are not sent. */
export interface WireEvent {
  readonly type: 'identify' | 'track' | 'page' | 'group' | 'alias';
  readonly messageId: string;
  /** ISO 8601; null where the caller gave no valid time, for ingestion to judge. */
  readonly timestamp: string | null;
  readonly context: Properties;
  readonly [member: string]: unknown;
}

/** Completes a decision: essential is always granted, and what nobody said is denied. */
export function completeConsent(categories: Categories, granted: Categories): Consent {
  const said = (category: Category): boolean => granted[category] === true;
  return {
    categories,
    canonical: {
      essential: true,
      functional: said('functional'),
      analytics: said('analytics'),
      marketing: said('marketing'),
      personalization: said('personalization'),
    },
  };
}
