/** The 25 defects of the open-source peer (R1–R25 of the reference), each with what happens here instead. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { activecampaign } from '../../src/activecampaign/destination.ts';
import { eventName } from '../../src/activecampaign/event-name.ts';
import { dispatch } from '../../src/destination/dispatch.ts';
import type { Transport } from '../../src/destination/transport.ts';
import { DELIVERED, destination, type World, world } from './world.ts';

const JANE = 'jane@example.com';

/** Form fields of the last request to the tracking endpoint. */
function lastForm(w: World): string {
  const request = w.sandbox.requests().findLast(({ path }) => path === '/event');
  return JSON.stringify(request?.body ?? '');
}

describe('where the peer errs, we', () => {
  it('R1: never send an event for the address "undefined": without an address there is no payload', () => {
    expect(destination.actions['trackEvent']?.check({ event: 'e' })).toMatchObject({
      ok: false,
      problems: [{ path: 'email' }],
    });
    expect(destination.actions['trackEvent']?.check({ event: 'e', email: 'undefined' })).toMatchObject({
      ok: false,
    });
  });

  it('R2: encode the visit as JSON, whatever the address holds', async () => {
    const w = await world({ settings: { unknown_contact_event: 'create' } });
    const email = 'a"b+c@example.com';
    const result = await w.run('trackEvent', { email, event: 'e' }, { ensure_contact: false });
    expect(result.outcomes).toEqual([DELIVERED]);
    const form = new URLSearchParams(result.exchanges[0]?.body);
    expect(JSON.parse(form.get('visit') ?? '')).toEqual({ email });
  });

  it('R3: record a page as an event of the contact and add no domain to a whitelist', async () => {
    const w = await world();
    await w.run('trackEvent', {
      email: JANE,
      event: 'page_view',
      properties: { url: 'https://shop.example/a', title: 'A' },
    });
    expect(w.sandbox.account().events).toMatchObject([
      { event: 'page_view', eventdata: 'url=https://shop.example/a; title=A' },
    ]);
    expect(w.seen().join()).not.toMatch(/siteTracking|prism/);
  });

  it('R4: leave host names as they are', async () => {
    const w = await world();
    await w.run('trackEvent', {
      email: JANE,
      event: 'page_view',
      properties: { url: 'https://shopwww.example.org/' },
    });
    expect(w.sandbox.account().events[0]?.eventdata).toBe('url=https://shopwww.example.org/');
  });

  it('R5: carry every property that fits, objects as JSON text', async () => {
    const w = await world();
    await w.run('trackEvent', {
      email: JANE,
      event: 'purchase',
      properties: { order_id: 'o1', revenue: 42.5, currency: 'GBP', cart: { items: 2 } },
    });
    expect(w.sandbox.account().events[0]?.eventdata).toBe(
      'order_id=o1; revenue=42.5; currency=GBP; cart={"items":2}',
    );
  });

  it('R6: trim and lower-case addresses', async () => {
    const w = await world();
    await w.run('syncContact', { email: ' JANE@example.com ' });
    expect(w.contact(JANE)).toBeDefined();
  });

  it('R7: read the present status before subscribing, and leave alone who left', async () => {
    const w = await world();
    await w.api('POST', '/lists', {
      list: { name: 'News', stringid: 'news', sender_url: 'https://x.example', sender_reminder: 'x' },
    });
    await w.api('POST', '/contact/sync', { contact: { email: JANE } });
    await w.api('POST', '/contactLists', { contactList: { list: '1', contact: '1', status: '2' } });
    expect((await w.run('subscribe', { email: JANE, lists: ['1'] })).outcomes).toMatchObject([
      { code: 'UNSUBSCRIBED' },
    ]);
    expect(w.contact(JANE)?.lists[0]?.status).toBe(2);
  });

  it.each(['200', '400'] as const)(
    'R8: take success 0 for a failure, with status %s',
    async (tracking_failure_status) => {
      const w = await world({ settings: { tracking_failure_status } });
      const result = await w.run('trackEvent', { email: JANE, event: 'e' }, { event_tracking_key: 'wrong' });
      expect(result.outcomes).toMatchObject([{ kind: 'rejected', code: 'REJECTED' }]);
    },
  );

  it.each(['constructor', '__proto__', 'hasOwnProperty', 'toString'])(
    'R9: make a tag named %s like any other',
    async (tag) => {
      const w = await world();
      expect((await w.run('addTags', { email: JANE, tags: [tag] })).outcomes).toEqual([DELIVERED]);
      expect(w.contact(JANE)?.tags).toEqual([tag]);
    },
  );

  it('R10: put on contact tags only', async () => {
    const w = await world();
    await w.api('POST', '/tags', { tag: { tag: 'promo', tagType: 'template', description: '' } });
    await w.run('addTags', { email: JANE, tags: ['promo'] });
    expect(
      w.sandbox
        .account()
        .tags.filter(({ contacts }) => contacts > 0)
        .map(({ id }) => id),
    ).not.toContain('1');
  });

  it('R11: read event names to their end before making one', async () => {
    const w = await world();
    for (let index = 0; index < 45; index += 1)
      await w.api('POST', '/eventTrackingEvents', { eventTrackingEvent: { name: `e${index}` } });
    w.seen();
    await w.run('trackEvent', { email: JANE, event: 'e44' }, { register_events: true });
    expect(w.seen().filter((line) => line.startsWith('POST /eventTrackingEvents'))).toEqual([]);
  });

  it('R12: match tags without regard to case and blanks', async () => {
    const w = await world();
    await w.api('POST', '/tags', { tag: { tag: 'Big Spender', tagType: 'contact', description: '' } });
    await w.run('addTags', { email: JANE, tags: [' big spender '] });
    expect(w.sandbox.account().tags).toMatchObject([{ tag: 'Big Spender', contacts: 1 }]);
  });

  it('R13: ask for tags and fields once, not for every event', async () => {
    const w = await world();
    await w.api('POST', '/fields', { field: { title: 'F', type: 'text' } });
    for (let index = 0; index < 5; index += 1) {
      const email = `p${index}@x.org`;
      await w.run('syncContact', { email, fields: { f: 'x' } });
      await w.run('addTags', { email, tags: ['a', 'b'] });
    }
    const reads = w.seen().filter((line) => line.startsWith('GET'));
    expect(reads.toSorted()).toEqual(['GET /fields 200', 'GET /tags 200', 'GET /tags 200']);
  });

  it('R14: send one request at a time for a payload, and pause for as long as the vendor says', async () => {
    const w = await world();
    w.sandbox.faults([
      { path: '/api/3/contactTags', times: 1, respond: { status: 429, headers: { 'retry-after': '17' } } },
    ]);
    const result = await w.run('addTags', { email: JANE, tags: ['a', 'b', 'c'] });
    expect(result.outcomes).toMatchObject([
      { kind: 'pause', scope: 'account', code: 'RATE_LIMITED', untilMs: w.clock.now() + 17_000 },
    ]);
    expect(w.seen().filter((line) => line.startsWith('POST /contactTags'))).toEqual([
      'POST /contactTags 429',
    ]);
  });

  it('R15: repeat only what was not done when an action is tried again', async () => {
    const w = await world();
    w.sandbox.faults([{ path: '/api/3/tags', method: 'POST', times: 1, respond: { status: 500 } }]);
    expect((await w.run('addTags', { email: JANE, tags: ['a'] })).outcomes).toMatchObject([
      { kind: 'retry' },
    ]);
    await w.run('addTags', { email: JANE, tags: ['a', 'b'] });
    w.seen();
    await w.run('addTags', { email: JANE, tags: ['a', 'b', 'c'] });
    expect(w.seen()).toEqual(['GET /tags 200', 'POST /tags 201', 'POST /contactTags 201']);
  });

  it('R16: send no event without a name', () => {
    expect(destination.actions['trackEvent']?.check({ email: JANE, event: '' })).toMatchObject({
      ok: false,
      problems: [{ path: 'event' }],
    });
    expect(eventName(' … ')).toBeUndefined();
  });

  it('R17: keep names within 32 characters, stable and apart, and say so', async () => {
    const w = await world();
    const [one, two] = [
      'A very long event name that nobody can remember',
      'A very long event name that nobody can forget',
    ];
    const result = await w.run('trackEvent', { email: JANE, event: one });
    await w.run('trackEvent', { email: JANE, event: one });
    await w.run('trackEvent', { email: JANE, event: two });
    const names = w.sandbox.account().events.map(({ event }) => event);
    expect(names.every((name) => name.length <= 32)).toBe(true);
    expect(new Set(names).size).toBe(2);
    expect(result.warnings).toHaveLength(1);
  });

  it('R18: know without a request that events need their credentials', async () => {
    const w = await world();
    const { event_tracking_account_id: _, event_tracking_key: __, ...settings } = w.settings;
    expect(destination.definition.available?.('trackEvent', settings)).toBeDefined();
    expect(
      destination.checkSettings(
        { ...settings, event_tracking_key: 'k' },
        { allowedOrigins: [w.sandbox.url] },
      ),
    ).toMatchObject({
      ok: false,
      problems: [{ path: 'event_tracking_account_id' }],
    });
  });

  it('R19: make nothing when a later page of tags cannot be read', async () => {
    const w = await world();
    for (let index = 0; index < 120; index += 1) {
      await w.api('POST', '/tags', { tag: { tag: `x${index}`, tagType: 'contact', description: '' } });
    }
    w.seen();
    const environment = w.environment();
    const failing: Transport = {
      ...environment.transport,
      send: async (request) =>
        request.url.includes('offset=100')
          ? { status: 500, headers: {}, body: '' }
          : environment.transport.send(request),
    };
    const result = await dispatch({
      ...environment,
      transport: failing,
      action: 'addTags',
      payloads: [{ email: JANE, tags: ['x'] }],
    });
    expect(result.outcomes).toMatchObject([{ kind: 'retry', code: 'SERVER_ERROR' }]);
    expect(w.seen()).toEqual(['POST /contact/sync 201', 'GET /tags 200']);
  });

  it('R20: take the base URL with or without a slash', async () => {
    const w = await world();
    await w.run('syncContact', { email: JANE }, { api_url: `${w.sandbox.url}/` });
    expect(w.seen()).toEqual(['POST /contact/sync 201']);
  });

  it('R21: take any mapped value as a custom field, by several names, and refuse values that would split', async () => {
    const w = await world();
    await w.api('POST', '/fields', { field: { title: 'Sizes', type: 'listbox' } });
    const result = await w.run('syncContact', { email: JANE, fields: { SIZES: ['a', 'b||c'] } });
    expect(result.warnings).toHaveLength(1);
    await w.run('syncContact', { email: JANE, fields: { sizes: ['a', 'b'] } });
    expect(w.contact(JANE)?.fieldValues).toMatchObject([{ value: '||a||b||' }]);
  });

  it('R22: send what the mapping gives, nothing that shadows it', async () => {
    const w = await world();
    await w.run('addTags', { email: JANE, tags: ['mapped'] });
    expect(w.contact(JANE)?.tags).toEqual(['mapped']);
  });

  it('R23: send one sync for a contact, without empty lists, and none where nothing differs', async () => {
    const w = await world();
    const first = await w.run('syncContact', { email: JANE, firstName: 'Jane' });
    const again = await w.run('syncContact', { email: JANE, firstName: 'Jane' });
    expect(first.exchanges).toHaveLength(1);
    expect(first.exchanges[0]?.body).toBe('{"contact":{"email":"jane@example.com","firstName":"Jane"}}');
    expect(again).toMatchObject({ outcomes: [DELIVERED], exchanges: [] });
    expect(
      (await w.run('syncContact', { email: JANE, firstName: 'Jane' }, { skip_unchanged: false })).exchanges,
    ).toHaveLength(1);
  });

  it('R24: remove tags, find lists by name, delete, join accounts, date events, import', () => {
    const { actions, onDelete } = activecampaign;
    expect(Object.keys(actions)).toEqual(
      expect.arrayContaining(['removeTags', 'subscribe', 'deleteContact', 'setAccount', 'trackEvent']),
    );
    expect(onDelete).toBeTypeOf('function');
    expect(actions['trackEvent']?.fields['at']?.type).toBe('datetime');
    expect(actions['syncContact']?.performBatch).toBeTypeOf('function');
  });

  it('R25: import nothing of the tests', () => {
    const folders = [
      'src/activecampaign',
      'src/activecampaign/actions',
      'src/activecampaign/metadata',
      'src/destination',
    ];
    const files = folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name)),
    );
    expect(files.length).toBeGreaterThan(30);
    expect(files.filter((file) => /from '.*\/test\//.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('send the tracking key in the form alone, and no API key with it', async () => {
    const w = await world();
    const result = await w.run('trackEvent', { email: JANE, event: 'e' }, { ensure_contact: false });
    expect(lastForm(w)).not.toContain('sandbox-key');
    expect(JSON.stringify(result)).not.toMatch(/sandbox-event-key|sandbox-key/);
  });
});
