/** Starts what listens and works, and stops it in the right order. It must not know what the parts do. */
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import type { Store } from '../store/store.ts';
import { listening } from './listening.ts';

export interface Addresses {
  /** `http://HOST:PORT` of the management API and console. */
  readonly adminUrl: string;
  /** `http://HOST:PORT` of ingestion. */
  readonly ingestUrl: string;
}

export interface Runtime {
  readonly store: Store;
  /** Listens and works. Rejects, with everything closed again, when a port is taken. */
  start(): Promise<Addresses>;
  /** Takes no more events, lets what is under way end, closes. Safe to call twice. */
  stop(): Promise<void>;
}

/** Each is tried, whatever became of those before it; the first that failed is thrown at the end. */
async function inTurn(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** What works in the background between `start` and `stop`. */
export interface Worker {
  start(): void;
  stop(): Promise<void>;
}

interface LifecycleParts {
  readonly config: Config;
  readonly store: Store;
  readonly ingest: FastifyInstance;
  readonly management: FastifyInstance;
  /** Stopped in this order. */
  readonly workers: readonly Worker[];
}

/** The running whole of it: `start` listens and works, `stop` drains. */
export function createLifecycle({ config, store, ingest, management, workers }: LifecycleParts): Runtime {
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    inTurn([
      () => ingest.close(),
      ...workers.map((worker) => () => worker.stop()),
      () => management.close(),
      () => store.close(),
    ]);
  return {
    store,
    async start() {
      try {
        const { ADMIN_HOST, ADMIN_PORT, INGEST_HOST, INGEST_PORT } = config;
        const adminUrl = await listening('ADMIN', ADMIN_PORT, () =>
          management.listen({ host: ADMIN_HOST, port: ADMIN_PORT }),
        );
        const ingestUrl = await listening('INGEST', INGEST_PORT, () =>
          ingest.listen({ host: INGEST_HOST, port: INGEST_PORT }),
        );
        for (const worker of workers) worker.start();
        return { adminUrl, ingestUrl };
      } catch (error) {
        stopping ??= stop();
        await stopping;
        throw error;
      }
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}
