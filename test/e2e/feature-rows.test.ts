/** What people expect of an ActiveCampaign integration and the whole service gives, row by row, with one service for all. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { eventually, type Json, NO, type Service, startService, YES } from './harness.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ RATE_LIMIT_PER_SECOND: '100', TRACKING_LIMIT_PER_SECOND: '100' });
  service.sandbox.settings({ rate_limit_per_second: 0 });
  await service.install({ blueprint: blueprint() });
});
afterAll(async () => {
  await service.close();
});

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The rules for orders, carts and refunds. */
function rulesOfReadme(): Json {
  return parse(/```yaml\n(.*?)```/s.exec(readme)?.[1] ?? '').events;
}

/** The default blueprint with rules of a shop's own. */
function blueprint(): Json {
  const document = JSON.parse(
    readFileSync(new URL('../../blueprints/activecampaign/default.json', import.meta.url), 'utf8'),
  );
  Object.assign(document.events, rulesOfReadme(), {
    screen: {
      vendor_event_name: 'screen_view',
      mappings: [{ source: ['properties.name', 'event'], target: 'name' }],
    },
    group: { action: 'setAccount', mappings: [{ source: 'traits.name', target: 'name' }] },
    'Plan Chosen': [
      {
        action: 'addTags',
        when: 'properties.seats >= 10',
        mappings: [{ source: 'properties.plan', target: 'tags', transform: 'lowercase' }],
      },
    ],
    'Newsletter Joined': {
      action: 'subscribe',
      mappings: [{ source: 'properties.lists', target: 'lists' }],
    },
    'Refused Note': { action: 'addNote', mappings: [{ source: 'properties.text', target: 'note' }] },
  });
  return document;
}

const identify = (person: string, traits: object = {}, more: object = {}): object => ({
  type: 'identify',
  userId: person,
  traits: { email: `${person}@example.com`, ...traits },
  context: YES,
  ...more,
});
const track = (person: string, event: string, properties: object, context: object = YES): object => ({
  type: 'track',
  event,
  userId: person,
  properties,
  context,
});
const contact = (person: string) =>
  service.sandbox.account().contacts.find(({ email }) => email === `${person}@example.com`);
const eventsOf = (person: string) =>
  service.sandbox.account().events.filter(({ email }) => email === `${person}@example.com`);

async function deliveries(query: string): Promise<Json[]> {
  return (await service.admin('GET', `/deliveries?limit=100&${query}`)).body.data;
}

describe('first/last/phone aliases', () => {
  it.each([
    ['snake', { first_name: 'Jane', last_name: 'Doe', phone: '+15551234567' }],
    ['camel', { firstName: 'Jane', lastName: 'Doe', phone: '+15551234567' }],
    ['small', { firstname: 'Jane', lastname: 'Doe', phone: '+15551234567' }],
    ['whole', { name: 'Jane Doe', phone: '+15551234567' }],
  ])('%s names arrive as first and last name, with the phone number', async (person, traits) => {
    await service.send(identify(person, traits));
    await eventually(() =>
      expect(contact(person)).toMatchObject({ firstName: 'Jane', lastName: 'Doe', phone: '+15551234567' }),
    );
  });
});

describe('Product Viewed / Order Completed payload', () => {
  it('arrives as product_viewed and purchase, with ids, price, revenue and currency', async () => {
    await service.send(
      identify('buyer'),
      track('buyer', 'Product Viewed', { product_id: 'p1', name: 'Lamp', price: 49.95 }),
      track('buyer', 'Order Completed', { order_id: 'o1', revenue: 49.95, currency: 'GBP' }),
    );
    await eventually(() => expect(eventsOf('buyer')).toHaveLength(2));
    expect(eventsOf('buyer').map(({ event, eventdata }) => [event, eventdata.split('; ').slice(2)])).toEqual([
      ['product_viewed', ['product_id=p1', 'name=Lamp', 'price=49.95']],
      ['purchase', ['order_id=o1', 'revenue=49.95', 'currency=GBP']],
    ]);
    expect(eventsOf('buyer').map(({ eventdata }) => eventdata.split('; ')[0])).toEqual([
      'consent=marketing',
      'consent=marketing',
    ]);
  });
});

describe('screen / group / alias', () => {
  it('screen is an event, group an account, alias makes two ids one person', async () => {
    await service.send(
      identify('mobile'),
      { type: 'screen', userId: 'mobile', name: 'Basket', properties: { name: 'Basket' }, context: YES },
      { type: 'group', userId: 'mobile', groupId: 'g1', traits: { name: 'Acme' }, context: YES },
      { type: 'alias', userId: 'mobile-new', previousId: 'mobile', context: YES },
      track('mobile-new', 'Order Completed', { order_id: 'o2', revenue: 1, currency: 'EUR' }),
    );
    await eventually(() => expect(eventsOf('mobile')).toHaveLength(2));
    expect(eventsOf('mobile').map(({ event }) => event)).toEqual(['screen_view', 'purchase']);
    const account = await fetch(`${service.sandbox.url}/api/3/accounts`, {
      headers: { 'api-token': 'sandbox-key' },
    });
    expect(await account.json()).toMatchObject({ accounts: [{ name: 'Acme' }] });
  });
});

describe('Consent gate', () => {
  it('sends nothing for who refused or never said, and says why', async () => {
    await service.send(
      identify('refuser', {}, { context: NO }),
      identify('silent', {}, { context: {} }),
      identify('granter'),
    );
    await eventually(() => expect(contact('granter')).toBeDefined());
    for (const [person, code] of [
      ['refuser', 'CONSENT_DENIED'],
      ['silent', 'CONSENT_UNKNOWN'],
    ]) {
      const { body } = await service.admin('GET', `/events?user=${person}`);
      const { body: event } = await service.admin('GET', `/events/${body.data[0].id}`);
      expect(JSON.stringify(event)).toContain(code);
      expect(contact(person ?? '')).toBeUndefined();
    }
  });
});

describe('Deep-data e-commerce: orders, abandoned cart, refunds', () => {
  it('are recorded by the rules that the readme shows', async () => {
    const products = [{ product_id: 'p1', name: 'Lamp', price: 21.25, quantity: 2 }];
    const cart = { cart_id: 'c9', total: 42.5, currency: 'EUR', products };
    const own = () => service.sandbox.account().orders.filter(({ externalid }) => externalid === 'o9');
    await service.send(identify('orderer'), track('orderer', 'Cart Abandoned', cart));
    await eventually(() =>
      expect(service.sandbox.account().carts).toMatchObject([{ externalcheckoutid: 'c9', total: 4250 }]),
    );
    await service.send(track('orderer', 'Order Completed', { ...cart, order_id: 'o9' }));
    await eventually(() =>
      expect(own()).toMatchObject([
        { state: 3, total: 4250, products: [{ name: 'Lamp', price: 2125, quantity: 2 }] },
      ]),
    );
    expect(service.sandbox.account().carts).toEqual([]);
    expect(contact('orderer')?.orders).toEqual(['o9']);
    await service.send(track('orderer', 'Order Refunded', { order_id: 'o9' }));
    await eventually(() => expect(own()).toMatchObject([{ total: 0 }]));
  });
});

describe('Declarative mapping', () => {
  it('a rule of the blueprint decides by a condition, transforms and acts', async () => {
    await service.send(
      identify('small'),
      track('small', 'Plan Chosen', { plan: 'PRO', seats: 9 }),
      identify('large'),
      track('large', 'Plan Chosen', { plan: 'PRO', seats: 10 }),
    );
    await eventually(() => expect(contact('large')?.tags).toEqual(['pro']));
    expect(contact('small')?.tags).toEqual([]);
  });
});

describe('Durable queue / replay / DLQ', () => {
  it('keeps what the vendor refused, over a restart, and sends it again', async () => {
    service.sandbox.faults([
      { path: '/api/3/notes', respond: { status: 422, body: '{"errors":[{"title":"No."}]}' } },
    ]);
    await service.send(identify('noted'), track('noted', 'Refused Note', { text: 'Called.' }));
    await eventually(async () => expect(await deliveries('status=dead')).toHaveLength(1));
    service.sandbox.clearFaults();
    await service.restart();
    const [dead] = await deliveries('status=dead');
    const { status } = await service.admin('POST', '/deliveries/replay', {
      ids: [dead.id],
      mapping: 'as_mapped',
    });
    expect(status).toBe(202);
    await eventually(async () => {
      const answer = await fetch(`${service.sandbox.url}/api/3/notes`, {
        headers: { 'api-token': 'sandbox-key' },
      });
      expect(await answer.json()).toMatchObject({ notes: [{ note: 'Called.' }] });
    });
  });
});

describe('Inbound webhooks', () => {
  const vendor = async (method: string, path: string, body: object) => {
    const answer = await fetch(`${service.sandbox.url}/api/3${path}`, {
      method,
      headers: { 'api-token': 'sandbox-key', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return answer.json();
  };
  const joining = track('leaver', 'Newsletter Joined', { lists: ['News'] });

  it('are taken in at a secret address, and who left by one is not subscribed again within the day', async () => {
    await vendor('POST', '/lists', {
      list: {
        name: 'News',
        stringid: 'news',
        sender_url: 'https://a.example',
        sender_reminder: 'You asked.',
      },
    });
    await service.send(identify('leaver'), joining);
    await eventually(() => expect(contact('leaver')?.lists).toMatchObject([{ status: 1 }]));
    const list = String(contact('leaver')?.lists[0]?.id);
    const id = String(contact('leaver')?.id);
    await vendor('POST', '/contactLists', { contactList: { list, contact: id, status: 2 } });

    const { body: integrations } = await service.admin('GET', '/pipeline-integrations');
    const { body: webhook } = await service.admin(
      'GET',
      `/pipeline-integrations/${integrations.data[0].id}/webhook`,
    );
    const body = new URLSearchParams({
      type: 'unsubscribe',
      date_time: '2026-01-31T07:16:48-06:00',
      initiated_from: 'public',
      initiated_by: 'public',
      'list[0][id]': list,
      'contact[id]': id,
      'contact[email]': 'leaver@example.com',
    });
    for (let sent = 0; sent < 2; sent++) {
      const answer = await fetch(webhook.url, { method: 'POST', body });
      expect([answer.status, await answer.json()]).toEqual([200, { success: true, recorded: true }]);
    }
    expect((await fetch(`${webhook.url}x`, { method: 'POST', body })).status).toBe(404);

    const heard = '/events?event=ActiveCampaign%20Unsubscribed';
    await eventually(async () =>
      expect((await service.admin('GET', heard)).body.data).toMatchObject([
        { verdicts: [{ state: 'dropped' }] },
      ]),
    );
    await service.send(joining);
    await eventually(async () =>
      expect(await deliveries('status=dead&email=leaver@example.com')).toMatchObject([
        { code: 'UNSUBSCRIBED' },
      ]),
    );
    expect(contact('leaver')?.lists).toMatchObject([{ status: 2 }]);
    expect(service.log()).not.toContain(new URL(webhook.url).pathname);

    await service.admin('POST', '/privacy/erase', { email: 'leaver@example.com' });
    const { body: left } = await service.admin('GET', '/events?limit=100');
    expect(JSON.stringify(left)).not.toContain('leaver');
  });
});

describe('Live debugger', () => {
  it('streams each event and delivery as it happens, and shows each try with request and answer', async () => {
    const abort = new AbortController();
    const response = await fetch(`${service.adminUrl}/v1/admin/events/stream`, {
      headers: { authorization: `Bearer ${service.secrets.adminToken}`, 'last-event-id': '0' },
      signal: abort.signal,
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    await service.send(identify('watched', { first_name: 'Seen' }));
    await eventually(() => expect(contact('watched')).toBeDefined());
    let text = '';
    while (
      !/delivery\.updated[\s\S]*watched@example\.com|watched@example\.com[\s\S]*delivery\.updated/.test(text)
    ) {
      const { value, done } = (await reader?.read()) ?? { done: true, value: '' };
      if (done) break;
      text += value;
    }
    abort.abort();
    expect(text).toContain('event.processed');
    const [delivery] = await deliveries('email=watched@example.com');
    const { body } = await service.admin('GET', `/deliveries/${delivery.id}`);
    expect(JSON.stringify(body)).toContain('/api/3/contact/sync');
    expect(JSON.stringify(body)).toContain('201');
    expect(JSON.stringify(body)).not.toContain('sandbox-key');
  });
});

describe('Licence', () => {
  it('is MIT, in words and in the package', () => {
    const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
    expect(read('LICENSE')).toMatch(/^MIT License/);
    expect(JSON.parse(read('package.json')).license).toBe('MIT');
  });
});
