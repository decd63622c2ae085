/** One event, as it arrives, becomes a canonical event or a refusal that says where. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Arrival, parseEvent } from '../../src/intake/parse-event.ts';
import { EVENT_LIMITS, REJECTIONS, type RejectionCode } from '../../src/intake/rejection.ts';

const RECEIVED_MS = Date.parse('2026-03-01T12:00:00.000Z');
const RECEIVED = '2026-03-01T12:00:00.000Z';
const random = { id: () => '00000000-0000-4000-8000-000000000000' };
const parse = (raw: unknown, arrival: Partial<Arrival> = {}) =>
  parseEvent(raw, { receivedAtMs: RECEIVED_MS, ...arrival }, random);

function accepted(raw: unknown, arrival: Partial<Arrival> = {}) {
  const parsed = parse(raw, arrival);
  if (!parsed.ok) throw new Error(`refused: ${parsed.code} at ${parsed.path}`);
  return parsed;
}

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });

describe('an event', () => {
  it('with everything becomes canonical', () => {
    const { event, notes } = accepted({
      type: 'track',
      event: 'Order Completed',
      messageId: 'm1',
      userId: 'u1',
      anonymousId: 'a1',
      properties: { order_id: 7, products: [{ sku: 'x' }], coupon: null },
      context: { locale: 'de' },
      integrations: { All: true },
      timestamp: '2026-03-01T11:00:00Z',
      sentAt: '2026-03-01T11:00:01Z',
    });
    expect(notes).toEqual({});
    expect(event).toEqual({
      type: 'track',
      event: 'Order Completed',
      messageId: 'm1',
      userId: 'u1',
      anonymousId: 'a1',
      properties: { order_id: 7, products: [{ sku: 'x' }], coupon: null },
      traits: {},
      context: { locale: 'de' },
      integrations: { All: true },
      timestamp: '2026-03-01T11:59:59.000Z',
      originalTimestamp: '2026-03-01T11:00:00.000Z',
      sentAt: '2026-03-01T11:00:01.000Z',
      receivedAt: RECEIVED,
    });
  });

  it('with the least has empty parts, a made-up messageId and the time of receipt', () => {
    expect(accepted({ type: 'identify', anonymousId: 'a1' }).event).toEqual({
      type: 'identify',
      messageId: random.id(),
      anonymousId: 'a1',
      properties: {},
      traits: {},
      context: {},
      timestamp: RECEIVED,
      receivedAt: RECEIVED,
    });
  });

  it('takes its type from the route, whatever it says itself', () => {
    expect(accepted({ type: 'page', event: 'A', userId: 'u' }, { type: 'track' }).event.type).toBe('track');
  });

  it('may have numbers as ids, and null for what it has not', () => {
    const { event } = accepted({
      type: 'identify',
      userId: 42,
      anonymousId: null,
      traits: null,
      messageId: 5,
    });
    expect(event).toMatchObject({ userId: '42', messageId: '5', traits: {} });
    expect(event).not.toHaveProperty('anonymousId');
  });

  it('has no id where a broken caller sent the text of a missing one', () => {
    const { event, notes } = accepted({ type: 'identify', userId: 'undefined', anonymousId: 'a1' });
    expect(event).not.toHaveProperty('userId');
    expect(notes).toEqual({ ignored: ['userId'] });
  });

  it('loses members nobody knows, and the notes name them', () => {
    const { event, notes } = accepted({
      type: 'identify',
      userId: 'u',
      wrtieKey: 1,
      _metadata: {},
      writeKey: 'k',
    });
    expect(notes).toEqual({ ignored: ['wrtieKey'] });
    expect(Object.keys(event)).not.toContain('_metadata');
  });

  it('has members of the batch where it has none of that name', () => {
    const batch = {
      context: { locale: 'de', consent: { a: true } },
      integrations: { All: false },
      sentAt: RECEIVED,
    };
    const { event } = accepted(
      {
        type: 'identify',
        userId: 'u',
        context: { consent: { b: true } },
        integrations: { X: true },
        sentAt: 0,
      },
      { batch },
    );
    expect(event.context).toEqual({ locale: 'de', consent: { b: true } });
    expect(event.integrations).toEqual({ All: false, X: true });
    expect(event.sentAt).toBe(RECEIVED);
  });

  it('is kept when the context of the batch is no object', () => {
    expect(accepted({ type: 'identify', userId: 'u' }, { batch: { context: 'x' } }).event.context).toEqual(
      {},
    );
  });

  it('has long texts cut, never through a character, and the notes say where', () => {
    const long = `${'x'.repeat(EVENT_LIMITS.stringChars - 1)}😀`;
    const { event, notes } = accepted({ type: 'identify', userId: 'u', traits: { bio: [long] } });
    expect(event.traits).toEqual({ bio: ['x'.repeat(EVENT_LIMITS.stringChars - 1)] });
    expect(notes).toEqual({ truncated: ['traits.bio.0'] });
  });
});

describe('a refusal', () => {
  const user = { userId: 'u' };
  const track = { type: 'track', event: 'A', ...user };
  const wide = { list: Array.from({ length: EVENT_LIMITS.members + 1 }, () => 0) };
  const large = { list: Array.from({ length: 5 }, () => 'ä'.repeat(4_000)) };
  const table: readonly (readonly [RejectionCode, string, unknown])[] = [
    ['NOT_AN_OBJECT', '', null],
    ['NOT_AN_OBJECT', '', [track]],
    ['NOT_AN_OBJECT', '', 'track'],
    ['TYPE_MISSING', 'type', user],
    ['TYPE_UNKNOWN', 'type', { ...user, type: 'purchase' }],
    ['TYPE_UNKNOWN', 'type', { ...user, type: 'constructor' }],
    ['TYPE_UNKNOWN', 'type', { ...user, type: ['track'] }],
    ['EVENT_NAME_MISSING', 'event', { type: 'track', ...user }],
    ['EVENT_NAME_MISSING', 'event', { ...track, event: '  ' }],
    ['FIELD_INVALID', 'event', { ...track, event: 7 }],
    ['FIELD_TOO_LONG', 'event', { ...track, event: 'x'.repeat(EVENT_LIMITS.nameChars + 1) }],
    ['FIELD_INVALID', 'name', { type: 'page', name: {}, ...user }],
    ['GROUP_ID_MISSING', 'groupId', { type: 'group', ...user }],
    ['PREVIOUS_ID_MISSING', 'previousId', { type: 'alias', ...user }],
    ['PREVIOUS_ID_MISSING', 'previousId', { type: 'alias', anonymousId: 'a', previousId: 'p' }],
    ['ID_MISSING', 'userId', { type: 'identify' }],
    ['ID_MISSING', 'userId', { type: 'identify', userId: '', anonymousId: ' ' }],
    ['ID_MISSING', 'userId', { type: 'identify', userId: 'null' }],
    ['ID_INVALID', 'userId', { type: 'identify', userId: { id: 1 } }],
    ['ID_INVALID', 'userId', { type: 'identify', userId: 2 ** 53 }],
    ['ID_INVALID', 'anonymousId', { type: 'identify', anonymousId: true }],
    ['FIELD_TOO_LONG', 'userId', { type: 'identify', userId: 'x'.repeat(EVENT_LIMITS.idChars + 1) }],
    ['FIELD_TOO_LONG', 'messageId', { ...track, messageId: 'x'.repeat(101) }],
    ['FIELD_INVALID', 'properties', { ...track, properties: 'a=1' }],
    ['FIELD_INVALID', 'properties', { ...track, properties: [] }],
    ['FIELD_INVALID', 'context', { ...track, context: [] }],
    ['TIMESTAMP_INVALID', 'timestamp', { ...track, timestamp: 'yesterday' }],
    ['TIMESTAMP_INVALID', 'originalTimestamp', { ...track, originalTimestamp: {} }],
    ['EVENT_TOO_DEEP', 'properties.a.a.a', { ...track, properties: nested(EVENT_LIMITS.depth) }],
    ['EVENT_TOO_WIDE', 'properties.list', { ...track, properties: wide }],
    ['EVENT_TOO_LARGE', '', { ...track, properties: large }],
  ];
  it.each(table)('%s at "%s"', (code, path, raw) => {
    expect(parse(raw)).toMatchObject({ ok: false, code, path });
  });

  it('is shown for every code but the one of governance', () => {
    const shown = new Set<string>(table.map(([code]) => code));
    expect(Object.keys(REJECTIONS).filter((code) => !shown.has(code))).toEqual(['BOT_FILTERED']);
  });

  it('holds no value of the event in its message', () => {
    for (const [, , raw] of table) {
      const parsed = parse(JSON.parse(JSON.stringify(raw).replaceAll('"u"', '"jane@example.com"')));
      expect(JSON.stringify(parsed.ok ? '' : parsed)).not.toContain('jane');
    }
  });

  it('begins one above each limit', () => {
    expect(parse({ ...track, properties: nested(EVENT_LIMITS.depth - 1) }).ok).toBe(true);
    expect(parse({ ...track, properties: { list: wide.list.slice(2) } }).ok).toBe(true);
    expect(parse({ ...track, event: 'x'.repeat(EVENT_LIMITS.nameChars) }).ok).toBe(true);
  });

  it('comes exactly above 32 KB of canonical JSON', () => {
    const sized = (bytes: number) => {
      const parts = (last: string) => ({ ...track, messageId: 'm', properties: { list: [...chunks, last] } });
      const chunks = Array.from({ length: 4 }, () => 'ä'.repeat(3_900));
      const rest = bytes - Buffer.byteLength(JSON.stringify(accepted(parts('')).event));
      return parts('x'.repeat(rest));
    };
    expect(parse(sized(EVENT_LIMITS.bytes)).ok).toBe(true);
    expect(parse(sized(EVENT_LIMITS.bytes + 1))).toMatchObject({ ok: false, code: 'EVENT_TOO_LARGE' });
  });
});

describe('whatever arrives', () => {
  const keys = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'userId'),
  );
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, 0, -0, 1e308, '', '\u0000', '\ud800', '__proto__'),
      fc.string(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
    ),
  })).value;
  const members = [
    'properties',
    'traits',
    'context',
    'integrations',
    'timestamp',
    'userId',
    'messageId',
    '__proto__',
  ];
  const event = fc
    .dictionary(fc.constantFrom(...members), json)
    .map((some): unknown =>
      JSON.parse(JSON.stringify({ type: 'track', event: 'A', anonymousId: 'a', ...some })),
    );

  it('never throws, pollutes nothing, and comes out as plain JSON that is stable', () => {
    fc.assert(
      fc.property(fc.oneof(event, json, fc.anything()), (raw) => {
        const parsed = parse(raw);
        expect(Object.keys(Object.prototype)).toEqual([]);
        if (!parsed.ok) return;
        expect([...prototypes(parsed.event)].filter((prototype) => !PLAIN.has(prototype))).toEqual([]);
        expect(JSON.stringify(parsed.event)).not.toContain('"__proto__":');
        const again = parse(JSON.parse(JSON.stringify(parsed.event)));
        expect(again.ok && again.event.properties).toEqual(parsed.event.properties);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused in time when it is a bomb of depth', () => {
    const bomb = JSON.parse(
      `{"type":"track","event":"A","userId":"u","properties":${'{"a":'.repeat(80_000)}1${'}'.repeat(80_000)}}`,
    );
    expect(parse(bomb)).toMatchObject({ ok: false, code: 'EVENT_TOO_DEEP' });
  });

  it('keeps no prototype that came as a member', () => {
    const raw = JSON.parse(
      '{"type":"identify","userId":"u","traits":{"__proto__":{"polluted":1},"a":{"__proto__":{"b":1}}}}',
    );
    const { event } = accepted(raw);
    expect(event.traits).toEqual({ a: {} });
    expect(Object.getPrototypeOf(event.traits)).toBe(Object.prototype);
  });
});

const PLAIN = new Set<unknown>([Object.prototype, Array.prototype]);

/** The prototypes of all objects inside a value. */
function prototypes(value: unknown, found = new Set<unknown>()): Set<unknown> {
  if (typeof value !== 'object' || value === null) return found;
  found.add(Object.getPrototypeOf(value));
  for (const member of Object.values(value)) prototypes(member, found);
  return found;
}
