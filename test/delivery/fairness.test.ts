/** What contacts that fail again and again cost the others, in requests on a virtual clock, and that each contact's own order holds. */
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/event/outcome.ts';
import { Fixture, LIMITS, OK, people } from './fixture.ts';

/** One that says nothing about the account as a whole. */
const FAILS: Outcome = { kind: 'retry', code: 'VENDOR_BUSY', message: 'm' };
const PER_SECOND = 50;
const WINDOW_MS = 2_500;

interface Beside {
  readonly poisoned: number;
  /** Requests of each try of one that fails. */
  readonly requests?: number;
  /** How long those that fail are alone, with nobody else to leave room for. */
  readonly aloneMs?: number;
}

/** Requests within the window while sound contacts wait all the time, beside so many that fail whenever they are tried and are always due. */
async function requestsBeside({
  poisoned,
  requests = 1,
  aloneMs = 0,
}: Beside): Promise<{ sound: number; retries: number }> {
  const world = new Fixture({
    limits: {
      ...LIMITS,
      requestsPerSecond: PER_SECOND,
      retry: { ...LIMITS.retry, maxAttempts: 1_000, baseMs: 1_000, capMs: 1_000 },
    },
  });
  const target = world.template('it_1');
  world.targets.set('it_1', {
    ...target,
    perform: async (call) => {
      const isPoisoned = String(call.payload['email']).startsWith('poison');
      for (let request = 1; isPoisoned && request < requests; request += 1) {
        await call.beforeSend('api');
        world.sent.push('sync poison');
      }
      const performed = await target.perform(call);
      return isPoisoned ? { ...performed, outcome: FAILS } : performed;
    },
  });
  await world.enqueue(
    'sync',
    people(poisoned).map((email) => `poison-${email}`),
  );
  await haveFailedOnce(world, poisoned);
  world.delivery.start();
  await world.pass(aloneMs);
  world.sent.length = 0;
  await world.enqueue('sync', people((PER_SECOND * WINDOW_MS) / 1_000));
  await world.pass(WINDOW_MS);
  const retries = world.sent.filter((text) => text.includes('poison')).length;
  const sound = world.sent.length - retries;
  await world.stop();
  await world.store.close();
  return { sound, retries };
}

/** The first `count` jobs come out of a hold at once: whatever is sent of them is a retry. */
async function haveFailedOnce({ store, time }: Fixture, count: number): Promise<void> {
  const leases = await store.queue.claim('before', time.now(), 1_000);
  for (const lease of leases)
    await store.queue.settle({
      lease,
      nowMs: time.now(),
      changes: Array.from({ length: count }, (_, index) => ({
        id: index + 1,
        to: 'waiting' as const,
        untilMs: time.now() + 1,
        counts: true,
        code: 'VENDOR_BUSY' as const,
      })),
      attempts: [],
    });
  await store.queue.release(leases);
}

describe('1,000 contacts that fail whenever they are tried', () => {
  it.each([
    ['', {}],
    [', of several requests a try', { requests: 4 }],
  ])('slow the others by no more than a fifth%s', async (_, manner) => {
    const alone = await requestsBeside({ poisoned: 0 });
    const beside = await requestsBeside({ poisoned: 1_000, ...manner });
    expect(alone.sound).toBeGreaterThan(0.9 * PER_SECOND * (WINDOW_MS / 1_000));
    expect(beside.retries).toBeGreaterThan(0);
    expect(beside.sound / alone.sound).toBeGreaterThanOrEqual(0.8);
  });

  it('keep their fifth although they had everything for a while', async () => {
    const { retries } = await requestsBeside({ poisoned: 200, aloneMs: 10_000 });
    expect(retries).toBeGreaterThanOrEqual(0.1 * PER_SECOND * (WINDOW_MS / 1_000));
  });
});

describe('two integrations of one account, one with much waiting', () => {
  /** What leaves within some seconds when the other one comes later, with little. */
  async function sent(action: string, much: number, little: number, durationMs: number): Promise<string[]> {
    const world = new Fixture();
    world.template('it_1');
    world.template('it_2');
    await world.enqueue(action, people(much));
    const others = people(little).map((email) => `other-${email}`);
    await world.enqueue(action, others, { templateId: 'it_2', integrationId: 'pi_2' });
    world.delivery.start();
    await world.pass(durationMs);
    await world.stop();
    await world.store.close();
    return world.sent.filter((text) => !text.startsWith('poll'));
  }

  it('take turns, one contact each', async () => {
    const left = await sent('sync', 100, 10, 6_000);
    expect(left.filter((text) => text.includes('other-'))).toHaveLength(10);
    expect(left.findLastIndex((text) => text.includes('other-'))).toBeLessThanOrEqual(2 * 10);
  });

  it('take turns with imports', async () => {
    const left = await sent('import', 490, 10, 3_000);
    expect(left.slice(0, 2)).toEqual(['import of 90', 'import of 10']);
  });

  it('take turns when the other has too few for an import of its own', async () => {
    const left = await sent('import', 490, 1, 3_000);
    expect(left.indexOf('import other-c0@example.com')).toBeLessThanOrEqual(2);
    expect(left.indexOf('import other-c0@example.com')).toBeGreaterThanOrEqual(0);
  });
});

describe('a contact whose first job fails for a while', () => {
  it('gets its jobs in their order, each once, while others overtake it', async () => {
    const world = new Fixture();
    let failures = 3;
    world.template('it_1', {
      perform: ({ payload }) => {
        if (payload['email'] !== 'slow@example.com' || failures === 0) return OK;
        failures -= 1;
        return FAILS;
      },
    });
    await world.enqueue('sync', ['slow@example.com', 'quick@example.com', 'slow@example.com']);
    await world.enqueue('record', ['slow@example.com']);
    world.delivery.start();
    await world.pass(120_000);
    const slow = 'slow@example.com';
    expect(world.sent).toEqual([
      `sync ${slow}`,
      'sync quick@example.com',
      `sync ${slow}`,
      `sync ${slow}`,
      `sync ${slow}`,
      `sync ${slow}`,
      `record ${slow}`,
    ]);
    await world.stop();
    await world.store.close();
  });
});
