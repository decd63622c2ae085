/** What a replay of events sends, and what it must not: what was sent, what is not allowed, what was erased. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { RevisionCompiler } from '../../src/processing/configuration.ts';
import { nextStretch } from '../../src/processing/replay-stretch.ts';
import { Replayer, type ReplayerOptions } from '../../src/processing/replayer.ts';
import type { Store } from '../../src/store/store.ts';
import { at, INSTALL, INSTALL_PATH, startManagement } from '../server/management/fixture.ts';
import { compiler, eraserOf, identify, NO, rethrow, YES } from './people.ts';

const replayerOf = (store: Store, changes: Partial<ReplayerOptions> = {}): Replayer =>
  new Replayer({
    store,
    compiler,
    clock: systemClock,
    limits: { stepJobs: 2, bytes: 1e6, pollMs: 1, retryMs: 1 },
    onError: rethrow,
    ...changes,
  });

describe('a replay of events', () => {
  const blueprint = (mappings: readonly object[], more: object = {}) => ({
    version: 2,
    global: { mappings: [{ source: ['email', 'traits.email'], target: 'email' }] },
    events: {
      identify: { mappings: [{ source: 'traits.first_name', target: 'firstName' }] },
      'Order Completed': { action: 'trackEvent', vendor_event_name: 'order', mappings },
      ...more,
    },
  });
  const BROKEN = [{ source: 'properties.sum', target: 'sum', required: true }];
  const MENDED = [{ source: 'properties.total', target: 'sum', required: true }];
  const order = (user: string, n: number) => ({
    type: 'track',
    event: 'Order Completed',
    messageId: `order-${n}`,
    userId: user,
    properties: { total: n },
    ...YES,
  });

  async function withRefused(
    mappings: readonly object[] = BROKEN,
    more: object = {},
    config: object = INSTALL.config,
  ) {
    const fixture = await startManagement();
    const { status: installed, body } = await fixture.ask('POST', INSTALL_PATH, {
      ...INSTALL,
      variant: undefined,
      config,
      blueprint: blueprint(mappings, more),
    });
    expect(installed).toBe(201);
    const template = at(body, 'template', 'id');
    const edit = async (to: readonly object[], rules: object = more) => {
      const changed = { blueprint: blueprint(to, rules), change_summary: 'Another mapping.' };
      const { status } = await fixture.ask('POST', `/integration-templates/${template}/revisions`, changed);
      expect(status).toBe(201);
    };
    const replayer = replayerOf(fixture.store);
    const replay = async (request: object = { filter: {} }) => {
      const { status, body: begun } = await fixture.ask('POST', '/events/replay', request);
      expect(status).toBe(202);
      while (await replayer.step());
      return (await fixture.ask('GET', `/replays/${at(begun, 'id')}`)).body;
    };
    const orders = async () =>
      (await fixture.store.reads.deliveries({ action: 'trackEvent' }, 50)).data
        .map(({ contacts, revisionId }) => `${contacts[0]} ${revisionId === undefined ? '' : 'mapped'}`)
        .reverse();
    const verdicts = async () =>
      (await fixture.store.reads.events({ event: 'Order Completed' }, 50)).data
        .map(({ verdicts: [verdict] }) => `${verdict?.state} ${verdict?.code ?? ''}`.trim())
        .reverse();
    const actions = async () =>
      (await fixture.store.reads.deliveries({}, 50)).data.map(({ action }) => action).reverse();
    return { ...fixture, template, edit, replay, replayer, orders, actions, verdicts };
  }

  it('sends what a wrong mapping refused, once it is mended, and once only', async () => {
    const { receive, verdicts, ask, edit, replay, orders } = await withRefused();
    await receive(identify('ann'), identify('bob'));
    await receive(order('ann', 1), order('bob', 2), order('ann', 3));
    expect(await verdicts()).toEqual(Array(3).fill('invalid PAYLOAD_INVALID'));
    const estimate = await ask('POST', '/events/replay', { filter: {}, estimate: true });
    expect([estimate.status, at(estimate.body, 'count')]).toEqual([200, 3]);
    // With the mistake still in it nothing comes of them, and nothing is lost.
    expect(await replay()).toMatchObject({ of: 'events', state: 'done', total: 3, done: 0, skipped: 3 });
    expect(await verdicts()).toEqual(Array(3).fill('invalid PAYLOAD_INVALID'));
    await edit(MENDED);
    expect(await replay()).toMatchObject({ of: 'events', state: 'done', total: 3, done: 3, skipped: 0 });
    expect(await orders()).toEqual([
      'ann@example.com mapped',
      'bob@example.com mapped',
      'ann@example.com mapped',
    ]);
    expect(await verdicts()).toEqual(Array(3).fill('mapped'));
    expect(await replay()).toMatchObject({ total: 0, done: 0, skipped: 0 });
    expect(await replay({ ids: ['evt_3', 'evt_4'] })).toMatchObject({ total: 0, done: 0 });
    expect(await orders()).toHaveLength(3);
  });

  it('sends of an event what one rule refused, not again what another sent', async () => {
    const both = (mappings: readonly object[]) => ({
      'Order Completed': [
        { action: 'trackEvent', vendor_event_name: 'order', mappings: MENDED },
        { action: 'addTags', mappings },
      ],
    });
    const tags = { value: 'buyer', target: 'tags' };
    const { receive, actions, edit, replay, verdicts } = await withRefused(
      [],
      both([{ source: 'properties.kind', target: 'tags', required: true }]),
    );
    await receive(identify('ann'), order('ann', 1));
    expect(await actions()).toEqual(['syncContact', 'trackEvent']);
    await edit([], both([tags]));
    expect(await replay()).toMatchObject({ total: 1, done: 1, skipped: 0 });
    expect(await actions()).toEqual(['syncContact', 'trackEvent', 'addTags']);
    expect(await verdicts()).toEqual(['mapped']);
    expect(await replay()).toMatchObject({ total: 0 });
  });

  it('asks consent of today, and passes over one who refused meanwhile', async () => {
    const { receive, clock, edit, replay, orders } = await withRefused();
    await receive(identify('ann'), identify('bob'), order('ann', 1), order('bob', 2));
    await edit(MENDED);
    clock.nowMs += 1_000;
    await receive({ type: 'track', event: 'Any', messageId: 'no', userId: 'ann', ...NO });
    expect(await replay()).toMatchObject({ total: 2, done: 1, skipped: 1 });
    expect(await orders()).toEqual(['bob@example.com mapped']);
  });

  it('takes what no rule wanted, or a switched off integration left out, when it is named', async () => {
    const { receive, store, ask, edit, replay, verdicts, orders } = await withRefused(MENDED, {
      'Order Completed': { enabled: false },
    });
    const [integration] = await store.config.integrations();
    await receive(identify('ann'), order('ann', 1));
    const path = `/pipeline-integrations/${integration?.id}`;
    expect((await ask('PATCH', path, { enabled: false })).status).toBe(200);
    await receive(order('ann', 2));
    expect(await verdicts()).toEqual(['dropped EVENT_NOT_ENABLED', 'skipped INTEGRATION_DISABLED']);
    expect((await ask('PATCH', path, { enabled: true })).status).toBe(200);
    await edit(MENDED, {});
    expect(await replay()).toMatchObject({ total: 0 });
    expect(await replay({ filter: { status: 'dropped,skipped', event: 'Order Completed' } })).toMatchObject({
      total: 2,
      done: 2,
    });
    expect(await orders()).toHaveLength(2);
  });

  it('goes on after a crash where it was, and makes nothing twice', async () => {
    const { receive, ask, edit, replayer, store, orders } = await withRefused();
    await receive(identify('ann'), ...[1, 2, 3, 4, 5].map((n) => order('ann', n)));
    await edit(MENDED);
    await ask('POST', '/events/replay', { filter: {} });
    await replayer.step();
    expect(await orders()).toHaveLength(2);
    const another = replayerOf(store);
    while (await another.step());
    expect(await orders()).toHaveLength(5);
    expect((await store.replays.list(1)).data).toMatchObject([{ state: 'done', done: 5, skipped: 0 }]);
  });

  const BAD_TAGS = {
    action: 'addTags',
    mappings: [{ source: 'properties.kind', target: 'tags', required: true }],
  };
  const TAGS = { action: 'addTags', mappings: [{ value: 'buyer', target: 'tags' }] };
  const EVENT = { action: 'trackEvent', vendor_event_name: 'order', mappings: MENDED };
  const RENAMED = { ...EVENT, vendor_event_name: 'purchase' };
  const NOTE = { action: 'trackEvent', vendor_event_name: 'sum', mappings: BROKEN };
  const NOTE_NOW = { ...NOTE, mappings: MENDED };
  const rules = (...list: readonly object[]) => ({ 'Order Completed': list });

  // Rules have no names of their own: they are known by their place and by what they make.
  it.each<[string, readonly object[], readonly object[], readonly string[]]>([
    ['the refused rule before it is taken away', [BAD_TAGS, EVENT], [EVENT], []],
    ['the mended rule is put before it', [EVENT, BAD_TAGS], [TAGS, EVENT], ['addTags']],
    ['it is put behind the mended rule, and changed', [EVENT, BAD_TAGS], [TAGS, RENAMED], ['addTags']],
    [
      'it is changed, and put behind another of its action',
      [EVENT, NOTE],
      [NOTE_NOW, RENAMED],
      ['trackEvent'],
    ],
    ['it is changed at its place', [EVENT, BAD_TAGS], [RENAMED, TAGS], ['addTags']],
    ['a rule is added', [EVENT, BAD_TAGS], [EVENT, BAD_TAGS, TAGS], ['addTags']],
    ['another of its action is mended', [EVENT, NOTE], [NOTE_NOW, EVENT], ['trackEvent']],
    ['nothing is mended', [EVENT, BAD_TAGS], [EVENT, BAD_TAGS], []],
  ])('what was sent is not sent again when %s', async (_, before, after, sentThen) => {
    const { receive, actions, edit, replay, clock } = await withRefused([], rules(...before));
    await receive(identify('ann'), order('ann', 1));
    expect(await actions()).toEqual(['syncContact', 'trackEvent']);
    clock.nowMs += 1_000;
    // What is known of the person changes, which is no reason either.
    const more = { context: { consent: { marketing: true, analytics: true } } };
    await receive({ type: 'track', event: 'Any', messageId: 'more', userId: 'ann', ...more });
    await edit([], rules(...after));
    await replay();
    await replay();
    expect(await actions()).toEqual(['syncContact', 'trackEvent', ...sentThen]);
  });

  it('sends of two of one action the one that was mended, though they changed places and consent was told anew', async () => {
    const { receive, settle, edit, replay, clock } = await withRefused([], rules(EVENT, NOTE));
    await receive(identify('ann'), order('ann', 1));
    clock.nowMs += 1_000;
    const more = { context: { consent: { marketing: true, analytics: true } } };
    await receive({ type: 'track', event: 'Any', messageId: 'more', userId: 'ann', ...more });
    await edit([], rules(NOTE_NOW, EVENT));
    await replay();
    const sent: unknown[] = [];
    for (let count = 0; count < 4; count += 1)
      await settle(({ id, payload }) => {
        sent.push(payload['event']);
        return { id, to: 'delivered', code: 'DELIVERED' };
      });
    expect(sent).toEqual([undefined, 'order', 'sum']);
  });

  it('sends what a setting was missing for, once it is given', async () => {
    const { ask, receive, actions, replay, template } = await withRefused([], rules(EVENT, TAGS), {
      ...INSTALL.config,
      event_tracking_account_id: undefined,
      event_tracking_key: undefined,
    });
    await receive(identify('ann'), order('ann', 1));
    expect(await actions()).toEqual(['syncContact', 'addTags']);
    expect(await replay()).toMatchObject({ total: 1, done: 0, skipped: 1 });
    const { event_tracking_account_id, event_tracking_key } = INSTALL.config;
    const { api_url } = INSTALL.config;
    const config = { api_url, event_tracking_account_id, event_tracking_key };
    const path = `/integration-templates/${template}/revisions`;
    expect((await ask('POST', path, { config, change_summary: 'Keys.' })).status).toBe(201);
    expect(await replay()).toMatchObject({ total: 1, done: 1, skipped: 0 });
    expect(await actions()).toEqual(['syncContact', 'addTags', 'trackEvent']);
    expect(await replay()).toMatchObject({ total: 0 });
  });

  it('sends nothing to somebody who was erased, though another’s event names them', async () => {
    const { store, receive, edit, replay, orders } = await withRefused();
    const named = { ...order('bob', 2), properties: { total: 2, email: 'ann@example.com' } };
    await receive(identify('ann'), identify('bob'), order('ann', 1), named, order('bob', 3));
    const eraser = eraserOf(store);
    await eraser.erase({ userId: 'ann' });
    await edit(MENDED);
    expect(await replay()).toMatchObject({ done: 1 });
    expect(await orders()).toEqual(['bob@example.com mapped']);
    await eraser.stop();
  });

  it('leaves out what concerns somebody who was erased, and names nobody else as the event’s person', async () => {
    const friend = { source: 'properties.friend', target: 'email' };
    const tagged = (tags: object) => ({ action: 'addTags', mappings: [friend, tags] });
    const bad = tagged({ source: 'properties.kind', target: 'tags', required: true });
    const { store, receive, edit, replay, actions } = await withRefused([], rules(bad));
    const wished = (n: number, of: string) => ({
      ...order('dan', n),
      properties: { total: n, friend: `${of}@example.com` },
    });
    await receive(wished(1, 'eve'), wished(2, 'fay'), identify('dan'));
    const eraser = eraserOf(store);
    await eraser.erase({ email: 'eve@example.com' });
    const before = await actions();
    await edit([], rules(tagged({ value: 'gift', target: 'tags' })));
    expect(await replay()).toMatchObject({ done: 1 });
    expect((await actions()).slice(before.length)).toEqual(['addTags']);
    expect(await store.erasure.find({ email: 'fay@example.com' })).toMatchObject({ userIds: [] });
    await eraser.stop();
  });

  it('passes over an event that it cannot map by a mistake of ours, and goes on', async () => {
    const { store, receive, edit, ask } = await withRefused();
    await receive(identify('ann'), order('ann', 1), order('ann', 2));
    await edit(MENDED);
    await ask('POST', '/events/replay', { filter: {} });
    const errors: unknown[] = [];
    let isFirst = true;
    const failing: RevisionCompiler = {
      ...compiler,
      compile: (...given) => {
        const compiled = compiler.compile(...given);
        const evaluate: typeof compiled.mapper.evaluate = (input) => {
          if (!isFirst) return compiled.mapper.evaluate(input);
          isFirst = false;
          throw new Error('a mistake');
        };
        return { ...compiled, mapper: { ...compiled.mapper, wants: () => true, evaluate } };
      },
    };
    const replayer = replayerOf(store, { compiler: failing, onError: (error) => void errors.push(error) });
    while (await replayer.step());
    expect(errors).toHaveLength(1);
    expect((await store.replays.list(1)).data).toMatchObject([{ state: 'done', done: 1, skipped: 1 }]);
  });

  it('takes an event with all of its integrations or not at all, however few bytes fit', async () => {
    const { store, receive, ask, edit, template } = await withRefused();
    const second = { ...INSTALL, name: 'Second', variant: undefined, blueprint: blueprint(BROKEN) };
    const { body } = await ask('POST', INSTALL_PATH, second);
    await receive(identify('ann'), order('ann', 1), order('ann', 2), order('ann', 3));
    await edit(MENDED);
    const path = `/integration-templates/${at(body, 'template', 'id')}/revisions`;
    await ask('POST', path, { blueprint: blueprint(MENDED), change_summary: 'Mended.' });
    const estimate = await ask('POST', '/events/replay', { filter: {}, estimate: true });
    expect(at(estimate.body, 'count')).toBe(3);
    await ask('POST', '/events/replay', { filter: {} });
    const replayer = replayerOf(store, { limits: { stepJobs: 3, bytes: 1, pollMs: 1, retryMs: 1 } });
    const seen: unknown[] = [];
    while (await replayer.step()) {
      const [replay] = (await store.replays.list(1)).data;
      seen.push([replay?.done, replay?.position]);
    }
    expect(seen).toEqual([
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    const { data } = await store.reads.deliveries({ action: 'trackEvent' }, 50);
    expect(new Set(data.map(({ seq, integrationId }) => `${seq} ${integrationId}`)).size).toBe(6);
    expect(data).toHaveLength(6);
    expect(template).toBeDefined();
  });

  it('does not commit what was computed with a configuration that is not there any more, nor what was cancelled', async () => {
    const { store, receive, ask, edit, orders } = await withRefused();
    await receive(identify('ann'), order('ann', 1), order('ann', 2));
    await edit(MENDED);
    const { body } = await ask('POST', '/events/replay', { filter: {} });
    const stretch = async () => {
      const replay = await store.replays.running();
      if (replay === undefined) throw new Error('no replay');
      const limits = { stepJobs: 1, bytes: 1e6 };
      const options = { store, compiler, compiled: new Map(), clock: systemClock, limits, onError: rethrow };
      const { step } = await nextStretch(replay, options);
      if (step === undefined) throw new Error('no step');
      return step;
    };
    const stale = await stretch();
    await edit(BROKEN);
    expect(await store.replays.advance(stale)).toBe(false);
    await edit(MENDED);
    const next = await stretch();
    expect(await store.replays.advance(next)).toBe(true);
    const last = await stretch();
    await ask('DELETE', `/replays/${at(body, 'id')}`);
    expect(await store.replays.advance(last)).toBe(false);
    expect(await orders()).toHaveLength(1);
  });

  it('leaves alone what came after it began', async () => {
    const { receive, ask, replayer, edit, orders } = await withRefused();
    await receive(identify('ann'), order('ann', 1));
    await ask('POST', '/events/replay', { filter: {} });
    await receive(order('ann', 2));
    await edit(MENDED);
    while (await replayer.step());
    expect(await orders()).toHaveLength(1);
  });

  it('chooses by integration, code, event, address and time', async () => {
    const { store, receive, ask, clock } = await withRefused();
    await receive(identify('ann'), identify('bob'), order('ann', 1));
    clock.nowMs += 60_000;
    await receive(order('bob', 2));
    const [integration] = await store.config.integrations();
    const count = async (filter: object) =>
      at((await ask('POST', '/events/replay', { filter, estimate: true })).body, 'count');
    for (const [filter, expected] of [
      [{ integration_id: integration?.id }, 2],
      [{ integration_id: 'pi_none' }, 0],
      [{ code: 'PAYLOAD_INVALID' }, 2],
      [{ code: 'NO_EMAIL' }, 0],
      [{ event: 'Order Completed' }, 2],
      [{ event: 'Order' }, 0],
      [{ email: 'BOB@example.com' }, 1],
      [{ since: clock.nowMs - 30_000 }, 1],
      [{ since: String(clock.nowMs - 30_000) }, 1],
      [{ since: new Date(clock.nowMs - 120_000).toISOString() }, 2],
      [{ status: 'invalid' }, 2],
      [{ status: 'skipped, expired' }, 0],
    ] as const)
      expect([filter, await count(filter)]).toEqual([filter, expected]);
  });

  it('says what is wrong with a request', async () => {
    const { ask } = await withRefused();
    for (const [body, path] of [
      [{}, 'ids'],
      [{ ids: ['evt_1'], filter: {} }, 'ids'],
      [{ ids: ['dlv_1'] }, 'ids.0'],
      [{ filter: { status: 'delivered' } }, 'filter.status'],
      [{ filter: { since: 'soon' } }, 'filter.since'],
    ] as const) {
      const answer = await ask('POST', '/events/replay', body);
      expect([answer.status, at(answer.body, 'error', 'details', 0, 'path')]).toEqual([422, path]);
    }
    expect((await ask('POST', '/events/replay', { filter: {}, mapping: 'as_mapped' })).status).toBe(422);
  });
});
