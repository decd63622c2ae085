/** Claims about what people read. */
import { expect, it } from 'vitest';
import type { Lease } from '../../../src/store/ports/queue.ts';
import type { DeliveryFilter, EventFilter } from '../../../src/store/ports/reads.ts';
import type { Store } from '../../../src/store/store.ts';
import { claimOne, install } from '../beginnings.ts';
import type { Current } from '../contract.ts';
import { newEvent, newJob, newPipeline, newStep, newVerdict, START_MS } from '../samples.ts';

const MINUTE_MS = 60_000;

/** Six events: five processed with different fates, the last one only received. */
async function fill(store: Store): Promise<Lease> {
  await install(store);
  const received = (minute: number) => ({ receivedAtMs: START_MS + minute * MINUTE_MS });
  await store.log.append([
    newEvent('m1'),
    { ...newEvent('m2', { type: 'page', name: 'Home', anonymousId: 'anon-2' }), ...received(1) },
    { ...newEvent('m3', { event: 'Signed Up', userId: 'user-3' }), ...received(2) },
    { ...newEvent('m4'), ...received(3) },
    { ...newEvent('m5', { userId: 'user-3' }), ...received(4) },
    { ...newEvent('m6', { userId: 'user-3' }), ...received(5) },
  ]);
  await store.steps.commit(
    newStep(0, 5, {
      verdicts: [
        newVerdict(1, { revisionId: 'rev_1' }),
        newVerdict(1, { integrationId: 'pi_2', state: 'dropped', code: 'EVENT_NOT_ENABLED' }),
        newVerdict(2, { state: 'filtered', code: 'CONSENT_UNKNOWN' }),
        newVerdict(3),
        newVerdict(4, { state: 'parked' }),
        newVerdict(5, { integrationId: 'pi_2' }),
      ],
      addresses: [{ seq: 2, email: 'bob@example.com' }],
      jobs: [
        newJob(1),
        newJob(1, { rule: 'event', action: 'trackEvent' }),
        newJob(3, {
          contacts: ['old@example.com', 'new@example.com'],
          enqueuedAtMs: START_MS + 2 * MINUTE_MS,
        }),
        newJob(5, {
          integrationId: 'pi_2',
          contacts: ['eve@example.com'],
          enqueuedAtMs: START_MS + 4 * MINUTE_MS,
        }),
      ],
    }),
  );
  const lease = await claimOne(store);
  await store.queue.settle({
    lease,
    nowMs: START_MS,
    changes: [
      { id: 1, to: 'delivered', code: 'DELIVERED' },
      { id: 3, to: 'dead', code: 'REJECTED', message: 'The vendor refused the payload as invalid.' },
      { id: 4, to: 'waiting', untilMs: START_MS + 9, counts: true, code: 'TIMED_OUT' },
    ],
    attempts: [],
  });
  return lease;
}

async function seqs(store: Store, filter: EventFilter): Promise<number[]> {
  return (await store.reads.events(filter, 50)).data.map(({ seq }) => seq);
}

async function ids(store: Store, filter: DeliveryFilter): Promise<number[]> {
  return (await store.reads.deliveries(filter, 50)).data.map(({ id }) => id);
}

export function readClaims(current: Current): void {
  it.each<[string, EventFilter, number[]]>([
    ['all', {}, [6, 5, 4, 3, 2, 1]],
    ['of a type', { type: 'page' }, [2]],
    ['of a name', { event: 'Signed Up' }, [3]],
    ['of a user', { user: 'user-3' }, [5, 3]],
    ['of an anonymous visitor', { user: 'anon-2' }, [2]],
    ['of an address', { email: 'ann@example.com' }, [1]],
    ['of an address that processing named', { email: 'bob@example.com' }, [2]],
    ['with a verdict', { status: 'filtered' }, [2]],
    ['with a job that waits', { status: 'waiting' }, [5, 1]],
    ['with a job that is dead', { status: 'dead' }, [3]],
    ['of an integration', { integrationId: 'pi_2' }, [5, 1]],
    ['of an integration with a verdict of it', { integrationId: 'pi_2', status: 'mapped' }, [5]],
    ['since a time', { sinceMs: START_MS + 3 * MINUTE_MS }, [6, 5, 4]],
    ['of a user since a time', { user: 'user-3', sinceMs: START_MS + 3 * MINUTE_MS }, [5]],
    ['of nobody', { user: 'nobody' }, []],
    ['by a text that is a user', { text: 'user-3' }, [5, 3]],
    ['by a text that is an anonymous visitor', { text: 'anon-2' }, [2]],
    ['by a text that is an address', { text: 'BOB@example.com' }, [2]],
    ['by the beginning of a name', { text: 'sign' }, [3]],
    ['by the beginning of a name of many', { text: 'o' }, [5, 4, 2, 1]],
    ['by a text and a user', { text: 'order', user: 'user-3' }, [5]],
    ['by a text that is in the middle of a name', { text: 'igned' }, []],
  ])('lists events %s, newest first', async (_, filter, expected) => {
    const { store } = current();
    await fill(store);
    expect(await seqs(store, filter)).toEqual(expected);
  });

  it.each<[string, DeliveryFilter, number[]]>([
    ['all', {}, [4, 3, 2, 1]],
    ['of an open state', { status: ['waiting'] }, [4, 2]],
    ['of a final state', { status: ['dead'] }, [3]],
    ['of several states', { status: ['waiting', 'dead'] }, [4, 3, 2]],
    ['of an integration', { integrationId: 'pi_2' }, [4]],
    ['of an action', { action: 'trackEvent' }, [2]],
    ['of an address', { email: 'ann@example.com' }, [2, 1]],
    ['of the second address of a job', { email: 'new@example.com' }, [3]],
    ['with a final code', { code: 'REJECTED' }, [3]],
    ['with the code of its last try', { code: 'TIMED_OUT' }, [4]],
    ['of an event', { seq: 1 }, [2, 1]],
    ['since a time', { sinceMs: START_MS + 2 * MINUTE_MS }, [4, 3]],
    ['of an action and a state', { action: 'syncContact', status: ['waiting'] }, [4]],
  ])('lists deliveries %s, newest first', async (_, filter, expected) => {
    const { store } = current();
    await fill(store);
    expect(await ids(store, filter)).toEqual(expected);
  });

  it('lists the event with a messageId, also one that is not processed, among many', async () => {
    const { store } = current();
    await store.config.putPipeline(newPipeline('pl_1'));
    await store.config.putPipeline(newPipeline('pl_2'));
    const many = Array.from({ length: 500 }, (_, index) => ({
      ...newEvent(`m${index}`),
      // Nearly in order, as uploads of different speed are.
      receivedAtMs: START_MS + index * 1000 + (index % 7) * 5000,
    }));
    await store.log.append([...many, { ...newEvent('m250'), pipelineId: 'pl_2' }]);
    expect(await seqs(store, { text: 'm250' })).toEqual([501, 251]);
    expect(await seqs(store, { text: 'm499' })).toEqual([500]);
    expect(await seqs(store, { text: 'm0' })).toEqual([1]);
    expect(await seqs(store, { text: 'm500' })).toEqual([]);
  });

  it('shows an event with its address, verdicts and deliveries', async () => {
    const { store } = current();
    await fill(store);
    const [logged] = await store.log.readMany([1]);
    const event = await store.reads.event(logged?.id ?? '');
    expect(event).toMatchObject({ ...logged, email: 'ann@example.com' });
    expect(event?.verdicts.map(({ integrationId, state }) => [integrationId, state])).toEqual([
      ['pi_1', 'mapped'],
      ['pi_2', 'dropped'],
    ]);
    expect(event?.jobs.map(({ id, state }) => [id, state])).toEqual([
      [1, 'delivered'],
      [2, 'waiting'],
    ]);
  });

  it.each(['evt_999', 'evt_', 'evt_1x', 'nonsense', '', 'evt_0', 'evt_-1'])(
    'knows no event %j',
    async (id) => {
      const { store } = current();
      await fill(store);
      expect(await store.reads.event(id)).toBeUndefined();
    },
  );

  it('shows a delivery with names, payload and times', async () => {
    const { store } = current();
    await fill(store);
    const [logged] = await store.log.readMany([3]);
    expect(await store.reads.delivery(3)).toEqual({
      id: 3,
      seq: 3,
      eventId: logged?.id,
      eventName: 'Signed Up',
      integrationId: 'pi_1',
      templateId: 'it_1',
      revisionId: 'rev_1',
      revisionNumber: 1,
      rule: 'contact',
      replayId: '',
      action: 'syncContact',
      contacts: ['old@example.com', 'new@example.com'],
      state: 'dead',
      code: 'REJECTED',
      message: 'The vendor refused the payload as invalid.',
      attempts: 0,
      enqueuedAtMs: START_MS + 2 * MINUTE_MS,
      settledAtMs: START_MS,
      payload: newJob(3).payload,
      tries: [],
    });
    expect(await store.reads.delivery(4)).toMatchObject({ nextAtMs: START_MS + 9, attempts: 1 });
    expect(await store.reads.delivery(99)).toBeUndefined();
  });

  it('pages without gaps or repeats, also while new events arrive', async () => {
    const { store } = current();
    await fill(store);
    const first = await store.reads.events({}, 4);
    expect(first.data.map(({ seq }) => seq)).toEqual([6, 5, 4, 3]);
    await store.log.append([newEvent('later')]);
    const second = await store.reads.events({}, 4, first.nextCursor ?? '');
    expect(second.data.map(({ seq }) => seq)).toEqual([2, 1]);
    expect(second.nextCursor).toBeNull();
  });

  it('has no next page when the last row just filled one', async () => {
    const { store } = current();
    await fill(store);
    expect((await store.reads.events({}, 6)).nextCursor).toBeNull();
    expect((await store.reads.events({ user: 'user-3' }, 2)).nextCursor).toBeNull();
    const one = await store.reads.deliveries({ email: 'ann@example.com' }, 1);
    expect(one.nextCursor).not.toBeNull();
    const two = await store.reads.deliveries({ email: 'ann@example.com' }, 1, one.nextCursor ?? '');
    expect([...one.data, ...two.data].map(({ id }) => id)).toEqual([2, 1]);
    expect(two.nextCursor).toBeNull();
  });

  it('refuses a cursor that is not of this list', async () => {
    const { store } = current();
    await fill(store);
    const { nextCursor } = await store.reads.events({}, 1);
    for (const wrong of ['x', '', Buffer.from('e:1.5').toString('base64url')]) {
      await expect(store.reads.events({}, 1, wrong)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    }
    await expect(store.reads.deliveries({}, 1, nextCursor ?? '')).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });

  it('tells what happened in order, from any position on, over restarts', async () => {
    const { store, restart } = current();
    expect(await store.reads.activityHead()).toBe(0);
    await fill(store);
    const all = await store.reads.activity(0, 100);
    expect(
      all.map(({ kind, seq, jobId }) => (kind === 'event.processed' ? `event ${seq}` : `job ${jobId}`)),
    ).toEqual(['event 1', 'event 2', 'event 3', 'event 4', 'event 5', 'job 1', 'job 3', 'job 4']);
    const head = all.at(-1)?.position ?? 0;
    expect(await store.reads.activityHead()).toBe(head);
    expect(await store.reads.activity(all[1]?.position ?? 0, 2)).toEqual(all.slice(2, 4));
    const again = await restart();
    await again.queue.cancel([2], START_MS);
    const news = await again.reads.activity(head, 10);
    expect(news.map(({ jobId, seq }) => [jobId, seq])).toEqual([[2, 1]]);
    expect(news[0]?.position).toBeGreaterThan(head);
  });

  it('gives a hint for each commit that added to what happened, and for no other', async () => {
    const { store } = current();
    // What is read when the hint comes: the commit must be in it.
    const heads: Promise<number>[] = [];
    const end = store.reads.onActivity(() => heads.push(store.reads.activityHead()));
    await store.log.append([newEvent('m1')]);
    expect(heads).toHaveLength(0);
    await store.steps.commit(newStep(0, 1, { jobs: [newJob(1)] }));
    await store.queue.cancel([1], START_MS);
    expect(await Promise.all(heads)).toEqual(
      (await store.reads.activity(0, 10)).map(({ position }) => position),
    );
    end();
    await store.log.append([newEvent('m2')]);
    await store.steps.commit(newStep(1, 2));
    expect(heads).toHaveLength(2);
  });

  it('counts received events, verdicts and jobs per bucket of time', async () => {
    const { store, setTime } = current();
    setTime(START_MS);
    await fill(store);
    setTime(START_MS + 2 * MINUTE_MS);
    await store.log.append([newEvent('m7'), newEvent('m7')]);
    await store.queue.cancel([2], START_MS);
    expect(await store.reads.stats(START_MS, MINUTE_MS)).toEqual([
      {
        fromMs: START_MS,
        received: 6,
        verdicts: { mapped: 3, dropped: 1, filtered: 1, parked: 1 },
        jobs: { delivered: 1, dead: 1 },
        latencyMs: { p50: 1, p95: 1 },
        requests: 0,
      },
      {
        fromMs: START_MS + 2 * MINUTE_MS,
        received: 1,
        verdicts: {},
        jobs: { cancelled: 1 },
        latencyMs: null,
        requests: 0,
      },
    ]);
    const [hour] = await store.reads.stats(START_MS, 60 * MINUTE_MS);
    expect(hour?.received).toBe(7);
    expect(await store.reads.stats(START_MS + MINUTE_MS, MINUTE_MS)).toHaveLength(1);
  });

  it('counts the same of one integration, its verdicts as what it received', async () => {
    const { store, setTime } = current();
    setTime(START_MS);
    await fill(store);
    const [bucket, ...others] = await store.reads.stats(START_MS, MINUTE_MS, 'pi_1');
    expect(others).toEqual([]);
    expect(bucket).toMatchObject({
      fromMs: START_MS,
      received: 4,
      verdicts: { mapped: 2, filtered: 1, parked: 1 },
      jobs: { delivered: 1, dead: 1 },
    });
    expect((await store.reads.stats(START_MS, MINUTE_MS, 'pi_2'))[0]).toMatchObject({
      received: 2,
      verdicts: { mapped: 1, dropped: 1 },
      jobs: {},
      latencyMs: null,
    });
    expect(await store.reads.stats(START_MS, MINUTE_MS, 'pi_9')).toEqual([]);
    expect(await store.reads.stats(START_MS + MINUTE_MS, MINUTE_MS, 'pi_1')).toEqual([]);
  });

  it('an event that expired counts for the integration that it waited for', async () => {
    const { store, setTime } = current();
    setTime(START_MS);
    await store.log.append([newEvent('m1')]);
    const park = [
      { pipelineId: 'pl_1', seq: 1, key: 'u:user-1', expiresAtMs: START_MS, integrationIds: ['pi_1'] },
    ] as const;
    await store.steps.commit(newStep(0, 1, { park, verdicts: [newVerdict(1, { state: 'parked' })] }));
    await store.steps.expire([1]);
    const [bucket] = await store.reads.stats(START_MS, MINUTE_MS, 'pi_1');
    expect(bucket?.verdicts).toEqual({ parked: 1, expired: 1 });
  });

  it('says how long deliveries took from receipt, within five percent', async () => {
    const { store, setTime } = current();
    const latencies = Array.from({ length: 100 }, (_, index) => (index + 1) * 100);
    setTime(START_MS);
    await install(store);
    await store.log.append(latencies.map((_, index) => newEvent(`m${index}`)));
    await store.steps.commit(newStep(0, 100, { jobs: latencies.map((_, index) => newJob(index + 1)) }));
    const lease = await claimOne(store);
    for (const [index, latencyMs] of latencies.entries()) {
      setTime(START_MS + latencyMs);
      const changes = [{ id: index + 1, to: 'delivered', code: 'DELIVERED' }] as const;
      await store.queue.settle({ lease, nowMs: START_MS + latencyMs, changes, attempts: [] });
    }
    for (const integrationId of [undefined, 'pi_1']) {
      const [bucket] = await store.reads.stats(START_MS, MINUTE_MS, integrationId);
      const { p50 = 0, p95 = 0 } = bucket?.latencyMs ?? {};
      expect(Math.abs(p50 - 5_000)).toBeLessThanOrEqual(250);
      expect(Math.abs(p95 - 9_500)).toBeLessThanOrEqual(475);
    }
  });

  it('counts requests, those that the tries of a batch share once', async () => {
    const { store, setTime } = current();
    setTime(START_MS);
    const lease = await fill(store);
    const shared = [{ method: 'POST' }, { method: 'GET' }];
    const attempt = (jobId: number, exchanges: readonly { readonly method: string }[]) => ({
      jobId,
      atMs: START_MS,
      durationMs: 1,
      outcome: 'delivered',
      code: 'DELIVERED' as const,
      exchanges,
    });
    setTime(START_MS + 3 * MINUTE_MS);
    const attempts = [
      attempt(1, shared),
      attempt(2, shared),
      attempt(4, [{ method: 'POST' }]),
      attempt(3, []),
    ];
    await store.queue.settle({ lease, nowMs: START_MS, changes: [], attempts });
    const requests = async (integrationId?: string) =>
      (await store.reads.stats(START_MS + 3 * MINUTE_MS, MINUTE_MS, integrationId)).map((bucket) => [
        bucket.fromMs,
        bucket.requests,
      ]);
    expect(await requests()).toEqual([[START_MS + 3 * MINUTE_MS, 3]]);
    expect(await requests('pi_1')).toEqual([[START_MS + 3 * MINUTE_MS, 2]]);
    expect(await requests('pi_2')).toEqual([[START_MS + 3 * MINUTE_MS, 1]]);
  });

  it('does not count what was sent again as slow', async () => {
    const { store, setTime } = current();
    setTime(START_MS);
    const lease = await fill(store);
    const [again] = await store.queue.requeue([3], 'rpl_1', START_MS);
    setTime(START_MS + 5 * MINUTE_MS);
    const changes = [{ id: again ?? 0, to: 'delivered', code: 'DELIVERED' }] as const;
    await store.queue.settle({ lease, nowMs: START_MS, changes, attempts: [] });
    expect(await store.reads.stats(START_MS + 5 * MINUTE_MS, MINUTE_MS, 'pi_1')).toMatchObject([
      { jobs: { delivered: 1 }, latencyMs: null },
    ]);
  });
}
