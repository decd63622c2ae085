/** Who may ask, and how often: the bearer token, compared in constant time, and a limit of requests per minute. It must not know any route. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { Failure } from '../../event/failure.ts';

/** Written as `created_by` until there are users. */
export const OWNER = 'owner';

/**
 * Gives a function that takes the Authorization header and answers who it is. Throws UNAUTHORIZED when there is no
 * bearer token, INVALID_TOKEN when it is another one; before that `onRefusal` is called, so that guessing can be
 * counted. Only digests are compared, so neither length nor content leaks.
 */
export function createAuthenticator(
  adminToken: string,
): (authorization: string | undefined, onRefusal: () => void) => string {
  const expected = digest(adminToken);
  return (authorization, onRefusal) => {
    const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (token !== undefined && timingSafeEqual(digest(token), expected)) return OWNER;
    onRefusal();
    throw token === undefined
      ? new Failure('UNAUTHORIZED', 'Send the admin token as "Authorization: Bearer …".')
      : new Failure('INVALID_TOKEN', 'The token is not valid. Use the admin token of this installation.');
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export interface Allowance {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the allowance is whole again. */
  readonly resetS: number;
}

export interface RateLimiter {
  /** Counts one request. Throws RATE_LIMITED, with the seconds to wait, when there is none left. */
  take(subject: string): Allowance;
}

/** The most subjects that are remembered; the one that was seen longest ago gives way. */
const MAX_SUBJECTS = 1000;
const MINUTE_MS = 60_000;

/** A bucket per subject: full at `requestsPerMinute`, refilled evenly over the minute. */
export function createRateLimiter(clock: Clock, requestsPerMinute: number): RateLimiter {
  const buckets = new Map<string, { readonly left: number; readonly atMs: number }>();
  const perMs = requestsPerMinute / MINUTE_MS;
  return {
    take(subject) {
      const nowMs = clock.now();
      const bucket = buckets.get(subject);
      const refilled = bucket === undefined ? requestsPerMinute : bucket.left + (nowMs - bucket.atMs) * perMs;
      const left = Math.min(requestsPerMinute, refilled);
      buckets.delete(subject);
      buckets.set(subject, { left: left >= 1 ? left - 1 : left, atMs: nowMs });
      if (buckets.size > MAX_SUBJECTS) dropOldest(buckets);
      if (left >= 1) {
        return {
          limit: requestsPerMinute,
          remaining: Math.floor(left - 1),
          resetS: Math.ceil((requestsPerMinute - left + 1) / perMs / 1000),
        };
      }
      const retryAfterS = Math.ceil((1 - left) / perMs / 1000);
      throw new Failure('RATE_LIMITED', `Rate limit exceeded. Retry after ${retryAfterS} seconds.`, {
        retryAfterS,
      });
    },
  };
}

function dropOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
