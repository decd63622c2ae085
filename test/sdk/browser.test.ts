import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Datafly } from '../../src/sdk/browser.ts';
import { CONSENT_CHANGED } from '../../src/sdk/calls.ts';
import { snippet } from '../../src/sdk/snippet.ts';
import type { WireEvent } from '../../src/sdk/wire.ts';
import { hasChromium, launchChromium, openContext } from '../chromium.ts';
import { type Answer, SCRIPT, type Site, startSite } from './site.ts';

declare global {
  interface Window {
    datafly: Datafly;
    _df: Datafly;
    tracker: Datafly;
  }
}

describe.skipIf(!hasChromium)('d.js in Chromium', () => {
  let browser: Browser;
  let site: Site;
  let context: BrowserContext;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    [site, context] = await Promise.all([startSite(), openContext(browser)]);
  });
  afterEach(async () => {
    await context.close();
    await site.close();
  });

  async function open(path = '/'): Promise<Page> {
    const page = await context.newPage();
    await page.goto(site.url + path);
    return page;
  }
  const flush = (page: Page): Promise<void> => page.evaluate(() => window.datafly.flush());
  const named = (name: string): WireEvent | undefined => site.events.find((event) => event.event === name);
  const anonymousIds = (): unknown[] => [...new Set(site.events.map((event) => event.anonymousId))];

  it.each([
    ['Web Locks', true],
    ['leases in storage', false],
  ])(
    '1,000 events through tabs that come and go, offline spells, 5xx, 429 and lost answers arrive, each once (%s)',
    async (_name, hasLocks) => {
      if (!hasLocks) await context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'locks'));
      const answers: Answer[] = [
        { status: 200 },
        { status: 503 },
        { status: 200 },
        'drop',
        { status: 200 },
        { status: 429, retryAfter: '1' },
        'lose',
        { status: 200 },
      ];
      let turn = 0;
      site.answer = () => answers[turn++ % answers.length] ?? 'drop';
      let made = 0;
      async function track(page: Page, count: number): Promise<void> {
        const from = made;
        made += count;
        await page.evaluate(
          ([first, last]) => {
            for (let at = first; at < last; at += 1) window.datafly.track('Numbered', { at });
          },
          [from, made] as const,
        );
      }

      const first = await open();
      let second = await open();
      await Promise.all([track(first, 100), track(second, 100)]);
      await expect.poll(() => site.events.length).toBeGreaterThan(50);
      await context.setOffline(true);
      await Promise.all([track(first, 100), track(second, 100)]);
      await second.close();
      await track(first, 50);
      await context.setOffline(false);
      for (let visit = 0; visit < 5; visit += 1) {
        second = await open();
        await track(second, 50);
        await second.close();
        await track(first, 20);
        await first.goto(`${site.url}/?visit=${visit}`);
        await track(first, 30);
      }
      await context.setOffline(true);
      await track(first, 50);
      await first.close();
      await context.setOffline(false);
      expect(made).toBe(1_000);

      site.answer = () => ({ status: 200 });
      await open();
      const arrived = (): Set<unknown> =>
        new Set(site.events.map(({ properties }) => Reflect.get(Object(properties), 'at')));
      await expect.poll(() => [...arrived()].filter((at) => at !== undefined).length).toBe(1_000);
      // One id per call: with ingestion's memory for ids, what was sent again after a lost answer counts once.
      const numbered = site.events.filter(({ event }) => event === 'Numbered');
      expect(new Set(numbered.map(({ messageId }) => messageId)).size).toBe(1_000);
    },
  );

  it('needs no preflight on another origin, and its batches come with the key inside', async () => {
    site.pages.set('/other', SCRIPT.replace('/d.js', `${site.otherUrl}/d.js`));
    const page = await open('/other');
    await page.evaluate(() => window.datafly.track('X'));
    await flush(page);
    await expect.poll(() => named('X')).toBeDefined();
    const batches = site.requests.filter(({ path }) => path === '/v1/batch');
    expect(new Set(batches.map(({ method, contentType }) => `${method} ${contentType}`))).toEqual(
      new Set(['POST text/plain;charset=UTF-8']),
    );
    expect(JSON.parse(batches[0]?.body ?? '')).toMatchObject({
      writeKey: 'dk_live_x',
      sentAt: expect.any(String),
    });
  });

  it('says where, with what, and from which campaign', async () => {
    const page = await context.newPage();
    await page.goto(`${site.url}/?utm_source=news&utm_campaign=spring&utm_term=a%20b&x=1`);
    await page.evaluate(() => window.datafly.identify('user-123', { email: 'jane@example.com' }));
    await flush(page);
    await expect
      .poll(() => site.events.find(({ type }) => type === 'identify'))
      .toMatchObject({
        userId: 'user-123',
        traits: { email: 'jane@example.com' },
        anonymousId: expect.any(String),
        messageId: expect.any(String),
        context: {
          library: { name: 'datafly-browser' },
          page: {
            path: '/',
            title: 'Home',
            referrer: '',
            url: expect.stringContaining('utm_source'),
            search: expect.stringContaining('x=1'),
          },
          campaign: { source: 'news', name: 'spring', term: 'a b' },
          locale: 'en-US',
          timezone: expect.any(String),
          screen: { width: 1280, height: 720, density: 1 },
          userAgent: expect.stringContaining('Chrome'),
        },
      });
  });

  it('keeps the anonymousId in a cookie and in storage, and mends either from the other', async () => {
    const page = await open();
    await flush(page);
    const cookie = (await context.cookies()).find(({ name }) => name === '_df_id');
    expect(cookie).toMatchObject({ sameSite: 'Lax', path: '/' });
    expect(cookie?.expires).toBeGreaterThan(Date.now() / 1_000 + 300 * 86_400);
    await context.clearCookies();
    await page.reload();
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    await page.evaluate(() => window.datafly.track('Last'));
    await flush(page);
    await expect.poll(() => named('Last')).toBeDefined();
    expect(anonymousIds()).toEqual([cookie?.value]);
  });

  it('speaks of the same person in all tabs, until one of them says otherwise', async () => {
    const first = await open();
    const second = await open();
    await first.evaluate(() => window.datafly.identify('ann', { city: 'Oslo' }));
    await second.evaluate(() => window.datafly.track('As Ann'));
    await second.evaluate(() => window.datafly.reset());
    await first.evaluate(() => window.datafly.track('As nobody'));
    await Promise.all([flush(first), flush(second)]);
    await expect.poll(() => named('As nobody')).toBeDefined();
    expect(named('As Ann')).toMatchObject({ userId: 'ann' });
    expect(named('As nobody')).not.toHaveProperty('userId');
    expect(named('As nobody')?.anonymousId).not.toBe(named('As Ann')?.anonymousId);
  });

  it('sees page views on load and inside the page, each once', async () => {
    const page = await open();
    await expect.poll(() => site.events.length).toBe(1);
    const views: [string, () => void][] = [
      ['/a?x=1', () => history.pushState({}, '', '/a?x=1')],
      ['/b', () => history.replaceState({}, '', '/b')],
      ['/', () => history.back()],
    ];
    for (const [at, [path, go]] of views.entries()) {
      await page.evaluate(go);
      await expect.poll(() => site.events.length).toBe(at + 2);
      expect(site.events.at(-1)?.properties).toMatchObject({ url: site.url + path });
    }
    await page.evaluate(() => {
      history.replaceState({ scroll: 1 }, '');
      location.hash = 'top';
    });
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    await page.evaluate(() => window.datafly.track('End'));
    await flush(page);
    await expect.poll(() => named('End')).toBeDefined();
    expect(site.events.map(({ type }) => type)).toEqual(['page', 'page', 'page', 'page', 'track']);
    const { referrer } = Object(site.events[1]?.properties);
    expect(referrer).toBe(`${site.url}/`);
  });

  it('sees no page views by itself when told not to', async () => {
    site.pages.set('/quiet', SCRIPT.replace('data-skip', 'data-auto-page="false" data-skip'));
    const page = await open('/quiet');
    await page.evaluate(() => {
      history.pushState({}, '', '/quiet/2');
      window.datafly.page('Mine', { tab: 1 });
    });
    await flush(page);
    await expect.poll(() => site.events.length).toBe(1);
    expect(site.events[0]).toMatchObject({ name: 'Mine', properties: { tab: 1, path: '/quiet/2' } });
  });

  it('makes the calls that the snippet kept, as of when they were made', async () => {
    let deliver = (): void => {};
    const delivered = new Promise<void>((resolve) => {
      deliver = resolve;
    });
    const code = await scriptOf('/d.js');
    site.pages.set('/late.js', () => delivered.then(() => code));
    const attributes = { pipelineKey: 'dk_live_x', skipBots: false };
    const loader = snippet({ src: '/late.js', attributes, global: 'tracker' });
    site.pages.set(
      '/snippet',
      `<script>${loader}${loader}tracker.setConsent({marketing:true});tracker.identify("ann",{a:1});tracker.track("Early");
        tracker.ready(function(){tracker.track("Ready")})</script>`,
    );
    const page = await context.newPage();
    await page.goto(`${site.url}/snippet`, { waitUntil: 'commit' });
    await page.waitForFunction(() => Array.isArray(window.tracker) && window.tracker.length === 4);
    const calledMs = await page.evaluate(() => Reflect.get(window.tracker, '2')[2]);
    deliver();
    await page.waitForFunction(() => window.tracker === window._df);
    await expect.poll(() => named('Ready')).toBeDefined();
    expect(named('Early')).toMatchObject({
      userId: 'ann',
      timestamp: new Date(calledMs).toISOString(),
      context: { consent: { canonical: { marketing: true } } },
    });
    expect(named('Ready')?.timestamp).not.toBe(named('Early')?.timestamp);
    expect(site.events.filter(({ event }) => event === 'Early')).toHaveLength(1);
  });

  async function scriptOf(path: string): Promise<string> {
    return (await fetch(site.otherUrl + path)).text();
  }

  it('hands over what is left when the page goes, and says it again on the next, with the same id', async () => {
    site.pages.set(
      '/slow',
      SCRIPT.replace('data-skip', 'data-flush-interval="600000" data-auto-page="false" data-skip'),
    );
    site.pages.set('/bare', '<title>Nothing here</title>');
    const page = await open('/slow');
    await page.evaluate(() => window.datafly.track('Leaving'));
    await page.goto(`${site.url}/bare`);
    await expect.poll(() => named('Leaving')).toBeDefined();
    const { messageId } = named('Leaving') ?? expect.fail();
    await page.goto(site.url);
    await expect.poll(() => site.events.filter((event) => event.messageId === messageId).length).toBe(2);
  });

  it('sends nothing for robots unless told to', async () => {
    site.pages.set('/robot', SCRIPT.replace('data-skip-bots="false"', ''));
    const page = await open('/robot');
    await page.evaluate(() => window.datafly.track('X'));
    await flush(page);
    const other = await open();
    await expect.poll(() => site.events.length).toBeGreaterThan(0);
    await flush(other);
    expect(named('X')).toBeUndefined();
  });

  describe('consent', () => {
    it('is kept from page to page, and a change is told at once', async () => {
      const page = await open();
      await expect.poll(() => site.events.length).toBe(1);
      expect(site.events[0]?.context).not.toHaveProperty('consent');
      await page.evaluate(() => window.datafly.setConsent({ marketing: true }));
      await expect
        .poll(() => named(CONSENT_CHANGED))
        .toMatchObject({
          context: {
            consent: { categories: { marketing: true }, canonical: { marketing: true, analytics: false } },
          },
        });
      await page.reload();
      await page.evaluate(() => window.datafly.track('Later'));
      await flush(page);
      await expect
        .poll(() => named('Later'))
        .toMatchObject({ context: { consent: { canonical: { marketing: true } } } });
      expect(site.events.filter(({ event }) => event === CONSENT_CHANGED)).toHaveLength(1);
    });

    it.each([
      ['globalPrivacyControl', true],
      ['doNotTrack', '1'],
    ])('is refused by a browser that says %s, until the person agrees', async (signal, value) => {
      await context.addInitScript(
        ([name, said]) => Object.defineProperty(Navigator.prototype, name, { get: () => said }),
        [signal, value] as const,
      );
      const page = await open();
      await expect
        .poll(() => site.events[0])
        .toMatchObject({
          context: { consent: { canonical: { essential: true, marketing: false, analytics: false } } },
        });
      await page.evaluate(() => window.datafly.setConsent({ marketing: true }));
      await page.reload();
      await page.evaluate(() => window.datafly.track('Agreed'));
      await flush(page);
      await expect
        .poll(() => named('Agreed'))
        .toMatchObject({ context: { consent: { canonical: { marketing: true } } } });
      await page.evaluate(() => window.datafly.reset());
      await page.evaluate(() => window.datafly.track('Next person'));
      await flush(page);
      await expect
        .poll(() => named('Next person'))
        .toMatchObject({ context: { consent: { canonical: { marketing: false } } } });
    });

    it('does not heed the browser’s signals when told not to', async () => {
      await context.addInitScript(() =>
        Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }),
      );
      site.pages.set('/deaf', SCRIPT.replace('data-skip', 'data-privacy-signals="false" data-skip'));
      await open('/deaf');
      await expect.poll(() => site.events.length).toBe(1);
      expect(site.events[0]?.context).not.toHaveProperty('consent');
    });
  });

  it('works the same from a bundler, with the adapters in a piece of their own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'datafly-app-'));
    const app = `import { datafly } from './src/sdk/browser.ts';
      datafly.track('Before init');
      datafly.init({ pipelineKey: 'dk_live_x', skipBots: false, autoPage: false, consent: 'cookiebot' });
      datafly.ready(() => datafly.track('After init'));
      window.datafly = datafly;`;
    await build({
      stdin: { contents: app, resolveDir: process.cwd() },
      bundle: true,
      format: 'esm',
      splitting: true,
      outdir: folder,
      entryNames: 'app',
      logLevel: 'error',
    });
    for (const name of await readdir(folder))
      site.pages.set(`/${name}`, await readFile(join(folder, name), 'utf8'));
    await rm(folder, { recursive: true });
    site.pages.set(
      '/app',
      '<script>Cookiebot={consent:{necessary:true,marketing:true},hasResponse:true}</script><script type="module" src="/app.js"></script>',
    );
    const page = await open('/app');
    await expect.poll(() => named(CONSENT_CHANGED) && named('After init')).toBeDefined();
    await page.evaluate(() => window.datafly.track('Last'));
    await flush(page);
    await expect
      .poll(() => named('Last'))
      .toMatchObject({
        context: {
          consent: { categories: { marketing: true, statistics: false }, canonical: { marketing: true } },
        },
      });
    expect(named('Before init')).toBeDefined();
  });
});

describe('the module where there is no page', () => {
  it('takes calls and does nothing', async () => {
    const { datafly } = await import('../../src/sdk/browser.ts');
    datafly.init({ pipelineKey: 'dk_live_x' });
    datafly.identify('ann');
    datafly.setConsent({ marketing: true });
    await datafly.flush();
  });
});
