/** Waits that all end when their owner does. It must not know what they are for. */
import type { Clock } from '../clock.ts';

export class Waits {
  readonly #clock: Clock;
  readonly #open = new Set<() => void>();
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after the delay, or when the waits are ended. */
  for(delayMs: number): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#open.delete(done);
        resolve();
      };
      const cancel = this.#clock.after(delayMs, done);
      this.#open.add(done);
    });
  }

  /** Ends those under way; later ones take no time. */
  end(): void {
    this.#isOver = true;
    for (const done of [...this.#open]) done();
  }
}
