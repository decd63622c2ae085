/** Judging and freezing values in tests of this room. */

/** Freezes a value with all that it holds, so that a change throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}

/** True for values that JSON can hold, of ordinary prototypes, without absent properties (absent elements are allowed). */
export function isPlainJson(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.every(isPlainJson);
  if (typeof value !== 'object') return typeof value !== 'function' && typeof value !== 'symbol';
  return (
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.values(value).every((member) => member !== undefined && isPlainJson(member))
  );
}
