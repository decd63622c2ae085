/** A blueprint in sentences. It must not know how rules run. */
import type { BlueprintDocument, Rule } from './document.ts';
import { type RulePlan, TYPE_KEYS } from './rule-plan.ts';

/** One sentence a rule: `When Order Completed happens: trackEvent purchase with order_id, revenue, currency`. */
export function describePlans(document: BlueprintDocument, plans: readonly RulePlan[]): readonly string[] {
  const sentences = plans.map(describePlan);
  const rest = document.defaults.enabled ? [] : ['When anything else happens: nothing is sent'];
  return [...sentences, ...rest];
}

function describePlan({ rule, action, shape, targets }: RulePlan): string {
  const name = shape.eventNameField === undefined ? '' : ` ${rule.vendorEventName ?? 'under its own name'}`;
  const fields = targets.length === 0 ? '' : ` with ${targets.join(', ')}`;
  const off = rule.enabled ? '' : ' (switched off)';
  return `When ${occasion(rule)}${condition(rule)}: ${action}${name}${fields}${off}`;
}

function occasion({ key, at }: Rule): string {
  if (at.length === 1) return 'anything else happens';
  return TYPE_KEYS.includes(key)
    ? `a ${key} call arrives`.replace('a i', 'an i').replace('a a', 'an a')
    : `${key} happens`;
}

function condition({ when }: Rule): string {
  return when === undefined ? '' : ` and ${when}`;
}
