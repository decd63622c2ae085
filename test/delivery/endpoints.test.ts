/** An account's two endpoints, each of which can be down by itself: what that stops and what goes on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Endpoint, Outcome } from '../../src/event/outcome.ts';
import { LANE } from '../store/samples.ts';
import { Fixture, LIMITS, OK, people, REFUSED } from './fixture.ts';

const DOWN: Outcome = { kind: 'retry', code: 'SERVER_ERROR', message: 'm' };
const UNKNOWN: Outcome = { kind: 'unknown', code: 'TIMED_OUT', message: 'm' };
const MOVED: Outcome = {
  kind: 'stop',
  scope: 'account',
  endpoint: 'tracking',
  code: 'WRONG_HOST',
  message: 'm',
};
const UNPAID: Outcome = { kind: 'stop', scope: 'account', code: 'ACCOUNT_UNPAID', message: 'm' };

let world: Fixture;
/** What is down at the moment. */
let down: Set<Endpoint>;
beforeEach(() => {
  world = new Fixture();
  down = new Set();
  world.template('it_1', {
    perform: ({ action }) => {
      if (action === 'record') return down.has('tracking') ? UNKNOWN : OK;
      return down.has('api') ? DOWN : OK;
    },
    probe: (endpoint) => (down.has(endpoint) ? DOWN : OK),
  });
});
afterEach(async () => {
  await world.stop();
  await world.store.close();
});

const stops = async () => (await world.store.queue.status(LANE, world.time.now())).stops;
const stop = async () => (await stops())[0];
const count = async (state: string) => (await world.states()).filter((text) => text.startsWith(state)).length;
const sent = (action: string): number => world.sent.filter((text) => text.startsWith(`${action} `)).length;
const others = (number: number): string[] => people(number).map((email) => `other-${email}`);

describe('events that do not arrive', () => {
  beforeEach(async () => {
    down.add('tracking');
    await world.enqueue('record', people(40));
    world.delivery.start();
    await world.pass(6_000);
    expect(await stop()).toMatchObject({ code: 'ACCOUNT_FAILING', endpoint: 'tracking' });
  });

  it('stop after the first failures, and updates go on at their whole pace', async () => {
    const left = sent('record');
    expect(left).toBeLessThanOrEqual(14);
    await world.enqueue('sync', others(20));
    await world.pass(5_000);
    expect(sent('sync')).toBe(20);
    expect(sent('record')).toBe(left);
    expect(await count('waiting')).toBe(40 - left);
  });

  it('go on within five seconds of the recovery, after a question that no event pays for', async () => {
    const left = sent('record');
    await world.pass(20_000);
    expect(sent('record')).toBe(left);
    expect(world.sent.filter((text) => text === 'probe it_1 tracking').length).toBeGreaterThanOrEqual(4);
    down.clear();
    await world.pass(5_000);
    expect(await stop()).toBeUndefined();
    expect(sent('record')).toBeGreaterThan(left);
    await world.pass(10_000);
    expect(await count('waiting')).toBe(0);
  });

  it('hold what is behind them of the same contact', async () => {
    await world.enqueue('sync', ['c39@example.com']);
    await world.pass(5_000);
    expect(sent('sync')).toBe(0);
    down.clear();
    await world.pass(15_000);
    expect(world.sent.indexOf('sync c39@example.com')).toBeGreaterThan(
      world.sent.indexOf('record c39@example.com'),
    );
  });

  it('do not outlive a restart as a stop of more than they are', async () => {
    await world.takeOver();
    await world.enqueue('sync', others(10));
    await world.pass(4_000);
    expect(sent('sync')).toBe(10);
    expect(await stop()).toMatchObject({ endpoint: 'tracking' });
  });
});

describe('updates that do not arrive', () => {
  it('stop by themselves, and events of other contacts go on', async () => {
    down.add('api');
    await world.enqueue('sync', people(40));
    world.delivery.start();
    await world.pass(6_000);
    expect(await stop()).toMatchObject({ code: 'ACCOUNT_FAILING', endpoint: 'api' });
    const left = sent('sync');
    await world.enqueue('record', others(20));
    await world.pass(5_000);
    expect(sent('record')).toBe(20);
    expect(sent('sync')).toBe(left);
    down.clear();
    await world.pass(20_000);
    expect(await count('delivered')).toBe(60);
  });
});

describe('both endpoints at once', () => {
  const stopped = async () => (await stops()).map(({ endpoint }) => endpoint);
  const asked = (endpoint: Endpoint): number =>
    world.sent.filter((text) => text === `probe it_1${endpoint === 'api' ? '' : ' tracking'}`).length;

  beforeEach(async () => {
    down = new Set<Endpoint>(['api', 'tracking']);
    await world.enqueue('sync', people(20));
    await world.enqueue('record', others(40));
    world.delivery.start();
    await world.pass(8_000);
    expect(await stopped()).toEqual(['api', 'tracking']);
  });

  it.each<[Endpoint, string, Endpoint]>([
    ['tracking', 'record', 'api'],
    ['api', 'sync', 'tracking'],
  ])(
    '%s goes on within five seconds of its recovery while the other stays down',
    async (mended, action, other) => {
      const left = sent(action);
      const leftOfOther = sent(action === 'sync' ? 'record' : 'sync');
      await world.pass(20_000);
      expect(sent(action)).toBe(left);
      down.delete(mended);
      await world.pass(5_000);
      expect(await stopped()).toEqual([other]);
      expect(sent(action)).toBeGreaterThan(left);
      expect(sent(action === 'sync' ? 'record' : 'sync')).toBe(leftOfOther);
    },
  );

  it('are asked each at its own pace, and nothing is looked for in between', async () => {
    const calls = counted(world);
    const before = { api: asked('api'), tracking: asked('tracking') };
    await world.pass(60_000);
    for (const endpoint of ['api', 'tracking'] as const) {
      expect(asked(endpoint) - before[endpoint]).toBeGreaterThanOrEqual(14);
      expect(asked(endpoint) - before[endpoint]).toBeLessThanOrEqual(16);
    }
    expect(calls).toMatchObject({ take: 0, nextLeaveMs: 0 });
    // One turn for each question, and one when it has ended.
    expect(calls.status).toBeLessThanOrEqual(64);
  });
});

/** How often delivery asked the store from now on. */
function counted({ store }: Fixture): { take: number; status: number; nextLeaveMs: number } {
  const { queue } = store;
  const calls = { take: 0, status: 0, nextLeaveMs: 0 };
  const { take, status, nextLeaveMs } = queue;
  queue.take = (...asked) => {
    calls.take += 1;
    return take.apply(queue, asked);
  };
  queue.status = (...asked) => {
    calls.status += 1;
    return status.apply(queue, asked);
  };
  queue.nextLeaveMs = (...asked) => {
    calls.nextLeaveMs += 1;
    return nextLeaveMs.apply(queue, asked);
  };
  return calls;
}

describe('an account with nothing but stopped work', () => {
  it.each<[string, string, Outcome]>([
    ['events of an endpoint that has to be mended', 'record', MOVED],
    ['an integration whose key is refused', 'sync', REFUSED],
    ['the whole account', 'sync', UNPAID],
  ])('is looked at no more often than it is asked: %s', async (_, action, outcome) => {
    world.template('it_1', { perform: () => outcome, probe: () => outcome });
    await world.enqueue(action, people(300));
    world.delivery.start();
    await world.pass(LIMITS.eagerProbingMs + 5_000);
    const calls = counted(world);
    const questions = world.sent.length;
    await world.pass(600_000);
    expect(world.sent.length - questions).toBeGreaterThanOrEqual(9);
    expect(world.sent.length - questions).toBeLessThanOrEqual(10);
    expect(calls.take).toBeLessThanOrEqual(2 * 20);
    expect(calls.status).toBeLessThanOrEqual(20);
  });
});

describe('an event that needs the API while that is down', () => {
  it('lets events that do not need it go first, at no cost', async () => {
    down.add('api');
    await world.enqueue('sync', people(15));
    world.delivery.start();
    await world.pass(5_000);
    expect(await stop()).toMatchObject({ endpoint: 'api' });
    needy(world);
    await world.enqueue('record', [...people(10).map((email) => `needy-${email}`), ...others(10)]);
    await world.pass(6_000);
    const states = new Map((await world.jobs()).map((job) => [job.contacts[0], job]));
    expect(others(10).map((email) => states.get(email)?.state)).toEqual(Array(10).fill('delivered'));
    expect(states.get('needy-c0@example.com')).toMatchObject({
      state: 'waiting',
      attempts: 0,
      code: 'ACCOUNT_FAILING',
    });
  });
});

/** Events of contacts whose address begins with `needy` make the contact known first, as a destination does. */
function needy({ targets }: Fixture): void {
  const target = targets.get('it_1');
  if (target === undefined) throw new Error('no target');
  targets.set('it_1', {
    ...target,
    perform: async (call) => {
      try {
        if (String(call.payload['email']).startsWith('needy')) await call.beforeSend('api');
      } catch {
        // What the gate throws is an outcome of the call, not an exception.
        return { exchanges: [], outcome: DOWN };
      }
      return target.perform(call);
    },
  });
}
