/** Looks at every page in both themes: nothing for axe-core to find, nothing wider than 320 pixels, a picture for people. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from '../chromium.ts';
import { eventually } from '../e2e/harness.ts';
import {
  axeFindings,
  eventOf,
  identifyOf,
  keepPicture,
  moveTo,
  openStage,
  overflowOf,
  refuseContacts,
  type Stage,
} from './stage.ts';

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
  ['retries', () => '/deliveries/retries', 'Nothing was sent again yet'],
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

/** Every page is looked at in one theme, by turns, and at two widths; with SOAK_PAGES=all in both, and at more widths. */
const IS_SOAK = process.env['SOAK_PAGES'] === 'all';
const THEMES = ['light', 'dark'] as const;
const WIDE = { width: 1280, height: 800 };
const OTHER_WIDTHS = IS_SOAK ? [320, 768, 1440] : [320];

describe.skipIf(!hasChromium)('every page', () => {
  let stage: Stage;
  let known: Known;
  /** One page for all: it is moved about and resized as people do. */
  let page: Page;
  beforeAll(async () => {
    stage = await openStage();
    const { template } = await stage.service.install();
    refuseContacts(stage, 1);
    await stage.service.send(identifyOf('refused'));
    await eventually(async () =>
      expect((await stage.service.admin('GET', '/deliveries?status=dead')).body.data).toHaveLength(1),
    );
    await stage.service.send(
      identifyOf('ada'),
      eventOf('Order Completed', 'ada', { order_id: 'o-1', revenue: 5, currency: 'EUR' }),
      eventOf('Newsletter Signed Up', 'ada'),
      { ...eventOf('Order Completed', 'denied'), context: { consent: { marketing: false } } },
      { type: 'page', anonymousId: 'anon-1', messageId: 'm-parked' },
    );
    await eventually(async () =>
      expect((await stage.service.admin('GET', '/deliveries?status=delivered')).body.data).toHaveLength(2),
    );
    const [failed] = (await stage.service.admin('GET', '/deliveries?status=dead')).body.data;
    const [event] = (await stage.service.admin('GET', '/events?status=delivered')).body.data;
    known = { event: event.id, failed: failed.id, template: template.id };
    page = await stage.open('/nowhere');
  });
  afterAll(() => stage?.close());

  const inThemes = async (name: string, themes: readonly ('light' | 'dark')[]): Promise<void> => {
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme });
      await keepPicture(page, `${name}-${colorScheme}`);
      expect(await axeFindings(page), colorScheme).toEqual([]);
    }
  };

  it.each(PAGES.map((each, index) => [...each, index] as const))(
    '%s can be read by everybody, and fits into 320 pixels',
    async (name, address, text, index) => {
      await moveTo(page, address(known));
      await page.getByText(text).first().waitFor();
      await inThemes(name, IS_SOAK ? THEMES : THEMES.filter((_, turn) => turn === index % 2));
      for (const width of OTHER_WIDTHS) {
        await page.setViewportSize({ width, height: width < 400 ? 640 : 900 });
        await keepPicture(page, `${name}-${width}`);
        expect(await overflowOf(page), `${width} pixels`).toBeLessThanOrEqual(0);
      }
      await page.setViewportSize(WIDE);
    },
  );

  it('opens dialogs and menus that everybody can read', async () => {
    await moveTo(page, '/deliveries?status=dead');
    await page.getByRole('button', { name: 'Retry all that match' }).click();
    await page.getByRole('dialog').waitFor();
    await inThemes('dialog', THEMES);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await inThemes('keys', THEMES);
    await page.keyboard.press('Escape');
    await moveTo(page, '/integrations');
    await page.getByRole('button', { name: /^More for/ }).click();
    await page.getByRole('menu').waitFor();
    await inThemes('menu', THEMES);
    await page.keyboard.press('Escape');
  });

  it('asks for the token on a page that everybody can read', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Signal' }).waitFor();
    await inThemes('sign-in', THEMES);
  });

  it('broke no policy', () => expect(stage.troubles).toEqual([]));
});
