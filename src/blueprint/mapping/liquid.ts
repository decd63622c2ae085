/** The Liquid engine behind `@liquid`, with what could hurt taken out. It must not know any other directive. */
import { filters as builtinFilters, Context, defaultOperators, Liquid, type Template } from 'liquidjs';
import { isObject } from '../../event/json.ts';
import type { Node } from './nodes.ts';
import { type Run, runFailure, spend } from './run.ts';
import { deeper } from './values.ts';

export const MAX_LIQUID_LENGTH = 1_000;
/**
 * The engine's own limits: the last defence, since our steps run out first. The peer's memory limit of 1e8 lets a
 * range of a hundred million numbers run for seconds.
 */
const RENDER_LIMIT_MS = 500;
const MEMORY_LIMIT = 100_000;
/** What a rendering costs before it does anything, and an element of a list that the engine handles. */
const RENDER_STEPS = 300;
const ELEMENT_STEPS = 40;

const DISABLED_TAGS = ['case', 'for', 'include', 'layout', 'render', 'tablerow'];
const DISABLED_FILTERS = [
  'array_to_sentence_string',
  'concat',
  'find',
  'find_exp',
  'find_index',
  'find_index_exp',
  'group_by',
  'group_by_exp',
  'has',
  'has_exp',
  'map',
  'newline_to_br',
  'reject',
  'reject_exp',
  'reverse',
  'sort',
  'sort_natural',
  'uniq',
  'where_exp',
  'type',
  // Ours: it draws lots, and the same event must always give the same payload.
  'sample',
];
/** Words that the date filters take for the present moment, which an evaluation does not know. */
const PRESENT = new Set(['now', 'today']);

interface FilterScope {
  readonly context: Context;
}
type FilterFunction = (this: FilterScope, value: unknown, ...args: unknown[]) => unknown;

/** The evaluation that each rendering belongs to, whose steps it uses. */
const runs = new WeakMap<Context, Run>();
const engine = createEngine();

function createEngine(): Liquid {
  const liquid = new Liquid({
    ownPropertyOnly: true,
    parseLimit: MAX_LIQUID_LENGTH,
    renderLimit: RENDER_LIMIT_MS,
    memoryLimit: MEMORY_LIMIT,
    // Neither this machine's zone nor its language may show in a payload.
    timezoneOffset: 0,
    locale: 'en-US',
    operators: weighedOperators(),
    outputEscape: function weighOutput(this: FilterScope, value: unknown) {
      charge(this.context, value, 0);
      return value;
    } as (value: unknown) => string,
  });
  for (const [name, filter] of Object.entries(builtinFilters)) registerWeighed(liquid, name, filter);
  for (const name of DISABLED_FILTERS) {
    liquid.registerFilter(name, () => {
      throw new Error(`filter "${name}" is disabled`);
    });
  }
  for (const name of DISABLED_TAGS) {
    const refuse = (): never => {
      throw new Error(`tag "${name}" is disabled`);
    };
    liquid.registerTag(name, { parse: refuse, render: refuse });
  }
  return liquid;
}

/** A built-in filter that pays for what it is given before it runs. */
function registerWeighed(liquid: Liquid, name: string, filter: unknown): void {
  const handler = typeof filter === 'function' ? filter : isObject(filter) ? filter['handler'] : undefined;
  if (typeof handler !== 'function') return;
  const weighed: FilterFunction = function (value, ...args) {
    const longest = Math.max(0, ...args.map((each) => (typeof each === 'string' ? each.length : 0)));
    charge(this.context, value, longest);
    for (const each of args) charge(this.context, each, 0);
    if (name.startsWith('date') && typeof value === 'string' && PRESENT.has(value))
      throw new Error(`"${value}" is not known to a mapping; use the event's timestamp`);
    return Reflect.apply(handler, this, [value, ...args]);
  };
  const isRaw = isObject(filter) && filter['raw'] === true;
  liquid.registerFilter(name, isRaw ? { raw: true, handler: weighed } : weighed);
}

/** Comparisons walk through lists, so they pay for them as filters do. */
function weighedOperators(): typeof defaultOperators {
  const weighed = Object.entries(defaultOperators).map(([name, operator]) => {
    if (operator.length < 2 || name === 'and' || name === 'or') return [name, operator] as const;
    const paying = (left: unknown, right: unknown, context: Context): unknown => {
      charge(context, left, 0);
      charge(context, right, 0);
      return Reflect.apply(operator, undefined, [left, right, context]);
    };
    return [name, paying] as const;
  });
  return Object.fromEntries(weighed) as typeof defaultOperators;
}

/** Draws the steps that handling a value takes; `longest` is the longest text that each part of it may become. */
function charge(context: Context, value: unknown, longest: number): void {
  const run = runs.get(context);
  if (run !== undefined) weigh(value, 1 + (longest >> 4), run, 0);
}

function weigh(value: unknown, factor: number, run: Run, depth: number): void {
  if (typeof value === 'string') spend(run, 2 * value.length * factor);
  if (typeof value !== 'object' || value === null) return;
  deeper('@liquid', depth);
  const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  spend(run, parts.length * ELEMENT_STEPS * factor);
  for (const part of parts) weigh(part, factor, run, depth + 1);
}

/** Parses a template once: how to render it, or why it cannot be used. */
export function parseLiquid(text: string): { readonly render: Node } | { readonly reason: string } {
  try {
    return { render: renderer(engine.parse(text), text.length) };
  } catch (error) {
    return { reason: `is not a Liquid template that can be used: ${reasonOf(error)}` };
  }
}

function renderer(templates: Template[], length: number): Node {
  return (input, run) => {
    spend(run, RENDER_STEPS + length);
    const context = new Context(isObject(input) ? input : {}, engine.options, { sync: true });
    runs.set(context, run);
    try {
      const text: unknown = engine.renderSync(templates, context);
      return typeof text === 'string' ? text : '';
    } catch (error) {
      throw runFailure('@liquid', reasonOf(error), error);
    }
  };
}

/** The full variable paths that a template reads. */
export function liquidPaths(text: string): readonly string[] {
  return engine.fullVariablesSync(text);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
