/** Walks through what people change, by the keyboard alone: the blueprint and its history, settings, switches, deletion. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UNDO_MS } from '../../src/console/pages/integrations/delayed-delete.ts';
import { hasChromium } from '../chromium.ts';
import { type Json, SANDBOX_CONFIG } from '../e2e/harness.ts';
import { keyboardOf } from './keyboard.ts';
import { axeFindings, eventOf, identifyOf, keepPicture, openStage, overflowOf, type Stage } from './stage.ts';

describe.skipIf(!hasChromium)('steering', () => {
  let stage: Stage;
  let id: string;
  beforeAll(async () => {
    stage = await openStage();
    const { template } = await stage.service.install();
    id = template.id;
    await stage.service.send(
      identifyOf('ada'),
      eventOf('Order Completed', 'ada', {
        order_id: 'o-1',
        revenue: 42.5,
        currency: 'EUR',
        coupon: 'SPRING',
      }),
      eventOf('Newsletter Signed Up', 'ada', { list: 'weekly' }),
    );
  });
  afterAll(() => stage?.close());

  const revisions = async (): Promise<readonly { readonly blueprint: { readonly events: object } }[]> =>
    (await stage.service.admin('GET', `/integration-templates/${id}/revisions`)).body.data;
  const open = (path: string, clock = false): Promise<Page> => stage.open(path, { keysOnly: true, clock });
  const previewed = (page: Page) => page.getByRole('complementary', { name: 'Preview' });

  it('shows what a rule would send while it is typed, and keeps the draft over a reload', async () => {
    const page = await open(`/integrations/${id}/blueprint?rule=Order+Completed`);
    const keys = keyboardOf(page);
    const event = page.getByLabel('With this event');
    await event.locator('option', { hasText: 'Order Completed ada' }).waitFor({ state: 'attached' });
    await keys.choose(event, 'Order Completed ada');
    await previewed(page).getByText('"purchase"').first().waitFor();
    await keys.write(page.getByLabel('Name of the event in the account'), 'bought');
    await previewed(page).getByText('"bought"').first().waitFor();
    await keys.press(page.getByRole('button', { name: 'Add a field' }));
    await keys.write(page.getByRole('combobox', { name: /^Source of new_field/ }), 'properties.cou');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await previewed(page).getByText('"SPRING"').first().waitFor();
    await keepPicture(page, 'blueprint-draft');
    await page.reload();
    await page.getByText('Draft, not published').waitFor();
    expect(await page.getByLabel('Name of the event in the account').inputValue()).toBe('bought');
    expect(await revisions()).toHaveLength(1);
    await page.context().close();
  });

  it('translates values, gives a stand-in, and puts fields and rules into another order', async () => {
    const page = await open(`/integrations/${id}/blueprint?rule=Order+Completed`);
    const keys = keyboardOf(page);
    await keys.press(page.getByRole('button', { name: 'More about currency' }));
    const written = async (): Promise<Json> =>
      JSON.parse(
        String(
          await page.evaluate(
            `JSON.parse(localStorage.getItem('signal.draft.${id}') ?? '{"text":"{}"}').text`,
          ),
        ),
      );
    await keys.press(page.getByRole('button', { name: 'Translate values' }));
    await keys.press(page.getByRole('button', { name: 'Add a value' }));
    await keys.write(page.getByLabel('Value of currency to translate'), 'EUR');
    await keys.write(page.getByLabel('What EUR becomes'), 'euro');
    // The preview shows an event of the kind that the open rule is about.
    await previewed(page).getByText('"euro"').first().waitFor();
    await keys.write(page.getByLabel('When there is none'), '0');
    await keys.press(page.getByLabel('Needed: send nothing without it'), 'Space');
    await keys.press(page.getByRole('button', { name: 'Move up currency' }));
    await page.keyboard.press('Enter');
    await keepPicture(page, 'blueprint-values');
    await keys.press(page.getByRole('button', { name: 'Move up the rule for Order Completed' }));
    await expect
      .poll(async () => {
        const { events } = await written();
        return [Object.keys(events), events['Order Completed']?.mappings];
      })
      .toMatchObject([
        ['page', 'Order Completed', 'Product Viewed', 'identify'],
        [
          { target: 'currency', value_map: { EUR: 'euro' }, default: 0, required: true },
          { target: 'order_id' },
          { target: 'revenue' },
        ],
      ]);
    await keys.press(page.getByRole('button', { name: 'Discard' }));
    await page.getByText('Draft, not published').waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('adds a rule for an event that was seen, tries it on real events, publishes it with a summary', async () => {
    const page = await open(`/integrations/${id}/blueprint`);
    const keys = keyboardOf(page);
    await keys.press(page.getByRole('button', { name: 'Add a rule' }));
    expect(await page.getByRole('radio', { name: /^Newsletter Signed Up/ }).isChecked()).toBe(true);
    await keys.press(page.getByRole('button', { name: 'Add', exact: true }));
    await page.getByText('When Newsletter Signed Up happens').waitFor();
    await keys.press(page.getByRole('button', { name: /Try on the last/ }));
    await page.getByText('1 event would be sent and are not now').waitFor();
    await keepPicture(page, 'blueprint-trial');
    await keys.press(page.getByRole('dialog').getByRole('button', { name: 'Close' }).last());
    await keys.press(page.getByRole('button', { name: 'Publish…' }));
    await keys.press(page.getByRole('button', { name: 'Publish', exact: true }));
    await page.getByText('Say in a few words what changes.').waitFor();
    await keys.write(page.getByLabel('What changes, and why'), 'Newsletter sign-ups count');
    await keepPicture(page, 'blueprint-publish');
    await keys.press(page.getByRole('button', { name: 'Publish', exact: true }));
    await page.getByText('Revision 2 is in use').waitFor();
    expect(Object.keys((await revisions())[0]?.blueprint.events ?? {})).toContain('Newsletter Signed Up');
    await page.getByText('Draft, not published').waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('shows mistakes of the text in place and lets nobody publish them', async () => {
    const page = await open(`/integrations/${id}/blueprint?view=text`);
    const keys = keyboardOf(page);
    const text = page.getByRole('textbox', { name: /^Blueprint as JSON/ });
    await keys.reach(text);
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText('{ "version": 2, "events": { "page": { "enabledd": true } } }');
    await page.getByRole('list', { name: 'Mistakes' }).getByText('enabledd').first().waitFor();
    await page.locator('.cm-lintRange-error').first().waitFor();
    expect(await page.getByRole('button', { name: 'Publish…' }).isDisabled()).toBe(true);
    await keepPicture(page, 'blueprint-mistake');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.closest(".text-editor")')).toBeNull();
    await keys.press(page.getByRole('button', { name: 'Discard' }));
    await page.getByText('Draft, not published').waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('proposes in the text what fits there', async () => {
    const page = await open(`/integrations/${id}/blueprint?view=text`);
    const keys = keyboardOf(page);
    await page.getByText('Try on the last').waitFor();
    await keys.reach(page.getByRole('textbox', { name: /^Blueprint as JSON/ }));
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(
      '{ "version": 2, "events": { "page": { "mappings": [ { "source": "" } ] } } }',
    );
    for (let step = 0; step < 11; step += 1) await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Control+Space');
    await page.locator('.cm-tooltip-autocomplete').getByText('properties.coupon').waitFor();
    // The first leaves the proposals, the second the editor.
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await keys.press(page.getByRole('button', { name: 'Discard' }));
    await page.context().close();
  });

  it('restores an earlier revision', async () => {
    const [former] = await revisions();
    const changed = await stage.service.admin('POST', `/integration-templates/${id}/revisions`, {
      blueprint: { version: 2, events: { Only: { enabled: true, mappings: [] } } },
      change_summary: 'Only one rule',
    });
    expect(changed.status).toBe(201);
    const number: number = changed.body.revision_number;
    const page = await open(`/integrations/${id}/history?revision=${number - 1}`);
    const keys = keyboardOf(page);
    await keys.press(page.getByRole('button', { name: 'Restore' }));
    await keys.press(page.getByRole('dialog').getByRole('button', { name: 'Restore' }));
    await page.getByText(`Revision ${number + 1} is in use`).waitFor();
    await page
      .getByText(`Restored revision ${number - 1}`)
      .first()
      .waitFor();
    expect((await revisions())[0]?.blueprint).toEqual(former?.blueprint);
    await keepPicture(page, 'history-restored');
    await page.context().close();
  });

  it('changes a setting and leaves the secrets as they are', async () => {
    const page = await open(`/integrations/${id}/settings`);
    const keys = keyboardOf(page);
    await keys.press(page.locator('summary', { hasText: 'More settings' }));
    await keys.choose(page.getByLabel("When nothing is known of a visitor's consent"), 'allow');
    await keys.press(page.getByRole('button', { name: 'Save' }));
    await page.getByText('Saved.').waitFor();
    await stage.service.send({ ...identifyOf('quiet'), context: {} });
    await expect
      .poll(async () => (await stage.service.sandbox.account()).contacts.map(({ email }) => email))
      .toContain('quiet@example.com');
    await page.context().close();
  });

  it('switches off and on', async () => {
    const page = await open('/integrations');
    const keys = keyboardOf(page);
    const toggle = page.getByRole('switch', { name: 'ActiveCampaign takes part' });
    await keys.press(toggle, 'Space');
    await page.getByText('ActiveCampaign is off.').waitFor();
    const enabled = async (): Promise<boolean> =>
      (await stage.service.admin('GET', '/pipeline-integrations')).body.data[0].enabled;
    expect(await enabled()).toBe(false);
    await keys.press(toggle, 'Space');
    await page.getByText('ActiveCampaign is on.').waitFor();
    expect(await enabled()).toBe(true);
    await page.context().close();
  });

  it('names the endpoint that is stopped, in both themes, while the other goes on', async () => {
    const { sandbox, send } = stage.service;
    sandbox.faults([{ method: 'POST', path: '/event', respond: 'login_page' }]);
    await send(identifyOf('parted'), eventOf('Order Completed', 'parted', { order_id: '1' }));
    const page = await open('/integrations');
    await page.getByText('Events stopped').waitFor();
    const note = page.getByText('Event tracking of ActiveCampaign is stopped: credentials refused.');
    await note.waitFor();
    await page.getByText('Everything else goes on. 1 delivery waits.').waitFor();
    await page.getByText(/asked again in \d+ s|being asked again now/).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await keepPicture(page, 'events-stopped-light');
    const dark = await stage.open('/', { theme: 'dark' });
    await dark.getByText('Event tracking of ActiveCampaign is stopped').waitFor();
    expect(await axeFindings(dark)).toEqual([]);
    await keepPicture(dark, 'events-stopped-dark');
    await dark.context().close();
    await page.setViewportSize({ width: 400, height: 800 });
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    await keepPicture(page, 'events-stopped-narrow');
    sandbox.clearFaults();
    await page.setViewportSize({ width: 1280, height: 800 });
    await keyboardOf(page).press(page.getByRole('button', { name: 'Try again now' }));
    await note.waitFor({ state: 'detached' });
    await page.getByText('Working', { exact: true }).waitFor();
    await page.context().close();
  });

  it('tells why an account is stopped and where it is mended', async () => {
    const settings = { ...SANDBOX_CONFIG, api_url: stage.service.sandbox.url, api_key: 'wrong-key' };
    const changed = await stage.service.admin('POST', `/integration-templates/${id}/revisions`, {
      config: settings,
      change_summary: 'A wrong key',
    });
    expect(changed.status).toBe(201);
    // One refusal without a word may be chance; several in a row are not.
    await stage.service.send(...Array.from({ length: 10 }, (_, index) => identifyOf(`stopped-${index}`)));
    const page = await open('/');
    const keys = keyboardOf(page);
    await page.getByText('ActiveCampaign is stopped').waitFor();
    await keepPicture(page, 'overview-stopped');
    await keys.press(page.getByRole('link', { name: 'Update credentials' }));
    await keys.write(page.getByLabel(/^API Key/), 'sandbox-key');
    await keys.press(page.getByRole('button', { name: 'Save' }));
    await page.getByText('Saved.').waitFor();
    await page.getByText('ActiveCampaign is stopped').waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('deletes only when the time for undoing is over', async () => {
    const page = await open(`/integrations/${id}`, true);
    const keys = keyboardOf(page);
    const remove = page.getByRole('button', { name: 'Delete' });
    await keys.press(remove);
    await page.getByText('Nothing is installed yet').waitFor();
    await page.keyboard.press('u');
    await page.getByText('ActiveCampaign stays.').waitFor();
    await keys.press(page.getByRole('link', { name: 'ActiveCampaign', exact: true }));
    await keys.press(remove);
    await page.getByText('Nothing is installed yet').waitFor();
    expect((await stage.service.admin('GET', '/integration-templates')).body.data).toHaveLength(1);
    await page.clock.fastForward(UNDO_MS);
    await page.getByRole('button', { name: 'Bring it back' }).waitFor();
    expect((await stage.service.admin('GET', '/integration-templates')).body.data).toEqual([]);
    await keepPicture(page, 'integrations-removed');
    await keys.press(page.getByRole('button', { name: 'Bring ActiveCampaign back' }));
    await page.getByText('ActiveCampaign is back.').waitFor();
    await page.getByRole('link', { name: 'ActiveCampaign', exact: true }).waitFor();
    await page.context().close();
  });

  it('can be done by keyboard alone', async () => {
    const page = await open('/');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.getByRole('heading', { name: 'Integration library' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('active');
    await keyboardOf(page).press(page.getByRole('link', { name: /ActiveCampaign/ }));
    await page.getByRole('heading', { name: 'Install ActiveCampaign' }).waitFor();
    await page.context().close();
  });

  it('broke no policy', () => expect(stage.troubles).toEqual([]));
});
