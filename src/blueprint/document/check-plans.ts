/** What can be told of rules against their actions without any event. It must not know text or samples. */

import { parsePath } from '../../event/path.ts';
import type { FieldShape } from '../action-shape.ts';
import type { FqlCondition, FqlGroup } from '../fql.ts';
import { parseFql } from '../fql.ts';
import { isDirective } from '../mapping/site.ts';
import { didYouMean, slipOf } from '../nearest.ts';
import type { Kind } from '../transforms.ts';
import { TRANSFORMS } from '../transforms.ts';
import { eventClass } from './aliases.ts';
import type { Draft } from './compile.ts';
import type { MappingItem, Rule } from './document.ts';
import { kindOfValue, misfit } from './fit.ts';
import { type Place, pathOf, type Report } from './report.ts';
import { payloadPath, type RulePlan, TYPE_KEYS } from './rule-plan.ts';

export function findInPlans({ document, plans, defaults, report }: Draft): void {
  for (const plan of defaults === undefined ? plans : [...plans, defaults]) {
    findUnmappedFields(plan, document.global.mappings, report);
    for (const item of [...plan.rule.mappings, ...plan.rule.enrichments]) findMisfit(plan, item, report);
    findRepeatedTargets(plan, report);
    findImpossible(plan, report);
  }
  for (const plan of plans) for (const item of document.global.mappings) findMisfit(plan, item, report);
  for (const { rule } of plans) findTypeSlip(rule, report);
  if (document.aliases) findSameEvents(plans, report);
}

/** A key that hardly differs from a type names tracked events all the same, which is seldom meant. */
function findTypeSlip({ key, at }: Rule, report: Report): void {
  const meant = slipOf(key, TYPE_KEYS);
  if (TYPE_KEYS.includes(key) || meant === undefined) return;
  report.warn(at, `"${key}" means tracked events of that name; for the type write "${meant}".`);
}

function findUnmappedFields(
  { rule, shape, action }: RulePlan,
  global: readonly MappingItem[],
  report: Report,
): void {
  const mapped = new Set(
    [...rule.mappings, ...rule.enrichments, ...global].map(({ target }) => payloadPath(target, shape)?.[0]),
  );
  for (const [name, field] of Object.entries(shape.fields)) {
    const isNamed = name === shape.eventNameField;
    if (field.required !== true || field.default !== undefined || isNamed || mapped.has(name)) continue;
    report.error(rule.at, `${action} needs the field "${name}", and nothing maps to it.`);
  }
}

function findMisfit({ shape, action }: RulePlan, item: MappingItem, report: Report): void {
  const path = payloadPath(item.target, shape);
  if (path === undefined) return;
  const [name = '', ...rest] = path;
  const field = shape.fields[name];
  if (field === undefined) return;
  const inner = fieldAt(field, rest, item, `${action}.${name}`, report);
  if (inner === undefined) return;
  for (const { at, kind, constant } of outcomes(item)) {
    const message = misfit(inner, kind, constant);
    if (message !== undefined) report.error(at, `"${item.target}" ${message}`);
  }
}

/** The declared field at a target's path; undefined where anything goes, and reported where nothing can. */
function fieldAt(
  field: FieldShape,
  path: readonly string[],
  item: MappingItem,
  label: string,
  report: Report,
): FieldShape | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return field;
  if (field.type !== 'object') {
    report.error([...item.at, 'target'], `"${label}" is no object, so it has no member "${name}".`);
    return undefined;
  }
  const declared = field.properties ?? {};
  const inner = Object.hasOwn(declared, name) ? declared[name] : undefined;
  if (inner !== undefined) return fieldAt(inner, rest, item, `${label}.${name}`, report);
  if (field.properties !== undefined && field.additionalProperties !== true)
    report.error(
      [...item.at, 'target'],
      `"${label}" has no member "${name}".${didYouMean(name, Object.keys(declared))}`,
    );
  return undefined;
}

interface Outcome {
  readonly at: Place;
  readonly kind: Kind;
  /** The value itself, where it is known. */
  readonly constant?: { readonly value: unknown };
}

/** The kinds of values that an item can give, as far as they can be known. */
function outcomes(item: MappingItem): readonly Outcome[] {
  const found: Outcome[] = [];
  if (item.default !== undefined && !isDirective(item.default.value))
    found.push(known([...item.at, 'default'], item.default.value));
  if (item.valueMap !== undefined) {
    for (const [key, value] of item.valueMap) found.push(known([...item.at, 'value_map', key], value));
    return found;
  }
  const last = item.transforms.at(-1);
  const kind = last === undefined ? undefined : TRANSFORMS.get(last.name)?.gives;
  if (last !== undefined && kind !== undefined) found.push({ at: last.at, kind });
  else if (item.value !== undefined)
    found.push(...expressionOutcome([...item.at, 'value'], item.value.expression));
  return found;
}

const DIRECTIVE_KINDS: Readonly<Record<string, Kind>> = {
  '@template': 'text',
  '@replace': 'text',
  '@liquid': 'text',
  '@merge': 'object',
};

function expressionOutcome(at: Place, expression: unknown): readonly Outcome[] {
  if (!isDirective(expression)) return [known(at, expression)];
  const kind = Object.entries(DIRECTIVE_KINDS).find(([name]) => Object.hasOwn(expression, name))?.[1];
  return kind === undefined ? [] : [{ at, kind }];
}

function known(at: Place, value: unknown): Outcome {
  return { at, kind: kindOfValue(value), constant: { value } };
}

function findRepeatedTargets({ rule }: RulePlan, report: Report): void {
  const first = new Map<string, Place>();
  for (const { target, at } of rule.mappings) {
    const key = JSON.stringify(parsePath(target));
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, at);
    else
      report.warn(
        at,
        `"${target}" is mapped twice; this one goes before ${pathOf(earlier)}, which fills in when it gives nothing.`,
      );
  }
}

/** Conditions that contradict the key of their rule, or each other, can never be met. */
function findImpossible({ rule, condition }: RulePlan, report: Report): void {
  if (rule.when === undefined || condition === undefined) return;
  const ast = parseFql(rule.when);
  if ('error' in ast) return;
  const type = TYPE_KEYS.includes(rule.key) ? rule.key : 'track';
  const isDefaults = rule.at.length === 1;
  const facts = new Map<string, string>(isDefaults ? [] : [['event-type', type]]);
  if (!isDefaults && type === 'track') facts.set('event', rule.key);
  if (isNever(ast, facts))
    report.warn([...rule.at, 'when'], 'This condition can never be met, so the rule never runs.');
}

function isNever(node: FqlGroup | FqlCondition, facts: ReadonlyMap<string, string>): boolean {
  if (node.type !== 'group') return contradicts(node, facts);
  if (node.operator === 'or') return node.children.every((child) => isNever(child, facts));
  return node.children.some((child) => isNever(child, facts)) || isTorn(node.children);
}

function contradicts({ type, operator, value }: FqlCondition, facts: ReadonlyMap<string, string>): boolean {
  if (['<', '<=', '>', '>='].includes(operator) && Number.isNaN(Number(value))) return true;
  const fact = facts.get(type);
  if (fact === undefined) return false;
  // Under another of its names the event still reaches the rule.
  if (type === 'event' && eventClass(fact) === eventClass(String(value)))
    return operator === '!=' && fact === value;
  if (operator === '=') return fact !== value;
  return operator === '!=' ? fact === value : false;
}

/** Two different texts for one field at once. */
function isTorn(children: readonly (FqlGroup | FqlCondition)[]): boolean {
  const wanted = new Map<string, unknown>();
  return children.some((child) => {
    if (child.type === 'group' || (child.operator !== '=' && child.operator !== 'number_equals'))
      return false;
    const field = `${child.type}.${child.name ?? ''}`;
    if (wanted.has(field) && wanted.get(field) !== child.value) return true;
    wanted.set(field, child.value);
    return false;
  });
}

/** With aliases, a second key for the same event is reached by nothing but its exact name. */
function findSameEvents(plans: readonly RulePlan[], report: Report): void {
  const keys = new Map<string, string>();
  for (const { rule } of plans) {
    const same = keys.get(eventClass(rule.key));
    if (same === undefined) keys.set(eventClass(rule.key), rule.key);
    else if (same !== rule.key)
      report.warn(
        rule.at,
        `"${rule.key}" and "${same}" are names of one event; other spellings of it run the rules of both.`,
      );
  }
}
