/** Claims about the configuration. */
import { expect, it } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import { claimOne, install } from '../beginnings.ts';
import type { Current } from '../contract.ts';
import {
  LANE,
  newEvent,
  newIntegration,
  newJob,
  newPipeline,
  newRevision,
  newStep,
  newTemplate,
  START_MS,
} from '../samples.ts';

const OTHER_LANE = 'other.api-us1.com';
const ALL = { nowMs: START_MS, jobs: 100, busy: new Set<string>() };

async function waitingJobs(store: Store, count: number): Promise<void> {
  const from = await store.log.head();
  const seqs = Array.from({ length: count }, (_, index) => from + index + 1);
  await store.log.append(seqs.map((seq) => newEvent(`m${seq}`)));
  const jobs = seqs.map((seq) => newJob(seq, { contacts: [`c${seq}@example.com`] }));
  await store.steps.commit(newStep(from, from + count, { jobs }));
}

export function configClaims(current: Current): void {
  it('gives back what was put, and replaces it', async () => {
    const { store } = current();
    await store.config.putPipeline(newPipeline('pl_1'));
    await store.config.putPipeline(newPipeline('pl_2'));
    await store.config.putPipeline(newPipeline('pl_1', { enabled: false }));
    expect(await store.config.pipelines()).toEqual([
      newPipeline('pl_1', { enabled: false }),
      newPipeline('pl_2'),
    ]);
  });

  it('has a version that grows with every change and says so', async () => {
    const { store, restart } = current();
    let hints = 0;
    store.config.onChange(() => {
      hints += 1;
    });
    const before = await store.config.version();
    await store.config.putPipeline(newPipeline('pl_1'));
    const after = await store.config.version();
    expect(after).toBeGreaterThan(before);
    await Promise.resolve();
    expect(hints).toBe(1);
    expect(await (await restart()).config.version()).toBe(after);
  });

  it('refuses a taken name and stores nothing of that call', async () => {
    const { store } = current();
    await install(store);
    const taken = newTemplate('it_2', { name: newTemplate('it_1').name });
    const refused = store.config.install(
      taken,
      newRevision('rev_2', { templateId: 'it_2' }),
      newIntegration('pi_2', { templateId: 'it_2', revisionId: 'rev_2' }),
    );
    await expect(refused).rejects.toMatchObject({ code: 'NAME_TAKEN', details: [{ path: 'name' }] });
    expect(await store.config.revision('rev_2')).toBeUndefined();
    expect(await store.config.integrations()).toHaveLength(1);
    await store.config.putPipeline(newPipeline('pl_1', { name: 'Web' }));
    await expect(store.config.putPipeline(newPipeline('pl_2', { name: 'Web' }))).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    });
    await store.config.putTemplate(newTemplate('it_1', { description: 'same name, same template' }));
  });

  it('of two installs of one name in one turn lets one through', async () => {
    const { store } = current();
    const [first, second] = await Promise.allSettled([
      store.config.putTemplate(newTemplate('it_1', { name: 'Same' })),
      store.config.putTemplate(newTemplate('it_2', { name: 'Same' })),
    ]);
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
  });

  it('pins an installed integration from the present head of the log', async () => {
    const { store } = current();
    await store.log.append([newEvent('a'), newEvent('b')]);
    await install(store);
    expect(await store.config.pins()).toEqual([
      { integrationId: 'pi_1', afterSeq: 2, revisionId: 'rev_1', enabled: true },
    ]);
  });

  it('adds a revision, pins the given integrations from the head on, and keeps the earlier pins', async () => {
    const { store } = current();
    await install(store);
    await store.log.append([newEvent('a')]);
    const second = newRevision('rev_2', { number: 2 });
    await store.config.addRevision(second, [newIntegration('pi_1', { revisionId: 'rev_2' })]);
    expect(await store.config.revisions('it_1')).toEqual([newRevision('rev_1'), second]);
    expect(await store.config.revision('rev_2')).toEqual(second);
    expect((await store.config.pins()).map(({ afterSeq, revisionId }) => [afterSeq, revisionId])).toEqual([
      [0, 'rev_1'],
      [1, 'rev_2'],
    ]);
    expect((await store.config.integrations())[0]?.revisionId).toBe('rev_2');
  });

  it('refuses a second revision with the same number', async () => {
    const { store } = current();
    await install(store);
    await expect(store.config.addRevision(newRevision('rev_x'), [])).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('pins a switch-off at the head, and no pin when nothing that holds for events changed', async () => {
    const { store } = current();
    await install(store);
    await store.log.append([newEvent('a')]);
    await store.config.putIntegration(newIntegration('pi_1', { updatedAtMs: START_MS + 1 }));
    await store.config.putIntegration(newIntegration('pi_1', { enabled: false }));
    expect((await store.config.pins()).map(({ afterSeq, enabled }) => [afterSeq, enabled])).toEqual([
      [0, true],
      [1, false],
    ]);
  });

  it('a changed address moves waiting jobs to the new lane and lifts the stop, in one commit', async () => {
    const { store } = current();
    await install(store);
    await waitingJobs(store, 3);
    const lease = await claimOne(store);
    await store.queue.settle({
      lease,
      nowMs: START_MS,
      changes: [],
      attempts: [],
      stop: { templateId: 'it_1', code: 'WRONG_HOST', message: 'redirected' },
    });
    expect(await store.queue.take(lease, ALL)).toEqual([]);
    await store.config.addRevision(
      newRevision('rev_2', { number: 2 }),
      [newIntegration('pi_1', { revisionId: 'rev_2' })],
      { templateId: 'it_1', to: OTHER_LANE },
    );
    expect(await store.queue.stopsOfTemplates()).toEqual(new Map());
    expect(await store.queue.take(lease, ALL)).toEqual([]);
    expect((await store.queue.status(LANE, START_MS)).waiting).toBe(0);
    const moved = await store.queue.take(await claimOne(store, { lane: OTHER_LANE }), ALL);
    expect(moved.map(({ seq, lane, revisionId }) => [seq, lane, revisionId])).toEqual([
      [1, OTHER_LANE, 'rev_1'],
      [2, OTHER_LANE, 'rev_1'],
      [3, OTHER_LANE, 'rev_1'],
    ]);
  });

  it('a try that was under way at a move is repeated on the new lane, before what came later', async () => {
    const { store } = current();
    await install(store);
    await waitingJobs(store, 2);
    const lease = await claimOne(store);
    await store.queue.markSending(lease, [1]);
    await store.config.addRevision(newRevision('rev_2', { number: 2 }), [], {
      templateId: 'it_1',
      to: OTHER_LANE,
    });
    await store.queue.settle({
      lease,
      nowMs: START_MS,
      changes: [{ id: 1, to: 'waiting', untilMs: START_MS, counts: true, code: 'TIMED_OUT' }],
      attempts: [],
    });
    expect(await store.queue.take(lease, ALL)).toEqual([]);
    const there = await store.queue.take(await claimOne(store, { lane: OTHER_LANE }), ALL);
    expect(there.map(({ id, attempts, lane }) => [id, attempts, lane])).toEqual([
      [1, 1, OTHER_LANE],
      [2, 0, OTHER_LANE],
    ]);
  });

  it('a move leaves what is under way on its lane, where it can be settled, and new jobs follow the moved ones', async () => {
    const { store } = current();
    await install(store);
    await waitingJobs(store, 3);
    const lease = await claimOne(store);
    await store.queue.markSending(lease, [1]);
    await store.queue.settle({
      lease,
      nowMs: START_MS,
      changes: [{ id: 2, to: 'submitted', batchId: 'b1' }],
      attempts: [],
    });
    await store.config.addRevision(newRevision('rev_2', { number: 2 }), [], {
      templateId: 'it_1',
      to: OTHER_LANE,
    });
    expect((await store.queue.interrupted(lease)).map(({ id }) => id)).toEqual([1]);
    expect((await store.queue.submitted(lease)).map(({ id, batchId }) => [id, batchId])).toEqual([[2, 'b1']]);
    const settled = await store.queue.settle({
      lease,
      nowMs: START_MS,
      changes: [
        { id: 1, to: 'delivered', code: 'DELIVERED' },
        { id: 3, to: 'delivered', code: 'DELIVERED' },
      ],
      attempts: [],
    });
    expect(settled).toBe(true);
    expect((await store.reads.delivery(1))?.state).toBe('delivered');
    expect((await store.reads.delivery(3))?.state).toBe('waiting');
    await store.log.append([newEvent('late')]);
    await store.steps.commit(
      newStep(3, 4, { jobs: [newJob(4, { lane: OTHER_LANE, contacts: ['c3@example.com'] })] }),
    );
    const there = await store.queue.take(await claimOne(store, { lane: OTHER_LANE }), ALL);
    expect(there.map(({ id }) => id)).toEqual([3, 4]);
  });

  it.each([
    ['a template', (store: Store) => store.config.deleteTemplate('it_1', START_MS)],
    ['an integration', (store: Store) => store.config.deleteIntegration('pi_1', START_MS)],
  ])(
    'removing %s cancels what waits, leaves what is under way, and keeps history readable',
    async (_, remove) => {
      const { store } = current();
      await install(store);
      await waitingJobs(store, 3);
      const lease = await claimOne(store);
      await store.queue.markSending(lease, [1]);
      await remove(store);
      expect(await store.config.integrations()).toEqual([]);
      expect(await store.config.pins()).toEqual([]);
      expect(await store.config.revisions('it_1')).toHaveLength(1);
      const { data } = await store.reads.deliveries({}, 10);
      expect(data.map(({ id, state, code }) => [id, state, code])).toEqual([
        [3, 'cancelled', 'CANCELLED'],
        [2, 'cancelled', 'CANCELLED'],
        [1, 'sending', undefined],
      ]);
      expect(await store.queue.take(lease, ALL)).toEqual([]);
    },
  );

  it('removing a template with very many waiting jobs cancels them all', async () => {
    const { store } = current();
    await install(store);
    await waitingJobs(store, 2500);
    await store.config.deleteTemplate('it_1', START_MS);
    expect(await store.queue.cancel([1], START_MS)).toBe(0);
    expect((await store.reads.deliveries({ status: ['waiting'] }, 1)).data).toEqual([]);
    expect((await store.queue.status(LANE, START_MS)).waiting).toBe(0);
  });

  it('a job that was under way when its integration was removed is cancelled once it would wait again', async () => {
    const { store } = current();
    await install(store);
    await waitingJobs(store, 1);
    const lease = await claimOne(store);
    await store.queue.markSending(lease, [1]);
    await store.config.deleteIntegration('pi_1', START_MS);
    const changes = [
      { id: 1, to: 'waiting', untilMs: START_MS, counts: true, code: 'SERVER_ERROR' },
    ] as const;
    await store.queue.settle({ lease, nowMs: START_MS, changes, attempts: [] });
    expect(await store.queue.take(lease, ALL)).toEqual([]);
    await store.upkeep.sweep(START_MS);
    expect((await store.reads.delivery(1))?.state).toBe('cancelled');
  });

  it('a removed template gives its name free', async () => {
    const { store } = current();
    await install(store);
    await store.config.deleteTemplate('it_1', START_MS);
    expect(await store.config.templates()).toEqual([]);
    await store.config.putTemplate(newTemplate('it_9', { name: newTemplate('it_1').name }));
  });

  it('a removed template comes back with its integrations, which work from then on', async () => {
    const { store, restart } = current();
    await install(store);
    await waitingJobs(store, 2);
    const before = {
      templates: await store.config.templates(),
      integrations: await store.config.integrations(),
      version: await store.config.version(),
    };
    await store.config.deleteTemplate('it_1', START_MS);
    const head = await store.log.head();
    const again = await restart();
    expect(await again.config.removedTemplates(START_MS)).toEqual([
      { template: before.templates[0], removedAtMs: START_MS },
    ]);
    expect(await again.config.removedTemplates(START_MS + 1)).toEqual([]);
    expect(await again.config.undeleteTemplate('it_1', START_MS)).toEqual(before.templates[0]);
    expect(await again.config.templates()).toEqual(before.templates);
    expect(await again.config.integrations()).toEqual(before.integrations);
    expect(await again.config.version()).toBeGreaterThan(before.version);
    expect(await again.config.pins()).toEqual(
      before.integrations.map(({ id, revisionId, enabled }) => ({
        integrationId: id,
        revisionId,
        enabled,
        afterSeq: head,
      })),
    );
    const { data } = await again.reads.deliveries({}, 10);
    expect(data.map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
    expect(await again.config.undeleteTemplate('it_1', START_MS)).toBeUndefined();
    expect(await again.config.removedTemplates(0)).toEqual([]);
  });

  it('jobs that are made after a removed template came back leave', async () => {
    const { store } = current();
    await install(store);
    await waitingJobs(store, 1);
    await store.config.deleteTemplate('it_1', START_MS);
    await store.config.undeleteTemplate('it_1', START_MS);
    const cursor = await store.steps.cursor();
    await store.log.append([newEvent('later')]);
    await store.steps.commit(newStep(cursor, cursor + 1, { jobs: [newJob(cursor + 1)] }));
    const lease = await claimOne(store);
    expect((await store.queue.take(lease, ALL)).map(({ seq }) => seq)).toEqual([cursor + 1]);
  });

  it('a template that was removed before, or never, does not come back', async () => {
    const { store } = current();
    await install(store);
    await store.config.deleteTemplate('it_1', START_MS);
    expect(await store.config.undeleteTemplate('it_1', START_MS + 1)).toBeUndefined();
    expect(await store.config.undeleteTemplate('it_9', 0)).toBeUndefined();
    expect(await store.config.templates()).toEqual([]);
  });

  it('a removed template whose name was taken since does not come back', async () => {
    const { store } = current();
    await install(store);
    await store.config.deleteTemplate('it_1', START_MS);
    await store.config.putTemplate(newTemplate('it_9', { name: newTemplate('it_1').name }));
    await expect(store.config.undeleteTemplate('it_1', START_MS)).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    });
    expect(await store.config.integrations()).toEqual([]);
  });
}
