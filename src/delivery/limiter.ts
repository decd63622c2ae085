/** Paces the requests of one account's budget. It must not know what is requested. */
import type { Clock } from '../clock.ts';

/**
 * Evenly spaced slots (GCRA with a burst of one). Spacing is a little wider than the limit asks, because one answer 429
 * costs a pause of many slots: at 5 a second a slot comes every 206 ms, which is 4.85 a second
 * and leaves room for what the network does to the spacing.
 */
const MARGIN = 1.03;

export class Limiter {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #lateMs: number;
  #nextMs = 0;
  #leaveMs = 0;

  /**
   * `together` is how many requests the vendor counts in one window. A request that leaves late moves those after it,
   * but for half of what the margin spares of a window: so much may be caught up, and the window never holds more
   * than the limit, however late the process is.
   */
  constructor(clock: Clock, perSecond: number, together = 1) {
    this.#clock = clock;
    this.#intervalMs = (1000 / perSecond) * MARGIN;
    this.#lateMs = ((together * 1000) / perSecond) * ((MARGIN - 1) / 2);
  }

  /** Takes the next slot and says how long until it comes, in milliseconds. Ask `leave` then. */
  reserve(): number {
    const now = this.#clock.now();
    const at = Math.max(now, this.#nextMs);
    this.#nextMs = Math.max(this.#nextMs, now - this.#lateMs) + this.#intervalMs;
    return Math.ceil(at - now);
  }

  /** The slot has come: 0 when its request leaves now, else how much longer to wait because others left late. */
  leave(): number {
    const now = this.#clock.now();
    const waitMs = Math.ceil(this.#leaveMs - now);
    // More than an interval is a clock that was set back.
    if (waitMs > 0 && waitMs <= this.#intervalMs + 1) return waitMs;
    const planned = waitMs > 0 ? now : this.#leaveMs;
    this.#leaveMs = Math.max(planned, now - this.#lateMs) + this.#intervalMs;
    return 0;
  }

  /** Whether a slot is free at this moment. */
  isFree(): boolean {
    return this.#nextMs <= this.#clock.now();
  }

  /** How long until the next slot comes, in milliseconds; 0 when one is free. */
  get freeInMs(): number {
    return Math.max(0, Math.ceil(this.#nextMs - this.#clock.now()));
  }
}
