/** Nested objects as one flat object; the engine of `@flatten`. It must not know any directive. */
import { put } from '../../event/json.ts';
import { type Run, STEPS_PER_KEY, spend } from './run.ts';
import { type Draft, deeper, isPlainObject } from './values.ts';

export interface FlattenStyle {
  readonly separator: string;
  /** Whether lists are kept as values instead of being taken apart by index. */
  readonly omitArrays: boolean;
}

/** Flattens objects and lists; anything else is returned as it is. Empty objects and lists disappear. */
export function flatten(value: unknown, prefix: string, style: FlattenStyle, run: Run): unknown {
  if (!isOpen(value, style)) return value;
  const result: Draft = {};
  flattenInto(result, value, prefix, style, run, 0);
  return result;
}

function flattenInto(
  result: Draft,
  value: object,
  prefix: string,
  style: FlattenStyle,
  run: Run,
  depth: number,
): void {
  deeper('@flatten', depth);
  for (const [key, member] of Object.entries(value)) {
    const name = prefix === '' ? key : `${prefix}${style.separator}${key}`;
    spend(run, 2 * STEPS_PER_KEY + (name.length >> 3));
    if (isOpen(member, style)) flattenInto(result, member, name, style, run, depth + 1);
    else if (member !== undefined) put(result, name, member);
  }
}

function isOpen(value: unknown, style: FlattenStyle): value is object {
  return isPlainObject(value) || (Array.isArray(value) && !style.omitArrays);
}
