/** How long to wait before a try is repeated. Pure. It must not know what failed. */

export interface RetryPolicy {
  /** Tries in all; the last one that fails makes a dead letter. */
  readonly maxAttempts: number;
  /** No try begins later than this after the first one. */
  readonly windowMs: number;
  /** Upper bound of the first wait; each further one is four times as long, up to `capMs`. */
  readonly baseMs: number;
  readonly capMs: number;
  /** No wait is shorter than this. */
  readonly floorMs: number;
}

/** Full jitter: evenly spread between the floor and the exponential bound. `random` is in [0, 1), `attempts` counts the failed tries. */
export function backoffMs(attempts: number, policy: RetryPolicy, random: number): number {
  const bound = Math.min(policy.capMs, policy.baseMs * 4 ** Math.max(0, attempts - 1));
  return Math.round(policy.floorMs + random * Math.max(0, bound - policy.floorMs));
}
