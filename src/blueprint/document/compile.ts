/** From a blueprint document to a frozen plan. It must not know files, formats or vendors. */
import { Failure, type Problem } from '../../event/failure.ts';
import { isObject } from '../../event/json.ts';
import type { ActionShapes } from '../action-shape.ts';
import { describePlans } from './describe.ts';
import type { BlueprintDocument } from './document.ts';
import { type Evaluation, evaluateEvent } from './evaluate.ts';
import { withParameters } from './parameters.ts';
import { readDocument } from './read.ts';
import { pathOf, Report } from './report.ts';
import { indexRules } from './rule-index.ts';
import { createPlanner, type DefaultActions, type RulePlan } from './rule-plan.ts';

export interface CompileOptions {
  /** Slug → shape of every action that rules can name. */
  readonly actions: ActionShapes;
  /** The pipeline's parameters, for `{{pipeline_param.KEY}}`; they go before the blueprint's own. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The actions of rules that name none. Default: identify → syncContact, anything else → trackEvent. */
  readonly defaultActions?: DefaultActions;
  /** Real events to check sources against. */
  readonly sampleEvents?: readonly unknown[];
}

/** A blueprint that is ready to run. Nothing in it changes, and it never parses again. */
export interface CompiledBlueprint {
  /**
   * Maps one event: the canonical event in wire spelling, plus `email` (the address known for this person, or absent)
   * and `consent` (canonical category → boolean). Only maps: consent, empty values and required fields are judged by
   * others. Never throws. Payloads may share parts with the event: treat both as read-only.
   */
  evaluate(event: unknown): Evaluation;
  /** Whether an enabled rule is there for such an event, before any condition is asked. Cheap. */
  wants(event: unknown): boolean;
  /** One sentence a rule, for people. */
  describe(): readonly string[];
}

const DEFAULT_ACTIONS: DefaultActions = { identify: 'syncContact', other: 'trackEvent' };

/** A document that was read and planned, with everything that is wrong in the report. */
export interface Draft {
  readonly document: BlueprintDocument;
  readonly plans: readonly RulePlan[];
  readonly defaults: RulePlan | undefined;
  readonly report: Report;
}

/** Reads and plans a document without throwing. */
export function draftBlueprint(value: unknown, options: CompileOptions): Draft {
  const report = new Report();
  const document = readDocument(substituted(value, options, report), report);
  const plan = createPlanner({
    global: document.global,
    actions: options.actions,
    defaultActions: options.defaultActions ?? DEFAULT_ACTIONS,
    report,
  });
  const plans = document.rules.flatMap((rule) => plan(rule) ?? []);
  const defaults = document.defaults.enabled ? plan(document.defaults) : undefined;
  return { document, plans, defaults, report };
}

/** Parameters are put in everywhere but in the list of parameters itself. */
function substituted(value: unknown, options: CompileOptions, report: Report): unknown {
  if (!isObject(value)) return value;
  const { parameters: written, ...rest } = value;
  const own = isObject(written) ? Object.entries(written) : [];
  const texts = own.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const known = new Map([...texts, ...Object.entries(options.parameters ?? {})]);
  const filled = withParameters(rest, known, [], report);
  return isObject(filled) && written !== undefined ? { ...filled, parameters: written } : filled;
}

/**
 * Compiles a blueprint document.
 * @throws Failure BLUEPRINT_INVALID whose details list every error.
 */
export function compileBlueprint(document: unknown, options: CompileOptions): CompiledBlueprint {
  const draft = draftBlueprint(document, options);
  const errors = draft.report.findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    const details = errors.map(({ at, message }): Problem => ({ path: pathOf(at), message }));
    const count = errors.length === 1 ? 'one mistake' : `${errors.length} mistakes`;
    throw new Failure('BLUEPRINT_INVALID', `The blueprint has ${count}. ${details[0]?.message ?? ''}`, {
      details,
    });
  }
  const { plans, defaults } = draft;
  const index = indexRules(draft.document, plans, defaults);
  const sentences = describePlans(draft.document, defaults === undefined ? plans : [...plans, defaults]);
  return Object.freeze({
    evaluate: (event: unknown) => evaluateEvent(index, event),
    wants: (event: unknown) => index(event).length > 0,
    describe: () => sentences,
  });
}
