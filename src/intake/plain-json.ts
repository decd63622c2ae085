/** Copies a foreign value into plain JSON within limits. It must not know what the value means. */
import type { JsonValue } from '../event/json.ts';
import { EVENT_LIMITS, type Refusal } from './rejection.ts';

/** What one event may use up, shared by all its parts; `refusal` is set by the first limit that broke. */
export interface CopyBudget {
  membersLeft: number;
  /** Never below the size of the copied JSON in bytes; cheap to keep, so that the exact size is seldom needed. */
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
 * Copies under the name `name` of the event: own enumerable members only, `__proto__` left out, so that the result has
 * no prototype but Object's; what JSON cannot say (functions, undefined, NaN) is left out or null as in JSON.stringify.
 * After a limit broke, the value is null and `budget.refusal` says why.
 */
export function copyJson(value: unknown, name: string, budget: CopyBudget): JsonValue {
  budget.place.push(name);
  const copied = copy(value, budget) ?? null;
  budget.place.pop();
  return copied;
}

function copy(value: unknown, budget: CopyBudget): JsonValue | undefined {
  switch (typeof value) {
    case 'string':
      return copyString(value, budget);
    case 'number':
      budget.bytesAtMost += BYTES_PER_SCALAR;
      return Number.isFinite(value) ? value : null;
    case 'boolean':
      budget.bytesAtMost += BYTES_PER_SCALAR;
      return value;
    case 'object':
      return value === null ? copyNull(budget) : copyNested(value, budget);
    default:
      return undefined;
  }
}

function copyNull(budget: CopyBudget): null {
  budget.bytesAtMost += BYTES_PER_SCALAR;
  return null;
}

function copyString(value: string, budget: CopyBudget): string {
  let text = value;
  if (text.length > EVENT_LIMITS.stringChars) {
    text = cutText(text, EVENT_LIMITS.stringChars);
    budget.cut.push(budget.place.join('.'));
  }
  budget.bytesAtMost += text.length * BYTES_PER_UNIT + 3;
  return text;
}

function copyNested(value: object, budget: CopyBudget): JsonValue {
  // The event itself is the first level, the part under `name` the second.
  if (budget.place.length >= EVENT_LIMITS.depth) return refuse(budget, 'EVENT_TOO_DEEP');
  budget.bytesAtMost += 3;
  return Array.isArray(value) ? copyArray(value, budget) : copyObject(value, budget);
}

function copyArray(items: readonly unknown[], budget: CopyBudget): JsonValue {
  budget.membersLeft -= items.length;
  if (budget.membersLeft < 0) return refuse(budget, 'EVENT_TOO_WIDE');
  const copied: JsonValue[] = [];
  for (let index = 0; index < items.length; index++) {
    budget.place.push(String(index));
    copied.push(copy(items[index], budget) ?? null);
    budget.place.pop();
    if (budget.refusal !== undefined) return null;
  }
  return copied;
}

function copyObject(source: object, budget: CopyBudget): JsonValue {
  const copied: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(source)) {
    if (key === '__proto__') continue;
    budget.membersLeft -= 1;
    if (budget.membersLeft < 0) return refuse(budget, 'EVENT_TOO_WIDE');
    budget.bytesAtMost += key.length * BYTES_PER_UNIT + 4;
    budget.place.push(key);
    const member = copy(value, budget);
    budget.place.pop();
    if (budget.refusal !== undefined) return null;
    if (member !== undefined) copied[key] = member;
  }
  return copied;
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
