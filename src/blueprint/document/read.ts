/** From any value to a blueprint document, reporting every mistake of form. It must not know actions or events. */
import { isObject } from '../../event/json.ts';
import { kindOf } from '../mapping/site.ts';
import { type BlueprintDocument, DEFAULTS_RULE, DROP, type Layer, type Rule } from './document.ts';
import { type Members, readBoolean, readObject, readText } from './members.ts';
import { readMappings, readTargetTransforms } from './read-mapping.ts';
import type { Place, Report } from './report.ts';

const LAYER_KEYS = ['mappings', 'enrichments', 'transforms'];
const TOP_KEYS = [
  '$schema',
  'version',
  'description',
  'delivery_mode',
  'aliases',
  'parameters',
  'global',
  'defaults',
  'events',
];
const RULE_KEYS = ['description', 'enabled', 'action', 'vendor_event_name', 'when', ...LAYER_KEYS];
const DEFAULTS_KEYS = ['action', 'vendor_event_name', 'when', ...LAYER_KEYS];
const MAX_RULES = 1_000;

/** Reads a document. Parts that cannot be read are reported and left out. */
export function readDocument(value: unknown, report: Report): BlueprintDocument {
  const top = readObject(value, [], TOP_KEYS, report) ?? {};
  if (isObject(value) && top['version'] !== 2) report.error(['version'], 'A blueprint needs version: 2.');
  const deliveryMode = readText(top, 'delivery_mode', [], report) ?? 'server_side';
  if (deliveryMode !== 'server_side')
    report.error(['delivery_mode'], `"${deliveryMode}" is no delivery mode; there is server_side.`);
  const description = readText(top, 'description', [], report);
  return {
    ...(description === undefined ? {} : { description }),
    deliveryMode,
    aliases: readBoolean(top, 'aliases', [], report) ?? false,
    parameters: readParameters(top, report),
    global: readLayer(readMember(top, 'global', [], LAYER_KEYS, report), ['global'], report),
    defaults: readDefaults(top, report),
    keys: isObject(top['events']) ? Object.keys(top['events']) : [],
    rules: readEvents(top, report),
  };
}

function readMember(
  from: Members,
  key: string,
  at: Place,
  known: readonly string[],
  report: Report,
): Members {
  const value = from[key];
  if (value === undefined || value === null) return {};
  return readObject(value, [...at, key], known, report) ?? {};
}

function readParameters(top: Members, report: Report): Readonly<Record<string, string>> {
  const value = top['parameters'] ?? {};
  if (!isObject(value)) {
    report.error(['parameters'], `"parameters" should be an object but it is ${kindOf(value)}.`);
    return {};
  }
  const texts: [string, string][] = [];
  for (const [key, text] of Object.entries(value)) {
    if (typeof text === 'string') texts.push([key, text]);
    else report.error(['parameters', key], `A parameter should be a text but it is ${kindOf(text)}.`);
  }
  return Object.fromEntries(texts);
}

function readLayer(from: Members, at: Place, report: Report): Layer {
  return {
    mappings: readMappings(from['mappings'], [...at, 'mappings'], report),
    enrichments: readMappings(from['enrichments'], [...at, 'enrichments'], report),
    transforms: readTargetTransforms(from['transforms'], [...at, 'transforms'], report),
  };
}

function readDefaults(top: Members, report: Report): Rule {
  const at = ['defaults'];
  const from = readMember(top, 'defaults', [], DEFAULTS_KEYS, report);
  const action = readText(from, 'action', at, report) ?? DROP;
  return {
    ...readRuleTexts(from, at, report),
    ...readLayer(from, at, report),
    at,
    id: DEFAULTS_RULE,
    key: DEFAULTS_RULE,
    enabled: action !== DROP,
    action,
  };
}

function readEvents(top: Members, report: Report): Rule[] {
  const value = top['events'];
  if (!isObject(value)) {
    const message =
      value === undefined
        ? 'A blueprint needs "events": which events it wants.'
        : `"events" should be an object but it is ${kindOf(value)}.`;
    report.error(value === undefined ? [] : ['events'], message);
    return [];
  }
  const rules = Object.entries(value).flatMap(([key, entry]) => readEntry(key, entry, report));
  if (rules.length > MAX_RULES)
    report.error(['events'], `A blueprint can hold ${MAX_RULES} rules, not ${rules.length}.`);
  return rules;
}

function readEntry(key: string, entry: unknown, report: Report): Rule[] {
  const at = ['events', key];
  if (key.trim() === '') report.keyError(at, 'An event needs a name.');
  if (!Array.isArray(entry)) return readRule(key, entry, at, 0, report);
  if (entry.length === 0) report.warn(at, 'This list holds no rule, so the event is dropped.');
  return entry.flatMap((each, index) => readRule(key, each, [...at, index], index, report));
}

function readRule(key: string, value: unknown, at: Place, index: number, report: Report): Rule[] {
  const from = readObject(value, at, RULE_KEYS, report);
  if (from === undefined) return [];
  const action = readText(from, 'action', at, report);
  const description = readText(from, 'description', at, report);
  return [
    {
      ...(description === undefined ? {} : { description }),
      ...(action === undefined ? {} : { action }),
      ...readRuleTexts(from, at, report),
      ...readLayer(from, at, report),
      at,
      id: index === 0 ? key : `${key}/${index}`,
      key,
      enabled: readBoolean(from, 'enabled', at, report) ?? true,
    },
  ];
}

function readRuleTexts(from: Members, at: Place, report: Report): Pick<Rule, 'vendorEventName' | 'when'> {
  const vendorEventName = readText(from, 'vendor_event_name', at, report);
  const when = readText(from, 'when', at, report);
  return {
    ...(vendorEventName === undefined ? {} : { vendorEventName }),
    ...(when === undefined ? {} : { when }),
  };
}
