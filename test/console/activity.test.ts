/** Walks through live events, one event's road, deliveries and people, against the running service; what is pressed is pressed by keys. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from '../chromium.ts';
import { eventually } from '../e2e/harness.ts';
import { keyboardOf } from './keyboard.ts';
import { eventOf, identifyOf, keepPicture, moveTo, openStage, refuseContacts, type Stage } from './stage.ts';

/** Texts that run something where they are taken for markup, code or addresses. */
const HOSTILE = [
  '<script>window.ran=1</script>',
  '<img src=x onerror="window.ran=1">',
  '"><svg onload=window.ran=1>',
  "'-window.ran=1-'",
  'javascript:window.ran=1',
  '{{constructor.constructor("window.ran=1")()}}',
  '</title><iframe srcdoc="<script>parent.ran=1</script>">',
];

describe.skipIf(!hasChromium)('activity', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
    await stage.service.install();
    await stage.service.send(
      identifyOf('ada'),
      eventOf('Order Completed', 'ada', { order_id: 'o-1', revenue: 5 }),
    );
  });
  afterAll(() => stage?.close());

  const rows = '.rows > li';

  it('shows an event as soon as it is processed, without asking for it', async () => {
    const page = await stage.open('/events');
    await page.locator(rows).nth(1).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    const tookMs: number[] = [];
    for (const product of ['p-1', 'p-2', 'p-3', 'p-4', 'p-5']) {
      const row = page.locator(rows, { hasText: `Viewed ${product}` });
      const startMs = performance.now();
      await stage.service.send(eventOf(`Viewed ${product}`, 'ada'));
      await row.getByText('No rule for this event').waitFor();
      tookMs.push(performance.now() - startMs);
    }
    // The claim is one second; how busy this machine is decides the rest, so what is held is that nothing polls.
    expect(asked).toEqual([]);
    const [, , median = 0] = tookMs.sort((a, b) => a - b);
    console.log(`An event is on the screen ${Math.round(median)} ms after it was sent (median of five).`);
    await stage.service.send(eventOf('Product Viewed', 'ada', { product_id: 'p-live' }));
    await page.locator(rows, { hasText: 'Product Viewed' }).getByText('Delivered').waitFor();
    await keepPicture(page, 'events');
    await page.context().close();
  });

  it('shows the whole road of one event on one page, with the request to copy', async () => {
    const page = await stage.open('/events', { keysOnly: true });
    const keys = keyboardOf(page);
    await keys.press(page.locator(rows, { hasText: 'Order Completed' }).getByRole('link'));
    for (const step of ['Received', 'Person', 'Consent', 'ActiveCampaign'])
      await page.getByRole('heading', { name: step, exact: true }).waitFor();
    await keys.press(page.locator('.exchange summary').first());
    await keys.press(page.getByRole('button', { name: 'Copy as cURL' }).first());
    const copied = String(await page.evaluate('navigator.clipboard.readText()'));
    expect(copied).toMatch(/^curl -X POST 'http/);
    expect(copied).not.toMatch(/sandbox-(event-)?key/);
    expect(page.url()).toMatch(/\/events\/evt_\w+$/);
    await keepPicture(page, 'event');
    await page.context().close();
  });

  it('keeps filters in the address, also over a reload', async () => {
    const page = await stage.open('/events', { keysOnly: true });
    const keys = keyboardOf(page);
    await keys.choose(page.getByLabel('Kind'), 'Identify');
    await expect.poll(() => page.locator(rows).count()).toBe(1);
    expect(page.url()).toContain('?type=identify');
    await page.reload();
    await expect.poll(() => page.locator(rows).count()).toBe(1);
    await keys.write(page.getByRole('searchbox', { name: 'Search' }), 'nobody@example.com');
    await page.getByText('No event fits').waitFor();
    await keys.press(page.getByRole('button', { name: 'Show all events' }));
    await page.locator(rows).nth(1).waitFor();
    await page.context().close();
  });

  it('holds at most a hundred rows however many events there are, and shows all of them', async () => {
    const page = await stage.open('/events');
    const many = Array.from({ length: 300 }, (_, index) => eventOf('Ignored', 'many', { index }));
    await stage.service.send(...many);
    await eventually(async () => {
      await page.mouse.wheel(0, 3_000);
      expect(await page.locator(rows).count()).toBeLessThanOrEqual(100);
      const first = await page.locator(rows).first().getAttribute('aria-setsize');
      expect(Number(first)).toBeGreaterThanOrEqual(302);
    });
    await page.getByText('all there are.').waitFor();
    await page.locator(rows, { hasText: 'Identify' }).waitFor();
    await page.context().close();
  });

  it('stops moving when it is paused, and catches up', async () => {
    const page = await stage.open('/events?type=track', { keysOnly: true });
    const keys = keyboardOf(page);
    await page.locator(rows).first().waitFor();
    await keys.press(page.getByRole('button', { name: 'Pause' }));
    await stage.service.send(eventOf('While Paused', 'ada'));
    await page.getByRole('button', { name: 'Show 1 new event' }).waitFor();
    expect(await page.locator(rows, { hasText: 'While Paused' }).count()).toBe(0);
    await keys.press(page.getByRole('button', { name: 'Show 1 new event' }));
    await page.locator(rows, { hasText: 'While Paused' }).waitFor();
    await page.context().close();
  });

  it('comes through a restart of the service without a gap', async () => {
    const page = await stage.open('/events?type=page');
    await page.getByText('Live', { exact: true }).waitFor();
    await stage.service.restart();
    const pages = Array.from({ length: 5 }, (_, index) => ({
      ...identifyOf('ada'),
      type: 'page',
      name: `After restart ${index}`,
      messageId: `after-${index}`,
    }));
    await stage.service.send(...pages);
    for (let index = 0; index < 5; index += 1)
      await page.locator(rows, { hasText: `After restart ${index}` }).waitFor();
    await page.context().close();
  });

  it('shows whatever an event says as text, everywhere', async () => {
    await stage.service.send(
      ...HOSTILE.map((text, index) => ({
        type: 'track',
        event: text,
        userId: `${text}-${index}`,
        messageId: `hostile-${index}`,
        timestamp: new Date().toISOString(),
        properties: { [text]: text, url: text, title: text },
        context: {
          consent: { marketing: true, [text]: true },
          traits: { email: `h${index}@example.com`, name: text },
        },
      })),
    );
    const page = await stage.open('/events');
    await page
      .locator(rows, { hasText: 'ran=1' })
      .nth(HOSTILE.length - 1)
      .waitFor();
    const { body } = await stage.service.admin('GET', '/events?limit=20');
    const hostile: readonly { readonly id: string; readonly event?: string }[] = body.data;
    for (const { id, event } of hostile.filter((each) => each.event?.includes('ran=1') === true)) {
      await moveTo(page, `/events/${id}`);
      await page.getByText('Whole event').click();
      await page.locator('pre', { hasText: 'ran=1' }).first().waitFor();
      expect(await page.locator('h1').textContent()).toBe(event);
      expect(
        await page.evaluate('[window.ran, document.querySelectorAll("iframe, img[src=x]").length]'),
      ).toEqual([undefined, 0]);
    }
    const [{ id: templateId } = { id: '' }] = (await stage.service.admin('GET', '/integration-templates'))
      .body.data;
    for (const path of [
      `/people?q=${encodeURIComponent(HOSTILE[1] ?? '')}`,
      `/integrations/${templateId}/blueprint`,
    ]) {
      await moveTo(page, path);
      await page
        .getByText(path.startsWith('/people') ? 'Find' : 'Preview')
        .first()
        .waitFor();
      expect(await page.evaluate('window.ran')).toBeUndefined();
    }
    await page.context().close();
  });

  it('says why a delivery failed, in a sentence, and leads to what can be done', async () => {
    refuseContacts(stage, 1);
    await stage.service.send(identifyOf('refused'));
    const page = await stage.open('/deliveries?status=dead');
    const row = page.locator(rows, { hasText: 'refused@example.com' });
    await row.waitFor();
    await row.getByRole('checkbox').check();
    await page.getByText('1 delivery selected').waitFor();
    await keepPicture(page, 'deliveries-failed');
    await row.getByRole('link').click();
    await page.getByText('Refused as invalid.').waitFor();
    await page.getByText('REJECTED').first().waitFor();
    await page.locator('.exchange summary').first().click();
    await page.getByText('Answer 422').waitFor();
    await keepPicture(page, 'delivery-failed');
    await page.context().close();
  });

  it('ran no script of an event and broke no policy', () => expect(stage.troubles).toEqual([]));
});
