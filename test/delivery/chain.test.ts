import { describe, expect, it } from 'vitest';
import { chainsOf, inTurns, payloadOf, unitsOf } from '../../src/delivery/chain.ts';
import type { ActionFacts } from '../../src/delivery/target.ts';
import { Turns } from '../../src/delivery/turns.ts';
import type { PendingJob } from '../../src/store/ports/queue.ts';

const sync: ActionFacts = {
  repeatable: true,
  budget: 'api',
  merge: (earlier, later) => ({ ...earlier, ...later }),
};
const record: ActionFacts = { repeatable: false, budget: 'tracking' };
const factsOf = (job: PendingJob): ActionFacts => (job.action === 'sync' ? sync : record);

function job(
  id: number,
  contacts: PendingJob['contacts'],
  action = 'sync',
  integrationId = 'pi_1',
  payload = {},
): PendingJob {
  return {
    id,
    contacts,
    action,
    integrationId,
    payload,
    state: 'waiting',
    attempts: 0,
    lane: 'l',
    pipelineId: 'p',
    templateId: 't',
    revisionId: 'r',
    seq: id,
    rule: 'x',
    replayId: '',
    subjects: [],
    enqueuedAtMs: 0,
  };
}
const ids = (jobs: readonly PendingJob[]): number[] => jobs.map(({ id }) => id);

describe('chains', () => {
  it('keep each contact’s jobs together and in order', () => {
    const chains = chainsOf([job(1, ['a']), job(2, ['b']), job(3, ['a']), job(4, ['b'])]);
    expect(chains.map((chain) => ids(chain.jobs))).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });

  it('are one where a job belongs to two contacts', () => {
    const chains = chainsOf([job(1, ['a']), job(2, ['b']), job(3, ['a', 'b']), job(4, ['b'])]);
    expect(chains.map((chain) => ids(chain.jobs))).toEqual([[1, 2, 3, 4]]);
  });

  it('take turns by integration', () => {
    const chains = chainsOf([
      job(1, ['a'], 'sync', 'A'),
      job(2, ['b'], 'sync', 'A'),
      job(3, ['c'], 'sync', 'B'),
    ]);
    const turns = new Turns();
    const order = () => inTurns(chains, turns).map((chain) => ids(chain.jobs));
    expect(order()).toEqual([[1], [3], [2]]);
    turns.take('A');
    expect(order()).toEqual([[3], [1], [2]]);
    turns.take('B');
    expect(order()).toEqual([[1], [3], [2]]);
  });
});

describe('units', () => {
  it('join adjacent updates of one contact and integration; the later wins per field', () => {
    const jobs = [
      job(1, ['a'], 'sync', 'A', { first: 'J', last: 'D' }),
      job(2, ['a'], 'sync', 'A', { first: 'Jane' }),
    ];
    const [unit] = unitsOf({ contacts: new Set(['a']), jobs }, factsOf);
    expect(ids(unit?.jobs ?? [])).toEqual([1, 2]);
    expect(payloadOf(unit?.jobs ?? [], sync)).toEqual({ first: 'Jane', last: 'D' });
  });

  it.each([
    [
      'a tracked event between them',
      [job(1, ['a']), job(2, ['a'], 'record'), job(3, ['a'])],
      [[1], [2], [3]],
    ],
    ['another integration', [job(1, ['a']), job(2, ['a'], 'sync', 'B')], [[1], [2]]],
    ['a failed try', [{ ...job(1, ['a']), attempts: 1 }, job(2, ['a'])], [[1], [2]]],
    ['a failed try of the later one', [job(1, ['a']), { ...job(2, ['a']), attempts: 1 }], [[1], [2]]],
    ['a change of address', [job(1, ['a']), job(2, ['a', 'b'])], [[1], [2]]],
    ['an action that may not be joined', [job(1, ['a'], 'record'), job(2, ['a'], 'record')], [[1], [2]]],
  ])('keep apart what is parted by %s', (_name, jobs, expected) => {
    expect(unitsOf({ contacts: new Set(['a']), jobs }, factsOf).map((unit) => ids(unit.jobs))).toEqual(
      expected,
    );
  });
});
