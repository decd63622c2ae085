/** Cases pass only when everything is as expected, and say in words what is not. */
import { describe, expect, it } from 'vitest';
import { compileBlueprint, runCases } from '../../src/blueprint/index.ts';
import { ACTIONS } from './actions.ts';

const blueprint = compileBlueprint(
  {
    version: 2,
    events: {
      Order: [
        { mappings: [{ source: 'properties.total', target: 'total' }] },
        { when: 'properties.total > 50', action: 'addTags', mappings: [{ value: ['big'], target: 'tags' }] },
        { action: 'addTags', mappings: [{ source: 'properties.tag', target: 'tags', required: true }] },
      ],
    },
  },
  { actions: ACTIONS },
);
const event = { type: 'track', event: 'Order', properties: { total: 20 } };
const payload = { email: 'a@b.co', event: 'Order', consent: { marketing: true }, properties: { total: 20 } };
const good = {
  name: 'an order',
  event,
  email: 'a@b.co',
  consent: { marketing: true },
  operations: [{ rule: 'Order', action: 'trackEvent', payload }],
  skipped: { 'Order/1': 'CONDITION_NOT_MET' },
  invalid: { 'Order/2': 'PAYLOAD_INVALID' },
};

const differences = (change: object): readonly string[] | undefined =>
  runCases(blueprint, [{ ...good, ...change }])[0]?.differences;

describe('a case', () => {
  it('passes when all is as expected', () => {
    expect(
      runCases(blueprint, {
        cases: [good, { name: 'another event', event: { type: 'page' }, dropped: true }],
      }),
    ).toEqual([
      { name: 'an order', passed: true, differences: [] },
      { name: 'another event', passed: true, differences: [] },
    ]);
  });

  it.each<[object, string[]]>([
    [{ dropped: true }, ['the event is not dropped']],
    [{ event: { type: 'page' } }, ['the event is dropped, since no rule wants it']],
    [{ operations: [] }, ['expected 0 operations but there are 1']],
    [{ skipped: {} }, ['skipped.Order/1: expected nothing but got "CONDITION_NOT_MET"']],
    [
      { invalid: { 'Order/2': 'MAPPING_FAILED' } },
      ['invalid.Order/2: expected "MAPPING_FAILED" but got "PAYLOAD_INVALID"'],
    ],
    [{ email: 'x@y.zz' }, ['operations[0].payload.email: expected "a@b.co" but got "x@y.zz"']],
    [
      {
        operations: [
          { action: 'addTags', payload: { ...payload, properties: { total: '20', constructor: 1 } } },
        ],
      },
      [
        'operations[0].action: expected "addTags" but got "trackEvent"',
        'operations[0].payload.properties.total: expected "20" but got 20',
        'operations[0].payload.properties.constructor: expected 1 but got nothing',
      ],
    ],
    [
      { operations: [{ rule: 'Other', action: 'trackEvent', payload }] },
      ['operations[0].rule: expected "Other" but got "Order"'],
    ],
  ])('with %j does not pass', (change, words) => {
    expect(differences(change)).toEqual(words);
  });

  it('sees what the action would refuse or clean', () => {
    const [refused] = runCases(blueprint, [good], () => ({ ok: false }));
    expect(refused?.differences).toContain('invalid.Order: expected nothing but got "PAYLOAD_INVALID"');
    const [cleaned] = runCases(blueprint, [good], (_, given) => ({
      ok: true,
      payload: { ...given, at: 'now' },
    }));
    expect(cleaned?.differences).toEqual(['operations[0].payload.at: expected nothing but got "now"']);
  });

  it.each<[unknown, string]>([
    [{}, 'A file of cases needs a list "cases".'],
    [[5], 'A case should be an object.'],
    [[{ ...good, expectd: 1 }], '"expectd" is not known in a case.'],
    [[{ event }], 'A case needs a name.'],
    [[{ name: 'x' }], 'A case needs an event.'],
    [[{ ...good, operations: {} }], '"operations" should be a list.'],
    [[{ ...good, operations: [{}] }], 'An operation needs an action.'],
    [[{ ...good, skipped: [] }], '"skipped" should be an object of rule and code.'],
  ])('%j cannot be read, and why is said', (cases, message) => {
    expect(() => runCases(blueprint, cases)).toThrow(message);
  });
});
