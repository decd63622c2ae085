/** Updates of one contact that leave as one. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/event/outcome.ts';
import { Fixture, OK } from './fixture.ts';

let world: Fixture;
beforeEach(() => {
  world = new Fixture();
});
afterEach(async () => {
  await world.stop();
  await world.store.close();
});

const INVALID: Outcome = { kind: 'rejected', code: 'REJECTED', message: 'The phone is none.' };
const ANN = 'ann@example.com';

/** Three updates of one person; the vendor refuses whatever holds this phone. */
async function threeUpdates(refused: string): Promise<readonly unknown[]> {
  const asked: unknown[] = [];
  world.template('it_1', {
    perform: ({ payload }) => {
      asked.push(payload);
      return payload['phone'] === refused ? INVALID : OK;
    },
  });
  for (const [name, phone] of [
    ['A', '1'],
    ['B', '2'],
    ['C', '3'],
  ])
    await world.enqueue('update', [ANN], { payload: { email: ANN, name: name ?? '', phone: phone ?? '' } });
  world.delivery.start();
  await world.pass(60_000);
  return asked;
}

describe('updates that were joined', () => {
  it('are one request', async () => {
    expect(await threeUpdates('none')).toEqual([{ email: ANN, name: 'C', phone: '3' }]);
    expect(await world.states()).toEqual([
      'delivered DELIVERED',
      'delivered DELIVERED',
      'delivered DELIVERED',
    ]);
  });

  it('go one by one, in order, once they are refused together: only the bad one is a dead letter', async () => {
    expect(await threeUpdates('3')).toEqual([
      { email: ANN, name: 'C', phone: '3' },
      { email: ANN, name: 'A', phone: '1' },
      { email: ANN, name: 'B', phone: '2' },
      { email: ANN, name: 'C', phone: '3' },
    ]);
    expect(await world.states()).toEqual(['delivered DELIVERED', 'delivered DELIVERED', 'dead REJECTED']);
  });
});
