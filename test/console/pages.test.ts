/** Looks at every page in both themes: nothing for axe-core to find, nothing wider than 320 pixels, a picture for people. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hasChromium } from '../chromium.ts';
import { axeFindings, eventOf, identifyOf, keepPicture, openStage, overflowOf, type Stage } from './stage.ts';

interface Known {
  readonly event: string;
  readonly failed: string;
  readonly template: string;
}

/** Name → address, and a text that stands on the page when it is all there. */
const PAGES: readonly (readonly [string, (known: Known) => string, string])[] = [
  ['overview', () => '/', 'Events received'],
  ['events', () => '/events', 'all there are.'],
  ['events-empty', () => '/events?email=nobody@example.com', 'No event fits'],
  ['event', ({ event }) => `/events/${event}`, 'Try 1'],
  ['deliveries', () => '/deliveries', 'all there are.'],
  ['deliveries-failed', () => '/deliveries?status=dead', 'Retry all that match'],
  ['delivery', ({ failed }) => `/deliveries/${failed}`, 'Refused as invalid.'],
  ['people', () => '/people', 'Whom are you looking for?'],
  ['integrations', () => '/integrations', 'Delivered, last 24 hours'],
  ['integration', ({ template }) => `/integrations/${template}`, 'What it does'],
  ['blueprint', ({ template }) => `/integrations/${template}/blueprint?rule=Order+Completed`, 'Consent'],
  ['blueprint-text', ({ template }) => `/integrations/${template}/blueprint?view=text`, 'proposes.'],
  ['settings', ({ template }) => `/integrations/${template}/settings`, 'Connection and consent'],
  ['history', ({ template }) => `/integrations/${template}/history`, 'The first revision'],
  ['library', () => '/library', 'Keeps contacts up to date'],
  ['install', () => '/library/activecampaign', 'Blueprint to begin with'],
  ['sources', () => '/sources', 'In a page'],
  ['nowhere', () => '/nowhere', 'There is no page at this address'],
];

const WAIT = { timeout: 30_000, interval: 50 };

describe.skipIf(!hasChromium)('every page', { timeout: 120_000 }, () => {
  let stage: Stage;
  let known: Known;
  beforeAll(async () => {
    stage = await openStage();
    const { template } = await stage.service.install();
    await fetch(`${stage.service.sandbox.url}/_sandbox/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        rules: [
          {
            path: '/api/3/contact/sync',
            times: 1,
            respond: { status: 422, body: { errors: [{ title: 'no' }] } },
          },
        ],
      }),
    });
    await stage.service.send(identifyOf('refused'));
    await vi.waitFor(
      async () =>
        expect((await stage.service.admin('GET', '/deliveries?status=dead')).body.data).toHaveLength(1),
      WAIT,
    );
    await stage.service.send(
      identifyOf('ada'),
      eventOf('Order Completed', 'ada', { order_id: 'o-1', revenue: 5, currency: 'EUR' }),
      eventOf('Newsletter Signed Up', 'ada'),
      { ...eventOf('Order Completed', 'denied'), context: { consent: { marketing: false } } },
      { type: 'page', anonymousId: 'anon-1', messageId: 'm-parked' },
    );
    await vi.waitFor(
      async () =>
        expect((await stage.service.admin('GET', '/deliveries?status=delivered')).body.data).toHaveLength(2),
      WAIT,
    );
    const [failed] = (await stage.service.admin('GET', '/deliveries?status=dead')).body.data;
    const [event] = (await stage.service.admin('GET', '/events?status=delivered')).body.data;
    known = { event: event.id, failed: failed.id, template: template.id };
  }, 120_000);
  afterAll(() => stage?.close(), 60_000);

  for (const theme of ['light', 'dark'] as const) {
    // Every page is looked at in one theme, by turns; with SOAK_PAGES=all in both.
    const turn = theme === 'light' ? 0 : 1;
    const pages = PAGES.filter((_, index) => process.env['SOAK_PAGES'] === 'all' || index % 2 === turn);
    it.each(pages)(`%s can be read by everybody in the ${theme} theme`, async (name, address, text) => {
      const page = await stage.open(address(known), { theme });
      await page.getByText(text).first().waitFor();
      await keepPicture(page, `${name}-${theme}`);
      expect(await axeFindings(page)).toEqual([]);
      await page.context().close();
    });
  }

  it.each(PAGES)('%s fits into 320 pixels', async (name, address, text) => {
    const page = await stage.open(address(known), { width: 320, height: 640 });
    await page.getByText(text).first().waitFor();
    await keepPicture(page, `${name}-320`);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    await page.context().close();
  });

  it('asks for the token on a page that everybody can read', async () => {
    for (const theme of ['light', 'dark'] as const) {
      const page = await stage.open('/', { theme });
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'Sign in to Signal' }).waitFor();
      await keepPicture(page, `sign-in-${theme}`);
      expect(await axeFindings(page)).toEqual([]);
      await page.context().close();
    }
  });

  it('opens dialogs and menus that everybody can read', async () => {
    for (const theme of ['light', 'dark'] as const) {
      const page = await stage.open('/deliveries?status=dead', { theme });
      await page.getByRole('button', { name: 'Retry all that match' }).click();
      await page.getByRole('dialog').waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await page.goto(`${stage.service.adminUrl}/integrations`);
      await page.getByRole('button', { name: /^More for/ }).click();
      await page.getByRole('menu').waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await page.context().close();
    }
  });

  it('broke no policy', () => expect(stage.troubles).toEqual([]));
});
