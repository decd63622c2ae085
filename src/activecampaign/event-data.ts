/** The one short text that an event may carry: consent and time first, then properties, fitted into what ActiveCampaign keeps. */
import { parseTime } from '../destination/date-like.ts';
import { isObject } from '../event/json.ts';

/** ActiveCampaign keeps about this many characters (activecampaign-core §4.1). */
export const EVENT_DATA_MAX_LENGTH = 250;
/** A value is not shortened below this; rather, the last properties are left out. */
const MIN_VALUE_LENGTH = 8;
const ELLIPSIS = '…';

export type EventDataFormat = 'pairs' | 'json';

export interface EventDataInput {
  readonly consent?: unknown;
  readonly at?: unknown;
  readonly properties?: unknown;
  readonly format: EventDataFormat;
}

interface Entry {
  readonly key: string;
  readonly value: string | number | boolean;
  /** Consent and time are never shortened nor left out: automations decide by them. */
  readonly isFixed: boolean;
}

/** Names of categories come from pages: those beyond this length would leave no room for anything else. */
const MAX_CATEGORIES_LENGTH = 150;

/** E.g. `consent=marketing,analytics; at=2026-01-31T12:00:00Z; order_id=o1; revenue=42.5`; '' when there is nothing to say. */
export function eventData({ consent, at, properties, format }: EventDataInput): string {
  const fixed = fixedEntries(consent, at);
  const names = fixed.map(({ key }) => key);
  const entries = [...fixed, ...propertyEntries(properties).filter(({ key }) => !names.includes(key))];
  const render = format === 'json' ? renderJson : renderPairs;
  const fits = (candidate: readonly Entry[]): boolean => render(candidate).length <= EVENT_DATA_MAX_LENGTH;
  if (fits(entries)) return render(entries);
  const plain = entries.map(withoutQuery);
  if (fits(plain)) return render(plain);
  const short = shortened(plain, fits) ?? withoutLast(plain, fits);
  return render(short);
}

function fixedEntries(consent: unknown, at: unknown): Entry[] {
  const fixed: Entry[] = [];
  if (isObject(consent)) {
    const granted = Object.keys(consent).filter((category) => consent[category] === true);
    fixed.push({ key: 'consent', value: listed(granted.map(plainName)) || 'none', isFixed: true });
  }
  const atMs = parseTime(at);
  if (atMs !== undefined)
    fixed.push({ key: 'at', value: new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z'), isFixed: true });
  return fixed;
}

/** Nothing that could look like the next name or value, in text or in JSON. */
function plainName(category: string): string {
  return category.replace(/[^\p{L}\p{N} _.:/-]+/gu, '_').trim();
}

/** The names with commas between them, as many as have room. */
function listed(names: readonly string[]): string {
  return names.reduce((text, name) => {
    const longer = text === '' ? name : `${text},${name}`;
    return longer.length > MAX_CATEGORIES_LENGTH ? text : longer;
  }, '');
}

function propertyEntries(properties: unknown): Entry[] {
  if (!isObject(properties)) return [];
  return Object.entries(properties).flatMap(([key, value]) => {
    const text = textOf(value);
    return text === undefined || text === '' ? [] : [{ key, value: text, isFixed: false }];
  });
}

function textOf(value: unknown): Entry['value'] | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'string' ? value.trim() : JSON.stringify(value);
}

function renderPairs(entries: readonly Entry[]): string {
  return entries
    .map(({ key, value }) => `${clean(key).replaceAll('=', ' ')}=${clean(String(value))}`)
    .join('; ');
}

/** A semicolon or a line break inside a value would look like the next pair. */
function clean(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll(';', ',');
}

function renderJson(entries: readonly Entry[]): string {
  return entries.length === 0
    ? ''
    : JSON.stringify(Object.fromEntries(entries.map(({ key, value }) => [key, value])));
}

function withoutQuery(entry: Entry): Entry {
  if (entry.isFixed || typeof entry.value !== 'string' || !/^https?:\/\//i.test(entry.value)) return entry;
  return { ...entry, value: entry.value.replace(/[?#].*$/s, '') };
}

/** All values cut to the greatest length at which everything fits; undefined when none does. */
function shortened(
  entries: readonly Entry[],
  fits: (candidate: readonly Entry[]) => boolean,
): readonly Entry[] | undefined {
  for (let length = EVENT_DATA_MAX_LENGTH; length >= MIN_VALUE_LENGTH; length -= 1) {
    const candidate = entries.map((entry) => cut(entry, length));
    if (fits(candidate)) return candidate;
  }
  return undefined;
}

function withoutLast(
  entries: readonly Entry[],
  fits: (candidate: readonly Entry[]) => boolean,
): readonly Entry[] {
  const short = entries.map((entry) => cut(entry, MIN_VALUE_LENGTH));
  while (!fits(short) && short.some(({ isFixed }) => !isFixed)) short.pop();
  return short;
}

/** Never between the two halves of a character beyond the basic plane. */
function cut(entry: Entry, length: number): Entry {
  if (entry.isFixed || typeof entry.value !== 'string' || entry.value.length <= length) return entry;
  return { ...entry, value: entry.value.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '') + ELLIPSIS };
}
