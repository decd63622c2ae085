/** Makes ids. It must not know what they name. */

/** A random UUID v4. Written out because crypto.randomUUID is absent from pages served over plain http. */
export function newId(): string {
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  // The version is 4; of the four variants that the standard allows, always the one written "a".
  return hex.join('').replace(/(.{8})(.{4}).(.{3}).(.{3})/, '$1-$2-4$3-a$4-');
}
