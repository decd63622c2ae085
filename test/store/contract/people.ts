/** Claims about finding persons. */
import { expect, it } from 'vitest';
import type { ConsentSubject } from '../../../src/store/ports/ledger.ts';
import type { LinkWrite } from '../../../src/store/ports/steps.ts';
import type { Store } from '../../../src/store/store.ts';
import type { Current } from '../contract.ts';
import { address, newEvent, newPipeline, newStep, START_MS } from '../samples.ts';

const ANN = address('ann@example.com');
const MINUTE_MS = 60_000;

/** Ann with a user id and two devices; a visitor without an address; a device that somebody else took over. */
async function fill(store: Store): Promise<void> {
  await store.config.putPipeline(newPipeline('pl_1'));
  await store.config.putPipeline(newPipeline('pl_2'));
  await store.log.append([
    newEvent('m1'),
    { ...newEvent('m2', { userId: 'visitor', anonymousId: 'device-3' }), receivedAtMs: START_MS + MINUTE_MS },
    {
      ...newEvent('m3', { type: 'page', userId: 'user-1', anonymousId: 'device-1' }),
      receivedAtMs: START_MS + 2 * MINUTE_MS,
    },
  ]);
  const decision = (granted: boolean, minute: number) => ({ granted, atMs: START_MS + minute * MINUTE_MS });
  await store.steps.commit(
    newStep(0, 3, {
      links: [
        { pipelineId: 'pl_1', key: 'u:user-1', link: { email: ANN, seq: 1 } },
        { pipelineId: 'pl_1', key: 'a:device-1', link: { email: ANN, userId: 'user-1', seq: 1 } },
        { pipelineId: 'pl_1', key: 'a:device-2', link: { email: ANN, seq: 1 } },
        { pipelineId: 'pl_1', key: 'a:device-4', link: { userId: 'user-9', seq: 1 } },
        { pipelineId: 'pl_2', key: 'u:user-1', link: { email: ANN, seq: 2 } },
      ],
      decisions: [
        {
          pipelineId: 'pl_1',
          subject: 'u:user-1',
          decisions: { marketing: decision(true, 0) },
          seq: 1,
        },
        {
          pipelineId: 'pl_1',
          subject: `e:${ANN}`,
          decisions: { marketing: decision(false, 2) },
          seq: 3,
        },
        {
          pipelineId: 'pl_1',
          subject: 'a:device-2',
          decisions: { analytics: decision(true, 1) },
          seq: 99,
        },
        {
          pipelineId: 'pl_2',
          subject: 'a:decided',
          decisions: { marketing: decision(true, 1) },
          seq: 2,
        },
      ],
    }),
  );
}

type Said = readonly [subjects: readonly ConsentSubject[], granted: boolean, minute: number];

/** One event after the other, each with what it says about marketing; user-1 and device-1 are Ann's from the third on. */
async function decide(store: Store, all: readonly Said[]): Promise<void> {
  await store.config.putPipeline(newPipeline('pl_1'));
  for (const [index, [subjects, granted, minute]] of all.entries()) {
    const context = { library: { name: 'datafly.js' }, page: { url: 'https://shop/x' } };
    await store.log.append([newEvent(`m${index}`, { context })]);
    const links: readonly LinkWrite[] =
      index === 2
        ? (['u:user-1', 'a:device-1'] as const).map((key) => ({
            pipelineId: 'pl_1',
            key,
            link: { email: ANN, seq: index + 1 },
          }))
        : [];
    const decision = { granted, atMs: START_MS + minute * MINUTE_MS };
    const decisions = subjects.map((subject) => ({
      pipelineId: 'pl_1',
      subject,
      decisions: { marketing: decision },
      seq: index + 1,
    }));
    await store.steps.commit(newStep(index, index + 1, { links, decisions }));
  }
}

export function peopleClaims(current: Current): void {
  const ANN_IN_1 = {
    pipelineId: 'pl_1',
    subject: `e:${ANN}`,
    email: ANN,
    userIds: ['user-1'],
    anonymousIds: ['device-1', 'device-2'],
    lastSeenAtMs: START_MS + 2 * MINUTE_MS,
  };
  const ANN_IN_2 = {
    pipelineId: 'pl_2',
    subject: `e:${ANN}`,
    email: ANN,
    userIds: ['user-1'],
    anonymousIds: [],
  };

  it.each<[string, string, readonly object[]]>([
    ['an address, in any letter case', ' ANN@example.com', [ANN_IN_1, ANN_IN_2]],
    ['a user id', 'user-1', [ANN_IN_1, ANN_IN_2]],
    ['a device', 'device-2', [ANN_IN_1]],
    [
      'the id of a visitor without an address',
      'visitor',
      [
        {
          pipelineId: 'pl_1',
          subject: 'u:visitor',
          userIds: ['visitor'],
          anonymousIds: [],
          lastSeenAtMs: START_MS + MINUTE_MS,
        },
      ],
    ],
    [
      'a device that somebody took over whose address is not known',
      'device-4',
      [{ pipelineId: 'pl_1', subject: 'a:device-4', userIds: ['user-9'], anonymousIds: ['device-4'] }],
    ],
    [
      'an id of which only a decision is known',
      'decided',
      [{ pipelineId: 'pl_2', subject: 'a:decided', userIds: [], anonymousIds: ['decided'] }],
    ],
    ['nobody', 'nobody', []],
    ['a part of an address', 'ann', []],
    ['nothing', '', []],
  ])('finds who has %s', async (_, query, expected) => {
    const { store } = current();
    await fill(store);
    expect(await store.reads.findPeople(query)).toEqual(expected);
  });

  it('shows the newest decision of each id of a person, newest first', async () => {
    const { store } = current();
    await fill(store);
    const [first, , third] = await store.log.readMany([1, 2, 3]);
    const person = await store.reads.person('pl_1', 'u:user-1');
    expect(person).toEqual({
      ...ANN_IN_1,
      consentHistory: expect.any(Array),
      consent: [
        {
          category: 'marketing',
          granted: false,
          atMs: START_MS + 2 * MINUTE_MS,
          subject: `e:${ANN}`,
          eventId: third?.id,
        },
        { category: 'analytics', granted: true, atMs: START_MS + MINUTE_MS, subject: 'a:device-2' },
        { category: 'marketing', granted: true, atMs: START_MS, subject: 'u:user-1', eventId: first?.id },
      ],
    });
    expect(await store.reads.person('pl_1', `e:${ANN}`)).toEqual(person);
  });

  it('tells how consent changed, newest first, each change once for all ids it was said under', async () => {
    const { store } = current();
    await decide(store, [
      [['a:device-1'], true, 0],
      [['a:device-1'], true, 1],
      [['u:user-1', 'a:device-1', `e:${ANN}`], true, 2],
      [['u:user-1', `e:${ANN}`], false, 3],
      [['u:user-1', `e:${ANN}`], false, 4],
      [['u:user-1', 'a:device-1', `e:${ANN}`], true, 5],
      [['u:user-1'], false, 1],
    ]);
    const ids = (await store.log.readMany([1, 3, 4, 6])).map((event) => event?.id ?? '');
    const person = await store.reads.person('pl_1', 'a:device-1');
    expect(
      person?.consentHistory.map(({ granted, atMs, subjects, event }) => [
        ids.indexOf(event?.id ?? ''),
        granted,
        (atMs - START_MS) / MINUTE_MS,
        subjects,
      ]),
    ).toEqual([
      [3, true, 5, [`e:${ANN}`, 'u:user-1']],
      [2, false, 3, [`e:${ANN}`, 'u:user-1']],
      [1, true, 2, [`e:${ANN}`, 'u:user-1']],
      [0, true, 0, ['a:device-1']],
    ]);
    expect(person?.consentHistory[0]).toMatchObject({
      category: 'marketing',
      event: { type: 'track', name: 'Order Completed', library: 'datafly.js', page: 'https://shop/x' },
    });
  });

  it('keeps at most the newest hundred changes in sight', async () => {
    const { store } = current();
    await decide(
      store,
      Array.from({ length: 120 }, (_, minute) => [['u:user-1'], minute % 2 === 0, minute]),
    );
    const history = (await store.reads.person('pl_1', 'u:user-1'))?.consentHistory ?? [];
    expect(history).toHaveLength(100);
    expect(history[0]?.atMs).toBe(START_MS + 119 * MINUTE_MS);
  });

  it('forgets changes that were replaced before the retention, and never what holds', async () => {
    const { store, setTime } = current();
    setTime(START_MS);
    await decide(store, [
      [['u:user-1'], true, 0],
      [['u:user-1'], false, 1],
      [['u:user-1'], true, 2],
    ]);
    const history = async () =>
      ((await store.reads.person('pl_1', 'u:user-1'))?.consentHistory ?? []).map(({ granted, event }) => [
        granted,
        event !== undefined,
      ]);
    const dayMs = 86_400_000;
    await store.upkeep.sweep(START_MS + 29 * dayMs);
    expect(await history()).toHaveLength(3);
    await store.upkeep.sweep(START_MS + 31 * dayMs);
    expect(await history()).toEqual([[true, false]]);
  });

  it('knows nobody in another pipeline', async () => {
    const { store } = current();
    await fill(store);
    expect(await store.reads.person('pl_2', 'a:device-1')).toBeUndefined();
    expect(await store.reads.person('pl_9', `e:${ANN}`)).toBeUndefined();
    expect((await store.reads.person('pl_2', `e:${ANN}`))?.consent).toEqual([]);
  });
}
