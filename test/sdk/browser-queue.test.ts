import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { LEASE_MS, type Lock, leaseLock } from '../../src/sdk/browser/lock.ts';
import { createQueue, MAX_EVENTS, type Queue } from '../../src/sdk/browser/queue.ts';
import { createShelf, type Shelf } from '../../src/sdk/browser/shelf.ts';
import type { WireEvent } from '../../src/sdk/wire.ts';
import { createWorld, eventsOf, OK, START_MS, settle, type World } from './world.ts';

const URL_OF_BATCH = 'https://data.example.com/v1/batch';
const DAY_MS = 86_400_000;

/** localStorage as tabs share it; `room` bounds its characters. */
class FakeStorage implements Storage {
  [name: string]: unknown;
  readonly #room: number;
  constructor(room = 5_000_000) {
    this.#room = room;
  }
  get length(): number {
    return Object.keys(this).length;
  }
  key(at: number): string | null {
    return Object.keys(this)[at] ?? null;
  }
  getItem(key: string): string | null {
    return Object.hasOwn(this, key) ? String(this[key]) : null;
  }
  setItem(key: string, value: string): void {
    const used = Object.entries(this).reduce(
      (sum, [name, text]) => sum + name.length + String(text).length,
      0,
    );
    if (used + key.length + value.length > this.#room) throw new DOMException('full', 'QuotaExceededError');
    this[key] = value;
  }
  removeItem(key: string): void {
    delete this[key];
  }
  clear(): void {
    for (const key of Object.keys(this)) delete this[key];
  }
}

let world: World;
let storage: Storage;
let beacons: string[];

beforeEach(() => {
  world = createWorld();
  storage = new FakeStorage();
  beacons = [];
});

interface TabOptions {
  readonly batchSize?: number;
  readonly shelf?: Shelf;
  readonly lock?: Lock;
}

/** A tab's queue; tabs without Web Locks take leases. */
function tab(name: string, options: TabOptions = {}): Queue {
  const shelf = options.shelf ?? createShelf(() => storage);
  return createQueue(
    {
      url: URL_OF_BATCH,
      pipelineKey: 'dk_live_x',
      batchSize: options.batchSize ?? 10,
      flushIntervalMs: 1_000,
      tab: name,
      shelf,
      lock: options.lock ?? leaseLock('_df:lock', name, shelf, world.ports),
      beacon: (_url, body) => beacons.push(body) > 0,
    },
    world.ports,
  );
}

const event = (messageId: string, more: object = {}): string => JSON.stringify({ messageId, ...more });
const idsOf = (body: string): string[] => JSON.parse(body).batch.map(({ messageId }: WireEvent) => messageId);
const waitingKeys = (): string[] => Object.keys(storage).filter((key) => key.startsWith('_df:dk_live_x:e'));

describe('a body', () => {
  it('carries the key and needs no preflight', async () => {
    const queue = tab('a');
    queue.add(event('m1'));
    await world.advance(2_000);
    const [request] = world.sent;
    expect(request?.url).toBe(URL_OF_BATCH);
    expect([...(request?.headers.keys() ?? [])]).toEqual([]);
    expect(request?.keepalive).toBe(true);
    expect(request?.body).toEqual({
      writeKey: 'dk_live_x',
      sentAt: new Date(request?.atMs ?? 0).toISOString(),
      batch: [{ messageId: 'm1' }],
    });
  });

  it('stays below the 64 KB of keepalive, whatever the alphabet', async () => {
    const queue = tab('a');
    for (let at = 0; at < 60; at += 1) queue.add(event(`m${at}`, { text: '語'.repeat(1_500) }));
    await world.advance(5_000);
    expect(world.taken).toHaveLength(60);
    for (const { body } of world.sent) expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(64_000);
  });

  it('holds an event alone that is larger, without keepalive', async () => {
    const queue = tab('a');
    queue.add(event('m1'));
    queue.add(event('m2', { text: 'x'.repeat(30_000) }));
    queue.add(event('m3'));
    await world.advance(5_000);
    expect(world.sent.map(({ body, keepalive }) => [eventsOf(body).length, keepalive])).toEqual([
      [1, true],
      [1, false],
      [1, true],
    ]);
  });
});

describe('a batch', () => {
  it('leaves a second after its first event', async () => {
    const queue = tab('a');
    await world.advance(10_000);
    queue.add(event('m1'));
    await world.advance(900);
    queue.add(event('m2'));
    expect(world.sent).toHaveLength(0);
    await world.advance(200);
    expect(world.sent.map(({ body }) => eventsOf(body).length)).toEqual([2]);
  });

  it('leaves at once when full', async () => {
    const queue = tab('a', { batchSize: 3 });
    for (const id of ['m1', 'm2', 'm3']) queue.add(event(id));
    await world.advance(100);
    expect(world.sent.map(({ body }) => eventsOf(body).length)).toEqual([3]);
  });

  it('in flight is no reason to send the next event before its time', async () => {
    let answer = (): void => {};
    const slow = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { fetch } = world.ports;
    world.ports.fetch = async (...request) => {
      const response = await fetch(...request);
      await slow;
      return response;
    };
    const queue = tab('a');
    queue.add(event('m1'));
    await world.advance(1_100);
    queue.add(event('m2'));
    answer();
    await world.advance(500);
    expect(world.taken).toEqual(['m1']);
    await world.advance(1_000);
    expect(world.taken).toEqual(['m1', 'm2']);
  });
});

describe('what waits', () => {
  it('is sent by the next page, once', async () => {
    world.otherwise = 'drop';
    const queue = tab('a');
    queue.add(event('m1'));
    await world.advance(1_500);
    expect(waitingKeys()).toHaveLength(1);
    world = createWorld();
    await world.advance(600_000);
    tab('b');
    await world.advance(600_000);
    expect(world.taken).toEqual(['m1']);
    expect(waitingKeys()).toEqual([]);
  });

  it('is bounded: the oldest give way', async () => {
    world.otherwise = 'drop';
    const queue = tab('a');
    for (let at = 0; at < MAX_EVENTS + 5; at += 1) queue.add(event(`m${at}`));
    expect(waitingKeys()).toHaveLength(MAX_EVENTS);
    world.otherwise = OK;
    await world.advance(600_000);
    expect(world.taken[0]).toBe('m5');
    expect(world.taken).toHaveLength(MAX_EVENTS);
  });

  it('is forgotten after a week, long before ingestion forgets its id', async () => {
    for (const [days, expected] of [
      [6, ['m1', 'm2']],
      [8, ['m2']],
    ] as const) {
      storage = new FakeStorage();
      world = createWorld();
      tab('a').add(event('m1'));
      world = createWorld(START_MS + days * DAY_MS);
      tab('b').add(event('m2'));
      await world.advance(2_000);
      expect(world.taken).toEqual(expected);
      expect(waitingKeys()).toEqual([]);
    }
  });

  it('stays in memory where storage is full or forbidden', async () => {
    const forbidden = createShelf(() => {
      throw new DOMException('no', 'SecurityError');
    });
    const full = createShelf(() => storage);
    storage = new FakeStorage(150);
    for (const shelf of [forbidden, full]) {
      world = createWorld();
      const queue = tab('a', { shelf });
      for (const id of ['m1', 'm2', 'm3']) queue.add(event(id));
      await world.advance(5_000);
      expect(world.taken.toSorted()).toEqual(['m1', 'm2', 'm3']);
    }
  });
});

describe('answers', () => {
  it('that ask to wait bind every tab', async () => {
    world.replies.push({ status: 429, headers: { 'retry-after': '30' } });
    tab('a').add(event('m1'));
    await world.advance(2_000);
    const firstMs = world.sent[0]?.atMs ?? 0;
    const other = tab('b');
    for (let at = 2; at <= 20; at += 1) other.add(event(`m${at}`));
    await world.advance(60_000);
    expect(world.sent[1]?.atMs).toBeGreaterThanOrEqual(firstMs + 30_000);
    expect(world.taken).toHaveLength(20);
  });

  it('that come later than an event may wait are obeyed too', async () => {
    const { fetch } = world.ports;
    const answers: (() => void)[] = [];
    world.ports.fetch = async (...request) => {
      const response = await fetch(...request);
      if (world.sent.length === 1) await new Promise<void>((resolve) => answers.push(resolve));
      return response;
    };
    world.replies.push({ status: 503 });
    const queue = tab('a');
    queue.add(event('m1'));
    await world.advance(1_500);
    queue.add(event('m2'));
    await world.advance(5_000);
    for (const answer of answers) answer();
    await world.advance(60_000);
    expect(world.taken).toEqual(['m1', 'm2']);
  });

  it('that refuse lose the events and hold up nothing', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    world.replies.push({ status: 401 });
    const queue = tab('a');
    queue.add(event('m1'));
    await world.advance(1_500);
    queue.add(event('m2'));
    await world.advance(1_500);
    expect(world.taken).toEqual(['m2']);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('401'));
    warn.mockRestore();
  });

  it('do not come while offline; when the network is back the wait is over', async () => {
    world.otherwise = 'drop';
    const queue = tab('a');
    queue.add(event('m1'));
    await world.advance(120_000);
    world.otherwise = OK;
    queue.online();
    await world.advance(100);
    expect(world.taken).toEqual(['m1']);
  });

  it('that ask to wait are obeyed also when the network comes back', async () => {
    world.replies.push({ status: 429, headers: { 'retry-after': '30' } });
    const queue = tab('a');
    queue.add(event('m1'));
    await world.advance(2_000);
    queue.online();
    await world.advance(20_000);
    expect(world.taken).toEqual([]);
    await world.advance(20_000);
    expect(world.taken).toEqual(['m1']);
  });

  it('of a clock that was wrong do not hold the queue for ever', async () => {
    storage.setItem('_df:dk_live_x:wait', String(START_MS + DAY_MS));
    tab('a').add(event('m1'));
    await world.advance(2_000);
    expect(world.taken).toEqual(['m1']);
  });
});

describe('a page that goes away', () => {
  it('hands over its own events and keeps them, for nobody hears the answer', async () => {
    const queue = tab('a');
    tab('b').add(event('other'));
    queue.add(event('m1'));
    queue.leave();
    expect(beacons.map(idsOf)).toEqual([['m1']]);
    expect(waitingKeys()).toHaveLength(2);
  });

  it('hands over nothing that is in flight, or that ingestion asked to hold back', async () => {
    const queue = tab('a');
    queue.leave();
    queue.add(event('m1'));
    world.otherwise = { status: 429, headers: { 'retry-after': '30' } };
    await world.advance(2_000);
    queue.leave();
    expect(beacons).toEqual([]);
    const { fetch } = world.ports;
    world.ports.fetch = async (...request) => {
      queue.leave();
      return fetch(...request);
    };
    await world.advance(40_000);
    expect(world.sent.length).toBeGreaterThan(1);
    expect(beacons).toEqual([]);
  });

  it('hands over no more than a beacon may hold', () => {
    const queue = tab('a', { batchSize: 1_000 });
    for (let at = 0; at < 60; at += 1) queue.add(event(`m${at}`, { text: '語'.repeat(1_500) }));
    queue.leave();
    expect(Buffer.byteLength(beacons[0] ?? '')).toBeLessThan(64_000);
    expect(idsOf(beacons[0] ?? '').length).toBeGreaterThan(5);
  });
});

describe('tabs without Web Locks', () => {
  it('take over what a closed tab left', async () => {
    world.otherwise = 'drop';
    const dead: Lock = async () => false;
    tab('a', { lock: dead }).add(event('m1'));
    const other = tab('b');
    await world.advance(2_000);
    world.otherwise = OK;
    const [key] = waitingKeys();
    other.changed(key ?? null);
    await world.advance(10_000);
    expect(world.taken).toEqual(['m1']);
  });

  it('do not care for other people’s keys', async () => {
    const other = tab('b');
    await world.advance(2_000);
    storage.setItem('_df:dk_live_x:e1', event('m1'));
    other.changed('cart');
    other.changed(null);
    await world.advance(DAY_MS);
    expect(world.sent).toEqual([]);
  });

  it('wait for the lease of another, and no longer than it lasts', async () => {
    storage.setItem('_df:lock', `${START_MS + LEASE_MS}:gone`);
    tab('a').add(event('m1'));
    await world.advance(LEASE_MS - 1_000);
    expect(world.sent).toEqual([]);
    await world.advance(5_000);
    expect(world.taken).toEqual(['m1']);
  });

  it('never send an event twice, whatever ingestion does', async () => {
    const reply = fc.oneof(
      fc.constant('drop' as const),
      fc.record({ status: fc.constantFrom(200, 200, 200, 408, 429, 500, 503) }),
      fc.record({
        status: fc.constant(429),
        headers: fc.record({ 'retry-after': fc.constantFrom('1', '20') }),
      }),
    );
    const step = fc.record({ tab: fc.nat(2), waitMs: fc.nat(1_500) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(reply, { maxLength: 12 }),
        fc.array(step, { minLength: 1, maxLength: 60 }),
        async (replies, steps) => {
          world = createWorld();
          storage = new FakeStorage();
          world.replies.push(...replies);
          const tabs = [tab('a'), tab('b'), tab('c')];
          for (const [at, { tab: who, waitMs }] of steps.entries()) {
            tabs[who]?.add(event(`m${at}`));
            await world.advance(waitMs);
          }
          await world.advance(600_000);
          expect(world.taken.toSorted()).toEqual(steps.map((_, at) => `m${at}`).toSorted());
          expect(waitingKeys()).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('that claim the lease in the same moment do not both have it', async () => {
    const shelf = createShelf(() => storage);
    let isStale = true;
    const stale: Shelf = {
      ...shelf,
      read(key) {
        const read = isStale ? null : shelf.read(key);
        isStale = false;
        return read;
      },
    };
    const worked: string[] = [];
    const attempts = [
      leaseLock('lock', 'a', shelf, world.ports),
      leaseLock('lock', 'b', stale, world.ports),
    ].map((lock, at) => lock(async () => void worked.push('ab'[at] ?? '')));
    await world.advance(1_000);
    expect(await Promise.all(attempts)).toEqual([false, true]);
    expect(worked).toEqual(['b']);
  });

  it('send one at a time', async () => {
    let atOnce = 0;
    let most = 0;
    const { fetch } = world.ports;
    world.ports.fetch = async (...request) => {
      most = Math.max(most, ++atOnce);
      await settle();
      atOnce -= 1;
      return fetch(...request);
    };
    const tabs = ['a', 'b', 'c'].map((name) => tab(name));
    for (let at = 0; at < 90; at += 1) tabs[at % 3]?.add(event(`m${at}`, { text: 'x'.repeat(2_000) }));
    await world.advance(60_000);
    expect(world.taken).toHaveLength(90);
    expect(most).toBe(1);
  });
});

describe('flush', () => {
  it('resolves when nothing is left, events added meanwhile included', async () => {
    const queue = tab('a');
    queue.add(event('m1'));
    const first = queue.flush();
    queue.add(event('m2'));
    const second = queue.flush();
    await world.advance(100);
    await Promise.all([first, second]);
    expect(world.taken).toEqual(['m1', 'm2']);
  });
});
