/** Whatever strangers write as a mapping or send as an event, nothing is hurt. SOAK_RUNS sets how often it is tried. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileBlueprint } from '../../src/blueprint/index.ts';
import { compile, getFieldValueKeys, validate } from '../../src/blueprint/mapping-kit.ts';
import { Failure } from '../../src/event/failure.ts';
import { ACTIONS } from './actions.ts';
import { deepFreeze, isPlainJson } from './values.ts';

const numRuns = Number(process.env['SOAK_RUNS'] ?? 20_000);

const key = fc.constantFrom(
  'a',
  'b',
  'c',
  '0',
  'length',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'a.b',
  '@path',
  '',
);
const path = fc.oneof(
  fc.constantFrom(
    '$.a',
    'a.b',
    'a[0].c',
    '$.',
    '$',
    "$['a.b']",
    '__proto__.polluted',
    'constructor.prototype',
    'a.__proto__',
    'a.length',
    'toString.name',
    '[[[',
    '',
  ),
  fc.array(key, { maxLength: 4 }).map((names) => names.join('.')),
);
const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    '',
    'x',
    ' ',
    '{{a}}',
    '{{{__proto__}}}',
    '{"__proto__":{"polluted":1}}',
    '[1,{"a":2}]',
    -1.5,
  ),
  fc.string({ maxLength: 6 }),
);

const { event } = fc.letrec((tie) => ({
  event: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('event'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('event')), { maxLength: 4 }).map(fromEntries),
  ),
}));

/** Own properties also for `__proto__`, as JSON.parse makes them. */
function fromEntries(entries: [string, unknown][]): object {
  return JSON.parse(
    `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`,
  );
}

const liquid = fc.constantFrom(
  '{{ a.b | upcase }}',
  '{{ __proto__.x }}{{ constructor }}',
  '{% if a %}x{% endif %}',
  '{{ a | json | split: "," | join: "-" }}',
  '{% for x in a %}{% endfor %}',
  '{{',
  '{{ a | where: "c" }}',
  '{{ a | date: "%Y" }}',
);
const short = fc.constantFrom('a', '$', '.', '$&', '', 'abcdefghijk', '\\');
const record = (model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> =>
  fc.record(model, { requiredKeys: [] });

const { mapping } = fc.letrec((tie) => {
  const part = tie('mapping');
  const directive = (name: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    value.map((inner) => ({ [name]: inner }));
  return {
    mapping: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      scalar,
      directive('@path', fc.oneof(path, part)),
      directive(
        '@template',
        fc.oneof(
          path.map((text) => `x{{${text}}}{{{ ${text} }}}`),
          scalar,
          part,
        ),
      ),
      directive('@literal', part),
      // biome-ignore lint/suspicious/noThenProperty: the language's own word; the object is never awaited.
      directive('@if', record({ exists: part, blank: part, then: part, else: part })),
      directive(
        '@case',
        record({ operator: fc.constantFrom('lower', 'UPPER', 'title'), value: fc.oneof(scalar, part) }),
      ),
      directive(
        '@replace',
        record({
          pattern: short,
          replacement: short,
          pattern2: short,
          ignorecase: fc.boolean(),
          global: fc.boolean(),
          value: part,
        }),
      ),
      directive('@arrayPath', fc.oneof(fc.tuple(path, part), fc.tuple(part), scalar)),
      directive('@json', record({ mode: fc.constantFrom('encode', 'decode', 'DECODE'), value: part })),
      directive('@flatten', record({ value: part, separator: short, omitArrays: fc.boolean() })),
      directive(
        '@merge',
        record({
          objects: fc.array(part, { maxLength: 3 }),
          direction: fc.constantFrom('left', 'right', 'up'),
        }),
      ),
      directive('@transform', record({ apply: part, mapping: part })),
      directive('@excludeWhenNull', part),
      directive('@liquid', liquid),
      directive('@nothing', part),
      fc.array(part, { maxLength: 3 }),
      fc.array(fc.tuple(key, part), { maxLength: 4 }).map(fromEntries),
    ),
  };
});

/** Runs something that may refuse with a Failure, and with nothing else. */
function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
}

describe('any mapping over any event', () => {
  it('touches no prototype, changes nothing it is given, and refuses only with a Failure', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).join();
    let finished = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(key, mapping), { maxLength: 3 }), event, (fields, data) => {
        const written = deepFreeze(fromEntries(fields));
        const given = deepFreeze(data);
        const result = attempt(() => compile(written)(given));
        attempt(() => validate(written));
        getFieldValueKeys(written);
        if (result !== undefined) finished += 1;
        expect(isPlainJson(result)).toBe(true);
        expect(Reflect.get({}, 'polluted')).toBeUndefined();
      }),
      { numRuns },
    );
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before);
    expect(finished).toBeGreaterThan(numRuns / 20);
  });

  it('never throws out of a blueprint', () => {
    const item = fc.record({
      value: mapping,
      target: fc.constantFrom('email', 'a', 'a.b', '__proto__.x', 'constructor', 'fields.x'),
    });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 3 }), event, (mappings, properties) => {
        const document = { version: 2, events: { x: { mappings }, identify: { mappings } } };
        const blueprint = attempt(() => compileBlueprint(document, { actions: ACTIONS }));
        if (!isBlueprint(blueprint)) return;
        for (const input of [
          { type: 'track', event: 'x', properties, a: properties },
          { type: 'identify', traits: properties },
          properties,
        ]) {
          blueprint.wants(input);
          expect(isPlainJson(blueprint.evaluate(input))).toBe(true);
        }
        expect(Reflect.get({}, 'x')).toBeUndefined();
      }),
      { numRuns: Math.ceil(numRuns / 10) },
    );
  });
});

function isBlueprint(value: unknown): value is ReturnType<typeof compileBlueprint> {
  return typeof value === 'object' && value !== null && 'evaluate' in value;
}
