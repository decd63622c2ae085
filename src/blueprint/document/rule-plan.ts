/** From one rule of a blueprint to a plan that can be run. It must not know which events reach the rule. */
import { type Path, parsePath } from '../../event/path.ts';
import type { ActionShape, ActionShapes } from '../action-shape.ts';
import { parseFql } from '../fql/parse.ts';
import { compile as compileFql } from '../fql.ts';
import { compileExpression } from '../mapping/compile.ts';
import { constant, type Node, pathNode } from '../mapping/nodes.ts';
import { didYouMean, slipOf } from '../nearest.ts';
import type { Layer, MappingItem, Rule } from './document.ts';
import { itemNode } from './item-node.ts';
import type { Report } from './report.ts';
import { TargetTree } from './target-tree.ts';
import { transformChain } from './transform-chain.ts';

/** A rule that is ready to run. */
export interface RulePlan {
  readonly rule: Rule;
  readonly action: string;
  readonly shape: ActionShape;
  readonly payload: Node;
  /** What the payload holds, for people: targets as they are written, without the action's own defaults. */
  readonly targets: readonly string[];
  readonly condition: Condition | undefined;
}

/** `steps` is what asking it may cost. */
export interface Condition {
  readonly steps: number;
  matches(event: unknown): boolean;
}

/** What all rules of a blueprint are planned with. */
export interface Planning {
  readonly global: Layer;
  readonly actions: ActionShapes;
  readonly defaultActions: DefaultActions;
  readonly report: Report;
}

/** Makes a plan of a rule; undefined, and reported, when there is no such action. */
export type Planner = (rule: Rule) => RulePlan | undefined;

/** Keys of `events` that match the type of an event; all others name tracked events. */
export const TYPE_KEYS: readonly string[] = ['page', 'screen', 'identify', 'group', 'alias'];

export interface DefaultActions {
  readonly identify: string;
  readonly other: string;
}

/** Prepares the planning of many rules: what is global is compiled once and shared. */
export function createPlanner(planning: Planning): Planner {
  const { mappings, enrichments } = planning.global;
  const nodes = new Map([...mappings, ...enrichments].map((item) => [item, itemNode(item, planning.report)]));
  return (rule) => planRule(rule, planning, nodes);
}

type GlobalNodes = ReadonlyMap<MappingItem, Node>;

function planRule(
  rule: Rule,
  { global, actions, defaultActions, report }: Planning,
  nodes: GlobalNodes,
): RulePlan | undefined {
  const action = rule.action ?? (rule.key === 'identify' ? defaultActions.identify : defaultActions.other);
  const shape = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (shape === undefined) {
    const at = rule.action === undefined ? rule.at : [...rule.at, 'action'];
    report.error(at, `There is no action "${action}".${didYouMean(action, Object.keys(actions))}`);
    findWithoutAction(rule, report);
    return undefined;
  }
  const tree = new TargetTree();
  fillFrom(tree, rule, shape, action, report);
  const targets = [...new Set([...rule.mappings, ...rule.enrichments].map(({ target }) => target))];
  fillFromGlobal(tree, global, shape, nodes);
  fillEventName(tree, rule, shape, action, report);
  fillDefaults(tree, shape, report);
  changeTargets(tree, rule, shape, report);
  changeTargets(tree, global, shape, report);
  return { rule, action, shape, payload: tree.node(), targets, condition: conditionOf(rule, report) };
}

/** What is wrong with a rule whatever its action is, so that one pass tells all of it. */
function findWithoutAction(rule: Rule, report: Report): void {
  for (const item of [...rule.mappings, ...rule.enrichments]) itemNode(item, report);
  for (const { transforms } of rule.transforms) transformChain(transforms, report);
  conditionOf(rule, report);
}

/** Where a written target lies in the payload: a field of the action, or something below its rest field. */
export function payloadPath(target: string, shape: ActionShape): Path | undefined {
  const path = parsePath(target);
  const [field] = path;
  if (field === undefined) return undefined;
  if (Object.hasOwn(shape.fields, field)) return path;
  return shape.restField === undefined ? undefined : [shape.restField, ...path];
}

/** The later of two mappings of one target goes first; the payload has its members in the order of writing. */
function fillFrom(tree: TargetTree, layer: Layer, shape: ActionShape, action: string, report: Report): void {
  for (const { target } of [...layer.mappings, ...layer.enrichments]) {
    const path = payloadPath(target, shape);
    if (path !== undefined) tree.at(path);
  }
  for (const item of [...layer.mappings.toReversed(), ...layer.enrichments]) {
    const path = payloadPath(item.target, shape);
    const node = itemNode(item, report);
    if (path === undefined) {
      const hint = didYouMean(item.target, Object.keys(shape.fields));
      report.error([...item.at, 'target'], `${action} has no field "${item.target}".${hint}`);
      continue;
    }
    findSlip(item, shape, action, report);
    fillTarget(tree.at(path), item, node);
  }
}

/** A target that is no field of the action but hardly differs from one; a number behind a name is a name of its own. */
function findSlip({ target, at }: MappingItem, shape: ActionShape, action: string, report: Report): void {
  const [name = ''] = parsePath(target) ?? [];
  if (Object.hasOwn(shape.fields, name) || /\d$/.test(name)) return;
  const meant = slipOf(name, Object.keys(shape.fields));
  if (meant !== undefined)
    report.warn(
      [...at, 'target'],
      `${action} has no field "${name}", so this goes to "${shape.restField}.${name}"; did you mean "${meant}"?`,
    );
}

function fillTarget(target: TargetTree, item: MappingItem, node: Node): void {
  target.fill(node);
  if (item.required) target.require(item.target);
}

/** What is global reaches every action that has a place for it, below what the rule says itself. */
function fillFromGlobal(tree: TargetTree, global: Layer, shape: ActionShape, nodes: GlobalNodes): void {
  for (const item of [...global.mappings.toReversed(), ...global.enrichments]) {
    const path = payloadPath(item.target, shape);
    const node = nodes.get(item);
    if (path !== undefined && node !== undefined) fillTarget(tree.at(path), item, node);
  }
}

function fillEventName(
  tree: TargetTree,
  rule: Rule,
  shape: ActionShape,
  action: string,
  report: Report,
): void {
  const at = [...rule.at, 'vendor_event_name'];
  if (shape.eventNameField === undefined) {
    if (rule.vendorEventName !== undefined)
      report.warn(at, `${action} sends no event name, so "vendor_event_name" has no effect.`);
    return;
  }
  const max = shape.eventNameMaxLength;
  const name = rule.vendorEventName;
  if (name !== undefined && max !== undefined && name.length > max)
    report.error(at, `An event name can have ${max} characters; "${name}" has ${name.length}.`);
  const isOwnName = name === undefined && !TYPE_KEYS.includes(rule.key);
  if (isOwnName && max !== undefined && rule.key.length > max)
    report.warn(
      rule.at,
      `"${rule.key}" is longer than the ${max} characters of an event name; give a "vendor_event_name".`,
    );
  const target = tree.at([shape.eventNameField]);
  if (name !== undefined && target.isFilled)
    report.warn(at, `The mapping of "${shape.eventNameField}" wins over "vendor_event_name".`);
  target.fill(name === undefined ? ownNameNode : constant(name));
}

/** The event's own name: of a tracked event its name, of all others their type. */
const eventName = pathNode(['event']);
const eventType = pathNode(['type']);
const ownNameNode: Node = (input, run) => {
  const type = eventType(input, run);
  return type === 'track' ? eventName(input, run) : type;
};

/** Fields that nothing maps take the mapping that the action declares for them. */
function fillDefaults(tree: TargetTree, shape: ActionShape, report: Report): void {
  for (const [name, field] of Object.entries(shape.fields)) {
    if (field.default === undefined || tree.has(name)) continue;
    const { node, problems } = compileExpression(field.default);
    for (const { reason } of problems) report.error([], `The default of the field "${name}" ${reason}.`);
    tree.at([name]).fill(node);
  }
}

function changeTargets(tree: TargetTree, layer: Layer, shape: ActionShape, report: Report): void {
  for (const { at, target, transforms } of layer.transforms) {
    const path = payloadPath(target, shape);
    const place = path === undefined ? undefined : tree.at(path);
    const change = transformChain(transforms, report);
    if (place === undefined || !place.isFilled) {
      if (at[0] !== 'global')
        report.warn(at, `Nothing maps to "${target}", so there is nothing to transform.`);
      continue;
    }
    if (change !== undefined) place.change(change);
  }
}

/** A text of a certain length can hold only so many comparisons, each of which walks through a text at most once. */
const STEPS_PER_CHARACTER = 2;

function conditionOf({ when, at }: Rule, report: Report): Condition | undefined {
  if (when === undefined) return undefined;
  const ast = parseFql(when);
  if ('error' in ast) {
    report.error([...at, 'when'], ast.error.message);
    return undefined;
  }
  return { steps: when.length * STEPS_PER_CHARACTER, matches: compileFql(when).match };
}
