/** Accounts change behind our back and answers fail half-way: what is remembered must not stand in the way. */
import { describe, expect, it } from 'vitest';
import { DELIVERED, type World, world } from './world.ts';

const JANE = 'jane@example.com';

async function list(w: World, name: string): Promise<void> {
  const sender = { sender_url: 'https://shop.example', sender_reminder: 'You asked.' };
  await w.api('POST', '/lists', { list: { name, stringid: name.toLowerCase(), ...sender } });
}

const valuesOf = (w: World, email = JANE): Record<string, string> =>
  Object.fromEntries((w.contact(email)?.fieldValues ?? []).map(({ title, value }) => [title, value]));

const refused = (status: number, body: object) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

describe('who unsubscribed within the day that we subscribed them', () => {
  async function left(): Promise<World> {
    const w = await world();
    await list(w, 'News');
    await w.run('subscribe', { email: JANE, lists: ['News'] });
    await w.api('POST', '/contactLists', { contactList: { list: '1', contact: '1', status: '2' } });
    return w;
  }

  it('is brought back by a new opt-in', async () => {
    const w = await left();
    await w.run('resubscribe', { email: JANE, lists: ['News'] });
    expect(w.contact(JANE)?.lists).toMatchObject([{ status: 1 }]);
  });

  it('is left alone by anything else', async () => {
    const w = await left();
    await w.run('subscribe', { email: JANE, lists: ['News'] });
    expect(w.contact(JANE)?.lists).toMatchObject([{ status: 2 }]);
  });
});

describe('custom fields', () => {
  it('that are new are found at once, new choices too; what stays unknown is looked for once a minute', async () => {
    const w = await world();
    await w.api('POST', '/fields', { field: { title: 'Size', type: 'dropdown' } });
    const option = (value: string) =>
      w.api('POST', '/fieldOption/bulk', {
        fieldOptions: [{ orderid: 1, value, label: value, isdefault: false, field: '1' }],
      });
    await option('S');
    await w.run('syncContact', { email: JANE, fields: { size: 'S' } });
    await option('L');
    expect((await w.run('syncContact', { email: JANE, fields: { size: 'L' } })).warnings).toEqual([]);
    await w.api('POST', '/fields', { field: { title: 'Colour', type: 'text' } });
    w.clock.advance(60_000);
    expect((await w.run('syncContact', { email: JANE, fields: { colour: 'red' } })).warnings).toEqual([]);
    expect(valuesOf(w)).toEqual({ Size: 'L', Colour: 'red' });
    w.seen();
    for (const firstName of ['A', 'B', 'C'])
      await w.run('syncContact', { email: JANE, firstName, fields: { never: 'x' } });
    expect(w.seen().filter((line) => line.startsWith('GET'))).toEqual([]);
    w.clock.advance(60_000);
    await w.run('syncContact', { email: JANE, firstName: 'D', fields: { never: 'x' } });
    await w.run('syncContact', { email: JANE, firstName: 'E', fields: { never: 'x' } });
    expect(w.seen().filter((line) => line.startsWith('GET'))).toEqual(['GET /fields 200']);
  });

  it('that were replaced are sent by their new id, when the former one is refused', async () => {
    const w = await world();
    await w.api('POST', '/fields', { field: { title: 'Colour', type: 'text' } });
    await w.run('syncContact', { email: JANE, fields: { colour: 'red' } });
    await w.api('DELETE', '/fields/1');
    await w.api('POST', '/fields', { field: { title: 'Colour', type: 'text' } });
    w.sandbox.faults([{ path: '/api/3/contact/sync', times: 1, respond: refused(422, { errors: [] }) }]);
    expect((await w.run('syncContact', { email: JANE, fields: { colour: 'blue' } })).outcomes).toEqual([
      DELIVERED,
    ]);
    expect(valuesOf(w)).toEqual({ Colour: 'blue' });
  });

  it('that did not change are no reason to send a refused contact twice', async () => {
    const w = await world();
    await w.api('POST', '/fields', { field: { title: 'Colour', type: 'text' } });
    w.sandbox.faults([{ path: '/api/3/contact/sync', respond: refused(422, { errors: [] }) }]);
    const result = await w.run('syncContact', { email: JANE, fields: { colour: 'blue' } });
    expect(result.outcomes).toMatchObject([{ kind: 'rejected' }]);
    expect(w.seen().filter((line) => line.startsWith('POST /contact/sync'))).toHaveLength(1);
  });

  it('that were made but not yet shown are shown by the next try', async () => {
    const w = await world();
    const settings = { unknown_fields: 'create' };
    w.sandbox.faults([{ path: '/api/3/fieldRels', times: 1, respond: { status: 429 } }]);
    const payload = { email: JANE, fields: { Tier: 'gold' } };
    expect((await w.run('syncContact', payload, settings)).outcomes).toMatchObject([{ kind: 'pause' }]);
    w.clock.advance(60_000);
    expect((await w.run('syncContact', payload, settings)).outcomes).toEqual([DELIVERED]);
    expect(await w.api('GET', '/fields')).toMatchObject({ fields: [{ title: 'Tier', relations: ['1'] }] });
    expect(w.seen().filter((line) => line.startsWith('POST /fields '))).toHaveLength(1);
    expect(valuesOf(w)).toEqual({ Tier: 'gold' });
  });

  it('that the account does not let us make are reported and left out, asked for once an hour, and the rest is sent', async () => {
    const w = await world();
    w.sandbox.faults([
      { path: '/api/3/fields', method: 'POST', respond: refused(403, { message: 'Forbidden' }) },
    ]);
    const settings = { unknown_fields: 'create' };
    const first = await w.run(
      'syncContact',
      { email: JANE, firstName: 'J', fields: { Tier: 'x' } },
      settings,
    );
    expect(first.outcomes).toEqual([DELIVERED]);
    expect(first.warnings).toHaveLength(1);
    await w.run('syncContact', { email: JANE, firstName: 'K', fields: { Tier: 'x' } }, settings);
    expect(w.seen().filter((line) => line.startsWith('POST /fields '))).toHaveLength(1);
    expect(w.contact(JANE)?.firstName).toBe('K');
  });
});

describe('a changed address', () => {
  it('finds the contact that has it now, when the remembered one is gone', async () => {
    const w = await world();
    await w.run('syncContact', { email: JANE });
    await w.api('DELETE', '/contacts/1');
    await w.api('POST', '/contacts', { contact: { email: JANE, lastName: 'Doe' } });
    await w.run('syncContact', { email: 'new@example.com', previousEmail: JANE, firstName: 'Jane' });
    expect(w.sandbox.account().contacts).toMatchObject([
      { id: '2', email: 'new@example.com', firstName: 'Jane', lastName: 'Doe' },
    ]);
  });
});

describe('setting no tags', () => {
  it('makes no contact to take tags off', async () => {
    const w = await world();
    expect((await w.run('setTags', { email: JANE, tags: [] })).outcomes).toEqual([DELIVERED]);
    expect(w.contact(JANE)).toBeUndefined();
  });
});

describe('an import', () => {
  it('goes without a contact whose list does not exist, which is then judged by itself', async () => {
    const w = await world({ settings: { bulk_import_ms: 0 } });
    await list(w, 'News');
    const people = Array.from({ length: 30 }, (_, index) => ({
      email: `p${index}@x.org`,
      lists: [index === 7 ? 'Never' : 'News'],
    }));
    const { submitted } = await w.runAll('syncContact', people);
    expect([...(submitted?.refused.keys() ?? [])]).toEqual([7]);
    expect(submitted?.refused.get(7)).toMatchObject({ kind: 'retry', code: 'SEND_SINGLY' });
    expect((await w.run('syncContact', people[7] ?? {})).outcomes).toMatchObject([
      { kind: 'rejected', code: 'NOT_FOUND' },
    ]);
  });
});

describe('an event that the tracking endpoint refuses in a good answer', () => {
  it('is refused for good, with what to check, and contacts go on', async () => {
    const w = await world();
    const bad = { event_tracking_key: 'wrong' };
    const [outcome] = (await w.run('trackEvent', { email: JANE, event: 'e' }, bad)).outcomes;
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'REJECTED' });
    expect(outcome?.message).toContain('check the Event Tracking Account ID and the Event Tracking Key');
    expect((await w.run('syncContact', { email: JANE, firstName: 'J' }, bad)).outcomes).toEqual([DELIVERED]);
  });
});
