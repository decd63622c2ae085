/** Claims about forgetting. */
import { expect, it } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import { claimOne } from '../beginnings.ts';
import type { Current } from '../contract.ts';
import { newEvent, newJob, newStep, START_MS } from '../samples.ts';

const DAY_MS = 86_400_000;

async function sweepAll(store: Store, nowMs: number): Promise<number> {
  let all = 0;
  for (;;) {
    const { removed } = await store.upkeep.sweep(nowMs);
    if (removed === 0) return all;
    all += removed;
  }
}

async function seqs(store: Store): Promise<number[]> {
  return (await store.log.read(0, 1000)).map(({ seq }) => seq);
}

export function upkeepClaims(current: Current): void {
  it('forgets an event with its verdicts, jobs and attempts when all is older than the retention', async () => {
    const { store } = current();
    await store.log.append([newEvent('a')]);
    await store.steps.commit(
      newStep(0, 1, { jobs: [newJob(1)], verdicts: [{ seq: 1, integrationId: 'pi_1', state: 'mapped' }] }),
    );
    const attempt = {
      jobId: 1,
      atMs: START_MS,
      durationMs: 1,
      outcome: 'delivered',
      code: 'DELIVERED',
    } as const;
    await store.queue.settle({
      lease: await claimOne(store),
      nowMs: START_MS,
      changes: [{ id: 1, to: 'delivered', code: 'DELIVERED' }],
      attempts: [{ ...attempt, exchanges: [] }],
    });
    await sweepAll(store, START_MS + 30 * DAY_MS);
    expect(await seqs(store)).toEqual([1]);
    expect((await store.reads.delivery(1))?.tries).toHaveLength(1);
    await sweepAll(store, START_MS + 30 * DAY_MS + 1);
    expect(await seqs(store)).toEqual([]);
    expect(await store.reads.delivery(1)).toBeUndefined();
    expect((await store.reads.events({}, 10)).data).toEqual([]);
  });

  it('never gives a position, a job id or a feed position twice, even when all was forgotten', async () => {
    const { store, restart } = current();
    await store.log.append([newEvent('a')]);
    await store.steps.commit(newStep(0, 1, { jobs: [newJob(1)] }));
    await store.queue.cancel([1], START_MS);
    const head = await store.reads.activityHead();
    await sweepAll(store, START_MS + 31 * DAY_MS);
    const again = await restart();
    expect(await again.log.head()).toBe(1);
    expect(await again.reads.activityHead()).toBe(head);
    await again.log.append([newEvent('b')]);
    await again.steps.commit(newStep(1, 2, { jobs: [newJob(2)] }));
    expect(await seqs(again)).toEqual([2]);
    expect((await again.reads.deliveries({}, 10)).data.map(({ id }) => id)).toEqual([2]);
    expect(await again.reads.activityHead()).toBeGreaterThan(head);
  });

  it('keeps what is still needed: unprocessed, parked, with an open job, or with a job that ended lately', async () => {
    const { store } = current();
    const late = START_MS + 31 * DAY_MS;
    await store.log.append(
      ['parked', 'open', 'held', 'fresh', 'old', 'unprocessed'].map((id) => newEvent(id)),
    );
    await store.steps.commit(
      newStep(0, 5, {
        park: [{ pipelineId: 'pl_1', key: 'a:1', seq: 1, expiresAtMs: late, integrationIds: ['pi_1'] }],
        jobs: [2, 3, 4, 5].map((seq) => newJob(seq, { contacts: [`c${seq}@example.com`] })),
      }),
    );
    const lease = await claimOne(store);
    const code = 'RESPONSE_LOST';
    await store.queue.settle({
      lease,
      nowMs: START_MS,
      changes: [{ id: 2, to: 'held', code }],
      attempts: [],
    });
    await store.queue.settle({ lease, nowMs: late, changes: [{ id: 3, to: 'dead', code }], attempts: [] });
    await store.queue.settle({
      lease,
      nowMs: START_MS,
      changes: [{ id: 4, to: 'dead', code }],
      attempts: [],
    });
    await sweepAll(store, late);
    expect(await seqs(store)).toEqual([1, 2, 3, 4, 6]);
    await store.queue.cancel([1, 2], START_MS);
    await sweepAll(store, late);
    expect(await seqs(store)).toEqual([1, 4, 6]);
  });

  it('forgets messageIds after their window, not with the event', async () => {
    const { store } = current();
    await store.log.append([newEvent('a')]);
    await store.steps.commit(newStep(0, 1));
    await sweepAll(store, START_MS + 28 * DAY_MS - 1);
    const again = (days: number) => ({ ...newEvent('a'), receivedAtMs: START_MS + days * DAY_MS });
    expect(await store.log.append([again(1)])).toEqual(['duplicate']);
    await sweepAll(store, START_MS + 28 * DAY_MS + 1);
    expect(await store.log.append([again(2)])).toEqual(['stored']);
  });

  it('does a bounded piece a call', async () => {
    const { store } = current();
    const ids = Array.from({ length: 700 }, (_, index) => newEvent(`m${index}`));
    await store.log.append(ids);
    await store.steps.commit(newStep(0, 700));
    const { removed } = await store.upkeep.sweep(START_MS + 31 * DAY_MS);
    expect(removed).toBeGreaterThan(0);
    expect((await seqs(store)).length).toBeGreaterThan(0);
    await sweepAll(store, START_MS + 31 * DAY_MS);
    expect(await seqs(store)).toEqual([]);
  });

  it('can tell that a durable write works', async () => {
    await expect(current().store.upkeep.probe()).resolves.toBeUndefined();
  });
}
