/** Sending again and forgetting, in the whole service beside the simulated account. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, type Json, NO, type Service, startService, YES } from './harness.ts';

const JANE = 'jane.unmistakable@example.com';

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(async () => {
  await service.close();
});

const identify = (email: string, userId: string, more: object = {}): object => ({
  type: 'identify',
  userId,
  traits: { email, first_name: 'Jane' },
  context: YES,
  ...more,
});
const order = (userId: string, more: object = {}): object => ({
  type: 'track',
  event: 'Order Completed',
  userId,
  properties: { order_id: 'o1', total: 1 },
  context: YES,
  ...more,
});

async function deliveries(query: string): Promise<Json[]> {
  return (await service.admin('GET', `/deliveries?limit=100&${query}`)).body.data;
}

async function replayed(body: object): Promise<Json> {
  const { status, body: begun } = await service.admin('POST', '/deliveries/replay', body);
  expect(status, JSON.stringify(begun)).toBe(202);
  let replay = begun;
  await eventually(async () => {
    replay = (await service.admin('GET', `/replays/${begun.id}`)).body;
    expect(replay.state).not.toBe('running');
  });
  return replay;
}

const emails = (): unknown[] => service.sandbox.account().contacts.map(({ email }) => email);

/** Names of the database's files that hold the text anywhere, in any letter case. */
function filesWith(text: string): string[] {
  return readdirSync(service.dataDir).filter((name) =>
    readFileSync(join(service.dataDir, name)).toString('latin1').toLowerCase().includes(text),
  );
}

const REFUSE_SYNC = {
  path: '/api/3/contact/sync',
  respond: { status: 422, body: '{"errors":[{"title":"No."}]}' },
};

describe('dead letters', () => {
  beforeEach(async () => {
    await service.install();
    service.sandbox.faults([REFUSE_SYNC]);
    await service.send(identify('a@example.com', 'u1'), identify('b@example.com', 'u2'));
    await eventually(async () => expect(await deliveries('status=dead')).toHaveLength(2));
    service.sandbox.clearFaults();
  });

  it('are counted by reason, estimated, sent again once, and not found a second time', async () => {
    const { body: reasons } = await service.admin('GET', '/deliveries/reasons');
    expect(reasons.data).toMatchObject([{ state: 'dead', code: 'REJECTED', count: 2 }]);
    const all = { filter: {}, mapping: 'as_mapped' };
    const estimate = await service.admin('POST', '/deliveries/replay', { ...all, estimate: true });
    expect([estimate.status, estimate.body.count]).toEqual([200, 2]);
    expect(await replayed(all)).toMatchObject({ state: 'done', total: 2, done: 2, skipped: 0 });
    await eventually(() => expect(emails().sort()).toEqual(['a@example.com', 'b@example.com']));
    expect(await replayed(all)).toMatchObject({ state: 'done', total: 0, done: 0 });
    expect((await service.admin('GET', '/deliveries/reasons')).body.data).toEqual([]);
    const [{ id }] = (await service.admin('GET', '/replays')).body.data.toReversed();
    expect(await deliveries('status=dead')).toMatchObject([{ replayed_by: id }, { replayed_by: id }]);
    expect(await deliveries('status=dead&replayed=false')).toEqual([]);
    expect(await deliveries('replayed=true')).toHaveLength(2);
    expect((await service.admin('GET', '/replays')).body.data).toHaveLength(2);
  });

  it('go with today’s blueprint when that is chosen', async () => {
    const [{ integration_id }] = await deliveries('status=dead');
    const { body: newest } = await service.admin('GET', `/integration-templates/${integration_id}/revisions`);
    const [{ blueprint }] = newest.data.toReversed();
    for (const mapping of blueprint.events.identify.mappings)
      if (mapping.target === 'lastName') mapping.source = 'traits.first_name';
    const { status, body } = await service.admin(
      'POST',
      `/integration-templates/${integration_id}/revisions`,
      {
        blueprint,
        change_summary: 'A last name.',
      },
    );
    expect(status, JSON.stringify(body)).toBe(201);
    const [{ id }] = await deliveries('status=dead&email=a@example.com');
    expect(await replayed({ ids: [id], mapping: 'current' })).toMatchObject({ done: 1, skipped: 0 });
    await eventually(() =>
      expect(service.sandbox.account().contacts).toMatchObject([
        { email: 'a@example.com', lastName: 'Jane' },
      ]),
    );
  });

  it('of somebody who refused meanwhile are not mapped anew, and not sent as they were', async () => {
    await service.send(order('u1', { context: NO }), order('u2', { context: NO }));
    await eventually(async () =>
      expect((await service.admin('GET', '/events?status=filtered')).body.data).toHaveLength(2),
    );
    const [one, other] = await deliveries('status=dead');
    expect(await replayed({ ids: [one.id], mapping: 'current' })).toMatchObject({ done: 0, skipped: 1 });
    expect(await replayed({ ids: [other.id], mapping: 'as_mapped' })).toMatchObject({ done: 1 });
    await eventually(async () =>
      expect(await deliveries('status=filtered')).toMatchObject([{ code: 'CONSENT_WITHDRAWN' }]),
    );
    expect(emails()).toEqual([]);
  });
});

describe('a selection', () => {
  it.each([
    [{ mapping: 'as_mapped' }, 'ids'],
    [{ mapping: 'as_mapped', ids: ['dlv_1'], filter: {} }, 'ids'],
    [{ mapping: 'as_mapped', ids: ['evt_1'] }, 'ids.0'],
    [{ mapping: 'as_mapped', filter: { status: 'delivered' } }, 'filter.status'],
    [{ mapping: 'as_mapped', filter: { since: 'soon' } }, 'filter.since'],
    [{ mapping: 'mine', filter: {} }, 'mapping'],
  ])('%j is refused, naming %s', async (body, path) => {
    const answer = await service.admin('POST', '/deliveries/replay', body);
    expect([answer.status, answer.body.error.details[0].path]).toEqual([422, path]);
  });
});

describe('a withdrawal', () => {
  it('filters the person’s waiting jobs at once, while the account cannot be reached', async () => {
    await service.install();
    const busy = { status: 429, headers: { 'retry-after': '60' } };
    service.sandbox.faults([{ path: '/api/3/contact/sync', respond: busy }]);
    await service.send(identify(JANE, 'u1'), order('u1'), identify('b@example.com', 'u2'));
    await eventually(async () => expect(await deliveries('code=RATE_LIMITED')).not.toEqual([]));
    expect(await deliveries('status=waiting')).toHaveLength(3);
    await service.send({ type: 'track', event: 'Refused', userId: 'u1', context: NO });
    await eventually(async () => {
      const filtered = await deliveries('status=filtered');
      expect(filtered.map(({ contacts, code }) => [contacts[0], code])).toEqual([
        [JANE, 'CONSENT_WITHDRAWN'],
        [JANE, 'CONSENT_WITHDRAWN'],
      ]);
    });
    expect(await deliveries('status=waiting')).toHaveLength(1);
  });
});

describe('discarding', () => {
  it('cancels what waits and is held, by filter', async () => {
    await service.install();
    service.sandbox.faults([
      { path: '/api/3/contact/sync', respond: { status: 429, headers: { 'retry-after': '60' } } },
    ]);
    await service.send(identify('a@example.com', 'u1'), identify('b@example.com', 'u2'));
    await eventually(async () => expect(await deliveries('code=RATE_LIMITED')).not.toEqual([]));
    const { body } = await service.admin('POST', '/deliveries/cancel', {
      filter: { email: 'B@example.com' },
    });
    expect(body).toEqual({ cancelled: 1 });
    expect(await deliveries('status=waiting')).toHaveLength(1);
  });
});

describe('an erasure', () => {
  const erase = async (subject: object): Promise<Json> => {
    const { status, body } = await service.admin('POST', '/privacy/erase', subject);
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  };

  it('leaves nothing of the person: not in the answers, not in the account, not in any byte of the files', async () => {
    await service.install();
    await service.send(
      { type: 'page', anonymousId: 'device-unmistakable', context: YES },
      identify(JANE.toUpperCase(), 'user-unmistakable', { anonymousId: 'device-unmistakable' }),
      order('user-unmistakable'),
      identify('b@example.com', 'u2'),
    );
    await eventually(() => expect(emails().sort()).toEqual(['b@example.com', JANE]));
    await eventually(() => expect(service.sandbox.account().events).toHaveLength(2));
    service.sandbox.faults([REFUSE_SYNC]);
    const renamed = { email: JANE, first_name: 'Janet' };
    await service.send(identify(JANE, 'user-unmistakable', { traits: renamed }));
    await eventually(async () => expect(await deliveries('status=dead')).toHaveLength(1));
    service.sandbox.clearFaults();
    await service.send({
      type: 'page',
      anonymousId: 'other-unmistakable',
      userId: 'user-unmistakable',
      context: YES,
    });
    await eventually(() => expect(service.sandbox.account().events).toHaveLength(3));

    const receipt = await erase({ userId: 'user-unmistakable' });
    expect(receipt).toMatchObject({
      state: 'done',
      subject: { email: JANE, user_ids: ['user-unmistakable'] },
      events: 5,
      deliveries: 5,
      cancelled: 0,
    });
    expect(receipt.vendor).toHaveLength(1);
    await eventually(() => expect(emails()).toEqual(['b@example.com']));
    const deletion = `/deliveries/${receipt.vendor[0].delivery_id}`;
    await eventually(async () => expect((await service.admin('GET', deletion)).body.state).toBe('delivered'));
    const answers = await Promise.all(
      ['/events?limit=100', '/deliveries?limit=100', deletion, '/replays'].map((path) =>
        service.admin('GET', path),
      ),
    );
    expect(JSON.stringify(answers)).not.toContain('unmistakable');
    expect(service.log()).not.toContain('unmistakable');
    expect(filesWith('unmistakable')).toEqual([]);
    expect(filesWith('b@example.com')).not.toEqual([]);

    await service.send(identify(JANE, 'user-unmistakable'));
    await eventually(() => expect(emails()).toContain(JANE));
  });

  it('waits for an account that is down without keeping the address in clear', async () => {
    await service.install();
    await service.send(identify(JANE, 'u1'));
    await eventually(() => expect(emails()).toEqual([JANE]));
    service.sandbox.faults([{ respond: { status: 503, headers: { 'retry-after': '2' } } }]);
    await erase({ email: JANE });
    expect(filesWith(JANE)).toEqual([]);
    await service.restart();
    service.sandbox.clearFaults();
    await eventually(() => expect(emails()).toEqual([]));
  });

  it('that a crash interrupted is gone on with at the next start', async () => {
    await service.install();
    await service.send(identify(JANE, 'u1'));
    await eventually(() => expect(emails()).toEqual([JANE]));
    const { store } = service.runtime;
    const { createVault } = await import('../../src/store/vault.ts');
    const vault = createVault(service.secrets.encryptionKey);
    const person = { emails: [JANE], userIds: ['u1'], anonymousIds: [] };
    const sealed = vault.seal(JSON.stringify(person), 'erasure ers_x');
    await store.erasure.begin({ id: 'ers_x', person, sealed, deletions: [], nowMs: Date.now() });
    await service.restart();
    await eventually(async () =>
      expect(await service.runtime.store.erasure.get('ers_x')).toMatchObject({ state: 'done', events: 1 }),
    );
    expect(filesWith(JANE)).toEqual([]);
  });

  it.each([
    [{}, 'email'],
    [{ email: 'nobody' }, 'email'],
    [{ phone: '1' }, 'phone'],
  ])('of %j is refused', async (subject, path) => {
    const { status, body } = await service.admin('POST', '/privacy/erase', subject);
    expect([status, body.error.details[0].path]).toEqual([422, path]);
  });
});
