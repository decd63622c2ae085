/** Claims about the tracking endpoint. Sources: the vendor's document of it, and what users met. */
import { describe, expect, it } from 'vitest';
import { account, call, contactNamed, send, track } from './account.ts';

const HEARD = { success: 1, message: 'Event spawned' };

describe('the tracking endpoint', () => {
  it('keeps the event of a contact and names it in the list of events', async () => {
    const sandbox = await account();
    await contactNamed(sandbox, 'jane@example.com');
    expect((await track(sandbox, { eventdata: 'plan A' })).json).toEqual(HEARD);
    expect(sandbox.account().events).toMatchObject([
      { email: 'jane@example.com', event: 'signed up', eventdata: 'plan A' },
    ]);
    expect((await call(sandbox, 'GET', '/contacts/1')).status).toBe(200);
  });

  it('keeps a second copy of an event that is sent twice', async () => {
    const sandbox = await account();
    await contactNamed(sandbox, 'jane@example.com');
    await track(sandbox);
    await track(sandbox);
    expect(sandbox.account().events).toHaveLength(2);
    expect(sandbox.account().triggers.map(({ name, subject }) => [name, subject])).toEqual([
      ['event_recorded', 'signed up'],
      ['event_recorded', 'signed up'],
    ]);
  });

  it.each([
    ['nobody has the address', { visit: '{"email":"nobody@example.com"}' }],
    ['the address is missing', { visit: '{}' }],
    ['the visit is missing', { visit: undefined }],
    ['the visit is no JSON', { visit: 'jane@example.com' }],
  ])('answers with success and forgets when %s', async (_case, fields) => {
    const sandbox = await account();
    await contactNamed(sandbox, 'jane@example.com');
    const reply = await track(sandbox, fields);
    expect([reply.status, reply.json]).toEqual([200, HEARD]);
    expect(sandbox.account().events).toEqual([]);
  });

  it.each([
    ['the account id is missing', { actid: undefined }, 'An account ID must be provided.'],
    ['the key is wrong', { key: 'other' }, 'The account ID and the event key do not match.'],
    ['the name is missing', { event: undefined }, 'An event name must be provided.'],
  ])('tells in the body of a 200 that %s', async (_case, fields, message) => {
    const sandbox = await account();
    const reply = await track(sandbox, fields);
    expect([reply.status, reply.json]).toEqual([200, { success: 0, message }]);
  });

  it('does not read JSON', async () => {
    const sandbox = await account();
    const body = JSON.stringify({
      actid: '1000001',
      key: 'sandbox-event-key',
      event: 'x',
      visit: '{"email":"jane@example.com"}',
    });
    const reply = await send(`${sandbox.url}/event`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(reply.json).toEqual({ success: 0, message: 'An account ID must be provided.' });
  });

  it('reads multipart forms and the query too', async () => {
    const sandbox = await account();
    await contactNamed(sandbox, 'jane@example.com');
    const form = new FormData();
    for (const [name, value] of [
      ['actid', '1000001'],
      ['key', 'sandbox-event-key'],
      ['visit', '{"email":"jane@example.com"}'],
    ]) {
      form.set(String(name), String(value));
    }
    const reply = await send(`${sandbox.url}/event?event=from%20the%20query`, { method: 'POST', body: form });
    expect(reply.json).toEqual(HEARD);
    expect(sandbox.account().events).toMatchObject([{ event: 'from the query' }]);
  });
});
