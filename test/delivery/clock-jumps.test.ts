/** A machine that slept, or whose clock was set forward, by more than a lease lasts. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Outcome } from '../../src/event/outcome.ts';
import { Fixture, OK } from './fixture.ts';

let world: Fixture;
beforeEach(() => {
  world = new Fixture({ leaseMs: 60_000 });
});
afterEach(async () => {
  await world.stop();
  await world.store.close();
});

/** The answer comes after the jump. */
async function jumpDuring(answer: () => Outcome): Promise<void> {
  world.template('it_1', {
    perform: async () => {
      if (world.sent.length > 1) return OK;
      await new Promise<void>((resolve) => void world.time.after(3_000, resolve));
      return answer();
    },
  });
  await world.enqueue('record', ['ann@example.com']);
  world.delivery.start();
  await world.pass(1_000);
  world.skewMs = 3_600_000;
  await world.pass(4_000);
}

it('keeps what became of a request that was under way', async () => {
  await jumpDuring(() => OK);
  expect(world.sent).toEqual(['record ann@example.com']);
  expect(await world.states()).toEqual(['delivered DELIVERED']);
});

it('keeps the pause that the answer to it told of', async () => {
  await jumpDuring(() => ({
    kind: 'pause',
    scope: 'account',
    untilMs: world.time.now() + world.skewMs + 20_000,
    code: 'RATE_LIMITED',
    message: 'Too many.',
  }));
  await world.pass(15_000);
  expect(world.sent).toEqual(['record ann@example.com']);
  await world.pass(10_000);
  expect(await world.states()).toEqual(['delivered DELIVERED']);
});
