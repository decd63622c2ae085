/** Each named transform does what its sentence says, and gives nothing for what it makes no sense of. */
import { describe, expect, it } from 'vitest';
import { TRANSFORMS } from '../../src/blueprint/index.ts';

function run(name: string, value: unknown, format?: string): unknown {
  const apply = TRANSFORMS.get(name)?.prepare(format);
  if (typeof apply !== 'function') throw new Error(`${name} cannot be used: ${JSON.stringify(apply)}`);
  return apply(value);
}

const EXAMPLES: readonly (readonly [name: string, value: unknown, result: unknown, format?: string])[] = [
  ['normalize_email', '  Jane@Example.COM ', 'jane@example.com'],
  ['normalize_email', 'jane', undefined],
  ['e164', '+1 (555) 010-0000', '+15550100000'],
  ['e164', '22 33 44 55', '+4722334455', 'no'],
  ['e164', '22 33 44 55', undefined],
  ['e164', 'call me', undefined, 'US'],
  ['e164', '1'.repeat(100), undefined, 'US'],
  ['hash_sha256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['hash_sha256', {}, undefined],
  ['trim', '  a b ', 'a b'],
  ['collapse_spaces', ' a \n b ', 'a b'],
  ['lowercase', 'ÅB', 'åb'],
  ['uppercase', 'åb', 'ÅB'],
  ['title_case', "o'neill VAN der älv 2nd", "O'neill Van Der Älv 2nd"],
  ['snake_case', 'Order Completed', 'order_completed'],
  ['snake_case', 'orderCompleted2You', 'order_completed2_you'],
  ['snake_case', '!', undefined],
  ['first_word', ' Jane van Doe', 'Jane'],
  ['first_word', ' ', undefined],
  ['other_words', ' Jane van  Doe ', 'van Doe'],
  ['other_words', 'Jane', undefined],
  ['digits', '+47 22-33', '4722'.concat('33')],
  ['truncate', 'abcdef', 'abc', '3'],
  ['truncate', 'a👍🏽b', 'a👍', '2'],
  ['prefix', 5, 'nr 5', 'nr '],
  ['suffix', 'a', 'a!', '!'],
  ['to_string', true, 'true'],
  ['to_string', [1], undefined],
  ['to_number', '1,234.50', 1234.5],
  ['to_number', '1.234,50', 1234.5, 'comma'],
  ['to_number', ' -7 ', -7],
  ['to_number', '12a', undefined],
  ['to_number', '1,23', undefined],
  ['to_number', '', undefined],
  ['to_number', true, undefined],
  ['to_number', Number.POSITIVE_INFINITY, undefined],
  ['to_integer', '2.5', 3],
  ['to_integer', -2.5, -3],
  ['round', 1.005, 1.01],
  ['round', '2.345', 2.3, '1'],
  ['round', 1e21, undefined],
  ['to_cents', '19.99', 1999],
  ['to_cents', 1.005, 101],
  ['to_cents', '1,234.5', 123450],
  ['to_cents', '-0.005', -1],
  ['to_cents', 500, 500, '0'],
  ['to_cents', '.', undefined],
  ['to_boolean', ' Yes ', true],
  ['to_boolean', 0, false],
  ['to_boolean', 'maybe', undefined],
  ['date', '2026-03-01T23:30:00Z', '2026-03-02', 'Europe/Oslo'],
  ['date', '1990-05-12', '1990-05-12', 'America/New_York'],
  ['date', '2026-02-30', undefined],
  ['date', 'yesterday', undefined],
  ['datetime', '2026-07-01T12:00:00Z', '2026-07-01T14:00:00+02:00', 'Europe/Oslo'],
  ['datetime', 1_700_000_000, '2023-11-14T22:13:20+00:00'],
  ['datetime', '1700000000000', '2023-11-14T22:13:20+00:00'],
  ['datetime', '2026-01-01 10:00+05:30', '2026-01-01T04:30:00+00:00'],
  ['datetime', '2026-01-01T25:00', undefined],
  ['date_format', '2026-03-01T12:34:56.789Z', 1_772_368_496_789_000, 'epoch_micros'],
  ['date_format', '2026-03-01T12:34:56.789Z', 1_772_368_496_789, 'epoch_millis'],
  ['date_format', '2026-03-01T12:34:56.789Z', 1_772_368_496, 'epoch_seconds'],
  ['date_format', 1_772_368_496_789, '2026-03-01T12:34:56.789Z', 'iso'],
  ['date_format', '2026-03-01T23:34:56Z', '02.03.2026 00:34', 'DD.MM.YYYY HH:mm @Europe/Oslo'],
  ['epoch', '1969-12-31T23:59:59.500Z', -1],
  ['split', 'a, b,,c ', ['a', 'b', 'c']],
  ['split', 'a|b', ['a', 'b'], '|'],
  ['join', ['a', 1, null, { x: 1 }, true], 'a, 1, true'],
  ['join', ['a', 'b'], 'a||b', '||'],
  ['first', [1, 2], 1],
  ['first', 'x', 'x'],
  ['last', [1, 2], 2],
  ['slice', 'abcdef', 'bc', '1,3'],
  ['slice', [1, 2, 3], [3], '-1'],
  ['count', [1, 2], 2],
  ['count', 'x', 1],
  ['unique', ['a', 'b', 'a'], ['a', 'b']],
  ['pluck', [{ p: { n: 1 } }, {}, null, { p: { n: 2 } }], [1, 2], 'p.n'],
  ['json', { a: [1] }, '{"a":[1]}'],
  ['parse_json', '{"a":1}', { a: 1 }],
  ['parse_json', '{', undefined],
  ['url_host', 'https://shop.example.com:8443/a', 'shop.example.com:8443'],
  ['url_path', 'https://shop.example.com/a/b?c', '/a/b'],
  ['url_origin', 'https://shop.example.com/a', 'https://shop.example.com'],
  ['url_without_query', 'https://shop.example.com/a?b#c', 'https://shop.example.com/a'],
  ['url_without_query', 'mailto:a@b.c', undefined],
  ['url_query', 'https://a.example/?utm_source=x%20y', 'x y', 'utm_source'],
  ['url_query', 'https://a.example/', undefined, 'utm_source'],
  ['url_host', '/relative', undefined],
];

describe('the transform', () => {
  it.each(EXAMPLES.map(([name, value, result, format]) => ({ name, value, result, format })))(
    '$name of $value is $result (format $format)',
    ({ name, value, result, format }) => {
      expect(run(name, value, format)).toEqual(result);
    },
  );

  it.each([...TRANSFORMS.keys()])('%s has an example here, and a sentence', (name) => {
    expect(EXAMPLES.some(([each]) => each === name)).toBe(true);
    expect(TRANSFORMS.get(name)?.doc).toMatch(/^[A-Z].*\.$/);
  });

  it.each([
    ['e164', 'Norway', 'a country of two letters'],
    ['truncate', 'x', 'a number of characters'],
    ['to_number', 'german', '"point" or "comma"'],
    ['round', '11', 'a number of decimals'],
    ['to_cents', '-1', 'a number of decimals'],
    ['date', 'Mars/Olympus', 'no time zone "Mars/Olympus"'],
    ['date_format', 'short', 'a pattern such as YYYY-MM-DD'],
    ['split', '', 'should not be empty'],
    ['slice', 'a', 'a start and an end'],
  ])('%s refuses the format %j', (name, format, reason) => {
    expect(TRANSFORMS.get(name)?.prepare(format)).toEqual({ reason: expect.stringContaining(reason) });
  });

  it('gives nothing, and throws nothing, for values of the wrong kind', () => {
    for (const { name, format, prepare } of TRANSFORMS.values()) {
      const apply = prepare(format?.required ? FORMATS[name] : undefined);
      if (typeof apply !== 'function') throw new Error(`${name} needs a format in this test`);
      for (const value of [{}, [], [[]], '', 'x', 0, Number.NaN, true, false, { toString: 1 }])
        expect(() => apply(value)).not.toThrow();
    }
  });
});

/** A usable format for each transform that needs one. */
const FORMATS: Readonly<Record<string, string>> = {
  truncate: '3',
  prefix: 'a',
  suffix: 'a',
  date_format: 'iso',
  slice: '0,1',
  pluck: 'a',
  url_query: 'a',
};
