/** A token bucket per key. It must not know what the keys stand for. */
import type { Clock } from '../../clock.ts';

export interface RateLimiter {
  /** Takes one token of the key's bucket: 0 when there was one, otherwise the milliseconds until there is. */
  take(key: string, perSecond: number): number;
}

/** Clock times lose this much when they are added up. */
const ROUNDING_MS = 1e-3;

/**
 * Buckets hold one second's worth, at least one token. A bucket is one number: the time at which it will be full again.
 * Above `maxKeys` the one used longest ago is forgotten.
 */
export function createRateLimiter(clock: Pick<Clock, 'now'>, maxKeys: number): RateLimiter {
  /** Used longest ago first. */
  const fullAtMs = new Map<string, number>();
  const put = (key: string, atMs: number): void => {
    fullAtMs.delete(key);
    fullAtMs.set(key, atMs);
    const [oldest] = fullAtMs.keys();
    if (fullAtMs.size > maxKeys && oldest !== undefined) fullAtMs.delete(oldest);
  };
  return {
    take(key, perSecond) {
      const nowMs = clock.now();
      const tokenMs = 1_000 / perSecond;
      const emptyMs = Math.max(1_000, tokenMs);
      // The upper bound holds when the clock was set back.
      const fullMs = Math.min(Math.max(fullAtMs.get(key) ?? nowMs, nowMs), nowMs + emptyMs);
      const waitMs = fullMs + tokenMs - nowMs - emptyMs;
      const isAllowed = waitMs <= ROUNDING_MS;
      put(key, isAllowed ? fullMs + tokenMs : fullMs);
      return isAllowed ? 0 : Math.ceil(waitMs - ROUNDING_MS);
    },
  };
}
