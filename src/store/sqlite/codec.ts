/** Between the store's values and text columns. It must not know any table. */

/** The column text of a value. */
export function encode(value: unknown): string {
  return JSON.stringify(value);
}

/** The value that `encode` was given: only for columns that this store wrote itself, hence trusted. */
export function decode<T>(text: string): T {
  return JSON.parse(text);
}
