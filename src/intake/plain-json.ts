/** Makes plain JSON within limits of a foreign value. It must not know what the value means. */
import { isObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { EVENT_LIMITS, type Refusal } from './rejection.ts';

/** What one event may use up, shared by all its parts; `refusal` is set by the first limit that broke. */
export interface CopyBudget {
  membersLeft: number;
  /** Never below the size of the JSON in bytes; cheap to keep, so that the exact size is seldom needed. */
  bytesAtMost: number;
  refusal: Refusal | undefined;
  /** Dotted places of strings that were cut. */
  readonly cut: string[];
  readonly place: string[];
}

export function newBudget(): CopyBudget {
  return { membersLeft: EVENT_LIMITS.members, bytesAtMost: 0, refusal: undefined, cut: [], place: [] };
}

/** An escaped UTF-16 unit takes at most six bytes of JSON (`\u0000`), a number at most 25. */
const BYTES_PER_UNIT = 6;
const BYTES_PER_SCALAR = 25;

/**
 * What stands under the name `name` of the event, as plain JSON: own enumerable members only, `__proto__` left out, so
 * that the result has no prototype but Object's; what JSON cannot say (functions, undefined, NaN) is left out or null as
 * in JSON.stringify. Where there is nothing to change the value itself is the result: JSON that was just parsed is not
 * copied. After a limit broke, the value is null and `budget.refusal` says why.
 */
export function plainJson(value: unknown, name: string, budget: CopyBudget): JsonValue {
  budget.place.push(name);
  const result = plain(value, budget) ?? null;
  budget.place.pop();
  return result;
}

function plain(value: unknown, budget: CopyBudget): JsonValue | undefined {
  switch (typeof value) {
    case 'string':
      return plainString(value, budget);
    case 'number':
      budget.bytesAtMost += BYTES_PER_SCALAR;
      return Number.isFinite(value) ? value : null;
    case 'boolean':
      budget.bytesAtMost += BYTES_PER_SCALAR;
      return value;
    case 'object':
      return value === null ? plainNull(budget) : plainNested(value, budget);
    default:
      return undefined;
  }
}

function plainNull(budget: CopyBudget): null {
  budget.bytesAtMost += BYTES_PER_SCALAR;
  return null;
}

function plainString(value: string, budget: CopyBudget): string {
  let text = value;
  if (text.length > EVENT_LIMITS.stringChars) {
    text = cutText(text, EVENT_LIMITS.stringChars);
    budget.cut.push(budget.place.join('.'));
  }
  budget.bytesAtMost += text.length * BYTES_PER_UNIT + 3;
  return text;
}

function plainNested(value: object, budget: CopyBudget): JsonValue {
  // The event itself is the first level, the part under `name` the second.
  if (budget.place.length >= EVENT_LIMITS.depth) return refuse(budget, 'EVENT_TOO_DEEP');
  budget.bytesAtMost += 3;
  if (Array.isArray(value)) return plainArray(value, budget);
  return isObject(value) ? plainObject(value, budget) : null;
}

function plainArray(items: readonly unknown[], budget: CopyBudget): JsonValue {
  budget.membersLeft -= items.length;
  if (budget.membersLeft < 0) return refuse(budget, 'EVENT_TOO_WIDE');
  const copied: JsonValue[] = [];
  let isChanged = false;
  for (let index = 0; index < items.length; index++) {
    budget.place.push(String(index));
    const item = plain(items[index], budget) ?? null;
    budget.place.pop();
    if (budget.refusal !== undefined) return null;
    copied.push(item);
    if (item !== items[index]) isChanged = true;
  }
  return isChanged ? copied : (items as readonly JsonValue[]);
}

function plainObject(source: Readonly<Record<string, unknown>>, budget: CopyBudget): JsonValue {
  const keys = Object.keys(source);
  let copied = Object.getPrototypeOf(source) === Object.prototype ? undefined : {};
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? '';
    const member = plainMember(source, key, budget);
    if (budget.refusal !== undefined) return null;
    if (key === '__proto__' || member !== source[key]) copied ??= members(source, keys.slice(0, index));
    if (copied !== undefined && member !== undefined) Object.assign(copied, { [key]: member });
  }
  return copied ?? (source as JsonObject);
}

function plainMember(
  source: Readonly<Record<string, unknown>>,
  key: string,
  budget: CopyBudget,
): JsonValue | undefined {
  if (key === '__proto__') return undefined;
  budget.membersLeft -= 1;
  if (budget.membersLeft < 0) return refuse(budget, 'EVENT_TOO_WIDE');
  budget.bytesAtMost += key.length * BYTES_PER_UNIT + 4;
  budget.place.push(key);
  const member = plain(source[key], budget);
  budget.place.pop();
  return member;
}

/** A new object with these members, which were found to be plain. */
function members(source: Readonly<Record<string, unknown>>, keys: readonly string[]): object {
  return Object.fromEntries(keys.map((key) => [key, source[key]]));
}

function refuse(budget: CopyBudget, code: 'EVENT_TOO_DEEP' | 'EVENT_TOO_WIDE'): null {
  const limit =
    code === 'EVENT_TOO_DEEP'
      ? `is nested deeper than ${EVENT_LIMITS.depth} levels`
      : `has more than ${EVENT_LIMITS.members} members and items`;
  budget.refusal ??= { code, message: `The event ${limit}.`, path: budget.place.slice(0, 4).join('.') };
  return null;
}

/** The first `units` UTF-16 units, without half a character at the end. */
function cutText(text: string, units: number): string {
  const last = text.charCodeAt(units - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? units - 1 : units);
}
