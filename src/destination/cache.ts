/** Memory between dispatches: values that are loaded once at a time, expire, and are bounded in number. It must not know what they mean. */
import type { Clock } from '../clock.ts';

const DEFAULT_MAX_ENTRIES = 10_000;

/** Where slots keep their values: one for each process or test. `maxEntries` bounds every slot of it. */
export interface Cache {
  readonly clock: Clock;
  readonly maxEntries: number;
  /** Read where this one has nothing of its own; never written. */
  readonly beneath?: Cache;
}

export function createCache(clock: Clock, maxEntries: number = DEFAULT_MAX_ENTRIES): Cache {
  return { clock, maxEntries };
}

/** Sees everything that the given one sees; what is stored or deleted in it stays its own. */
export function forkCache(cache: Cache): Cache {
  return { clock: cache.clock, maxEntries: cache.maxEntries, beneath: cache };
}

interface Entry<T> {
  readonly value: Promise<T>;
  readonly expiresAtMs: number;
}

/** One kind of value. Values of different caches never meet. */
export class CacheSlot<T> {
  readonly #ttlMs: number;
  readonly #entries = new WeakMap<Cache, Map<string, Entry<T> | 'deleted'>>();

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  /** The value under the key; `load` runs when there is none that is fresh. Many callers at once share one load; a failed load is not kept. */
  fetch(cache: Cache, key: string, load: () => Promise<T>): Promise<T> {
    return this.#fresh(cache, key)?.value ?? this.#store(cache, key, load());
  }

  /** The fresh value under the key, or undefined; never loads. */
  async peek(cache: Cache, key: string): Promise<T | undefined> {
    return this.#fresh(cache, key)?.value;
  }

  set(cache: Cache, key: string, value: T): void {
    this.#store(cache, key, Promise.resolve(value));
  }

  delete(cache: Cache, key: string): void {
    if (cache.beneath === undefined) this.#of(cache).delete(key);
    else this.#of(cache).set(key, 'deleted');
  }

  /** Deletes every value whose key passes. Looks at all keys, so it is for what happens seldom. */
  deleteWhere(cache: Cache, passes: (key: string) => boolean): void {
    for (let seen: Cache | undefined = cache; seen !== undefined; seen = seen.beneath)
      for (const key of [...this.#of(seen).keys()]) if (passes(key)) this.delete(cache, key);
  }

  #fresh(cache: Cache, key: string): Entry<T> | undefined {
    const entries = this.#of(cache);
    const entry = entries.get(key);
    if (entry === 'deleted') return undefined;
    if (entry === undefined && cache.beneath !== undefined) return this.#fresh(cache.beneath, key);
    if (entry === undefined || entry.expiresAtMs <= cache.clock.now()) return undefined;
    // What is used counts as young, so that it stays when room is needed.
    entries.delete(key);
    entries.set(key, entry);
    return entry;
  }

  #store(cache: Cache, key: string, value: Promise<T>): Promise<T> {
    const entries = this.#of(cache);
    const entry = { value, expiresAtMs: cache.clock.now() + this.#ttlMs };
    entries.delete(key);
    entries.set(key, entry);
    value.catch(() => entries.get(key) === entry && entries.delete(key));
    for (const oldest of entries.keys()) {
      if (entries.size <= cache.maxEntries) break;
      entries.delete(oldest);
    }
    return value;
  }

  #of(cache: Cache): Map<string, Entry<T> | 'deleted'> {
    const existing = this.#entries.get(cache);
    if (existing !== undefined) return existing;
    const created = new Map<string, Entry<T> | 'deleted'>();
    this.#entries.set(cache, created);
    return created;
  }
}
