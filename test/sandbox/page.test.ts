/** Claims about the page, in a real browser: it is live, works from the keyboard, and shows text as text. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SWITCHES } from '../../src/sandbox/index.ts';
import { hasChromium, launchChromium, openContext } from '../chromium.ts';
import { account, call, contactNamed, send, steer, track } from './account.ts';

describe.skipIf(!hasChromium)('the page of the simulated account', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  async function open(url: string): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    const page = await (await openContext(browser)).newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${url}/_sandbox`);
    await page.getByText('live', { exact: true }).waitFor();
    return { page, complaints };
  }

  it('shows a contact and its events as they come, as text', async () => {
    const sandbox = await account();
    const { page, complaints } = await open(sandbox.url);
    await contactNamed(sandbox, 'jane@example.com', {
      firstName: '<img src=x onerror=alert(1)>',
      lastName: 'Doe',
    });
    await page.getByRole('button', { name: 'jane@example.com' }).waitFor();
    expect(await page.locator('#contact-rows img').count()).toBe(0);
    await track(sandbox, { event: '<b>bought</b>', eventdata: 'a & b' });
    await page.getByRole('tab', { name: 'Activity' }).click();
    await page.locator('#activity').getByText('<b>bought</b>').waitFor();
    await page.locator('#activity').getByRole('button', { name: 'jane@example.com' }).first().click();
    await page.getByRole('dialog').getByText('a & b').waitFor();
    expect(complaints).toEqual([]);
  });

  it('is walked through with the arrow keys', async () => {
    const sandbox = await account();
    const { page } = await open(sandbox.url);
    await page.getByRole('tab', { name: 'Contacts' }).focus();
    await page.keyboard.press('ArrowLeft');
    expect(await page.getByRole('tab', { selected: true }).textContent()).toBe('Settings');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tabpanel').getAttribute('id')).toBe('activity');
  });

  it('adds a fault, changes a switch and seeds people', async () => {
    const sandbox = await account();
    const { page } = await open(sandbox.url);
    await page.getByRole('tab', { name: 'Faults' }).click();
    await page.getByLabel('What happens').selectOption('500');
    await page.getByLabel('Path').fill('/api/3/tags');
    await page.getByRole('button', { name: 'Add fault' }).click();
    await page.getByText('The fault is in force.').waitFor();
    expect((await call(sandbox, 'GET', '/tags')).status).toBe(500);
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByLabel('Event tracking', { exact: true }).uncheck();
    await page.getByText('Event tracking is now false.').waitFor();
    expect((await steer(sandbox, 'GET', '/settings')).json).toMatchObject({ event_tracking_enabled: false });
    await page.getByRole('tab', { name: 'Contacts' }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('10 made-up contacts were added.').waitFor();
    expect(sandbox.account().counts.contacts).toBe(10);
  });
});

describe('the page', () => {
  it('lists every switch with its default and how well it is known', async () => {
    const sandbox = await account();
    const { text } = await send(`${sandbox.url}/_sandbox`);
    for (const [name, entry] of Object.entries(SWITCHES)) {
      expect(text).toContain(
        `<code>${name}</code> · default ${entry.default} · <mark class="${entry.known}">`,
      );
    }
  });

  it('lets in nothing but itself', async () => {
    const sandbox = await account();
    const { headers, text } = await send(`${sandbox.url}/_sandbox`);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    expect(text).not.toMatch(/<script(?![^>]* src="\/_sandbox\/)|<style| on\w+=|https?:\/\/(?!127\.0\.0\.1)/);
  });
});
