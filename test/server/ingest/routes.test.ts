/** The paths of ingestion, the ways to name a key, and what is answered. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, KEY, startIngest } from './ingest-fixture.ts';

let server: Fixture;
beforeAll(async () => {
  server = await startIngest();
});
afterAll(() => server.close());

let count = 0;
const id = (): string => `m-${++count}`;

const SINGLE: readonly (readonly [readonly string[], string, Record<string, unknown>])[] = [
  [['/v1/t', '/v1/track'], 'track', { event: 'Product Viewed' }],
  [['/v1/p', '/v1/page'], 'page', { name: 'Home' }],
  [['/v1/i', '/v1/identify'], 'identify', { traits: { email: 'jane@example.com' } }],
  [['/v1/g', '/v1/group'], 'group', { groupId: 'g1' }],
  [['/v1/s', '/v1/screen'], 'screen', { name: 'Start' }],
  [['/v1/a', '/v1/alias'], 'alias', { previousId: 'old' }],
];
const singles = SINGLE.flatMap(([paths, type, members]) =>
  paths.map((path) => [path, type, members] as const),
);

describe('one event', () => {
  it.each(singles)('%s takes a %s', async (path, type, members) => {
    const messageId = id();
    const answer = await server.post(path, { userId: 'u1', messageId, ...members });
    expect([answer.status, await answer.json()]).toEqual([200, { success: true }]);
    const stored = server.events().find((event) => event.messageId === messageId);
    expect(stored).toMatchObject({ type, userId: 'u1', ...members });
  });

  it('is not stored twice under one messageId, and both are a success', async () => {
    const messageId = id();
    const body = { userId: 'u1', event: 'Twice', messageId };
    const answers = [await server.post('/v1/t', body), await server.post('/v1/t', body)];
    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
    expect(server.events().filter((event) => event.messageId === messageId)).toHaveLength(1);
  });

  it('that is bad is a 400 which says where', async () => {
    const answer = await server.post('/v1/t', { event: 'Nobody' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      error: {
        code: 'INVALID_REQUEST',
        message: 'The event has neither userId nor anonymousId.',
        details: [
          { path: 'userId', code: 'ID_MISSING', message: 'The event has neither userId nor anonymousId.' },
        ],
      },
    });
  });
});

describe('a batch', () => {
  const event = (members: object = {}) => ({
    type: 'track',
    event: 'A',
    userId: 'u1',
    messageId: id(),
    ...members,
  });

  it.each(
    ['/v1/batch', '/v1/b', '/v1/import'].flatMap((path) => [
      [path, 'batch'] as const,
      [path, 'events'] as const,
    ]),
  )('%s takes {%s}', async (path, member) => {
    const before = server.events().length;
    const answer = await server.post(path, { [member]: [event(), event()] });
    expect([answer.status, await answer.json()]).toEqual([200, { success: true }]);
    expect(server.events().length).toBe(before + 2);
  });

  it('with bad events stores the good ones and names the bad ones', async () => {
    const good = event();
    const answer = await server.post('/v1/batch', {
      batch: [event({ userId: undefined }), good, 'no event', event({ type: 'buy' })],
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      success: true,
      accepted: 1,
      rejected: [
        { index: 0, code: 'ID_MISSING', message: 'The event has neither userId nor anonymousId.' },
        { index: 2, code: 'NOT_AN_OBJECT', message: 'The event is not a JSON object.' },
        {
          index: 3,
          code: 'TYPE_UNKNOWN',
          message: 'The type must be one of track, page, screen, identify, group, alias.',
        },
      ],
    });
    expect(server.events().at(-1)?.messageId).toBe(good.messageId);
  });

  it('gives its context and integrations to each event that has none of that name', async () => {
    const messageId = id();
    await server.post('/v1/batch', {
      context: { locale: 'de', consent: { marketing: true } },
      integrations: { All: false },
      batch: [event({ messageId, context: { consent: { analytics: true } } })],
    });
    expect(server.events().find((stored) => stored.messageId === messageId)).toMatchObject({
      context: { locale: 'de', consent: { analytics: true } },
      integrations: { All: false },
    });
  });

  it('may hold 2,500 events of Segment’s and 500 of ours', async () => {
    const many = (length: number) =>
      Array.from({ length }, () => ({ type: 'track', event: 'A', userId: 'u' }));
    const statuses = async (body: object) => (await server.post('/v1/batch', body)).status;
    expect(await statuses({ batch: many(2_500) })).toBe(200);
    expect(await statuses({ batch: many(2_501) })).toBe(413);
    expect(await statuses({ events: many(500) })).toBe(200);
    expect(await statuses({ events: many(501) })).toBe(413);
  });

  it('without an array is a 400', async () => {
    expect((await server.post('/v1/batch', { batch: {} })).status).toBe(400);
  });
});

describe('the key', () => {
  const basic = (user: string): string => `Basic ${Buffer.from(user).toString('base64')}`;
  const ways: readonly (readonly [string, Record<string, string>, object, string])[] = [
    ['Bearer', { authorization: `Bearer ${KEY}` }, {}, ''],
    ['bearer in lower case', { authorization: `bearer ${KEY}` }, {}, ''],
    ['Basic as user name', { authorization: basic(`${KEY}:`) }, {}, ''],
    ['writeKey in the body', {}, { writeKey: KEY }, ''],
    ['wk in the query', {}, {}, `?wk=${KEY}`],
  ];
  it.each(ways)('is taken as %s', async (_name, headers, members, query) => {
    const answer = await server.post(`/v1/t${query}`, { event: 'A', userId: 'u', ...members }, headers);
    expect(answer.status).toBe(200);
  });

  const bad: readonly (readonly [string, Record<string, string>, object])[] = [
    ['none', {}, {}],
    ['an unknown Bearer', { authorization: 'Bearer dk_live_unknown' }, {}],
    ['an unknown Basic user', { authorization: basic('nobody:') }, {}],
    ['an unknown writeKey', {}, { writeKey: 'nobody' }],
    ['a writeKey that is no text', {}, { writeKey: { $ne: 1 } }],
    ['the name of a property that all objects have', { authorization: 'Bearer __proto__' }, {}],
  ];
  it.each(bad)('as %s is a 401, and nothing is stored', async (_name, headers, members) => {
    const before = server.events().length;
    const answer = await server.post('/v1/t', { event: 'A', userId: 'u', ...members }, headers);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: { code: 'INVALID_PIPELINE_KEY' } });
    expect(server.events().length).toBe(before);
  });
});
