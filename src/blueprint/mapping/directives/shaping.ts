/** The directives that build and take apart objects and lists: `@arrayPath`, `@json`, `@flatten`, `@merge`, `@transform`. */
import { isObject, put } from '../../../event/json.ts';
import { flatten } from '../flatten.ts';
import { absent, type Node } from '../nodes.ts';
import { type Run, runFailure, STEPS_PER_KEY, spend } from '../run.ts';
import {
  anyValue,
  boolean,
  isDirective,
  kindOf,
  objectOrDirective,
  type Part,
  type Site,
  string,
  word,
} from '../site.ts';
import { type Draft, isPlainObject, settle } from '../values.ts';
import { compileWrittenPath } from './choosing.ts';

/** `@arrayPath`: a list (or one object, as a list of one), each element through the shape with itself as the input. */
export function compileArrayPath(value: unknown, site: Site): Node {
  if (!Array.isArray(value)) {
    site.report(`should be an array but it is ${kindOf(value)}`);
    return absent;
  }
  const [path, shape]: unknown[] = value;
  if (value.length > 2) site.report(`should have one or two elements but it has ${value.length}`);
  const list = compileList(path, site.part(0));
  if (!isObject(shape) || Object.keys(shape).length === 0) return list;
  const each = site.part(1).value(shape);
  return (input, run) => {
    const found = list(input, run);
    const elements = Array.isArray(found) ? found : isPlainObject(found) ? [found] : undefined;
    if (elements === undefined) return found;
    spend(run, elements.length);
    return elements.map((element) => each(element, run));
  };
}

function compileList(path: unknown, site: Site): Node {
  if (typeof path === 'string') return compileWrittenPath(path, site);
  if (isDirective(path)) return site.value(path);
  site.report(`should be a string or a directive but it is ${kindOf(path)}`);
  return absent;
}

/** `@json`: to JSON text, or from it; text that is not JSON stays as it is. */
export function compileJson(value: unknown, site: Site): Node {
  const parts = site.fields(value, { mode: word('encode', 'decode'), value: anyValue }, ['mode', 'value']);
  const { mode, value: inner } = parts ?? {};
  if (inner === undefined) return absent;
  if (mode === 'decode') {
    return (input, run) => {
      const found = inner(input, run);
      if (typeof found !== 'string') return found;
      spend(run, 1 + found.length);
      run.passedOn = true;
      return decode(found);
    };
  }
  return (input, run) => {
    const found = settle(inner(input, run), run);
    const text = encode(found);
    spend(run, 1 + ((text?.length ?? 0) >> 3));
    return text;
  };
}

function decode(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function encode(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw runFailure('@json', 'the value cannot be written as JSON', cause);
  }
}

const MAX_SEPARATOR_LENGTH = 100;

/** `@flatten`: nested objects (and lists) as one flat object. */
export function compileFlatten(value: unknown, site: Site): Node {
  const separator = string(1, MAX_SEPARATOR_LENGTH);
  const parts = site.fields(value, { value: anyValue, separator, omitArrays: boolean }, [
    'value',
    'separator',
  ]);
  const inner = parts?.value;
  if (inner === undefined || parts?.separator === undefined) return absent;
  const style = { separator: parts.separator, omitArrays: parts.omitArrays ?? false };
  return (input, run) => flatten(inner(input, run), '', style, run);
}

/** Elements of `@merge`: each a plain object or a directive. */
const objects: Part<readonly Node[]> = (value, site) => {
  if (!Array.isArray(value)) {
    site.report(`should be an array but it is ${kindOf(value)}`);
    return undefined;
  }
  return value.map((each, index) => objectOrDirective(each, site.part(index)) ?? absent);
};

/** `@merge`: shallow; `right` lets the last object win, `left` the first. What is not a plain object is skipped. */
export function compileMerge(value: unknown, site: Site): Node {
  const parts = site.fields(value, { objects, direction: word('left', 'right') }, ['objects', 'direction']);
  if (parts?.objects === undefined) return absent;
  const ordered = parts.direction === 'left' ? parts.objects.toReversed() : parts.objects;
  return (input, run) => {
    const result: Draft = {};
    for (const node of ordered) mergeInto(result, node(input, run), run);
    return result;
  };
}

function mergeInto(result: Draft, found: unknown, run: Run): void {
  if (!isPlainObject(found)) return;
  const keys = Object.keys(found);
  spend(run, keys.length * STEPS_PER_KEY + 1);
  for (const key of keys) if (found[key] !== undefined) put(result, key, found[key]);
}

/** `@transform`: `apply` makes a new input out of the event, and `mapping` is resolved against it. */
export function compileTransform(value: unknown, site: Site): Node {
  const parts = site.fields(value, { apply: objectOrDirective, mapping: objectOrDirective }, [
    'apply',
    'mapping',
  ]);
  const { apply, mapping } = parts ?? {};
  if (apply === undefined || mapping === undefined) return absent;
  return (input, run) => mapping(settle(apply(input, run), run), run);
}
