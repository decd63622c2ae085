/** Times of clients: what is read, and how clocks that are wrong are corrected. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correctTime, parseTime } from '../../src/intake/wire-time.ts';

const utc = (text: string): number => Date.parse(text);

describe('a time', () => {
  const readable: readonly (readonly [unknown, string])[] = [
    ['2024-02-29T10:11:12.345Z', '2024-02-29T10:11:12.345Z'],
    ['2024-02-29t10:11:12z', '2024-02-29T10:11:12.000Z'],
    ['2024-02-29 10:11:12', '2024-02-29T10:11:12.000Z'],
    ['2024-02-29T10:11', '2024-02-29T10:11:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2024-02-29T10:11:12.345678901Z', '2024-02-29T10:11:12.345Z'],
    ['2024-02-29T10:11:12,5Z', '2024-02-29T10:11:12.500Z'],
    ['2024-02-29T10:11:12+05:30', '2024-02-29T04:41:12.000Z'],
    ['2024-02-29T10:11:12-0800', '2024-02-29T18:11:12.000Z'],
    ['2024-02-29T10:11:12 +01', '2024-02-29T09:11:12.000Z'],
    [' 2024-02-29T10:11:12Z ', '2024-02-29T10:11:12.000Z'],
    [1_709_201_472_345.9, '2024-02-29T10:11:12.345Z'],
    ['1709201472345', '2024-02-29T10:11:12.345Z'],
    [0, '1970-01-01T00:00:00.000Z'],
  ];
  it.each(readable)('%j is %s', (value, expected) => {
    expect(parseTime(value)).toBe(utc(expected));
  });

  const unreadable: readonly (readonly [string, unknown])[] = [
    ...['', 'now', '2024', '29.02.2024', '2024-13-01', '2024-02-32', '2024-02-29T25:00', '2024-02-29T10:61'],
    ...['Thu, 29 Feb 2024 10:11:12 GMT', '1709201472', '2024-02-29T10:11:12+25:00'],
    ...[1e18, -1e18, Number.NaN, Number.POSITIVE_INFINITY, {}, [], null, true],
  ].map((value) => [String(value), value]);
  const long: readonly (readonly [string, unknown])[] = [
    ['long text', 'x'.repeat(100_000)],
    ['long white space', ' '.repeat(100_000)],
    ['a long fraction', `2024-02-29T10:11:12.${'1'.repeat(100_000)}`],
  ];
  it.each([...unreadable, ...long])('"%s" is none', (_name, value) => {
    expect(parseTime(value)).toBeUndefined();
  });

  it('reads back every time that JavaScript writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (ms) => {
        expect(parseTime(new Date(ms).toISOString())).toBe(ms);
        expect(parseTime(ms)).toBe(ms);
      }),
    );
  });
});

describe('the correction', () => {
  const received = utc('2026-03-01T12:00:00Z');
  const hour = 3_600_000;
  const table: readonly (readonly [string, number | undefined, number | undefined, number, boolean])[] = [
    ['takes the receipt where nothing is said', undefined, undefined, received, false],
    ['takes the receipt where only the sending is said', undefined, received - hour, received, false],
    ['believes a time without sentAt', received - hour, undefined, received - hour, false],
    ['never lets a future clock past the receipt', received + hour, undefined, received, false],
    ['mends a clock that is a day fast', received + 23 * hour, received + 24 * hour, received - hour, false],
    ['mends a clock that is a day slow', received - 25 * hour, received - 24 * hour, received - hour, false],
    ['mends a clock that began at 1970', 5_000, 5_000 + hour, received - hour, false],
    ['takes the receipt where the clock jumped from 1970 in between', 5_000, received, received, true],
    ['takes the receipt for a time before 2000 without sentAt', 5_000, undefined, received, true],
    ['takes the receipt for a time after its own sending', received, received - hour, received, false],
    [
      'keeps an old event of an import',
      utc('2019-05-01T00:00:00Z'),
      received,
      utc('2019-05-01T00:00:00Z'),
      false,
    ],
  ];
  it.each(table)('%s', (_claim, original, sentAt, ms, isImplausible) => {
    expect(correctTime(original, sentAt, received)).toEqual({ ms, isImplausible });
  });

  it('never gives a time after the receipt, whatever the clocks say', () => {
    const time = fc.option(fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }), {
      nil: undefined,
    });
    fc.assert(
      fc.property(time, time, (original, sentAt) => {
        const { ms } = correctTime(original, sentAt, received);
        expect(ms).toBeLessThanOrEqual(received);
        expect(() => new Date(ms).toISOString()).not.toThrow();
      }),
    );
  });
});
