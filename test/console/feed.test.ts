/** Holds the growing list to its claims: newest first, each once, nothing lost while it is paused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Page } from '../../src/console/api/answers.ts';
import { createFeed, type Feed, MAX_ITEMS } from '../../src/console/feed.ts';

interface Item {
  readonly id: string;
  readonly seq: number;
  readonly state: string;
}

const item = (seq: number, state = 'new'): Item => ({ id: `i${seq}`, seq, state });

function feedOf(pages: Readonly<Record<string, Page<Item>>>, fits: (item: Item) => boolean = () => true) {
  const asked: (string | undefined)[] = [];
  const feed: Feed<Item> = createFeed({
    load: async (cursor) => {
      asked.push(cursor);
      return pages[cursor ?? 'first'] ?? { data: [], next_cursor: null, has_more: false };
    },
    idOf: ({ id }) => id,
    rankOf: ({ seq }) => seq,
    fits,
  });
  return { feed, asked, seqs: () => feed.state().items.map(({ seq }) => seq) };
}

const page = (seqs: readonly number[], next: string | null = null): Page<Item> => ({
  data: seqs.map((seq) => item(seq)),
  next_cursor: next,
  has_more: next !== null,
});

describe('a feed', () => {
  it('shows pages and stream together, newest first, each once', async () => {
    const { feed, seqs, asked } = feedOf({ first: page([5, 4], 'c'), c: page([3, 2]) });
    await feed.loadNewest();
    feed.take([item(6), item(5, 'changed')]);
    await feed.loadOlder();
    expect(seqs()).toEqual([6, 5, 4, 3, 2]);
    expect(feed.state().items[1]?.state).toBe('changed');
    expect(feed.state().hasMore).toBe(false);
    await feed.loadOlder();
    expect(asked).toEqual([undefined, 'c']);
  });

  it('keeps its place at the bottom when the newest page is loaded again', async () => {
    const { feed, asked } = feedOf({ first: page([9], 'c'), c: page([8], 'd'), d: page([7]) });
    await feed.loadNewest();
    await feed.loadOlder();
    await feed.loadNewest();
    await feed.loadOlder();
    expect(asked).toEqual([undefined, 'c', undefined, 'd']);
  });

  it('looks on when a page is empty but not the last', async () => {
    const { feed, seqs } = feedOf({ first: page([], 'c'), c: page([], 'd'), d: page([1]) });
    await feed.loadNewest();
    expect(seqs()).toEqual([1]);
  });

  it('holds new ones back while it is paused, but changes known ones', async () => {
    const { feed, seqs } = feedOf({ first: page([1]) });
    await feed.loadNewest();
    feed.pause();
    feed.take([item(2), item(1, 'changed')]);
    feed.take([item(3), item(2, 'later')]);
    expect(seqs()).toEqual([1]);
    expect(feed.state()).toMatchObject({ pending: 2, items: [{ state: 'changed' }] });
    feed.resume();
    expect(seqs()).toEqual([3, 2, 1]);
    expect(feed.state().items[1]?.state).toBe('later');
    expect(feed.state().pending).toBe(0);
  });

  it('lets go of what does not fit any more', () => {
    const { feed, seqs } = feedOf({}, ({ state }) => state !== 'delivered');
    feed.take([item(1), item(2)]);
    feed.take([item(1, 'delivered')]);
    expect(seqs()).toEqual([2]);
  });

  it('tells what went wrong, and goes on after it', async () => {
    let isBroken = true;
    const feed = createFeed<Item>({
      load: async () => {
        if (isBroken) throw new Error('broken');
        return page([1]);
      },
      idOf: ({ id }) => id,
      rankOf: ({ seq }) => seq,
      fits: () => true,
    });
    await feed.loadNewest();
    expect(feed.state().error).toEqual(new Error('broken'));
    isBroken = false;
    await feed.loadNewest();
    expect(feed.state()).toMatchObject({ error: undefined, items: [{ seq: 1 }] });
  });

  it('stays ordered and without doubles whatever comes, and keeps the newest of very many', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 10 }), { maxLength: 10 }),
        (batches) => {
          const { feed, seqs } = feedOf({});
          for (const batch of batches) feed.take(batch.map((seq) => item(seq)));
          expect(seqs()).toEqual([...new Set(batches.flat())].sort((a, b) => b - a));
        },
      ),
    );
    const { feed, seqs } = feedOf({});
    feed.take(Array.from({ length: MAX_ITEMS + 5 }, (_, index) => item(index)));
    expect(seqs()).toHaveLength(MAX_ITEMS);
    expect(seqs()[0]).toBe(MAX_ITEMS + 4);
  });
});
