/** On what both call valid, and outside the peer's listed defects, the peer's engines and ours give the same. */
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFql, validate } from '../../src/blueprint/fql.ts';
import { transform } from '../../src/blueprint/mapping-kit.ts';

const require = createRequire(import.meta.url);
/** CommonJS packages whose types ask for more than they ship. */
const kit: { transform(mapping: unknown, data: unknown): unknown } = require('@segment/actions-core');
const subscriptions: {
  parseFql(text: string): unknown;
  validate(ast: unknown, event: unknown): boolean;
} = require('@segment/destination-subscriptions');

const numRuns = Number(process.env['SOAK_RUNS'] ?? 3_000);

/** Members that every generated event has: paths through them meet objects only, as the two engines differ elsewhere. */
const event = fc
  .record({
    userId: fc.constantFrom('u-1', 'U 2'),
    traits: fc.record({
      name: fc.constantFrom('Ada Byron', 'x', 'İpek'),
      score: fc.integer({ min: -5, max: 5 }),
      active: fc.boolean(),
      phone: fc.constantFrom(null, '+1 555', ''),
      tags: fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }),
      json: fc.constantFrom('{"a":1}', '[1]', '{oops'),
      address: fc.record({
        city: fc.constantFrom('Oslo', null),
        geo: fc.record({ lat: fc.double({ noNaN: true }) }),
      }),
    }),
    properties: fc.record({
      total: fc.constantFrom(1, 20, 20.5, '20'),
      lines: fc.array(
        fc.record({ sku: fc.constantFrom('L-1', 'L-2'), count: fc.integer() }, { requiredKeys: ['sku'] }),
        { maxLength: 3 },
      ),
    }),
  })
  // Ordinary prototypes: the peer cannot print objects without one.
  .map((each) => structuredClone(each));

const paths = [
  'userId',
  'traits.name',
  'traits.score',
  'traits.active',
  'traits.phone',
  'traits.tags',
  'traits.address',
  'traits.address.geo.lat',
  'properties.total',
  'properties.lines',
  'properties.lines[0].sku',
  'traits.none',
  'none',
];
const path = fc.constantFrom(...paths).chain((written) => fc.constantFrom(written, `$.${written}`));
const atPath = path.map((written) => ({ '@path': written }));
const text = fc.constantFrom('$.userId', '$.traits.name').map((written) => ({ '@path': written }));
const object = fc
  .constantFrom('$.traits', '$.traits.address', '$.properties')
  .map((written) => ({ '@path': written }));
const raw = fc.constantFrom<unknown>('x', 5, true, ['a', 1], { k: 'v' });
const choice = (test: string, of: unknown, first: unknown, second: unknown): unknown => ({
  '@if': Object.fromEntries([
    [test, of],
    ['then', first],
    ['else', second],
  ]),
});

const { value } = fc.letrec((tie) => {
  const inner = tie('value');
  return {
    value: fc.oneof(
      { maxDepth: 3 },
      atPath,
      raw,
      inner.map((each) => ({ '@literal': each })),
      fc
        .array(fc.constantFrom(...paths), { maxLength: 3 })
        .map((names) => ({ '@template': `-${names.map((name) => `{{ ${name} }}{{{${name}}}}`).join(' ')}` })),
      fc.tuple(atPath, inner, inner).map(([of, first, second]) => choice('exists', of, first, second)),
      fc.tuple(text, inner, inner).map(([of, first, second]) => choice('blank', of, first, second)),
      fc
        .tuple(fc.constantFrom('lower', 'upper'), atPath)
        .map(([operator, of]) => ({ '@case': { operator, value: of } })),
      fc
        .record({
          pattern: fc.constantFrom('a', '.', ' ', 'A', 'U-1'),
          replacement: fc.constantFrom('', '*', 'yy'),
          ignorecase: fc.boolean(),
          global: fc.boolean(),
          value: text,
        })
        .map((parts) => ({ '@replace': parts })),
      fc.constantFrom(
        { '@arrayPath': ['$.properties.lines', { id: { '@path': '$.sku' }, n: { '@path': 'count' } }] },
        { '@arrayPath': ['$.properties.lines'] },
        { '@arrayPath': [{ '@path': '$.traits.address' }, { '@path': '$.city' }] },
      ),
      fc
        .tuple(
          fc.constantFrom('encode', 'decode'),
          fc.oneof(atPath, fc.constant({ '@path': '$.traits.json' })),
        )
        .map(([mode, of]) => ({ '@json': { mode, value: of } })),
      fc
        .tuple(object, fc.constantFrom('.', '_'), fc.boolean())
        .map(([of, separator, omitArrays]) => ({ '@flatten': { value: of, separator, omitArrays } })),
      fc
        .tuple(fc.array(object, { maxLength: 3 }), fc.constantFrom('left', 'right'))
        .map(([objects, direction]) => ({ '@merge': { objects, direction } })),
      inner.map((each) => ({
        '@transform': {
          apply: { x: each, y: { '@path': '$.userId' } },
          mapping: { z: { '@path': '$.x' }, y: { '@path': '$.y' } },
        },
      })),
      inner.map((each) => ({ '@excludeWhenNull': each })),
      fc
        .constantFrom(
          '{{ traits.name | upcase }}',
          '{% if traits.active %}yes{% else %}no{% endif %}',
          '{{ traits.tags | join: "+" }}{{ traits.none | default: "?" }}',
        )
        .map((template) => ({ '@liquid': template })),
      fc.array(inner, { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', 'b'), inner),
    ),
  };
});

describe('the mapping language', () => {
  it("gives the peer's results on valid mappings", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('p', 'q', 'r'), value), event, (mapping, data) => {
        expect(transform(mapping, data)).toEqual(kit.transform(structuredClone(mapping), data));
      }),
      { numRuns },
    );
  });
});

describe('the trigger language', () => {
  const comparison = fc.constantFrom(
    'type = "track"',
    'type != "page"',
    'event = "A b"',
    'event != "A b"',
    'userId = null',
    'userId != null',
    'properties.total = 20',
    'properties.total != 20',
    'properties.total >= 20',
    'properties.total < "20"',
    'traits.name = "x"',
    'traits.active = true',
    'traits.active = false',
    'traits.none = null',
    'traits.none != null',
    'context.a.b != "x"',
  );
  const call = fc.constantFrom(
    'contains(traits.name, "B")',
    '!contains(traits.name, "B")',
    'match(event, "A*")',
    'match(traits.name, "*n")',
    '!match(event, "A*")',
    '!match(traits.none, "*n")',
  );
  const joined = (word: string, each: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.array(each, { minLength: 1, maxLength: 4 }).map((all) => all.join(` ${word} `));
  const flat = (each: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.oneof(joined('and', each), joined('or', each));
  const condition = fc.oneof(comparison, call);
  // The peer takes the parenthesis of a call for the end of the group around it.
  const written = fc.oneof(
    flat(condition),
    fc.tuple(condition, flat(comparison)).map(([first, rest]) => `${first} and (${rest})`),
  );

  it("gives the peer's answers and trees on valid triggers", () => {
    const tracked = fc
      .tuple(event, fc.constantFrom('track', 'page'), fc.constantFrom('A b', 'Abc', 'x'))
      .map(([data, type, name]) => ({ ...data, type, event: name }));
    fc.assert(
      fc.property(written, tracked, (fql, data) => {
        expect(validate(parseFql(fql), data)).toBe(subscriptions.validate(subscriptions.parseFql(fql), data));
        expect(parseFql(fql)).toEqual(subscriptions.parseFql(fql));
      }),
      { numRuns },
    );
  });
});
