/** Claims about how contacts, fields, tags and lists behave. Sources: the vendor's documents and recorded exchanges. */
import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { account, at, call, contactNamed, steer } from './account.ts';

const JANE = 'jane@example.com';
const sync = (sandbox: Sandbox, contact: object) => call(sandbox, 'POST', '/contact/sync', { contact });

async function withLists(): Promise<Sandbox> {
  const sandbox = await account();
  await steer(sandbox, 'POST', '/seed', { sample: true });
  await contactNamed(sandbox, JANE);
  return sandbox;
}

async function emails(sandbox: Sandbox, query: string): Promise<unknown[]> {
  const contacts = at((await call(sandbox, 'GET', `/contacts?${query}`)).json, 'contacts');
  return Array.isArray(contacts) ? contacts.map((contact) => at(contact, 'email')) : [];
}

describe('contact/sync', () => {
  it('makes with 201, then changes with 200, the same contact', async () => {
    const sandbox = await account();
    expect((await sync(sandbox, { email: JANE, firstName: 'Jane' })).status).toBe(201);
    const again = await sync(sandbox, { email: JANE, lastName: 'Doe' });
    expect([again.status, at(again.json, 'contact', 'id')]).toEqual([200, '1']);
    expect(sandbox.account().contacts).toMatchObject([{ email: JANE, firstName: 'Jane', lastName: 'Doe' }]);
  });

  it.each([
    ['', ''],
    [null, ''],
  ])('keeps what is absent and overwrites with %j', async (blank, stored) => {
    const sandbox = await account();
    await sync(sandbox, { email: JANE, firstName: 'Jane', phone: '123' });
    await sync(sandbox, { email: JANE, firstName: blank });
    expect(sandbox.account().contacts).toMatchObject([{ firstName: stored, phone: '123' }]);
  });

  it('sets field values and shows them at the top and as ids', async () => {
    const sandbox = await withLists();
    const { json } = await sync(sandbox, {
      email: JANE,
      fieldValues: [
        { field: '1', value: 'Team' },
        { field: '99', value: 'nowhere' },
      ],
    });
    expect(at(json, 'fieldValues', 0, 'value')).toBe('Team');
    expect(at(json, 'contact', 'fieldValues')).toEqual([at(json, 'fieldValues', 0, 'id')]);
    expect(sandbox.account().contacts[0]?.fieldValues).toMatchObject([{ perstag: 'PLAN', value: 'Team' }]);
  });

  it('never changes an address, which PUT does', async () => {
    const sandbox = await account();
    await sync(sandbox, { email: JANE });
    await sync(sandbox, { email: 'new@example.com' });
    await call(sandbox, 'PUT', '/contacts/1', { contact: { email: 'moved@example.com' } });
    expect(sandbox.account().contacts.map(({ email }) => email)).toEqual([
      'moved@example.com',
      'new@example.com',
    ]);
    expect((await sync(sandbox, { email: 'moved@example.com' })).status).toBe(200);
  });

  it.each(['a"b@example.com', 'plus+tag@example.com', "o'brien@example.com"])(
    'takes %s as the address it is, or refuses it',
    async (email) => {
      const sandbox = await account();
      const made = await sync(sandbox, { email });
      const found = await emails(sandbox, new URLSearchParams({ email }).toString());
      expect(found).toEqual(made.status === 201 ? [email] : []);
    },
  );
});

describe('a list of contacts', () => {
  const people = async (): Promise<Sandbox> => {
    const sandbox = await withLists();
    for (const [email, firstName, phone] of [
      ['bob@example.com', 'Bob', '555-1'],
      ['ann@example.org', 'Ann', '777'],
    ]) {
      await contactNamed(sandbox, String(email), { firstName, phone });
    }
    await call(sandbox, 'POST', '/contactLists', { contactList: { list: 1, contact: 2, status: 1 } });
    await call(sandbox, 'POST', '/contactLists', { contactList: { list: 1, contact: 3, status: 2 } });
    await call(sandbox, 'POST', '/tags', { tag: { tag: 'vip' } });
    await call(sandbox, 'POST', '/contactTags', { contactTag: { contact: 3, tag: 1 } });
    return sandbox;
  };

  it.each([
    ['', [JANE, 'bob@example.com', 'ann@example.org']],
    ['email=bob%40example.com', ['bob@example.com']],
    ['email=bob', []],
    ['email_like=example.org', ['ann@example.org']],
    ['search=BOB', ['bob@example.com']],
    ['phone=555', ['bob@example.com']],
    ['listid=1', ['bob@example.com', 'ann@example.org']],
    ['listid=1&status=2', ['ann@example.org']],
    ['status=1', ['bob@example.com']],
    ['status=-1', [JANE, 'bob@example.com', 'ann@example.org']],
    ['tagid=1', ['ann@example.org']],
    ['ids[]=1&ids[]=3', [JANE, 'ann@example.org']],
    ['id_greater=1', ['bob@example.com', 'ann@example.org']],
    ['id_greater=1&listid=1&limit=1', ['bob@example.com']],
    ['id_less=2', [JANE]],
    ['exclude=2', [JANE, 'ann@example.org']],
    ['orders[email]=ASC', ['ann@example.org', 'bob@example.com', JANE]],
    ['orders[first_name]=DESC&limit=1', ['bob@example.com']],
    ['orders[id]=DESC&id_greater=1', ['ann@example.org', 'bob@example.com']],
    ['limit=1&offset=1', ['bob@example.com']],
    ['filters[created_after]=2000-01-01&filters[updated_before]=2001-01-01', []],
  ])('with %s holds %j', async (query, wanted) => {
    expect(await emails(await people(), query)).toEqual(wanted);
  });

  it('is fresh after a change, though asked twice alike', async () => {
    const sandbox = await people();
    expect(await emails(sandbox, 'tagid=1')).toHaveLength(1);
    await call(sandbox, 'POST', '/contactTags', { contactTag: { contact: 1, tag: 1 } });
    expect(await emails(sandbox, 'tagid=1')).toHaveLength(2);
  });

  it('brings memberships and their lists along when asked', async () => {
    const { json } = await call(await people(), 'GET', '/contacts?include=contactLists.list,fieldValues');
    expect(at(json, 'contactLists', 0, 'list')).toBe('1');
    expect(at(json, 'lists', 0, 'name')).toBe('Newsletter');
    expect(at(json, 'contacts', 1, 'contactLists')).toEqual(['1']);
    expect(at(json, 'fieldValues')).toEqual([]);
  });

  it('gives twenty a page, a hundred at most, and the total of all', async () => {
    const sandbox = await account();
    await steer(sandbox, 'POST', '/seed', { contacts: 130 });
    expect(await emails(sandbox, '')).toHaveLength(20);
    expect(await emails(sandbox, 'limit=500')).toHaveLength(100);
    expect(at((await call(sandbox, 'GET', '/contacts?limit=1')).json, 'meta', 'total')).toBe('130');
  });
});

describe('tags', () => {
  it('are found by a part of the name, in any case, or by the whole of it', async () => {
    const sandbox = await account();
    for (const tag of ['Customer', 'customer-gold', 'lead'])
      await call(sandbox, 'POST', '/tags', { tag: { tag } });
    const names = async (query: string): Promise<unknown> => {
      const tags = at((await call(sandbox, 'GET', `/tags?${query}`)).json, 'tags');
      return Array.isArray(tags) && tags.map((tag) => at(tag, 'tag'));
    };
    expect(await names('search=CUSTOM')).toEqual(['Customer', 'customer-gold']);
    expect(await names('filters[search][eq]=customer')).toEqual(['Customer']);
    expect(await names('filters[search][starts_with]=le')).toEqual(['lead']);
    expect(await names('search=customer-gold&orders[search]=weight')).toEqual(['customer-gold']);
  });

  it('are given with 201, and with 200 and the same row to who has them, starting automations once', async () => {
    const sandbox = await withLists();
    await call(sandbox, 'POST', '/tags', { tag: { tag: 'vip' } });
    const give = () => call(sandbox, 'POST', '/contactTags', { contactTag: { contact: '1', tag: '1' } });
    const [first, second] = [await give(), await give()];
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(at(second.json, 'contactTag', 'id')).toBe(at(first.json, 'contactTag', 'id'));
    expect(at(second.json, 'contacts')).toBeUndefined();
    expect(sandbox.account().triggers.filter(({ name }) => name === 'tag_added')).toHaveLength(1);
  });

  it('are taken away by the id of the association, which the contact lists', async () => {
    const sandbox = await withLists();
    await call(sandbox, 'POST', '/tags', { tag: { tag: 'vip' } });
    await call(sandbox, 'POST', '/contactTags', { contactTag: { contact: 1, tag: 1 } });
    const { json } = await call(sandbox, 'GET', '/contacts/1/contactTags');
    expect((await call(sandbox, 'DELETE', `/contactTags/${at(json, 'contactTags', 0, 'id')}`)).json).toEqual(
      {},
    );
    expect(sandbox.account().contacts[0]?.tags).toEqual([]);
  });
});

describe('lists', () => {
  it('take back whoever left, and say nothing of it', async () => {
    const sandbox = await withLists();
    const put = (status: number) =>
      call(sandbox, 'POST', '/contactLists', { contactList: { list: 1, contact: 1, status } });
    await put(1);
    await put(2);
    expect(sandbox.account().contacts[0]?.lists).toMatchObject([{ status: 2 }]);
    expect((await put(1)).status).toBe(200);
    expect(sandbox.account().contacts[0]?.lists).toMatchObject([{ status: 1 }]);
    expect(sandbox.account().triggers.map(({ name }) => name)).toEqual([
      'subscribes',
      'unsubscribes',
      'subscribes',
    ]);
  });

  it('leave the row of an active contact as it is', async () => {
    const sandbox = await withLists();
    const put = (sourceid: number) =>
      call(sandbox, 'POST', '/contactLists', { contactList: { list: 1, contact: 1, status: 1, sourceid } });
    const first = await put(3);
    const second = await put(4);
    expect([at(first.json, 'contacts', 0, 'id'), at(second.json, 'contacts')]).toEqual(['1', undefined]);
    expect(at(second.json, 'contactList', 'sourceid')).toBe('3');
    expect(sandbox.account().triggers).toHaveLength(1);
  });
});

describe('fields', () => {
  it('get a tag from their title and belong to no list until they are related', async () => {
    const sandbox = await account();
    const made = await call(sandbox, 'POST', '/fields', { field: { title: 'Größe (cm)', type: 'text' } });
    expect([made.status, at(made.json, 'field', 'perstag')]).toEqual([201, 'GRÖSSE__CM_']);
    const relations = async () => at((await call(sandbox, 'GET', '/fields')).json, 'fields', 0, 'relations');
    expect(await relations()).toEqual([]);
    await call(sandbox, 'POST', '/fieldRels', { fieldRel: { field: 1, relid: 0 } });
    expect(await relations()).toEqual(['1']);
  });

  it('are found by their tag, and their values by field and value', async () => {
    const sandbox = await withLists();
    await call(sandbox, 'POST', '/fieldValues', { fieldValue: { contact: 1, field: 1, value: '||a||b||' } });
    expect(at((await call(sandbox, 'GET', '/fields?filters[perstag]=PLAN')).json, 'meta', 'total')).toBe('1');
    expect(at((await call(sandbox, 'GET', '/fields?filters[perstag]=NONE')).json, 'meta', 'total')).toBe('0');
    const { json } = await call(sandbox, 'GET', '/fieldValues?filters[fieldid]=1&filters[val]=||a||b||');
    expect(at(json, 'fieldValues', 0, 'value')).toBe('||a||b||');
  });
});

describe('deleting a contact', () => {
  it('takes everything of it along', async () => {
    const sandbox = await account();
    await steer(sandbox, 'POST', '/seed', { contacts: 4, sample: true });
    expect((await call(sandbox, 'DELETE', '/contacts/4')).json).toEqual({});
    expect((await call(sandbox, 'GET', '/contacts/4')).status).toBe(404);
    expect(sandbox.account().events).toEqual([]);
    expect(sandbox.account().tags.map(({ contacts }) => contacts)).toEqual([1, 1, 1]);
    expect(await contactNamed(sandbox, 'next@example.com')).toBe('5');
  });
});
