/** Reads answers of the management API by name. It must not know any route. */
import { isObject, own } from '../event/json.ts';

/** The text under a name; numbers and booleans as text; empty when there is none. */
export function textOf(row: unknown, name: string): string {
  const value = own(row, name);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

/** The list under a name; empty when there is none. */
export function listOf(row: unknown, name: string): readonly unknown[] {
  const value = own(row, name);
  return Array.isArray(value) ? value : [];
}

export { isObject, own };
