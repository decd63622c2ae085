/** Which rules an event reaches. It must not know what they do. */
import { own } from '../../event/json.ts';
import { eventClass } from './aliases.ts';
import type { BlueprintDocument } from './document.ts';
import { type RulePlan, TYPE_KEYS } from './rule-plan.ts';

/** Gives the enabled rules of an event; an empty list says that it is dropped. */
export type RuleIndex = (event: unknown) => readonly RulePlan[];

const NONE: readonly RulePlan[] = [];

/**
 * An exact name goes before an alias. An entry whose rules are all disabled drops its event; only events without an
 * entry fall to the defaults.
 */
export function indexRules(
  document: BlueprintDocument,
  plans: readonly RulePlan[],
  defaults: RulePlan | undefined,
): RuleIndex {
  const exact = new Map<string, RulePlan[]>();
  const byClass = new Map<string, RulePlan[]>();
  for (const key of document.keys) {
    exact.set(key, exact.get(key) ?? []);
    if (document.aliases) byClass.set(eventClass(key), byClass.get(eventClass(key)) ?? []);
  }
  for (const plan of plans.filter(({ rule }) => rule.enabled)) {
    exact.get(plan.rule.key)?.push(plan);
    byClass.get(eventClass(plan.rule.key))?.push(plan);
  }
  const otherwise = defaults === undefined ? NONE : [defaults];
  return (event) => {
    const name = keyOf(event);
    if (name === undefined) return NONE;
    return (isExact(event, name) ? exact.get(name) : undefined) ?? byClass.get(eventClass(name)) ?? otherwise;
  };
}

/** What the keys of `events` are compared with: the name of a tracked event, the type of any other. */
function keyOf(event: unknown): string | undefined {
  const type = own(event, 'type');
  const key = type === 'track' ? own(event, 'event') : type;
  return typeof key === 'string' ? key : undefined;
}

/** A tracked event that happens to be called "page" is not a page. */
function isExact(event: unknown, name: string): boolean {
  return TYPE_KEYS.includes(name) !== (own(event, 'type') === 'track');
}
