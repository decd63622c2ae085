/** Ports for time and chance, with their system versions. Simulated worlds bring their own. */
import { randomBytes, randomUUID } from 'node:crypto';

/** Wall time in milliseconds since 1970, and timers. `after` returns a function that cancels. */
export interface Clock {
  now(): number;
  after(delayMs: number, run: () => void): () => void;
}

/** `number` is in [0, 1); `id` is a UUID v4; `token` is that many random bytes as lower-case hex. */
export interface Random {
  number(): number;
  id(): string;
  token(bytes: number): string;
}

/** setTimeout overflows above this and would fire at once; longer waits are taken in steps. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      timer = setTimeout(
        () => (leftMs > MAX_TIMER_MS ? arm(leftMs - MAX_TIMER_MS) : run()),
        Math.min(Math.max(leftMs, 0), MAX_TIMER_MS),
      );
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = {
  number: () => Math.random(),
  id: () => randomUUID(),
  token: (bytes) => randomBytes(bytes).toString('hex'),
};

/** Resolves after the delay, by the given clock. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delayMs, resolve));
}
