/** Walks, by the keyboard alone, through what people do when something did not arrive, and when a person asks to be forgotten. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from '../chromium.ts';
import { keyboardOf } from './keyboard.ts';
import { eventOf, identifyOf, keepPicture, openStage, refuseContacts, type Stage } from './stage.ts';

describe.skipIf(!hasChromium)('repairing', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
    await stage.service.install();
  });
  afterAll(() => stage?.close());

  const rows = '.rows > li';
  const inState = async (status: string, count: number): Promise<void> =>
    expect
      .poll(async () => (await stage.service.admin('GET', `/deliveries?status=${status}`)).body.data.length)
      .toBe(count);
  const contactsOf = async (): Promise<readonly string[]> =>
    (await stage.service.sandbox.account()).contacts.map(({ email }) => email);

  it('retries one, the selected, and all that match, after telling how many', async () => {
    refuseContacts(stage, 4);
    for (const name of ['one', 'two', 'three', 'four']) await stage.service.send(identifyOf(name));
    await inState('dead', 4);
    const page = await stage.open('/deliveries?status=dead', { keysOnly: true });
    const keys = keyboardOf(page);
    const retry = async (count: string): Promise<void> => {
      const dialog = page.getByRole('dialog');
      await dialog.getByText(new RegExp(`^${count} will join the end`)).waitFor();
      await keys.press(dialog.getByRole('button', { name: 'Retry', exact: true }));
      await dialog.getByText(/queued/).waitFor();
      await keys.press(dialog.getByRole('button', { name: 'Done' }));
    };

    await keys.press(page.locator(rows, { hasText: 'one@example.com' }).getByRole('link'));
    await keys.press(page.getByRole('button', { name: 'Retry', exact: true }));
    await retry('1 delivery');
    await expect.poll(contactsOf).toEqual(['one@example.com']);

    await page.goto(`${stage.service.adminUrl}/deliveries?status=dead`);
    await keys.press(page.locator(rows, { hasText: 'two@example.com' }).getByRole('checkbox'), 'Space');
    await keys.press(page.getByRole('button', { name: 'Retry', exact: true }));
    await retry('1 delivery');
    await expect.poll(contactsOf).toContain('two@example.com');

    await page.goto(`${stage.service.adminUrl}/deliveries?status=dead`);
    await keys.press(page.getByRole('button', { name: 'Retry all that match' }));
    await keepPicture(page, 'retry-all');
    await keys.reach(page.getByLabel(/^As mapped then/));
    await page.keyboard.press('ArrowDown');
    await page
      .getByLabel(/^With today’s blueprint/)
      .and(page.locator(':checked'))
      .waitFor();
    await retry('2 deliveries');
    await expect.poll(contactsOf).toHaveLength(4);
    await keys.press(page.getByRole('link', { name: 'Retries' }));
    const retries = page.getByRole('list', { name: 'Retries, newest first' }).getByRole('listitem');
    await retries.nth(2).waitFor();
    expect(await retries.first().textContent()).toMatch(/Done.*Mapped anew.*2 of 2 queued again/);
    await keepPicture(page, 'retries');
    await page.context().close();
  });

  it('asks for a decision where nobody can know whether it arrived, and discards on demand', async () => {
    await stage.service.send(identifyOf('held'));
    await expect.poll(contactsOf).toContain('held@example.com');
    stage.service.sandbox.faults([{ path: '/event', times: 1, respond: 'drop_after_write' }]);
    await stage.service.send(eventOf('Order Completed', 'held', { order_id: 'once', revenue: 1 }));
    await inState('held', 1);
    const page = await stage.open('/deliveries?status=held', { keysOnly: true });
    const keys = keyboardOf(page);
    await page.getByText('1 needs a decision').waitFor();
    await keepPicture(page, 'deliveries-held');
    await keys.press(page.locator(rows).getByRole('checkbox'), 'Space');
    await keys.press(page.getByRole('button', { name: 'Discard' }));
    await keys.press(page.getByRole('dialog').getByRole('button', { name: 'Discard' }));
    await page.getByText('1 delivery discarded.').waitFor();
    await inState('held', 0);
    const { events } = await stage.service.sandbox.account();
    expect(events.filter(({ email }) => email === 'held@example.com')).toHaveLength(1);
    await page.context().close();
  });

  it('finds a person by any id, tells their consent, and forgets them with a receipt', async () => {
    await stage.service.send(
      identifyOf('erin'),
      eventOf('Order Completed', 'erin', { order_id: 'o', revenue: 1 }),
    );
    const eventsOfErin = async (): Promise<number> =>
      (await stage.service.sandbox.account()).events.filter(({ email }) => email === 'erin@example.com')
        .length;
    await expect.poll(eventsOfErin).toBe(1);
    await stage.service.send({
      ...eventOf('Order Completed', 'erin'),
      context: { consent: { marketing: false }, traits: { email: 'erin@example.com' } },
    });
    await expect
      .poll(async () => (await stage.service.admin('GET', '/events?status=filtered')).body.data.length)
      .toBe(1);
    const page = await stage.open('/people', { keysOnly: true });
    const keys = keyboardOf(page);
    await keys.write(page.getByLabel('E-mail address or id'), 'u-erin');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'erin@example.com' }).waitFor();
    const consent = page.getByRole('region', { name: 'Consent' });
    await consent.getByText('marketing: refused').waitFor();
    const changes = consent.getByRole('listitem');
    await expect.poll(() => changes.count()).toBe(2);
    expect(await changes.first().textContent()).toMatch(/marketing refused.*Order Completed.*u-erin/s);
    expect(await changes.last().textContent()).toMatch(/marketing granted.*Identify/s);
    expect(await changes.first().getByRole('link').getAttribute('href')).toMatch(/^\/events\/evt_/);
    await page.getByRole('region', { name: 'Deliveries' }).getByText('Delivered').first().waitFor();
    await keepPicture(page, 'person');
    await keys.press(page.getByRole('button', { name: 'Erase…' }));
    const erase = page.getByRole('dialog').getByRole('button', { name: 'Erase', exact: true });
    expect(await erase.isDisabled()).toBe(true);
    await keys.write(page.getByLabel('Type erin@example.com to confirm'), 'erin@example.com');
    await keys.press(erase);
    await page.getByText('Nothing of this person is kept here').waitFor();
    await keepPicture(page, 'person-erased');
    await keys.press(page.getByRole('button', { name: 'Done' }));
    await page.getByText('Nobody is known by that').waitFor();
    expect((await stage.service.admin('GET', '/events?email=erin@example.com')).body.data).toEqual([]);
    await page.context().close();
  });

  it('sends what a wrong mapping refused once it is mended: one event, then all', async () => {
    const { admin, send, sandbox } = stage.service;
    const revise = async (source: string): Promise<void> => {
      const [template] = (await admin('GET', '/integration-templates')).body.data;
      const { status } = await admin('POST', `/integration-templates/${template.id}/revisions`, {
        change_summary: `The sum is ${source}.`,
        blueprint: {
          version: 2,
          events: {
            'Sample Ordered': {
              vendor_event_name: 'sample',
              mappings: [
                { source: 'properties.order_id', target: 'value' },
                { source, target: 'sum', required: true },
              ],
            },
          },
        },
      });
      expect(status).toBe(201);
    };
    const samples = async (): Promise<readonly string[]> =>
      (await sandbox.account()).events
        .filter(({ event }) => event === 'sample')
        .map(({ email }) => email)
        .sort();
    await revise('properties.sum');
    for (const name of ['kim', 'lee', 'max']) await send(eventOf('Sample Ordered', name, { total: 3 }));
    await expect.poll(async () => (await admin('GET', '/events?status=invalid')).body.data.length).toBe(3);
    await revise('properties.total');

    const page = await stage.open('/events?status=invalid', { keysOnly: true });
    const keys = keyboardOf(page);
    await keys.press(page.locator(rows, { hasText: 'lee@example.com' }).getByRole('link'));
    await page.getByText('The mapped payload does not fit').waitFor();
    await keepPicture(page, 'event-refused');
    const sendNow = async (button: string, count: string): Promise<void> => {
      await keys.press(page.getByRole('button', { name: button, exact: true }));
      const dialog = page.getByRole('dialog');
      await dialog.getByText(new RegExp(`^${count} will be mapped anew`)).waitFor();
      await keepPicture(page, `map-anew-${count.replace(' ', '-')}`);
      await keys.press(dialog.getByRole('button', { name: 'Send', exact: true }));
      await dialog.getByText(/queued/).waitFor();
      await keys.press(dialog.getByRole('button', { name: 'Done' }));
    };
    await sendNow('Send again', '1 event');
    await expect.poll(samples).toEqual(['lee@example.com']);
    // The page tells what became of it, and the focus is where it was.
    await page.getByText('matched').waitFor();
    await page.locator(':focus', { hasText: 'Send again' }).waitFor();
    await page.reload();
    await page.getByText('matched').waitFor();
    expect(await page.getByRole('button', { name: 'Send again' }).count()).toBe(0);

    await page.goto(`${stage.service.adminUrl}/events?status=invalid`);
    await sendNow('Send all again', '2 events');
    await expect.poll(samples).toEqual(['kim@example.com', 'lee@example.com', 'max@example.com']);
    await page.goto(`${stage.service.adminUrl}/deliveries/retries`);
    const retries = page.getByRole('list', { name: 'Retries, newest first' }).getByRole('listitem');
    await expect
      .poll(() => retries.first().textContent())
      .toMatch(/Done.*Events mapped anew.*2 of 2 queued again/);
    await page.context().close();
  });

  it('broke no policy', () => expect(stage.troubles).toEqual([]));
});
