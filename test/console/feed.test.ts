/** Holds the growing list to its claims: newest first, each once, nothing lost while it is paused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Delivery, Page, ReceivedEvent } from '../../src/console/api/answers.ts';
import { createFeed, type Feed, MAX_ITEMS } from '../../src/console/feed.ts';
import { createLatest } from '../../src/console/latest.ts';
import { createEventTracker, MAX_TRACKED } from '../../src/console/live-events.ts';

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

  it('loads down to what it knows when it looks for the newest again', async () => {
    const pages: Record<string, Page<Item>> = { first: page([2, 1]) };
    const { feed, seqs } = feedOf(pages);
    await feed.loadNewest();
    pages['first'] = page([8, 7], 'b');
    pages['b'] = page([6, 5], 'c');
    pages['c'] = page([4, 3], 'd');
    pages['d'] = page([2, 1]);
    await feed.loadNewest();
    expect(seqs()).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it('begins anew when what it knows is too far away, without a hole', async () => {
    const pages: Record<string, Page<Item>> = { first: page([1]) };
    const { feed, seqs } = feedOf(pages);
    await feed.loadNewest();
    for (let at = 0; at < 30; at += 1) pages[at === 0 ? 'first' : `c${at}`] = page([100 - at], `c${at + 1}`);
    pages['c30'] = page([1]);
    await feed.loadNewest();
    expect(seqs()).toEqual([100, 99, 98, 97, 96, 95, 94, 93, 92, 91]);
    await feed.loadOlder();
    expect(seqs().at(-1)).toBe(90);
  });

  it('looks for the newest again when it was asked to while it was looking', async () => {
    const { feed, asked } = feedOf({ first: page([1]) });
    const first = feed.loadNewest();
    void feed.loadNewest();
    await first;
    expect(asked).toEqual([undefined, undefined]);
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

describe('events of the stream', () => {
  const delivery = (id: string, state: Delivery['state']): Delivery => ({
    id,
    event_id: 'evt_1',
    event_name: 'x',
    pipeline_integration_id: 'pi_1',
    integration_id: 't',
    revision_id: 'r',
    revision_number: 1,
    rule: 'x',
    action: 'trackEvent',
    contacts: [],
    state,
    attempts: 0,
    enqueued_at: '2026-01-31T12:00:00.000Z',
  });
  const event = (id: string): ReceivedEvent => ({
    id,
    seq: 1,
    pipeline_id: 'p',
    type: 'track',
    message_id: 'm',
    timestamp: '2026-01-31T12:00:00.000Z',
    received_at: '2026-01-31T12:00:00.000Z',
    verdicts: [],
    deliveries: [],
    payload: {},
  });

  it('change with the deliveries that are told later, whether they are shown or not', () => {
    const tracker = createEventTracker();
    const nobody = () => undefined;
    tracker.apply([{ kind: 'event', event: event('evt_1') }], nobody);
    const [first] = tracker.apply([{ kind: 'delivery', delivery: delivery('dlv_1', 'waiting') }], nobody);
    expect(first?.deliveries.map(({ state }) => state)).toEqual(['waiting']);
    const [second] = tracker.apply(
      [
        { kind: 'delivery', delivery: delivery('dlv_2', 'waiting') },
        { kind: 'delivery', delivery: delivery('dlv_1', 'delivered') },
      ],
      nobody,
    );
    expect(second?.deliveries.map(({ id, state }) => [id, state])).toEqual([
      ['dlv_1', 'delivered'],
      ['dlv_2', 'waiting'],
    ]);
  });

  it('are found among those shown, and left alone when nobody knows them', () => {
    const tracker = createEventTracker();
    const told = [{ kind: 'delivery' as const, delivery: delivery('dlv_1', 'dead') }];
    expect(tracker.apply(told, () => undefined)).toEqual([]);
    expect(tracker.apply(told, event)).toHaveLength(1);
  });

  it('are forgotten one by one when there are very many', () => {
    const tracker = createEventTracker();
    for (let number = 1; number <= MAX_TRACKED + 1; number += 1)
      tracker.apply([{ kind: 'event', event: event(`evt_${number}`) }], () => undefined);
    const told = [{ kind: 'delivery' as const, delivery: delivery('dlv_1', 'dead') }];
    expect(tracker.apply(told, () => undefined)).toEqual([]);
  });
});

describe('asking for the latest', () => {
  function questions() {
    const asked: string[] = [];
    const answers: string[] = [];
    const open: { resolve: (answer: string) => void; reject: (error: unknown) => void }[] = [];
    const waits: number[] = [];
    const latest = createLatest<string, string>({
      ask: (question) => {
        asked.push(question);
        return new Promise((resolve, reject) => open.push({ resolve, reject }));
      },
      onAnswer: (answer) => void answers.push(answer),
      onError: (error) => (error === 'again' ? 7 : undefined),
      wait: async (delayMs) => void waits.push(delayMs),
    });
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    return { latest, asked, answers, open, waits, settled };
  }

  it('asks one at a time, and of those that came meanwhile only the newest', async () => {
    const { latest, asked, answers, open, settled } = questions();
    for (const question of ['a', 'b', 'c']) latest.ask(question);
    expect(asked).toEqual(['a']);
    open[0]?.resolve('A');
    await settled();
    expect(asked).toEqual(['a', 'c']);
    open[1]?.resolve('C');
    await settled();
    expect(answers).toEqual(['A', 'C']);
  });

  it('asks again after the wait when the error may pass, but the newer question where there is one', async () => {
    const { latest, asked, open, waits, settled } = questions();
    latest.ask('a');
    open[0]?.reject('again');
    await settled();
    expect([asked, waits]).toEqual([['a', 'a'], [7]]);
    latest.ask('b');
    open[1]?.reject('again');
    await settled();
    expect(asked).toEqual(['a', 'a', 'b']);
    open[2]?.reject('for good');
    await settled();
    expect(asked).toHaveLength(3);
  });

  it('tells nothing after it was stopped', async () => {
    const { latest, answers, open, settled } = questions();
    latest.ask('a');
    latest.stop();
    open[0]?.resolve('A');
    await settled();
    expect(answers).toEqual([]);
  });
});
