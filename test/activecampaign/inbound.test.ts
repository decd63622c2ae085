/** What a webhook makes doubtful is asked anew, nothing else is; and webhooks are asked for once. */
import { describe, expect, it } from 'vitest';
import { activecampaign } from '../../src/activecampaign/destination.ts';
import { openSession } from '../../src/destination/dispatch.ts';
import { form } from '../inbound/form.ts';
import { DELIVERED, destination, type World, world } from './world.ts';

const { inbound } = activecampaign;
if (inbound === undefined) throw new Error('The destination takes no webhooks.');

const JANE = 'jane@example.com';
const JOE = 'joe@example.com';

async function withList(): Promise<World> {
  const w = await world();
  await w.api('POST', '/lists', {
    list: {
      name: 'News',
      stringid: 'news',
      sender_url: 'https://shop.example',
      sender_reminder: 'You asked.',
    },
  });
  for (const email of [JANE, JOE]) {
    await w.run('subscribe', { email, lists: ['News'] });
    await w.run('addTags', { email, tags: ['vip'] });
  }
  w.seen();
  return w;
}

/** As the runtime does when a body was posted. */
function hear(w: World, fields: Readonly<Record<string, string>>): void {
  const message = inbound?.read(form(fields));
  const account = destination.definition.account?.(w.settings);
  const { cache } = w.environment();
  if (message === undefined || account === undefined || cache === undefined)
    throw new Error('This is no webhook.');
  inbound?.forget?.(message, { account, cache });
}

const idOf = (w: World, email: string): string => String(w.contact(email)?.id);
const outcomes = async (w: World, action: string, payload: object) =>
  (await w.run(action, payload)).outcomes.map(({ kind, code }) => ({ kind, code }));

describe('who unsubscribes at the account', () => {
  it.each(['unsubscribe', 'bounce'])(
    'is not subscribed again within the day once the %s was heard, and the delivery says so',
    async (type) => {
      const w = await withList();
      const id = idOf(w, JANE);
      await w.api('POST', '/contactLists', { contactList: { list: '1', contact: id, status: '2' } });
      const again = { email: JANE, lists: ['News'] };
      expect(await outcomes(w, 'subscribe', again)).toEqual([DELIVERED]);
      w.seen();
      hear(w, { type, list: '1', 'contact[id]': id, 'contact[email]': JANE });
      expect(await outcomes(w, 'subscribe', again)).toEqual([{ kind: 'rejected', code: 'UNSUBSCRIBED' }]);
      expect(w.seen()).toEqual([`GET /contacts/${id}/contactLists 200`]);
      expect(w.contact(JANE)?.lists).toMatchObject([{ status: 2 }]);
    },
  );

  it('leaves what is known of others, and of the same contact besides its lists', async () => {
    const w = await withList();
    hear(w, { type: 'unsubscribe', 'contact[id]': idOf(w, JANE) });
    await w.run('addTags', { email: JANE, tags: ['vip'] });
    await w.run('addTags', { email: JOE, tags: ['vip'] });
    await w.run('subscribe', { email: JOE, lists: ['News'] });
    expect(w.seen()).toEqual([]);
  });
});

describe('a tag that is taken off at the account', () => {
  it('is put on again by the next event that wants it, within the day too', async () => {
    const w = await withList();
    const id = idOf(w, JANE);
    const { contactTags } = Object(await w.api('GET', `/contacts/${id}/contactTags`));
    await w.api('DELETE', `/contactTags/${contactTags[0].id}`);
    hear(w, { type: 'contact_tag_removed', tag: 'vip', 'contact[id]': id });
    await w.run('addTags', { email: JANE, tags: ['vip'] });
    expect(w.contact(JANE)?.tags).toEqual(['vip']);
  });
});

it('other messages, and those of contacts that nobody knows, change nothing', async () => {
  const w = await withList();
  for (const type of ['update', 'open', 'subscribe', 'deal_add'])
    hear(w, { type, 'contact[id]': idOf(w, JANE) });
  hear(w, { type: 'unsubscribe', 'contact[id]': '999' });
  hear(w, { type: 'unsubscribe' });
  await w.run('subscribe', { email: JANE, lists: ['News'] });
  await w.run('addTags', { email: JANE, tags: ['vip'] });
  expect(w.seen()).toEqual([]);
});

describe('asking the account for a webhook', () => {
  const wanted = {
    url: 'https://in.example/v1/inbound/pi_1/x',
    name: 'Datafly pi_1',
    types: ['unsubscribe'],
  };
  async function register(w: World, settings: object = {}) {
    const environment = w.environment(settings);
    const session = openSession(environment);
    const data = { settings: environment.settings, context: session.input.context };
    return destination.definition.inbound?.register?.(session.request, data, wanted);
  }

  it('makes one that leaves out what was written by the API, and asking again makes none', async () => {
    const w = await world();
    expect(await register(w)).toMatchObject({ ok: true });
    expect(await register(w)).toMatchObject({ ok: true });
    expect(await w.api('GET', '/webhooks')).toMatchObject({
      webhooks: [{ url: wanted.url, events: ['unsubscribe'], sources: ['public', 'admin', 'system'] }],
      meta: { total: '1' },
    });
  });

  it('says what is wrong when the account refuses', async () => {
    const w = await world();
    const check = await register(w, { api_key: 'wrong' });
    expect(check).toMatchObject({ ok: false, fix: expect.stringContaining('connection') });
    expect(JSON.stringify(check)).not.toContain('/v1/inbound');
  });
});
