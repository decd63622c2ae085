/** JSON as values. It must not know what any of them means. */

export type JsonPrimitive = string | number | boolean | null;
export type JsonValue = JsonPrimitive | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/** True for a plain object: not null, not an array. Arguments come from outside, hence `unknown`. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names that every object inherits; writing them plainly could reach a setter. */
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Writes an own property, whatever its name: `__proto__` and its kin become data and touch no prototype. */
export function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (INHERITED.has(key)) {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[key] = value;
  }
}

/** The own property of an object, or undefined. Inherited members (`constructor`, `__proto__`) are never seen. */
export function own(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
