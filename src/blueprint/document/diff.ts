/** What changed between two blueprints, in sentences. It must not know revisions, nor what either compiles to. */
import {
  type BlueprintDocument,
  DROP,
  type Layer,
  type MappingItem,
  type Rule,
  type TransformCall,
} from './document.ts';
import { readDocument } from './read.ts';
import { Report } from './report.ts';

/**
 * The changes from one blueprint document to another, such as `Order Completed: revenue now from total`. Spelling,
 * order of rules and comments count for nothing; parts that cannot be read are left out. Empty: nothing changed.
 */
export function diffBlueprints(before: unknown, after: unknown): string[] {
  const a = readDocument(before, new Report());
  const b = readDocument(after, new Report());
  return [
    ...diffTop(a, b),
    ...diffParameters(a.parameters, b.parameters),
    ...diffLayers('All events', a.global, b.global),
    ...diffDefaults(a.defaults, b.defaults),
    ...diffRules(a.rules, b.rules),
  ];
}

function diffTop(a: BlueprintDocument, b: BlueprintDocument): string[] {
  const changes: string[] = [];
  if (a.description !== b.description) changes.push('The description changed');
  if (a.aliases !== b.aliases)
    changes.push(
      b.aliases
        ? 'Events now match under all their documented names'
        : 'Events now match under their exact names only',
    );
  return changes;
}

/** Parameters may be secrets, so their texts are not shown. */
function diffParameters(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): string[] {
  return namesOf(Object.keys(a), Object.keys(b)).flatMap((name) => {
    const [had, has] = [Object.hasOwn(a, name), Object.hasOwn(b, name)];
    if (had && has) return a[name] === b[name] ? [] : [`Parameter ${name}: changed`];
    return [`Parameter ${name}: ${has ? 'added' : 'removed'}`];
  });
}

function diffDefaults(a: Rule, b: Rule): string[] {
  const name = 'Events without a rule';
  if (a.action === b.action) return diffRule(name, a, b);
  return [`${name}: ${b.action === DROP ? 'now dropped' : `now ${b.action}`}`, ...diffLayers(name, a, b)];
}

function diffRules(a: readonly Rule[], b: readonly Rule[]): string[] {
  const before = new Map(a.map((rule) => [rule.id, rule]));
  const after = new Map(b.map((rule) => [rule.id, rule]));
  return namesOf(before.keys(), after.keys()).flatMap((id) => {
    const [had, has] = [before.get(id), after.get(id)];
    if (had === undefined) return has === undefined ? [] : [`${id}: added, ${summary(has)}`];
    return has === undefined ? [`${id}: removed`] : diffRule(id, had, has);
  });
}

function summary({ action, vendorEventName, mappings, enabled }: Rule): string {
  const what = [action, vendorEventName].filter((each) => each !== undefined).join(' ');
  const targets = [...new Set(mappings.map(({ target }) => target))].join(', ');
  const parts = [what, targets === '' ? '' : `with ${targets}`].filter((part) => part !== '').join(' ');
  return `${parts === '' ? 'with no mappings' : parts}${enabled ? '' : ' (switched off)'}`;
}

function diffRule(name: string, a: Rule, b: Rule): string[] {
  const changes: string[] = [];
  if (a.enabled !== b.enabled) changes.push(`${name}: switched ${b.enabled ? 'on' : 'off'}`);
  if (a.action !== b.action) changes.push(`${name}: action now ${b.action ?? 'the usual one'}`);
  if (a.vendorEventName !== b.vendorEventName)
    changes.push(`${name}: event name now ${b.vendorEventName ?? "the event's own"}`);
  if (a.when !== b.when)
    changes.push(`${name}: ${b.when === undefined ? 'condition removed' : `only when ${b.when}`}`);
  if (a.description !== b.description) changes.push(`${name}: description changed`);
  return [...changes, ...diffLayers(name, a, b)];
}

function diffLayers(name: string, a: Layer, b: Layer): string[] {
  return [
    ...diffItems(name, '', a.mappings, b.mappings),
    ...diffItems(name, ' when empty', a.enrichments, b.enrichments),
    ...diffTargetTransforms(name, a, b),
  ];
}

/** Items are compared target by target; the n-th of a target with the n-th. */
function diffItems(
  name: string,
  suffix: string,
  a: readonly MappingItem[],
  b: readonly MappingItem[],
): string[] {
  const before = byTarget(a);
  const after = byTarget(b);
  return namesOf(before.keys(), after.keys()).flatMap((key) => {
    const [had, has] = [before.get(key), after.get(key)];
    const target = (has ?? had)?.target ?? key;
    const label = `${name}: ${target}${suffix}`;
    if (has === undefined) return [`${label} no longer mapped`];
    return had === undefined ? [`${label} added, ${phrase(has)}`] : diffItem(label, had, has);
  });
}

function byTarget(items: readonly MappingItem[]): ReadonlyMap<string, MappingItem> {
  const found = new Map<string, MappingItem>();
  for (const item of items) {
    let key = item.target;
    for (let count = 1; found.has(key); count++) key = `${item.target}#${count}`;
    found.set(key, item);
  }
  return found;
}

function diffItem(label: string, a: MappingItem, b: MappingItem): string[] {
  const changes: string[] = [];
  if (origin(a) !== origin(b)) changes.push(`now ${origin(b)}`);
  if (transformPhrase(a.transforms) !== transformPhrase(b.transforms))
    changes.push(
      b.transforms.length === 0 ? 'no longer transformed' : `now as ${transformPhrase(b.transforms)}`,
    );
  if (mapText(a) !== mapText(b))
    changes.push(
      b.valueMap === undefined ? 'values no longer translated' : `values now translated ${mapText(b)}`,
    );
  if (defaultText(a) !== defaultText(b))
    changes.push(b.default === undefined ? 'no longer has a default' : `default now ${defaultText(b)}`);
  if (a.required !== b.required) changes.push(b.required ? 'now required' : 'no longer required');
  return changes.map((change) => `${label} ${change}`);
}

function phrase(item: MappingItem): string {
  const parts = [origin(item)];
  if (item.transforms.length > 0) parts.push(`as ${transformPhrase(item.transforms)}`);
  if (item.valueMap !== undefined) parts.push(`translated ${mapText(item)}`);
  if (item.default !== undefined) parts.push(`default ${defaultText(item)}`);
  if (item.required) parts.push('required');
  return parts.filter((part) => part !== '').join(', ');
}

function origin({ sources, value }: MappingItem): string {
  if (value !== undefined) return `from ${JSON.stringify(value.expression)}`;
  return sources.length === 0 ? '' : `from ${sources.map(shortSource).join(', then ')}`;
}

/** What an event is about stands in its properties; only other places need to be named. */
function shortSource(source: string): string {
  return source.replace(/^(?:event\.)?properties\./, '');
}

function transformPhrase(calls: readonly TransformCall[]): string {
  return calls
    .map(({ name, format }) => (format === undefined ? name : `${name} (${format})`))
    .join(', then ');
}

function mapText({ valueMap }: MappingItem): string | undefined {
  return valueMap && [...valueMap].map(([from, to]) => `${from} → ${JSON.stringify(to)}`).join(', ');
}

function defaultText({ default: fallback }: MappingItem): string | undefined {
  return fallback && JSON.stringify(fallback.value);
}

function diffTargetTransforms(name: string, a: Layer, b: Layer): string[] {
  const texts = (layer: Layer): string[] =>
    layer.transforms.map(({ target, transforms }) => `${target} changed by ${transformPhrase(transforms)}`);
  const [before, after] = [texts(a), texts(b)];
  return [
    ...after
      .filter((text) => !before.includes(text))
      .map((text) => `${name}: ${text.replace('changed', 'now changed')}`),
    ...before
      .filter((text) => !after.includes(text))
      .map((text) => `${name}: ${text.replace('changed', 'no longer changed')}`),
  ];
}

/** All names, those of the later side in its order first where both have them. */
function namesOf(before: Iterable<string>, after: Iterable<string>): string[] {
  return [...new Set([...after, ...before])];
}
