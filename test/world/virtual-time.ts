/** Time that jumps from timer to timer, and seeded chance. It must not know what runs in it. */
import type { Clock, Random } from '../../src/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

export class VirtualTime {
  #nowMs: number;
  #order = 0;
  readonly #timers: Timer[] = [];
  readonly #settled: () => Promise<void>;

  /** `isQuiet` resolves when everything that began by now has gone as far as it can without time passing. */
  constructor(startMs: number, isQuiet: () => Promise<void> = settled) {
    this.#nowMs = startMs;
    this.#settled = isQuiet;
  }

  now(): number {
    return this.#nowMs;
  }

  /** A clock whose timers die with their process, and whose wall time may be off by `skewMs`. */
  clock(isAlive: () => boolean = () => true, skewMs: () => number = () => 0): Clock {
    return {
      now: () => this.#nowMs + skewMs(),
      after: (delayMs, run) => this.after(delayMs, () => isAlive() && run()),
    };
  }

  after(delayMs: number, run: () => void): () => void {
    const timer: Timer = {
      atMs: this.#nowMs + Math.ceil(Math.max(0, delayMs)),
      order: this.#order++,
      run,
      isCancelled: false,
    };
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#timers[middle];
      if (
        other !== undefined &&
        (other.atMs > timer.atMs || (other.atMs === timer.atMs && other.order > timer.order))
      )
        low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
    return () => {
      timer.isCancelled = true;
    };
  }

  /** Fires timers in order until the time, letting all promises settle in between. */
  async runUntil(untilMs: number, isDone: () => boolean = () => false): Promise<void> {
    await this.#settled();
    for (;;) {
      const next = this.#timers.at(-1);
      if (next === undefined || next.atMs > untilMs || isDone()) break;
      this.#timers.pop();
      if (next.isCancelled) continue;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
      await this.#settled();
    }
    if (!isDone()) this.#nowMs = Math.max(this.#nowMs, untilMs);
  }
}

/** All promise reactions that are due have run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** mulberry32: the same seed gives the same world. */
export function seededRandom(
  seed: number,
): Random & { pick<T>(list: readonly T[]): T; chance(p: number): boolean; below(n: number): number } {
  let state = seed >>> 0;
  const number = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (n: number): number => Math.floor(number() * n);
  const token = (bytes: number): string =>
    Array.from({ length: bytes }, () => below(256).toString(16).padStart(2, '0')).join('');
  return {
    number,
    below,
    chance: (p) => number() < p,
    pick(list) {
      const one = list[below(list.length)];
      if (one === undefined) throw new RangeError('An empty list has nothing to pick.');
      return one;
    },
    id: () => token(16),
    token,
  };
}
