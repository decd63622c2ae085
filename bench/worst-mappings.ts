/** Mappings and events that try to make one evaluation as slow as they can. Each event is at most 32 KB of JSON. */

export interface WorstCase {
  readonly name: string;
  readonly mapping: unknown;
  readonly event: Readonly<Record<string, unknown>>;
}

const many = (directive: unknown, count: number): unknown =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, directive]));

const text = (unit: string): string => unit.repeat(Math.floor(32_000 / JSON.stringify(unit).length));
const path = { '@path': '$.s' };
const numbers = Array.from({ length: 15_000 }, () => 0);
const objects = Array.from({ length: 2_500 }, (_, index) => ({ a: index % 10 }));
const wide = Object.fromEntries(Array.from({ length: 2_600 }, (_, index) => [`k${index}`, 1]));
const deep = nested(100);

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = { ['d'.repeat(20)]: value };
  return value;
}

const strings = {
  letters: text('a'),
  accents: 'é'.repeat(15_900),
  spaces: text(' '),
  braces: text('{{a}}'),
  brackets: text('['),
  json: '['.repeat(31_900),
  tags: text('<a'),
};

const perText: Readonly<Record<string, unknown>> = {
  '@case': { '@case': { operator: 'upper', value: path } },
  '@replace': {
    '@replace': {
      pattern: 'a',
      replacement: 'aaaaaaaaaa',
      pattern2: 'a',
      replacement2: 'aaaaaaaaaa',
      value: path,
    },
  },
  '@replace in any case': { '@replace': { pattern: 'A', replacement: '', ignorecase: true, value: path } },
  '@template': { '@template': '{{s}}{{s}}{{s}}' },
  '@template of the event': { '@template': path },
  '@path of the event': { '@path': path },
  '@json decode': { '@json': { mode: 'decode', value: path } },
  '@liquid escape': { '@liquid': '{{ s | escape | url_encode }}' },
  '@liquid replace': { '@liquid': `{{ s | replace: "a", "${'a'.repeat(500)}" }}` },
  '@liquid split': { '@liquid': '{{ s | split: "" | join: "," }}' },
  '@if blank': {
    '@if': Object.fromEntries([
      ['blank', path],
      ['then', 1],
    ]),
  },
};

const perValue: Readonly<Record<string, unknown>> = {
  '@path': path,
  '@flatten': { '@flatten': { value: path, separator: '.' } },
  '@merge': { '@merge': { direction: 'right', objects: [path, path, path] } },
  '@arrayPath': { '@arrayPath': ['$.s', { a: { '@path': '$.a' }, b: { '@template': '{{a}}{{b}}' } }] },
  '@json encode': { '@json': { mode: 'encode', value: path } },
  '@template': { '@template': '{{s}}' },
  '@excludeWhenNull': { '@excludeWhenNull': path },
  '@transform': { '@transform': { apply: { x: path }, mapping: { y: { '@path': '$.x' } } } },
  '@liquid': { '@liquid': '{{ s | json }}{{ s | join: "," }}' },
  '@liquid where': { '@liquid': '{{ s | where: "a", 1 | json }}' },
  '@liquid contains': { '@liquid': '{% if s contains 7 %}1{% endif %}{% if s == s %}1{% endif %}'.repeat(8) },
};

export const WORST_CASES: readonly WorstCase[] = [
  ...Object.entries(perText).flatMap(([name, directive]) =>
    Object.entries(strings).map(([kind, s]) => ({
      name: `1000 × ${name}, ${kind}`,
      mapping: many(directive, 1_000),
      event: { s },
    })),
  ),
  ...Object.entries(perValue).flatMap(([name, directive]) =>
    Object.entries({ numbers, objects, wide, deep }).map(([kind, s]) => ({
      name: `400 × ${name}, ${kind}`,
      mapping: many(directive, 400),
      event: { s },
    })),
  ),
  { name: '2000 × small @liquid', mapping: many({ '@liquid': '{{ s }}' }, 2_000), event: { s: 'x' } },
  { name: '2000 × small @template', mapping: many({ '@template': '{{s}}' }, 2_000), event: { s: 'x' } },
  {
    name: 'a range of a hundred million',
    mapping: { k: { '@liquid': '{{ (1..100000000) | join: "," }}' } },
    event: {},
  },
];
