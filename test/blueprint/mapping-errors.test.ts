/** Mistakes in mappings are found all at once, each with its place; run-time errors name their directive. */
import { describe, expect, it } from 'vitest';
import {
  compile,
  flattenObject,
  getFieldValueKeys,
  render,
  transform,
  transformBatch,
} from '../../src/blueprint/mapping-kit.ts';
import { Failure } from '../../src/event/failure.ts';

/** The places and reasons that a mapping is refused with. */
function mistakes(mapping: unknown): string[] {
  try {
    compile(mapping);
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return (error.details ?? []).map(({ path, message }) => `${path} ${message}`);
  }
}

const ifOf = (members: Record<string, unknown>): unknown => ({ '@if': members });

describe('validation', () => {
  it('lists every mistake with its place', () => {
    expect(
      mistakes({
        contact: { phone: { '@replace': { pattern: '', value: 5 } }, name: { '@paht': '$.a' } },
        tags: ['x', { '@case': { operator: 'title', value: { '@path': 3 } } }],
      }),
    ).toEqual([
      '/contact/phone/@replace/pattern should be a string of 1 or more characters',
      '/contact/phone/@replace/value should be a string or a directive but it is a number',
      '/contact/name has an unknown directive @paht. Did you mean "@path"?',
      '/tags/1/@case/operator should be one of lower, upper but it is "title"',
      '/tags/1/@case/value/@path should be a string or a directive but it is a number',
    ]);
  });

  it.each([
    [{ a: { '@path': '$.a', b: 1 } }, '/a should have no other key beside @path, but it has "b"'],
    [{ a: { '@path': '$.a', '@literal': 1 } }, '/a should have one directive but it has @path and @literal'],
    [{ a: ifOf({ else: 1 }) }, '/a/@if should have the field "exists" or "blank"'],
    [{ a: { '@if': { '@path': '$.a' } } }, '/a/@if should be an object; a directive is not accepted here'],
    [{ a: { '@json': { mode: 'encode' } } }, '/a/@json should have the field "value"'],
    [{ a: { '@flatten': { value: 1 } } }, '/a/@flatten should have the field "separator"'],
    [
      { a: { '@flatten': { value: 1, separator: '' } } },
      '/a/@flatten/separator should be a string of 1 or more characters',
    ],
    [
      { a: { '@flatten': { value: 1, separator: '.', omitArrays: 1 } } },
      '/a/@flatten/omitArrays should be a boolean but it is a number',
    ],
    [
      { a: { '@merge': { objects: [{ '@path': '$.a' }, 3], direction: 'left' } } },
      '/a/@merge/objects/1 should be an object or a directive but it is a number',
    ],
    [{ a: { '@merge': { objects: [] } } }, '/a/@merge should have the field "direction"'],
    [
      { a: { '@merge': { objects: {}, direction: 'right' } } },
      '/a/@merge/objects should be an array but it is an object',
    ],
    [{ a: { '@transform': { apply: {} } } }, '/a/@transform should have the field "mapping"'],
    [{ a: { '@arrayPath': ['$.a', {}, 1] } }, '/a/@arrayPath should have one or two elements but it has 3'],
    [{ a: { '@arrayPath': [3] } }, '/a/@arrayPath/0 should be a string or a directive but it is a number'],
    [
      { a: { '@replace': { pattern: 'x', replacement: null, value: 'a' } } },
      '/a/@replace/replacement should be a string but it is null',
    ],
    [
      { a: { '@replace': { pattern: 'x', pattern2: '12345678901', value: 'a' } } },
      '/a/@replace/pattern2 should be a string of 10 or fewer characters',
    ],
    [{ a: { '@liquid': 'x'.repeat(1001) } }, '/a/@liquid should be a string of 1000 or fewer characters'],
    [{ a: { '@liquid': 5 } }, '/a/@liquid should be a string but it is a number'],
    [{ a: { '@path': 'a'.repeat(1001) } }, '/a/@path should be a path of 1000 or fewer characters'],
    [
      { __segment_internal_directive: { '@transform': 1 } },
      '/__segment_internal_directive/@transform should be an object but it is a number',
    ],
    [
      { __segment_internal_directive: { '@transform': {}, '@merge': {} } },
      '/__segment_internal_directive should hold exactly one directive',
    ],
  ])('of %j says so', (mapping, mistake) => {
    expect(mistakes(mapping)).toContain(mistake);
  });

  it('refuses what is not JSON, too deep or too much', () => {
    expect(mistakes({ a: { '@literal': () => 1 } })).toEqual([
      '/a/@literal should be a JSON value but it is a function',
    ]);
    let deep: unknown = 1;
    for (let level = 0; level < 40; level++) deep = [deep];
    expect(mistakes({ a: deep })[0]).toContain('nests deeper than 32 levels');
    const many = Object.fromEntries(
      Array.from({ length: 2_001 }, (_, index) => [`k${index}`, { '@path': '$.a' }]),
    );
    expect(mistakes(many)).toEqual(['/k2000 has more than 2000 directives']);
  });

  it('refuses broken and disabled Liquid when it is compiled', () => {
    expect(mistakes({ a: { '@liquid': '{% for x in a %}{% endfor %}' } })[0]).toContain(
      'tag "for" is disabled',
    );
    expect(mistakes({ a: { '@liquid': '{% if %}' } })[0]).toContain('/a/@liquid is not a Liquid template');
  });

  it('passes over _metadata', () => {
    expect(
      transform({ a: { '@path': '$.a', _metadata: { label: 'A' } }, b: { _metadata: 1 } }, { a: 1 }),
    ).toEqual({ a: 1, b: { _metadata: 1 } });
  });
});

describe('running', () => {
  it.each([
    [{ a: { '@path': { '@path': '$.n' } } }, '@path: expected a string, got a number'],
    [{ a: { '@template': { '@path': '$.none' } } }, '@template: expected a string, got missing'],
    [{ a: { '@liquid': '{{ n | uniq }}' } }, 'filter "uniq" is disabled'],
    [{ a: { '@liquid': '{{ "now" | date: "%Y" }}' } }, "use the event's timestamp"],
    [{ a: { '@liquid': '{{ (1..100000000) | join: "," }}' } }, 'limit exceeded'],
  ])('%j fails and says why', (mapping, message) => {
    expect(() => transform(mapping, { n: 5 })).toThrow(message);
  });

  it('takes only objects as events, and a missing one as empty', () => {
    for (const data of [null, [], 'x', 3]) expect(() => transform({}, data)).toThrow('must be an object');
    expect(transform({ a: { '@path': '$.a' }, b: 1 })).toEqual({ b: 1 });
    expect(() => transformBatch({}, {})).toThrow('must be a list');
    expect(transformBatch({})).toEqual([]);
  });

  it('takes the top of a mapping as an object of its own entries', () => {
    expect(transform(['a', { '@path': '$.a' }], { a: 1 })).toEqual({ '0': 'a', '1': 1 });
    expect(transform('ab')).toEqual({ '0': 'a', '1': 'b' });
    expect(transform(null)).toEqual({});
    expect(transform({ '@path': '$.none' }, {})).toBeUndefined();
  });

  it('leaves absent values out at every depth, and keeps their place in lists', () => {
    const none = { '@path': '$.none' };
    expect(transform({ a: { b: { c: none } }, list: [1, none, { d: none }] })).toStrictEqual({
      a: { b: {} },
      list: [1, undefined, {}],
    });
    expect(
      transform({ a: { '@path': '$.o' } }, { o: { x: undefined, y: [undefined, { z: undefined }] } }),
    ).toStrictEqual({ a: { y: [undefined, {}] } });
  });

  it('leaves absent elements out where a list becomes an object', () => {
    const list = [1, { '@path': '$.none' }];
    expect(transform({ a: { '@flatten': { value: list, separator: '.' } } })).toStrictEqual({
      a: { '0': 1 },
    });
  });

  it('passes dates through untouched', () => {
    const at = new Date(0);
    expect(transform({ at: { '@path': '$.at' }, text: { '@template': '{{none}}' } }, { at })).toStrictEqual({
      at,
      text: '',
    });
  });

  it('prepares a mapping once: later changes of it have no effect', () => {
    const mapping = { a: { b: ['x'] } };
    const run = compile(mapping);
    mapping.a.b.push('y');
    expect(run({})).toEqual({ a: { b: ['x'] } });
    expect(Object.isFrozen(run)).toBe(true);
  });

  it('stops a mapping that asks for more work than one event may cost', () => {
    const mapping = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`k${index}`, { '@path': '$.o' }]),
    );
    const o = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`p${index}`, index]));
    expect(() => transform(mapping, { o })).toThrow('more work than one event may cost');
  });

  it('refuses to pass on what nests without end', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    for (const directive of [
      { '@path': '$.loop' },
      { '@flatten': { value: { '@path': '$.loop' }, separator: '.' } },
      { '@json': { mode: 'encode', value: { '@path': '$.loop' } } },
    ])
      expect(() => transform({ a: directive }, { loop })).toThrow('nests deeper than 128 levels');
  });
});

describe('the engines by themselves', () => {
  it('render fills placeholders in one pass', () => {
    expect(
      render('{{a}} {{{ b.c }}} {{}} {{none}} {{$.a}} {a} {{list}} {{o}}', {
        a: '{{b.c}}',
        b: { c: 2 },
        list: [1, [2, null]],
        o: { toString: 1 },
      }),
    ).toBe('{{b.c}} 2 {{}}  {{b.c}} {a} 1,2, [object Object]');
    expect(() => render(5)).toThrow('must be a string');
  });

  it('flattenObject puts a prefix before every key', () => {
    expect(flattenObject({ a: { b: [1, { c: 2 }] }, d: [] }, 'p', '/')).toEqual({
      'p/a/b/0': 1,
      'p/a/b/1/c': 2,
    });
    expect(flattenObject({ a: [1] }, '', '.', true)).toEqual({ a: [1] });
    expect(flattenObject([1], '', '.', true)).toEqual([1]);
    expect(flattenObject(null)).toBeNull();
  });

  it('getFieldValueKeys lists what is read, in the order of the mapping', () => {
    expect(
      getFieldValueKeys({
        a: { '@path': '$.a' },
        b: { '@template': '{{ b.c }}-{{a}}' },
        c: ifOf({ else: { '@path': '$.e' }, exists: { '@path': '$.x' } }),
        d: { '@literal': { '@path': '$.hidden' } },
        e: { '@merge': { direction: 'left', objects: [{ '@path': '$.m' }, { n: { '@path': '$.n' } }] } },
        f: { '@arrayPath': ['$.list', { g: { '@path': '$.g' } }] },
        h: { '@liquid': '{{ traits.first | upcase }}' },
        i: ['raw', { '@excludeWhenNull': { '@path': '$.q' } }],
      }),
    ).toEqual(['$.a', 'b.c', 'a', '$.e', '$.x', '$.m', '$.n', '$.list', '$.g', 'traits.first', '$.q']);
  });
});
