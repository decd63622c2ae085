/** The payload of a rule as a tree of targets, and the plan that fills it. It must not know actions or sources. */
import { put } from '../../event/json.ts';
import type { Path } from '../../event/path.ts';
import { absent, type Node } from '../mapping/nodes.ts';
import { type Run, STEPS_PER_KEY, spend } from '../mapping/run.ts';
import { type Draft, isBlank, isPlainObject } from '../mapping/values.ts';
import type { Change } from './transform-chain.ts';

/** One target: the nodes that can fill it, best first, and the targets below it. */
export class TargetTree {
  readonly #layers: Node[] = [];
  readonly #changes: Change[] = [];
  readonly #children = new Map<string, TargetTree>();
  #requiredAs: string | undefined;

  /** The target at a path below this one, made when it is not there yet. */
  at(path: Path): TargetTree {
    const [name, ...rest] = path;
    if (name === undefined) return this;
    const child = this.#children.get(name) ?? new TargetTree();
    this.#children.set(name, child);
    return child.at(rest);
  }

  /** Whether anything fills this target or one below it. */
  get isFilled(): boolean {
    return this.#layers.length > 0 || [...this.#children.values()].some((child) => child.isFilled);
  }

  has(name: string): boolean {
    return this.#children.get(name)?.isFilled ?? false;
  }

  /** Adds a node that is asked when those before it gave nothing. */
  fill(node: Node): void {
    this.#layers.push(node);
  }

  /** The payload is refused when this target stays empty; `name` is how the problem calls it. */
  require(name: string): void {
    this.#requiredAs = name;
  }

  change(change: Change): void {
    this.#changes.push(change);
  }

  /** The plan that fills this target; an object that would be empty is left out. */
  node(): Node {
    return changed(
      required(withChildren(firstOf(this.#layers), this.#childNodes()), this.#requiredAs),
      this.#changes,
    );
  }

  #childNodes(): readonly (readonly [string, Node])[] {
    return [...this.#children].map(([name, child]) => [name, child.node()] as const);
  }
}

function firstOf(nodes: readonly Node[]): Node {
  const [only] = nodes;
  if (only === undefined) return absent;
  if (nodes.length === 1) return only;
  return (input, run) => {
    for (const node of nodes) {
      const value = node(input, run);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

/** Members that are mapped by themselves are laid over an object that is mapped as a whole. */
function withChildren(whole: Node, children: readonly (readonly [string, Node])[]): Node {
  if (children.length === 0) return whole;
  return (input, run) => {
    const base = whole === absent ? undefined : whole(input, run);
    let result: Draft | undefined;
    for (const [name, node] of children) {
      const value = node(input, run);
      if (value === undefined) continue;
      result ??= copyOf(base, run);
      put(result, name, value);
    }
    return result ?? base;
  };
}

function copyOf(base: unknown, run: Run): Draft {
  const copy: Draft = {};
  if (!isPlainObject(base)) return copy;
  const keys = Object.keys(base);
  spend(run, keys.length * STEPS_PER_KEY);
  for (const key of keys) put(copy, key, base[key]);
  return copy;
}

function required(node: Node, name: string | undefined): Node {
  if (name === undefined) return node;
  return (input, run) => {
    const value = node(input, run);
    if (isBlank(value))
      run.problems.push({
        path: name,
        message: `The event has no value for "${name}", which the rule requires.`,
      });
    return value;
  };
}

function changed(node: Node, changes: readonly Change[]): Node {
  if (changes.length === 0) return node;
  return (input, run) => changes.reduce((value, change) => change(value, run), node(input, run));
}
