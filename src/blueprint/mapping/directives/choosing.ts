/** The directives that read and choose: `@path`, `@literal`, `@if`, `@excludeWhenNull`. */
import { put } from '../../../event/json.ts';
import { parsePath, readPath } from '../../../event/path.ts';
import { absent, type Node, pathNode } from '../nodes.ts';
import { MAX_PATH_LENGTH, type Run, runFailure, STEPS_PER_KEY, spend } from '../run.ts';
import { anyValue, isDirective, kindOf, type Site } from '../site.ts';
import { type Draft, deeper, isBlank, isPlainObject } from '../values.ts';

/** `@path`: the value at a path, which is written or given by a directive. */
export function compilePath(value: unknown, site: Site): Node {
  if (typeof value === 'string') return compileWrittenPath(value, site);
  if (!isDirective(value)) {
    site.report(`should be a string or a directive but it is ${kindOf(value)}`);
    return absent;
  }
  const inner = site.value(value);
  return (input, run) => {
    const path = givenText('@path', inner(input, run));
    if (path.length > MAX_PATH_LENGTH)
      throw runFailure('@path', `the path is longer than ${MAX_PATH_LENGTH} characters`);
    spend(run, path.length + 1);
    run.passedOn = true;
    return readPath(input, parsePath(path));
  };
}

export function compileWrittenPath(text: string, site: Site): Node {
  if (text.length > MAX_PATH_LENGTH) {
    site.report(`should be a path of ${MAX_PATH_LENGTH} or fewer characters`);
    return absent;
  }
  site.reads(text);
  return pathNode(parsePath(text));
}

/** What an inner directive gave where a text is needed. */
export function givenText(directive: string, value: unknown): string {
  if (typeof value !== 'string') throw runFailure(directive, `expected a string, got ${kindOf(value)}`);
  return value;
}

/** `@literal`: the value itself; directives inside it are resolved, but not listed as reads. */
export function compileLiteral(value: unknown, site: Site): Node {
  return site.unlisted().value(value);
}

/** `@if`: `exists` is true for all but absent and null; `blank` is true for what is *not* blank, as its users know it. */
export function compileIf(value: unknown, site: Site): Node {
  // biome-ignore lint/suspicious/noThenProperty: the language's own word; the object is never awaited.
  const parts = site.fields(value, { exists: anyValue, blank: anyValue, then: anyValue, else: anyValue });
  if (parts === undefined) return absent;
  const subject = parts.exists ?? parts.blank;
  if (subject === undefined) {
    site.report('should have the field "exists" or "blank"');
    return absent;
  }
  const isMet = parts.exists === undefined ? (found: unknown) => !isBlank(found) : isThere;
  const met = parts.then ?? absent;
  const unmet = parts.else ?? absent;
  return (input, run) => {
    const found = subject(input, run);
    spend(run, typeof found === 'string' ? 1 + (found.length >> 4) : 1);
    return isMet(found) ? met(input, run) : unmet(input, run);
  };
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** `@excludeWhenNull`: null becomes absent, also inside nested plain objects; lists are left alone. */
export function compileExcludeWhenNull(value: unknown, site: Site): Node {
  const inner = site.value(value);
  return (input, run) => {
    const found = inner(input, run);
    return found === null ? undefined : withoutNulls(found, run, 0);
  };
}

function withoutNulls(value: unknown, run: Run, depth: number): unknown {
  if (!isPlainObject(value)) return value;
  deeper('@excludeWhenNull', depth);
  const keys = Object.keys(value);
  spend(run, keys.length * STEPS_PER_KEY + 1);
  const result: Draft = {};
  for (const key of keys) {
    if (value[key] !== null) put(result, key, withoutNulls(value[key], run, depth + 1));
  }
  return result;
}
