/** Transforms of dates and times. */
import { type Instant, parseInstant, zoneClock } from './instant.ts';
import type { Prepared, Transform } from './transform.ts';

const ZONE_DOC = 'Time zone, for example Europe/Oslo. Default UTC.';
const COUNTS: Readonly<Record<string, (ms: number) => number>> = {
  epoch_seconds: (ms) => Math.floor(ms / 1000),
  epoch_millis: (ms) => ms,
  epoch_micros: (ms) => ms * 1000,
};
const TOKEN = /YYYY|MM|DD|HH|mm|ss/g;
/** Writing a time in a zone takes about as long as this many ordinary steps. */
const COST = 100;

export const TIME_TRANSFORMS: readonly Transform[] = [
  {
    name: 'date',
    doc: 'Writes a date or time as YYYY-MM-DD.',
    accepts: 'any',
    gives: 'text',
    cost: COST,
    format: { doc: ZONE_DOC },
    prepare: (format = 'UTC') => inZone(format, '{YYYY}-{MM}-{DD}'),
  },
  {
    name: 'datetime',
    doc: 'Writes a date or time in ISO 8601 with the offset of the zone: 2026-03-01T14:30:00+01:00.',
    accepts: 'any',
    gives: 'text',
    cost: COST,
    format: { doc: ZONE_DOC },
    prepare: (format = 'UTC') => inZone(format, '{YYYY}-{MM}-{DD}T{HH}:{mm}:{ss}{offset}'),
  },
  {
    name: 'date_format',
    doc: 'Writes a date or time in the form you choose.',
    accepts: 'any',
    gives: 'any',
    cost: COST,
    format: {
      doc: 'epoch_seconds, epoch_millis, epoch_micros, iso, or a pattern of YYYY MM DD HH mm ss, with a zone after @: "DD.MM.YYYY HH:mm @Europe/Oslo".',
      required: true,
    },
    prepare: (format = '') => prepareFormat(format),
  },
  {
    name: 'epoch',
    doc: 'Gives a date or time as whole seconds since 1970.',
    accepts: 'any',
    gives: 'number',
    prepare: () => prepareFormat('epoch_seconds'),
  },
];

function prepareFormat(format: string): Prepared {
  const count = Object.hasOwn(COUNTS, format) ? COUNTS[format] : undefined;
  if (count !== undefined) return ofInstant(({ ms }) => count(ms));
  if (format === 'iso') return ofInstant(({ ms }) => new Date(ms).toISOString());
  const at = format.lastIndexOf('@');
  const pattern = (at < 0 ? format : format.slice(0, at)).trim();
  const zone = at < 0 ? 'UTC' : format.slice(at + 1).trim();
  if (pattern.match(TOKEN) === null)
    return {
      reason: `format should be epoch_seconds, epoch_millis, epoch_micros, iso or a pattern such as YYYY-MM-DD, not "${format}"`,
    };
  return inZone(zone, pattern.replace(TOKEN, '{$&}'));
}

function inZone(zone: string, pattern: string): Prepared {
  const clock = zoneClock(zone);
  if (clock === undefined) return { reason: `there is no time zone "${zone}"` };
  return ofInstant((instant) => {
    const time = clock(instant);
    return pattern.replace(/\{(YYYY|MM|DD|HH|mm|ss|offset)\}/g, (_, name: keyof typeof time) => time[name]);
  });
}

function ofInstant(apply: (instant: Instant) => unknown): (value: unknown) => unknown {
  return (value) => {
    const instant = parseInstant(value);
    return instant === undefined ? undefined : apply(instant);
  };
}
