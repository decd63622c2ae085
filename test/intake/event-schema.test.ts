/** The published schema of an event and the parser agree on what may arrive. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/clock.ts';
import { parseEvent } from '../../src/intake/parse-event.ts';

const schema = JSON.parse(readFileSync('schemas/event.schema.json', 'utf8'));
const isValid = new Ajv2020({ allowUnionTypes: true, strictRequired: false }).compile(schema);

const id = fc.oneof(
  fc.constantFrom(
    ...['u1', '', '  ', 'null', 'undefined', 'NaN', '[object Object]', 'x'.repeat(512), 'x'.repeat(513)],
    ...[0, 7, -1, 1.5, 2 ** 53, 2 ** 53 - 1, null, true, {}, []],
  ),
  fc.string(),
);
const name = fc.constantFrom('Order Completed', '', ' ', 'x'.repeat(512), 'x'.repeat(513), null, 3, {});
const part = fc.constantFrom({}, { a: 1 }, null, [], 'text', 1, false);
const time = fc.oneof(
  fc.constantFrom(
    ...[
      '2024-02-29T10:00:00Z',
      '2024-02-29',
      '2024-02-29 10:00:00.123456+00:00',
      '20240229',
      'yesterday',
      '',
    ],
    ...[
      '2024-13-01T00:00:00Z',
      '2024-01-32',
      '2024-01-01T25:00Z',
      '1700000000000',
      '1700000000',
      ' 2024-01-01 ',
    ],
    ...[1_700_000_000_000, 1_700_000_000, -1, 1e18, null, true, {}],
  ),
  fc
    .date({ noInvalidDate: true, min: new Date(0) })
    .map((date) => (date.getFullYear() > 9999 ? 0 : date.toISOString())),
);
const members = fc.record(
  {
    type: fc.constantFrom('track', 'page', 'screen', 'identify', 'group', 'alias', 'Track', '', null, 1),
    event: name,
    name,
    category: name,
    userId: id,
    anonymousId: id,
    groupId: id,
    previousId: id,
    messageId: fc.constantFrom('m1', '', 'x'.repeat(100), 'x'.repeat(101), 5, null, {}, true),
    properties: part,
    traits: part,
    context: part,
    integrations: part,
    timestamp: time,
    originalTimestamp: time,
    sentAt: time,
    unknown: fc.anything(),
  },
  { requiredKeys: [] },
);

const good = fc.constantFrom('track', 'page', 'screen', 'identify', 'group', 'alias').map((type) => ({
  ...{ type, event: 'Order Completed', userId: 'u1', anonymousId: 'a1', groupId: 'g1', previousId: 'p1' },
}));
const names = [
  'type',
  'event',
  'name',
  'category',
  'userId',
  'anonymousId',
  'groupId',
  'previousId',
  'messageId',
].concat([
  'properties',
  'traits',
  'context',
  'integrations',
  'timestamp',
  'originalTimestamp',
  'sentAt',
  'unknown',
]);
/** A good event of which a few members were replaced. */
const wireEvent = fc.tuple(good, members, fc.subarray(names, { maxLength: 4 })).map(
  ([event, replaced, some]): Record<string, unknown> => ({
    ...event,
    ...Object.fromEntries(Object.entries(replaced).filter(([member]) => some.includes(member))),
  }),
);

/** Members that an event of this type does not have are not looked at by the parser. */
const READ: Record<string, readonly string[]> = {
  track: ['event'],
  page: ['name', 'category'],
  screen: ['name', 'category'],
  group: ['groupId'],
  alias: ['previousId'],
};
function asRead(event: Record<string, unknown>): Record<string, unknown> {
  const named = READ[String(event['type'])] ?? [];
  const unread = ['event', 'name', 'category', 'groupId', 'previousId'].filter(
    (member) => !named.includes(member),
  );
  const hidden = new Set(unread);
  // The parser looks at the timestamp only where there is no originalTimestamp.
  if (event['originalTimestamp'] !== undefined && event['originalTimestamp'] !== null)
    hidden.add('timestamp');
  return Object.fromEntries(Object.entries(event).filter(([member]) => !hidden.has(member)));
}

describe('schemas/event.schema.json', () => {
  it('accepts exactly what the parser accepts', () => {
    let accepted = 0;
    fc.assert(
      fc.property(wireEvent, (event) => {
        const read = asRead(JSON.parse(JSON.stringify(event)));
        const parsed = parseEvent(read, { receivedAtMs: 1_750_000_000_000 }, systemRandom);
        accepted += parsed.ok ? 1 : 0;
        expect({ ok: isValid(read), read }).toEqual({ ok: parsed.ok, read });
      }),
      { numRuns: 4_000 },
    );
    expect(accepted).toBeGreaterThan(400);
  });

  it('and it is not by refusing or accepting everything', () => {
    expect(isValid({ type: 'track', event: 'A', userId: 1 })).toBe(true);
    expect(isValid({ type: 'track', event: 'A' })).toBe(false);
  });
});
