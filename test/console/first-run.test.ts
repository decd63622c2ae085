/** Walks from a fresh start to the first delivered event, as somebody does who has never seen the console. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from '../chromium.ts';
import { SANDBOX_CONFIG } from '../e2e/harness.ts';
import { keyboardOf } from './keyboard.ts';
import { keepPicture, openStage, type Stage } from './stage.ts';

const MOST_INTERACTIONS = 8;

describe.skipIf(!hasChromium)('a fresh start', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.close());

  const fill = async (page: Page, label: string, value: string): Promise<void> =>
    page.getByLabel(new RegExp(`^${label}`)).fill(value);

  it('asks for a token, says when it is wrong, and takes the right one', async () => {
    const page = await stage.open('/');
    await page.evaluate('sessionStorage.clear()');
    await page.goto(`${stage.service.adminUrl}/integrations`);
    await fill(page, 'Admin token', 'not-the-token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This token is not valid').waitFor();
    await fill(page, 'Admin token', stage.service.secrets.adminToken);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Integrations' }).waitFor();
    await page.context().close();
  });

  it('refuses to install what is not filled in, and names each field', async () => {
    const page = await stage.open('/library/activecampaign');
    await page.getByRole('button', { name: 'Install' }).click();
    await page.getByText('API URL is needed.').waitFor();
    await page.getByText('API Key is needed.').waitFor();
    expect(await page.evaluate('document.activeElement.name')).toBe('api_url');
    await fill(page, 'API URL', 'nonsense');
    await fill(page, 'API Key', 'k-123456');
    await page.getByRole('button', { name: 'Install' }).click();
    await expect.poll(() => page.locator('[aria-invalid="true"]').getAttribute('name')).toBe('api_url');
    await page.context().close();
  });

  it('fills in the simulated account that runs beside it, and connects to it', async () => {
    const page = await stage.open('/library/activecampaign');
    await page.getByRole('button', { name: 'Fill in the simulated account' }).click();
    const filled = async (label: string): Promise<string> =>
      page.getByLabel(new RegExp(`^${label}`)).inputValue();
    expect(await filled('API URL')).toBe(stage.service.sandbox.url);
    expect(await filled('API Key')).toBe(SANDBOX_CONFIG.api_key);
    expect(await filled('Event Tracking Account ID')).toBe(SANDBOX_CONFIG.event_tracking_account_id);
    expect(await filled('Event Tracking Key')).toBe(SANDBOX_CONFIG.event_tracking_key);
    await page.getByRole('button', { name: 'Test connection' }).click();
    const result = page.getByRole('region', { name: 'Result of the connection test' });
    await result.getByText('passed:').nth(1).waitFor();
    expect(await result.getByText('failed:').count()).toBe(0);
    await page.context().close();
  });

  it('tells a wrong key before anything is installed, with what to do', async () => {
    const page = await stage.open('/library/activecampaign');
    await fill(page, 'API URL', stage.service.sandbox.url);
    await fill(page, 'API Key', 'wrong-key');
    await page.getByRole('button', { name: 'Test connection' }).click();
    const result = page.getByRole('region', { name: 'Result of the connection test' });
    await result.getByText('failed:').first().waitFor();
    await keepPicture(page, 'install-wrong-key');
    await fill(page, 'API Key', SANDBOX_CONFIG.api_key);
    await page.getByRole('button', { name: 'Test connection' }).click();
    await result.getByText('passed:').first().waitFor();
    expect((await stage.service.admin('GET', '/integration-templates')).body.data).toEqual([]);
    await page.context().close();
  });

  it(`delivers its first event in at most ${MOST_INTERACTIONS} interactions`, async () => {
    const startMs = Date.now();
    let interactions = 0;
    const act = async (step: Promise<unknown>): Promise<void> => {
      interactions += 1;
      await step;
    };
    const page = await stage.open('/', { keysOnly: true });
    const keys = keyboardOf(page);
    const field = (label: string) => page.getByLabel(new RegExp(`^${label}`));
    expect(await page.evaluate('location.hash')).toBe('');
    await act(keys.press(page.getByRole('link', { name: 'Open the library' })));
    await act(keys.press(page.getByRole('link', { name: /ActiveCampaign/ })));
    await act(keys.write(field('API URL'), stage.service.sandbox.url));
    await act(keys.write(field('API Key'), SANDBOX_CONFIG.api_key));
    await act(keys.write(field('Event Tracking Account ID'), SANDBOX_CONFIG.event_tracking_account_id));
    await act(keys.write(field('Event Tracking Key'), SANDBOX_CONFIG.event_tracking_key));
    await act(keys.press(page.getByRole('button', { name: 'Install' })));
    await act(keys.press(page.getByRole('button', { name: 'Send test event' })));
    await page.getByText('Delivered.', { exact: true }).waitFor();
    expect(interactions).toBeLessThanOrEqual(MOST_INTERACTIONS);
    console.log(`The first event was delivered after ${Math.round((Date.now() - startMs) / 1_000)} s.`);
    const { contacts } = await stage.service.sandbox.account();
    expect(contacts.map(({ email }) => email)).toEqual(['jane@example.com']);
    await keepPicture(page, 'first-event');
    await page.context().close();
  });

  it('cannot be installed twice under one name, and proposes another', async () => {
    const page = await stage.open('/library/activecampaign');
    await expect.poll(() => page.getByLabel('Name', { exact: true }).inputValue()).toBe('ActiveCampaign 2');
    await fill(page, 'Name', 'ActiveCampaign');
    await fill(page, 'API URL', stage.service.sandbox.url);
    await fill(page, 'API Key', SANDBOX_CONFIG.api_key);
    await page.getByRole('button', { name: 'Install' }).click();
    await page.getByText('This is taken.').waitFor();
    await page.context().close();
  });

  it('ran no inline script and broke no policy', () => expect(stage.troubles).toEqual([]));
});
