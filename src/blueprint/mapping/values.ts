/** Looking at and copying JSON values within bounds. It must not know any directive. */
import { isObject, put } from '../../event/json.ts';
import { MAX_VALUE_DEPTH, type Run, runFailure, STEPS_PER_KEY, spend } from './run.ts';

/** Objects that a mapping builds: filled here, read-only for everybody else. */
export type Draft = Record<string, unknown>;

/** True for objects as JSON and object literals make them; dates, maps and instances of classes are not plain. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** True for what a condition calls blank: absent, null, and text without a visible character. */
export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && !/\S/.test(value));
}

/** The text that a template inserts for a value. Objects are `[object Object]`, arrays are joined with commas. */
export function textOf(value: unknown, run: Run, depth = 0): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') {
    spend(run, value.length >> 5);
    return value;
  }
  if (Array.isArray(value)) {
    deeper('mapping', depth);
    spend(run, value.length);
    return value.map((item) => textOf(item, run, depth + 1)).join(',');
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : String(value);
  return typeof value === 'object' ? '[object Object]' : String(value);
}

/**
 * Removes absent values inside objects, at every depth, and counts the whole value against the budget, so that no
 * output grows beyond it. A value that holds none is returned as it is; the input is never changed.
 */
export function settle(value: unknown, run: Run, depth = 0): unknown {
  if (typeof value === 'string') spend(run, value.length >> 5);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return settleArray(value, run, depth);
  return isPlainObject(value) ? settleObject(value, run, depth) : value;
}

function settleArray(list: readonly unknown[], run: Run, depth: number): readonly unknown[] {
  deeper('mapping', depth);
  spend(run, list.length);
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const settled = settle(list[index], run, depth + 1);
    if (settled === list[index] && copy === undefined) continue;
    copy ??= list.slice();
    copy[index] = settled;
  }
  return copy ?? list;
}

function settleObject(object: Readonly<Record<string, unknown>>, run: Run, depth: number): unknown {
  deeper('mapping', depth);
  const keys = Object.keys(object);
  spend(run, keys.length * STEPS_PER_KEY);
  let isSame = true;
  const settled = keys.map((key) => {
    const value = settle(object[key], run, depth + 1);
    if (value === undefined || value !== object[key]) isSame = false;
    return value;
  });
  if (isSame) return object;
  const copy: Draft = {};
  for (const [index, key] of keys.entries()) {
    if (settled[index] !== undefined) put(copy, key, settled[index]);
  }
  return copy;
}

/** Refuses values that nest deeper than anything honest does, before the stack would. */
export function deeper(directive: string, depth: number): void {
  if (depth > MAX_VALUE_DEPTH)
    throw runFailure(directive, `a value nests deeper than ${MAX_VALUE_DEPTH} levels`);
}
