/** What pages need: reading answers across origins, a preflight that passes once a day, scripts from a cache, an allow-list. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Fixture, type FixtureOptions, KEY, startIngest } from './ingest-fixture.ts';

let server: Fixture;
afterEach(() => server.close());
const start = async (options?: FixtureOptions): Promise<void> => {
  server = await startIngest(options);
};
const event = { event: 'A', userId: 'u', writeKey: KEY };
const from = (origin: string) => ({ origin, 'content-type': 'text/plain' });

describe('another origin', () => {
  it('gets its preflight answered for a day, with the headers that clients send', async () => {
    await start();
    const answer = await fetch(`${server.url}/v1/t`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-retry-count',
      },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-methods')).toContain('POST');
    expect(Number(answer.headers.get('access-control-max-age'))).toBeGreaterThanOrEqual(86_400);
    const allowed = answer.headers.get('access-control-allow-headers')?.split(', ');
    expect(allowed).toEqual(expect.arrayContaining(['authorization', 'content-type', 'x-retry-count']));
  });

  it.each([
    [200, event],
    [400, '{'],
    [401, { ...event, writeKey: 'x' }],
  ])('may read an answer of %d, and Retry-After', async (status, body) => {
    await start();
    const answer = await server.post(
      status === 400 ? `/v1/t?wk=${KEY}` : '/v1/t',
      body,
      from('https://shop.example'),
    );
    expect(answer.status).toBe(status);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-expose-headers')).toContain('retry-after');
  });

  it('may not where the origins are named and it is none of them', async () => {
    await start({ limits: { corsOrigins: ['https://shop.example'] } });
    const allowed = async (origin: string) =>
      (await server.post('/v1/t', event, from(origin))).headers.get('access-control-allow-origin');
    expect(await allowed('https://shop.example')).toBe('https://shop.example');
    expect(await allowed('https://evil.example')).toBeNull();
    expect((await server.post('/v1/t', event, from('https://evil.example'))).headers.get('vary')).toBe(
      'origin',
    );
  });
});

describe('the domain allow-list', () => {
  const table: readonly (readonly [string, string | undefined, number])[] = [
    ['names the host', 'https://shop.example', 200],
    ['names the host, whatever the port', 'http://shop.example:8443', 200],
    ['names all subdomains', 'https://a.b.wild.example', 200],
    ['names subdomains, not the domain', 'https://wild.example', 403],
    ['does not name a longer host', 'https://notshop.example', 403],
    ['does not name a host that begins alike', 'https://shop.example.evil.example', 403],
    ['does not name a page of no origin', 'null', 403],
    ['keeps nobody out who is no page', undefined, 200],
  ];
  it.each(table)('%s: %s', async (_claim, origin, status) => {
    await start({ pipeline: { domainAllowlist: ['https://Shop.example/', '*.wild.example'] } });
    const answer = await server.post('/v1/t', event, origin === undefined ? {} : from(origin));
    expect(answer.status).toBe(status);
    expect(server.events().length).toBe(status === 200 ? 1 : 0);
  });

  it('goes by the Referer where there is no Origin', async () => {
    await start({ pipeline: { domainAllowlist: ['shop.example'] } });
    const status = async (referer: string) => (await server.post('/v1/t', event, { referer })).status;
    expect(await status('https://shop.example/cart?x=1')).toBe(200);
    expect(await status('https://evil.example/?https://shop.example')).toBe(403);
  });
});

describe('the scripts', () => {
  const script = `console.log(${JSON.stringify('datafly '.repeat(200))});\n`;
  const withScript = async (run: () => Promise<void>): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'ingest-'));
    const file = join(folder, 'd.js');
    await writeFile(file, script);
    await start({ sdkFiles: { '/d.js': file } });
    await run().finally(() => rm(folder, { recursive: true }));
  };

  it('are served to every page, compressed, and cached', () =>
    withScript(async () => {
      const answer = await fetch(`${server.url}/d.js`);
      expect(await answer.text()).toBe(script);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'text/javascript; charset=utf-8',
        'content-encoding': 'gzip',
        'access-control-allow-origin': '*',
        'cross-origin-resource-policy': 'cross-origin',
      });
      expect(answer.headers.get('cache-control')).toMatch(/public, max-age=\d+/);
    }));

  it('are plain for whoever takes no gzip', () =>
    withScript(async () => {
      const answer = await fetch(`${server.url}/d.js`, { headers: { 'accept-encoding': 'identity' } });
      expect([answer.headers.get('content-encoding'), await answer.text()]).toEqual([null, script]);
    }));

  it('are not sent again to whoever has them', () =>
    withScript(async () => {
      const tag = (await fetch(`${server.url}/d.js`)).headers.get('etag') ?? '';
      const again = await fetch(`${server.url}/d.js`, { headers: { 'if-none-match': `"other", ${tag}` } });
      expect([again.status, await again.text()]).toEqual([304, '']);
      expect((await fetch(`${server.url}/d.js`, { headers: { 'if-none-match': '"other"' } })).status).toBe(
        200,
      );
    }));

  it('that are missing stop the start, in words', async () => {
    await expect(startIngest({ sdkFiles: { '/d.js': '/nowhere/d.js' } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    await start();
  });
});

describe('Segment’s settings', () => {
  it('name one integration, at this host', async () => {
    await start();
    const answer = await fetch(`${server.url}/v1/projects/${KEY}/settings`);
    expect(await answer.json()).toEqual({
      integrations: { 'Segment.io': { apiKey: KEY, apiHost: `${server.host}/v1`, protocol: 'http' } },
      metrics: { sampleRate: 0 },
    });
  });

  it('keep https where a proxy ends it', async () => {
    await start();
    const answer = await fetch(`${server.url}/v1/projects/${KEY}/settings`, {
      headers: { 'x-forwarded-proto': 'https' },
    });
    expect(await answer.json()).toMatchObject({ integrations: { 'Segment.io': { protocol: 'https' } } });
  });

  it('of an unknown key are 401', async () => {
    await start();
    expect((await fetch(`${server.url}/v1/projects/nobody/settings`)).status).toBe(401);
  });
});
