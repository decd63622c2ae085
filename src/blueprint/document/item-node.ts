/** From one mapping item to the plan that gives its value. It must not know where the value goes. */
import { readPath } from '../../event/path.ts';
import { compileExpression } from '../mapping/compile.ts';
import { absent, type Node } from '../mapping/nodes.ts';
import { spend } from '../mapping/run.ts';
import { isBlank, textOf } from '../mapping/values.ts';
import type { MappingItem } from './document.ts';
import type { Place, Report } from './report.ts';
import { candidatePaths } from './sources.ts';
import { type Change, transformChain } from './transform-chain.ts';

/** Compiles an item: source or expression, then transforms, then the value map, then the default. */
export function itemNode(item: MappingItem, report: Report): Node {
  const apply = transformChain(item.transforms, report);
  const found =
    item.value === undefined
      ? sourceNode(item, apply)
      : expressionNode(item, item.value.expression, apply, report);
  const mapped = item.valueMap === undefined ? found : valueMapNode(found, item.valueMap);
  return item.default === undefined ? mapped : defaultNode(mapped, item.default.value, item.at, report);
}

/**
 * The first source that gives a value after its transforms. Null and blank text give way to later sources; when there
 * is nothing better, a null that was found is the value (it clears), and so is blank text that nothing transforms.
 */
function sourceNode(item: MappingItem, change: Change | undefined): Node {
  const paths = item.sources.flatMap(candidatePaths);
  return (input, run) => {
    let fallback: unknown;
    for (const path of paths) {
      spend(run, path.length + 1);
      const found = readPath(input, path);
      if (found === undefined) continue;
      if (isBlank(found)) {
        if (fallback === undefined && (found === null || change === undefined)) fallback = found;
        continue;
      }
      if (typeof found === 'object') run.passedOn = true;
      const value = change === undefined ? found : change(found, run);
      if (value !== undefined) return value;
    }
    return fallback;
  };
}

function expressionNode(
  item: MappingItem,
  expression: unknown,
  change: Change | undefined,
  report: Report,
): Node {
  const node = compiled(expression, [...item.at, 'value'], report);
  if (change === undefined) return node;
  return (input, run) => change(node(input, run), run);
}

function valueMapNode(node: Node, map: ReadonlyMap<string, unknown>): Node {
  const otherwise = map.get('*');
  return (input, run) => {
    spend(run, 1);
    const found = node(input, run);
    if (found === undefined) return otherwise;
    const text = found === null ? 'null' : textOf(found, run);
    return map.has(text) ? map.get(text) : otherwise;
  };
}

/** The default stands in for what is absent, null or blank. */
function defaultNode(node: Node, value: unknown, at: Place, report: Report): Node {
  const fallback = compiled(value, [...at, 'default'], report);
  if (node === absent) return fallback;
  return (input, run) => {
    const found = node(input, run);
    return isBlank(found) ? fallback(input, run) : found;
  };
}

/** The node of an expression; what is wrong in it and what is hardly meant is reported with its place. */
function compiled(expression: unknown, place: Place, report: Report): Node {
  const { node, problems, doubts } = compileExpression(expression);
  for (const { at, reason } of problems) report.error([...place, ...at], asSentence(reason));
  for (const { at, reason } of doubts) report.warn([...place, ...at], asSentence(reason));
  return node;
}

/** The reason of a mapping problem, which lacks its subject and sometimes its stop. */
function asSentence(reason: string): string {
  return /[.?]$/.test(reason) ? `This ${reason}` : `This ${reason}.`;
}
