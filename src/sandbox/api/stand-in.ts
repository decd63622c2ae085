/** Stand-ins for hashes whose making is the vendor's own: stable, of the right length, and cheap, for a page holds a hundred. */

const WORD_DIGITS = 8;

/** `length` hexadecimal digits that depend on the kind of row and its id alone. No secret, no security. */
export function standInHash(kind: string, id: number, length: number): string {
  let seed = id;
  for (let at = 0; at < kind.length; at += 1) seed = Math.imul(seed ^ kind.charCodeAt(at), 0x01000193);
  let digits = '';
  for (let word = 0; digits.length < length; word += 1) digits += mixed(seed + Math.imul(word, 0x9e3779b9));
  return digits.slice(0, length);
}

/** One well-mixed word: shifts and multiplications of the well-known 32-bit finaliser kind. */
function mixed(value: number): string {
  let word = value | 0;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return ((word ^ (word >>> 16)) >>> 0).toString(16).padStart(WORD_DIGITS, '0');
}
