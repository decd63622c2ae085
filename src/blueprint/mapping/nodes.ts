/** The steps of a compiled plan: functions from an input to a value. It must not know the written form of a mapping. */
import { put } from '../../event/json.ts';
import { type Path, readPath } from '../../event/path.ts';
import { type Run, spend } from './run.ts';
import type { Draft } from './values.ts';

/** One compiled value of a mapping; undefined stands for absent. */
export type Node = (input: unknown, run: Run) => unknown;

export const absent: Node = () => undefined;

export function constant(value: unknown): Node {
  return () => value;
}

/** The value at a path of the input. */
export function pathNode(path: Path): Node {
  const steps = path.length + 1;
  return (input, run) => {
    spend(run, steps);
    const value = readPath(input, path);
    if (typeof value === 'object' && value !== null) run.passedOn = true;
    return value;
  };
}

/** An object whose absent properties are left out; it stays when it loses them all. */
export function objectNode(entries: readonly (readonly [string, Node])[]): Node {
  const keys = entries.map(([key]) => key);
  const nodes = entries.map(([, node]) => node);
  const isOrdinary = keys.every((key) => !(key in Object.prototype));
  const assign = isOrdinary ? assignOrdinary : put;
  return (input, run) => {
    spend(run, keys.length + 1);
    const result: Draft = {};
    for (let index = 0; index < nodes.length; index++) {
      const value = nodes[index]?.(input, run);
      if (value !== undefined) assign(result, keys[index] ?? '', value);
    }
    return result;
  };
}

function assignOrdinary(target: Draft, key: string, value: unknown): void {
  target[key] = value;
}

/** A list; absent elements keep their position. */
export function arrayNode(nodes: readonly Node[]): Node {
  return (input, run) => {
    spend(run, nodes.length + 1);
    return nodes.map((node) => node(input, run));
  };
}
