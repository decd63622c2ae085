/** What people expect of an ActiveCampaign integration, row by row, against the simulated account. */
import { describe, expect, it } from 'vitest';
import { minorUnits } from '../../src/activecampaign/shop/money.ts';
import { deleteUser, executeDynamicField, testConnection } from '../../src/destination/calls.ts';
import { dispatch, poll } from '../../src/destination/dispatch.ts';
import { DELIVERED, destination, type World, world } from './world.ts';

const JANE = 'jane@example.com';

async function list(w: World, name: string): Promise<void> {
  await w.api('POST', '/lists', {
    list: {
      name,
      stringid: name.toLowerCase(),
      sender_url: 'https://shop.example',
      sender_reminder: 'You asked.',
    },
  });
}

async function field(
  w: World,
  title: string,
  type: string,
  options: readonly (readonly [string, string])[] = [],
): Promise<string> {
  const made = await w.api('POST', '/fields', { field: { title, type } });
  const id = JSON.parse(JSON.stringify(made)).field.id;
  if (options.length > 0) {
    await w.api('POST', '/fieldOption/bulk', {
      fieldOptions: options.map(([value, label], index) => ({
        orderid: index + 1,
        value,
        label,
        isdefault: false,
        field: id,
      })),
    });
  }
  return String(id);
}

const valuesOf = (w: World, email = JANE): Record<string, string> =>
  Object.fromEntries((w.contact(email)?.fieldValues ?? []).map(({ title, value }) => [title, value]));

describe('Contact upsert by email', () => {
  it('creates once, updates after, in one request each', async () => {
    const w = await world();
    await w.run('syncContact', { email: JANE, firstName: 'Jane' });
    await w.run('syncContact', { email: JANE, lastName: 'Doe', phone: '+15551234567' });
    expect(w.seen()).toEqual(['POST /contact/sync 201', 'POST /contact/sync 200']);
    expect(w.contact(JANE)).toMatchObject({ firstName: 'Jane', lastName: 'Doe', phone: '+15551234567' });
  });
});

describe('Email normalisation (trim, lower)', () => {
  it.each(['syncContact', 'addNote', 'addTags', 'trackEvent'])(
    '%s finds one contact whatever the form of its address',
    async (action) => {
      const w = await world();
      const more = { note: 'n', tags: ['t'], event: 'e' };
      await w.run(action, { email: '  Jane@Example.COM ', ...more });
      await w.run(action, { email: JANE, ...more });
      expect(w.sandbox.account().contacts.map(({ email }) => email)).toEqual([JANE]);
    },
  );

  it.each(["o'neil@example.com", 'a+b@example.com', 'a&b=c@example.com', 'ü@exämple.com'])(
    'carries %s through every call',
    async (email) => {
      const w = await world();
      await w.run('syncContact', { email, firstName: 'X' });
      await w.run('removeTags', { email, tags: ['none'] });
      expect((await w.run('trackEvent', { email, event: 'e' })).outcomes).toEqual([DELIVERED]);
      await w.run('deleteContact', { email });
      expect(w.sandbox.account().contacts).toEqual([]);
    },
  );

  it('keeps the order of a contact by its normalised address', () => {
    const key = (action: string, payload: object) =>
      destination.actions[action]?.definition.contactKey?.({ ...payload });
    expect(key('trackEvent', { email: ' Jane@Example.com' })).toEqual([JANE]);
    expect(key('syncContact', { email: JANE, previousEmail: 'Old@example.com' })).toEqual([
      'old@example.com',
      JANE,
    ]);
    expect(key('addTags', { email: 'nobody' })).toEqual([]);
  });
});

describe('Custom fields', () => {
  it('are found by id, personalisation tag or title, in any letter case', async () => {
    const w = await world();
    const id = await field(w, 'Favourite Colour', 'text');
    for (const [name, value] of [
      [id, 'red'],
      ['favourite_colour', 'green'],
      ['%FAVOURITE_COLOUR%', 'blue'],
      [' favourite colour ', 'grey'],
    ]) {
      await w.run('syncContact', { email: JANE, fields: { [name ?? '']: value } });
      expect(valuesOf(w)).toEqual({ 'Favourite Colour': value });
    }
  });

  const TYPES: readonly (readonly [type: string, given: unknown, stored: string | undefined])[] = [
    ['text', ' a ', 'a'],
    ['text', 5, '5'],
    ['text', { a: 1 }, '{"a":1}'],
    ['text', ['a', 'b'], 'a, b'],
    ['textarea', 'line\nline', 'line\nline'],
    ['hidden', true, 'true'],
    ['number', '42.50', '42.5'],
    ['number', 'many', undefined],
    ['date', '2026-01-31', '2026-01-31'],
    ['date', '2026-01-31T23:30:00-05:00', '2026-01-31'],
    ['date', 1_769_860_800, '2026-01-31'],
    ['date', 'someday', undefined],
    ['date', '2026-13-45', undefined],
    ['dropdown', 'Large', 'l'],
    ['dropdown', 'L', 'l'],
    ['dropdown', 'Huge', undefined],
    ['radio', ['Small'], 's'],
    ['checkbox', ['Small', 'l'], '||s||l||'],
    ['checkbox', 'Small', '||s||'],
    ['listbox', '||s||l||', '||s||l||'],
    ['listbox', ['Small', 'Huge'], undefined],
    ['listbox', ['a||b'], undefined],
  ];
  it.each(TYPES)('of type %s take %j', async (type, given, stored) => {
    const w = await world();
    await field(
      w,
      'F',
      type,
      ['dropdown', 'radio', 'checkbox', 'listbox'].includes(type)
        ? [
            ['s', 'Small'],
            ['l', 'Large'],
          ]
        : [],
    );
    const result = await w.run('syncContact', { email: JANE, fields: { f: given } });
    expect(result.outcomes).toEqual([DELIVERED]);
    expect(valuesOf(w)['F']).toBe(stored);
    expect(result.warnings).toHaveLength(stored === undefined ? 1 : 0);
  });

  it('that are unknown are reported once, with the nearest name, and the rest is sent', async () => {
    const w = await world();
    await field(w, 'Shoe size', 'text');
    const first = await w.run('syncContact', { email: JANE, firstName: 'Jane', fields: { shoe_sise: '9' } });
    expect(first.warnings).toEqual([
      'The account has no field "shoe_sise"; its value was left out. Did you mean "Shoe size" (SHOE_SIZE)?',
    ]);
    expect(w.contact(JANE)?.firstName).toBe('Jane');
    expect(
      (await w.run('syncContact', { email: JANE, firstName: 'J', fields: { shoe_sise: '9' } })).warnings,
    ).toEqual([]);
  });

  it('that are unknown are made where the settings want it, once under concurrency, with a relation that makes them visible', async () => {
    const w = await world();
    const emails = ['a@x.org', 'b@x.org', 'c@x.org'];
    await Promise.all(
      emails.map((email) =>
        w.run('syncContact', { email, fields: { 'Loyalty tier': 'gold' } }, { unknown_fields: 'create' }),
      ),
    );
    const seen = w.seen();
    expect(seen.filter((line) => line.startsWith('POST /fields '))).toHaveLength(1);
    expect(seen.filter((line) => line.startsWith('POST /fieldRels '))).toHaveLength(1);
    for (const email of emails) expect(valuesOf(w, email)).toEqual({ 'Loyalty tier': 'gold' });
  });

  it('of which there are more than a page are all found', async () => {
    const w = await world();
    for (let index = 0; index < 120; index += 1) await field(w, `Field ${index}`, 'text');
    w.seen();
    await w.run('syncContact', { email: JANE, fields: { 'field 119': 'x' } });
    expect(w.seen()).toEqual(['GET /fields 200', 'GET /fields 200', 'POST /contact/sync 201']);
    expect(valuesOf(w)).toEqual({ 'Field 119': 'x' });
  });
});

describe('Dates formatted for ActiveCampaign date/datetime fields', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00+00:00'],
    ['2026-01-31T12:00:00.123+02:00', '2026-01-31T12:00:00+02:00'],
    [1_769_860_800_000, '2026-01-31T12:00:00+00:00'],
  ])('%j is sent with its offset', async (given, sent) => {
    const w = await world();
    await field(w, 'Seen', 'datetime');
    await w.run('syncContact', { email: JANE, fields: { seen: given } });
    const stored = valuesOf(w)['Seen'] ?? '';
    expect(Date.parse(stored)).toBe(Date.parse(sent));
  });
});

describe('Blank a field on purpose', () => {
  it('null empties, missing and blank leave alone', async () => {
    const w = await world();
    await field(w, 'Colour', 'text');
    await w.run('syncContact', {
      email: JANE,
      firstName: 'Jane',
      lastName: 'Doe',
      phone: '1',
      fields: { colour: 'red' },
    });
    await w.run('syncContact', { email: JANE, firstName: '  ', fields: { colour: ' ' } });
    expect(w.contact(JANE)).toMatchObject({ firstName: 'Jane', lastName: 'Doe', phone: '1' });
    expect(valuesOf(w)).toEqual({ Colour: 'red' });
    await w.run('syncContact', { email: JANE, lastName: null, fields: { colour: null } });
    expect(w.contact(JANE)).toMatchObject({ firstName: 'Jane', lastName: '', phone: '1' });
    expect(valuesOf(w)['Colour'] ?? '').toBe('');
  });

  it('null leaves alone where the settings say so', async () => {
    const w = await world();
    await w.run('syncContact', { email: JANE, lastName: 'Doe' });
    await w.run('syncContact', { email: JANE, firstName: 'Jane', lastName: null }, { null_clears: false });
    expect(w.contact(JANE)).toMatchObject({ firstName: 'Jane', lastName: 'Doe' });
  });

  it('a date is left as it is and said so, since the vendor cannot empty one', async () => {
    const w = await world();
    await field(w, 'Born', 'date');
    await w.run('syncContact', { email: JANE, fields: { born: '2000-01-02' } });
    const result = await w.run('syncContact', { email: JANE, fields: { born: null } });
    expect(result.warnings).toHaveLength(1);
    expect(valuesOf(w)['Born']).toBe('2000-01-02');
  });
});

describe('Changed address', () => {
  it('gives the same contact the new address', async () => {
    const w = await world();
    await w.run('syncContact', { email: JANE, firstName: 'Jane' });
    await w.run('syncContact', { email: 'new@example.com', previousEmail: JANE, lastName: 'Doe' });
    expect(w.sandbox.account().contacts).toHaveLength(1);
    expect(w.contact('new@example.com')).toMatchObject({ id: '1', firstName: 'Jane', lastName: 'Doe' });
  });

  it('updates the other contact where the new address has one', async () => {
    const w = await world();
    await w.run('syncContact', { email: JANE, firstName: 'Jane' });
    await w.run('syncContact', { email: 'new@example.com', firstName: 'N' });
    const result = await w.run('syncContact', {
      email: 'new@example.com',
      previousEmail: JANE,
      lastName: 'Doe',
    });
    expect(result.outcomes).toEqual([DELIVERED]);
    expect(w.contact('new@example.com')).toMatchObject({ id: '2', firstName: 'N', lastName: 'Doe' });
    expect(w.contact(JANE)).toMatchObject({ id: '1' });
  });

  it('makes the contact where the former address has none, and may be repeated', async () => {
    const w = await world();
    const payload = { email: 'new@example.com', previousEmail: JANE, lastName: 'Doe' };
    await w.run('syncContact', payload);
    await w.run('syncContact', payload);
    expect(w.sandbox.account().contacts.map(({ email }) => email)).toEqual(['new@example.com']);
  });
});

describe('Tags add', () => {
  it('takes a list or a text, names or ids, each once, whatever the letter case', async () => {
    const w = await world();
    await w.run('addTags', { email: JANE, tags: [' VIP ', 'vip', '', 'News'] });
    await w.run('addTags', { email: JANE, tags: 'vip' });
    await w.run('addTags', { email: JANE, tags: ['2'] });
    expect(w.contact(JANE)?.tags).toEqual(['VIP', 'News']);
    expect(w.sandbox.account().tags).toHaveLength(2);
  });

  it('makes a new tag once under concurrency', async () => {
    const w = await world();
    const emails = Array.from({ length: 12 }, (_, index) => `p${index}@x.org`);
    await Promise.all(emails.map((email) => w.run('addTags', { email, tags: ['New'] })));
    expect(w.seen().filter((line) => line.startsWith('POST /tags '))).toEqual(['POST /tags 201']);
    for (const email of emails) expect(w.contact(email)?.tags).toEqual(['New']);
  });

  it.each(['422', '400'] as const)(
    'uses a tag that somebody else made meanwhile, refused with %s',
    async (duplicate_tag_status) => {
      const w = await world({ settings: { duplicate_tag_status } });
      await w.run('removeTags', { email: JANE, tags: ['New'] });
      await w.api('POST', '/tags', { tag: { tag: 'new', tagType: 'contact', description: '' } });
      expect((await w.run('addTags', { email: JANE, tags: ['New'] })).outcomes).toEqual([DELIVERED]);
      expect(w.contact(JANE)?.tags).toEqual(['new']);
    },
  );

  it('makes a tag anew that was deleted behind our back', async () => {
    const w = await world();
    await w.run('addTags', { email: JANE, tags: ['gone'] });
    await w.api('DELETE', '/tags/1');
    expect((await w.run('addTags', { email: 'b@x.org', tags: ['gone'] })).outcomes).toEqual([DELIVERED]);
    expect(w.contact('b@x.org')?.tags).toEqual(['gone']);
  });

  it('finds a contact anew that was deleted behind our back', async () => {
    const w = await world();
    await w.run('addTags', { email: JANE, tags: ['a'] });
    await w.api('DELETE', '/contacts/1');
    expect((await w.run('addTags', { email: JANE, tags: ['a', 'b'] })).outcomes).toEqual([DELIVERED]);
    expect(w.contact(JANE)?.tags).toContain('b');
  });
});

describe('Tags remove / reset', () => {
  it('takes off what is named and nothing else', async () => {
    const w = await world();
    await w.run('addTags', { email: JANE, tags: ['a', 'b', 'c'] });
    await w.run('removeTags', { email: JANE, tags: ['B', 'never'] });
    expect(w.contact(JANE)?.tags).toEqual(['a', 'c']);
    expect(w.sandbox.account().tags.map(({ tag }) => tag)).toEqual(['a', 'b', 'c']);
  });

  it('makes no contact to take tags off', async () => {
    const w = await world();
    await w.run('addTags', { email: 'other@x.org', tags: ['a'] });
    await w.run('removeTags', { email: JANE, tags: ['a'] });
    expect(w.contact(JANE)).toBeUndefined();
  });

  it('puts a tag on again after it was taken off', async () => {
    const w = await world();
    await w.run('addTags', { email: JANE, tags: ['a'] });
    await w.run('removeTags', { email: JANE, tags: ['a'] });
    await w.run('addTags', { email: JANE, tags: ['a'] });
    expect(w.contact(JANE)?.tags).toEqual(['a']);
  });

  it('resets to exactly the given ones', async () => {
    const w = await world();
    await w.run('addTags', { email: JANE, tags: ['a', 'b'] });
    await w.run('setTags', { email: JANE, tags: ['B', 'c'] });
    expect(w.contact(JANE)?.tags.toSorted()).toEqual(['b', 'c']);
    await w.run('setTags', { email: JANE, tags: [] });
    expect(w.contact(JANE)?.tags).toEqual([]);
  });
});

describe('Lists subscribe/unsubscribe', () => {
  it('by name or id, in any letter case', async () => {
    const w = await world();
    await list(w, 'News');
    await list(w, 'Sale');
    await w.run('subscribe', { email: JANE, lists: ['news', '2'] });
    await w.run('unsubscribe', { email: JANE, lists: 'SALE' });
    expect(w.contact(JANE)?.lists.map(({ name, status }) => [name, status])).toEqual([
      ['News', 1],
      ['Sale', 2],
    ]);
  });

  it('uses the lists of the settings where none is named', async () => {
    const w = await world();
    await list(w, 'News');
    await w.run('subscribe', { email: JANE }, { default_lists: ['News'] });
    expect(w.contact(JANE)?.lists).toHaveLength(1);
    expect((await w.run('subscribe', { email: JANE })).outcomes).toMatchObject([
      { kind: 'rejected', code: 'PAYLOAD_INVALID' },
    ]);
  });

  it('finds a list that is new, and refuses one that is not there', async () => {
    const w = await world();
    await list(w, 'News');
    await w.run('subscribe', { email: JANE, lists: ['news'] });
    await list(w, 'Later');
    expect((await w.run('subscribe', { email: JANE, lists: ['later'] })).outcomes).toEqual([DELIVERED]);
    expect((await w.run('subscribe', { email: JANE, lists: ['never'] })).outcomes).toMatchObject([
      { kind: 'rejected', code: 'NOT_FOUND' },
    ]);
  });
});

describe('Protection against re-subscribing an unsubscribed person', () => {
  async function left(): Promise<World> {
    const w = await world();
    await list(w, 'News');
    await w.run('subscribe', { email: JANE, lists: ['News'] });
    await w.api('POST', '/contactLists', { contactList: { list: '1', contact: '1', status: '2' } });
    w.clock.advance(25 * 3_600_000);
    return w;
  }
  const status = (w: World): number | undefined => w.contact(JANE)?.lists[0]?.status;

  it('subscribe leaves them alone and says so', async () => {
    const w = await left();
    expect((await w.run('subscribe', { email: JANE, lists: ['News'] })).outcomes).toMatchObject([
      { kind: 'rejected', code: 'UNSUBSCRIBED' },
    ]);
    expect(status(w)).toBe(2);
  });

  it('a bounced contact is left alone, too', async () => {
    const w = await left();
    await w.api('POST', '/contactLists', { contactList: { list: '1', contact: '1', status: '3' } });
    expect((await w.run('subscribe', { email: JANE, lists: ['News'] })).outcomes).toMatchObject([
      { code: 'UNSUBSCRIBED' },
    ]);
  });

  it('the other lists are joined', async () => {
    const w = await left();
    await list(w, 'Sale');
    const result = await w.run('subscribe', { email: JANE, lists: ['News', 'Sale'] });
    expect(result.outcomes).toEqual([DELIVERED]);
    expect(result.warnings).toHaveLength(1);
    expect(w.contact(JANE)?.lists.map((row) => row.status)).toEqual([2, 1]);
  });

  it('resubscribe brings them back, with source 4', async () => {
    const w = await left();
    await w.run('resubscribe', { email: JANE, lists: ['News'] });
    expect(status(w)).toBe(1);
    expect(JSON.stringify(w.sandbox.requests().map(({ body }) => body))).toMatch(/sourceid[^,}]*4/);
  });

  it('the setting lets subscribe do the same', async () => {
    const w = await left();
    await w.run('subscribe', { email: JANE, lists: ['News'] }, { resubscribe: true });
    expect(status(w)).toBe(1);
  });
});

describe('Double opt-in', () => {
  it('goes by a tag that starts an automation: the tag is put on and nobody is subscribed', async () => {
    const w = await world();
    await list(w, 'News');
    await w.run('addTags', { email: JANE, tags: ['asked for news'] });
    expect(w.sandbox.account().triggers.map(({ name, subject }) => [name, subject])).toContainEqual([
      'tag_added',
      'asked for news',
    ]);
    expect(w.contact(JANE)?.lists).toEqual([]);
  });
});

describe('track custom event', () => {
  it('carries consent and time first, then the properties in order', async () => {
    const w = await world();
    await w.run('trackEvent', {
      email: JANE,
      event: 'purchase',
      properties: { order_id: 'o1', revenue: 42.5, currency: 'GBP' },
      consent: { marketing: true, analytics: true, functional: false },
      at: '2026-01-31T12:00:00.000Z',
    });
    expect(w.sandbox.account().events).toMatchObject([
      {
        email: JANE,
        event: 'purchase',
        eventdata:
          'consent=marketing,analytics; at=2026-01-31T12:00:00Z; order_id=o1; revenue=42.5; currency=GBP',
      },
    ]);
  });

  it('sends its values as JSON where the settings say so', async () => {
    const w = await world();
    await w.run(
      'trackEvent',
      { email: JANE, event: 'e', properties: { a: 1 } },
      { eventdata_format: 'json' },
    );
    expect(w.sandbox.account().events).toMatchObject([{ eventdata: '{"a":1}' }]);
  });

  it('makes a contact first that was never seen, once a day, unless the settings say no', async () => {
    const w = await world();
    await w.run('trackEvent', { email: JANE, event: 'a' });
    await w.run('trackEvent', { email: JANE, event: 'b' });
    expect(w.seen()).toEqual(['POST /contact/sync 201', 'POST /event 200', 'POST /event 200']);
    w.clock.advance(24 * 3_600_000 + 1);
    await w.run('trackEvent', { email: JANE, event: 'c' });
    expect(w.seen()).toEqual(['POST /contact/sync 200', 'POST /event 200']);
    await w.run('trackEvent', { email: 'b@x.org', event: 'c' }, { ensure_contact: false });
    expect(w.seen()).toEqual(['POST /event 200']);
  });

  it('registers names first where the account keeps only listed ones, all pages read', async () => {
    const w = await world({ settings: { event_names: 'listed' } });
    for (let index = 0; index < 130; index += 1)
      await w.api('POST', '/eventTrackingEvents', { eventTrackingEvent: { name: `event ${index}` } });
    w.seen();
    await w.run('trackEvent', { email: JANE, event: 'event 129' }, { register_events: true });
    await w.run('trackEvent', { email: JANE, event: 'brand new' }, { register_events: true });
    await w.run('trackEvent', { email: JANE, event: 'brand new' }, { register_events: true });
    expect(w.seen().filter((line) => line.startsWith('POST /eventTrackingEvents'))).toHaveLength(1);
    expect(w.sandbox.account().events.map(({ event }) => event)).toEqual([
      'event 129',
      'brand new',
      'brand new',
    ]);
  });

  it('is not available without its credentials, and says why', () => {
    const settings = { api_url: 'https://a.api-us1.com', api_key: '***' };
    expect(destination.definition.available?.('trackEvent', settings)).toContain('Event Tracking Account ID');
    expect(destination.definition.available?.('syncContact', settings)).toBeUndefined();
    expect(
      destination.definition.available?.('trackEvent', {
        ...settings,
        event_tracking_account_id: '1',
        event_tracking_key: '***',
      }),
    ).toBeUndefined();
  });
});

describe('Notes, automations, accounts', () => {
  it('writes a note', async () => {
    const w = await world();
    await w.run('addNote', { email: JANE, note: 'Called.' });
    expect(JSON.stringify(await w.api('GET', '/notes'))).toContain('Called.');
  });

  it('starts and ends an automation by name', async () => {
    const w = await world();
    await w.seed({ automations: ['Welcome'] });
    await w.run('addToAutomation', { email: JANE, automation: 'welcome' });
    expect(w.sandbox.account().triggers.map(({ name }) => name)).toContain('enters_automation');
    await w.run('removeFromAutomation', { email: JANE, automation: 'Welcome' });
    expect(await w.api('GET', '/contacts/1/contactAutomations')).toMatchObject({ contactAutomations: [] });
    expect((await w.run('addToAutomation', { email: JANE, automation: '99' })).outcomes).toMatchObject([
      { kind: 'rejected', code: 'NOT_FOUND' },
    ]);
  });

  it('moves a contact from one account to another, each made once', async () => {
    const w = await world();
    await w.run('setAccount', { email: JANE, name: 'Acme', jobTitle: 'Boss' });
    await w.run('setAccount', { email: JANE, name: 'ACME ', jobTitle: 'Chair' });
    await w.run('setAccount', { email: JANE, name: 'Other' });
    const accounts = JSON.stringify(await w.api('GET', '/accounts'));
    expect(accounts.match(/"name":/g)).toHaveLength(2);
    expect(await w.api('GET', '/accountContacts')).toMatchObject({
      accountContacts: [{ account: '2', contact: '1' }],
    });
  });
});

describe('Deep-data e-commerce: orders, abandoned cart, refunds', () => {
  const order = (changes: object = {}) => ({
    email: JANE,
    orderId: 'o1',
    total: 42.5,
    currency: 'EUR',
    products: [{ product_id: 'p1', name: 'Lamp', price: 21.25, quantity: 2 }],
    createdAt: '2026-01-31T11:00:00Z',
    customerId: 'u1',
    ...changes,
  });
  const cart = (changes: object = {}) => {
    const { orderId: _, createdAt: __, ...rest } = order();
    return { ...rest, checkoutId: 'c1', abandonedAt: '2026-01-31T11:00:00Z', ...changes };
  };
  const fired = (w: World) => w.sandbox.account().triggers.map(({ name, subject }) => `${name} ${subject}`);

  it('an order is recorded on its contact once, with products and amounts in cents, and counts as a purchase', async () => {
    const w = await world();
    expect((await w.run('recordOrder', order())).outcomes).toEqual([DELIVERED]);
    await w.run('recordOrder', order());
    expect(w.seen()).toEqual([
      'GET /connections 200',
      'POST /connections 200',
      'POST /ecomCustomers 201',
      'GET /ecomOrders 200',
      'POST /ecomOrders 201',
    ]);
    expect(w.sandbox.account().orders).toMatchObject([
      {
        externalid: 'o1',
        email: JANE,
        shop: 'Online store',
        state: 1,
        total: 4250,
        currency: 'EUR',
        products: [{ name: 'Lamp', price: 2125, quantity: 2 }],
      },
    ]);
    expect(w.contact(JANE)?.orders).toEqual(['o1']);
    expect(fired(w)).toEqual(['makes_purchase o1']);
  });

  it('an order that changes is brought up to date, and starts nothing twice; another costs two requests', async () => {
    const w = await world();
    await w.run('recordOrder', order());
    w.seen();
    await w.run('recordOrder', order({ total: 50 }));
    expect(w.seen()).toEqual(['GET /ecomOrders 200', 'PUT /ecomOrders/1 200']);
    await w.run('recordOrder', order({ orderId: 'o2' }));
    expect(w.seen()).toEqual(['GET /ecomOrders 200', 'POST /ecomOrders 201']);
    expect(w.sandbox.account().orders.map(({ total }) => total)).toEqual([5000, 4250]);
    expect(fired(w)).toEqual(['makes_purchase o1', 'makes_purchase o2']);
  });

  it.each(['applied', 'ignored'] as const)(
    'an abandoned cart becomes the order that it leads to, when the filter of carts is %s',
    async (cart_filter) => {
      const w = await world({ settings: { cart_filter } });
      await w.run('recordCart', cart({ checkoutId: 'c0', email: 'other@x.org', customerId: 'u0' }));
      await w.run('recordCart', cart());
      await w.run('recordCart', cart({ total: 10 }));
      expect(w.sandbox.account().carts).toMatchObject([
        { externalcheckoutid: 'c0' },
        { externalcheckoutid: 'c1', email: JANE, state: 2, total: 1000 },
      ]);
      await w.run('recordOrder', order({ checkoutId: 'c1' }));
      expect(w.sandbox.account()).toMatchObject({
        orders: [{ id: '2', externalid: 'o1', state: 3, total: 4250 }],
        carts: [{ externalcheckoutid: 'c0' }],
      });
      expect(fired(w)).toEqual(['abandons_cart c0', 'abandons_cart c1', 'makes_purchase o1']);
      await w.run('recordCart', cart({ total: 99 }));
      expect(w.sandbox.account().orders).toMatchObject([{ externalid: 'o1', total: 4250 }]);
    },
  );

  it('a refund leaves what the order is still worth, a full one or a cancellation nothing; it makes no order', async () => {
    const w = await world();
    const refund = (changes: object = {}) => w.run('refundOrder', { email: JANE, orderId: 'o1', ...changes });
    const total = () => w.sandbox.account().orders[0]?.total;
    expect((await refund()).outcomes).toMatchObject([{ kind: 'rejected', code: 'NOT_FOUND' }]);
    await w.run('recordOrder', order());
    await refund({ remaining: 12.5, currency: 'EUR' });
    expect(total()).toBe(1250);
    await refund();
    expect(total()).toBe(0);
    expect((await refund({ remaining: 1 })).outcomes).toMatchObject([{ code: 'PAYLOAD_INVALID' }]);
    await w.run('recordOrder', order());
    expect(total()).toBe(4250);
  });

  it('a customer whose address changes keeps their orders, back and forth', async () => {
    const w = await world();
    for (const [index, email] of [JANE, 'new@x.org', JANE].entries())
      await w.run('recordOrder', order({ orderId: `o${index}`, email }));
    expect(await w.api('GET', '/ecomCustomers')).toMatchObject({
      ecomCustomers: [{ externalid: 'u1', email: JANE, totalOrders: '3' }],
    });
  });

  it('history starts nothing', async () => {
    const w = await world();
    await w.run('recordOrder', order({ historical: true }));
    expect(w.sandbox.account().orders).toMatchObject([{ source: 0 }]);
    expect(fired(w)).toEqual([]);
  });

  it('each store has a connection of its own, made once under concurrency; guests of one store do not collide', async () => {
    const w = await world();
    await Promise.all(
      ['DE', 'de ', 'FR'].map((store, index) =>
        w.run(
          'recordOrder',
          order({ orderId: `o${index}`, store, email: `p${index}@x.org`, customerId: undefined }),
        ),
      ),
    );
    expect(w.seen().filter((line) => line.startsWith('POST /connections'))).toHaveLength(2);
    expect(
      w.sandbox
        .account()
        .orders.map(({ email, shop }) => `${email} ${shop.toUpperCase()}`)
        .toSorted(),
    ).toEqual(['p0@x.org DE', 'p1@x.org DE', 'p2@x.org FR']);
  });

  it.each([
    ['an answer that was lost', 'drop_after_write'],
    ['an answer that was cut off', 'truncated_200'],
  ] as const)('%s makes no second order', async (_, respond) => {
    const w = await world();
    w.sandbox.faults([{ method: 'POST', path: '/api/3/ecomOrders', times: 1, respond }]);
    expect((await w.run('recordOrder', order())).outcomes).toMatchObject([{ kind: 'retry' }]);
    expect((await w.run('recordOrder', order())).outcomes).toEqual([DELIVERED]);
    expect(w.sandbox.account().orders).toHaveLength(1);
    w.sandbox.faults([{ method: 'POST', path: '/api/3/ecomOrders', times: 1, respond }]);
    await w.run('recordCart', cart());
    await w.run('recordCart', cart());
    expect(w.sandbox.account().carts).toHaveLength(1);
  });

  it('a connection that was deleted behind our back is made anew', async () => {
    const w = await world();
    await w.run('recordOrder', order());
    await w.api('DELETE', '/connections/1');
    expect((await w.run('recordOrder', order({ orderId: 'o2' }))).outcomes).toEqual([DELIVERED]);
    await w.api('DELETE', '/connections/2');
    const other = order({ orderId: 'o3', customerId: 'u2', email: 'b@x.org' });
    expect((await w.run('recordOrder', other)).outcomes).toEqual([DELIVERED]);
    expect(w.sandbox.account().orders.map(({ shop }) => shop)).toEqual(['', '', 'Online store']);
  });

  it.each([
    [1.005, 'EUR', 101],
    [0.1 + 0.2, 'EUR', 30],
    [1234, 'JPY', 1234],
    [1.2345, 'KWD', 1235],
    [-5, 'EUR', 0],
    [19.99, 'constructor', 1999],
  ])('%d %s are %d minor units', (amount, currency, units) => {
    expect(minorUnits(amount, currency)).toBe(units);
  });

  it('what is no currency or no amount is refused', async () => {
    const w = await world();
    expect((await w.run('recordOrder', order({ currency: 'Euro' }))).outcomes).toMatchObject([
      { code: 'PAYLOAD_INVALID' },
    ]);
    expect(() => minorUnits(1e300, 'EUR')).toThrow('too large');
  });
});

describe('Delete / GDPR', () => {
  it('deletes by address, and is done where there is nobody', async () => {
    const w = await world();
    await w.run('syncContact', { email: JANE });
    await w.run('deleteContact', { email: JANE });
    await w.run('deleteContact', { email: JANE });
    expect(w.sandbox.account().contacts).toEqual([]);
    await w.run('syncContact', { email: JANE });
    expect(w.sandbox.account().contacts).toHaveLength(1);
  });

  it('takes the orders that were recorded with the contact, and nobody else’s', async () => {
    const w = await world();
    const order = (email: string, orderId: string, customerId?: string) =>
      w.run('recordOrder', {
        email,
        orderId,
        total: 1,
        currency: 'EUR',
        createdAt: '2026-01-31',
        ...(customerId === undefined ? {} : { customerId }),
      });
    await order(JANE, 'o1', 'u1');
    await order(JANE, 'o2');
    await order('other@x.org', 'o3', 'u3');
    await w.run('deleteContact', { email: JANE });
    expect(w.sandbox.account()).toMatchObject({
      contacts: [{ email: 'other@x.org' }],
      orders: [{ externalid: 'o3' }],
    });
    expect(await w.api('GET', '/ecomCustomers')).toMatchObject({ meta: { total: '1' } });
    await order(JANE, 'o1', 'u1');
    expect(w.contact(JANE)?.orders).toEqual(['o1']);
  });

  it('answers a deletion request that names the address', async () => {
    const w = await world();
    await w.run('syncContact', { email: JANE });
    expect((await deleteUser(w.environment(), { userId: 'u1', email: ' JANE@example.com' })).outcome).toEqual(
      DELIVERED,
    );
    expect(w.sandbox.account().contacts).toEqual([]);
    expect((await deleteUser(w.environment(), { userId: 'u1' })).outcome).toMatchObject({
      kind: 'rejected',
      code: 'PAYLOAD_INVALID',
    });
  });
});

describe('Batching / bulk', () => {
  const people = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ email: `p${index}@x.org`, firstName: `P${index}` }));

  async function settled(w: World, payloads: readonly object[], batchId: string) {
    for (;;) {
      const answer = await poll({
        ...w.environment(),
        action: 'syncContact',
        batchId,
        payloads: payloads.map((payload) => ({ ...payload })),
      });
      if (!answer.pending) return answer;
    }
  }

  it('imports up to 250 contacts with two requests and settles each', async () => {
    const w = await world({ settings: { bulk_import_ms: 0 } });
    await field(w, 'Colour', 'checkbox', [['r', 'Red']]);
    w.seen();
    const payloads = people(250).map((person) => ({ ...person, fields: { colour: ['red'] } }));
    const result = await w.runAll('syncContact', payloads);
    expect(result.submitted?.refused.size).toBe(0);
    const answer = await settled(w, payloads, result.submitted?.batchId ?? '');
    expect(answer.outcomes).toEqual(payloads.map(() => DELIVERED));
    expect(w.sandbox.account().contacts).toHaveLength(250);
    expect(valuesOf(w, 'p7@x.org')).toEqual({ Colour: '||r||' });
    expect(w.seen().filter((line) => line.startsWith('POST'))).toEqual(['POST /import/bulk_import 200']);
  });

  it('says that it is pending while the import runs', async () => {
    const w = await world({ settings: { bulk_import_ms: 60_000 } });
    const result = await w.runAll('syncContact', people(30));
    const answer = await poll({
      ...w.environment(),
      action: 'syncContact',
      batchId: result.submitted?.batchId ?? '',
      payloads: people(30),
    });
    expect(answer).toMatchObject({ pending: true, outcomes: [] });
  });

  it('rejects an address that the import refused', async () => {
    const w = await world({ settings: { bulk_import_ms: 0 } });
    await w.seed({ exclusions: [{ matchPhrase: 'p3@x.org', matchType: 'exact', channel: 'all' }] });
    const result = await w.runAll('syncContact', people(30));
    const { outcomes } = await settled(w, people(30), result.submitted?.batchId ?? '');
    expect(
      outcomes.map(({ kind }, index) => (kind === 'delivered' ? -1 : index)).filter((index) => index >= 0),
    ).toEqual([3]);
  });

  it.each(['1', '0'] as const)(
    'takes a bad contact out of a batch that counts from %s, and hands over the rest',
    async (bulk_failure_index_base) => {
      const w = await world({ settings: { bulk_import_ms: 0, bulk_failure_index_base } });
      const payloads = people(30).map((person, index) =>
        index === 4 ? { ...person, email: 'b:d@x.org' } : person,
      );
      w.sandbox.faults([
        {
          path: '/api/3/import/bulk_import',
          times: 1,
          respond: {
            status: 400,
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({
              success: 0,
              message: 'JSON payload did not pass validation.',
              failureReasons: [{ contact: 4 + Number(bulk_failure_index_base), failureReason: 'x' }],
            }),
          },
        },
      ]);
      const result = await w.runAll('syncContact', payloads);
      expect(result.submitted?.refused.get(4)).toMatchObject({ kind: 'retry', code: 'SEND_SINGLY' });
      expect(result.submitted?.refused.size).toBe(2);
      expect(result.submitted?.batchId).not.toBe('');
    },
  );

  it('knows beforehand how many bytes an import has at most, and keeps to the vendor’s limits', async () => {
    const batch = destination.actions['syncContact']?.definition.batch;
    expect([batch?.minItems, batch?.maxItems]).toEqual([25, 250]);
    const envelope = 400_000 - (batch?.maxBytes ?? 0);
    const w = await world({ settings: { bulk_import_ms: 0 } });
    await field(w, 'Colour', 'checkbox', [['r', 'Red']]);
    const lists = Array.from({ length: 20 }, (_, index) => String.fromCharCode(97 + index));
    for (const name of lists) await list(w, name);
    const payloads = people(25).map((person) => ({
      ...person,
      firstName: '"\u0001ü€😀\\',
      fields: { colour: ['red'], Colour: 'red' },
      tags: ['a', '"', '€'],
      lists,
    }));
    const { exchanges, submitted } = await w.runAll('syncContact', payloads, { exclude_automations: true });
    expect(submitted?.batchId).toBeDefined();
    const [sent] = w.sandbox.requests().filter(({ path }) => path === '/api/3/import/bulk_import');
    const real = Buffer.byteLength(JSON.stringify(sent?.body));
    expect(exchanges.at(-1)?.status).toBe(200);
    const told = payloads.reduce((sum, payload) => sum + (batch?.bytes(payload) ?? 0), 0);
    expect(real).toBeLessThan(told + envelope);
    expect(real).toBeGreaterThan(told / 3);
  });

  it('never imports a single contact: what is left alone when the others are taken out goes singly too', async () => {
    const w = await world({ settings: { bulk_import_ms: 0 } });
    const failureReasons = people(24).map((_, index) => ({ contact: index + 1, failureReason: 'x' }));
    w.sandbox.faults([
      {
        path: '/api/3/import/bulk_import',
        times: 1,
        respond: {
          status: 400,
          body: { success: 0, message: 'JSON payload did not pass validation.', failureReasons },
        },
      },
    ]);
    const { outcomes, submitted } = await w.runAll('syncContact', people(26));
    expect(w.seen()).toEqual(['POST /import/bulk_import 400']);
    expect(submitted).toBeUndefined();
    expect(outcomes.map(({ code }) => code)).toEqual(people(26).map(() => 'SEND_SINGLY'));
  });

  it('starts no automations where the settings say so', async () => {
    const w = await world({ settings: { bulk_import_ms: 0 } });
    const result = await w.runAll('syncContact', people(25), { exclude_automations: true });
    expect(result.exchanges[0]?.body).toContain('"exclude_automations":true');
    expect((await w.runAll('syncContact', people(25))).exchanges[0]?.body).not.toContain(
      'exclude_automations',
    );
  });

  it('offers only updates that set values', () => {
    const accepts = (payload: object, settings: Record<string, unknown> = {}) =>
      destination.actions['syncContact']?.definition.batch?.accepts({ email: JANE, ...payload }, settings);
    expect(accepts({ firstName: 'J', fields: { a: 1 } })).toBe(true);
    expect(accepts({ firstName: null })).toBe(false);
    expect(accepts({ fields: { a: null } })).toBe(false);
    expect(accepts({ previousEmail: 'old@x.org' })).toBe(false);
    expect(accepts({ tags: ['vip'], lists: ['News'] })).toBe(true);
    expect(accepts({ tags: ['7'] })).toBe(false);
    expect(accepts({ lists: ['News'] }, { resubscribe: true })).toBe(false);
  });
});

describe('Connection test / install endpoint', () => {
  const checksOf = async (w: World, settings?: object) => {
    const { ok, checks } = await testConnection(w.environment(settings));
    return { ok, failed: checks.filter((check) => !check.ok) };
  };

  it('answers each question of a good set-up', async () => {
    const w = await world();
    const { ok, checks } = await testConnection(w.environment());
    expect(ok).toBe(true);
    expect(checks.map(({ name }) => name)).toEqual([
      'API URL',
      'API key',
      'Plan',
      'Event tracking',
      'Event key',
      'Custom fields',
      'Lists',
    ]);
  });

  it.each([
    ['a bad key', {}, { api_key: 'wrong' }, 'API key'],
    ['a bad key with a login page', { auth_failure: '200_html' }, { api_key: 'wrong' }, 'API key'],
    ['tracking switched off', { event_tracking_enabled: false }, {}, 'Event tracking'],
    ['a bad event key', {}, { event_tracking_key: 'wrong' }, 'Event key'],
  ] as const)('finds %s, and says how to mend it', async (_, sandbox, settings, name) => {
    const w = await world({ settings: sandbox });
    const { ok, failed } = await checksOf(w, settings);
    expect(ok).toBe(false);
    expect(failed).toMatchObject([{ name, ok: false }]);
    expect(failed[0]?.fix).toMatch(/ActiveCampaign/);
  });

  it('finds an unpaid plan', async () => {
    const w = await world();
    w.sandbox.faults([{ path: '/api/3/users/me', respond: { status: 402 } }]);
    expect((await checksOf(w)).failed).toMatchObject([{ name: 'Plan' }]);
  });

  it('records no event and makes no contact', async () => {
    const w = await world();
    await testConnection(w.environment());
    expect(w.sandbox.account()).toMatchObject({ contacts: [], events: [] });
  });

  it('is content without event tracking', async () => {
    const w = await world();
    const { event_tracking_account_id: _, event_tracking_key: __, ...own } = w.settings;
    const environment = w.environment();
    expect((await testConnection({ ...environment, settings: own })).ok).toBe(true);
  });
});

describe('Dynamic choices', () => {
  it('give every row, not just the first page', async () => {
    const w = await world();
    for (let index = 0; index < 130; index += 1)
      await w.api('POST', '/tags', { tag: { tag: `tag ${index}`, tagType: 'contact', description: '' } });
    for (let index = 0; index < 25; index += 1) await list(w, `List ${index}`);
    await w.api('POST', '/tags', { tag: { tag: 'for templates', tagType: 'template', description: '' } });
    await w.seed({ automations: ['Welcome'] });
    await field(w, 'Colour', 'text');
    const choices = async (action: string, key: string, query?: string) =>
      (await executeDynamicField(w.environment(), action, key, query === undefined ? {} : { query })).choices;
    expect(await choices('addTags', 'tags')).toHaveLength(130);
    expect(await choices('subscribe', 'lists')).toHaveLength(25);
    expect(await choices('subscribe', 'lists', 'list 2')).toHaveLength(6);
    expect(await choices('addToAutomation', 'automation')).toEqual([{ value: '1', label: 'Welcome' }]);
    expect(await choices('syncContact', 'fields.__keys__')).toMatchObject([
      { value: 'COLOUR', label: 'Colour' },
    ]);
    expect((await executeDynamicField(w.environment(), 'syncContact', 'email')).error?.code).toBe('404');
    expect(
      (await executeDynamicField(w.environment({ api_key: 'wrong' }), 'addTags', 'tags')).error?.code,
    ).toBe('FORBIDDEN_EMPTY');
  });
});

describe('Base URL honoured as given', () => {
  it.each(['', '/', '/api/3', '/api/3/'])('with %j at its end', async (ending) => {
    const w = await world();
    expect(
      (await w.run('syncContact', { email: JANE }, { api_url: w.sandbox.url + ending })).outcomes,
    ).toEqual([DELIVERED]);
    expect(w.seen()).toEqual(['POST /contact/sync 201']);
  });

  it('counts the two host names of one account as one', () => {
    const account = (api_url: string) => destination.definition.account?.({ api_url, api_key: 'k' });
    expect(account('https://Acme.activehosted.com/')).toBe('acme.api-us1.com');
    expect(account('https://acme.api-us1.com/api/3')).toBe('acme.api-us1.com');
    expect(account('http://127.0.0.1:8090')).toBe('127.0.0.1:8090');
  });
});

describe('page', () => {
  it('is an event with URL and title of the contact, since the vendor has no supported way for a server to report a site visit', async () => {
    const w = await world();
    await w.run('trackEvent', {
      email: JANE,
      event: 'page_view',
      properties: { url: 'https://shop.example/', title: 'Shop' },
    });
    expect(w.sandbox.account().events).toMatchObject([
      { event: 'page_view', eventdata: 'url=https://shop.example/; title=Shop' },
    ]);
    expect(Object.keys(destination.actions)).not.toContain('siteVisit');
  });
});

describe('Client-side rate limit (5 req/s/account)', () => {
  it('is told to whoever paces: limits of the account, and the budget of each request', async () => {
    const w = await world();
    const departing: string[] = [];
    const beforeSend = async ({
      method,
      budget,
      repeatable,
    }: {
      method: string;
      budget: string;
      repeatable: boolean;
    }) => {
      departing.push(`${method} ${budget} ${repeatable}`);
    };
    const run = (action: string, ...payloads: object[]) =>
      dispatch({
        ...w.environment(),
        action,
        payloads: payloads.map((payload) => ({ email: JANE, ...payload })),
        beforeSend,
      });
    await run('trackEvent', { event: 'e' });
    await run('addNote', { note: 'n' });
    await run('syncContact', {}, { email: 'b@x.org' });
    expect(departing).toEqual(['POST api true', 'POST tracking false', 'POST api false', 'POST bulk true']);
    expect(destination.definition.limits).toMatchObject({
      api: { requests: 5, perMs: 1_000 },
      bulk: { requests: 100, perMs: 60_000 },
    });
  });
});

describe('429 handling', () => {
  it.each([
    ['seconds', '17', 17_000],
    ['a date', 'date', 40_000],
    ['nothing', undefined, 30_000],
  ])('pauses the account for what Retry-After says in %s', async (_, header, waitMs) => {
    const w = await world();
    const value = header === 'date' ? new Date(w.clock.now() + 40_000).toUTCString() : header;
    // A date is held against the answer's own, which the simulated account would take from the machine.
    const date = new Date(w.clock.now()).toUTCString();
    const headers = value === undefined ? {} : { date, 'retry-after': value };
    w.sandbox.faults([{ times: 1, respond: { status: 429, headers } }]);
    const { outcomes } = await w.run('syncContact', { email: JANE });
    expect(outcomes).toMatchObject([{ kind: 'pause', scope: 'account', untilMs: w.clock.now() + waitMs }]);
    expect((await w.run('syncContact', { email: JANE })).outcomes).toEqual([DELIVERED]);
  });
});

describe('What was confirmed is not sent again', () => {
  it('but an update whose answer was lost makes the former one count no more', async () => {
    const w = await world();
    await w.run('syncContact', { email: JANE, firstName: 'A' });
    w.sandbox.faults([{ times: 1, respond: 'drop_after_write' }]);
    expect((await w.run('syncContact', { email: JANE, firstName: 'B' })).outcomes).toMatchObject([
      { kind: 'retry' },
    ]);
    await w.run('syncContact', { email: JANE, firstName: 'A' });
    expect(w.contact(JANE)?.firstName).toBe('A');
  });

  it('and an import makes it count no more either', async () => {
    const w = await world({ settings: { bulk_import_ms: 0 } });
    await w.run('syncContact', { email: JANE, firstName: 'A' });
    await w.runAll('syncContact', [{ email: JANE, firstName: 'B' }, { email: 'b@x.org' }]);
    await w.run('syncContact', { email: JANE, firstName: 'A' });
    expect(w.contact(JANE)?.firstName).toBe('A');
  });

  it('and expires after a day', async () => {
    const w = await world();
    await w.run('syncContact', { email: JANE, firstName: 'A' });
    w.clock.advance(24 * 3_600_000);
    expect((await w.run('syncContact', { email: JANE, firstName: 'A' })).exchanges).toHaveLength(1);
  });
});

describe('Metadata cache (tags, fields, event names)', () => {
  it('is asked again when it is old', async () => {
    const w = await world();
    await field(w, 'Old', 'text');
    await w.run('syncContact', { email: JANE, fields: { old: '1' } });
    w.seen();
    await w.run('syncContact', { email: JANE, fields: { old: '2' } });
    expect(w.seen()).toEqual(['POST /contact/sync 200']);
    w.clock.advance(600_000);
    await w.run('syncContact', { email: JANE, fields: { old: '3' } });
    expect(w.seen()).toEqual(['GET /fields 200', 'POST /contact/sync 200']);
  });
});

describe('screen / group / alias', () => {
  it('group becomes an account, by the default trigger', () => {
    expect(destination.actions['setAccount']?.definition.defaultSubscription).toBe('type = "group"');
  });
});
