/** Reads the times that clients send, and corrects them by the difference of the clocks. It must not know what happened at those times. */

const ISO =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?:[Tt ]((?:[01]\d|2[0-3]):[0-5]\d)(:[0-5]\d)?(?:[.,](\d{1,9}))? ?([Zz]|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?$/;
/** As `toISOString` writes it, hence as most clients send it. */
const USUAL = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
const EPOCH_DIGITS = /^\d{12,14}$/;

/** Nothing that anybody sends happened earlier; a clock that says so was never set. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
/** What ISO text with four digits of year can say. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * Milliseconds since 1970, from ISO 8601 text (without a zone it counts as UTC; fractions beyond milliseconds are cut),
 * or from milliseconds as number or digits. Undefined for anything else.
 */
export function parseTime(value: unknown): number | undefined {
  if (typeof value === 'number') return inRange(Math.trunc(value));
  if (typeof value !== 'string') return undefined;
  if (USUAL.test(value)) return inRange(Date.parse(value));
  const text = value.trim();
  if (EPOCH_DIGITS.test(text)) return inRange(Number(text));
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, day = '', minutes = '00:00', seconds = ':00', fraction = '', zone = 'Z'] = match;
  return inRange(
    Date.parse(`${day}T${minutes}${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}${isoZone(zone)}`),
  );
}

function isoZone(zone: string): string {
  if (zone.toUpperCase() === 'Z') return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone.slice(0, 1)}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

function inRange(ms: number): number | undefined {
  return ms >= FIRST_MS && ms <= LAST_MS ? ms : undefined;
}

export interface CorrectedTime {
  readonly ms: number;
  /** True when the client's clocks made no sense and the time of receipt was taken. */
  readonly isImplausible: boolean;
}

/**
 * `receivedAt − (sentAt − original)`: the client's clock may be wrong, but not the time between event and sending.
 * Never later than receipt. Without `sentAt` the original time is taken as it is. What comes out earlier than the year
 * 2000 was said by a clock that was never set: the time of receipt is taken.
 */
export function correctTime(
  originalMs: number | undefined,
  sentAtMs: number | undefined,
  receivedAtMs: number,
): CorrectedTime {
  if (originalMs === undefined) return { ms: receivedAtMs, isImplausible: false };
  const ms = sentAtMs === undefined ? originalMs : receivedAtMs - (sentAtMs - originalMs);
  if (ms < EARLIEST_MS) return { ms: receivedAtMs, isImplausible: true };
  return { ms: Math.min(ms, receivedAtMs), isImplausible: false };
}
