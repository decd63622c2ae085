/** How many requests a thousand identifies cost, each with two tags, one list and one field. */
import { describe, expect, it } from 'vitest';
import { poll } from '../../src/destination/dispatch.ts';
import { type World, world } from './world.ts';

/** Enough for the figure; what is asked once for all is counted four times over, against us. */
const COUNT = 250;
const SCALE = 4;
const IMPORTED = 1_000;

async function prepared(): Promise<World> {
  const w = await world({ settings: { bulk_import_ms: 0, bulk_requests_per_minute: 0 } });
  await w.api('POST', '/fields', { field: { title: 'Tier', type: 'text' } });
  await w.api('POST', '/lists', {
    list: { name: 'News', stringid: 'news', sender_url: 'https://x.example', sender_reminder: 'x' },
  });
  w.seen();
  return w;
}

const identify = (index: number, tier: string) => ({
  email: `p${index}@x.org`,
  firstName: `P${index}`,
  fields: { tier },
  tags: ['customer', 'vip'],
  lists: ['News'],
});

function check(w: World, tier: string, count: number): void {
  const { contacts } = w.sandbox.account();
  expect(contacts).toHaveLength(count);
  for (const contact of contacts) {
    expect(contact).toMatchObject({ fieldValues: [{ value: tier }], lists: [{ status: 1 }] });
    expect(contact.tags.toSorted()).toEqual(['customer', 'vip']);
  }
}

describe('a thousand identifies', () => {
  it('cost at most 5,050 requests first, at most 1,100 when tags and lists are acknowledged, none when nothing differs', async () => {
    const w = await prepared();
    const cost = async (tier: string): Promise<number> => {
      for (let index = 0; index < COUNT; index += 1) await w.run('syncContact', identify(index, tier));
      return w.seen().length * SCALE;
    };
    const costs = [await cost('silver'), await cost('gold'), await cost('gold')];
    console.log(
      `requests per 1,000 identifies: first ${costs[0]}, repeated ${costs[1]}, unchanged ${costs[2]} (peer: 7,500)`,
    );
    check(w, 'gold', COUNT);
    expect(costs[0]).toBeLessThanOrEqual(5_050);
    expect(costs[1]).toBeLessThanOrEqual(1_100);
    expect(costs[2]).toBe(0);
  });

  it('cost at most 12 requests as imports', async () => {
    const w = await prepared();
    for (let start = 0; start < IMPORTED; start += 250) {
      const payloads = Array.from({ length: 250 }, (_, index) => identify(start + index, 'silver'));
      const { submitted } = await w.runAll('syncContact', payloads);
      const answer = await poll({
        ...w.environment(),
        action: 'syncContact',
        batchId: submitted?.batchId ?? '',
        payloads,
      });
      expect(answer.pending).toBe(false);
    }
    const cost = w.seen().length;
    console.log(`requests per 1,000 identifies as imports: ${cost} (peer: 7,500)`);
    check(w, 'silver', IMPORTED);
    expect(cost).toBeLessThanOrEqual(12);
  });
});
