/** The words that people read for states, outcomes, actions and categories. It must not know any page. */
import type { DeliveryState, EventType, OutcomeCode, StopInForce, VerdictState } from './api/answers.ts';

export type Tone = 'good' | 'bad' | 'wait' | 'info' | 'quiet' | 'consent';

export interface Word {
  readonly label: string;
  readonly tone: Tone;
  readonly meaning: string;
}

/** State of a delivery → word, colour and meaning. */
export const DELIVERY_WORDS = {
  waiting: { label: 'Waiting', tone: 'wait', meaning: 'Queued; it leaves as soon as the account allows.' },
  sending: { label: 'Sending', tone: 'wait', meaning: 'A request is under way.' },
  submitted: {
    label: 'Submitted',
    tone: 'wait',
    meaning: 'Handed over as an import; the result is awaited.',
  },
  held: {
    label: 'Needs a decision',
    tone: 'bad',
    meaning: 'Nobody can know whether it arrived. Send it again or discard it.',
  },
  delivered: { label: 'Delivered', tone: 'good', meaning: 'The account confirmed it.' },
  filtered: {
    label: 'Filtered',
    tone: 'consent',
    meaning: 'Consent was missing when it was about to leave.',
  },
  dead: { label: 'Failed', tone: 'bad', meaning: 'It could not be delivered. See the reason, then retry.' },
  cancelled: { label: 'Cancelled', tone: 'quiet', meaning: 'Somebody stopped it before it was sent.' },
} as const satisfies Record<DeliveryState, Word>;

/** What an integration made of an event → word, colour and meaning. */
export const VERDICT_WORDS = {
  mapped: { label: 'Mapped', tone: 'info', meaning: 'The blueprint turned it into deliveries.' },
  dropped: { label: 'Not wanted', tone: 'quiet', meaning: 'No rule of the blueprint wants this event.' },
  filtered: { label: 'Filtered', tone: 'consent', meaning: 'Consent is missing, so nothing was made of it.' },
  skipped: { label: 'Skipped', tone: 'quiet', meaning: 'A rule wants it, but not under these conditions.' },
  invalid: { label: 'Invalid', tone: 'bad', meaning: 'The mapping gave something that cannot be sent.' },
  parked: { label: 'Parked', tone: 'wait', meaning: 'It waits until the visitor’s e-mail address is known.' },
  expired: {
    label: 'Expired',
    tone: 'quiet',
    meaning: 'The visitor’s e-mail address did not become known in time.',
  },
} as const satisfies Record<VerdictState, Word>;

export const EVENT_TYPE_WORDS: Readonly<Record<EventType, string>> = {
  track: 'Event',
  page: 'Page view',
  screen: 'Screen view',
  identify: 'Identify',
  group: 'Group',
  alias: 'Alias',
};

const CATEGORY_WORDS: Readonly<Record<string, string>> = {
  marketing_automation: 'Marketing automation',
  crm: 'CRM',
  analytics: 'Analytics',
  advertising: 'Advertising',
};

/** `marketing_automation` → `Marketing automation`; words that are not in the table are made readable. */
export function categoryWord(category: string): string {
  return CATEGORY_WORDS[category] ?? sentenceCase(category);
}

/** `syncContact`, `sync_contact` → `Sync contact`. */
export function sentenceCase(name: string): string {
  const spaced = name
    .replaceAll(/[_-]+/g, ' ')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** For the middle of a sentence: `Request limit reached` → `request limit reached`, but `API key refused` as it is. */
export function midSentence(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}

/** What one button can do about a reason. */
export type Remedy =
  | { readonly does: 'settings'; readonly label: string }
  | { readonly does: 'blueprint'; readonly label: string }
  | { readonly does: 'consent'; readonly label: string }
  | { readonly does: 'sources'; readonly label: string }
  | { readonly does: 'retry'; readonly label: string }
  | { readonly does: 'resume'; readonly label: string }
  | { readonly does: 'decide'; readonly label: string }
  | { readonly does: 'attempts'; readonly label: string }
  | { readonly does: 'person'; readonly label: string }
  | { readonly does: 'enable'; readonly label: string }
  | { readonly does: 'nothing' };

export interface Reason {
  /** Short heading for lists and charts. */
  readonly title: string;
  readonly remedy: Remedy;
}

const SETTINGS: Remedy = { does: 'settings', label: 'Update credentials' };
const BLUEPRINT: Remedy = { does: 'blueprint', label: 'Open blueprint' };
const RETRY: Remedy = { does: 'retry', label: 'Retry' };
const ATTEMPTS: Remedy = { does: 'attempts', label: 'See the answer' };
const NOTHING: Remedy = { does: 'nothing' };

/** Outcome code → heading and the one thing to do about it. The full sentence comes with each answer. */
export const REASONS = {
  DELIVERED: { title: 'Delivered', remedy: NOTHING },
  CONSENT_DENIED: { title: 'Consent refused', remedy: { does: 'person', label: 'See consent history' } },
  CONSENT_UNKNOWN: { title: 'Consent unknown', remedy: { does: 'consent', label: 'Consent settings' } },
  CONSENT_WITHDRAWN: { title: 'Consent withdrawn', remedy: { does: 'person', label: 'See consent history' } },
  EVENT_NOT_ENABLED: { title: 'No rule for this event', remedy: { does: 'blueprint', label: 'Add a rule' } },
  CONDITION_NOT_MET: {
    title: 'Condition not met',
    remedy: { does: 'blueprint', label: 'See the condition' },
  },
  ACTION_UNAVAILABLE: { title: 'Setting missing', remedy: { does: 'settings', label: 'Complete settings' } },
  PAYLOAD_INVALID: { title: 'Mapping does not fit', remedy: BLUEPRINT },
  MAPPING_FAILED: { title: 'Mapping failed', remedy: BLUEPRINT },
  NO_EMAIL: { title: 'No e-mail address', remedy: { does: 'sources', label: 'How to identify visitors' } },
  PARK_FULL: { title: 'Too many waiting', remedy: { does: 'sources', label: 'How to identify visitors' } },
  INTEGRATION_DISABLED: { title: 'Integration is off', remedy: { does: 'enable', label: 'Switch it on' } },
  RATE_LIMITED: { title: 'Request limit reached', remedy: RETRY },
  VENDOR_BUSY: { title: 'Account overloaded', remedy: RETRY },
  SERVER_ERROR: { title: 'Account had an error', remedy: RETRY },
  CONNECTION_FAILED: { title: 'Could not connect', remedy: RETRY },
  DNS_FAILED: { title: 'Address not found', remedy: { does: 'settings', label: 'Check the API URL' } },
  TIMED_OUT: { title: 'No answer in time', remedy: RETRY },
  RESPONSE_LOST: { title: 'Answer lost', remedy: { does: 'decide', label: 'Send again' } },
  CRASHED_WHILE_SENDING: {
    title: 'Interrupted while sending',
    remedy: { does: 'decide', label: 'Send again' },
  },
  UNEXPECTED_RESPONSE: { title: 'Unexpected answer', remedy: ATTEMPTS },
  CREDENTIALS_REFUSED: { title: 'API key refused', remedy: SETTINGS },
  SETTINGS_UNREADABLE: { title: 'Settings cannot be read', remedy: SETTINGS },
  ACCOUNT_FAILING: { title: 'Account keeps failing', remedy: RETRY },
  ACCOUNT_UNPAID: { title: 'Account not active', remedy: { does: 'resume', label: 'It is active again' } },
  WRONG_HOST: { title: 'Wrong API URL', remedy: { does: 'settings', label: 'Correct the API URL' } },
  FORBIDDEN: { title: 'Permission missing', remedy: { does: 'resume', label: 'Permission was given' } },
  FORBIDDEN_EMPTY: { title: 'Refused without a word', remedy: RETRY },
  REJECTED: { title: 'Refused as invalid', remedy: ATTEMPTS },
  ADDRESS_REFUSED: {
    title: 'Address not allowed',
    remedy: { does: 'settings', label: 'Correct the API URL' },
  },
  SERVICE_STOPPED: { title: 'Service was stopped', remedy: NOTHING },
  SEND_SINGLY: { title: 'Sent by itself', remedy: NOTHING },
  UNSUBSCRIBED: { title: 'Unsubscribed', remedy: { does: 'settings', label: 'Resubscribe setting' } },
  NOT_FOUND: { title: 'Not in the account', remedy: BLUEPRINT },
  RETRIES_EXHAUSTED: { title: 'Every try failed', remedy: RETRY },
  CANCELLED: { title: 'Cancelled', remedy: NOTHING },
  ERASED: { title: 'Person erased', remedy: NOTHING },
  INTERNAL_ERROR: { title: 'Our own mistake', remedy: ATTEMPTS },
} as const satisfies Record<OutcomeCode, Reason>;

/** Codes that a newer server may add still get a readable heading. */
export function reasonOf(code: string): Reason {
  const known: Readonly<Record<string, Reason>> = REASONS;
  return known[code] ?? { title: sentenceCase(code), remedy: NOTHING };
}

/** The codes whose heading speaks of the API or the account; at the tracking host they mean something else. */
const REASONS_OF_TRACKING: Readonly<Partial<Record<OutcomeCode, string>>> = {
  CREDENTIALS_REFUSED: 'Credentials refused',
  WRONG_HOST: 'Redirected elsewhere',
  DNS_FAILED: 'Host not found',
  ADDRESS_REFUSED: 'Host not allowed',
  ACCOUNT_FAILING: 'It keeps failing',
};

/** What is stopped, in a few words, with its reason: `Event tracking of Shop is stopped: it keeps failing`. */
export function stopTitle(name: string, { scope, endpoint, code }: StopInForce): string {
  const ofTracking = endpoint === 'tracking' ? REASONS_OF_TRACKING[code] : undefined;
  const reason = midSentence(ofTracking ?? reasonOf(code).title);
  if (scope !== 'endpoint') return `${name} is stopped: ${reason}`;
  return endpoint === 'tracking'
    ? `Event tracking of ${name} is stopped: ${reason}`
    : `The API of ${name} is stopped: ${reason}`;
}

/** The badge of an account by what is stopped: all of it, or what goes to one of its endpoints. */
export function stopBadge(stops: readonly StopInForce[]): string {
  const [only, ...others] = stops;
  if (only?.endpoint === undefined || others.length > 0) return 'Stopped';
  return only.endpoint === 'tracking' ? 'Events stopped' : 'API stopped';
}
