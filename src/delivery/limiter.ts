/** Paces the requests of one account's budget. It must not know what is requested. */
import type { Clock } from '../clock.ts';

/**
 * Evenly spaced slots (GCRA with a burst of one). Spacing is a little wider than the limit asks, because one answer 429
 * costs a pause of many slots: at 5 a second a slot comes every 206 ms, which is 4.85 a second
 * and leaves room for what the network does to the spacing.
 */
const MARGIN = 1.03;

/** A vendor that is slow to answer, which looks the same as a slow way to it, costs no more than this of a window. */
const MOST_SLOW = 0.1;

/** A request that left. */
export interface Departure {
  readonly leftMs: number;
  /** When the vendor counted it, as far as is known. */
  countedMs: number;
}

export class Limiter {
  readonly #clock: Clock;
  readonly #together: number;
  readonly #windowMs: number;
  readonly #intervalMs: number;
  readonly #lateMs: number;
  /** Kept between a window's end and the next request, when others were late. */
  readonly #spareMs: number;
  readonly #mostSlowMs: number;
  /** The last that left, twice as many as a window holds, oldest first. */
  readonly #left: Departure[] = [];
  #leastTookMs = Number.POSITIVE_INFINITY;
  #nextMs = 0;
  #leaveMs = 0;

  /**
   * `together` is how many requests the vendor counts in one window. A request that leaves late moves those after it,
   * but for half of what the margin spares of a window: so much may be caught up. However late the process is, the window
   * never holds more than the limit, and a request that was slow on its way counts from when it came (`answered`).
   */
  constructor(clock: Clock, perSecond: number, together = 1) {
    this.#clock = clock;
    this.#together = together;
    this.#windowMs = (together * 1000) / perSecond;
    this.#intervalMs = (1000 / perSecond) * MARGIN;
    this.#lateMs = this.#windowMs * ((MARGIN - 1) / 2);
    this.#spareMs = this.#lateMs / 2;
    this.#mostSlowMs = this.#windowMs * MOST_SLOW;
  }

  /** Takes the next slot and says how long until it comes, in milliseconds. Ask `leave` then. */
  reserve(): number {
    const now = this.#clock.now();
    const at = Math.max(now, this.#nextMs);
    this.#nextMs = Math.max(this.#nextMs, now - this.#lateMs) + this.#intervalMs;
    return Math.ceil(at - now);
  }

  /** The slot has come: its request, which leaves now, or how much longer to wait because others left or came late, in milliseconds. */
  leave(): Departure | number {
    const now = this.#clock.now();
    const waitMs = Math.ceil(Math.max(this.#leaveMs, this.#windowEndsMs()) - now);
    const isSetBack = waitMs > this.#intervalMs + this.#mostSlowMs + 1;
    if (waitMs > 0 && !isSetBack) return waitMs;
    if (isSetBack) this.#left.length = 0;
    const planned = isSetBack ? now : this.#leaveMs;
    this.#leaveMs = Math.max(planned, now - this.#lateMs) + this.#intervalMs;
    const departure = { leftMs: now, countedMs: now };
    this.#left.push(departure);
    if (this.#left.length > 2 * this.#together) this.#left.shift();
    return departure;
  }

  /** When a window is over that holds as many as it may. One that was slow may have come behind others that left later. */
  #windowEndsMs(): number {
    if (this.#left.length < this.#together) return Number.NEGATIVE_INFINITY;
    const newestFirst = this.#left.map(({ countedMs }) => countedMs).sort((a, b) => b - a);
    return (newestFirst[this.#together - 1] ?? 0) + this.#windowMs + this.#spareMs;
  }

  /** Its answer came: what it took longer than the quickest one it may have spent on its way, before it was counted. */
  answered(departure: Departure): void {
    const tookMs = this.#clock.now() - departure.leftMs;
    if (tookMs < 0) return;
    this.#leastTookMs = Math.min(this.#leastTookMs, tookMs);
    departure.countedMs = departure.leftMs + Math.min(tookMs - this.#leastTookMs, this.#mostSlowMs);
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
