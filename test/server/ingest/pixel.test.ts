/** The pixel: always an image, and only what is right is recorded. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fixture, KEY, startIngest } from './ingest-fixture.ts';

let server: Fixture;
beforeEach(async () => {
  server = await startIngest();
});
afterEach(() => server.close());
const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers });

describe('the pixel', () => {
  it('records an event with all its parts', async () => {
    const ts = Date.now() - 60_000;
    const query = `wk=${KEY}&e=Mail+Opened&uid=u1&aid=a1&p.campaign=spring&p.a.b=c&t.plan=pro&ts=${ts}&mid=m1&cb=123`;
    const answer = await get(`/v1/pixel/track?${query}`, {
      referer: 'https://mail.example/1',
      'user-agent': 'Mail/1',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('image/gif');
    expect(answer.headers.get('cache-control')).toBe('no-store, no-cache, must-revalidate');
    expect(
      Buffer.from(await answer.arrayBuffer())
        .subarray(0, 6)
        .toString(),
    ).toBe('GIF89a');
    expect(server.events()).toMatchObject([
      {
        type: 'track',
        event: 'Mail Opened',
        userId: 'u1',
        anonymousId: 'a1',
        messageId: 'm1',
        properties: { campaign: 'spring', 'a.b': 'c' },
        traits: { plan: 'pro' },
        context: { page: { url: 'https://mail.example/1' }, userAgent: 'Mail/1' },
        timestamp: new Date(ts).toISOString(),
      },
    ]);
  });

  it.each([
    ['page', 'page', 'e=Home'],
    ['p', 'page', ''],
    ['t', 'track', 'e=A'],
    ['i', 'identify', ''],
    ['group', 'group', 'gid=g1'],
  ])('takes the type %s as %s', async (path, type, more) => {
    await get(`/v1/pixel/${path}?wk=${KEY}&aid=a1&${more}`);
    expect(server.events()).toMatchObject([{ type, anonymousId: 'a1' }]);
  });

  it.each([
    ['no key', '/v1/pixel/track?e=A&uid=u'],
    ['an unknown key', '/v1/pixel/track?wk=x&e=A&uid=u'],
    ['no name', `/v1/pixel/track?wk=${KEY}&uid=u`],
    ['two names', `/v1/pixel/track?wk=${KEY}&uid=u&e=A&e=B`],
    ['nobody', `/v1/pixel/track?wk=${KEY}&e=A`],
    ['an unknown type', `/v1/pixel/purchase?wk=${KEY}&e=A&uid=u`],
    ['the type of a prototype', `/v1/pixel/constructor?wk=${KEY}&e=A&uid=u`],
    ['a wrong time', `/v1/pixel/track?wk=${KEY}&e=A&uid=u&ts=soon`],
  ])('with %s is an image too, and nothing is recorded', async (_name, path) => {
    const answer = await get(path);
    expect([answer.status, answer.headers.get('content-type'), server.events()]).toEqual([
      200,
      'image/gif',
      [],
    ]);
  });
});
