/** The closed union of what can become of one attempt. It must not know any vendor or transport. */

/**
 * - `delivered`: the vendor confirmed it.
 * - `retry`: it did not happen (or repeating is harmless); try again later, counts as an attempt.
 * - `pause`: the account or the integration must wait until `untilMs` at the earliest; costs nobody an attempt.
 * - `stop`: nothing can be sent by the account or integration until someone mends `reason`; costs nobody an attempt.
 * - `rejected`: the vendor refused this payload for good.
 * - `unknown`: nobody can know whether it arrived. With `pauseUntilMs`, the account must wait until then all the same.
 *
 * `code` is from OUTCOME_CODES; `message` is a plain sentence without secrets, personal data or vendor bodies.
 */
export type Outcome =
  | { readonly kind: 'delivered'; readonly code: 'DELIVERED'; readonly message?: string }
  | { readonly kind: 'retry'; readonly code: OutcomeCode; readonly message: string }
  | {
      readonly kind: 'pause';
      readonly scope: Scope;
      readonly untilMs: number;
      readonly code: OutcomeCode;
      readonly message: string;
    }
  | {
      readonly kind: 'stop';
      readonly scope: Scope;
      /** Of an account: only what goes to this endpoint is stopped. */
      readonly endpoint?: Endpoint;
      readonly code: OutcomeCode;
      readonly message: string;
    }
  | { readonly kind: 'rejected'; readonly code: OutcomeCode; readonly message: string }
  | {
      readonly kind: 'unknown';
      readonly code: OutcomeCode;
      readonly message: string;
      readonly pauseUntilMs?: number;
    };

/** What a pause or stop covers: the whole vendor account, or the one integration whose credentials are bad. */
export type Scope = 'account' | 'integration';

/** Where an account's requests go: its API, or the endpoint that tracks events. Each can be down by itself. */
export const ENDPOINTS = ['api', 'tracking'] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** Every reason code of events and deliveries, with the sentence that says what it means and what to do. */
export const OUTCOME_CODES = {
  DELIVERED: 'The vendor confirmed it.',
  CONSENT_DENIED: 'The person refused a consent category that this integration needs. Nothing was sent.',
  CONSENT_UNKNOWN:
    'Nothing is known of this visitor’s consent, and unknown means no. Call datafly.setConsent({ marketing: true }) before the event, connect a consent platform, or set the integration’s missing_consent to "allow".',
  CONSENT_WITHDRAWN: 'Consent was withdrawn after the event was accepted. Nothing was sent.',
  EVENT_NOT_ENABLED: 'No rule of the blueprint wants this event. Add or enable a rule for it.',
  CONDITION_NOT_MET: 'The rule’s condition (when) was false for this event.',
  ACTION_UNAVAILABLE: 'The integration lacks a setting that this action needs.',
  PAYLOAD_INVALID: 'The mapped payload does not fit the action’s fields.',
  MAPPING_FAILED: 'The mapping could not be evaluated for this event.',
  NO_EMAIL:
    'No e-mail address is known for this visitor: none was sent, or what was sent is no address. Send datafly.identify with traits.email.',
  PARK_FULL: 'More events wait for this visitor’s e-mail address than are kept; this older one gave way.',
  INTEGRATION_DISABLED: 'The integration is switched off.',
  RATE_LIMITED: 'The account’s request limit was reached; the account waits as long as the vendor says.',
  VENDOR_BUSY: 'The vendor is overloaded; the account waits as long as it says.',
  SERVER_ERROR: 'The vendor answered with a server error.',
  CONNECTION_FAILED: 'The request could not be sent.',
  DNS_FAILED: 'The host name of the API URL does not resolve.',
  TIMED_OUT: 'The vendor did not answer in time.',
  RESPONSE_LOST: 'The connection ended after the request was sent, so nobody can know whether it arrived.',
  CRASHED_WHILE_SENDING:
    'The process ended while this was being sent, so nobody can know whether it arrived.',
  UNEXPECTED_RESPONSE: 'The vendor answered with something that is not a confirmation.',
  CREDENTIALS_REFUSED: 'The vendor refuses the API key. Check API URL and API key, then save them again.',
  SETTINGS_UNREADABLE:
    'The stored settings of the integration cannot be used. Give back the ENCRYPTION_KEY they were sealed with, or save them again.',
  ACCOUNT_FAILING:
    'Most requests to the account failed lately; it is tried every few seconds and goes on by itself when it answers.',
  ACCOUNT_UNPAID: 'The vendor says that the account is not paid or its plan is not active.',
  WRONG_HOST: 'The API URL answers with a redirect; it is not (or no longer) the account’s address.',
  FORBIDDEN: 'The vendor refuses this for lack of permission.',
  REJECTED: 'The vendor refused the payload as invalid.',
  FORBIDDEN_EMPTY:
    'The vendor refused without a word, as it does now and then, and always for a bad API key; several in a row stop the integration.',
  ADDRESS_REFUSED:
    'The API URL leads to an address that is not a public one, or is not https. Correct the API URL, or let the operator allow its origin.',
  SERVICE_STOPPED: 'The service was stopped before it was sent; it goes on when the service runs again.',
  SEND_SINGLY: 'The import, or the update that it was joined with, was not taken; it is sent by itself.',
  UNSUBSCRIBED:
    'The person unsubscribed from this list or bounced, so that nothing but the Resubscribe action (or the setting resubscribe) subscribes them again.',
  NOT_FOUND: 'What the request names does not exist in the account.',
  RETRIES_EXHAUSTED: 'It failed on every try within the retry window.',
  CANCELLED: 'It was cancelled before it was sent.',
  ERASED: 'The person was erased.',
  INTERNAL_ERROR: 'Our own mistake; the log has the details.',
} as const satisfies Record<string, string>;

export type OutcomeCode = keyof typeof OUTCOME_CODES;
