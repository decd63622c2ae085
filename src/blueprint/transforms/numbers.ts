/** Transforms of numbers and truth. Money never passes through binary fractions. */
import { type Apply, asText, type Transform } from './transform.ts';

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?$/;
const TRUE_WORDS = new Set(['true', 'yes', 'y', 'on', '1']);
const FALSE_WORDS = new Set(['false', 'no', 'n', 'off', '0', '']);
/** Longer texts are no amounts. */
const MAX_DIGITS = 40;

export const NUMBER_TRANSFORMS: readonly Transform[] = [
  {
    name: 'to_number',
    doc: 'Reads a text such as "1,234.50" as a number; gives nothing for what is none.',
    accepts: 'text',
    gives: 'number',
    format: { doc: '"point" (default) for 1,234.50 or "comma" for 1.234,50.' },
    prepare: (format = 'point') =>
      format === 'point' || format === 'comma'
        ? (value) => asNumber(value, format)
        : { reason: `format should be "point" or "comma", not "${format}"` },
  },
  {
    name: 'to_integer',
    doc: 'Rounds to a whole number, halves away from zero.',
    accepts: 'text',
    gives: 'number',
    prepare: () => roundTo(0),
  },
  {
    name: 'round',
    doc: 'Rounds to a number of decimals, halves away from zero.',
    accepts: 'text',
    gives: 'number',
    format: { doc: 'How many decimals, 0 to 10. Default 2.' },
    prepare: (format = '2') => {
      const decimals = decimalsOf(format);
      return decimals === undefined ? { reason: noDecimals(format) } : roundTo(decimals);
    },
  },
  {
    name: 'to_cents',
    doc: 'Turns an amount into whole minor units: 19.99 → 1999, halves away from zero.',
    accepts: 'text',
    gives: 'number',
    format: { doc: 'How many decimals the currency has, 0 to 10. Default 2.' },
    prepare: (format = '2') => {
      const decimals = decimalsOf(format);
      return decimals === undefined ? { reason: noDecimals(format) } : (value) => shifted(value, decimals);
    },
  },
  {
    name: 'to_boolean',
    doc: 'Reads yes/no, true/false, on/off, y/n and 1/0 as true or false; gives nothing for anything else.',
    accepts: 'text',
    gives: 'boolean',
    prepare: () => (value) => {
      const word = asText(value)?.trim().toLowerCase();
      if (word === undefined) return undefined;
      if (TRUE_WORDS.has(word)) return true;
      return FALSE_WORDS.has(word) ? false : undefined;
    },
  },
];

function decimalsOf(format: string): number | undefined {
  return /^(?:\d|10)$/.test(format) ? Number(format) : undefined;
}

function noDecimals(format: string): string {
  return `format should be a number of decimals from 0 to 10, not "${format}"`;
}

/** Grouping marks are taken out only where they stand between groups of three digits. */
function asNumber(value: unknown, format: 'point' | 'comma'): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const text = asText(value)?.trim();
  if (text === undefined || typeof value === 'boolean' || text.length > MAX_DIGITS) return undefined;
  const plain = format === 'point' ? text : text.replace(/[.,]/g, (mark) => (mark === '.' ? ',' : '.'));
  const ungrouped = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/.test(plain) ? plain.replaceAll(',', '') : plain;
  const isNumber = DECIMAL.test(ungrouped) && /\d/.test(ungrouped);
  return isNumber ? Number(ungrouped) : undefined;
}

function roundTo(decimals: number): Apply {
  return (value) => {
    const units = shifted(value, decimals);
    return units === undefined ? undefined : Number(`${units}e-${decimals}`);
  };
}

/** The amount times ten to the power of `decimals`, rounded half away from zero, by its digits alone. */
function shifted(value: unknown, decimals: number): number | undefined {
  const number = asNumber(value, 'point');
  if (number === undefined) return undefined;
  const text = typeof value === 'string' ? value.trim().replaceAll(',', '') : String(number);
  const parts = DECIMAL.exec(text);
  if (parts === null) return undefined;
  const [, sign = '', whole = '', fraction = ''] = parts;
  const kept = fraction.slice(0, decimals).padEnd(decimals, '0');
  const units = BigInt(`${whole}${kept}` || '0') + (Number(fraction[decimals] ?? '0') >= 5 ? 1n : 0n);
  const result = Number(units);
  if (!Number.isSafeInteger(result)) return undefined;
  return sign === '-' && result !== 0 ? -result : result;
}
