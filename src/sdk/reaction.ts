/** What a client does about an answer. Pure. It must not know how requests are made. */

/** `done`: it is in the log. `drop`: it never will be. `retry`: try again later. */
export type Reaction = 'done' | 'drop' | 'retry';

/** The status that stands for "no answer": no connection, a time-out, a redirect that was not followed. */
export const NO_ANSWER = 0;

const MAX_RETRY_AFTER_MS = 300_000;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 60_000;

/** A 4xx is final and everything else is not, but for these, where it is the other way round. */
const EXCEPTIONS = [408, 410, 429, 460, 501, 505, 511];

/**
 * By status. Segment's clients react alike, except that they take a 3xx for success and lose the event; here
 * it counts as no answer.
 */
export function reactionTo(status: number): Reaction {
  if (status >= 200 && status < 300) return 'done';
  const isFinal = status >= 400 && status < 500;
  return isFinal === EXCEPTIONS.includes(status) ? 'retry' : 'drop';
}

/** How long Retry-After asks to wait (seconds or a date), at most five minutes; undefined when it names no time to come. */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number | undefined {
  const waitMs = Number(header) * 1000 || Date.parse(header ?? '') - nowMs;
  return waitMs > 0 ? Math.min(waitMs, MAX_RETRY_AFTER_MS) : undefined;
}

/** The wait before try number `attempt` + 1 (from 1), doubling from half a second to a minute, its upper half at random. */
export function backoffMs(attempt: number, random: number): number {
  return (Math.min(FIRST_DELAY_MS * 2 ** attempt, 2 * MAX_DELAY_MS) * (1 + random)) / 4;
}
