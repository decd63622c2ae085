/** Tries that are closed before their request left, and chains whose integration changes while they are worked. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/event/outcome.ts';
import { install } from '../store/beginnings.ts';
import { newIntegration } from '../store/samples.ts';
import { Fixture, OK } from './fixture.ts';

const ANN = 'ann@example.com';

let world: Fixture;
beforeEach(async () => {
  world = new Fixture();
  await install(world.store);
});
afterEach(async () => {
  await world.stop();
  await world.store.close();
});

const isEnabled = (enabled: boolean) =>
  world.store.config.putIntegration(newIntegration('pi_1', { enabled, updatedAtMs: world.time.now() }));

describe('an integration that is switched off while a contact’s jobs leave one after the other', () => {
  it('sends none of them any more; they go on when it is switched on again', async () => {
    let calls = 0;
    world.template('it_1', {
      perform: async () => {
        calls += 1;
        if (calls === 1) await isEnabled(false);
        return OK;
      },
    });
    await world.enqueue('sync', [ANN, ANN, ANN]);
    world.delivery.start();
    await world.pass(5_000);
    expect(await world.states()).toEqual(['delivered DELIVERED', 'waiting', 'waiting']);
    expect(world.sent).toHaveLength(1);
    await isEnabled(true);
    world.delivery.wake();
    await world.pass(5_000);
    expect(await world.states()).toEqual(Array(3).fill('delivered DELIVERED'));
  });
});

describe('a job that is cancelled when it is about to be marked as sending', () => {
  it('is not sent, and what is on its way meanwhile is settled as it turns out', async () => {
    world.template('it_1', {
      perform: async ({ payload }) => {
        if (payload['email'] === ANN)
          await new Promise<void>((resolve) => void world.time.after(4_000, resolve));
        return OK;
      },
    });
    await world.enqueue('record', [ANN, 'bob@example.com', 'eve@example.com']);
    const { queue } = world.store;
    const { markSending } = queue;
    queue.markSending = async (lease, ids) => {
      if (ids.includes(2)) await queue.cancel([2], world.time.now());
      return markSending.call(queue, lease, ids);
    };
    world.delivery.start();
    await world.pass(20_000);
    expect(world.sent).toEqual([`record ${ANN}`, 'record eve@example.com']);
    expect(await world.states()).toEqual([
      'delivered DELIVERED',
      'cancelled CANCELLED',
      'delivered DELIVERED',
    ]);
  });
});

describe('a try of two requests', () => {
  /** The first leaves; before the second, something happens. */
  function twoRequests(between: () => Promise<void> | void): void {
    const target = world.template('it_1');
    const exchange = { method: 'GET', url: 'https://acme.example/lookup', status: 200 };
    world.targets.set('it_1', {
      ...target,
      consentCategories: ['marketing'],
      perform: async (call) => {
        const sent = [];
        try {
          for (const step of [0, 1]) {
            await call.beforeSend('tracking');
            if (step === 0) await between();
            sent.push(exchange);
          }
        } catch {
          return { exchanges: sent, outcome: { kind: 'retry', code: 'INTERNAL_ERROR', message: 'not sent' } };
        }
        return { exchanges: sent, outcome: OK };
      },
    });
  }

  async function refuse(): Promise<void> {
    const seq = await world.store.log.head();
    await world.store.steps.commit({
      from: seq,
      through: seq,
      links: [],
      decisions: [
        {
          pipelineId: 'pl_1',
          subject: `e:${ANN}`,
          decisions: { marketing: { granted: false, atMs: world.time.now() } },
          seq,
        },
      ],
      verdicts: [],
      park: [],
      unpark: [],
      jobs: [],
    });
  }

  const attempts = async () => (await world.store.reads.delivery(1))?.tries ?? [];
  const tries = async () =>
    (await attempts()).map(({ code, exchanges }) => [code, exchanges.length] as const);

  it('whose person withdraws in between is put back for that reason, with what was asked, and filtered', async () => {
    twoRequests(refuse);
    await world.enqueue('record', [ANN]);
    world.delivery.start();
    await world.pass(5_000);
    expect(await world.states()).toEqual(['filtered CONSENT_WITHDRAWN']);
    expect(await tries()).toEqual([['CONSENT_WITHDRAWN', 1]]);
  });

  it('whose account is paused in between says by what', async () => {
    let isFirst = true;
    const pauses: Outcome[] = [
      {
        kind: 'pause',
        scope: 'account',
        untilMs: world.time.now() + 60_000,
        code: 'VENDOR_BUSY',
        message: 'm',
      },
    ];
    world.template('it_2', { perform: () => pauses.pop() ?? OK });
    twoRequests(async () => {
      if (!isFirst) return;
      isFirst = false;
      await world.enqueue('sync', ['bob@example.com'], { templateId: 'it_2', integrationId: 'pi_2' });
      world.delivery.wake();
      await world.pass(1_000);
    });
    const target = world.targets.get('it_1');
    if (target !== undefined) world.targets.set('it_1', { ...target, consentCategories: [] });
    await world.enqueue('record', [ANN]);
    world.delivery.start();
    await world.pass(3_000);
    expect(await tries()).toEqual([['VENDOR_BUSY', 1]]);
    expect((await world.jobs()).map(({ state, attempts: counted }) => [state, counted])).toEqual([
      ['waiting', 0],
      ['waiting', 0],
    ]);
    await world.pass(70_000);
    expect((await world.states())[0]).toBe('delivered DELIVERED');
  });
});
