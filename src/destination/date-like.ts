/** Reads times in the forms that events carry. It must not know what they date. */

/** Unix times below this are seconds, from it on milliseconds (as seconds it would be the year 5138). */
const MILLISECONDS_FROM = 100_000_000_000;
const MAX_TIME_MS = 8_640_000_000_000_000;

/**
 * Milliseconds since 1970 of ISO text or another text that says a date, of Unix seconds or milliseconds (as number or text).
 * Undefined for anything else. A text without an offset is read as UTC.
 */
export function parseTime(value: unknown): number | undefined {
  if (typeof value === 'number') return ofUnix(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^[+-]?\d+(\.\d+)?$/.test(text) && !/^\d{4}$/.test(text)) return ofUnix(Number(text));
  if (text.length > 64 || !/\d/.test(text)) return undefined;
  const local = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)$/.exec(text);
  const atMs = Date.parse(local === null ? text : `${local[1]}T${local[2]}Z`);
  return Number.isNaN(atMs) ? undefined : atMs;
}

function ofUnix(value: number): number | undefined {
  const atMs = Math.abs(value) < MILLISECONDS_FROM ? value * 1_000 : value;
  return Number.isFinite(atMs) && Math.abs(atMs) <= MAX_TIME_MS ? Math.round(atMs) : undefined;
}
