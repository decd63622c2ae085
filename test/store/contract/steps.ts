/** Claims about committing a step of processing. */
import { expect, it } from 'vitest';
import type { ParkWrite, Verdict } from '../../../src/store/ports/steps.ts';
import type { Store } from '../../../src/store/store.ts';
import { install } from '../beginnings.ts';
import type { Current } from '../contract.ts';
import { address, newEvent, newJob, newStep, newTemplate, newVerdict, START_MS } from '../samples.ts';

const ANN = address('ann@example.com');

function parked(seq: number, change: Partial<ParkWrite> = {}): ParkWrite {
  return {
    pipelineId: 'pl_1',
    key: 'a:1',
    seq,
    expiresAtMs: START_MS + seq,
    integrationIds: ['pi_1'],
    ...change,
  };
}

async function append(store: Store, count: number): Promise<void> {
  const head = await store.log.head();
  await store.log.append(Array.from({ length: count }, (_, index) => newEvent(`m${head + index}`)));
}

async function verdictsOf(store: Store, seq: number): Promise<readonly Verdict[]> {
  const [event] = await store.log.readMany([seq]);
  return (await store.reads.event(event?.id ?? ''))?.verdicts ?? [];
}

async function parkedSeqs(store: Store): Promise<readonly number[]> {
  const { parked: found } = await store.ledger.load('pl_1', ['a:1'], []);
  return (found.get('a:1') ?? []).map(({ seq }) => seq);
}

export function stepClaims(current: Current): void {
  it('moves the cursor and keeps it over a restart', async () => {
    const { store, restart } = current();
    await append(store, 3);
    expect(await store.steps.cursor()).toBe(0);
    expect(await store.steps.commit(newStep(0, 2))).toBe(true);
    expect(await (await restart()).steps.cursor()).toBe(2);
  });

  it('from a stale cursor changes nothing at all', async () => {
    const { store } = current();
    await append(store, 2);
    await store.steps.commit(newStep(0, 1));
    const stale = newStep(0, 2, {
      links: [{ pipelineId: 'pl_1', key: 'u:1', link: { email: ANN, seq: 2 } }],
      decisions: [
        {
          pipelineId: 'pl_1',
          subject: 'u:1',
          decisions: { marketing: { granted: true, atMs: 1 } },
          seq: 2,
        },
      ],
      verdicts: [newVerdict(2)],
      park: [parked(2)],
      jobs: [newJob(2)],
    });
    expect(await store.steps.commit(stale)).toBe(false);
    expect(await store.steps.cursor()).toBe(1);
    const { links, decisions, parked: waiting } = await store.ledger.load('pl_1', ['u:1', 'a:1'], []);
    expect(links.size + decisions.size + waiting.size).toBe(0);
    expect((await store.reads.deliveries({}, 10)).data).toEqual([]);
    expect(await verdictsOf(store, 2)).toEqual([]);
  });

  it('of two steps from one cursor, made in one turn, exactly one counts', async () => {
    const { store } = current();
    await append(store, 1);
    const both = await Promise.all([
      store.steps.commit(newStep(0, 1, { jobs: [newJob(1)] })),
      store.steps.commit(newStep(0, 1, { jobs: [newJob(1, { rule: 'other' })] })),
    ]);
    expect(both).toEqual([true, false]);
    expect((await store.reads.deliveries({}, 10)).data.map(({ rule }) => rule)).toEqual(['contact']);
  });

  it('computed with a configuration that is not the present one changes nothing', async () => {
    const { store } = current();
    await append(store, 1);
    const configVersion = await store.config.version();
    await store.config.putTemplate(newTemplate('it_1'));
    expect(await store.steps.commit(newStep(0, 1, { configVersion }))).toBe(false);
    expect(await store.steps.cursor()).toBe(0);
    expect(await store.steps.commit(newStep(0, 1, { configVersion: await store.config.version() }))).toBe(
      true,
    );
  });

  it('that fails rejects alone: other writes of the same turn are kept', async () => {
    const { store } = current();
    await append(store, 1);
    const wrong = newStep(0, 1, { verdicts: [{ ...newVerdict(1), state: JSON.parse('"no such state"') }] });
    const [failed, stored] = await Promise.allSettled([
      store.steps.commit(wrong),
      store.log.append([newEvent('kept')]),
    ]);
    expect(failed.status).toBe('rejected');
    expect(stored).toEqual({ status: 'fulfilled', value: ['stored'] });
    expect(await store.steps.cursor()).toBe(0);
    expect(await verdictsOf(store, 1)).toEqual([]);
  });

  it('gives jobs increasing ids in the order of the step', async () => {
    const { store } = current();
    await append(store, 2);
    await store.steps.commit(newStep(0, 2, { jobs: [newJob(2), newJob(1), newJob(1, { rule: 'second' })] }));
    const { data } = await store.reads.deliveries({}, 10);
    expect([...data].reverse().map(({ seq, rule }) => [seq, rule])).toEqual([
      [2, 'contact'],
      [1, 'contact'],
      [1, 'second'],
    ]);
  });

  it('adds a job of the same integration, event, rule and replay once, whatever else changed', async () => {
    const { store } = current();
    await append(store, 1);
    await store.steps.commit(newStep(0, 1, { jobs: [newJob(1)] }));
    await store.steps.commit(newStep(1, 1, { jobs: [newJob(1, { action: 'other', revisionId: 'rev_2' })] }));
    await store.steps.commit(newStep(1, 1, { jobs: [newJob(1, { replayId: 'rp_1' })] }));
    const { data } = await store.reads.deliveries({}, 10);
    expect(data.map(({ action, replayId }) => [action, replayId])).toEqual([
      ['syncContact', 'rp_1'],
      ['syncContact', ''],
    ]);
  });

  it('parks an event until it is released, and replaces its verdict then', async () => {
    const { store } = current();
    await append(store, 2);
    await store.steps.commit(
      newStep(0, 1, { park: [parked(1)], verdicts: [newVerdict(1, { state: 'parked', code: 'NO_EMAIL' })] }),
    );
    const { parked: waiting } = await store.ledger.load('pl_1', ['a:1'], []);
    expect(waiting.get('a:1')).toEqual([
      { seq: 1, key: 'a:1', expiresAtMs: START_MS + 1, integrationIds: ['pi_1'] },
    ]);
    await store.steps.commit(newStep(1, 2, { unpark: [1], verdicts: [newVerdict(1)], jobs: [newJob(1)] }));
    expect(await parkedSeqs(store)).toEqual([]);
    expect(await verdictsOf(store, 1)).toEqual([newVerdict(1)]);
  });

  it('keeps the newest parked events of a visitor; older ones expire as PARK_FULL in the same commit', async () => {
    const { store } = current();
    await append(store, 5);
    const states = (seq: number, integrationId: string, state: Verdict['state']): Verdict =>
      newVerdict(seq, { integrationId, state });
    await store.steps.commit(
      newStep(0, 5, {
        park: [1, 2, 3, 4, 5].map((seq) => parked(seq)),
        verdicts: [1, 2, 3, 4, 5].flatMap((seq) => [
          states(seq, 'pi_1', 'parked'),
          states(seq, 'pi_2', 'dropped'),
        ]),
      }),
    );
    expect(await parkedSeqs(store)).toEqual([3, 4, 5]);
    expect(await verdictsOf(store, 2)).toEqual([
      newVerdict(2, { state: 'expired', code: 'PARK_FULL' }),
      newVerdict(2, { integrationId: 'pi_2', state: 'dropped' }),
    ]);
    expect(await verdictsOf(store, 3)).toContainEqual(newVerdict(3, { state: 'parked' }));
  });

  it('counts parked events per visitor and pipeline', async () => {
    const { store } = current();
    await append(store, 4);
    const park = [parked(1), parked(2), parked(3), parked(4, { key: 'a:2' })];
    await store.steps.commit(newStep(0, 4, { park }));
    expect(await parkedSeqs(store)).toEqual([1, 2, 3]);
  });

  it('lists parked events whose time is over, oldest first, and expires their parked verdicts only', async () => {
    const { store } = current();
    await append(store, 3);
    const verdicts = [
      newVerdict(1, { state: 'parked', code: 'NO_EMAIL' }),
      newVerdict(1, { integrationId: 'pi_2', state: 'filtered', code: 'CONSENT_UNKNOWN' }),
      newVerdict(2, { state: 'parked', code: 'NO_EMAIL' }),
    ];
    await store.steps.commit(newStep(0, 3, { park: [parked(1), parked(2), parked(3)], verdicts }));
    const expired = await store.steps.expiredParked(START_MS + 2, 10);
    expect(expired.map(({ seq, pipelineId, integrationIds }) => [seq, pipelineId, integrationIds])).toEqual([
      [1, 'pl_1', ['pi_1']],
      [2, 'pl_1', ['pi_1']],
    ]);
    expect(await store.steps.expiredParked(START_MS + 2, 1)).toHaveLength(1);
    await store.steps.expire([1]);
    expect(await parkedSeqs(store)).toEqual([2, 3]);
    expect(await verdictsOf(store, 1)).toEqual([
      newVerdict(1, { state: 'expired', code: 'NO_EMAIL' }),
      newVerdict(1, { integrationId: 'pi_2', state: 'filtered', code: 'CONSENT_UNKNOWN' }),
    ]);
  });

  it('does not expire an event that was released meanwhile', async () => {
    const { store } = current();
    await append(store, 2);
    await store.steps.commit(
      newStep(0, 1, { park: [parked(1)], verdicts: [newVerdict(1, { state: 'parked' })] }),
    );
    await store.steps.commit(newStep(1, 2, { unpark: [1], verdicts: [newVerdict(1)] }));
    await store.steps.expire([1]);
    expect(await verdictsOf(store, 1)).toEqual([newVerdict(1)]);
  });

  it('keeps what a verdict explains', async () => {
    const { store } = current();
    await append(store, 1);
    const full = newVerdict(1, {
      state: 'invalid',
      code: 'PAYLOAD_INVALID',
      detail: { rules: ['a'] },
      revisionId: 'rev_1',
    });
    await store.steps.commit(newStep(0, 1, { verdicts: [full] }));
    expect(await verdictsOf(store, 1)).toEqual([full]);
  });

  it('hints at work when it added jobs', async () => {
    const { store } = current();
    await append(store, 2);
    let hints = 0;
    store.queue.onWork(() => {
      hints += 1;
    });
    await store.steps.commit(newStep(0, 1));
    await Promise.resolve();
    expect(hints).toBe(0);
    await store.steps.commit(newStep(1, 2, { jobs: [newJob(2)] }));
    await Promise.resolve();
    expect(hints).toBe(1);
  });

  it('survives a crash right behind it as a whole: jobs, parking, links and cursor', async () => {
    const { store, restart } = current();
    await append(store, 2);
    await install(store);
    await store.steps.commit(
      newStep(0, 2, {
        links: [{ pipelineId: 'pl_1', key: 'u:1', link: { email: ANN, seq: 1 } }],
        verdicts: [newVerdict(1), newVerdict(2, { state: 'parked' })],
        park: [parked(2)],
        jobs: [newJob(1)],
      }),
    );
    const again = await restart();
    expect(await again.steps.cursor()).toBe(2);
    expect(await parkedSeqs(again)).toEqual([2]);
    expect((await again.ledger.load('pl_1', ['u:1'], [])).links.get('u:1')?.email).toBe(ANN);
    expect((await again.reads.deliveries({ status: ['waiting'] }, 10)).data).toHaveLength(1);
  });
}
