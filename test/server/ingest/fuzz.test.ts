/** Whatever is sent, the server answers in its own form, keeps living, and stores only what is an event. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT_ROUTES } from '../../../src/server/ingest/event-routes.ts';
import { type Fixture, KEY, startIngest } from './ingest-fixture.ts';

let server: Fixture;
beforeAll(async () => {
  server = await startIngest();
});
afterAll(() => server.close());

const paths = fc.constantFrom(...Object.keys(EVENT_ROUTES), '/v1/m', '/v1/nothing', '/');
const event = fc.record(
  {
    type: fc.oneof(fc.constantFrom('track', 'page', 'identify'), fc.jsonValue()),
    event: fc.oneof(fc.string(), fc.jsonValue()),
    userId: fc.oneof(fc.string(), fc.integer(), fc.jsonValue()),
    messageId: fc.jsonValue(),
    properties: fc.jsonValue(),
    traits: fc.jsonValue(),
    context: fc.jsonValue(),
    timestamp: fc.jsonValue(),
    sentAt: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const document = fc.oneof(
  event,
  fc.record({
    batch: fc.oneof(fc.array(fc.oneof(event, fc.jsonValue())), fc.jsonValue()),
    context: fc.jsonValue(),
  }),
  fc.record({ events: fc.array(event) }),
  fc.jsonValue(),
);
const text = document.map((value) => JSON.stringify(value));
/** JSON with some characters cut out, doubled or replaced. */
const damaged = fc
  .tuple(text, fc.nat(), fc.nat({ max: 20 }), fc.string({ unit: 'binary', maxLength: 8 }))
  .map(([whole, at, length, put]) => {
    const from = whole.length === 0 ? 0 : at % whole.length;
    return whole.slice(0, from) + put + whole.slice(from + length);
  });
const body = fc.oneof(
  text.map((whole) => new TextEncoder().encode(whole)),
  damaged.map((whole) => new TextEncoder().encode(whole)),
  fc.uint8Array({ maxLength: 2_000 }),
);
const headers = fc.record(
  {
    authorization: fc.constantFrom(
      `Bearer ${KEY}`,
      `Bearer ${KEY}`,
      'Bearer',
      'Basic',
      'Basic ====',
      'Digest x',
      '',
    ),
    'content-type': fc.constantFrom(
      'application/json',
      'text/plain',
      'multipart/form-data',
      ';',
      'a/b; charset=x',
    ),
    'content-encoding': fc.constantFrom('gzip', 'identity', 'br', 'deflate', 'x'),
    'x-signature': fc.constantFrom('sha256=', `sha256=${'0'.repeat(64)}`, 'x'),
    'x-timestamp': fc.constantFrom('0', '-1', 'x', '99999999999999999999'),
    origin: fc.constantFrom('null', 'https://a.example', 'x'),
  },
  { requiredKeys: [] },
);

describe('fuzzed requests', () => {
  it('are answered in the documented form, and the server goes on', async () => {
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(paths, body, headers, async (path, bytes, given) => {
        const answer = await fetch(server.url + path, {
          method: 'POST',
          body: bytes,
          headers: { authorization: `Bearer ${KEY}`, ...given },
          redirect: 'manual',
        });
        seen.add(answer.status);
        expect([200, 400, 401, 404]).toContain(answer.status);
        const said: unknown = await answer.json();
        if (answer.status === 200) expect(said).toMatchObject({ success: true });
        else expect(said).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
      }),
      { numRuns: 600 },
    );
    expect(seen).toEqual(new Set([200, 400, 401, 404]));
    expect((await server.post('/v1/t', { event: 'A', userId: 'after' })).status).toBe(200);
    expect(server.events().at(-1)?.userId).toBe('after');
    for (const { type, userId, anonymousId, messageId } of server.events()) {
      expect([typeof type, typeof messageId, typeof (userId ?? anonymousId)]).toEqual([
        'string',
        'string',
        'string',
      ]);
    }
  });

  it('of the pixel are answered with the image', async () => {
    const query = fc.dictionary(
      fc.constantFrom('wk', 'e', 'uid', 'aid', 'p.a', 'p.', 't.__proto__', 'ts', 'mid', '__proto__'),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), query, async (type, members) => {
        const answer = await fetch(
          `${server.url}/v1/pixel/x${encodeURIComponent(type)}?${new URLSearchParams({ wk: KEY, ...members })}`,
        );
        expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/gif']);
      }),
      { numRuns: 200 },
    );
  });
});
