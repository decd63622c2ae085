/** A wait that can be cut short. A signal given while nobody waits is remembered. It must not know what it is for. */
import type { Clock } from '../clock.ts';

export class Signal {
  readonly #clock: Clock;
  #isGiven = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  give(): void {
    this.#isGiven = true;
    this.#wake?.();
  }

  /** Resolves at the signal, or after the delay. */
  take(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#isGiven = false;
        this.#wake = undefined;
        resolve();
      };
      const cancel = this.#clock.after(delayMs, () => done());
      this.#wake = done;
      if (this.#isGiven) done();
    });
  }
}
