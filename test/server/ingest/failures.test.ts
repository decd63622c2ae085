/** What clients are told when something fails: as Segment's clients read a status, no event may be lost by our fault. */
import { afterEach, describe, expect, it } from 'vitest';
import { Failure } from '../../../src/event/failure.ts';
import { answerWhileClosing } from '../late-request.ts';
import { type Fixture, type FixtureOptions, KEY, SECRET, startIngest } from './ingest-fixture.ts';

let server: Fixture;
afterEach(() => server.close());
const start = async (options?: FixtureOptions): Promise<void> => {
  server = await startIngest(options);
};
const event = { event: 'A', userId: 'u' };

describe('while the log takes nothing', () => {
  it.each([
    ['a failure of the store', new Failure('STORE_UNAVAILABLE', 'The disk is full.')],
    ['an error nobody foresaw', new Error('SQLITE_IOERR')],
    ['a failure with a status that clients drop', new Failure('CONFLICT', 'odd')],
  ])('%s is 503 with Retry-After, on every route, and later everything is taken', async (_name, failure) => {
    await start();
    server.log.failure = failure;
    for (const [path, body] of [
      ['/v1/t', event],
      ['/v1/batch', { batch: [{ type: 'track', ...event }] }],
    ] as const) {
      const answer = await server.post(path, body);
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await answer.json()).toMatchObject({ error: { code: 'STORE_UNAVAILABLE' } });
    }
    expect((await fetch(`${server.url}/v1/pixel/track?wk=${KEY}&e=A&uid=u`)).status).toBe(503);
    server.log.failure = undefined;
    expect((await server.post('/v1/t', event)).status).toBe(200);
  });

  it('health says so', async () => {
    await start();
    expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({ status: 'ok' });
    await server.close();
    await start();
    server.log.failure = new Error('SQLITE_IOERR');
    expect((await fetch(`${server.url}/healthz`)).status).toBe(503);
  });
});

describe('while the server closes', () => {
  it.each(['GET /healthz', 'POST /v1/t', 'POST /v1/t/?x=1'])(
    'what still comes is 503 in our form with Retry-After, which a page may read: %s',
    async (late) => {
      await start();
      const answer = await answerWhileClosing(server.app, server.port, '/healthz', late);
      expect(answer).toMatch(/^HTTP\/1\.1 503 /);
      expect(answer).toMatch(/\r\nretry-after: [1-9]\d*\r\n/);
      expect(answer).toMatch(/\r\naccess-control-expose-headers: retry-after\r\n/);
      expect(answer.split('\r\n\r\n')[1]).toContain('{"error":{"code":"SERVICE_CLOSING","message":');
    },
  );
});

describe('a key', () => {
  it('that cannot be looked up is 503, never 401', async () => {
    await start({ byKey: () => Promise.reject(new Error('SQLITE_BUSY')) });
    const answer = await server.post('/v1/t', event);
    expect([answer.status, answer.headers.has('retry-after')]).toEqual([503, true]);
  });

  it('of a pipeline that is off is 401', async () => {
    await start({ pipeline: { enabled: false } });
    expect((await server.post('/v1/t', event)).status).toBe(401);
    expect(server.events()).toEqual([]);
  });

  it('is in no answer, and neither is the secret', async () => {
    await start({ pipeline: { secret: () => Promise.reject(new Error(`no ${SECRET}`)) } });
    const signed = { authorization: `Bearer ${KEY}`, 'x-signature': 'x', 'x-timestamp': '1' };
    const answers = [await server.post('/v1/events', event, signed), await server.post('/v1/t', '{')];
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(answers.map((answer) => answer.status)).toEqual([500, 400]);
    for (const text of texts) expect(text).not.toMatch(new RegExp(`${KEY}|${SECRET}`));
  });
});

describe('addresses', () => {
  it.each(['/v1/t/', '/v1/batch/', '//v1/t', '/v1/t/?x=1', '/v1//batch'])(
    '%s is taken where it stands, never redirected',
    async (path) => {
      await start();
      const body = path.includes('batch') ? { batch: [{ type: 'track', ...event }] } : event;
      const answer = await server.post(path, body);
      expect([answer.status, answer.redirected, server.events().length]).toEqual([200, false, 1]);
    },
  );

  it.each([
    ['GET', '/v1/t', 405, 'METHOD_NOT_ALLOWED'],
    ['PUT', '/v1/batch/', 405, 'METHOD_NOT_ALLOWED'],
    ['GET', '/', 404, 'NOT_FOUND'],
    ['POST', '/v1/x', 404, 'NOT_FOUND'],
    ['GET', '/v1/constructor', 404, 'NOT_FOUND'],
    ['GET', '/%zz', 400, 'INVALID_REQUEST'],
  ])('%s %s is %d', async (method, path, status, code) => {
    await start();
    const answer = await fetch(server.url + path, { method, redirect: 'manual' });
    expect([answer.status, await answer.json()]).toMatchObject([status, { error: { code } }]);
  });
});

describe('Segment’s client metrics', () => {
  it('are taken and not kept', async () => {
    await start();
    const answer = await server.post('/v1/m', { series: [] });
    expect([answer.status, await answer.json(), server.events()]).toEqual([200, { success: true }, []]);
  });
});

describe('bots', () => {
  it('are filtered with a success, so that nobody sends them again', async () => {
    await start({ pipeline: { config: { bot_filter: true } } });
    const answer = await server.post('/v1/t', { ...event, context: { userAgent: 'Googlebot/2.1' } });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      success: true,
      accepted: 0,
      rejected: [{ index: 0, code: 'BOT_FILTERED' }],
    });
    expect(server.events()).toEqual([]);
  });
});

describe('personal data', () => {
  it('that the pipeline drops never reaches the log', async () => {
    await start({ pipeline: { config: { pii: { drop: ['properties.card'] } } } });
    await server.post('/v1/t', { ...event, properties: { card: '4111', total: 3 } });
    expect(JSON.stringify(server.log.events)).not.toContain('4111');
    expect(server.events()).toMatchObject([
      { properties: { total: 3 }, context: { governance: { dropped: ['properties.card'] } } },
    ]);
  });
});
