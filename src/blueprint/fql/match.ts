/** From tree to a function that says whether an event matches. It must not know trigger text. */
import { isObject } from '../../event/json.ts';
import { parsePath, readPath } from '../../event/path.ts';
import { FIELDS, type FqlField, hasPath, MAX_FQL_DEPTH } from './ast.ts';

export type Matcher = (event: unknown) => boolean;

const never: Matcher = () => false;
/** One deeper than a text can nest: the root counts too. */
const MAX_TREE_DEPTH = MAX_FQL_DEPTH + 2;

/** Compiles any tree, also a hand-made one: what it does not know is false. */
export function matcher(node: unknown, depth = 0): Matcher {
  if (!isObject(node) || depth > MAX_TREE_DEPTH) return never;
  return node['type'] === 'group' ? groupMatcher(node, depth) : conditionMatcher(node);
}

function groupMatcher({ operator, children }: Readonly<Record<string, unknown>>, depth: number): Matcher {
  if (!Array.isArray(children)) return never;
  const tests = children.map((child) => matcher(child, depth + 1));
  const [only] = tests;
  if (operator !== 'and' && operator !== 'or') return never;
  if (only !== undefined && tests.length === 1) return only;
  return operator === 'and'
    ? (event) => tests.every((test) => test(event))
    : (event) => tests.some((test) => test(event));
}

function conditionMatcher({ type, name, operator, value }: Readonly<Record<string, unknown>>): Matcher {
  const test = valueTest(operator, value);
  if (!isField(type) || test === undefined) return never;
  if (!hasPath(type)) {
    const path = [FIELDS[type].member];
    return (event) => test(readPath(event, path));
  }
  if (typeof name !== 'string') return never;
  const path = [FIELDS[type].member, ...parsePathOfNames(name)];
  return (event) => test(readPath(event, path));
}

/** In a tree a dot always separates and brackets mean nothing. */
function parsePathOfNames(name: string): readonly string[] {
  return name.includes('[') ? name.split('.') : parsePath(name);
}

function isField(type: unknown): type is FqlField {
  return typeof type === 'string' && Object.hasOwn(FIELDS, type);
}

type Test = (found: unknown) => boolean;

function valueTest(operator: unknown, value: unknown): Test | undefined {
  switch (operator) {
    case '=':
      return equals(value);
    case '!=': {
      const test = equals(value);
      return (found) => !test(found);
    }
    case 'exists':
      return (found) => found !== undefined && found !== null;
    case 'not_exists':
      return (found) => found === undefined || found === null;
    case 'is_true':
      return (found) => found === true;
    case 'is_false':
      return (found) => found === false;
    default:
      return numberTest(operator, Number(value)) ?? textTest(operator, String(value));
  }
}

function equals(value: unknown): Test {
  const wanted = typeof value === 'boolean' ? value : String(value);
  return (found) => found === wanted;
}

function numberTest(operator: unknown, value: number): Test | undefined {
  switch (operator) {
    case '<':
      return (found) => typeof found === 'number' && found < value;
    case '<=':
      return (found) => typeof found === 'number' && found <= value;
    case '>':
      return (found) => typeof found === 'number' && found > value;
    case '>=':
      return (found) => typeof found === 'number' && found >= value;
    case 'number_equals':
      return (found) => typeof found === 'number' && found === value;
    case 'number_not_equals':
      return (found) => typeof found === 'number' && found !== value;
    default:
      return undefined;
  }
}

function textTest(operator: unknown, value: string): Test | undefined {
  switch (operator) {
    case 'contains':
      return (found) => typeof found === 'string' && found.includes(value);
    case 'not_contains':
      return (found) => typeof found === 'string' && !found.includes(value);
    case 'starts_with':
      return (found) => typeof found === 'string' && found.startsWith(value);
    case 'not_starts_with':
      return (found) => typeof found === 'string' && !found.startsWith(value);
    case 'ends_with':
      return (found) => typeof found === 'string' && found.endsWith(value);
    case 'not_ends_with':
      return (found) => typeof found === 'string' && !found.endsWith(value);
    default:
      return undefined;
  }
}
