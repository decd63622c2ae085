/** A token bucket per key. It must not know what the keys stand for. */
import type { Clock } from '../../clock.ts';

export interface RateLimiter {
  /** Takes one token of the key's bucket: 0 when there was one, otherwise the milliseconds until there is. */
  take(key: string, perSecond: number): number;
}

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** Buckets hold one second's worth, at least one token. Above `maxKeys` the one used longest ago is forgotten. */
export function createRateLimiter(clock: Pick<Clock, 'now'>, maxKeys: number): RateLimiter {
  /** Used longest ago first. */
  const buckets = new Map<string, Bucket>();
  const put = (key: string, bucket: Bucket): void => {
    buckets.delete(key);
    buckets.set(key, bucket);
    if (buckets.size <= maxKeys) return;
    const [oldest] = buckets.keys();
    if (oldest !== undefined) buckets.delete(oldest);
  };
  return {
    take(key, perSecond) {
      const nowMs = clock.now();
      const tokens = refilled(buckets.get(key), perSecond, nowMs);
      const isAllowed = tokens >= 1;
      put(key, { tokens: isAllowed ? tokens - 1 : tokens, atMs: nowMs });
      return isAllowed ? 0 : Math.ceil(((1 - tokens) / perSecond) * 1_000);
    },
  };
}

function refilled(bucket: Bucket | undefined, perSecond: number, nowMs: number): number {
  const capacity = Math.max(perSecond, 1);
  if (bucket === undefined) return capacity;
  const elapsedS = Math.max(nowMs - bucket.atMs, 0) / 1_000;
  return Math.min(bucket.tokens + elapsedS * perSecond, capacity);
}
