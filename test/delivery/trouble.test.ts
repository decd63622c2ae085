/** What delivery does while the store fails: it asks again, now and then. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { install } from '../store/beginnings.ts';
import { Fixture, LIMITS, OK, people } from './fixture.ts';

let world: Fixture;
beforeEach(async () => {
  world = new Fixture();
  await install(world.store);
  world.template('it_1');
});
afterEach(async () => {
  await world.stop();
  await world.store.close();
});

it('an account with much waiting asks a store that fails twice a second, and goes on when it is mended', async () => {
  const { queue, ledger } = world.store;
  let isFull = true;
  let asked = 0;
  const full = new Proxy(queue, {
    get(target, name) {
      if (name === 'stillOpen' && isFull) {
        asked += 1;
        return () => Promise.reject(new Error('disk full'));
      }
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  await world.enqueue('sync', people(10));
  const limits = { ...LIMITS, requestsPerSecond: 1_000 };
  await world.takeOver({ store: { queue: full, ledger }, limits });
  await world.pass(10_000);
  expect(world.sent).toEqual([]);
  expect(asked).toBeGreaterThan(10);
  // Each time as many contacts as are worked side by side, at most.
  expect(asked).toBeLessThanOrEqual(21 * LIMITS.concurrency);
  isFull = false;
  await world.pass(20_000);
  expect(new Set(await world.states())).toEqual(new Set(['delivered DELIVERED']));
});

it('a request that the store kept waiting takes another slot in place of the one that passed', async () => {
  const sentAtMs: number[] = [];
  world.template('it_1', {
    perform: () => {
      sentAtMs.push(world.time.now());
      return OK;
    },
  });
  const { queue, ledger } = world.store;
  let looks = 0;
  const slow = new Proxy(queue, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      if (name !== 'stillOpen') return member.bind(target);
      return async (...given: unknown[]) => {
        looks += 1;
        // The second to look gets its answer 10 ms after the slot of another.
        if (looks === 2) await new Promise<void>((resolve) => void world.time.after(629, resolve));
        return member.apply(target, given);
      };
    },
  });
  await world.enqueue('sync', people(12));
  await world.takeOver({ store: { queue: slow, ledger } });
  await world.pass(10_000);
  expect(sentAtMs).toHaveLength(12);
  const gaps = sentAtMs.slice(1).map((atMs, index) => atMs - (sentAtMs[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThan(150);
});
