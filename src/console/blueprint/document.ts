/** A blueprint document as the editor sees it: rules one can list and change without touching the rest. It must not know how rules run or how they are drawn. */
import type { JsonObject, JsonValue } from '../api/answers.ts';
import { isJsonObject } from '../json.ts';

/** The keys under `events` that name a kind of event and not a tracked event. */
export const TYPE_KEYS = ['page', 'screen', 'identify', 'group', 'alias'] as const;

export interface RuleView {
  /** The key, with `/n` behind it for the rules after the first. */
  readonly id: string;
  readonly key: string;
  /** Place in the list of the key's rules; 0 where the key has only one. */
  readonly index: number;
  readonly enabled: boolean;
  /** As it is written; without it the service chooses. */
  readonly action: string | undefined;
  readonly vendorEventName: string | undefined;
  readonly when: string | undefined;
  readonly mappings: readonly MappingView[];
  readonly enrichments: readonly MappingView[];
}

export interface MappingView {
  /** Paths of which the first that is there wins; empty for a value. */
  readonly sources: readonly string[];
  /** A constant or an expression; undefined where there are sources. */
  readonly value: JsonValue | undefined;
  readonly target: string;
  /** A transform's name, or several in a row. */
  readonly transforms: readonly string[];
  readonly default: JsonValue | undefined;
  readonly required: boolean;
  /** What values become, in the order in which it is written; `*` is every other value. Undefined: they stay. */
  readonly valueMap: readonly (readonly [string, JsonValue])[] | undefined;
  /** The object as it is written, with members that the table does not show. */
  readonly written: JsonObject;
}

/** The action of a rule that names none. */
export function actionOf(rule: Pick<RuleView, 'key' | 'action'>): string {
  return rule.action ?? (rule.key === 'identify' ? 'syncContact' : 'trackEvent');
}

/** All rules, in the order in which they are written. Parts of the wrong form are passed over. */
export function rulesOf(document: JsonObject): readonly RuleView[] {
  const events = document['events'];
  if (!isJsonObject(events)) return [];
  return Object.entries(events).flatMap(([key, entry]) =>
    listOf(entry).flatMap((rule, index) => (isJsonObject(rule) ? [viewOf(key, index, rule)] : [])),
  );
}

/** The mappings that every rule has besides its own. */
export function globalMappings(document: JsonObject): readonly MappingView[] {
  const layer = document['global'];
  return isJsonObject(layer) ? mappingsOf(layer['mappings']) : [];
}

const listOf = (entry: JsonValue): readonly JsonValue[] => (isList(entry) ? entry : [entry]);

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function viewOf(key: string, index: number, rule: JsonObject): RuleView {
  return {
    id: idAt(key, index),
    key,
    index,
    enabled: rule['enabled'] !== false,
    action: textOf(rule['action']),
    vendorEventName: textOf(rule['vendor_event_name']),
    when: textOf(rule['when']),
    mappings: mappingsOf(rule['mappings']),
    enrichments: mappingsOf(rule['enrichments']),
  };
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function mappingsOf(value: JsonValue | undefined): readonly MappingView[] {
  return isList(value) ? value.filter(isJsonObject).map(mappingView) : [];
}

function mappingView(written: JsonObject): MappingView {
  const { source, value, target, transform, default: fallback, required, value_map: valueMap } = written;
  return {
    sources: textsOf(source),
    value,
    target: typeof target === 'string' ? target : '',
    transforms: transformNames(transform),
    default: fallback,
    required: required === true,
    valueMap: isJsonObject(valueMap) ? Object.entries(valueMap) : undefined,
    written,
  };
}

function textsOf(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return isList(value) ? value.filter((each) => typeof each === 'string') : [];
}

function transformNames(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  if (!isList(value)) return [];
  return value.flatMap((each) => {
    const name = isJsonObject(each) ? each['name'] : each;
    return typeof name === 'string' ? [name] : [];
  });
}

// ---------------------------------------------------------------- changes; each gives a new document

/** Members to set; undefined removes one. */
export type Change = Readonly<Record<string, JsonValue | undefined>>;

function changed(object: JsonObject, change: Change): JsonObject {
  const next: Record<string, JsonValue> = { ...object };
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined) delete next[key];
    else next[key] = value;
  }
  return next;
}

/** Changes members of one rule; everything else stays as it is written, in its order. */
export function changeRule(document: JsonObject, id: string, change: Change): JsonObject {
  return mapRule(document, id, (rule) => changed(rule, change));
}

/** Takes a rule away; a key without rules goes too. */
export function removeRule(document: JsonObject, id: string): JsonObject {
  return mapRule(document, id, () => undefined);
}

/**
 * Puts a rule one place earlier (-1) or later (1): among the rules of its event, and at their end with all of them past
 * the next event. Answers its id there; undefined where there is no such place.
 */
export function moveRule(
  document: JsonObject,
  id: string,
  by: -1 | 1,
): { readonly document: JsonObject; readonly id: string } | undefined {
  const rule = rulesOf(document).find((each) => each.id === id);
  if (rule === undefined) return undefined;
  const { key, index } = rule;
  const events = eventsOf(document);
  const list = listOf(events[key] ?? []);
  if (list[index + by] !== undefined) {
    const swapped = { ...events, [key]: moved(list, index, by) };
    return { document: changed(document, { events: swapped }), id: idAt(key, index + by) };
  }
  const entries = Object.entries(events);
  const place = entries.findIndex(([each]) => each === key);
  if (entries[place + by] === undefined) return undefined;
  return { document: changed(document, { events: Object.fromEntries(moved(entries, place, by)) }), id };
}

/** The list with one item a place earlier or later; the same where there is no such place. */
export function moved<T>(list: readonly T[], index: number, by: -1 | 1): readonly T[] {
  const item = list[index];
  const other = list[index + by];
  if (item === undefined || other === undefined) return list;
  return list.map((each, at) => (at === index ? other : at === index + by ? item : each));
}

const idAt = (key: string, index: number): string => (index === 0 ? key : `${key}/${index}`);

/** Adds a rule at the end of the key's list, or of the document. Answers the new rule's id, too. */
export function addRule(
  document: JsonObject,
  key: string,
  rule: JsonObject,
): { readonly document: JsonObject; readonly id: string } {
  const events = eventsOf(document);
  const present = Object.hasOwn(events, key) ? events[key] : undefined;
  if (present === undefined)
    return { document: changed(document, { events: { ...events, [key]: rule } }), id: key };
  const list = [...listOf(present), rule];
  return {
    document: changed(document, { events: { ...events, [key]: list } }),
    id: idAt(key, list.length - 1),
  };
}

function eventsOf(document: JsonObject): JsonObject {
  const events = document['events'];
  return isJsonObject(events) ? events : {};
}

function mapRule(
  document: JsonObject,
  id: string,
  change: (rule: JsonObject) => JsonObject | undefined,
): JsonObject {
  const events = Object.fromEntries(
    Object.entries(eventsOf(document)).flatMap(([key, entry]) => {
      const rules = listOf(entry).flatMap((rule, index) => {
        return idAt(key, index) === id && isJsonObject(rule) ? (change(rule) ?? []) : [rule];
      });
      const [only] = rules;
      if (isList(entry))
        return rules.length < entry.length && rules.length === 0 ? [] : [[key, rules] as const];
      return only === undefined ? [] : [[key, only] as const];
    }),
  );
  return changed(document, { events });
}

/** A mapping with some of its members changed, as it is to be written. An empty one is left out by its owner. */
export function changeMapping(mapping: MappingView, change: Change): JsonObject {
  return changed(mapping.written, change);
}

/** One path as a text, several as a list, as people write them. */
export function writtenSources(sources: readonly string[]): JsonValue | undefined {
  const given = sources.filter((source) => source.trim() !== '');
  const [only] = given;
  return given.length > 1 ? given : only;
}
