/** Batches under way while credentials change, integrations go, accounts move and processes end. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome, OutcomeCode } from '../../src/event/outcome.ts';
import { LANE } from '../store/samples.ts';
import { Fixture, LIMITS, OK, people, REFUSED } from './fixture.ts';

let world: Fixture;
beforeEach(async () => {
  world = new Fixture();
});
afterEach(async () => {
  await world.stop();
  await world.store.close();
});

const others = (count: number): string[] => people(count).map((email) => `other-${email}`);
const PENDING = { poll: () => ({ pending: true, outcomes: [] }) };
const templateStop = async () => (await world.store.queue.stopsOfTemplates()).get('it_1')?.code;

async function submitted(): Promise<void> {
  await world.enqueue('import', people(30));
  world.delivery.start();
  await world.pass(1_500);
  expect(new Set(await world.states())).toEqual(new Set(['submitted']));
}

describe('a batch under way', () => {
  it('is asked about with the newest credentials, and an answer to former ones stops nothing', async () => {
    world.template('it_1', {
      poll: () => {
        world.template('it_1');
        return { pending: true, outcomes: [REFUSED] };
      },
    });
    await submitted();
    await world.pass(20_000);
    expect(await templateStop()).toBeUndefined();
    expect(new Set(await world.states())).toEqual(new Set(['delivered DELIVERED']));
  });

  it('of an integration that is gone ends as cancelled, after a restart too', async () => {
    world.template('it_1', PENDING);
    await submitted();
    await world.stop();
    world.remove('it_1');
    await world.takeOver();
    await world.pass(20_000);
    expect(new Set(await world.states())).toEqual(new Set(['cancelled CANCELLED']));
  });

  it('of an integration that moved to another account is sent there singly; the former account is not asked', async () => {
    world.template('it_1', PENDING);
    await submitted();
    world.sent.length = 0;
    world.template('it_1', { perform: () => OK }, 'elsewhere.api-us1.com');
    await world.pass(30_000);
    expect(world.sent.filter((text) => text.startsWith('poll'))).toEqual([]);
    expect(new Set(await world.states())).toEqual(new Set(['delivered DELIVERED']));
  });

  it('is gone on with by the next owner even if the store failed at its first look', async () => {
    world.template('it_1', PENDING);
    await submitted();
    await world.stop();
    world.template('it_1');
    const { queue, ledger } = world.store;
    let failures = 2;
    const flaky = new Proxy(queue, {
      get(target, name) {
        if (name === 'submitted' && failures > 0) {
          failures -= 1;
          return () => Promise.reject(new Error('disk full'));
        }
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    await world.takeOver({ store: { queue: flaky, ledger } });
    await world.pass(20_000);
    expect(new Set(await world.states())).toEqual(new Set(['delivered DELIVERED']));
    expect(world.errors.map(String)).toEqual(['Error: disk full', 'Error: disk full']);
  });
});

describe('an import', () => {
  /** Imports of three contacts each. */
  beforeEach(() => {
    const target = world.template('it_1');
    const facts = target.action('import');
    const batch = facts?.batch;
    if (facts === undefined || batch === undefined) throw new Error('no batches');
    const heavy = { ...facts, batch: { ...batch, bytes: () => 30_000 } };
    world.targets.set('it_1', {
      ...target,
      action: (slug) => (slug === 'import' ? heavy : target.action(slug)),
    });
  });

  it('has no more bytes than one request may have; what is left goes by the next one', async () => {
    await world.enqueue('import', people(7));
    await world.enqueue('record', others(60));
    world.delivery.start();
    await world.pass(5_000);
    expect(world.sent.filter((text) => text.startsWith('import'))).toEqual([
      'import of 3',
      'import of 3',
      'import c6@example.com',
    ]);
  });

  it('counts in the account’s budget of requests too, like the questions about it', async () => {
    const imports = { ...LIMITS.imports, maxBatches: 100 };
    await world.takeOver({ limits: { ...LIMITS, bulkPerMinute: 6_000, imports } });
    await world.enqueue('import', people(200));
    await world.pass(5_000);
    expect(world.sent.length).toBeGreaterThan(15);
    expect(world.sent.length).toBeLessThanOrEqual(5 * LIMITS.requestsPerSecond);
  });
});

describe('an import whose answer does not come', () => {
  const unanswered = (code: OutcomeCode) => {
    let tries = 0;
    world.template('it_1', {
      submit: () => {
        tries += 1;
        return tries === 1
          ? { exchanges: [], outcomes: people(30).map(() => ({ kind: 'retry', code, message: 'no answer' })) }
          : TAKEN;
      },
    });
  };
  const TAKEN = { exchanges: [], outcomes: [], submitted: { batchId: 'batch-2', refused: new Map() } };

  it.each(['SERVER_ERROR', 'TIMED_OUT', 'RESPONSE_LOST', 'UNEXPECTED_RESPONSE'] as const)(
    'for %s may have been taken: nothing of its contacts leaves while it may be worked off',
    async (code) => {
      unanswered(code);
      await world.enqueue('import', people(30));
      await world.enqueue('sync', people(30));
      world.delivery.start();
      await world.pass(LIMITS.imports.uncertainMs - 1_000);
      expect(world.sent).toEqual(['import of 30']);
      await world.pass(60_000);
      expect(world.sent[1]).toBe('import of 30');
      expect(new Set(await world.states())).toEqual(new Set(['delivered DELIVERED']));
    },
  );

  it('and says when to come back may have been taken all the same', async () => {
    let isFirst = true;
    const outcome = (): Outcome => ({
      kind: 'pause',
      scope: 'account',
      code: 'SERVER_ERROR',
      message: 'm',
      untilMs: world.time.now() + 5_000,
    });
    world.template('it_1', {
      submit: () => {
        if (!isFirst) return TAKEN;
        isFirst = false;
        return { exchanges: [], outcomes: people(30).map(outcome) };
      },
    });
    await world.enqueue('import', people(30));
    world.delivery.start();
    await world.pass(LIMITS.imports.uncertainMs - 1_000);
    expect(world.sent).toEqual(['import of 30']);
    expect((await world.jobs()).every(({ attempts }) => attempts === 0)).toBe(true);
    await world.pass(60_000);
    expect(new Set(await world.states())).toEqual(new Set(['delivered DELIVERED']));
  });

  it('because it could not be sent goes again soon', async () => {
    unanswered('CONNECTION_FAILED');
    await world.enqueue('import', people(30));
    world.delivery.start();
    await world.pass(10_000);
    expect(world.sent.slice(0, 2)).toEqual(['import of 30', 'import of 30']);
  });

  it('because the process ended is waited for by the next one: that is written down before it leaves', async () => {
    let asked: ReturnType<Fixture['jobs']> | undefined;
    world.template('it_1', {
      submit: () => {
        asked = world.jobs();
        return TAKEN;
      },
    });
    await world.enqueue('import', people(30));
    world.delivery.start();
    await world.pass(1_500);
    const [job] = (await asked) ?? [];
    expect(job).toMatchObject({ state: 'waiting', code: 'CRASHED_WHILE_SENDING', attempts: 0 });
    expect((job?.nextAtMs ?? 0) - world.time.now()).toBeGreaterThan(LIMITS.imports.uncertainMs - 2_000);
  });
});

describe('an import that looks something up before it leaves', () => {
  it.each([
    ['withdraws consent', () => world.refuse('c7@example.com'), 'filtered CONSENT_WITHDRAWN'],
    ['is taken out', () => world.store.queue.cancel([8], world.time.now()), 'cancelled CANCELLED'],
  ])('goes without somebody who %s meanwhile', async (_what, leave, state) => {
    const target = world.template('it_1');
    let isFirst = true;
    world.targets.set('it_1', {
      ...target,
      consentCategories: ['marketing'],
      async performBatch(call) {
        await call.beforeSend('api');
        await new Promise<void>((resolve) => void world.time.after(2_000, resolve));
        if (isFirst) await leave();
        isFirst = false;
        return target.performBatch(call).catch(() => ({ exchanges: [], outcomes: [] }));
      },
    });
    await world.enqueue('import', people(30));
    world.delivery.start();
    await world.pass(20_000);
    expect(world.sent).not.toContain('import of 30');
    expect(world.sent).not.toContain('import c7@example.com');
    expect((await world.states())[7]).toBe(state);
    expect((await world.states()).filter((text) => text === 'delivered DELIVERED')).toHaveLength(29);
  });
});

describe('an import that leaves long after its slot came', () => {
  it('counts from then, so that no minute holds more than a hundred', async () => {
    const leftAtMs: number[] = [];
    const target = world.template('it_1');
    world.targets.set('it_1', {
      ...target,
      async performBatch(call) {
        const isFirst = leftAtMs.length === 0;
        if (isFirst) await new Promise<void>((resolve) => void world.time.after(5_000, resolve));
        const performed = await target.performBatch(call);
        leftAtMs.push(world.time.now());
        return performed;
      },
    });
    const imports = { ...LIMITS.imports, maxBatches: 1_000, busyPollMs: 3_000_000, maxPollMs: 3_000_000 };
    await world.takeOver({ limits: { ...LIMITS, takeForImport: 25, imports } });
    await world.enqueue('import', people(2_700));
    await world.pass(90_000);
    leftAtMs.sort((a, b) => a - b);
    expect(leftAtMs.length).toBeGreaterThan(105);
    for (const [index, atMs] of leftAtMs.entries())
      expect((leftAtMs[index + 100] ?? Number.POSITIVE_INFINITY) - atMs).toBeGreaterThan(60_000);
  });
});

describe('an import that waits for its slot', () => {
  it('goes without somebody who withdraws consent meanwhile', async () => {
    world.template('it_1');
    const target = world.targets.get('it_1');
    if (target !== undefined) world.targets.set('it_1', { ...target, consentCategories: ['marketing'] });
    await world.takeOver({ limits: { ...LIMITS, requestsPerSecond: 0.1 } });
    await world.enqueue('sync', ['first@example.com']);
    await world.pass(1_000);
    await world.enqueue('import', people(30));
    await world.pass(4_000);
    expect(world.sent).toEqual(['sync first@example.com']);
    await world.refuse('c7@example.com');
    await world.pass(20_000);
    expect(world.sent).toContain('import of 29');
    expect((await world.states())[8]).toBe('filtered CONSENT_WITHDRAWN');
  });
});

describe('an import that is refused at the door because the account was paused meanwhile', () => {
  it('is none that may be under way: its contacts wait for the account only', async () => {
    let pauses = 1;
    const target = world.template('it_1', {
      perform: () =>
        pauses-- > 0
          ? {
              kind: 'pause',
              scope: 'account',
              untilMs: world.time.now() + 10_000,
              code: 'RATE_LIMITED',
              message: 'Too many.',
            }
          : OK,
    });
    world.targets.set('it_1', {
      ...target,
      async performBatch(call) {
        await new Promise<void>((resolve) => void world.time.after(2_000, resolve));
        return target.performBatch(call).catch(() => ({ exchanges: [], outcomes: [] }));
      },
    });
    await world.enqueue('import', people(30));
    await world.enqueue('record', ['other@example.com']);
    world.delivery.start();
    await world.pass(5_000);
    expect(world.sent).toEqual(['record other@example.com']);
    expect(new Set(await world.states())).toEqual(new Set(['waiting RATE_LIMITED']));
    await world.pass(15_000);
    expect(world.sent).toContain('import of 30');
  });
});

describe('a stop of the process', () => {
  it('waits for no slot, however slow the account’s pace', async () => {
    world.template('it_1');
    await world.takeOver({ limits: { ...LIMITS, requestsPerSecond: 0.001 } });
    await world.enqueue('sync', people(4));
    await world.pass(2_000);
    const began = world.time.now();
    await world.stop();
    expect(world.time.now() - began).toBeLessThan(1_000);
    expect(world.sent).toEqual(['sync c0@example.com']);
    expect((await world.store.queue.status(LANE, world.time.now())).waiting).toBe(3);
  });
});
