/** What stops an account or an integration, what lifts it, and what it costs the others. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/event/outcome.ts';
import { LANE } from '../store/samples.ts';
import { Fixture, LIMITS, OK, people, REFUSED } from './fixture.ts';

const RETRY: Outcome = { kind: 'retry', code: 'SERVER_ERROR', message: 'm' };
const UNKNOWN: Outcome & { readonly kind: 'unknown' } = { kind: 'unknown', code: 'TIMED_OUT', message: 'm' };
const EMPTY_403: Outcome = { kind: 'retry', code: 'FORBIDDEN_EMPTY', message: 'm' };
const NAMELESS: Outcome = { kind: 'stop', scope: 'account', code: 'DNS_FAILED', message: 'm' };
const UNPAID: Outcome = { kind: 'stop', scope: 'account', code: 'ACCOUNT_UNPAID', message: 'm' };

let world: Fixture;
beforeEach(() => {
  world = new Fixture();
});
afterEach(async () => {
  await world.stop();
  await world.store.close();
});

const stopOf = async () => (await world.store.queue.status(LANE, world.time.now())).stops[0]?.code;
const templateStop = async (id = 'it_1') => (await world.store.queue.stopsOfTemplates()).get(id)?.code;
const probes = (): number => world.sent.filter((text) => text.startsWith('probe')).length;

describe('an account that is down', () => {
  it('is stopped too when nobody can know whether its events arrived; those that left are held, the others wait', async () => {
    world.template('it_1', { perform: () => UNKNOWN, probe: () => RETRY });
    await world.enqueue('record', people(40));
    world.delivery.start();
    await world.pass(20_000);
    expect(await stopOf()).toBe('ACCOUNT_FAILING');
    const states = await world.states();
    expect(states.filter((state) => state.startsWith('held')).length).toBeLessThanOrEqual(14);
    expect(states.filter((state) => state === 'waiting').length).toBeGreaterThanOrEqual(26);
  });
});

describe('an account that says when to come back beside an answer of which nobody can know what it did', () => {
  const AGAIN_MS = 30_000;

  it('is left alone so long', async () => {
    let told = 0;
    world.template('it_1', {
      perform: () => {
        told = world.time.now() + AGAIN_MS;
        return { ...UNKNOWN, pauseUntilMs: told };
      },
    });
    await world.enqueue('record', people(6));
    world.delivery.start();
    await world.pass(5_000);
    const left = world.sent.length;
    expect((await world.states()).filter((state) => state === 'held TIMED_OUT')).toHaveLength(left);
    expect((await world.store.queue.status(LANE, world.time.now())).notBeforeMs).toBe(told);
    await world.pass(AGAIN_MS - 6_000);
    expect(world.sent).toHaveLength(left);
    await world.pass(5_000);
    expect(world.sent.length).toBeGreaterThan(left);
  });

  it('keeps its word when it is stopped by the same answers', async () => {
    let told = 0;
    world.template('it_1', {
      perform: () => {
        told = world.time.now() + 120_000;
        return { ...RETRY, kind: 'pause', scope: 'account', untilMs: told };
      },
      probe: () => RETRY,
    });
    await world.takeOver({ limits: { ...LIMITS, concurrency: 20, requestsPerSecond: 100 } });
    const slow = world.targets.get('it_1');
    if (slow === undefined) throw new Error('no target');
    world.targets.set('it_1', {
      ...slow,
      perform: async (call) => {
        const performed = await slow.perform(call);
        await new Promise<void>((resolve) => void world.time.after(1_000, resolve));
        return performed;
      },
    });
    await world.enqueue('sync', people(20));
    await world.pass(60_000);
    expect(await stopOf()).toBe('ACCOUNT_FAILING');
    expect((await world.store.queue.status(LANE, world.time.now())).notBeforeMs).toBe(told);
    expect(probes()).toBe(0);
    expect((await world.jobs()).every(({ attempts }) => attempts === 0)).toBe(true);
  });
});

describe('three empty refusals', () => {
  it('stop the integration although its events, which go with another key, arrive in between', async () => {
    world.template('it_1', { perform: ({ action }) => (action === 'sync' ? EMPTY_403 : OK) });
    await world.enqueue('sync', people(1));
    world.delivery.start();
    for (let round = 0; round < 60 && (await templateStop()) === undefined; round += 1) {
      await world.enqueue('record', [`other${round}@example.com`]);
      await world.pass(1_500);
    }
    expect(await templateStop()).toBe('CREDENTIALS_REFUSED');
    expect((await world.jobs())[0]?.attempts).toBeLessThan(4);
  });
});

describe('an answer to credentials of before', () => {
  it.each<[string, string, Outcome]>([
    ['the integration', 'sync', REFUSED],
    ['the events', 'record', { ...REFUSED, scope: 'account', endpoint: 'tracking' }],
  ])('does not stop %s whose credentials were changed meanwhile', async (_, action, refused) => {
    const old = world.template('it_1', {
      perform: () => {
        world.template('it_1');
        return refused;
      },
    });
    await world.enqueue(action, people(1));
    world.delivery.start();
    await world.pass(3_000);
    expect(world.targets.get('it_1')).not.toBe(old);
    expect(await templateStop()).toBeUndefined();
    expect(await stopOf()).toBeUndefined();
    expect(await world.states()).toEqual(['delivered DELIVERED']);
  });

  it('is not asked for by the next job of a contact', async () => {
    world.template('it_1', {
      perform: () => {
        world.template('it_1', { perform: () => OK });
        return OK;
      },
    });
    const first = world.targets.get('it_1');
    let oldCalls = 0;
    if (first !== undefined)
      world.targets.set('it_1', {
        ...first,
        perform: (call) => {
          oldCalls += 1;
          return first.perform(call);
        },
      });
    await world.enqueue('sync', ['a@example.com', 'a@example.com', 'a@example.com']);
    world.delivery.start();
    await world.pass(5_000);
    expect(await world.states()).toEqual(Array(3).fill('delivered DELIVERED'));
    expect(oldCalls).toBe(1);
  });
});

describe('a stopped account', () => {
  async function stopped(probe: () => Outcome): Promise<void> {
    let isFirst = true;
    world.template('it_1', {
      perform: () => {
        const outcome = isFirst ? UNPAID : OK;
        isFirst = false;
        return outcome;
      },
      probe,
    });
    await world.enqueue('sync', people(1));
    world.delivery.start();
    await world.pass(2_000);
    expect(await stopOf()).toBe('ACCOUNT_UNPAID');
  }

  it('is asked every four seconds at first, so that it goes on within five of being mended', async () => {
    let answer: Outcome = UNPAID;
    await stopped(() => answer);
    await world.pass(10_000);
    answer = OK;
    await world.pass(5_000);
    expect(await stopOf()).toBeUndefined();
    expect(await world.states()).toEqual(['delivered DELIVERED']);
  });

  it('is asked every minute later', async () => {
    await stopped(() => UNPAID);
    await world.pass(LIMITS.eagerProbingMs);
    const before = probes();
    expect(before).toBeLessThanOrEqual(LIMITS.eagerProbingMs / LIMITS.failingProbeMs + 1);
    await world.pass(59_000 * 3 + 5_000);
    expect(probes() - before).toBeGreaterThanOrEqual(2);
    expect(probes() - before).toBeLessThanOrEqual(3);
  });

  it('is asked every four seconds, however long, when its name does not resolve', async () => {
    world.template('it_1', { perform: () => NAMELESS, probe: () => NAMELESS });
    await world.enqueue('sync', people(1));
    world.delivery.start();
    await world.pass(LIMITS.eagerProbingMs + 60_000);
    world.template('it_1');
    await world.pass(5_000);
    expect(await world.states()).toEqual(['delivered DELIVERED']);
  });

  it('is asked at once when credentials were saved', async () => {
    let answer: Outcome = UNPAID;
    await stopped(() => answer);
    await world.pass(LIMITS.eagerProbingMs + 10_000);
    const before = probes();
    await world.pass(10_000);
    expect(probes()).toBe(before);
    answer = OK;
    world.delivery.probe();
    await world.pass(2_000);
    expect(probes()).toBe(before + 1);
    expect(await stopOf()).toBeUndefined();
    expect(await world.states()).toEqual(['delivered DELIVERED']);
  });

  it('goes on when it answers at all, even if the key that asks is refused without a word', async () => {
    await stopped(() => EMPTY_403);
    await world.pass(70_000);
    expect(await stopOf()).toBeUndefined();
  });

  it('is not asked before the pause is over that it was told, and a pause told to the probe holds', async () => {
    await stopped(() => ({
      kind: 'pause',
      scope: 'account',
      untilMs: world.time.now() + 300_000,
      code: 'RATE_LIMITED',
      message: 'm',
    }));
    await world.pass(65_000);
    expect(probes()).toBe(1);
    expect((await world.store.queue.status(LANE, world.time.now())).notBeforeMs).toBeGreaterThan(
      world.time.now() + 200_000,
    );
    await world.pass(200_000);
    expect(probes()).toBe(1);
  });

  it('that no integration names any more lets what is left there go to the newest address', async () => {
    await stopped(() => UNPAID);
    world.template('it_1', {}, 'elsewhere.api-us1.com');
    // Nothing hints at it here, as a changed configuration would: the next look, which is when it is asked, finds it.
    await world.pass(LIMITS.probeMs);
    expect(await stopOf()).toBeUndefined();
    expect(await world.states()).toEqual(['delivered DELIVERED']);
  });
});

describe('a stopped integration', () => {
  it('is not asked while its account must be left alone', async () => {
    let isTold = false;
    world.template('it_1', { perform: () => REFUSED, probe: () => REFUSED });
    world.template('it_2', {
      perform: () => {
        isTold = true;
        return {
          kind: 'pause',
          scope: 'account',
          untilMs: world.time.now() + 200_000,
          code: 'VENDOR_BUSY',
          message: 'm',
        };
      },
    });
    await world.enqueue('sync', ['a@example.com']);
    world.delivery.start();
    await world.pass(2_000);
    expect(await templateStop()).toBe('CREDENTIALS_REFUSED');
    await world.enqueue('sync', ['b@example.com'], { templateId: 'it_2', integrationId: 'pi_2' });
    await world.pass(2_000);
    expect(isTold).toBe(true);
    const before = probes();
    await world.pass(150_000);
    expect(probes()).toBe(before);
  });
});
