/** The Liquid engine behind `@liquid`, with what could hurt taken out. It must not know any other directive. */
import { Liquid, type Template } from 'liquidjs';
import { isObject } from '../../event/json.ts';
import type { Node } from './nodes.ts';
import { runFailure, spend } from './run.ts';

export const MAX_LIQUID_LENGTH = 1_000;
/** Limits of one rendering: milliseconds, and units of memory as the engine counts them. */
const RENDER_LIMIT_MS = 500;
const MEMORY_LIMIT = 1e8;

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
];

const engine = createEngine();

function createEngine(): Liquid {
  const liquid = new Liquid({
    ownPropertyOnly: true,
    parseLimit: MAX_LIQUID_LENGTH,
    renderLimit: RENDER_LIMIT_MS,
    memoryLimit: MEMORY_LIMIT,
  });
  for (const name of DISABLED_TAGS) {
    const refuse = (): never => {
      throw new Error(`tag "${name}" is disabled`);
    };
    liquid.registerTag(name, { parse: refuse, render: refuse });
  }
  for (const name of DISABLED_FILTERS) {
    liquid.registerFilter(name, () => {
      throw new Error(`filter "${name}" is disabled`);
    });
  }
  return liquid;
}

/** Parses a template once: how to render it, or why it cannot be used. */
export function parseLiquid(text: string): { readonly render: Node } | { readonly reason: string } {
  try {
    return { render: renderer(engine.parse(text)) };
  } catch (error) {
    return { reason: `is not a Liquid template that can be used: ${reasonOf(error)}` };
  }
}

function renderer(templates: Template[]): Node {
  return (input, run) => {
    spend(run, 20 * templates.length);
    try {
      const text: unknown = engine.renderSync(templates, isObject(input) ? input : {});
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
