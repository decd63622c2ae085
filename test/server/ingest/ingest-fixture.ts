/** An ingestion server on a free loopback port, with a log in memory and one pipeline. */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type Clock, systemClock, systemRandom } from '../../../src/clock.ts';
import type { CanonicalEvent } from '../../../src/event/canonical-event.ts';
import { Failure } from '../../../src/event/failure.ts';
import { buildIngestServer, type IngestDeps } from '../../../src/server/ingest/ingest-server.ts';
import type { PipelineView } from '../../../src/server/ingest/pipeline-access.ts';
import { type MemoryLog, memoryLog } from '../../intake/memory-log.ts';

export const KEY = 'dk_live_0123456789abcdef';
export const SECRET = 'sk_live_fedcba9876543210';

export const PIPELINE: PipelineView = {
  id: 'pip_1',
  enabled: true,
  rateLimitRps: 0,
  domainAllowlist: [],
  config: {},
  secret: () => SECRET,
};

export interface Fixture {
  readonly app: FastifyInstance;
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly log: MemoryLog;
  events(): readonly CanonicalEvent[];
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

export interface FixtureOptions {
  readonly pipeline?: Partial<PipelineView>;
  readonly limits?: Partial<IngestDeps['limits']>;
  readonly connections?: IngestDeps['connections'];
  readonly sdkFiles?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly logger?: NonNullable<IngestDeps['logger']>;
  readonly inbound?: (log: MemoryLog) => NonNullable<IngestDeps['inbound']>;
  /** Throws when it wants the lookup of keys to fail. */
  readonly byKey?: (key: string) => Promise<PipelineView | undefined>;
}

export async function startIngest(options: FixtureOptions = {}): Promise<Fixture> {
  const log = memoryLog();
  const pipeline = { ...PIPELINE, ...options.pipeline };
  const app = buildIngestServer({
    store: { log, upkeep: { sweep: async () => ({ removed: 0 }), probe: () => probe(log) } },
    pipelines: { byKey: options.byKey ?? (async (key) => (key === KEY ? pipeline : undefined)) },
    clock: options.clock ?? systemClock,
    random: systemRandom,
    limits: {
      maxBatchSize: 500,
      maxPayloadSize: 524_288,
      rateLimitRps: 100_000,
      corsOrigins: ['*'],
      ...options.limits,
    },
    ...(options.connections === undefined ? {} : { connections: options.connections }),
    ...(options.logger === undefined ? {} : { logger: options.logger }),
    ...(options.inbound === undefined ? {} : { inbound: options.inbound(log) }),
    ...(options.sdkFiles === undefined ? {} : { sdkFiles: options.sdkFiles }),
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const port = portOf(app.server.address());
  return {
    app,
    url,
    host: `127.0.0.1:${port}`,
    port,
    log,
    events: () => log.events.map(({ event }) => event),
    post: (path, body, headers = { authorization: `Bearer ${KEY}` }) =>
      fetch(url + path, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers,
        redirect: 'manual',
      }),
    close: () => app.close(),
  };
}

async function probe(log: MemoryLog): Promise<void> {
  if (log.failure !== undefined) throw new Failure('STORE_UNAVAILABLE', 'The disk is full.');
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return address.port;
}
