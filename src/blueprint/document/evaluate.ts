/** Running a compiled blueprint over one event. It must not know how rules were written, nor who sends what they make. */
import { Failure, type Problem } from '../../event/failure.ts';
import type { JsonObject } from '../../event/json.ts';
import { type Run, STEP_BUDGET, spend, startRun } from '../mapping/run.ts';
import { isPlainObject, settle } from '../mapping/values.ts';
import type { RuleIndex } from './rule-index.ts';
import type { RulePlan } from './rule-plan.ts';

/** What an action gets: JSON, as the event and the blueprint are; an absent element of a list is written as null. */
export type Payload = JsonObject;

/** What one rule makes of one event. `rule` is a stable id: the key, and `/n` for the rules after the first. */
export type RuleResult =
  | {
      readonly rule: string;
      readonly outcome: 'operation';
      readonly action: string;
      readonly payload: Payload;
    }
  | { readonly rule: string; readonly outcome: 'skipped'; readonly code: 'CONDITION_NOT_MET' }
  | {
      readonly rule: string;
      readonly outcome: 'invalid';
      readonly code: 'MAPPING_FAILED' | 'PAYLOAD_INVALID';
      readonly problems: readonly Problem[];
    };

/** `dropped`: no enabled rule wants the event. */
export type Evaluation =
  | { readonly kind: 'dropped' }
  | { readonly kind: 'evaluated'; readonly results: readonly RuleResult[] };

const DROPPED: Evaluation = Object.freeze({ kind: 'dropped' });

/** All rules of an event draw on one budget, so that no number of them can make it slow. */
export function evaluateEvent(index: RuleIndex, event: unknown): Evaluation {
  const plans = index(event);
  if (plans.length === 0) return DROPPED;
  let left = STEP_BUDGET;
  const results = plans.map((plan) => {
    const run = startRun(left);
    const result = evaluateRule(plan, event, run);
    left = Math.max(0, run.left);
    return result;
  });
  return { kind: 'evaluated', results };
}

function evaluateRule({ rule, action, payload, condition }: RulePlan, event: unknown, run: Run): RuleResult {
  try {
    if (condition !== undefined) {
      spend(run, condition.steps);
      if (!condition.matches(event)) return { rule: rule.id, outcome: 'skipped', code: 'CONDITION_NOT_MET' };
    }
    const found = payload(event, run);
    const made = run.passedOn ? settle(found, run) : found;
    if (run.problems.length > 0)
      return { rule: rule.id, outcome: 'invalid', code: 'PAYLOAD_INVALID', problems: run.problems };
    return { rule: rule.id, outcome: 'operation', action, payload: asPayload(made) };
  } catch (error) {
    return { rule: rule.id, outcome: 'invalid', code: 'MAPPING_FAILED', problems: problemsOf(error) };
  }
}

/** Parses nothing anew: blueprints and events are JSON, so what is made of them is JSON too. */
function asPayload(made: unknown): Payload {
  return isPlainObject(made) ? (made as Payload) : {};
}

/** A mapping never stops the events behind it, whatever goes wrong; what went wrong is told. */
function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof Failure && error.details !== undefined) return error.details;
  return [{ path: '', message: error instanceof Error ? error.message : String(error) }];
}
