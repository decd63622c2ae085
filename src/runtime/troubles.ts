/** Says in the log what fails behind the doors, seldom enough for a full disk to stay readable. It must not know who mends it. */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Failure } from '../event/failure.ts';
import { createSeldom } from '../server/ingest/seldom.ts';
import type { StoreProblem } from '../store/sqlite/checkpointer.ts';

/** The same trouble is logged once in this time. */
const LOG_EVERY_MS = 10_000;
const MAX_LOGGED_KEYS = 1_000;

export interface Troubles {
  /** A worker failed and tries again. */
  readonly ofWorker: (error: unknown) => void;
  /** The disk refused a commit or a checkpoint. */
  readonly ofStore: (problem: StoreProblem) => void;
  /** From now on `hear` is told of what the store refused, too. */
  onStore(hear: (problem: StoreProblem) => void): void;
}

/** What is known by a code is said once in ten seconds with the number of times; what nobody foresaw, every time. */
export function createTroubles(logger: Logger, clock: Clock): Troubles {
  const seldom = createSeldom(clock, LOG_EVERY_MS, MAX_LOGGED_KEYS);
  let hear = (_problem: StoreProblem): void => {};
  return {
    ofWorker(error) {
      if (!(error instanceof Failure)) logger.error({ err: error }, 'worker.failed');
      else seldom(error.code, (times) => logger.error({ err: error, times }, 'worker.failed'));
    },
    ofStore(problem) {
      hear(problem);
      const { of, code, cause } = problem;
      seldom(`${of} ${code}`, (times) => logger.error({ of, code, err: cause, times }, 'store.refused'));
    },
    onStore(listener) {
      hear = listener;
    },
  };
}
