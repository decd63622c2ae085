/** Rehearsals: every request that an action may make is shown, ids that nobody knows as words, and delivery's memory is left alone. */
import { describe, expect, it } from 'vitest';
import { activecampaign } from '../../../src/activecampaign/destination.ts';
import { createCache } from '../../../src/destination/cache.ts';
import { compileDestination } from '../../../src/destination/compile.ts';
import { dispatch } from '../../../src/destination/dispatch.ts';
import type { JsonObject } from '../../../src/event/json.ts';
import { createRehearser, type RehearsedRequest } from '../../../src/server/management/rehearse.ts';
import { API_KEY, EVENT_KEY, INSTALL, START_MS } from './fixture.ts';

const clock = { now: () => START_MS, after: () => () => undefined };
const destination = compileDestination(activecampaign);
const settings: JsonObject = { ...INSTALL.config };

function rehearser(changes: JsonObject = {}, cache = createCache(clock)) {
  return createRehearser({
    destination,
    settings: { ...settings, ...changes },
    cache,
    clock,
    allowedOrigins: [],
  });
}

/** `METHOD path` without the account's address, and the body where there is one. */
function lineOf({ method, url, body }: RehearsedRequest): string {
  const path = url.replace(/^https:\/\/[^/]+(\/api\/3)?/, '').replace(/\?.*$/, '');
  return `${method} ${path}${body === undefined || url.includes('trackcmp') ? '' : ` ${body}`}`;
}

const EMAIL = 'jane@example.com';
const SYNC = `POST /contact/sync {"contact":{"email":"${EMAIL}"}}`;

const ACTIONS: readonly (readonly [string, JsonObject, readonly string[]])[] = [
  [
    'syncContact',
    { email: EMAIL, fields: { Size: 'XL' }, tags: ['vip'], lists: ['News'] },
    [
      'GET /fields',
      `POST /contact/sync {"contact":{"email":"${EMAIL}","fieldValues":[{"field":"‹id of field \\"Size\\"›","value":"XL"}]}}`,
      'GET /tags',
      'POST /contactTags {"contactTag":{"contact":"‹id of the contact›","tag":"‹id of tag \\"vip\\"›"}}',
      'GET /lists',
      'GET /contacts/‹id of the contact›/contactLists',
      'POST /contactLists {"contactList":{"list":"‹id of list \\"News\\"›","contact":"‹id of the contact›","status":"1","sourceid":0}}',
    ],
  ],
  [
    'syncContact',
    { email: 'new@example.com', previousEmail: EMAIL },
    ['GET /contacts', 'PUT /contacts/‹id of the contact› {"contact":{"email":"new@example.com"}}'],
  ],
  ['trackEvent', { email: EMAIL, event: 'Order Completed' }, [SYNC, 'POST /event']],
  [
    'addTags',
    { email: EMAIL, tags: ['vip', '7'] },
    [
      SYNC,
      'GET /tags',
      'POST /contactTags {"contactTag":{"contact":"‹id of the contact›","tag":"‹id of tag \\"vip\\"›"}}',
      'POST /contactTags {"contactTag":{"contact":"‹id of the contact›","tag":"7"}}',
    ],
  ],
  [
    'removeTags',
    { email: EMAIL, tags: ['vip'] },
    [
      'GET /tags',
      'GET /contacts',
      'GET /contacts/‹id of the contact›/contactTags',
      'DELETE /contactTags/‹id of the contact’s tag "vip"›',
    ],
  ],
  [
    'setTags',
    { email: EMAIL, tags: ['vip'] },
    [
      'GET /tags',
      SYNC,
      'GET /contacts/‹id of the contact›/contactTags',
      'POST /contactTags {"contactTag":{"contact":"‹id of the contact›","tag":"‹id of tag \\"vip\\"›"}}',
    ],
  ],
  [
    'subscribe',
    { email: EMAIL, lists: ['3'] },
    [
      SYNC,
      'GET /contacts/‹id of the contact›/contactLists',
      'POST /contactLists {"contactList":{"list":"3","contact":"‹id of the contact›","status":"1","sourceid":0}}',
    ],
  ],
  [
    'unsubscribe',
    { email: EMAIL, lists: ['News'] },
    [
      'GET /lists',
      'GET /contacts',
      'POST /contactLists {"contactList":{"list":"‹id of list \\"News\\"›","contact":"‹id of the contact›","status":"2","sourceid":0}}',
    ],
  ],
  [
    'resubscribe',
    { email: EMAIL, lists: ['3'] },
    [
      SYNC,
      'GET /contacts/‹id of the contact›/contactLists',
      'POST /contactLists {"contactList":{"list":"3","contact":"‹id of the contact›","status":"1","sourceid":0}}',
    ],
  ],
  [
    'addNote',
    { email: EMAIL, note: 'Called.' },
    [SYNC, 'POST /notes {"note":{"note":"Called.","relid":"‹id of the contact›","reltype":"Subscriber"}}'],
  ],
  [
    'addToAutomation',
    { email: EMAIL, automation: 'Welcome' },
    [
      'GET /automations',
      SYNC,
      'POST /contactAutomations {"contactAutomation":{"contact":"‹id of the contact›","automation":"‹id of automation \\"Welcome\\"›"}}',
    ],
  ],
  [
    'removeFromAutomation',
    { email: EMAIL, automation: 'Welcome' },
    [
      'GET /automations',
      'GET /contacts',
      'GET /contacts/‹id of the contact›/contactAutomations',
      'DELETE /contactAutomations/‹id of the contact’s run of automation "Welcome"›',
    ],
  ],
  [
    'setAccount',
    { email: EMAIL, name: 'Acme', jobTitle: 'Baker' },
    [
      'GET /accounts',
      SYNC,
      'GET /accountContacts',
      'POST /accountContacts {"accountContact":{"account":"‹id of account \\"Acme\\"›","contact":"‹id of the contact›","jobTitle":"Baker"}}',
    ],
  ],
  [
    'recordOrder',
    {
      email: EMAIL,
      orderId: 'o1',
      total: 42.5,
      currency: 'EUR',
      customerId: 'u1',
      createdAt: '2026-01-31T12:00:00.000Z',
    },
    [
      'GET /connections',
      'POST /ecomCustomers {"ecomCustomer":{"connectionid":"‹id of store \\"online store\\"›","externalid":"u1","email":"jane@example.com"}}',
      'GET /ecomOrders',
      'POST /ecomOrders {"ecomOrder":{"externalid":"o1","email":"jane@example.com","currency":"EUR","totalPrice":4250,"source":"1","externalCreatedDate":"2026-01-31T12:00:00.000Z","connectionid":"‹id of store \\"online store\\"›","customerid":"‹id of what was made›"}}',
    ],
  ],
  [
    'recordCart',
    {
      email: EMAIL,
      checkoutId: 'c1',
      total: 1,
      currency: 'EUR',
      customerId: 'u1',
      abandonedAt: '2001-01-31T12:00:00.000Z',
    },
    [
      'GET /connections',
      'POST /ecomCustomers {"ecomCustomer":{"connectionid":"‹id of store \\"online store\\"›","externalid":"u1","email":"jane@example.com"}}',
      'GET /ecomOrders',
      'POST /ecomOrders {"ecomOrder":{"externalcheckoutid":"c1","email":"jane@example.com","currency":"EUR","totalPrice":100,"abandonedDate":"2001-01-31T12:00:00.000Z","source":"1","externalCreatedDate":"2001-01-31T12:00:00.000Z","connectionid":"‹id of store \\"online store\\"›","customerid":"‹id of what was made›"}}',
    ],
  ],
  [
    'refundOrder',
    { email: EMAIL, orderId: 'o1' },
    [
      'GET /connections',
      'GET /ecomOrders',
      'PUT /ecomOrders/‹id of order "o1"› {"ecomOrder":{"totalPrice":0}}',
    ],
  ],
  [
    'deleteContact',
    { email: EMAIL },
    ['GET /connections', 'GET /contacts', 'DELETE /contacts/‹id of the contact›'],
  ],
];

describe('a rehearsal', () => {
  it.each(ACTIONS)('of %s(%j) shows every request', async (action, payload, expected) => {
    const { requests } = await rehearser().rehearse(action, payload);
    expect(requests.map(lineOf)).toEqual(expected);
    expect(JSON.stringify(requests)).not.toMatch(/90071992/);
  });

  it('is known for every action', () => {
    const rehearsed = new Set(ACTIONS.map(([action]) => action));
    expect(Object.keys(destination.actions).filter((action) => !rehearsed.has(action))).toEqual([]);
  });

  it('shows no secret', async () => {
    for (const [action, payload] of ACTIONS) {
      const text = JSON.stringify(await rehearser().rehearse(action, payload));
      expect(text).not.toContain(API_KEY);
      expect(text).not.toContain(EVENT_KEY);
    }
  });

  it('says that answers are assumed where something is asked, and is silent otherwise', async () => {
    const asks = await rehearser().rehearse('addTags', { email: EMAIL, tags: ['vip'] });
    expect(asks.note).toContain('assumed');
    const plain = await rehearser().rehearse('addTags', { email: EMAIL, tags: ['7'] });
    expect(plain.note).toBeUndefined();
  });

  it('of the next action knows what the one before would have brought about', async () => {
    const both = rehearser();
    await both.rehearse('syncContact', { email: EMAIL, firstName: 'Jane' });
    const { requests } = await both.rehearse('trackEvent', { email: EMAIL, event: 'Order Completed' });
    expect(requests.map(lineOf)).toEqual(['POST /event']);
  });

  it('shows the ids that delivery knows, and leaves its memory alone', async () => {
    const cache = createCache(clock);
    let isAsked = false;
    const transport = {
      send: async () => {
        isAsked = true;
        const headers = { 'content-type': 'application/json' };
        return { status: 200, headers, body: '{"contact":{"id":"42"}}' };
      },
      close: async () => undefined,
    };
    await rehearser({}, cache).rehearse('addNote', { email: EMAIL, note: 'Called.' });
    const real = { destination, settings, transport, clock, cache };
    await dispatch({ ...real, action: 'syncContact', payloads: [{ email: EMAIL }] });
    expect(isAsked).toBe(true);
    const { requests } = await rehearser({}, cache).rehearse('addNote', { email: EMAIL, note: 'Called.' });
    expect(requests.map(lineOf)).toEqual([
      'POST /notes {"note":{"note":"Called.","relid":42,"reltype":"Subscriber"}}',
    ]);
    const same = await rehearser({}, cache).rehearse('syncContact', { email: EMAIL });
    expect(same).toEqual({
      requests: [],
      note: 'Nothing would be sent: the account has confirmed the same already.',
    });
  });

  it('goes no further than the first answer that nobody can imagine', async () => {
    const { imagine: _imagine, ...definition } = activecampaign;
    const mute = compileDestination(definition);
    const environment = { destination: mute, settings, cache: createCache(clock), clock, allowedOrigins: [] };
    const shown = await createRehearser(environment).rehearse('addTags', { email: EMAIL, tags: ['vip'] });
    expect(shown.requests.map(lineOf)).toEqual([SYNC]);
    expect(shown.note).toContain('depends on the answer');
  });

  it('says why an action refuses the payload', async () => {
    const { requests, note } = await rehearser().rehearse('subscribe', { email: EMAIL });
    expect(requests).toEqual([]);
    expect(note).toContain('lists is required');
  });
});
