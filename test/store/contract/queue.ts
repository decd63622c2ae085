/** Claims about the queue: order, holds, fences, pauses. */
import { expect, it } from 'vitest';
import type { JobChange, JobId, Lease, NewJob } from '../../../src/store/ports/queue.ts';
import type { Store } from '../../../src/store/store.ts';
import { claimOne, enqueue, install } from '../beginnings.ts';
import type { Current } from '../contract.ts';
import { LANE, newEvent, newIntegration, newJob, newRevision, newStep, START_MS } from '../samples.ts';

const TTL_MS = 1000;
const NOW = START_MS;
const DAVE = 'dave@example.com';

const of = (...names: readonly [string] | readonly [string, string]): Partial<NewJob> => {
  const [first, second] = names;
  return {
    contacts:
      second === undefined ? [`${first}@example.com`] : [`${first}@example.com`, `${second}@example.com`],
  };
};

async function taken(
  store: Store,
  lease: Lease,
  nowMs = NOW,
  busy: readonly string[] = [],
): Promise<JobId[]> {
  const jobs = await store.queue.take(lease, { nowMs, jobs: 100, busy: new Set(busy) });
  return jobs.map(({ id }) => id);
}

function settle(store: Store, lease: Lease, changes: readonly JobChange[], nowMs = NOW): Promise<boolean> {
  return store.queue.settle({ lease, nowMs, changes, attempts: [] });
}

const delivered = (id: JobId): JobChange => ({ id, to: 'delivered', code: 'DELIVERED' });
const held = (id: JobId): JobChange => ({ id, to: 'held', code: 'RESPONSE_LOST' });
const retry = (id: JobId, afterMs: number, counts = true): JobChange => ({
  id,
  to: 'waiting',
  untilMs: NOW + afterMs,
  counts,
  code: 'SERVER_ERROR',
  message: 'The vendor answered 500.',
});

export function queueClaims(current: Current): void {
  it('gives a job whole', async () => {
    const { store } = current();
    const made = newJob(1, {
      payload: { deep: [{ a: 'ü' }] },
      contacts: ['a@b.de', 'c@d.de'],
      replayId: 'rp_1',
    });
    await store.log.append([newEvent('a')]);
    await store.steps.commit(newStep(0, 1, { jobs: [made] }));
    const [job] = await store.queue.take(await claimOne(store), { nowMs: NOW, jobs: 1, busy: new Set() });
    expect(job).toEqual({ ...made, id: 1, state: 'waiting', attempts: 0 });
  });

  it('gives jobs in job order, at most as many as asked, and taking them changes nothing', async () => {
    const { store } = current();
    await enqueue(store, [of('a'), of('b'), of('a'), of('c')]);
    const lease = await claimOne(store);
    const two = await store.queue.take(lease, { nowMs: NOW, jobs: 2, busy: new Set() });
    expect(two.map(({ id }) => id)).toEqual([1, 2]);
    expect(await taken(store, lease)).toEqual([1, 2, 3, 4]);
  });

  it('keeps a contact in order while its job waits for a retry, and lets other contacts go on', async () => {
    const { store } = current();
    await enqueue(store, [of('a'), of('a'), of('b'), of('a')]);
    const lease = await claimOne(store);
    await settle(store, lease, [retry(1, 60_000)]);
    expect(await taken(store, lease)).toEqual([3]);
    await settle(store, lease, [delivered(3)]);
    expect(await taken(store, lease, NOW + 59_999)).toEqual([]);
    expect(await taken(store, lease, NOW + 60_000)).toEqual([1, 2, 4]);
    await settle(store, lease, [retry(1, 120_000)], NOW + 60_000);
    expect(await taken(store, lease, NOW + 60_000)).toEqual([]);
    await settle(store, lease, [delivered(1)], NOW + 120_000);
    expect(await taken(store, lease, NOW + 120_000)).toEqual([2, 4]);
  });

  it('keeps the order over a restart in the middle of a hold', async () => {
    const { store, restart } = current();
    await enqueue(store, [of('a'), of('a'), of('b')]);
    await settle(store, await claimOne(store), [retry(1, 60_000)]);
    const again = await restart();
    const lease = await claimOne(again);
    expect(await taken(again, lease)).toEqual([3]);
    expect(await taken(again, lease, NOW + 60_000)).toEqual([1, 2, 3]);
  });

  it.each([
    ['sending', async (store: Store, lease: Lease) => store.queue.markSending(lease, [1])],
    [
      'submitted',
      async (store: Store, lease: Lease) => settle(store, lease, [{ id: 1, to: 'submitted', batchId: 'b1' }]),
    ],
  ])('a job that is %s holds its contact', async (_, change) => {
    const { store } = current();
    await enqueue(store, [of('a'), of('a'), of('b')]);
    const lease = await claimOne(store);
    expect(await change(store, lease)).toBe(true);
    expect(await taken(store, lease)).toEqual([3]);
    await settle(store, lease, [delivered(1)]);
    expect(await taken(store, lease)).toEqual([2, 3]);
  });

  it.each([
    ['held', held(1)],
    ['dead', { id: 1, to: 'dead', code: 'REJECTED' }],
    ['filtered', { id: 1, to: 'filtered', code: 'CONSENT_WITHDRAWN' }],
    ['cancelled', { id: 1, to: 'cancelled', code: 'CANCELLED' }],
    ['delivered', delivered(1)],
  ] as const)('a job that is %s holds nobody', async (_, change) => {
    const { store } = current();
    await enqueue(store, [of('a'), of('a')]);
    const lease = await claimOne(store);
    await settle(store, lease, [change]);
    expect(await taken(store, lease)).toEqual([2]);
  });

  it('skips contacts that are busy, all their jobs', async () => {
    const { store } = current();
    await enqueue(store, [of('a'), of('b'), of('a'), of('c', 'a'), of('c')]);
    const lease = await claimOne(store);
    expect(await taken(store, lease, NOW, ['a@example.com'])).toEqual([2]);
  });

  it('lets a job of two contacts leave only when it is first of both', async () => {
    const { store } = current();
    await enqueue(store, [of('a'), of('b'), of('a', 'b'), of('a'), of('b'), of('c', 'b')]);
    const lease = await claimOne(store);
    expect(await taken(store, lease)).toEqual([1, 2, 3, 4, 5, 6]);
    await settle(store, lease, [delivered(1), retry(2, 1000)]);
    expect(await taken(store, lease)).toEqual([]);
    await settle(store, lease, [delivered(2)]);
    await settle(store, lease, [retry(3, 1000)]);
    expect(await taken(store, lease)).toEqual([]);
    await settle(store, lease, [delivered(3)]);
    expect(await taken(store, lease)).toEqual([4, 5, 6]);
  });

  it('keeps one contact in order across two integrations', async () => {
    const { store } = current();
    const second = { integrationId: 'pi_2', templateId: 'it_2' };
    await enqueue(store, [of('a'), { ...of('a'), ...second }, of('a'), { ...of('b'), ...second }]);
    const lease = await claimOne(store);
    expect(await taken(store, lease)).toEqual([1, 2, 3, 4]);
    await settle(store, lease, [retry(1, 1000)]);
    expect(await taken(store, lease)).toEqual([4]);
  });

  it('lets integrations take turns when there is more than was asked for', async () => {
    const { store } = current();
    const second = { integrationId: 'pi_2', templateId: 'it_2' };
    const backlog = Array.from({ length: 50 }, (_, index) => of(`a${index}`));
    await enqueue(store, [...backlog, { ...of('b'), ...second }, { ...of('c'), ...second }]);
    const jobs = await store.queue.take(await claimOne(store), { nowMs: NOW, jobs: 4, busy: new Set() });
    expect(jobs.map(({ id }) => id)).toEqual([1, 2, 51, 52]);
  });

  it('answers at most as many contacts out of a hold as asked, the longest waiting ones', async () => {
    const { store } = current();
    await enqueue(store, [of('a'), of('b'), of('c'), of('d')]);
    const lease = await claimOne(store);
    await settle(store, lease, [retry(1, 30), retry(2, 10), retry(3, 20)]);
    const few = { nowMs: NOW + 30, jobs: 10, busy: new Set<string>(), retries: 2 };
    expect((await store.queue.take(lease, few)).map(({ id }) => id)).toEqual([2, 3, 4]);
    expect((await store.queue.take(lease, { ...few, retries: 0 })).map(({ id }) => id)).toEqual([4]);
  });

  it('jobs of a stopped or disabled integration wait and hold nobody of other integrations', async () => {
    const { store } = current();
    await install(store);
    await enqueue(store, [of('a'), { ...of('a'), integrationId: 'pi_2', templateId: 'it_2' }, of('b')]);
    const lease = await claimOne(store);
    const stop = { templateId: 'it_1', code: 'CREDENTIALS_REFUSED', message: 'The key is refused.' } as const;
    await store.queue.settle({ lease, nowMs: NOW, changes: [retry(1, 1000)], attempts: [], stop });
    expect(await taken(store, lease)).toEqual([2]);
    expect((await store.queue.stopsOfTemplates()).get('it_1')).toEqual({
      code: 'CREDENTIALS_REFUSED',
      message: 'The key is refused.',
      sinceMs: NOW,
    });
    await store.queue.resume({ templateId: 'it_1' }, NOW);
    expect(await taken(store, lease)).toEqual([3]);
    await store.config.putIntegration(newIntegration('pi_1', { enabled: false }));
    expect(await taken(store, lease)).toEqual([2]);
    await store.config.putIntegration(newIntegration('pi_1', { enabled: true }));
    expect(await taken(store, lease, NOW + 1000)).toEqual([1, 2, 3]);
  });

  it('refuses a settle, a mark and a take with a stale epoch, and changes nothing', async () => {
    const { store } = current();
    await enqueue(store, [of('a'), of('b')]);
    const zombie = await claimOne(store, { owner: 'zombie', ttlMs: TTL_MS });
    const owner = await claimOne(store, { owner: 'owner', nowMs: NOW + TTL_MS });
    expect(owner.epoch).toBeGreaterThan(zombie.epoch);
    const pause = { untilMs: NOW + 99_999, code: 'RATE_LIMITED' } as const;
    const write = store.queue.settle({
      lease: zombie,
      nowMs: NOW,
      changes: [delivered(1)],
      attempts: [],
      pause,
    });
    expect(await write).toBe(false);
    expect(await store.queue.markSending(zombie, [1])).toBe(false);
    expect(await taken(store, zombie)).toEqual([]);
    expect(await store.queue.interrupted(zombie)).toEqual([]);
    expect((await store.queue.status(LANE, NOW)).notBeforeMs).toBe(0);
    expect(await taken(store, owner)).toEqual([1, 2]);
  });

  it('gives a lane to one owner until the lease runs out or is given back', async () => {
    const { store } = current();
    await enqueue(store, [of('a')]);
    const lease = await claimOne(store, { owner: 'first', ttlMs: TTL_MS });
    expect(await store.queue.claim('second', NOW, TTL_MS)).toEqual([]);
    expect(await store.queue.claim('first', NOW, TTL_MS)).toEqual([]);
    expect(await store.queue.renew('first', NOW + TTL_MS - 1, TTL_MS)).toEqual([lease]);
    expect(await store.queue.renew('second', NOW, TTL_MS)).toEqual([]);
    expect(await store.queue.claim('second', NOW + TTL_MS, TTL_MS)).toEqual([]);
    await store.queue.release([lease]);
    expect(await store.queue.renew('first', NOW + TTL_MS, TTL_MS)).toEqual([]);
    const next = await claimOne(store, { owner: 'second', nowMs: NOW + TTL_MS });
    expect(next.epoch).toBeGreaterThan(lease.epoch);
    expect(await settle(store, lease, [delivered(1)])).toBe(false);
  });

  it('a lease that ran out is its owner’s until another takes the lane', async () => {
    const { store } = current();
    await enqueue(store, [of('a')]);
    const lease = await claimOne(store, { owner: 'first', ttlMs: TTL_MS });
    expect(await store.queue.claim('first', NOW + TTL_MS, TTL_MS)).toEqual([]);
    expect(await store.queue.renew('first', NOW + TTL_MS, TTL_MS)).toEqual([lease]);
    const next = await claimOne(store, { owner: 'second', nowMs: NOW + 2 * TTL_MS });
    expect(next.epoch).toBeGreaterThan(lease.epoch);
    expect(await store.queue.renew('first', NOW + 2 * TTL_MS, TTL_MS)).toEqual([]);
  });

  it('claims no lane without open jobs, and each lane with some', async () => {
    const { store } = current();
    expect(await store.queue.claim('worker', NOW, TTL_MS)).toEqual([]);
    await enqueue(store, [of('a'), { ...of('a'), lane: 'other.api-us1.com' }]);
    const leases = await store.queue.claim('worker', NOW, TTL_MS);
    expect(leases.map(({ lane }) => lane).sort()).toEqual([LANE, 'other.api-us1.com']);
    await settle(store, leases.find(({ lane }) => lane === LANE) ?? { lane: '', epoch: 0 }, [delivered(1)]);
    await store.queue.release(leases);
    expect((await store.queue.claim('worker', NOW, TTL_MS)).map(({ lane }) => lane)).toEqual([
      'other.api-us1.com',
    ]);
  });

  it('gives epochs that grow over restarts, and grants what the ended process held', async () => {
    const { store, restart } = current();
    await enqueue(store, [of('a')]);
    const before = await claimOne(store);
    const after = await claimOne(await restart());
    expect(after.epoch).toBeGreaterThan(before.epoch);
  });

  it('keeps a pause over a restart, and until it ends nothing leaves', async () => {
    const { store, restart } = current();
    await enqueue(store, [of('a')]);
    const lease = await claimOne(store);
    const pause = { untilMs: NOW + 30_000, code: 'RATE_LIMITED' } as const;
    const changes = [retry(1, 0, false)];
    expect(await store.queue.settle({ lease, nowMs: NOW, changes, attempts: [], pause })).toBe(true);
    const again = await restart();
    const next = await claimOne(again);
    expect(await again.queue.status(LANE, NOW)).toMatchObject({
      notBeforeMs: NOW + 30_000,
      pauseCode: 'RATE_LIMITED',
    });
    expect(await taken(again, next, NOW + 29_999)).toEqual([]);
    expect(await taken(again, next, NOW + 30_000)).toEqual([1]);
    expect((await again.queue.status(LANE, NOW + 30_000)).notBeforeMs).toBe(0);
  });

  it('never shortens a pause', async () => {
    const { store } = current();
    await enqueue(store, [of('a')]);
    const lease = await claimOne(store);
    for (const untilMs of [NOW + 20, NOW + 10, NOW + 15]) {
      await store.queue.settle({
        lease,
        nowMs: NOW,
        changes: [],
        attempts: [],
        pause: { untilMs, code: 'VENDOR_BUSY' },
      });
    }
    expect((await store.queue.status(LANE, NOW)).notBeforeMs).toBe(NOW + 20);
  });

  it('a stopped account gives nothing until it is resumed, over a restart too; the first time of the stop stays', async () => {
    const { store, restart } = current();
    await enqueue(store, [of('a')]);
    const lease = await claimOne(store);
    const stop = { code: 'ACCOUNT_UNPAID', message: 'Not paid.' } as const;
    await store.queue.settle({ lease, nowMs: NOW, changes: [], attempts: [], stop });
    await store.queue.settle({ lease, nowMs: NOW + 5, changes: [], attempts: [], stop });
    const again = await restart();
    expect((await again.queue.status(LANE, NOW)).stops).toEqual([{ ...stop, sinceMs: NOW }]);
    const next = await claimOne(again);
    expect(await taken(again, next)).toEqual([]);
    await again.queue.resume({ lane: LANE }, NOW);
    expect(await taken(again, next)).toEqual([1]);
    expect((await again.queue.status(LANE, NOW)).stops).toEqual([]);
  });

  it('counts attempts as told, and begins the retry window with the first that counted', async () => {
    const { store } = current();
    await enqueue(store, [of('a')]);
    const lease = await claimOne(store);
    const first = async () =>
      (await store.queue.take(lease, { nowMs: NOW + 9, jobs: 1, busy: new Set() }))[0];
    await settle(store, lease, [retry(1, 1, false)], NOW);
    expect(await first()).toMatchObject({ attempts: 0 });
    expect((await first())?.firstAttemptAtMs).toBeUndefined();
    await settle(store, lease, [retry(1, 2)], NOW + 1);
    await settle(store, lease, [retry(1, 3)], NOW + 2);
    expect(await first()).toMatchObject({ attempts: 2, firstAttemptAtMs: NOW + 1 });
  });

  it.each([
    ['an account', { lane: LANE }, {}],
    ['an integration', { templateId: 'it_1' }, { templateId: 'it_1' }],
  ])('time that %s was stopped does not count toward the retry window', async (_, what, who) => {
    const { store } = current();
    await enqueue(store, [of('a')]);
    const lease = await claimOne(store);
    await settle(store, lease, [retry(1, 0)], NOW);
    const stop = { ...who, code: 'ACCOUNT_UNPAID', message: 'Not paid.' } as const;
    await store.queue.settle({ lease, nowMs: NOW + 100, changes: [], attempts: [], stop });
    await store.queue.resume(what, NOW + 1100);
    const [job] = await store.queue.take(lease, { nowMs: NOW + 1100, jobs: 1, busy: new Set() });
    expect(job?.firstAttemptAtMs).toBe(NOW + 1000);
  });

  it('finds after a crash what was under way, and takes the rest again', async () => {
    const { store, restart } = current();
    await enqueue(store, [of('a'), of('b'), of('c')]);
    const lease = await claimOne(store);
    expect(await store.queue.markSending(lease, [1, 3])).toBe(true);
    const again = await restart();
    const next = await claimOne(again);
    expect((await again.queue.interrupted(next)).map(({ id, state }) => [id, state])).toEqual([
      [1, 'sending'],
      [3, 'sending'],
    ]);
    expect(await taken(again, next)).toEqual([2]);
    await settle(again, next, [held(1), retry(3, 0, false)]);
    expect(await again.queue.interrupted(next)).toEqual([]);
    expect(await taken(again, next)).toEqual([2, 3]);
  });

  it('does not mark a job that was cancelled meanwhile, nor the others; the lease stays for what is under way', async () => {
    const { store } = current();
    await enqueue(store, [of('a'), of('b')]);
    const lease = await claimOne(store);
    await store.queue.cancel([1], NOW);
    expect(await store.queue.markSending(lease, [1, 2])).toBe(false);
    expect(await store.queue.renew('worker', NOW, TTL_MS)).toEqual([lease]);
    expect(await store.queue.interrupted(lease)).toEqual([]);
    expect(await taken(store, lease)).toEqual([2]);
  });

  it('remembers which batch a submitted job waits for', async () => {
    const { store, restart } = current();
    await enqueue(store, [of('a'), of('b')]);
    const changes = [1, 2].map((id): JobChange => ({ id, to: 'submitted', batchId: `batch-${id}` }));
    await settle(store, await claimOne(store), changes);
    const again = await restart();
    const jobs = await again.queue.submitted(await claimOne(again));
    expect(jobs.map(({ id, batchId }) => [id, batchId])).toEqual([
      [1, 'batch-1'],
      [2, 'batch-2'],
    ]);
  });

  it('a job ends once: what comes later is passed over, the rest of that settle holds', async () => {
    const { store } = current();
    await enqueue(store, [of('a'), of('b')]);
    const lease = await claimOne(store);
    await settle(store, lease, [delivered(1)]);
    const late: JobChange[] = [
      { id: 1, to: 'dead', code: 'REJECTED' },
      retry(1, 5),
      delivered(2),
      delivered(99),
    ];
    expect(await settle(store, lease, late)).toBe(true);
    expect((await store.reads.delivery(1))?.state).toBe('delivered');
    expect((await store.reads.delivery(2))?.state).toBe('delivered');
    expect((await store.queue.status(LANE, NOW)).waiting).toBe(0);
  });

  it('keeps every attempt with its exchanges, in order', async () => {
    const { store } = current();
    await enqueue(store, [of('a')]);
    const lease = await claimOne(store);
    const attempt = (atMs: number) => ({
      jobId: 1,
      atMs,
      durationMs: 12,
      outcome: 'retry',
      code: 'SERVER_ERROR' as const,
      exchanges: [{ method: 'POST', url: 'https://acme.api-us1.com/api/3/contact/sync', status: 500 }],
    });
    for (const atMs of [NOW, NOW + 1]) {
      await store.queue.settle({ lease, nowMs: atMs, changes: [retry(1, 0)], attempts: [attempt(atMs)] });
    }
    const change: JobChange = { id: 1, to: 'dead', code: 'RETRIES_EXHAUSTED', message: 'Twelve tries.' };
    await store.queue.settle({ lease, nowMs: NOW + 2, changes: [change], attempts: [attempt(NOW + 2)] });
    const delivery = await store.reads.delivery(1);
    expect(delivery).toMatchObject({
      state: 'dead',
      code: 'RETRIES_EXHAUSTED',
      message: 'Twelve tries.',
      attempts: 3,
      settledAtMs: NOW + 2,
    });
    expect(delivery?.tries).toEqual([attempt(NOW), attempt(NOW + 1), attempt(NOW + 2)]);
  });

  it('cancels what waits or is held, not what is under way or over', async () => {
    const { store } = current();
    await enqueue(store, [of('a'), of('b'), of('c'), of('d'), of('a')]);
    const lease = await claimOne(store);
    await store.queue.markSending(lease, [2]);
    await settle(store, lease, [held(3), delivered(4)]);
    expect(await store.queue.cancel([1, 2, 3, 4, 99], NOW)).toBe(2);
    const states = await Promise.all([1, 2, 3, 4].map(async (id) => (await store.reads.delivery(id))?.state));
    expect(states).toEqual(['cancelled', 'sending', 'cancelled', 'delivered']);
    expect(await taken(store, lease)).toEqual([5]);
  });

  it('requeues dead and held jobs at the end of their contact’s order, each once per replay', async () => {
    const { store } = current();
    await enqueue(store, [of('a'), of('a'), of('b'), of('c')]);
    const lease = await claimOne(store);
    await settle(store, lease, [{ id: 1, to: 'dead', code: 'REJECTED' }, held(3), delivered(4)]);
    expect(await store.queue.requeue([1, 3, 4, 2, 99], 'rp_1', NOW + 7)).toEqual([5, 6]);
    expect(await store.queue.requeue([1, 3], 'rp_1', NOW + 8)).toEqual([]);
    const jobs = await store.queue.take(lease, { nowMs: NOW + 8, jobs: 10, busy: new Set() });
    expect(jobs.map(({ id, contacts, replayId, seq }) => [id, contacts[0], replayId, seq])).toEqual([
      [2, 'a@example.com', '', 2],
      [5, 'a@example.com', 'rp_1', 1],
      [6, 'b@example.com', 'rp_1', 3],
    ]);
    expect(jobs[1]).toMatchObject({ payload: newJob(1).payload, enqueuedAtMs: NOW + 7, attempts: 0 });
    expect((await store.reads.delivery(1))?.state).toBe('dead');
    expect((await store.reads.delivery(3))?.state).toBe('cancelled');
  });

  it('requeues to the lane where the integration is now', async () => {
    const { store } = current();
    await install(store);
    await enqueue(store, [of('a')]);
    await settle(store, await claimOne(store), [{ id: 1, to: 'dead', code: 'REJECTED' }]);
    await store.config.addRevision(newRevision('rev_2', { number: 2 }), [], {
      templateId: 'it_1',
      to: 'new.api-us1.com',
    });
    await store.queue.requeue([1], 'rp_1', NOW);
    const leases = await store.queue.claim('other', NOW, TTL_MS);
    expect(leases.map(({ lane }) => lane)).toEqual(['new.api-us1.com']);
  });

  it('a stop of one endpoint leaves the rest to be taken without its actions, and is lifted by its own recovery only', async () => {
    const { store } = current();
    await enqueue(store, [{ ...of('a'), action: 'trackEvent' }, of('a'), of('b')]);
    const lease = await claimOne(store);
    const stop = (endpoint?: 'api' | 'tracking') =>
      store.queue.settle({
        lease,
        nowMs: NOW,
        changes: [],
        attempts: [],
        stop: { ...(endpoint && { endpoint }), code: 'ACCOUNT_FAILING', message: 'm' },
      });
    const left = async () =>
      (
        await store.queue.take(lease, {
          nowMs: NOW,
          jobs: 9,
          busy: new Set(),
          without: new Set(['trackEvent']),
        })
      ).map(({ id }) => id);
    const stopped = async () => (await store.queue.status(LANE, NOW)).stops.map(({ endpoint }) => endpoint);
    await stop('tracking');
    expect(await stopped()).toEqual(['tracking']);
    expect(await left()).toEqual([3]);
    await store.queue.resume({ lane: LANE, only: 'api' }, NOW);
    expect(await stopped()).toEqual(['tracking']);
    await store.queue.resume({ lane: LANE, only: 'tracking' }, NOW);
    expect(await stopped()).toEqual([]);
    expect(await taken(store, lease)).toEqual([1, 2, 3]);
  });

  it('keeps the stops of an account and of its endpoints side by side, each with its own reason, time and end', async () => {
    const { store, restart } = current();
    await enqueue(store, [of('a')]);
    const lease = await claimOne(store);
    const stop = (nowMs: number, bound: { endpoint?: 'api' | 'tracking'; message: string }) =>
      store.queue.settle({
        lease,
        nowMs,
        changes: [],
        attempts: [],
        stop: { code: 'ACCOUNT_FAILING', ...bound },
      });
    await stop(NOW, { endpoint: 'tracking', message: 'events' });
    await stop(NOW + 1, { endpoint: 'api', message: 'updates' });
    await stop(NOW + 2, { endpoint: 'tracking', message: 'events again' });
    await stop(NOW + 3, { message: 'all' });
    const again = await restart();
    const stops = async () => (await again.queue.status(LANE, NOW)).stops;
    const code = 'ACCOUNT_FAILING';
    const api = { code, endpoint: 'api', message: 'updates', sinceMs: NOW + 1 };
    const tracking = { code, endpoint: 'tracking', message: 'events again', sinceMs: NOW };
    expect(await stops()).toEqual([{ code, message: 'all', sinceMs: NOW + 3 }, api, tracking]);
    const next = await claimOne(again);
    expect(await taken(again, next)).toEqual([]);
    await again.queue.resume({ lane: LANE, only: 'account' }, NOW);
    expect(await stops()).toEqual([api, tracking]);
    await again.queue.resume({ lane: LANE, only: 'tracking' }, NOW);
    expect(await stops()).toEqual([api]);
    await again.queue.resume({ lane: LANE }, NOW);
    expect(await stops()).toEqual([]);
    expect(await taken(again, next)).toEqual([1]);
  });

  it('says how many wait, and when the earliest hold ends once all that wait are on hold', async () => {
    const { store } = current();
    const nextLeaveMs = (nowMs: number) => store.queue.nextLeaveMs(LANE, nowMs);
    await enqueue(store, [of('a'), of('b'), of('a')]);
    const lease = await claimOne(store);
    await settle(store, lease, [retry(1, 50)]);
    expect(await store.queue.status(LANE, NOW)).toEqual({
      lane: LANE,
      waiting: 3,
      held: 0,
      notBeforeMs: 0,
      stops: [],
    });
    expect(await nextLeaveMs(NOW)).toBe(NOW);
    await settle(store, lease, [retry(2, 30)]);
    expect(await store.queue.status(LANE, NOW)).toMatchObject({ waiting: 3 });
    expect(await nextLeaveMs(NOW)).toBe(NOW + 30);
    await settle(store, lease, [delivered(2)], NOW + 30);
    expect(await store.queue.status(LANE, NOW + 30)).toMatchObject({ waiting: 2 });
    expect(await nextLeaveMs(NOW + 30)).toBe(NOW + 50);
    expect(await store.queue.lanes(NOW)).toHaveLength(1);
    expect((await store.queue.status('never.seen', NOW)).waiting).toBe(0);
    expect(await store.queue.nextLeaveMs('never.seen', NOW)).toBeUndefined();
  });

  it('says that nothing can leave by itself where all that waits must not leave', async () => {
    const { store } = current();
    await enqueue(store, [
      { ...of('a'), action: 'trackEvent' },
      { ...of('b'), action: 'trackEvent' },
      of('a'),
    ]);
    const lease = await claimOne(store);
    await settle(store, lease, [retry(2, 50)]);
    const withheld = (...actions: string[]) => store.queue.nextLeaveMs(LANE, NOW, new Set(actions));
    expect(await withheld('trackEvent')).toBeUndefined();
    expect(await withheld('syncContact')).toBe(NOW);
    await settle(store, lease, [retry(1, 20)]);
    expect(await withheld('syncContact')).toBe(NOW + 20);
    const stop = { templateId: 'it_1', code: 'CREDENTIALS_REFUSED', message: 'm' } as const;
    await store.queue.settle({ lease, nowMs: NOW, changes: [], attempts: [], stop });
    expect(await withheld()).toBeUndefined();
  });

  it('lists the lanes that have something to say', async () => {
    const { store } = current();
    await enqueue(store, [of('a'), { ...of(DAVE), lane: 'second.api-us1.com' }]);
    const leases = await store.queue.claim('worker', NOW, TTL_MS);
    const first = leases.find(({ lane }) => lane === LANE);
    if (first === undefined) throw new Error('not claimed');
    await settle(store, first, [delivered(1)]);
    expect((await store.queue.lanes(NOW)).map(({ lane }) => lane)).toEqual(['second.api-us1.com']);
  });

  it('hints when something was resumed or put back', async () => {
    const { store } = current();
    await enqueue(store, [of('a')]);
    const lease = await claimOne(store);
    await settle(store, lease, [{ id: 1, to: 'dead', code: 'REJECTED' }]);
    let hints = 0;
    const stop = store.queue.onWork(() => {
      hints += 1;
    });
    await store.queue.requeue([1], 'rp_1', NOW);
    await Promise.resolve();
    expect(hints).toBe(1);
    await store.queue.resume({ lane: LANE }, NOW);
    await Promise.resolve();
    expect(hints).toBe(2);
    stop();
    await store.queue.resume({ lane: LANE }, NOW);
    await Promise.resolve();
    expect(hints).toBe(2);
  });
}
