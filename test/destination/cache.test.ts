/** The memory between dispatches. */
import { describe, expect, it } from 'vitest';
import { CacheSlot, createCache, forkCache } from '../../src/destination/cache.ts';
import { HandClock } from '../activecampaign/world.ts';

describe('a cache slot', () => {
  it('loads once for many callers at once, and again when it is old', async () => {
    const clock = new HandClock();
    const cache = createCache(clock);
    const slot = new CacheSlot<number>(1_000);
    let loads = 0;
    const load = async (): Promise<number> => (loads += 1);
    expect(await Promise.all([slot.fetch(cache, 'k', load), slot.fetch(cache, 'k', load)])).toEqual([1, 1]);
    clock.advance(999);
    expect(await slot.fetch(cache, 'k', load)).toBe(1);
    clock.advance(1);
    expect(await slot.peek(cache, 'k')).toBeUndefined();
    expect(await slot.fetch(cache, 'k', load)).toBe(2);
  });

  it('keeps no failure', async () => {
    const cache = createCache(new HandClock());
    const slot = new CacheSlot<number>(1_000);
    await expect(slot.fetch(cache, 'k', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await slot.fetch(cache, 'k', async () => 2)).toBe(2);
  });

  it('lets the oldest go when it is full', async () => {
    const cache = createCache(new HandClock(), 2);
    const slot = new CacheSlot<number>(1_000);
    for (const [index, key] of ['a', 'b', 'c'].entries()) slot.set(cache, key, index);
    expect(await Promise.all(['a', 'b', 'c'].map((key) => slot.peek(cache, key)))).toEqual([undefined, 1, 2]);
  });

  it('counts what is used as young', async () => {
    const cache = createCache(new HandClock(), 2);
    const slot = new CacheSlot<number>(1_000);
    slot.set(cache, 'a', 0);
    slot.set(cache, 'b', 1);
    await slot.peek(cache, 'a');
    slot.set(cache, 'c', 2);
    expect(await Promise.all(['a', 'b', 'c'].map((key) => slot.peek(cache, key)))).toEqual([0, undefined, 2]);
  });

  it('shares nothing between caches', async () => {
    const slot = new CacheSlot<number>(1_000);
    const [one, two] = [createCache(new HandClock()), createCache(new HandClock())];
    slot.set(one, 'k', 1);
    expect(await slot.peek(two, 'k')).toBeUndefined();
    slot.delete(one, 'k');
    expect(await slot.peek(one, 'k')).toBeUndefined();
  });
});

describe('deleting by a test of the key', () => {
  const three = (cache: ReturnType<typeof createCache>, slot: CacheSlot<number>): void => {
    for (const [index, key] of ['a:1', 'a:2', 'b:1'].entries()) slot.set(cache, key, index);
  };
  const read = (cache: ReturnType<typeof createCache>, slot: CacheSlot<number>) =>
    Promise.all(['a:1', 'a:2', 'b:1'].map((key) => slot.peek(cache, key)));
  const isOfA = (key: string): boolean => key.startsWith('a:');

  it('takes what passes, of one slot of one cache', async () => {
    const [cache, other] = [createCache(new HandClock()), createCache(new HandClock())];
    const [slot, neighbour] = [new CacheSlot<number>(1_000), new CacheSlot<number>(1_000)];
    three(cache, slot);
    three(cache, neighbour);
    three(other, slot);
    slot.deleteWhere(cache, isOfA);
    expect(await read(cache, slot)).toEqual([undefined, undefined, 2]);
    expect(await read(cache, neighbour)).toEqual([0, 1, 2]);
    expect(await read(other, slot)).toEqual([0, 1, 2]);
  });

  it('in a fork hides what is beneath and leaves it there', async () => {
    const beneath = createCache(new HandClock());
    const slot = new CacheSlot<number>(1_000);
    three(beneath, slot);
    const fork = forkCache(beneath);
    slot.deleteWhere(fork, isOfA);
    expect(await read(fork, slot)).toEqual([undefined, undefined, 2]);
    expect(await read(beneath, slot)).toEqual([0, 1, 2]);
  });
});

describe('a fork of a cache', () => {
  it('sees what is beneath, also what comes there later, and as long as it is fresh', async () => {
    const clock = new HandClock();
    const beneath = createCache(clock);
    const slot = new CacheSlot<number>(1_000);
    slot.set(beneath, 'early', 1);
    const fork = forkCache(beneath);
    slot.set(beneath, 'late', 2);
    expect(await slot.peek(fork, 'early')).toBe(1);
    expect(await slot.fetch(fork, 'late', async () => 9)).toBe(2);
    clock.advance(1_000);
    expect(await slot.peek(fork, 'early')).toBeUndefined();
  });

  it('keeps to itself what is stored, loaded or deleted in it', async () => {
    const beneath = createCache(new HandClock());
    const slot = new CacheSlot<number>(1_000);
    slot.set(beneath, 'both', 1);
    slot.set(beneath, 'gone', 1);
    const fork = forkCache(beneath);
    slot.set(fork, 'both', 2);
    slot.delete(fork, 'gone');
    await slot.fetch(fork, 'new', async () => 3);
    const read = (cache: typeof beneath) =>
      Promise.all(['both', 'gone', 'new'].map((key) => slot.peek(cache, key)));
    expect(await read(fork)).toEqual([2, undefined, 3]);
    expect(await read(beneath)).toEqual([1, 1, undefined]);
    expect(await read(forkCache(fork))).toEqual([2, undefined, 3]);
  });

  it('loads anew what was deleted in it, and forgets a failed load', async () => {
    const beneath = createCache(new HandClock());
    const slot = new CacheSlot<number>(1_000);
    slot.set(beneath, 'k', 1);
    const fork = forkCache(beneath);
    slot.delete(fork, 'k');
    await expect(slot.fetch(fork, 'k', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    slot.delete(fork, 'k');
    expect(await slot.fetch(fork, 'k', async () => 2)).toBe(2);
    expect(await slot.peek(beneath, 'k')).toBe(1);
  });
});
