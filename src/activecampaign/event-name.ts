/** Event names as ActiveCampaign takes them: at most 32 characters of a small alphabet. It must not know which events there are. */
import { createHash } from 'node:crypto';

export const EVENT_NAME_MAX_LENGTH = 32;
const HASH_LENGTH = 6;

/**
 * The name that is sent: accents are dropped, other characters than letters, digits, space, `-` and `_` become `_`; what is
 * too long is cut and ends in a hash of the whole, so that two long names never meet and a name always gives the same.
 * Undefined when nothing usable is left.
 */
export function eventName(given: string): string | undefined {
  const plain = given
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9 _-]+/g, '_')
    .trim();
  if (!/[A-Za-z0-9]/.test(plain)) return undefined;
  if (plain.length <= EVENT_NAME_MAX_LENGTH) return plain;
  const hash = createHash('sha256').update(given).digest('hex').slice(0, HASH_LENGTH);
  return `${plain.slice(0, EVENT_NAME_MAX_LENGTH - HASH_LENGTH - 1).trimEnd()}_${hash}`;
}
