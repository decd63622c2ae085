/** Each action, from an event by the defaults of its fields to the exact requests, over the transport that nock sees. */
import nock from 'nock';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { activecampaign } from '../../src/activecampaign/destination.ts';
import { createTestEvent, createTestIntegration } from '../../src/destination/testing.ts';
import type { JsonObject } from '../../src/event/json.ts';

const HOST = 'https://acme.api-us1.com';
const settings = {
  api_url: `${HOST}/`,
  api_key: 'k-secret',
  event_tracking_account_id: '1000',
  event_tracking_key: 'e-secret',
};

/** One request that must come next, and what it is answered. */
interface Exchange {
  readonly request: string;
  readonly body?: unknown;
  readonly status?: number;
  readonly answer: object;
}

interface Case {
  readonly event: object;
  readonly mapping?: JsonObject;
  readonly exchanges: readonly Exchange[];
}

const SYNC: Exchange = {
  request: 'POST /api/3/contact/sync',
  body: { contact: { email: 'jane@example.com' } },
  status: 201,
  answer: { contact: { id: '7' } },
};
const FIND: Exchange = {
  request: 'GET /api/3/contacts?email=jane%40example.com',
  answer: { contacts: [{ id: '7', email: 'jane@example.com' }], meta: { total: '1' } },
};
const rows = (path: string, key: string, ...found: readonly object[]): Exchange => ({
  request: `GET /api/3${path}${path.includes('?') ? '&' : '?'}limit=100&offset=0`,
  answer: { [key]: found, meta: { total: String(found.length) } },
});
const removed = (path: string): Exchange => ({ request: `DELETE /api/3${path}`, answer: {} });
const listed = (status: string, sourceid: number): Exchange => ({
  request: 'POST /api/3/contactLists',
  body: { contactList: { list: '3', contact: '7', status, sourceid } },
  answer: { contactList: { id: '1' } },
});
const NEWS = rows('/lists', 'lists', { id: '3', name: 'News' });
const VIP = rows('/tags?search=VIP', 'tags', { id: '5', tag: 'vip', tagType: 'contact' });
const about = (properties: object): object => ({ email: ' Jane@Example.com', properties });

const CASES: Readonly<Record<string, Case>> = {
  syncContact: {
    event: {
      type: 'identify',
      email: 'Jane@Example.com',
      traits: { first_name: 'Jane', last_name: null, phone: ' ' },
    },
    mapping: { fields: { shoe_size: 42 } },
    exchanges: [
      rows('/fields', 'fields', { id: '2', title: 'Shoe size', perstag: 'SHOE_SIZE', type: 'number' }),
      {
        ...SYNC,
        body: {
          contact: {
            email: 'jane@example.com',
            firstName: 'Jane',
            lastName: '',
            fieldValues: [{ field: '2', value: '42' }],
          },
        },
      },
    ],
  },
  trackEvent: {
    event: {
      event: 'Order Completed',
      consent: { marketing: true },
      timestamp: '2026-01-31T12:00:00.000Z',
      ...about({ order_id: 'o1', revenue: 42.5 }),
    },
    exchanges: [
      SYNC,
      {
        request: 'POST https://trackcmp.net/event',
        body: {
          actid: '1000',
          key: 'e-secret',
          event: 'Order Completed',
          visit: '{"email":"jane@example.com"}',
          eventdata: 'consent=marketing; at=2026-01-31T12:00:00Z; order_id=o1; revenue=42.5',
        },
        answer: { success: 1, message: 'Event spawned' },
      },
    ],
  },
  addTags: {
    event: about({ tags: ['VIP'] }),
    exchanges: [
      SYNC,
      VIP,
      {
        request: 'POST /api/3/contactTags',
        body: { contactTag: { contact: '7', tag: '5' } },
        status: 201,
        answer: { contactTag: { id: '9' } },
      },
    ],
  },
  removeTags: {
    event: about({ tags: 'VIP' }),
    exchanges: [
      VIP,
      FIND,
      rows('/contacts/7/contactTags', 'contactTags', { id: '9', tag: '5' }, { id: '10', tag: '6' }),
      removed('/contactTags/9'),
    ],
  },
  setTags: {
    event: about({ tags: ['VIP'] }),
    exchanges: [
      VIP,
      SYNC,
      rows('/contacts/7/contactTags', 'contactTags', { id: '9', tag: '5' }, { id: '10', tag: '6' }),
      removed('/contactTags/10'),
    ],
  },
  subscribe: {
    event: about({}),
    mapping: { lists: ['News'] },
    exchanges: [SYNC, NEWS, rows('/contacts/7/contactLists', 'contactLists'), listed('1', 0)],
  },
  unsubscribe: {
    event: about({}),
    mapping: { lists: 'News' },
    exchanges: [NEWS, FIND, listed('2', 0)],
  },
  resubscribe: {
    event: about({}),
    mapping: { lists: ['News'] },
    exchanges: [
      SYNC,
      NEWS,
      rows('/contacts/7/contactLists', 'contactLists', { list: '3', status: '2' }),
      listed('1', 4),
    ],
  },
  addNote: {
    event: about({ note: 'Called.' }),
    exchanges: [
      SYNC,
      {
        request: 'POST /api/3/notes',
        body: { note: { note: 'Called.', relid: 7, reltype: 'Subscriber' } },
        status: 201,
        answer: { note: { id: '1' } },
      },
    ],
  },
  addToAutomation: {
    event: about({}),
    mapping: { automation: 'welcome' },
    exchanges: [
      rows('/automations', 'automations', { id: '4', name: 'Welcome' }),
      SYNC,
      {
        request: 'POST /api/3/contactAutomations',
        body: { contactAutomation: { contact: '7', automation: '4' } },
        status: 201,
        answer: { contactAutomation: { id: '1' } },
      },
    ],
  },
  removeFromAutomation: {
    event: about({}),
    mapping: { automation: 'Welcome' },
    exchanges: [
      rows('/automations', 'automations', { id: '4', name: 'Welcome' }),
      FIND,
      rows(
        '/contacts/7/contactAutomations',
        'contactAutomations',
        { id: '11', automation: '4' },
        { id: '12', automation: '9' },
      ),
      removed('/contactAutomations/11'),
    ],
  },
  setAccount: {
    event: {
      type: 'group',
      email: 'jane@example.com',
      traits: { name: 'Acme', website: 'https://acme.example', job_title: 'CTO' },
    },
    exchanges: [
      rows('/accounts?search=Acme', 'accounts'),
      {
        request: 'POST /api/3/accounts',
        body: { account: { name: 'Acme', accountUrl: 'https://acme.example' } },
        status: 201,
        answer: { account: { id: '14' } },
      },
      SYNC,
      rows('/accountContacts?filters%5Bcontact%5D=7', 'accountContacts', {
        id: '1',
        account: '2',
        contact: '7',
      }),
      removed('/accountContacts/1'),
      {
        request: 'POST /api/3/accountContacts',
        body: { accountContact: { account: 14, contact: 7, jobTitle: 'CTO' } },
        status: 201,
        answer: { accountContact: { id: '2' } },
      },
    ],
  },
  recordOrder: {
    event: {
      event: 'Order Completed',
      userId: 'u1',
      timestamp: '2026-01-31T12:00:00Z',
      ...about({
        order_id: 'o1',
        checkout_id: 'c1',
        affiliation: 'Shop DE',
        total: '42.505',
        tax: 2,
        discount: 1.1,
        coupon: 'SPRING',
        currency: 'eur',
        products: [{ product_id: 'p1', name: 'Lamp', price: 20, quantity: 2, sku: 'L1' }, { price: 1 }],
      }),
    },
    exchanges: [
      rows('/connections?filters%5Bservice%5D=datafly&filters%5Bexternalid%5D=shop%20de', 'connections'),
      {
        request: 'POST /api/3/connections',
        body: {
          connection: {
            service: 'datafly',
            externalid: 'shop de',
            name: 'Shop DE',
            logoUrl: `${HOST}/favicon.ico`,
            linkUrl: HOST,
          },
        },
        answer: { connection: { id: '3' } },
      },
      {
        request: 'POST /api/3/ecomCustomers',
        body: { ecomCustomer: { connectionid: '3', externalid: 'u1', email: 'jane@example.com' } },
        status: 201,
        answer: { ecomCustomer: { id: '8' } },
      },
      rows('/ecomOrders?filters%5Bconnectionid%5D=3&filters%5Bexternalid%5D=o1', 'ecomOrders'),
      rows('/ecomOrders?filters%5Bconnectionid%5D=3&filters%5Bexternalcheckoutid%5D=c1', 'ecomOrders', {
        id: '5',
        connectionid: '3',
        externalcheckoutid: 'another',
      }),
      {
        request: 'POST /api/3/ecomOrders',
        body: {
          ecomOrder: {
            externalid: 'o1',
            email: 'jane@example.com',
            currency: 'EUR',
            totalPrice: 4251,
            taxAmount: 200,
            discountAmount: 110,
            orderProducts: [{ externalid: 'p1', name: 'Lamp', price: 2000, quantity: 2, sku: 'L1' }],
            orderDiscounts: [{ name: 'SPRING', type: 'order', discountAmount: 110 }],
            source: '1',
            externalCreatedDate: '2026-01-31T12:00:00.000Z',
            connectionid: '3',
            customerid: '8',
          },
        },
        status: 201,
        answer: { ecomOrder: { id: '9' } },
      },
    ],
  },
  recordCart: {
    event: {
      event: 'Cart Abandoned',
      userId: 'u1',
      timestamp: '2026-01-31T12:00:00Z',
      ...about({ cart_id: 'c1', total: 5, currency: 'JPY', cart_url: 'https://shop.example/cart' }),
    },
    exchanges: [
      rows(
        '/connections?filters%5Bservice%5D=datafly&filters%5Bexternalid%5D=online%20store',
        'connections',
        { id: '3', service: 'datafly', externalid: 'online store' },
      ),
      {
        request: 'POST /api/3/ecomCustomers',
        body: { ecomCustomer: { connectionid: '3', externalid: 'u1', email: 'jane@example.com' } },
        status: 422,
        answer: { errors: [] },
      },
      rows('/ecomCustomers?filters%5Bconnectionid%5D=3&filters%5Bexternalid%5D=u1', 'ecomCustomers', {
        id: '8',
        connectionid: '3',
        externalid: 'u1',
        email: 'former@example.com',
      }),
      {
        request: 'PUT /api/3/ecomCustomers/8',
        body: { ecomCustomer: { email: 'jane@example.com' } },
        answer: { ecomCustomer: { id: '8' } },
      },
      rows('/ecomOrders?filters%5Bconnectionid%5D=3&filters%5Bexternalcheckoutid%5D=c1', 'ecomOrders', {
        id: '5',
        connectionid: '3',
        externalcheckoutid: 'c1',
      }),
      {
        request: 'PUT /api/3/ecomOrders/5',
        body: {
          ecomOrder: {
            email: 'jane@example.com',
            currency: 'JPY',
            totalPrice: 5,
            orderUrl: 'https://shop.example/cart',
            abandonedDate: '2026-01-31T12:00:00.000Z',
          },
        },
        answer: { ecomOrder: { id: '5' } },
      },
    ],
  },
  refundOrder: {
    event: about({ order_id: 'o1', currency: 'EUR' }),
    mapping: { remaining: 12.5 },
    exchanges: [
      rows(
        '/connections?filters%5Bservice%5D=datafly&filters%5Bexternalid%5D=online%20store',
        'connections',
        { id: '3', service: 'datafly', externalid: 'online store' },
      ),
      rows('/ecomOrders?filters%5Bconnectionid%5D=3&filters%5Bexternalid%5D=o1', 'ecomOrders', {
        id: '9',
        connectionid: '3',
        externalid: 'o1',
      }),
      {
        request: 'PUT /api/3/ecomOrders/9',
        body: { ecomOrder: { totalPrice: 1250 } },
        answer: { ecomOrder: { id: '9' } },
      },
    ],
  },
  deleteContact: {
    event: about({}),
    exchanges: [
      rows('/connections?filters%5Bservice%5D=datafly', 'connections', {
        id: '3',
        service: 'datafly',
        externalid: 'online store',
      }),
      rows(
        '/ecomCustomers?filters%5Bemail%5D=jane%40example.com',
        'ecomCustomers',
        { id: '8', connectionid: '3', externalid: 'u1' },
        { id: '9', connectionid: '4', externalid: 'u1' },
        { id: '8', connectionid: '0', externalid: '0' },
      ),
      rows('/ecomOrders?filters%5Bcustomerid%5D=8', 'ecomOrders', { id: '5', customerid: '8' }),
      removed('/ecomOrders/5'),
      removed('/ecomCustomers/8'),
      FIND,
      removed('/contacts/7'),
    ],
  },
};

/** Answers these requests and no other. Gives what came, in its order. */
function stub(exchanges: readonly Exchange[]): { readonly seen: string[]; readonly bodies: unknown[] } {
  const seen: string[] = [];
  const bodies: unknown[] = [];
  for (const { request, body: wanted, status = 200, answer } of exchanges) {
    const [method = '', place = ''] = request.split(' ');
    const url = new URL(place, HOST);
    nock(url.origin, url.origin === HOST ? { reqheaders: { 'api-token': 'k-secret' } } : {})
      .intercept(url.pathname + url.search, method, (sent) => {
        if (wanted !== undefined) bodies.push(sent);
        return true;
      })
      .reply(status, () => {
        seen.push(request);
        return answer;
      });
  }
  return { seen, bodies };
}

beforeAll(() => nock.disableNetConnect());
beforeEach(() => nock.cleanAll());
afterAll(() => nock.enableNetConnect());

describe('each action', () => {
  it('has a case here', () => {
    expect(Object.keys(CASES)).toEqual(Object.keys(activecampaign.actions));
  });

  it.each(Object.entries(CASES))('%s makes these requests and no other', async (slug, one) => {
    const { seen, bodies } = stub(one.exchanges);
    const integration = createTestIntegration(activecampaign);
    await integration.testAction(slug, {
      event: createTestEvent({ ...one.event }),
      settings,
      mapping: { ...one.mapping },
      useDefaultMappings: true,
    });
    expect(seen).toEqual(one.exchanges.map(({ request }) => request));
    expect(bodies).toEqual(one.exchanges.flatMap(({ body }) => body ?? []));
    expect(nock.isDone()).toBe(true);
  });

  it.each(Object.keys(CASES))('%s is refused without an address, before any request', async (slug) => {
    const integration = createTestIntegration(activecampaign);
    const event = { ...CASES[slug]?.event, email: undefined, traits: {}, context: {} };
    await expect(
      integration.testAction(slug, {
        event: createTestEvent(event),
        settings,
        mapping: { ...CASES[slug]?.mapping },
        useDefaultMappings: true,
      }),
    ).rejects.toMatchObject({ status: 400 });
    expect(integration.responses).toEqual([]);
  });
});

describe('every preset', () => {
  const presets = activecampaign.presets ?? [];
  it.each(presets.map((preset) => [preset.name ?? '', preset] as const))(
    '%s names an action that there is, and maps only its fields',
    (_, preset) => {
      const action = activecampaign.actions[preset.partnerAction];
      expect(Object.keys(action?.fields ?? {})).toEqual(
        expect.arrayContaining(Object.keys(preset.mapping ?? {})),
      );
      expect(Object.keys(preset.mapping ?? {})).toContain('email');
    },
  );
});

describe('every field of every action', () => {
  const fields = Object.entries(activecampaign.actions).flatMap(([slug, { fields: all }]) =>
    Object.entries(all).map(([key, field]) => [`${slug}.${key}`, field] as const),
  );
  it.each(fields)('%s has a label and a help that is a sentence', (_, { label, description }) => {
    expect(label).toMatch(/^[A-Z]/);
    expect(description).toMatch(/^.{10,}\.$/s);
  });
});
