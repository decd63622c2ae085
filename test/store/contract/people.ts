/** Claims about finding persons. */
import { expect, it } from 'vitest';
import type { Store } from '../../../src/store/port.ts';
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
          category: 'marketing',
          decision: decision(true, 0),
          seq: 1,
        },
        {
          pipelineId: 'pl_1',
          subject: `e:${ANN}`,
          category: 'marketing',
          decision: decision(false, 2),
          seq: 3,
        },
        {
          pipelineId: 'pl_1',
          subject: 'a:device-2',
          category: 'analytics',
          decision: decision(true, 1),
          seq: 99,
        },
        {
          pipelineId: 'pl_2',
          subject: 'a:decided',
          category: 'marketing',
          decision: decision(true, 1),
          seq: 2,
        },
      ],
    }),
  );
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

  it('knows nobody in another pipeline', async () => {
    const { store } = current();
    await fill(store);
    expect(await store.reads.person('pl_2', 'a:device-1')).toBeUndefined();
    expect(await store.reads.person('pl_9', `e:${ANN}`)).toBeUndefined();
    expect((await store.reads.person('pl_2', `e:${ANN}`))?.consent).toEqual([]);
  });
}
