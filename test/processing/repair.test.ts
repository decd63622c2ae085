/** What a step takes back when consent is withdrawn, what an erasure stops, and how a replay goes on. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { CanonicalEvent } from '../../src/event/canonical-event.ts';
import { Processor } from '../../src/processing/processor.ts';
import { Replayer } from '../../src/processing/replayer.ts';
import { isErased } from '../../src/processing/tombstone.ts';
import type { LoggedEvent } from '../../src/store/ports/event-log.ts';
import type { ConsentSubject } from '../../src/store/ports/ledger.ts';
import type { JobSelection, ReplayMapping } from '../../src/store/ports/replays.ts';
import type { Store } from '../../src/store/store.ts';
import { at, INSTALL, INSTALL_PATH, START_MS, startManagement } from '../server/management/fixture.ts';
import { compiler, eraserOf, identify, NO, rethrow, YES } from './people.ts';

async function installed() {
  const fixture = await startManagement();
  await fixture.ask('POST', INSTALL_PATH, INSTALL);
  return fixture;
}

async function states(store: Store): Promise<string[]> {
  const { data } = await store.reads.deliveries({}, 50);
  return [...data].reverse().map(({ contacts, state }) => `${contacts[0]} ${state}`);
}

describe('a withdrawal', () => {
  it('takes back what waits, also what its own step made', async () => {
    const { receive, store } = await installed();
    await receive(identify('ann'), identify('bob'));
    await receive(identify('ann', { messageId: 'again' }), {
      type: 'track',
      event: 'Any',
      messageId: 'no',
      userId: 'ann',
      ...NO,
    });
    expect(await states(store)).toEqual([
      'ann@example.com filtered',
      'bob@example.com waiting',
      'ann@example.com filtered',
    ]);
  });

  it('that is taken back itself in the same step takes nothing', async () => {
    const { receive, store, clock } = await installed();
    await receive(identify('ann'));
    const said = (messageId: string, choice: object) => ({
      type: 'track',
      event: 'Any',
      messageId,
      userId: 'ann',
      ...choice,
    });
    clock.nowMs += 10;
    const earlier = new Date(START_MS + 5).toISOString();
    await receive({ ...said('no', NO), timestamp: earlier }, said('yes', YES));
    expect(await states(store)).toEqual(['ann@example.com waiting']);
  });

  it('by a device counts for its person', async () => {
    const { receive, store } = await installed();
    await receive(identify('ann', { anonymousId: 'phone' }));
    await receive({ type: 'page', messageId: 'no', anonymousId: 'phone', ...NO });
    expect(await states(store)).toEqual(['ann@example.com filtered']);
  });
});

describe('an event received before an erasure', () => {
  const logged = (event: Partial<CanonicalEvent>, seq = 5): LoggedEvent => ({
    seq,
    id: `evt_${seq}`,
    pipelineId: 'p',
    receivedAtMs: 0,
    event: {
      type: 'track',
      messageId: 'm',
      properties: {},
      traits: {},
      context: {},
      timestamp: '',
      receivedAt: '',
      ...event,
    },
  });
  const erased = new Map<ConsentSubject, number>([
    ['u:ann', 5],
    ['e:ann@example.com', 5],
    ['a:phone', 5],
  ]);

  it.each<[string, Partial<CanonicalEvent>, boolean]>([
    ['of the user', { userId: 'ann' }, true],
    ['that states the address', { userId: 'x', traits: { email: 'ANN@example.com' } }, true],
    ['of the device alone', { anonymousId: 'phone' }, true],
    ['of another user of the device', { userId: 'bob', anonymousId: 'phone' }, false],
    ['of somebody else', { userId: 'bob' }, false],
  ])('%s: stopped %s', (_, event, isStopped) => {
    expect(isErased(logged(event), erased)).toBe(isStopped);
    expect(isErased(logged(event, 6), erased)).toBe(false);
  });

  it('and not processed yet is emptied by processing, and nothing is learnt of it', async () => {
    const { store, receive } = await installed();
    await receive(identify('ann'));
    const { event } = (await store.log.read(0, 1))[0] ?? {};
    if (event === undefined) throw new Error('no event');
    await store.log.append([
      { pipelineId: 'pip_default', event: { ...event, messageId: 'late' }, receivedAtMs: START_MS },
    ]);
    const eraser = eraserOf(store);
    const erasing = eraser.erase({ userId: 'ann' });
    const limits = { batchEvents: 10, releasedEvents: 10, bytes: 1e6, pollMs: 1, parkMs: 1, retryMs: 1 };
    const processor = new Processor({ store, compiler, clock: systemClock, limits, onError: rethrow });
    processor.start();
    const { record, person } = await erasing;
    await processor.stop();
    expect(person).toMatchObject({ emails: ['ann@example.com'], userIds: ['ann'] });
    expect(record).toMatchObject({ state: 'done', deletions: [{ jobId: 2 }] });
    expect(JSON.stringify(await store.log.read(0, 10))).not.toContain('ann');
    expect((await store.reads.events({}, 1)).data[0]?.verdicts).toMatchObject([
      { state: 'filtered', code: 'ERASED' },
    ]);
    expect((await store.ledger.load('pip_default', ['u:ann'], [])).links.size).toBe(0);
    await eraser.stop();
  });
});

describe('the vendor’s contact of an erased person is deleted', () => {
  it('where their pipeline leads, although nothing of them was sent there', async () => {
    const { store, receive } = await installed();
    await receive(identify('ann', NO));
    const { record } = await eraserOf(store).erase({ userId: 'ann' });
    expect(record).toMatchObject({ deliveries: 0, deletions: [{ jobId: 1 }] });
  });

  it('where they were sent, although the integration is not attached any more', async () => {
    const { store, receive, ask } = await installed();
    await receive(identify('ann'));
    const [integration] = await store.config.integrations();
    expect((await ask('DELETE', `/pipeline-integrations/${integration?.id}`)).status).toBe(204);
    const { record } = await eraserOf(store).erase({ userId: 'ann' });
    expect(record).toMatchObject({ deliveries: 1, deletions: [{ templateId: integration?.templateId }] });
  });

  it('nowhere for one whom nobody knows', async () => {
    const { store } = await installed();
    expect((await eraserOf(store).erase({ userId: 'nobody' })).record).toMatchObject({ deletions: [] });
  });
});

describe('a replay', () => {
  const SELECTION: JobSelection = { states: ['held', 'dead'] };

  const replayerOf = (store: Store, bytes = 1e6): Replayer =>
    new Replayer({
      store,
      compiler,
      clock: systemClock,
      limits: { stepJobs: 2, bytes, pollMs: 1, retryMs: 1 },
      onError: rethrow,
    });

  async function withDead(people: readonly string[], bytes = 1e6) {
    const fixture = await installed();
    await fixture.receive(...people.map((user) => identify(user)));
    await fixture.settle(({ id }) => ({ id, to: 'dead', code: 'REJECTED' }));
    const replayer = replayerOf(fixture.store, bytes);
    const begin = (mapping: ReplayMapping) =>
      fixture.store.replays.create({
        id: 'rpl_1',
        mapping,
        selection: SELECTION,
        total: 3,
        createdAtMs: START_MS,
      });
    return { ...fixture, replayer, begin };
  }

  it.each<ReplayMapping>(['as_mapped', 'current'])(
    '%s goes on by bounded steps to its end, and learns nothing',
    async (mapping) => {
      const { store, replayer, begin } = await withDead(['ann', 'bob', 'cid']);
      const before = await store.ledger.load('pip_default', ['u:ann', 'u:bob', 'u:cid'], []);
      await begin(mapping);
      await replayer.step();
      expect(await store.replays.get('rpl_1')).toMatchObject({ state: 'running', done: 2, position: 2 });
      await replayer.step();
      expect(await store.replays.get('rpl_1')).toMatchObject({ state: 'done', done: 3, skipped: 0 });
      expect(await replayer.step()).toBe(false);
      const { data } = await store.reads.deliveries({ status: ['waiting'] }, 10);
      expect(data.map(({ contacts, replayId }) => [contacts[0], replayId])).toEqual([
        ['cid@example.com', 'rpl_1'],
        ['bob@example.com', 'rpl_1'],
        ['ann@example.com', 'rpl_1'],
      ]);
      expect(await store.ledger.load('pip_default', ['u:ann', 'u:bob', 'u:cid'], [])).toEqual(before);
    },
  );

  it.each<[ReplayMapping, string]>([
    ['as_mapped', 'payloads'],
    ['current', 'events'],
  ])('%s loads no more %s at once than fit, but one', async (mapping) => {
    const { store, replayer, begin } = await withDead(['ann', 'bob', 'cid'], 10);
    await begin(mapping);
    for (const done of [1, 2, 3]) {
      await replayer.step();
      expect(await store.replays.get('rpl_1')).toMatchObject({ done, skipped: 0 });
    }
    expect(await store.replays.get('rpl_1')).toMatchObject({ state: 'done' });
  });

  it('current knows a rule by what it makes, not by its place alone', async () => {
    const note = (name: string) => ({ action: 'trackEvent', vendor_event_name: name, mappings: [] });
    const blueprint = (...list: readonly object[]) => ({ version: 2, events: { Any: list } });
    const fixture = await startManagement();
    const { body } = await fixture.ask('POST', INSTALL_PATH, {
      ...INSTALL,
      variant: undefined,
      blueprint: blueprint(note('first'), note('second')),
    });
    const any = { type: 'track', event: 'Any', messageId: 'm', userId: 'ann', ...YES };
    await fixture.receive({ ...any, traits: { email: 'ann@example.com' } });
    await fixture.settle(({ id }) => ({ id, to: 'dead', code: 'REJECTED' }));
    await fixture.settle(({ id }) => ({ id, to: 'dead', code: 'REJECTED' }));
    await fixture.ask('POST', `/integration-templates/${at(body, 'template', 'id')}/revisions`, {
      blueprint: blueprint(note('second')),
      change_summary: 'Without the first.',
    });
    await fixture.store.replays.create({
      id: 'rpl_1',
      mapping: 'current',
      selection: SELECTION,
      total: 2,
      createdAtMs: START_MS,
    });
    const replayer = replayerOf(fixture.store);
    while (await replayer.step());
    expect(await fixture.store.replays.get('rpl_1')).toMatchObject({ done: 1, skipped: 1 });
    const sent: unknown[] = [];
    await fixture.settle(({ id, payload }) => {
      sent.push(payload['event']);
      return { id, to: 'delivered', code: 'DELIVERED' };
    });
    expect(sent).toEqual(['second']);
  });

  it('of one who refused meanwhile maps nothing', async () => {
    const { store, receive, replayer, begin, clock } = await withDead(['ann']);
    clock.nowMs += 1_000;
    await receive({ type: 'track', event: 'Any', messageId: 'no', userId: 'ann', ...NO });
    await begin('current');
    await replayer.step();
    expect(await store.replays.get('rpl_1')).toMatchObject({ state: 'done', done: 0, skipped: 1 });
  });

  it('is woken by a hint and ends with its worker', async () => {
    const { store, replayer, begin } = await withDead(['ann']);
    replayer.start();
    replayer.start();
    await begin('as_mapped');
    await expect.poll(async () => (await store.replays.get('rpl_1'))?.state).toBe('done');
    await replayer.stop();
    await replayer.stop();
  });

  it('is answered over the API: begun, in conflict with another, cancelled', async () => {
    const { ask } = await withDead(['ann', 'bob']);
    const { status, body } = await ask('POST', '/deliveries/replay', { filter: {}, mapping: 'current' });
    expect([status, at(body, 'total'), at(body, 'state')]).toEqual([202, 2, 'running']);
    expect((await ask('POST', '/deliveries/replay', { filter: {}, mapping: 'current' })).status).toBe(409);
    expect((await ask('DELETE', `/replays/${at(body, 'id')}`)).status).toBe(204);
    expect(at((await ask('GET', '/replays')).body, 'data', 0, 'state')).toBe('cancelled');
    expect((await ask('GET', '/replays/rpl_none')).status).toBe(404);
    expect((await ask('DELETE', '/replays/rpl_none')).status).toBe(404);
  });
});
