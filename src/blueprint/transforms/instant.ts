/** Reading points in time, and writing them in a zone. It must not know the present time or this machine's zone. */

/** A point in time in milliseconds since 1970; `isDay` when only a calendar day was given, which no zone may shift. */
export interface Instant {
  readonly ms: number;
  readonly isDay: boolean;
}

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*([Zz]|[+-]\d\d(?::?\d\d)?)?)?$/;
/** Numbers below are seconds, from here on milliseconds: 1e11 seconds are in the year 5138. */
const FIRST_MILLISECONDS = 1e11;
/** The years 1 to 9999, which four digits can write. */
const EARLIEST_MS = -62_135_596_800_000;
const LATEST_MS = 253_402_300_799_999;

/** Reads ISO 8601 (without an offset: UTC) and Unix time in seconds or milliseconds, as a number or as digits. */
export function parseInstant(value: unknown): Instant | undefined {
  const found = typeof value === 'string' ? parseText(value.trim()) : fromNumber(value);
  return found !== undefined && found.ms >= EARLIEST_MS && found.ms <= LATEST_MS ? found : undefined;
}

function fromNumber(value: unknown): Instant | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  const ms = Math.abs(value) < FIRST_MILLISECONDS ? value * 1000 : value;
  return { ms: Math.trunc(ms), isDay: false };
}

function parseText(text: string): Instant | undefined {
  if (/^-?\d{1,14}(?:\.\d{1,9})?$/.test(text)) return fromNumber(Number(text));
  const parts = ISO.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, offset] = parts;
  const dayMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const date = new Date(dayMs);
  if (Number(year) < 100 || date.getUTCMonth() + 1 !== Number(month) || date.getUTCDate() !== Number(day))
    return undefined;
  if (hour === undefined) return { ms: dayMs, isDay: true };
  const [h, m, s] = [Number(hour), Number(minute), Number(second ?? 0)];
  if (h > 23 || m > 59 || s > 59) return undefined;
  const millis = Math.trunc(Number(`0.${fraction ?? 0}`) * 1000);
  return { ms: dayMs + ((h * 60 + m) * 60 + s) * 1000 + millis - offsetMs(offset), isDay: false };
}

function offsetMs(offset: string | undefined): number {
  if (offset === undefined || offset === 'Z' || offset === 'z') return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3).replace(':', '') || 0);
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** A point in time as the clock and calendar of a zone show it, two digits each, the year four; offset as `+02:00`. */
export interface ZonedTime {
  readonly YYYY: string;
  readonly MM: string;
  readonly DD: string;
  readonly HH: string;
  readonly mm: string;
  readonly ss: string;
  readonly offset: string;
}

/** How to show instants in a zone; undefined when there is no such zone. */
export function zoneClock(zone: string): ((instant: Instant) => ZonedTime) | undefined {
  const format = formatOf(zone);
  if (format === undefined) return undefined;
  const utc = formatOf('UTC') ?? format;
  return (instant) => zoned((instant.isDay ? utc : format).formatToParts(instant.ms));
}

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'longOffset',
    });
  } catch {
    // Intl has no other way to ask whether it knows a zone.
    return undefined;
  }
}

function zoned(parts: readonly Intl.DateTimeFormatPart[]): ZonedTime {
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((each) => each.type === type)?.value ?? '';
  const offset = part('timeZoneName').replace('GMT', '').slice(0, 6);
  return {
    YYYY: part('year').padStart(4, '0'),
    MM: part('month'),
    DD: part('day'),
    HH: part('hour'),
    mm: part('minute'),
    ss: part('second'),
    offset: offset === '' ? '+00:00' : offset,
  };
}
