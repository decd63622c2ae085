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

  /**
   * A slot that is taken late moves those after it, except for `lateSlots` intervals that may be caught up: with one,
   * a minute of a hundred slots has never more than 99.
   */
  constructor(clock: Clock, perSecond: number, lateSlots = 0) {
    this.#clock = clock;
    this.#intervalMs = (1000 / perSecond) * MARGIN;
    this.#lateMs = lateSlots * this.#intervalMs;
  }

  /** Takes the next slot and says how long until it comes, in milliseconds. */
  reserve(): number {
    const now = this.#clock.now();
    const at = Math.max(now, this.#nextMs);
    this.#nextMs = Math.max(this.#nextMs, now - this.#lateMs) + this.#intervalMs;
    return Math.ceil(at - now);
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
