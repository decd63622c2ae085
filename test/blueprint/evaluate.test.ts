/** What rules make of events: sources, layers, targets, conditions, outcomes. */
import { describe, expect, it } from 'vitest';
import { type CompileOptions, compileBlueprint, type Evaluation } from '../../src/blueprint/index.ts';
import { ACTIONS } from './actions.ts';
import { deepFreeze } from './values.ts';

const order = {
  type: 'track',
  event: 'Order',
  userId: 'u-1',
  email: 'jane@example.com',
  timestamp: '2026-01-02T03:04:05.000Z',
  properties: {
    order_id: 'o-1',
    total: 20,
    currency: null,
    blank: ' ',
    homeAddress: { zipCode: '1' },
    items: [{ name: 'a' }, { name: 'b' }],
  },
  traits: { lastName: 'Doe' },
  context: { userAgent: 'UA', consent: { ad: true } },
};

function evaluate(
  events: object,
  event: object = order,
  more: object = {},
  options: Partial<CompileOptions> = {},
): Evaluation {
  return compileBlueprint({ version: 2, events, ...more }, { actions: ACTIONS, ...options }).evaluate(
    deepFreeze(event),
  );
}

/** The properties that a rule with these mappings tracks. */
function properties(
  mappings: object[],
  event: object = order,
  rule: object = {},
  more: object = {},
): unknown {
  const evaluation = evaluate({ Order: { mappings, ...rule } }, event, more);
  const [result] = evaluation.kind === 'evaluated' ? evaluation.results : [];
  return result?.outcome === 'operation' ? result.payload['properties'] : (result ?? evaluation);
}

describe('a source', () => {
  it.each([
    ['user_id', 'u-1'],
    ['event.user_id', 'u-1'],
    ['$.userId', 'u-1'],
    ['event', 'Order'],
    ['context.user_agent', 'UA'],
    ['traits.last_name', 'Doe'],
    ['properties.orderId', 'o-1'],
    ['properties.home_address.zip_code', '1'],
    ['properties.items[1].name', 'b'],
    ['properties.items.length', 2],
  ])('%s finds %j', (source, x) => {
    expect(properties([{ source, target: 'x' }])).toEqual({ x });
  });

  it('is tried as it is written first', () => {
    const both = { ...order, properties: { order_id: 'snake', orderId: 'camel' } };
    expect(
      properties(
        [
          { source: 'properties.orderId', target: 'a' },
          { source: 'properties.order_id', target: 'b' },
        ],
        both,
      ),
    ).toEqual({ a: 'camel', b: 'snake' });
  });

  it('gives way to the next of its list when it is absent, null, blank or cannot be transformed', () => {
    const list = (...source: string[]): object => ({ source, target: 'x', transform: 'to_number' });
    expect(
      properties([
        list(
          'properties.none',
          'properties.currency',
          'properties.blank',
          'properties.order_id',
          'properties.total',
        ),
      ]),
    ).toEqual({ x: 20 });
  });

  it('clears with null when nothing better is there', () => {
    expect(
      properties([{ source: ['properties.none', 'properties.currency'], target: 'x', transform: 'trim' }]),
    ).toEqual({ x: null });
  });
});

describe('a mapping', () => {
  it.each([
    [{ source: 'context.consent.ad', value_map: { true: 'GRANTED', '*': 'DENIED' } }, 'GRANTED'],
    [{ source: 'context.consent.none', value_map: { true: 'GRANTED', '*': 'DENIED' } }, 'DENIED'],
    [{ source: 'properties.total', value_map: { 20: 'twenty' } }, 'twenty'],
    [{ source: 'properties.currency', value_map: { null: 'none' } }, 'none'],
    [{ source: 'properties.currency', default: 'EUR' }, 'EUR'],
    [{ source: 'properties.blank', default: 'EUR' }, 'EUR'],
    [{ source: 'properties.none', default: { '@path': '$.userId' } }, 'u-1'],
    [{ default: 5 }, 5],
    [{ value: { '@template': 'nr {{properties.order_id}}' } }, 'nr o-1'],
    [{ value: 'fixed', transform: 'uppercase' }, 'FIXED'],
    [
      { source: 'properties.items', transform: [{ name: 'pluck', format: 'name' }, 'join'], format: '+' },
      'a+b',
    ],
    [{ source: 'timestamp', transform: 'date_format', format: 'epoch_micros' }, 1_767_323_045_000_000],
  ])('%j gives %j', (mapping, x) => {
    expect(properties([{ ...mapping, target: 'x' }])).toEqual({ x });
  });

  it('without a translation and without * gives nothing', () => {
    expect(
      properties([
        { source: 'properties.total', target: 'x', value_map: { 5: 'five' } },
        { value: 1, target: 'y' },
      ]),
    ).toEqual({ y: 1 });
  });

  it('that is required refuses the operation when it stays empty', () => {
    expect(properties([{ source: 'properties.blank', target: 'x', required: true }])).toEqual({
      rule: 'Order',
      outcome: 'invalid',
      code: 'PAYLOAD_INVALID',
      problems: [{ path: 'x', message: 'The event has no value for "x", which the rule requires.' }],
    });
    expect(properties([{ source: 'properties.blank', target: 'x', required: true, default: 1 }])).toEqual({
      x: 1,
    });
  });

  it('that fails says which directive and why, and leaves the other rules alone', () => {
    const broken = { mappings: [{ value: { '@template': { '@path': '$.properties.total' } }, target: 'x' }] };
    expect(evaluate({ Order: [broken, {}] })).toMatchObject({
      results: [
        {
          rule: 'Order',
          outcome: 'invalid',
          code: 'MAPPING_FAILED',
          problems: [{ path: '@template', message: 'expected a string, got a number' }],
        },
        { rule: 'Order/1', outcome: 'operation' },
      ],
    });
  });
});

describe('a target', () => {
  it('makes nested objects, and lays single members over a whole object', () => {
    const mappings = [
      { source: 'properties.home_address', target: 'address' },
      { value: 'Oslo', target: 'address.city' },
      { value: 1, target: "['dotted.name']" },
    ];
    expect(properties(mappings)).toEqual({ address: { zipCode: '1', city: 'Oslo' }, 'dotted.name': 1 });
  });

  it('can hold all properties of the event and more', () => {
    const event = { ...order, properties: { a: 1 } };
    expect(
      properties(
        [
          { source: 'properties', target: 'properties' },
          { value: 2, target: 'b' },
        ],
        event,
      ),
    ).toEqual({ a: 1, b: 2 });
  });

  it('without any value leaves its object out', () => {
    expect(properties([{ source: 'properties.none', target: 'a.b' }])).toBeUndefined();
  });

  it('called like a member of every object is only data', () => {
    const made = properties([
      { value: 1, target: '__proto__.x' },
      { value: 2, target: 'constructor' },
    ]);
    expect(JSON.stringify(made)).toBe('{"__proto__":{"x":1},"constructor":2}');
    expect(Reflect.get({}, 'x')).toBeUndefined();
  });

  it('mapped twice takes the later mapping, and the earlier when that gives nothing', () => {
    const twice = (source: string): unknown =>
      properties([
        { value: 'first', target: 'x' },
        { source, target: 'x' },
      ]);
    expect(twice('properties.order_id')).toEqual({ x: 'o-1' });
    expect(twice('properties.none')).toEqual({ x: 'first' });
  });

  it('is filled by enrichments only when mappings leave it empty, then by what is global, then changed by transforms', () => {
    const rule = {
      enrichments: [
        { value: 'enriched', target: 'x' },
        { value: 'enriched', target: 'y' },
      ],
      transforms: [
        { target: 'x', transform: 'uppercase' },
        { target: 'y', transform: ['uppercase', 'truncate'], format: 3 },
      ],
    };
    const global = {
      mappings: [
        { value: 'global', target: 'x' },
        { value: 'global', target: 'z' },
      ],
      transforms: [{ target: 'z', transform: 'suffix', format: '!' }],
    };
    expect(properties([{ value: 'mapped', target: 'x' }], order, rule, { global })).toEqual({
      x: 'MAPPED',
      y: 'ENR',
      z: 'global!',
    });
  });

  it('of a global mapping is passed over by actions that have no place for it', () => {
    const global = { mappings: [{ source: 'user_id', target: 'user' }] };
    const events = { Order: { action: 'addTags', mappings: [{ value: 'vip', target: 'tags' }] } };
    expect(evaluate(events, order, { global })).toMatchObject({
      results: [{ payload: { email: 'jane@example.com', tags: 'vip' } }],
    });
  });
});

describe('an action', () => {
  it('gets its event name from vendor_event_name, or the event itself', () => {
    const name = (events: object, event: object = order): unknown => evaluate(events, event);
    expect(name({ Order: { vendor_event_name: 'purchase' } })).toMatchObject({
      results: [{ payload: { event: 'purchase' } }],
    });
    expect(name({ Order: {} })).toMatchObject({ results: [{ payload: { event: 'Order' } }] });
    expect(name({ page: {} }, { type: 'page', name: 'Home' })).toMatchObject({
      results: [{ payload: { event: 'page' } }],
    });
  });

  it('gets the declared mappings of the fields that no rule maps', () => {
    expect(evaluate({ Order: { mappings: [{ value: 'x@example.com', target: 'email' }] } })).toMatchObject({
      results: [{ payload: { email: 'x@example.com', at: order.timestamp } }],
    });
  });

  it('is chosen by the defaults of the destination when a rule names none', () => {
    const actions = { a: { title: 'A', fields: {} }, b: { title: 'B', fields: {} } };
    const found = (type: string): unknown =>
      evaluate(
        { identify: {}, group: {} },
        { type },
        {},
        { actions, defaultActions: { identify: 'a', other: 'b' } },
      );
    expect(found('identify')).toMatchObject({ results: [{ action: 'a' }] });
    expect(found('group')).toMatchObject({ results: [{ action: 'b' }] });
  });
});

describe('an event', () => {
  const rule = { vendor_event_name: 'x' };

  it('feeds every enabled rule of its list, each under its own id', () => {
    const events = {
      Order: [
        rule,
        { enabled: false },
        { when: 'properties.total > 50' },
        { when: 'properties.total > 5', action: 'addTags', mappings: [{ value: 'big', target: 'tags' }] },
      ],
    };
    expect(evaluate(events)).toMatchObject({
      results: [
        { rule: 'Order', outcome: 'operation', action: 'trackEvent' },
        { rule: 'Order/2', outcome: 'skipped', code: 'CONDITION_NOT_MET' },
        { rule: 'Order/3', outcome: 'operation', action: 'addTags' },
      ],
    });
  });

  it('without an entry goes to the defaults; one whose rules are switched off is dropped', () => {
    const defaults = { action: 'trackEvent', mappings: [{ source: 'type', target: 'kind' }] };
    expect(evaluate({}, order, { defaults })).toMatchObject({
      results: [{ rule: 'defaults', payload: { event: 'Order', properties: { kind: 'track' } } }],
    });
    expect(evaluate({ Order: { enabled: false } }, order, { defaults })).toEqual({ kind: 'dropped' });
    expect(evaluate({ Order: [] }, order, { defaults })).toEqual({ kind: 'dropped' });
    expect(evaluate({}, order, { defaults: { action: 'drop' } })).toEqual({ kind: 'dropped' });
  });

  it.each([
    ['Product Viewed', 'view_item'],
    ['Product Viewed', 'product_viewed'],
    ['purchase', 'order completed'],
    ['page', 'Page Viewed'],
  ])('with aliases: the key %j matches %j; without them it does not', (key, event) => {
    const input = { type: 'track', event };
    expect(evaluate({ [key]: rule }, input, { aliases: true }).kind).toBe('evaluated');
    expect(evaluate({ [key]: rule }, input).kind).toBe('dropped');
  });

  it('with aliases still goes to its exact name first', () => {
    const events = { 'Order Completed': rule, purchase: { vendor_event_name: 'exact' } };
    expect(evaluate(events, { type: 'track', event: 'purchase' }, { aliases: true })).toMatchObject({
      results: [{ rule: 'purchase' }],
    });
  });

  it('draws on one budget with all its rules, so that no number of them makes it slow', () => {
    const properties = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, index]));
    const heavy = { mappings: [{ source: 'properties', target: 'properties' }] };
    const evaluation = evaluate({ Order: Array(20).fill(heavy) }, { ...order, properties });
    const outcomes = evaluation.kind === 'evaluated' ? evaluation.results.map(({ outcome }) => outcome) : [];
    expect(outcomes[0]).toBe('operation');
    expect(outcomes.at(-1)).toBe('invalid');
    const long = { when: `userId = "u-1" and ${Array(400).fill('type = "track"').join(' and ')}` };
    expect(evaluate({ Order: Array(20).fill(long) })).toMatchObject({
      results: { 0: { outcome: 'operation' }, 19: { outcome: 'invalid', code: 'MAPPING_FAILED' } },
    });
  });

  it('that is no event is dropped', () => {
    for (const nothing of [null, 5, 'x', [], {}, { type: 'track' }, { type: 'track', event: 5 }])
      expect(
        compileBlueprint({ version: 2, events: { x: {} } }, { actions: ACTIONS }).evaluate(nothing),
      ).toEqual({ kind: 'dropped' });
  });
});

describe('a parameter of the pipeline', () => {
  const document = {
    version: 2,
    parameters: { brand: 'own', shop: 'own' },
    events: {
      Order: {
        vendor_event_name: '{{pipeline_param.brand}}_{{ pipeline_param.shop }}',
        mappings: [{ value: { '@template': '{{pipeline_param.brand}}-{{userId}}' }, target: 'x' }],
      },
    },
  };

  it("is put into every text; the pipeline's goes before the blueprint's", () => {
    const blueprint = compileBlueprint(document, { actions: ACTIONS, parameters: { brand: 'acme' } });
    expect(blueprint.evaluate(order)).toMatchObject({
      results: [{ payload: { event: 'acme_own', properties: { x: 'acme-u-1' } } }],
    });
    expect(document.events.Order.vendor_event_name).toContain('pipeline_param');
  });
});

it('a compiled blueprint is frozen and does not follow later changes of its document', () => {
  const mappings = [{ value: 1, target: 'x' }];
  const blueprint = compileBlueprint({ version: 2, events: { Order: { mappings } } }, { actions: ACTIONS });
  mappings.length = 0;
  expect(Object.isFrozen(blueprint)).toBe(true);
  expect(blueprint.evaluate(order)).toMatchObject({ results: [{ payload: { properties: { x: 1 } } }] });
});
