/** What real events hold: names, paths with examples, first mappings for a new rule. It must not know how they are picked. */
import type { JsonObject, ReceivedEvent } from '../api/answers.ts';
import { isJsonObject } from '../json.ts';

export interface SeenPath {
  readonly path: string;
  /** A value that was really there, as text. */
  readonly example: string;
  /** In how many of the events. */
  readonly count: number;
}

export interface SeenEvent {
  /** The key of a rule for it. */
  readonly key: string;
  readonly count: number;
}

const ROOTS = ['properties', 'traits', 'context'] as const;
/** Deeper values are rare, and are found by typing. */
const MAX_DEPTH = 4;
const MAX_EXAMPLE = 60;

/** The key under which a blueprint has rules for such an event. */
export function ruleKeyOf(event: Pick<ReceivedEvent, 'type' | 'event'>): string {
  return event.type === 'track' ? (event.event ?? 'track') : event.type;
}

/** Which events were seen, the most frequent first. */
export function seenEvents(events: readonly ReceivedEvent[]): readonly SeenEvent[] {
  const counts = new Map<string, number>();
  for (const event of events) counts.set(ruleKeyOf(event), (counts.get(ruleKeyOf(event)) ?? 0) + 1);
  return [...counts].map(([key, count]) => ({ key, count })).sort((a, b) => b.count - a.count);
}

/** Every path that the events hold, the most frequent first; those of one kind of event where `key` is given. */
export function seenPaths(events: readonly ReceivedEvent[], key?: string): readonly SeenPath[] {
  const found = new Map<string, { example: string; count: number }>();
  const note = (path: string, value: unknown): void => {
    const present = found.get(path) ?? { example: exampleOf(value), count: 0 };
    present.count += 1;
    found.set(path, present);
  };
  for (const event of events) {
    if (key !== undefined && ruleKeyOf(event) !== key) continue;
    if (event.email !== undefined) note('email', event.email);
    for (const name of ['userId', 'anonymousId', 'event', 'name', 'timestamp']) {
      const value = event.payload[name];
      if (typeof value === 'string') note(name, value);
    }
    for (const root of ROOTS) {
      const value = event.payload[root];
      if (isJsonObject(value)) walk(value, root, 1, note);
    }
  }
  return [...found]
    .map(([path, { example, count }]) => ({ path, example, count }))
    .sort((a, b) => b.count - a.count || a.path.localeCompare(b.path));
}

function walk(
  value: JsonObject,
  at: string,
  depth: number,
  note: (path: string, value: unknown) => void,
): void {
  for (const [key, inner] of Object.entries(value)) {
    const path = `${at}.${/^[\w-]+$/.test(key) ? key : key.replaceAll(/[.[\]\\]/g, '\\$&')}`;
    if (isJsonObject(inner) && depth < MAX_DEPTH) walk(inner, path, depth + 1, note);
    else note(path, inner);
  }
}

function exampleOf(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > MAX_EXAMPLE ? `${text.slice(0, MAX_EXAMPLE)}…` : text;
}

/** How many properties of real events a new rule begins with. */
const FIRST_MAPPINGS = 6;

/** A rule for an event that was seen: off the shelf, with what such events really carry. */
export function firstRule(key: string, events: readonly ReceivedEvent[]): JsonObject {
  const root = key === 'identify' || key === 'group' ? 'traits.' : 'properties.';
  const mappings = seenPaths(events, key)
    .filter(({ path }) => path.startsWith(root) && path !== `${root}email`)
    .slice(0, FIRST_MAPPINGS)
    .map(({ path }) => ({ source: path, target: path.slice(root.length).replaceAll('.', '_') }));
  return {
    ...(key === 'identify' ? {} : { vendor_event_name: vendorName(key) }),
    enabled: true,
    mappings,
  };
}

/** `Order Completed` → `order_completed`, at most as long as event names may be in most accounts. */
function vendorName(key: string): string {
  return key
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 32);
}
