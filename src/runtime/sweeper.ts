/** The worker that keeps the database to its retention. It must not know what is removed. */
import type { Clock } from '../clock.ts';
import { LIMITS } from '../config.ts';
import type { Store } from '../store/store.ts';
import type { Worker } from './lifecycle.ts';

/** Forgets what is older than the retention, a bounded piece at a time. */
export function createSweeper(store: Store, clock: Clock, onError: (error: unknown) => void): Worker {
  let cancel = (): void => {};
  let sweeping: Promise<unknown> = Promise.resolve();
  const arm = (delayMs: number): void => {
    cancel = clock.after(delayMs, () => {
      sweeping = store.upkeep
        .sweep(clock.now())
        .then(({ removed }) => arm(removed > 0 ? 0 : LIMITS.sweepMs))
        .catch((error: unknown) => {
          onError(error);
          arm(LIMITS.sweepMs);
        });
    });
  };
  return {
    start: () => arm(LIMITS.sweepMs),
    async stop() {
      cancel();
      await sweeping;
      cancel();
    },
  };
}
