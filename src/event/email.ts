/** The only maker of an `Email`. It must not know where addresses come from or go to. */

/** An address in the one form that every part of the program compares: trimmed, lower case, of valid shape. */
export type Email = string & { readonly __brand: 'Email' };

const MAX_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;
/** Local part: no white space, control characters, comma, semicolon, angle brackets; quotes and plus signs are allowed. */
const LOCAL = /^[^\s\p{Cc},;<>@]+$/u;
/** The common form, which is normal already: plain lower-case letters, nothing around them. */
const PLAIN =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const LABEL = /^[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?$/u;

/**
 * Normalises an address: white space around it is removed, letters become lower case.
 * Gives undefined for anything that is not one address (no `@`, empty parts, a domain without a dot, too long).
 */
export function parseEmail(value: unknown): Email | undefined {
  if (typeof value !== 'string') return undefined;
  if (value.length <= MAX_LENGTH && PLAIN.test(value)) return value as Email;
  const text = value.trim().toLowerCase();
  if (text.length > MAX_LENGTH) return undefined;
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  if (at < 1 || local.length > MAX_LOCAL_LENGTH || !LOCAL.test(local)) return undefined;
  const labels = text.slice(at + 1).split('.');
  if (labels.length < 2 || !labels.every((label) => label.length <= 63 && LABEL.test(label)))
    return undefined;
  return text as Email;
}
