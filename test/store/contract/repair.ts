/** Claims about sending again and forgetting. */
import { expect, it } from 'vitest';
import { ERASE_ACTION, type NewErasure } from '../../../src/store/ports/erasure.ts';
import type { JobChange, Lease, NewJob } from '../../../src/store/ports/queue.ts';
import type { EventSelection, JobSelection } from '../../../src/store/ports/replays.ts';
import type { Step, Verdict } from '../../../src/store/ports/steps.ts';
import type { Store } from '../../../src/store/store.ts';
import { claimOne, install } from '../beginnings.ts';
import type { Current } from '../contract.ts';
import { address, LANE, newEvent, newJob, newPipeline, newStep, newVerdict, START_MS } from '../samples.ts';

const ANN = address('ann@example.com');
const BOB = address('bob@example.com');
const NOW = START_MS + 1_000;
const REPAIRABLE: JobSelection = { states: ['held', 'dead'] };

/** One event for each job, processed; jobs get the ids 1, 2, 3 …. */
async function enqueue(
  store: Store,
  jobs: readonly Partial<NewJob>[],
  more: Partial<Step> = {},
): Promise<void> {
  const from = await store.steps.cursor();
  await store.log.append(
    jobs.map((_, index) => newEvent(`m${from + index}`, { userId: `user-${from + index + 1}` })),
  );
  await store.steps.commit(
    newStep(from, from + jobs.length, {
      jobs: jobs.map((job, index) => newJob(from + index + 1, job)),
      ...more,
    }),
  );
}

async function settle(store: Store, lease: Lease, changes: readonly JobChange[]): Promise<void> {
  const attempts = changes.map(({ id }) => ({
    jobId: id,
    atMs: NOW,
    durationMs: 1,
    outcome: 'x',
    code: 'REJECTED' as const,
    exchanges: [{ body: ANN }],
  }));
  await store.queue.settle({ lease, nowMs: NOW, changes, attempts });
}

const dead = (id: number): JobChange => ({
  id,
  to: 'dead',
  code: 'REJECTED',
  message: 'The vendor refused it.',
});
const held = (id: number): JobChange => ({ id, to: 'held', code: 'TIMED_OUT' });

async function states(store: Store): Promise<string[]> {
  const { data } = await store.reads.deliveries({}, 50);
  return [...data]
    .reverse()
    .map(({ id, state, code }) => `${id} ${state}${code === undefined ? '' : ` ${code}`}`);
}

async function replay(store: Store, id: string, selection: JobSelection = REPAIRABLE) {
  return store.replays.create({ id, mapping: 'as_mapped', selection, total: 0, createdAtMs: NOW });
}

const REFUSED: EventSelection = { of: 'events', states: ['invalid', 'mapped'] };
const partly = {
  rules: [
    { rule: 'a', outcome: 'operation' },
    { rule: 'b', outcome: 'invalid', code: 'MAPPING_FAILED' },
  ],
};

/** Six events: refused by two integrations, mapped in part, whole, left out, unwanted, refused. */
async function judged(store: Store): Promise<void> {
  const verdicts: Verdict[] = [
    newVerdict(1, { state: 'invalid', code: 'PAYLOAD_INVALID' }),
    newVerdict(1, { state: 'invalid', code: 'NO_EMAIL', integrationId: 'pi_2' }),
    newVerdict(2, { detail: partly }),
    newVerdict(3, { detail: { rules: [{ rule: 'a', outcome: 'operation' }] } }),
    newVerdict(4, { state: 'skipped', code: 'INTEGRATION_DISABLED' }),
    newVerdict(5, { state: 'dropped', code: 'EVENT_NOT_ENABLED' }),
    newVerdict(6, { state: 'invalid', code: 'PAYLOAD_INVALID' }),
  ];
  await store.log.append(
    [1, 2, 3, 4, 5, 6].map((n) => ({
      ...newEvent(`e${n}`, { userId: `user-${n}`, event: n === 6 ? 'Other' : 'Order Completed' }),
      receivedAtMs: START_MS + n,
    })),
  );
  await store.steps.commit(newStep(0, 6, { verdicts, addresses: [{ seq: 2, email: BOB }] }));
}

const eventStep = (id: string, from: number, to: number, seqs: readonly number[]) => ({
  ...step(id, from, to, []),
  events: seqs.map((seq) => ({ verdict: newVerdict(seq), jobs: [newJob(seq, { replayId: id })] })),
});

const step = (id: string, from: number, to: number, repeated: readonly number[]) => ({
  id,
  from,
  to,
  repeated,
  remapped: [],
  events: [],
  skipped: 0,
  nowMs: NOW,
});

const erasureOf = (change: Partial<NewErasure> = {}): NewErasure => ({
  id: 'ers_1',
  person: { emails: [ANN], userIds: ['user-1'], anonymousIds: [] },
  sealed: 'sealed',
  deletions: [{ lane: LANE, templateId: 'it_1', email: ANN, payload: { sealed: 'v1.x' } }],
  nowMs: NOW,
  ...change,
});

async function erase(store: Store, erasure: NewErasure): Promise<void> {
  await store.erasure.begin(erasure);
  while (await store.erasure.step(erasure.id, erasure.person, NOW));
}

export function repairClaims(current: Current): void {
  it('finds what can be sent again, oldest first, a bounded piece at a time', async () => {
    const { store } = current();
    await enqueue(store, [
      {},
      { contacts: [BOB] },
      { contacts: [BOB], action: 'other' },
      {},
      { contacts: [BOB] },
    ]);
    await settle(store, await claimOne(store), [dead(1), held(2), dead(3)]);
    const ids = async (selection: JobSelection): Promise<number[]> =>
      (await store.replays.survey(selection, 0, 10)).found.map(({ id }) => id);
    expect(await ids(REPAIRABLE)).toEqual([1, 2, 3]);
    expect(await ids({ states: ['dead'] })).toEqual([1, 3]);
    expect(await ids({ states: ['waiting'] })).toEqual([4, 5]);
    expect(await ids({ ...REPAIRABLE, email: BOB })).toEqual([2, 3]);
    expect(await ids({ ...REPAIRABLE, action: 'other' })).toEqual([3]);
    expect(await ids({ ...REPAIRABLE, code: 'TIMED_OUT' })).toEqual([2]);
    expect(await ids({ ...REPAIRABLE, integrationId: 'pi_2' })).toEqual([]);
    expect(await ids({ ...REPAIRABLE, sinceMs: START_MS + 1 })).toEqual([]);
    expect(await ids({ ...REPAIRABLE, ids: [5, 3, 1, 99] })).toEqual([1, 3]);
    const first = await store.replays.survey(REPAIRABLE, 0, 2);
    expect([first.found.map(({ id }) => id), first.next]).toEqual([[1, 2], 2]);
    const rest = await store.replays.survey(REPAIRABLE, 2, 2);
    expect([rest.found.map(({ id }) => id), rest.next]).toEqual([[3], undefined]);
    expect((await store.replays.survey(REPAIRABLE, 0, 10, 2)).found).toHaveLength(2);
  });

  it('runs one replay at a time, and keeps its progress over a restart', async () => {
    const { store, restart } = current();
    await enqueue(store, [{}, { contacts: [BOB] }]);
    await settle(store, await claimOne(store), [dead(1), held(2)]);
    expect(await replay(store, 'rpl_1')).toMatchObject({
      state: 'running',
      position: 0,
      through: 2,
      done: 0,
    });
    await expect(replay(store, 'rpl_2')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await store.replays.advance(step('rpl_1', 0, 1, [1]))).toBe(true);
    expect(await store.replays.advance(step('rpl_1', 0, 1, [1]))).toBe(false);
    const again = await restart();
    expect(await again.replays.running()).toMatchObject({ id: 'rpl_1', position: 1, done: 1, skipped: 0 });
    await again.replays.advance(step('rpl_1', 1, 2, [2]));
    await again.replays.finish('rpl_1', { state: 'done' }, NOW + 1);
    expect(await again.replays.get('rpl_1')).toMatchObject({ state: 'done', done: 2, finishedAtMs: NOW + 1 });
    expect(await states(again)).toEqual([
      '1 dead REJECTED',
      '2 cancelled CANCELLED',
      '3 waiting',
      '4 waiting',
    ]);
    await replay(again, 'rpl_2');
    expect((await again.replays.list(10)).data.map(({ id }) => id)).toEqual(['rpl_2', 'rpl_1']);
  });

  it('never sends a dead job again twice, and counts what it passes over', async () => {
    const { store } = current();
    await enqueue(store, [{}, {}]);
    await settle(store, await claimOne(store), [dead(1)]);
    await replay(store, 'rpl_1');
    await store.replays.advance(step('rpl_1', 0, 2, [1, 2]));
    expect(await store.replays.get('rpl_1')).toMatchObject({ done: 1, skipped: 1 });
    await store.replays.finish('rpl_1', { state: 'done' }, NOW);
    expect((await store.replays.survey(REPAIRABLE, 0, 10)).found).toEqual([]);
  });

  it('a cancelled replay goes no further, and what it put back stays', async () => {
    const { store } = current();
    await enqueue(store, [{}, {}]);
    await settle(store, await claimOne(store), [dead(1), dead(2)]);
    await replay(store, 'rpl_1');
    await store.replays.advance(step('rpl_1', 0, 1, [1]));
    expect(await store.replays.cancel('rpl_1', NOW)).toBe(true);
    expect(await store.replays.cancel('rpl_1', NOW)).toBe(false);
    expect(await store.replays.advance(step('rpl_1', 1, 2, [2]))).toBe(false);
    expect(await states(store)).toEqual(['1 dead REJECTED', '2 dead REJECTED', '3 waiting']);
  });

  it('puts what was mapped anew in the place of a job, unless the configuration changed meanwhile', async () => {
    const { store } = current();
    await enqueue(store, [{}, { contacts: [BOB] }]);
    await settle(store, await claimOne(store), [held(1), dead(2)]);
    await replay(store, 'rpl_1');
    const configVersion = await store.config.version();
    const jobs = [newJob(1, { replayId: 'rpl_1', action: 'other' })];
    const remapped = {
      ...step('rpl_1', 0, 2, []),
      remapped: [
        { job: 1, jobs },
        { job: 2, jobs: [] },
      ],
      configVersion,
    };
    await install(store);
    expect(await store.replays.advance(remapped)).toBe(false);
    expect(await store.replays.advance({ ...remapped, configVersion: await store.config.version() })).toBe(
      true,
    );
    expect(await store.replays.get('rpl_1')).toMatchObject({ done: 1, skipped: 1 });
    expect(await states(store)).toEqual(['1 cancelled CANCELLED', '2 dead REJECTED', '3 waiting']);
    // What another took the place of does not count as made.
    expect(await store.replays.madeOf('pi_1', 1)).toEqual([
      { id: 3, rule: 'contact', action: 'other', payload: { email: ANN }, contacts: [ANN] },
    ]);
    expect(await store.replays.madeOf('pi_2', 1)).toEqual([]);
  });

  it('finds events of which less was sent than could be, oldest first, a bounded piece at a time', async () => {
    const { store } = current();
    await judged(store);
    const found = async (change: Partial<EventSelection> = {}): Promise<string[]> =>
      (await store.replays.surveyEvents({ ...REFUSED, ...change }, 0, 10)).found.map(
        ({ seq, integrationId }) => `${seq} ${integrationId}`,
      );
    expect(await found()).toEqual(['1 pi_1', '1 pi_2', '2 pi_1', '6 pi_1']);
    expect(await found({ states: ['mapped'] })).toEqual(['2 pi_1']);
    expect(await found({ states: ['skipped', 'dropped', 'expired'] })).toEqual(['4 pi_1', '5 pi_1']);
    expect(await found({ integrationId: 'pi_2' })).toEqual(['1 pi_2']);
    expect(await found({ code: 'PAYLOAD_INVALID' })).toEqual(['1 pi_1', '6 pi_1']);
    expect(await found({ code: 'MAPPING_FAILED' })).toEqual(['2 pi_1']);
    expect(await found({ code: 'FAILED' })).toEqual([]);
    expect(await found({ event: 'Other' })).toEqual(['6 pi_1']);
    expect(await found({ email: BOB })).toEqual(['2 pi_1']);
    expect(await found({ sinceMs: START_MS + 2 })).toEqual(['2 pi_1', '6 pi_1']);
    expect(await found({ ids: [6, 3, 1, 1, 99] })).toEqual(['1 pi_1', '1 pi_2', '6 pi_1']);
    const first = await store.replays.surveyEvents(REFUSED, 0, 2);
    expect([first.found.map(({ seq }) => seq), first.next]).toEqual([[1, 1, 2], 2]);
    const rest = await store.replays.surveyEvents(REFUSED, 2, 2);
    expect([rest.found.map(({ seq }) => seq), rest.next]).toEqual([[6], undefined]);
    expect((await store.replays.surveyEvents(REFUSED, 0, 10, 5)).found).toHaveLength(3);
  });

  it('replays events up to those that were processed when it began, and says what became of them', async () => {
    const { store, restart } = current();
    await judged(store);
    const created = await store.replays.create({
      id: 'rpl_1',
      mapping: 'current',
      selection: REFUSED,
      total: 4,
      createdAtMs: NOW,
    });
    expect(created).toMatchObject({ position: 0, through: 6, selection: REFUSED });
    const before = (await store.reads.activity(0, 100)).length;
    expect(await store.replays.advance(eventStep('rpl_1', 0, 2, [1, 2]))).toBe(true);
    expect(await store.replays.advance(eventStep('rpl_1', 0, 2, [1, 2]))).toBe(false);
    const again = await restart();
    expect(await again.replays.running()).toMatchObject({ position: 2, done: 2, skipped: 0 });
    // What is there already is added by nobody; an event that is there for two integrations counts once.
    const { events, ...last } = eventStep('rpl_1', 2, 6, [2, 6]);
    const other = {
      verdict: newVerdict(6, { integrationId: 'pi_2' }),
      jobs: [newJob(6, { replayId: 'rpl_1', integrationId: 'pi_2', contacts: [BOB] })],
    };
    expect(await again.replays.advance({ ...last, events: [...events, other] })).toBe(true);
    expect(await again.replays.get('rpl_1')).toMatchObject({ position: 6, done: 3, skipped: 1 });
    // It is found under the address that is known now.
    expect((await again.reads.events({ email: ANN }, 10)).data.map(({ seq }) => seq)).toEqual([6, 1]);
    expect((await states(again)).map((state) => state.slice(1))).toEqual(Array(4).fill(' waiting'));
    expect((await again.replays.surveyEvents(REFUSED, 0, 10)).found).toMatchObject([
      { seq: 1, integrationId: 'pi_2' },
    ]);
    expect((await again.reads.activity(0, 100)).slice(before).map(({ seq }) => seq)).toEqual([1, 2, 6]);
  });

  it('finds no event of somebody who was erased', async () => {
    const { store } = current();
    await judged(store);
    await store.replays.create({
      id: 'rpl_1',
      mapping: 'current',
      selection: { ...REFUSED, email: ANN },
      total: 1,
      createdAtMs: NOW,
    });
    const configVersion = await store.config.version();
    await erase(store, erasureOf());
    expect((await store.replays.surveyEvents(REFUSED, 0, 10)).found).toMatchObject([{ seq: 2 }, { seq: 6 }]);
    expect(await store.replays.get('rpl_1')).toMatchObject({
      state: 'cancelled',
      selection: { of: 'events', states: [] },
    });
    // Nor does a step that was computed before count.
    await store.replays.create({
      id: 'rpl_2',
      mapping: 'current',
      selection: REFUSED,
      total: 1,
      createdAtMs: NOW,
    });
    expect(await store.replays.advance({ ...eventStep('rpl_2', 0, 2, [1]), configVersion })).toBe(false);
    expect(await store.replays.advance(eventStep('rpl_2', 0, 2, [1]))).toBe(true);
    expect(await store.replays.get('rpl_2')).toMatchObject({ done: 0, skipped: 1 });
    expect([...(await store.ledger.erasedThrough(['u:user-1', 'u:user-2']))]).toEqual([['u:user-1', 6]]);
  });

  it('does not put back the job of an integration that was removed', async () => {
    const { store } = current();
    await install(store);
    await enqueue(store, [{}]);
    await settle(store, await claimOne(store), [dead(1)]);
    await store.config.deleteIntegration('pi_1', NOW);
    expect(await store.queue.requeue([1], 'rpl_1', NOW)).toEqual([]);
  });

  it('filters what waits when a step withdraws consent, its own jobs among it, and nothing of others', async () => {
    const { store } = current();
    await enqueue(store, [{}, { contacts: [BOB] }, { contacts: [BOB, ANN] }, { integrationId: 'pi_2' }]);
    await enqueue(store, [{}], { withdrawals: [{ integrationId: 'pi_1', email: ANN, nowMs: NOW }] });
    expect(await states(store)).toEqual([
      '1 filtered CONSENT_WITHDRAWN',
      '2 waiting',
      '3 filtered CONSENT_WITHDRAWN',
      '4 waiting',
      '5 filtered CONSENT_WITHDRAWN',
    ]);
  });

  it('a request on its way when consent is withdrawn is shown as delivered when it arrived, and not when it failed', async () => {
    const { store } = current();
    await enqueue(store, [{}, {}]);
    const lease = await claimOne(store);
    await enqueue(store, [{ contacts: [BOB] }], {
      withdrawals: [{ integrationId: 'pi_1', email: ANN, nowMs: NOW }],
    });
    expect([...(await store.queue.stillOpen([1, 2, 3]))]).toEqual([3]);
    await settle(store, lease, [{ id: 1, to: 'delivered', code: 'DELIVERED' }, dead(2)]);
    expect(await states(store)).toEqual([
      '1 delivered DELIVERED',
      '2 filtered CONSENT_WITHDRAWN',
      '3 waiting',
    ]);
  });

  it('finds a person by any id: addresses, accounts, former addresses, devices that are theirs alone', async () => {
    const { store } = current();
    await store.log.append([
      newEvent('1', { anonymousId: 'phone' }),
      newEvent('2', { anonymousId: 'shared' }),
      newEvent('3', { userId: 'user-2', anonymousId: 'shared' }),
    ]);
    const link = (key: `u:${string}` | `a:${string}`, email: typeof ANN, seq: number) => ({
      pipelineId: 'pl_1',
      key,
      link: { email, seq },
    });
    await store.steps.commit(
      newStep(0, 3, {
        links: [
          link('u:user-1', ANN, 1),
          link('a:phone', ANN, 1),
          link('u:user-2', BOB, 3),
          link('a:shared', BOB, 3),
        ],
        jobs: [newJob(1)],
        addresses: [
          { seq: 1, email: 'old@example.com' },
          { seq: 2, email: ANN },
          { seq: 3, email: BOB },
        ],
      }),
    );
    const all = { emails: [ANN, 'old@example.com'], userIds: ['user-1'], anonymousIds: ['phone'] };
    for (const request of [{ email: ANN }, { userId: 'user-1' }, { anonymousId: 'phone' }]) {
      const found = await store.erasure.find(request);
      expect({
        emails: [...found.emails].sort(),
        userIds: found.userIds,
        anonymousIds: found.anonymousIds,
      }).toEqual(all);
      expect(found.deliveredTo).toEqual([{ templateId: 'it_1', email: ANN }]);
      expect(found.pipelineIds).toEqual(['pl_1']);
    }
    expect((await store.erasure.find({ email: BOB })).anonymousIds).toEqual(['shared']);
    expect(await store.erasure.find({ email: 'nobody@example.com' })).toMatchObject({
      userIds: [],
      deliveredTo: [],
    });
  });

  it('finds the devices on which a person signed in, by their account alone and long after', async () => {
    const { store } = current();
    await store.log.append([newEvent('1', { anonymousId: 'tablet' }), newEvent('2', { userId: 'user-1' })]);
    // The tablet was somebody else's when user-1 signed in on it without an address; the desk knows a former one.
    const links = [
      { key: 'a:tablet' as const, link: { userId: 'user-1', seq: 1 } },
      { key: 'a:desk' as const, link: { userId: 'user-1', email: address('old@example.com'), seq: 1 } },
      { key: 'u:user-1' as const, link: { email: ANN, seq: 2 } },
      { key: 'a:other' as const, link: { userId: 'user-2', seq: 2 } },
    ].map((link) => ({ pipelineId: 'pl_1', ...link }));
    await store.steps.commit(newStep(0, 2, { links, addresses: [{ seq: 2, email: ANN }] }));
    for (const request of [{ email: ANN }, { userId: 'user-1' }, { anonymousId: 'tablet' }]) {
      const { emails, anonymousIds } = await store.erasure.find(request);
      expect([[...emails].sort(), [...anonymousIds].sort()]).toEqual([
        [ANN, 'old@example.com'],
        ['desk', 'tablet'],
      ]);
    }
    await erase(store, erasureOf({ person: await store.erasure.find({ email: ANN }), deletions: [] }));
    const left = await store.ledger.load('pl_1', ['a:tablet', 'a:desk', 'a:other', 'u:user-1'], []);
    expect([...left.links.keys()]).toEqual(['a:other']);
    expect(JSON.stringify(await store.log.read(0, 10))).not.toContain('tablet');
  });

  it('erases a person everywhere, and nobody else', async () => {
    const { store } = current();
    const links = [
      { pipelineId: 'pl_1', key: 'u:user-1' as const, link: { email: ANN, seq: 1 } },
      { pipelineId: 'pl_1', key: 'u:user-2' as const, link: { email: BOB, seq: 2 } },
    ];
    const decision = { granted: true, atMs: 1 };
    const decisions = (['e:ann@example.com', 'u:user-1', 'u:user-2'] as const).map((subject) => ({
      pipelineId: 'pl_1',
      subject,
      decisions: { marketing: decision },
      seq: 1,
    }));
    const detail = { said: ANN };
    await enqueue(store, [{}, { contacts: [BOB] }], {
      links,
      decisions,
      verdicts: [{ seq: 1, integrationId: 'pi_1', state: 'mapped', detail }],
    });
    await enqueue(store, [{}, { contacts: [BOB] }]);
    await settle(store, await claimOne(store), [dead(1), dead(2)]);
    await erase(store, erasureOf({ person: await store.erasure.find({ email: ANN }) }));
    expect(await store.erasure.finish('ers_1', NOW + 5)).toMatchObject({
      state: 'done',
      events: 2,
      deliveries: 2,
      decisions: 2,
      cancelled: 1,
      deletions: [{ templateId: 'it_1', jobId: 5 }],
    });
    expect(await states(store)).toEqual([
      '1 cancelled ERASED',
      '2 dead REJECTED',
      '3 cancelled ERASED',
      '4 waiting',
      '5 waiting',
    ]);
    const seen = JSON.stringify([
      await store.log.read(0, 10),
      (await store.reads.events({}, 10)).data,
      await Promise.all([1, 3, 5].map((id) => store.reads.delivery(id))),
      [...(await store.ledger.load('pl_1', ['u:user-1'], [ANN])).decisions],
    ]);
    expect(seen).not.toContain(ANN);
    expect(seen).not.toContain('user-1"');
    expect(JSON.stringify(await store.reads.delivery(2))).toContain(BOB);
    expect((await store.ledger.load('pl_1', ['u:user-2'], [])).links.get('u:user-2')).toMatchObject({
      email: BOB,
    });
    await store.config.putPipeline(newPipeline('pl_1'));
    expect(await store.reads.person('pl_1', 'u:user-1')).toBeUndefined();
    expect((await store.reads.person('pl_1', 'u:user-2'))?.consentHistory).toHaveLength(1);
    expect((await store.replays.survey(REPAIRABLE, 0, 10)).found.map(({ id }) => id)).toEqual([2]);
    expect(await store.queue.requeue([1, 3], 'rpl_1', NOW)).toEqual([]);
    expect(await store.erasure.unfinished()).toEqual([]);
  });

  it('erases what waits for an address, and leaves what another person did on the same device waiting', async () => {
    const { store } = current();
    await store.log.append([
      newEvent('1', { userId: 'user-1', anonymousId: 'phone' }),
      newEvent('2', { userId: 'user-2', anonymousId: 'phone' }),
    ]);
    const waiting = {
      pipelineId: 'pl_1',
      otherKey: 'a:phone',
      expiresAtMs: NOW,
      integrationIds: ['pi_1'],
    } as const;
    await store.steps.commit(
      newStep(0, 2, {
        links: [{ pipelineId: 'pl_1', key: 'a:phone', link: { userId: 'user-1', seq: 1 } }],
        park: [
          { ...waiting, key: 'u:user-1', seq: 1 },
          { ...waiting, key: 'u:user-2', seq: 2 },
        ],
        verdicts: [1, 2].map((seq) => ({ seq, integrationId: 'pi_1', state: 'parked' })),
      }),
    );
    await erase(store, erasureOf({ person: await store.erasure.find({ userId: 'user-1' }), deletions: [] }));
    const verdicts = (await store.reads.events({}, 10)).data.map((event) => event.verdicts[0]);
    expect(verdicts).toMatchObject([{ state: 'parked' }, { state: 'filtered', code: 'ERASED' }]);
    expect((await store.steps.expiredParked(NOW, 10)).map(({ seq }) => seq)).toEqual([2]);
  });

  it('forgets how the person’s consent changed', async () => {
    const { store } = current();
    await store.config.putPipeline(newPipeline('pl_1'));
    const learn = async (from: number, granted: boolean): Promise<void> => {
      const decisions = { marketing: { granted, atMs: from + 1 } };
      const links = [{ pipelineId: 'pl_1', key: 'u:user-1' as const, link: { email: ANN, seq: from + 1 } }];
      await enqueue(store, [{}], {
        links,
        decisions: [{ pipelineId: 'pl_1', subject: 'u:user-1', decisions, seq: from + 1 }],
      });
    };
    await learn(0, true);
    await learn(1, false);
    await erase(store, erasureOf());
    await learn(2, true);
    const history = (await store.reads.person('pl_1', 'u:user-1'))?.consentHistory;
    expect(history).toHaveLength(1);
  });

  it('lets nothing of an erased person come back with a request that was on its way', async () => {
    const { store } = current();
    await enqueue(store, [{}, {}, {}]);
    const lease = await claimOne(store);
    await settle(store, lease, [
      { id: 1, to: 'waiting', untilMs: NOW, counts: true, code: 'SERVER_ERROR', message: ANN },
    ]);
    await store.queue.markSending(lease, [1]);
    await settle(store, lease, [{ id: 2, to: 'submitted', batchId: 'b1' }]);
    await erase(store, erasureOf());
    expect(await states(store)).toEqual([
      '1 sending SERVER_ERROR',
      '2 submitted',
      '3 cancelled ERASED',
      '4 waiting',
    ]);
    expect(JSON.stringify(await store.reads.delivery(1))).not.toContain(ANN);
    const leaving = async (busy: readonly string[] = []): Promise<number[]> =>
      (await store.queue.take(lease, { nowMs: NOW, jobs: 10, busy: new Set(busy) })).map(({ id }) => id);
    expect(await leaving()).toEqual([]);
    const retry: JobChange = {
      id: 1,
      to: 'waiting',
      untilMs: NOW,
      counts: true,
      code: 'SERVER_ERROR',
      message: ANN,
    };
    await settle(store, lease, [retry, { id: 2, to: 'delivered', code: 'DELIVERED' }, dead(3)]);
    expect(await states(store)).toEqual([
      '1 cancelled ERASED',
      '2 delivered DELIVERED',
      '3 cancelled ERASED',
      '4 waiting',
    ]);
    for (const id of [1, 2, 3]) expect((await store.reads.delivery(id))?.tries).toEqual([]);
    expect(await leaving([ANN])).toEqual([]);
    expect(await leaving()).toEqual([4]);
  });

  it('the deletion leaves before anything of one who starts anew, and keeps its payload no longer than needed', async () => {
    const { store } = current();
    await enqueue(store, [{}]);
    await erase(store, erasureOf());
    await enqueue(store, [{}, { contacts: [BOB] }]);
    const lease = await claimOne(store);
    const taken = await store.queue.take(lease, { nowMs: NOW, jobs: 10, busy: new Set() });
    expect(taken.map(({ id, action }) => [id, action])).toEqual([
      [2, ERASE_ACTION],
      [3, 'syncContact'],
      [4, 'syncContact'],
    ]);
    const deletion = new Set(taken[0]?.contacts);
    const others = await store.queue.take(lease, { nowMs: NOW, jobs: 10, busy: deletion });
    expect(others.map(({ id }) => id)).toEqual([4]);
    expect(taken[0]?.payload).toEqual({ sealed: 'v1.x' });
    await settle(store, lease, [{ id: 2, to: 'delivered', code: 'DELIVERED' }]);
    expect((await store.reads.delivery(2))?.payload).toEqual({});
  });

  it('stops what was received before it, and not what comes later', async () => {
    const { store, restart } = current();
    await store.log.append([newEvent('before', { userId: 'user-1' })]);
    await store.erasure.begin(erasureOf());
    await store.log.append([newEvent('after', { userId: 'user-1' })]);
    const again = await restart();
    const { erasedThrough } = await again.ledger.load('pl_1', ['u:user-1', 'u:user-2'], [ANN]);
    expect([...(erasedThrough ?? [])]).toEqual([
      ['u:user-1', 1],
      ['e:ann@example.com', 1],
    ]);
    expect(await again.erasure.unfinished()).toEqual([{ id: 'ers_1', sealed: 'sealed' }]);
    expect(await again.erasure.step('ers_1', erasureOf().person, NOW)).toBe(true);
    await again.steps.commit(
      newStep(0, 2, {
        erased: [1],
        verdicts: [{ seq: 1, integrationId: 'pi_1', state: 'filtered', code: 'ERASED' }],
      }),
    );
    expect(await again.erasure.step('ers_1', erasureOf().person, NOW)).toBe(false);
    const [before, after] = await again.log.read(0, 10);
    expect([before?.event.userId, after?.event.userId]).toEqual([undefined, 'user-1']);
    expect((await again.ledger.load('pl_1', ['u:user-1'], [])).erasedThrough?.size).toBe(0);
  });

  it('is forgotten itself when the retention is over: deletions, replays and tombstones', async () => {
    const { store } = current();
    await enqueue(store, [{}]);
    await erase(store, erasureOf());
    await store.erasure.finish('ers_1', NOW);
    await settle(store, await claimOne(store), [{ id: 2, to: 'delivered', code: 'DELIVERED' }]);
    await replay(store, 'rpl_1');
    await store.replays.finish('rpl_1', { state: 'done' }, NOW);
    const sweep = async (nowMs: number): Promise<void> => {
      while ((await store.upkeep.sweep(nowMs)).removed > 0);
    };
    await sweep(NOW + 30 * 86_400_000);
    expect((await store.reads.delivery(2))?.state).toBe('delivered');
    expect(await store.replays.get('rpl_1')).toBeDefined();
    await sweep(NOW + 30 * 86_400_000 + 1);
    expect(await store.reads.delivery(2)).toBeUndefined();
    expect(await store.replays.get('rpl_1')).toBeUndefined();
    expect(await store.erasure.get('ers_1')).toMatchObject({ state: 'done', events: 1 });
  });

  it('refuses a step that was computed before the erasure', async () => {
    const { store } = current();
    await store.log.append([newEvent('a')]);
    const configVersion = await store.config.version();
    await store.erasure.begin(erasureOf());
    expect(await store.steps.commit(newStep(0, 1, { jobs: [newJob(1)], configVersion }))).toBe(false);
  });

  it('ends a replay that was about the erased person', async () => {
    const { store } = current();
    await replay(store, 'rpl_1', { ...REPAIRABLE, email: ANN });
    await store.erasure.begin(erasureOf());
    expect(await store.replays.get('rpl_1')).toMatchObject({ state: 'cancelled', selection: { states: [] } });
  });
}
