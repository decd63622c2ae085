/** Paces the requests of one account's budget. It must not know what is requested. */
import type { Clock } from '../clock.ts';

/**
 * Evenly spaced slots (GCRA with a burst of one). Spacing is a little wider than the limit asks, because one answer 429
 * costs a pause of many slots: at 5 a second a slot comes every 206 ms, which is 4.85 a second
 * and leaves room for what the network does to the spacing.
 */
const MARGIN = 1.03;

/** A place in the account's windows: taken for a request that leaves then, or somewhat later (`left`). */
export interface Slot {
  atMs: number;
}

export class Limiter {
  readonly #clock: Clock;
  readonly #together: number;
  readonly #windowMs: number;
  readonly #intervalMs: number;
  readonly #lateMs: number;
  /** The last ones, twice as many as a window holds. */
  readonly #slots: Slot[] = [];
  #seenMs = 0;
  #nextMs = 0;
  #leaveMs = 0;

  /**
   * `together` is how many requests the vendor counts in one window. A request that leaves late moves those after it,
   * but for half of what the margin spares of a window: so much may be caught up. A window never holds more than the
   * limit, however late the process is.
   */
  constructor(clock: Clock, perSecond: number, together = 1) {
    this.#clock = clock;
    this.#together = together;
    this.#windowMs = (together * 1000) / perSecond;
    this.#intervalMs = (1000 / perSecond) * MARGIN;
    this.#lateMs = this.#windowMs * ((MARGIN - 1) / 2);
  }

  /** Takes the next slot and says how long until it comes, in milliseconds. Ask `leave` then. */
  reserve(): number {
    const now = this.#now();
    const at = Math.max(now, this.#nextMs);
    this.#nextMs = Math.max(this.#nextMs, now - this.#lateMs) + this.#intervalMs;
    return Math.ceil(at - now);
  }

  /** The slot has come: it, when its request may leave now, else how much longer to wait because others left late. */
  leave(): Slot | number {
    const now = this.#now();
    const waitMs = Math.ceil(Math.max(this.#leaveMs, this.#windowEndsMs()) - now);
    if (waitMs > 0) return waitMs;
    this.#leaveMs = Math.max(this.#leaveMs, now - this.#lateMs) + this.#intervalMs;
    const slot = { atMs: now };
    this.#slots.push(slot);
    if (this.#slots.length > 2 * this.#together) this.#slots.shift();
    return slot;
  }

  /** Its request leaves only now, so the vendor counts it from now. To be said before a window has passed since `leave`. */
  left(slot: Slot): void {
    slot.atMs = this.#now();
  }

  /** When the window is over that is full. The half of the margin that may not be caught up is for the network. */
  #windowEndsMs(): number {
    const newestFirst = this.#slots.map(({ atMs }) => atMs).sort((a, b) => b - a);
    const first = newestFirst[this.#together - 1];
    return first === undefined ? Number.NEGATIVE_INFINITY : first + this.#windowMs + this.#lateMs;
  }

  /** Whether a slot is free at this moment. */
  isFree(): boolean {
    return this.freeInMs === 0;
  }

  /** How long until the next slot comes, in milliseconds; 0 when one is free. */
  get freeInMs(): number {
    const now = this.#now();
    return Math.max(0, Math.ceil(Math.max(this.#nextMs, this.#windowEndsMs()) - now));
  }

  /** A clock that is set back takes everything with it, so that nobody waits for it to catch up. */
  #now(): number {
    const now = this.#clock.now();
    const backMs = Math.max(0, this.#seenMs - now);
    this.#seenMs = now;
    if (backMs === 0) return now;
    this.#nextMs -= backMs;
    this.#leaveMs -= backMs;
    for (const slot of this.#slots) slot.atMs -= backMs;
    return now;
  }
}
