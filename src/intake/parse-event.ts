/** Turns one event as it arrived into a canonical event or a refusal. It must not know HTTP, storage, or what events are for. */
import type { Random } from '../clock.ts';
import { type CanonicalEvent, EVENT_TYPES, type EventType } from '../event/canonical-event.ts';
import { isObject, type JsonObject, type JsonValue, own } from '../event/json.ts';
import type { GovernanceNotes } from './governance.ts';
import { type CopyBudget, newBudget, plainJson } from './plain-json.ts';
import { EVENT_LIMITS, type Refusal, type RejectionCode } from './rejection.ts';
import { correctTime, parseTime } from './wire-time.ts';

/** What is known of an event besides the event: from the route, the batch around it and the moment of receipt. */
export interface Arrival {
  readonly receivedAtMs: number;
  /** The type that the route says; it wins over the event's own. */
  readonly type?: EventType;
  /** Members of the batch around it. `sentAt` of the batch wins: it says when this was really sent. */
  readonly batch?: { readonly context?: unknown; readonly integrations?: unknown; readonly sentAt?: unknown };
}

export type ParsedEvent =
  | { readonly ok: true; readonly event: CanonicalEvent; readonly notes: GovernanceNotes }
  | ({ readonly ok: false } & Refusal);

/**
 * Parses one event. Ids may be numbers and become strings. `null` counts as absent. An event without `messageId` gets a
 * random one, so it cannot be recognised when it is sent twice. Context and integrations of the batch apply where the
 * event has no member of that name. The result is deep-plain; it may share members with `raw`, which nobody may change
 * afterwards. `notes` says what was changed.
 */
export function parseEvent(raw: unknown, arrival: Arrival, random: Pick<Random, 'id'>): ParsedEvent {
  if (!isObject(raw))
    return { ok: false, ...refusal('NOT_AN_OBJECT', '', 'The event is not a JSON object.') };
  const reading = new Reading(raw);
  const event = read(reading, arrival, random);
  const refused = reading.refusal ?? tooLarge(event, reading.budget);
  if (refused !== undefined) return { ok: false, ...refused };
  return { ok: true, event, notes: reading.notes() };
}

function read(reading: Reading, arrival: Arrival, random: Pick<Random, 'id'>): CanonicalEvent {
  const type = arrival.type ?? reading.type();
  const userId = reading.id('userId');
  const anonymousId = reading.id('anonymousId');
  const { timestamp, originalTimestamp, sentAt, receivedAt } = reading.times(arrival);
  const integrations = reading.merged('integrations', arrival.batch?.integrations);
  const event: Mutable<CanonicalEvent> = {
    type,
    messageId: reading.messageId() ?? random.id(),
    properties: reading.part('properties'),
    traits: reading.part('traits'),
    context: reading.merged('context', arrival.batch?.context) ?? {},
    timestamp,
    receivedAt,
  };
  if (originalTimestamp !== undefined) event.originalTimestamp = originalTimestamp;
  if (sentAt !== undefined) event.sentAt = sentAt;
  if (userId !== undefined) event.userId = userId;
  if (anonymousId !== undefined) event.anonymousId = anonymousId;
  if (integrations !== undefined) event.integrations = integrations;
  readNames(reading, type, event);
  reading.noteUnknown();
  if (userId === undefined && anonymousId === undefined)
    reading.refuse('ID_MISSING', 'userId', 'The event has neither userId nor anonymousId.');
  return event;
}

function readNames(reading: Reading, type: EventType, event: Mutable<CanonicalEvent>): void {
  switch (type) {
    case 'track':
      event.event = reading.text('event') ?? '';
      if (event.event === '') reading.refuse('EVENT_NAME_MISSING', 'event', 'A track event needs its name.');
      return;
    case 'page':
    case 'screen': {
      const name = reading.text('name');
      const category = reading.text('category');
      if (name !== undefined) event.name = name;
      if (category !== undefined) event.category = category;
      return;
    }
    case 'group':
      event.groupId = reading.id('groupId') ?? '';
      if (event.groupId === '')
        reading.refuse('GROUP_ID_MISSING', 'groupId', 'A group event needs a groupId.');
      return;
    case 'alias':
      event.previousId = reading.id('previousId') ?? '';
      if (event.previousId === '' || event.userId === undefined)
        reading.refuse('PREVIOUS_ID_MISSING', 'previousId', 'An alias needs previousId and userId.');
      return;
    case 'identify':
      return;
    default:
      throw new TypeError(`an event type without rules: ${type satisfies never}`);
  }
}

/** Measured exactly only when the cheap upper bound is above the limit. */
function tooLarge(event: CanonicalEvent, budget: CopyBudget): Refusal | undefined {
  if (budget.bytesAtMost + OWN_MEMBERS_BYTES <= EVENT_LIMITS.bytes) return undefined;
  const bytes = Buffer.byteLength(JSON.stringify(event));
  if (bytes <= EVENT_LIMITS.bytes) return undefined;
  return refusal('EVENT_TOO_LARGE', '', `The event is ${bytes} bytes; ${EVENT_LIMITS.bytes} are allowed.`);
}

/** Ids, names and times, at their longest. */
const OWN_MEMBERS_BYTES = 2_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Times {
  readonly timestamp: string;
  readonly originalTimestamp: string | undefined;
  readonly sentAt: string | undefined;
  readonly receivedAt: string;
}

const TYPES: ReadonlySet<unknown> = new Set(EVENT_TYPES);
function isEventType(value: unknown): value is EventType {
  return TYPES.has(value);
}

/** Texts that broken callers send where they have no id; as ids they would make one person of many. */
const PLACEHOLDER_IDS = new Set(['undefined', 'null', 'NaN', '[object Object]']);

/** Read by us, or added by known clients for their own use; anything else is noted as ignored. */
const KNOWN_MEMBERS = new Set([
  ...['type', 'event', 'name', 'category', 'userId', 'anonymousId', 'groupId', 'previousId', 'messageId'],
  ...['properties', 'traits', 'context', 'integrations', 'timestamp', 'originalTimestamp', 'sentAt'],
  ...['writeKey', '_metadata', 'version', 'channel', 'receivedAt', 'projectId', '__proto__'],
]);
const MAX_IGNORED_NOTED = 20;
const MAX_IGNORED_CHARS = 64;

function refusal(code: RejectionCode, path: string, message: string): Refusal {
  return { code, message, path };
}

/** One reading of one event: remembers the first refusal and what is to be noted. */
class Reading {
  refusal: Refusal | undefined;
  isTimeReplaced = false;
  readonly budget = newBudget();
  readonly ignored: string[] = [];
  readonly #raw: Readonly<Record<string, unknown>>;

  constructor(raw: Readonly<Record<string, unknown>>) {
    this.#raw = raw;
  }

  refuse(code: RejectionCode, path: string, message: string): void {
    this.refusal ??= refusal(code, path, message);
  }

  /** The own member, null counting as absent. */
  #member(name: string): unknown {
    return own(this.#raw, name) ?? undefined;
  }

  type(): EventType {
    const type = this.#member('type');
    if (isEventType(type)) return type;
    if (type === undefined) this.refuse('TYPE_MISSING', 'type', 'The event has no type.');
    else this.refuse('TYPE_UNKNOWN', 'type', `The type must be one of ${EVENT_TYPES.join(', ')}.`);
    return 'identify';
  }

  text(name: string): string | undefined {
    const value = this.#member(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') {
      this.refuse('FIELD_INVALID', name, `${name} must be a string.`);
      return undefined;
    }
    return this.#short(name, value, EVENT_LIMITS.nameChars);
  }

  id(name: string): string | undefined {
    const value = this.#member(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
    if (typeof value !== 'string') {
      this.refuse('ID_INVALID', name, `${name} must be a string, or a whole number up to 2^53 − 1.`);
      return undefined;
    }
    if (PLACEHOLDER_IDS.has(value)) {
      this.ignored.push(name);
      return undefined;
    }
    return this.#short(name, value, EVENT_LIMITS.idChars);
  }

  messageId(): string | undefined {
    const value = this.#member('messageId');
    const text = typeof value === 'number' ? String(value) : value;
    if (text === undefined) return undefined;
    if (typeof text !== 'string') {
      this.refuse('ID_INVALID', 'messageId', 'messageId must be a string.');
      return undefined;
    }
    return this.#short('messageId', text, EVENT_LIMITS.messageIdChars);
  }

  /** Undefined for blank text. */
  #short(name: string, text: string, maxChars: number): string | undefined {
    if (text.length > maxChars)
      this.refuse('FIELD_TOO_LONG', name, `${name} has ${text.length} characters; ${maxChars} are allowed.`);
    return text.trim() === '' ? undefined : text;
  }

  part(name: string): JsonObject {
    return this.#plain(name, this.#member(name)) ?? {};
  }

  /** Members of the event win over members of the batch, whole: no mixing of two statements about one thing. */
  merged(name: string, ofBatch: unknown): JsonObject | undefined {
    const ofEvent = this.#member(name);
    if (ofEvent !== undefined && !isObject(ofEvent)) return this.#plain(name, ofEvent);
    if (!isObject(ofBatch)) return this.#plain(name, ofEvent);
    return this.#plain(name, { ...ofBatch, ...ofEvent });
  }

  #plain(name: string, value: unknown): JsonObject | undefined {
    if (value === undefined) return undefined;
    const plain = plainJson(value, name, this.budget);
    this.refusal ??= this.budget.refusal;
    if (isJsonObject(plain)) return plain;
    this.refuse('FIELD_INVALID', name, `${name} must be an object.`);
    return undefined;
  }

  times(arrival: Arrival): Times {
    const originalMs = this.#time('originalTimestamp') ?? this.#time('timestamp');
    const sentAtMs = parseTime(arrival.batch?.sentAt) ?? parseTime(this.#member('sentAt'));
    const corrected = correctTime(originalMs, sentAtMs, arrival.receivedAtMs);
    this.isTimeReplaced = corrected.isImplausible;
    const original = originalMs === undefined ? undefined : iso(originalMs);
    return {
      timestamp: corrected.ms === originalMs && original !== undefined ? original : iso(corrected.ms),
      originalTimestamp: original,
      sentAt: sentAtMs === undefined ? undefined : iso(sentAtMs),
      receivedAt: iso(arrival.receivedAtMs),
    };
  }

  #time(name: string): number | undefined {
    const value = this.#member(name);
    if (value === undefined) return undefined;
    const ms = parseTime(value);
    if (ms === undefined)
      this.refuse('TIMESTAMP_INVALID', name, `${name} must be ISO 8601 text or milliseconds since 1970.`);
    return ms;
  }

  notes(): GovernanceNotes {
    const notes: Mutable<GovernanceNotes> = {};
    if (this.budget.cut.length > 0) notes.truncated = this.budget.cut;
    if (this.ignored.length > 0) notes.ignored = this.ignored;
    if (this.isTimeReplaced) notes.clock = 'replaced';
    return notes;
  }

  noteUnknown(): void {
    for (const name of Object.keys(this.#raw)) {
      if (KNOWN_MEMBERS.has(name)) continue;
      if (this.ignored.length === MAX_IGNORED_NOTED) return;
      this.ignored.push(name.slice(0, MAX_IGNORED_CHARS));
    }
  }
}

const MINUTE_MS = 60_000;
const KEPT_MINUTES = 16;
/** Minute since 1970 → its text up to the seconds. Writing a date costs most in parsing, and times come in crowds. */
const minuteTexts = new Map<number, string>();

function iso(ms: number): string {
  const minute = Math.floor(ms / MINUTE_MS);
  let text = minuteTexts.get(minute);
  if (text === undefined) {
    text = new Date(minute * MINUTE_MS).toISOString().slice(0, -'00.000Z'.length);
    if (minuteTexts.size >= KEPT_MINUTES) minuteTexts.clear();
    minuteTexts.set(minute, text);
  }
  const inMinute = String(Math.floor(ms - minute * MINUTE_MS)).padStart(5, '0');
  return `${text}${inMinute.slice(0, 2)}.${inMinute.slice(2)}Z`;
}

function isJsonObject(value: JsonValue): value is JsonObject {
  return isObject(value);
}
