/** What a pipeline does to events at the door besides parsing: personal data that must not be kept, crawlers. It must not know HTTP or storage. */
import { createHash } from 'node:crypto';
import type { CanonicalEvent } from '../event/canonical-event.ts';
import { isObject, type JsonObject, type JsonValue, own } from '../event/json.ts';
import type { Refusal } from './rejection.ts';

/**
 * Read from a pipeline's `config`: `{"bot_filter": true, "pii": {"drop": ["traits.ssn"], "hash": ["properties.products.sku"]}}`.
 * Paths are dotted and begin with properties, traits or context; items of an array are all meant.
 */
export interface Governance {
  readonly isBotFilterOn: boolean;
  readonly drop: readonly Path[];
  readonly hash: readonly Path[];
}

type Part = 'properties' | 'traits' | 'context';
interface Path {
  readonly text: string;
  readonly part: Part;
  readonly members: readonly string[];
}

/** What the door changed; shown as `context.governance` of the event, so that nobody has to guess. */
export interface GovernanceNotes {
  readonly truncated?: readonly string[];
  /** Members that the program does not know, and ids that are no ids (`"undefined"`). */
  readonly ignored?: readonly string[];
  readonly dropped?: readonly string[];
  readonly hashed?: readonly string[];
  /** The client's clock made no sense, so the time of receipt was taken. */
  readonly clock?: 'replaced';
}

/** The member of `context` that belongs to the door; what a client sends there is thrown away. */
const RESERVED = 'governance';
const MAX_PATHS = 200;

const readings = new WeakMap<JsonObject, Governance>();

/** Reads a pipeline's config; once per config object. What is not readable as a path is left out. */
export function governanceOf(config: JsonObject): Governance {
  const known = readings.get(config);
  if (known !== undefined) return known;
  const pii = own(config, 'pii');
  const governance = {
    isBotFilterOn: own(config, 'bot_filter') === true,
    drop: paths(own(pii, 'drop')),
    hash: paths(own(pii, 'hash')),
  };
  readings.set(config, governance);
  return governance;
}

function paths(list: unknown): readonly Path[] {
  if (!Array.isArray(list)) return [];
  return list.slice(0, MAX_PATHS).flatMap((text) => (typeof text === 'string' ? parsePath(text) : []));
}

function parsePath(text: string): readonly Path[] {
  const [part, ...members] = text.trim().split('.');
  if (part !== 'properties' && part !== 'traits' && part !== 'context') return [];
  return members.length === 0 || members.includes('') ? [] : [{ text: text.trim(), part, members }];
}

export type Governed =
  | { readonly ok: true; readonly event: CanonicalEvent }
  | ({ readonly ok: false } & Refusal);

/** Applies the pipeline's governance; the event's own `context.userAgent` counts before that of the request. */
export function govern(
  event: CanonicalEvent,
  notes: GovernanceNotes,
  governance: Governance,
  requestUserAgent: string | undefined,
): Governed {
  if (governance.isBotFilterOn && isBot(own(event.context, 'userAgent') ?? requestUserAgent)) {
    const message = 'The user agent names a crawler, and the bot filter of this pipeline is on.';
    return { ok: false, code: 'BOT_FILTERED', message, path: 'context.userAgent' };
  }
  const dropped: string[] = [];
  const hashed: string[] = [];
  let governed = event;
  for (const path of governance.drop) governed = edit(governed, path, () => undefined, dropped);
  for (const path of governance.hash) governed = edit(governed, path, hashValue, hashed);
  const all: { -readonly [K in keyof GovernanceNotes]: GovernanceNotes[K] } = { ...notes };
  if (dropped.length > 0) all.dropped = dropped;
  if (hashed.length > 0) all.hashed = hashed;
  return { ok: true, event: annotate(governed, all) };
}

/** Crawlers that say so. Headless browsers count too; what hides itself is not found, and Cubot makes phones. */
const BOT = /(?<!cu)bot\b|crawl|spider|slurp|facebookexternalhit|headlesschrome|lighthouse|pingdom|uptime/i;

function isBot(userAgent: unknown): boolean {
  return typeof userAgent === 'string' && BOT.test(userAgent.slice(0, 1_000));
}

/** SHA-256 of the text, lower-case hex; of the JSON where it is not text. */
function hashValue(value: JsonValue): JsonValue {
  if (value === null) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return createHash('sha256').update(text).digest('hex');
}

type Change = (value: JsonValue) => JsonValue | undefined;

function edit(event: CanonicalEvent, path: Path, change: Change, done: string[]): CanonicalEvent {
  const before = event[path.part];
  const after = editObject(before, path.members, change);
  if (after === before) return event;
  done.push(path.text);
  return { ...event, [path.part]: after };
}

/** A changed copy, or the same object where the path leads nowhere. */
function editObject(object: JsonObject, members: readonly string[], change: Change): JsonObject {
  const [name, ...rest] = members;
  if (name === undefined || !Object.hasOwn(object, name)) return object;
  const before = object[name];
  if (before === undefined) return object;
  const after = rest.length === 0 ? change(before) : editValue(before, rest, change);
  if (after === before) return object;
  const copy = { ...object };
  if (after === undefined) delete copy[name];
  else copy[name] = after;
  return copy;
}

function editValue(value: JsonValue, members: readonly string[], change: Change): JsonValue {
  if (isList(value)) {
    const items = value.map((item) => editValue(item, members, change));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  return isJsonObject(value) ? editObject(value, members, change) : value;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isJsonObject(value: JsonValue): value is JsonObject {
  return isObject(value);
}

function annotate(event: CanonicalEvent, notes: GovernanceNotes): CanonicalEvent {
  const isForged = Object.hasOwn(event.context, RESERVED);
  const entries = Object.entries(notes);
  if (entries.length === 0 && !isForged) return event;
  const { [RESERVED]: _forged, ...context } = event.context;
  if (entries.length === 0) return { ...event, context };
  return { ...event, context: { ...context, [RESERVED]: Object.fromEntries(entries) } };
}
