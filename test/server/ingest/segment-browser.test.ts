/** The published @segment/analytics-next, unmodified, in Chromium on a page of another origin, pointed here by its host options. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../../src/event/failure.ts';
import { hasChromium, launchChromium, openContext } from '../../chromium.ts';
import { type Fixture, KEY, startIngest } from './ingest-fixture.ts';

let browser: Browser;
let pages: Server;
let pageUrl: string;
let server: Fixture;
let page: Page;
/** `METHOD path status` of every answer, in order. */
let answers: string[];
const problems: string[] = [];

const ENTRY = `
import { AnalyticsBrowser } from '@segment/analytics-next';
window.load = (settings, options) => { window.analytics = AnalyticsBrowser.load(settings, options); return window.analytics.ready(); };
`;

beforeAll(async () => {
  if (!hasChromium) return;
  const bundle = await build({
    stdin: { contents: ENTRY, resolveDir: process.cwd() },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const script = bundle.outputFiles[0]?.text ?? '';
  pages = createServer((request, answer) => {
    const isScript = request.url === '/segment.js';
    answer.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    answer.end(isScript ? script : '<!doctype html><title>Shop</title><script src="/segment.js"></script>');
  });
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
  pageUrl = `http://127.0.0.1:${portOf(pages.address())}/shop?utm_source=mail`;
  browser = await launchChromium();
});

afterAll(async () => {
  if (!hasChromium) return;
  await browser.close();
  await new Promise((resolve) => pages.close(resolve));
});

beforeEach(async () => {
  if (!hasChromium) return;
  server = await startIngest();
  answers = [];
  problems.length = 0;
  server.app.server.on('request', (request, answer) => {
    answer.on('finish', () => answers.push(`${request.method} ${request.url} ${answer.statusCode}`));
  });
  page = await (await openContext(browser)).newPage();
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(pageUrl);
});

afterEach(async () => {
  if (!hasChromium) return;
  await page.close();
  await server.close();
});

const STANDARD = {};
const BATCHING = { deliveryStrategy: { strategy: 'batching', config: { size: 3, timeout: 300 } } };

/** Only `cdnURL`, `apiHost`, `protocol` and the strategy differ from what Segment's own users write. */
async function load(strategy: object): Promise<void> {
  const segment = { apiHost: `${server.host}/v1`, protocol: 'http', ...strategy };
  await page.evaluate(
    ([writeKey, cdnURL, options]) => Reflect.get(window, 'load')({ writeKey, cdnURL }, options),
    [KEY, server.url, { integrations: { 'Segment.io': segment } }] as const,
  );
}

const call = (method: string, ...given: readonly unknown[]): Promise<void> =>
  page.evaluate(
    async ([name, values]) => {
      const analytics = Reflect.get(window, 'analytics');
      void analytics[name](...values);
    },
    [method, given] as const,
  );

const arrived = (count: number) => expect.poll(() => server.events().length).toBe(count);
const names = () => server.events().map(({ event }) => event);

describe.skipIf(!hasChromium)('analytics-next', () => {
  it.each([
    ['standard', STANDARD],
    ['batching', BATCHING],
  ])('%s: every kind of call arrives, with page, campaign and ids', async (name, strategy) => {
    await load(strategy);
    await call('track', 'Product Viewed', { price: 9.5 });
    await call('identify', 'u1', { email: 'jane@example.com' });
    await call('page', 'Shop', 'Home');
    await call('group', 'g1', { name: 'ACME' });
    await call('alias', 'u2', 'u1');
    await call('screen', 'Start');
    await arrived(6);
    const of = (type: string) => server.events().find((event) => event.type === type);
    expect(of('track')).toMatchObject({
      event: 'Product Viewed',
      properties: { price: 9.5 },
      context: { page: { url: pageUrl, title: 'Shop' }, campaign: { source: 'mail' } },
    });
    expect(of('track')?.anonymousId).toMatch(/^[0-9a-f-]{36}$/);
    expect(of('track')?.messageId).toMatch(/^ajs-next-/);
    expect(of('identify')).toMatchObject({ userId: 'u1', traits: { email: 'jane@example.com' } });
    expect(of('page')).toMatchObject({ name: 'Home', category: 'Shop', userId: 'u1' });
    expect(of('group')).toMatchObject({ groupId: 'g1', traits: { name: 'ACME' } });
    // The client itself puts the identified user over the alias's own userId.
    expect(of('alias')).toMatchObject({ userId: 'u1', previousId: 'u1' });
    expect(of('screen')).toMatchObject({ name: 'Start' });
    expect(of('track')?.context).not.toHaveProperty('governance');
    expect(problems).toEqual([]);
    expect(answers).toContain(`GET /v1/projects/${KEY}/settings 200`);
    expect(answers).toContain(name === 'batching' ? 'POST /v1/b 200' : 'POST /v1/t 200');
    expect(answers.filter((answer) => !/ 20[04]$/.test(answer))).toEqual([]);
  });

  it('needs nothing but cdnURL: the settings name the host', async () => {
    await page.evaluate(([writeKey, cdnURL]) => Reflect.get(window, 'load')({ writeKey, cdnURL }), [
      KEY,
      server.url,
    ] as const);
    await call('track', 'By Settings');
    await arrived(1);
    expect(names()).toEqual(['By Settings']);
  });

  it.each([
    ['standard', STANDARD],
    ['batching', BATCHING],
  ])('%s: what the disk refused with 503 is sent again, once each', async (_name, strategy) => {
    await load(strategy);
    server.log.failure = new Failure('STORE_UNAVAILABLE', 'The disk is full.');
    for (const event of ['1', '2', '3', '4']) await call('track', event);
    await expect.poll(() => answers.filter((answer) => answer.endsWith(' 503')).length).toBeGreaterThan(0);
    server.log.failure = undefined;
    await arrived(4);
    expect([...names()].sort()).toEqual(['1', '2', '3', '4']);
  });

  it('standard: what came too fast is told 429, and all of it arrives in the end', async () => {
    const slow = await startIngest({ pipeline: { rateLimitRps: 2 } });
    await server.close();
    server = slow;
    await load(STANDARD);
    for (const event of ['1', '2', '3']) await call('track', event);
    await arrived(3);
    expect([...names()].sort()).toEqual(['1', '2', '3']);
  });

  it('standard: a wrong key is told 401 and not repeated', async () => {
    const segment = { apiHost: `${server.host}/v1`, protocol: 'http' };
    const cdnSettings = { integrations: { 'Segment.io': { ...segment, apiKey: 'wrong' } } };
    await page.evaluate(
      ([settings, options]) =>
        Reflect.get(window, 'load')({ writeKey: 'wrong', cdnSettings: settings }, options),
      [cdnSettings, { integrations: { 'Segment.io': segment } }] as const,
    );
    await call('track', 'A');
    await expect.poll(() => answers.filter((answer) => answer === 'POST /v1/t 401').length).toBe(1);
    await call('track', 'B');
    await expect.poll(() => answers.filter((answer) => answer === 'POST /v1/t 401').length).toBe(2);
    expect(server.events()).toEqual([]);
  });

  it('a page of a domain that is not on the list is told 403', async () => {
    await server.close();
    server = await startIngest({ pipeline: { domainAllowlist: ['shop.example'] } });
    const status = await page.evaluate(
      async ([url, key]) =>
        (
          await fetch(`${url}/v1/t`, {
            method: 'POST',
            body: JSON.stringify({ event: 'A', userId: 'u', writeKey: key }),
          })
        ).status,
      [server.url, KEY] as const,
    );
    expect([status, server.events()]).toEqual([403, []]);
  });

  it('a plain text request needs no preflight, and the page can read the answer', async () => {
    const said = await page.evaluate(
      async ([url, key]) =>
        (
          await fetch(`${url}/v1/t`, {
            method: 'POST',
            body: JSON.stringify({ event: 'A', userId: 'u', writeKey: key }),
          })
        ).json(),
      [server.url, KEY] as const,
    );
    expect([said, answers]).toEqual([{ success: true }, ['POST /v1/t 200']]);
  });
});

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the pages are not served');
  return address.port;
}
