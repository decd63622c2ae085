/** Puts the parts together and starts and stops them in the right order. It must not know any vendor, nor the sandbox. */
import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { type Clock, type Random, systemClock, systemRandom } from '../clock.ts';
import { type Config, LIMITS, makeDataFolder, type Secrets } from '../config.ts';
import { Delivery } from '../delivery/delivery.ts';
import { type CompiledDestination, compileDestination } from '../destination/compile.ts';
import type { DestinationDefinition } from '../destination/definition.ts';
import { createUndiciTransport } from '../destination/undici-transport.ts';
import type { Failure } from '../event/failure.ts';
import { createInboundReceiver } from '../inbound/receiver.ts';
import { createAddressTokens } from '../inbound/token.ts';
import { Eraser } from '../processing/eraser.ts';
import { Processor } from '../processing/processor.ts';
import { Replayer } from '../processing/replayer.ts';
import { inboundPath } from '../server/ingest/inbound-route.ts';
import { buildIngestServer } from '../server/ingest/ingest-server.ts';
import { buildManagementServer } from '../server/management/server.ts';
import type { Attempt, PendingJob } from '../store/ports/queue.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import type { Store } from '../store/store.ts';
import { createVault } from '../store/vault.ts';
import { logAttempt } from './attempt-log.ts';
import { createInboundDirectory } from './inbound.ts';
import { createLifecycle, type Runtime } from './lifecycle.ts';
import { createMetrics } from './metrics.ts';
import { createPipelineDirectory, ensureDefaultPipeline } from './pipelines.ts';
import { createRevisionCompiler, destinationOf } from './revision-compiler.ts';
import { serviceFacts } from './service-facts.ts';
import { createSweeper } from './sweeper.ts';
import { TargetDirectory } from './targets.ts';
import { createTroubles, type Troubles } from './troubles.ts';
import { createVendor } from './vendors.ts';

export type { Addresses, Runtime } from './lifecycle.ts';

const HOUR_MS = 3_600_000;

export interface RuntimeOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly destinations: readonly DestinationDefinition[];
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Hears of each try, after it is settled. */
  readonly onAttempt?: (attempt: Attempt, job: PendingJob) => void;
  /** Told that the store takes nothing more and is not to be closed; see the store's own `onUnconfirmed`. */
  readonly onUnconfirmed?: (failure: Failure) => void;
  /** Where a simulated account runs beside this; only told to whoever asks what this service is. */
  readonly sandboxUrl?: string;
}

/** Opens the store and builds everything; nothing listens or sends before `start`. */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { config, secrets, clock = systemClock } = options;
  makeDataFolder(config);
  const troubles = createTroubles(options.logger, clock);
  const store = openSqliteStore({
    path: config.databaseFile,
    clock,
    dedupeDays: config.DEDUPE_DAYS,
    retentionDays: config.RETENTION_DAYS,
    parkPerVisitor: config.PARK_PER_VISITOR,
    tombstoneKey: derivedKey(secrets, 'tombstones'),
    onProblem: troubles.ofStore,
    onUnconfirmed: (failure) => {
      options.logger.fatal({ err: failure }, 'store.unconfirmed');
      options.onUnconfirmed?.(failure);
    },
  });
  try {
    return await assemble(store, troubles, options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** A key for one use, so that no two uses share one. */
function derivedKey({ encryptionKey }: Secrets, use: string): Uint8Array {
  return createHmac('sha256', encryptionKey).update(use).digest();
}

async function assemble(store: Store, troubles: Troubles, options: RuntimeOptions): Promise<Runtime> {
  const { config, secrets, logger, clock = systemClock, random = systemRandom } = options;
  const vault = createVault(secrets.encryptionKey);
  const destinations = compiled(options.destinations);
  const areGiven = config.PIPELINE_KEY !== undefined || config.PIPELINE_SECRET !== undefined;
  await ensureDefaultPipeline(store.config, { ...secrets, areGiven }, vault, clock, config.RATE_LIMIT_RPS);

  const reach = {
    transport: createUndiciTransport({ allowedOrigins: config.ALLOWED_API_ORIGINS }),
    clock,
    allowedOrigins: config.ALLOWED_API_ORIGINS,
    ...(config.EVENT_TRACKING_URL === undefined ? {} : { trackingUrl: config.EVENT_TRACKING_URL }),
  };
  const onError = troubles.ofWorker;
  const metrics = createMetrics(store, clock);
  troubles.onStore((problem) => metrics.countStoreProblem(problem));
  const compiler = createRevisionCompiler(destinations);
  const targets = new TargetDirectory({ ...reach, config: store.config, vault, destinations });
  const processor = new Processor({
    store,
    clock,
    compiler,
    limits: {
      batchEvents: LIMITS.processingBatchEvents,
      releasedEvents: LIMITS.processingReleasedEvents,
      bytes: LIMITS.processingBytes,
      pollMs: LIMITS.pollMs,
      parkMs: config.PARK_HOURS * HOUR_MS,
      retryMs: LIMITS.processingRetryMs,
    },
    onError,
  });
  const replayer = new Replayer({
    store,
    clock,
    compiler,
    limits: {
      stepJobs: LIMITS.replayStepJobs,
      bytes: LIMITS.processingBytes,
      pollMs: LIMITS.pollMs,
      retryMs: LIMITS.processingRetryMs,
    },
    onError,
  });
  const eraser = new Eraser({
    store,
    vault,
    clock,
    random,
    accountOf: (template, newest) => {
      const destination = destinationOf(destinations, template);
      return destination.definition.onDelete === undefined ? undefined : compiler.lane(template, newest);
    },
    limits: LIMITS.erasure,
    onError,
  });
  const delivery = new Delivery({
    store,
    clock,
    random,
    targets: targets.target,
    templatesOf: targets.templatesOf,
    owner: random.id(),
    leaseMs: LIMITS.leaseMs,
    limits: deliveryLimits(config),
    onAttempt: (attempt, job) => {
      logAttempt(logger, attempt, job);
      metrics.countAttempt(attempt, job);
      options.onAttempt?.(attempt, job);
    },
    onError,
  });
  const tokens = createAddressTokens(derivedKey(secrets, 'inbound addresses'));
  const ingest = buildIngestServer({
    store,
    clock,
    random,
    pipelines: createPipelineDirectory(store.config, vault),
    limits: {
      maxBatchSize: config.MAX_BATCH_SIZE,
      maxPayloadSize: config.MAX_PAYLOAD_SIZE,
      rateLimitRps: config.RATE_LIMIT_RPS,
      corsOrigins: config.CORS_ORIGINS,
    },
    logger,
    inbound: createInboundReceiver({
      log: store.log,
      random,
      tokens,
      endpoint: createInboundDirectory(store.config, destinations, (lane) => targets.cacheOf(lane)),
    }),
    sdkFiles: { '/d.js': sdkFile('d.js'), '/d-consent.js': sdkFile('d-consent.js') },
  });
  let ingestUrl: string | undefined;
  ingest.server.once('listening', () => {
    ingestUrl = ingest.listeningOrigin;
  });
  const management = buildManagementServer({
    store,
    vault,
    clock,
    random,
    vendors: new Map([...destinations].map(([key, destination]) => [key, createVendor(destination, reach)])),
    adminToken: secrets.adminToken,
    limits: { requestsPerMinute: config.ADMIN_RATE_LIMIT_PER_MINUTE, maxBodyBytes: config.MAX_PAYLOAD_SIZE },
    metrics: metrics.registry,
    hooks: {
      probe: () => delivery.probe(),
      nextProbeMs: (lane, stopped) => delivery.nextProbeMs(lane, stopped),
    },
    service: () => serviceFacts(config, ingestUrl, options.sandboxUrl),
    consoleFolder: fileURLToPath(new URL('../../dist/console', import.meta.url)),
    preview: { ...reach, compiler, destinations, cacheOf: (lane) => targets.cacheOf(lane) },
    erase: (request) => eraser.erase(request),
    inboundPath: (integrationId) => inboundPath(integrationId, tokens.of(integrationId)),
    logger,
  });
  const sweeper = createSweeper(store, clock, onError);
  return createLifecycle({
    config,
    store,
    ingest,
    management,
    workers: [replayer, eraser, processor, delivery, sweeper],
  });
}

function compiled(definitions: readonly DestinationDefinition[]): ReadonlyMap<string, CompiledDestination> {
  return new Map(
    definitions.map((definition) => {
      const destination = compileDestination(definition);
      return [definition.catalog?.key ?? destination.slug, destination];
    }),
  );
}

function deliveryLimits(config: Config): ConstructorParameters<typeof Delivery>[0]['limits'] {
  return {
    requestsPerSecond: config.RATE_LIMIT_PER_SECOND,
    trackingPerSecond: config.TRACKING_LIMIT_PER_SECOND,
    bulkPerMinute: config.BULK_LIMIT_PER_MINUTE,
    concurrency: LIMITS.laneConcurrency,
    takeJobs: LIMITS.takeJobs,
    takeForImport: LIMITS.takeForImport,
    imports: { ...LIMITS.imports, uncertainMs: config.IMPORT_UNCERTAIN_SECONDS * 1_000 },
    failingProbeMs: LIMITS.failingProbeMs,
    eagerProbingMs: LIMITS.eagerProbingMs,
    pollMs: LIMITS.pollMs,
    lookMs: LIMITS.lookMs,
    lingerMs: LIMITS.lingerMs,
    probeMs: LIMITS.probeMs,
    settleRetryMs: LIMITS.settleRetryMs,
    retry: {
      maxAttempts: config.RETRY_MAX_ATTEMPTS,
      windowMs: config.RETRY_WINDOW_HOURS * HOUR_MS,
      baseMs: LIMITS.retryBaseMs,
      capMs: LIMITS.retryCapMs,
      floorMs: LIMITS.retryFloorMs,
    },
  };
}

const sdkFile = (name: string): string => fileURLToPath(new URL(`../../dist/sdk/${name}`, import.meta.url));
