/** Every mistake of a blueprint is found in one pass, with its place and the nearest right name. */
import { describe, expect, it } from 'vitest';
import { compile as compileFql } from '../../src/blueprint/fql.ts';
import { checkBlueprint, compileBlueprint, parseBlueprintText } from '../../src/blueprint/index.ts';
import { Failure } from '../../src/event/failure.ts';
import { ACTIONS } from './actions.ts';
import { schemaAccepts } from './schema.ts';

const options = { actions: ACTIONS };

/** `severity path: message` of everything that is wrong. */
function problems(document: unknown, more: object = {}): string[] {
  return checkBlueprint(document, { ...options, ...more }).problems.map(
    ({ severity, path, message }) => `${severity} ${path}: ${message}`,
  );
}

const rule = (members: object): object => ({ version: 2, events: { Order: members } });
const mapping = (members: object): object => rule({ mappings: [members] });
const at = 'events.Order.mappings[0]';

const YAML = `# Orders
version: 2
events:
  Order Completed:
    action: trackEvnt
    mappings:
      - source: properties.total
        target: revenue
        trasform: to_number
      - {source: properties.name}
  identify:
    vendor_event_name: &long a name that is longer than thirty-two characters
    when: traits.plan = "pro" or
    mappings:
      - {source: traits.frist_name, target: firstName}
  page:
    vendor_event_name: *long
`;

describe('a blueprint given as YAML', () => {
  it('gets line and column of every mistake, in the order of the text', () => {
    const sampleEvents = [{ type: 'identify', traits: { first_name: 'Jane', plan: 'pro' } }];
    const found = checkBlueprint(YAML, { ...options, sampleEvents }).problems;
    expect(
      found.map(({ line, column, severity, path, message }) => [line, column, severity, path, message]),
    ).toEqual([
      [
        5,
        13,
        'error',
        "events['Order Completed'].action",
        'There is no action "trackEvnt". Did you mean "trackEvent"?',
      ],
      [
        9,
        9,
        'error',
        "events['Order Completed'].mappings[0].trasform",
        '"trasform" is not known here. Did you mean "transform"?',
      ],
      [
        10,
        9,
        'error',
        "events['Order Completed'].mappings[1]",
        'This needs a "target": where the value goes.',
      ],
      [
        12,
        30,
        'warning',
        'events.identify.vendor_event_name',
        'syncContact sends no event name, so "vendor_event_name" has no effect.',
      ],
      [
        13,
        11,
        'error',
        'events.identify.when',
        'The condition cannot be read: expected a field but the condition ends (at character 23).',
      ],
      [
        15,
        18,
        'warning',
        'events.identify.mappings[0].source',
        '"traits.frist_name" is not in the sample events; did you mean "traits.first_name"?',
      ],
      [
        17,
        24,
        'error',
        'events.page.vendor_event_name',
        'An event name can have 32 characters; "a name that is longer than thirty-two characters" has 48.',
      ],
    ]);
  });

  it('gets the place of a mistake in its form', () => {
    expect(checkBlueprint('version: 2\nevents:\n  a: [\n', options).problems[0]).toMatchObject({
      severity: 'error',
      line: 4,
    });
    expect(checkBlueprint('version: 2\nversion: 2\nevents: {}\n', options).problems).toMatchObject([
      { line: 2, column: 1 },
    ]);
  });
});

describe('a blueprint given as JSON', () => {
  it('gets line and column too', () => {
    const text = '{\n  "version": 2,\n  "events": {\n\t"Order": { "enabled": "yes" }\n  }\n}';
    expect(checkBlueprint(text, options).problems).toMatchObject([
      { line: 4, column: 24, message: '"enabled" should be true or false but it is a string.' },
    ]);
  });
});

describe('a text', () => {
  it('is read as JSON and YAML alike', () => {
    expect(parseBlueprintText('{"version": 2, "events": {"a": {"value_map": {"true": 1}}}}')).toEqual(
      parseBlueprintText('version: 2\nevents:\n  a:\n    value_map:\n      true: 1\n'),
    );
  });

  it('whose anchors stand for too much is refused', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefgh'
        .split('')
        .map((name, index) => `${name}: &${name} [${`*${'abcdefg'[index]}, `.repeat(9)}]`),
    ].join('\n');
    expect(problems(bomb)).toEqual(['error : The anchors of this YAML stand for too much.']);
  });

  it.each([
    ['[', 100_000],
    ['{"a":', 50_000],
    ['- ', 100_000],
  ])('that nests without end (%j) is refused', (unit, times) => {
    expect(problems(unit.repeat(times))[0]).toMatch(/nests deeper|never|too/);
  });

  it('that is too long is refused', () => {
    expect(problems('#'.repeat(500_001))).toEqual([
      'error : A blueprint can have 500000 characters, not 500001.',
    ]);
  });

  it('that cannot be read makes a Failure with the place', () => {
    expect(() => parseBlueprintText('a: [')).toThrow(
      /The blueprint cannot be read: .*\(line 1, column \d+\)/,
    );
  });
});

/** Mistakes of form: the published schema refuses them too. */
const FORM: readonly (readonly [document: unknown, ...messages: string[]])[] = [
  [
    5,
    'error : A blueprint should be an object but it is a number.',
    'error : A blueprint needs "events": which events it wants.',
  ],
  [{ version: 1, events: {} }, 'error version: A blueprint needs version: 2.'],
  [{ version: 2 }, 'error : A blueprint needs "events": which events it wants.'],
  [{ version: 2, events: [] }, 'error events: "events" should be an object but it is an array.'],
  [
    { version: 2, events: {}, delivery_mode: 'client_side' },
    'error delivery_mode: "client_side" is no delivery mode; there is server_side.',
  ],
  [{ version: 2, events: {}, evnts: {} }, 'error evnts: "evnts" is not known here. Did you mean "events"?'],
  [
    { version: 2, events: {}, aliases: 1 },
    'error aliases: "aliases" should be true or false but it is a number.',
  ],
  [
    { version: 2, events: {}, parameters: { a: 1 } },
    'error parameters.a: A parameter should be a text but it is a number.',
  ],
  [
    { version: 2, events: {}, global: { mapings: [] } },
    'error global.mapings: "mapings" is not known here. Did you mean "mappings"?',
  ],
  [
    rule({ vendor_event_name: '' }),
    'error events.Order.vendor_event_name: "vendor_event_name" should be a text but it is empty.',
  ],
  [rule({ mappings: {} }), 'error events.Order.mappings: This should be a list but it is an object.'],
  [
    { version: 2, events: { Order: [5] } },
    'error events.Order[0]: This should be an object but it is a number.',
  ],
  [mapping({ target: 'x' }), `error ${at}: This needs a "source": where the value comes from.`],
  [
    mapping({ source: 'a', value: 1, target: 'x' }),
    `error ${at}: This has a "source" and a "value"; only one of them can be there.`,
  ],
  [mapping({ source: [], target: 'x' }), `error ${at}.source: The list of sources is empty.`],
  [
    mapping({ source: ['a', 5], target: 'x' }),
    `error ${at}.source[1]: A source should be a path such as properties.order_id but it is a number.`,
  ],
  [
    mapping({ source: 'a', target: 'x', value_map: { a: {} } }),
    `error ${at}.value_map.a: A value should become a text, a number, a boolean or null, not an object.`,
  ],
  [
    rule({ transforms: [{ target: 'x' }] }),
    'error events.Order.transforms[0]: This needs "transform": what to do with the target.',
    'warning events.Order.transforms[0]: Nothing maps to "x", so there is nothing to transform.',
  ],
];

/** Mistakes of meaning: the schema cannot see them. */
const MEANING: readonly (readonly [document: unknown, ...messages: string[]])[] = [
  [
    mapping({ source: 'a', target: 'x', transform: 'lowercse' }),
    `error ${at}.transform: "lowercse" is no transform. Did you mean "lowercase"?`,
  ],
  [
    mapping({ source: 'a', target: 'x', transform: ['trim', { name: 'truncate', format: 'x' }] }),
    `error ${at}.transform[1]: truncate: format should be a number of characters, not "x".`,
  ],
  [
    mapping({ source: 'a', target: 'x', transform: 'trim', format: 'x' }),
    `error ${at}.format: trim takes no format.`,
  ],
  [
    mapping({ source: 'a', target: 'x', transform: 'url_query' }),
    `error ${at}.transform: url_query needs a "format": The name of the parameter, for example utm_source.`,
  ],
  [
    mapping({ source: 'a', target: 'x', format: 'x' }),
    `error ${at}.format: A "format" belongs to a "transform", and there is none.`,
  ],
  [
    mapping({ source: 'a', target: 'x', transform: Array(11).fill('trim') }),
    `error ${at}.transform: A value can go through 10 transforms, not 11.`,
  ],
  [
    mapping({ value: { a: [{ '@paht': 'x' }] }, target: 'x' }),
    `error ${at}.value.a[0]: This has an unknown directive @paht. Did you mean "@path"?`,
  ],
  [
    mapping({ source: 'a', target: 'email.x' }),
    `error ${at}.target: "trackEvent.email" is no object, so it has no member "x".`,
  ],
  [
    rule({ action: 'addTags', mappings: [{ source: 'a', target: 'tgas' }] }),
    'error events.Order.mappings[0].target: addTags has no field "tgas". Did you mean "tags"?',
    'error events.Order: addTags needs the field "tags", and nothing maps to it.',
  ],
  [
    rule({
      action: 'subscribe',
      mappings: [
        { value: 'a', target: 'list' },
        { value: 'activ', target: 'status' },
      ],
    }),
    'error events.Order.mappings[1].value: "status" takes one of active, unconfirmed, not "activ". Did you mean "active"?',
  ],
  [
    rule({
      action: 'subscribe',
      mappings: [
        { value: ['a'], target: 'list' },
        { source: 'a', target: 'score', default: 'much' },
      ],
    }),
    'error events.Order.mappings[0].value: "list" takes a text, and a list cannot fit; use a transform such as first or join.',
    'error events.Order.mappings[1].default: "score" takes a number, not "much".',
  ],
  [
    mapping({ value: { '@template': 'x' }, target: 'properties' }),
    `error ${at}.value: "properties" takes an object, and a text cannot fit.`,
  ],
  [
    mapping({ value: { '@replace': { pattren: 'a', value: 'x', pattern: 'b' } }, target: 'x' }),
    `warning ${at}.value.@replace.pattren: This has no effect here. Did you mean "pattern"?`,
  ],
  [
    mapping({ source: 'a', target: 'emial' }),
    `warning ${at}.target: trackEvent has no field "emial", so this goes to "properties.emial"; did you mean "email"?`,
  ],
  [mapping({ source: 'a', target: 'email2' })],
  [
    rule({
      action: 'trackEvnt',
      when: 'and',
      mappings: [{ source: 'a', target: 'x', transform: 'trimm' }],
    }),
    'error events.Order.mappings[0].transform: "trimm" is no transform. Did you mean "trim"?',
    'error events.Order.action: There is no action "trackEvnt". Did you mean "trackEvent"?',
    'error events.Order.when: The condition cannot be read: "and" is no field; there are type, event, name, userId, properties, traits, context (at character 1).',
  ],
  [mapping({ source: 'a', target: 'x', value_map: { a: 1 }, required: true })],
  [
    rule({ when: 'type = "page"' }),
    'warning events.Order.when: This condition can never be met, so the rule never runs.',
  ],
  [
    rule({ when: 'traits.a = "x" and traits.a = "y"' }),
    'warning events.Order.when: This condition can never be met, so the rule never runs.',
  ],
  [rule({ when: 'event = "Order" and (traits.a = "x" or traits.a = "y")' })],
  [
    rule({ when: 'traits.a > "much" or event != "Order"' }),
    'warning events.Order.when: This condition can never be met, so the rule never runs.',
  ],
  [
    rule({
      mappings: [
        { value: 1, target: 'x' },
        { value: 2, target: '$.x' },
      ],
    }),
    'warning events.Order.mappings[1]: "$.x" is mapped twice; this one goes before events.Order.mappings[0], which fills in when it gives nothing.',
  ],
  [
    { version: 2, aliases: true, events: { purchase: {}, 'Order Completed': {} } },
    `warning events['Order Completed']: "Order Completed" and "purchase" are names of one event; other spellings of it run the rules of both.`,
  ],
  [
    { version: 2, events: { [`A name with ${'x'.repeat(30)}`]: {} } },
    `warning events['A name with ${'x'.repeat(30)}']: "A name with ${'x'.repeat(30)}" is longer than the 32 characters of an event name; give a "vendor_event_name".`,
  ],
  [
    {
      version: 2,
      parameters: { brand: 'x' },
      events: { Order: { vendor_event_name: 'a{{pipeline_param.brnad}}' } },
    },
    'warning events.Order.vendor_event_name: The pipeline has no parameter "brnad", so it is empty. Did you mean "brand"?',
  ],
  [
    { version: 2, events: { identfy: {}, Page: {}, Grouping: {} } },
    'warning events.identfy: "identfy" means tracked events of that name; for the type write "identify".',
    'warning events.Page: "Page" means tracked events of that name; for the type write "page".',
  ],
  [
    { version: 2, events: { Order: [] } },
    'warning events.Order: This list holds no rule, so the event is dropped.',
  ],
];

describe('a mistake of form', () => {
  it.each(FORM)('in %j is named, and the schema refuses it', (document, ...messages) => {
    expect(problems(document)).toEqual(messages);
    expect(schemaAccepts(document)).not.toEqual([]);
  });
});

describe('a mistake of meaning', () => {
  it.each(MEANING)('in %j is named, and the schema does not see it', (document, ...messages) => {
    expect(problems(document)).toEqual(messages);
    expect(schemaAccepts(document)).toEqual([]);
  });
});

it('a stand-in written as a transform is told where it belongs', () => {
  const found = problems(mapping({ source: 'properties.currency', transform: 'default', target: 'x' }));
  expect(found).toEqual([
    `error ${at}.transform: "default" is no transform; it stands beside "source", with the value for what is missing.`,
  ]);
});

describe('sample events and mapping expressions', () => {
  const sampleEvents = [
    {
      type: 'track',
      event: 'Order',
      properties: { total: 5, products: [{ sku: 'p1' }] },
      context: { traits: { first_name: 'Jane' } },
    },
  ];
  const exists = (subject: object): object => Object.fromEntries([['exists', subject]]);

  it.each([
    ['a path', { '@path': '$.properties.totl' }, '.@path', '$.properties.total'],
    [
      'a path inside a list',
      { '@merge': { direction: 'left', objects: [{ a: { '@path': 'properties.totl' } }] } },
      '.@merge.objects[0].a.@path',
      'properties.total',
    ],
    ['a template', { '@template': 'sum {{properties.totl}}' }, '.@template', 'properties.total'],
    ['a Liquid template', { '@liquid': '{{ properties.totl }}' }, '.@liquid', 'properties.total'],
    [
      'a question',
      { '@if': exists({ '@path': '$.properties.totl' }) },
      '.@if.exists.@path',
      '$.properties.total',
    ],
  ])('%s that no sample has is told, with the right name', (_name, value, place, name) => {
    const [found, ...more] = problems(mapping({ value, target: 'x' }), { sampleEvents });
    expect(found).toMatch(/^warning .*not in the sample events/);
    expect(found).toContain(` ${at}.value${place}: `);
    expect(found).toContain(`did you mean "${name}"?`);
    expect(more).toEqual([]);
  });

  it.each([
    ['what the samples have', { '@path': '$.properties.total' }],
    ['what processing adds', { '@template': '{{email}} {{previous_email}}' }],
    [
      'members of the elements of a list',
      { '@arrayPath': ['$.properties.products', { a: { '@path': '$.totl' } }] },
    ],
    [
      'members of what a transform applies',
      {
        '@transform': {
          apply: { sum: { '@path': '$.properties.total' } },
          mapping: { a: { '@path': '$.sum' } },
        },
      },
    ],
    ['a literal', { '@literal': 'properties.totl' }],
  ])('%s is no mistake', (_name, value) => {
    expect(problems(mapping({ value, target: 'x' }), { sampleEvents })).toEqual([]);
  });
});

describe('sample events and conditions', () => {
  const sampleEvents = [
    {
      type: 'track',
      event: 'Order',
      properties: { total: 5, code: '17', gift: true, tags: ['a'], coupon: null },
    },
  ];
  const at = 'warning events.Order.when:';
  const inSamples = (name: string, is: string, wanted: string, end = 'never holds.'): string =>
    `${at} "properties.${name}" is ${is} in the sample events, and this compares it with ${wanted}, which ${end}`;

  it.each([
    [
      'properties.totl > 3',
      `${at} "properties.totl" is not in the sample events; did you mean "properties.total"?`,
    ],
    ['properties.code > 3', inSamples('code', 'a text', 'a number')],
    [
      'properties.code = 17',
      inSamples('code', 'a text', 'a number', 'never holds. Write "17", with quotes.'),
    ],
    [
      'properties.total = "5"',
      inSamples('total', 'a number', 'a text', 'never holds. Write 5, without quotes.'),
    ],
    [
      'properties.total != "5"',
      inSamples('total', 'a number', 'a text', 'always holds. Write 5, without quotes.'),
    ],
    ['properties.code != 5', inSamples('code', 'a text', 'a number', 'never holds. Write "5", with quotes.')],
    ['properties.total = true', inSamples('total', 'a number', 'true or false')],
    ['properties.gift = "true"', inSamples('gift', 'true or false', 'a text')],
    ['contains(properties.tags, "a")', inSamples('tags', 'an array', 'a text')],
    [
      'type = "track" and (properties.total > 3 or properties.gift > 3)',
      inSamples('gift', 'true or false', 'a number'),
    ],
  ])('%s is doubted', (when, message) => {
    expect(problems(rule({ when }), { sampleEvents })).toEqual([message]);
    const { match } = compileFql(when);
    const never = message.includes('never') && !when.includes(' or ');
    if (never) expect(sampleEvents.map(match)).toEqual([false]);
    if (message.includes('always')) expect(sampleEvents.map(match)).toEqual([true]);
  });

  it.each([
    'properties.total > 3',
    'properties.code = "17"',
    'properties.gift = true',
    'properties.coupon = "x"',
    'properties.voucher = null',
    'properties.voucher = "x"',
    'userId = 5',
  ])('%s is not', (when) => {
    expect(problems(rule({ when }), { sampleEvents })).toEqual([]);
  });

  it('of other events say nothing', () => {
    const others = [{ type: 'track', event: 'Other', properties: { total: 'x' } }];
    expect(problems(rule({ when: 'properties.total > 3' }), { sampleEvents: others })).toEqual([]);
  });

  it('that all lack a name make it doubtful when they are many', () => {
    const many = Array.from({ length: 10 }, () => sampleEvents[0]);
    expect(problems(rule({ when: 'properties.voucher = "x"' }), { sampleEvents: many })).toEqual([
      `${at} "properties.voucher" is in none of the 10 sample events.`,
    ]);
    expect(problems(rule({ when: 'properties.voucher = null' }), { sampleEvents: many })).toEqual([]);
  });
});

describe('samples', () => {
  const sampleEvents = [{ type: 'track', event: 'Order', properties: { total: 5, line_items: [] } }];

  it('say nothing of sources that they have in any spelling, or of lists of which they have one', () => {
    const document = rule({
      mappings: [
        { source: 'properties.lineItems', target: 'a' },
        { source: ['properties.revenue', 'properties.total'], target: 'b' },
      ],
    });
    expect(problems(document, { sampleEvents })).toEqual([]);
  });

  it('of other events say nothing of a rule', () => {
    expect(
      problems(
        { version: 2, events: { Other: { mappings: [{ source: 'properties.x', target: 'a' }] } } },
        { sampleEvents },
      ),
    ).toEqual([]);
  });

  const written = (source: string | readonly string[]) => rule({ mappings: [{ source, target: 'a' }] });
  const lacking = (count: number) =>
    Array.from({ length: count }, () => ({ type: 'track', event: 'Order', properties: { total: 5 } }));
  it.each<readonly [string, string | readonly string[], string | undefined]>([
    ['a slip in any of its names', 'propertes.total', 'properties.total'],
    ['the name without its place', 'total', 'properties.total'],
    ['the name in the wrong place', 'traits.total', 'properties.total'],
    ['another spelling of it', 'properties.lineItms', 'properties.line_items'],
    ['nothing near', 'properties.currency', undefined],
    ['what processing adds', 'email', undefined],
  ])('tell what was meant by %s', (_what, source, meant) => {
    expect(problems(written(source), { sampleEvents })).toEqual(
      meant === undefined
        ? []
        : [expect.stringContaining(`"${source}" is not in the sample events; did you mean "${meant}"?`)],
    );
  });

  it('do not take a name that the rule uses for the one that was meant', () => {
    const document = rule({
      mappings: [
        { source: 'properties.total', target: 'a' },
        { source: 'properties.total2', target: 'b' },
      ],
    });
    expect(problems(document, { sampleEvents })).toEqual([]);
  });

  it('say that a source is in none of them only when they are many', () => {
    expect(problems(written('properties.currency'), { sampleEvents: lacking(9) })).toEqual([]);
    expect(problems(written('properties.currency'), { sampleEvents: lacking(10) })).toEqual([
      expect.stringContaining('"properties.currency" is in none of the 10 sample events.'),
    ]);
    const both = ['properties.currency', 'properties.coin'];
    expect(problems(written(both), { sampleEvents: lacking(10) })).toEqual([
      expect.stringContaining('Neither "properties.currency" nor "properties.coin" is in any of the 10'),
    ]);
  });

  it('warn of a global source that none of them has', () => {
    const document = { ...rule({}), global: { mappings: [{ source: 'properties.totl', target: 'x' }] } };
    expect(problems(document, { sampleEvents })).toEqual([
      'warning global.mappings[0].source: "properties.totl" is not in the sample events; did you mean "properties.total"?',
    ]);
  });
});

describe('compiling', () => {
  it('refuses with every error, and no warning, in its details', () => {
    try {
      compileBlueprint({ version: 3, events: { Order: { actn: 1, when: 'type = "page"' } } }, options);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      expect(error.code).toBe('BLUEPRINT_INVALID');
      expect(error.details?.map(({ path }) => path)).toEqual(['version', 'events.Order.actn']);
      expect(error.message).toContain('2 mistakes');
    }
  });

  it('refuses documents that nest without end', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 10_000; level++) deep = [deep];
    expect(() => compileBlueprint(mapping({ value: deep, target: 'x' }), options)).toThrow(
      'nests deeper than 64 levels',
    );
  });
});
