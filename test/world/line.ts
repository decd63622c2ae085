/** Delivery with the real destination, on a store in memory and virtual time, before whatever network a test gives. It must not hold claims. */
import { activecampaign } from '../../src/activecampaign/destination.ts';
import { Delivery, type DeliveryOptions } from '../../src/delivery/delivery.ts';
import { compileDestination } from '../../src/destination/compile.ts';
import type { Transport } from '../../src/destination/transport.ts';
import { createRevisionCompiler } from '../../src/runtime/revision-compiler.ts';
import { TargetDirectory } from '../../src/runtime/targets.ts';
import { settingAad } from '../../src/server/management/settings.ts';
import type { Attempt, NewJob, PendingJob } from '../../src/store/ports/queue.ts';
import type { DeliverySummary } from '../../src/store/ports/reads.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/open.ts';
import { createVault } from '../../src/store/vault.ts';
import {
  newEvent,
  newIntegration,
  newJob,
  newPipeline,
  newRevision,
  newStep,
  newTemplate,
} from '../store/samples.ts';
import { seededRandom, type VirtualTime } from './virtual-time.ts';

export interface LineOptions {
  readonly time: VirtualTime;
  readonly transport: Transport;
  readonly apiUrl: string;
  readonly allowedOrigins?: readonly string[];
  readonly trackingUrl?: string;
  readonly unknownOutcome?: 'hold' | 'resend';
  readonly limits?: Partial<DeliveryOptions['limits']>;
  readonly onAttempt?: (attempt: Attempt, job: PendingJob) => void;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** As the service has them by default, but that time is not spent on looking for work that nobody brings. */
const LIMITS: DeliveryOptions['limits'] = {
  requestsPerSecond: 5,
  trackingPerSecond: 5,
  bulkPerMinute: 100,
  concurrency: 8,
  takeJobs: 64,
  takeForImport: 320,
  pollMs: 30_000,
  lookMs: 10_000,
  lingerMs: 60_000,
  probeMs: MINUTE_MS,
  failingProbeMs: 4_000,
  eagerProbingMs: 10 * MINUTE_MS,
  settleRetryMs: 500,
  retry: { maxAttempts: 12, windowMs: 72 * HOUR_MS, baseMs: 4_000, capMs: 12 * HOUR_MS, floorMs: 1_000 },
  imports: {
    maxBatches: 10,
    firstPollMs: 2_000,
    busyPollMs: 6_000,
    maxPollMs: MINUTE_MS,
    giveUpMs: 2 * HOUR_MS,
    // Longer than the simulated account needs to work an import off.
    uncertainMs: 60_000,
  },
};

const destinations = new Map([['activecampaign', compileDestination(activecampaign)]]);
const vault = createVault(new Uint8Array(32).fill(7));
const TEMPLATE = 'it_1';

export class Line {
  readonly time: VirtualTime;
  readonly store: SqliteStore;
  readonly lane: string;
  readonly errors: unknown[] = [];
  readonly #options: LineOptions;
  readonly #delivery: Delivery;
  #seq = 0;

  constructor(options: LineOptions) {
    const { time, transport, allowedOrigins = [], trackingUrl, onAttempt = () => {} } = options;
    this.#options = options;
    this.time = time;
    const clock = time.clock();
    this.store = openSqliteStore({
      path: ':memory:',
      clock,
      dedupeDays: 28,
      retentionDays: 30,
      parkPerVisitor: 100,
    });
    const targets = new TargetDirectory({
      config: this.store.config,
      vault,
      destinations,
      transport,
      clock,
      allowedOrigins,
      ...(trackingUrl === undefined ? {} : { trackingUrl }),
    });
    this.lane = createRevisionCompiler(destinations).lane(
      newTemplate(TEMPLATE, { catalogVendorKey: 'activecampaign' }),
      this.#revision(),
    );
    this.#delivery = new Delivery({
      store: this.store,
      clock,
      random: seededRandom(1),
      targets: targets.target,
      templatesOf: targets.templatesOf,
      owner: 'line',
      leaseMs: HOUR_MS,
      limits: { ...LIMITS, ...options.limits },
      onAttempt,
      onError: (error) => void this.errors.push(error),
    });
  }

  async start(): Promise<void> {
    await this.store.config.putPipeline(newPipeline('pl_1'));
    await this.store.config.install(
      newTemplate(TEMPLATE, { catalogVendorKey: 'activecampaign' }),
      this.#revision(),
      newIntegration('pi_1'),
    );
    this.#delivery.start();
  }

  #revision() {
    const { apiUrl, unknownOutcome = 'hold' } = this.#options;
    const sealed = (name: string, value: string) => vault.seal(value, settingAad(TEMPLATE, name));
    return newRevision('rev_1', {
      settings: {
        api_url: apiUrl,
        event_tracking_account_id: '1000001',
        missing_consent: 'allow',
        unknown_outcome: unknownOutcome,
      },
      sealed: {
        api_key: sealed('api_key', 'sandbox-key'),
        event_tracking_key: sealed('event_tracking_key', 'sandbox-event-key'),
      },
    });
  }

  /** One event and one job for each, in this order, as one step of processing adds them. */
  async enqueue(jobs: readonly Pick<NewJob, 'action' | 'payload' | 'contacts'>[]): Promise<void> {
    const from = this.#seq;
    await this.store.log.append(jobs.map((_, index) => newEvent(`m${from + index + 1}`)));
    this.#seq += jobs.length;
    const added = jobs.map((job, index) => newJob(from + index + 1, { lane: this.lane, ...job }));
    await this.store.steps.commit(newStep(from, this.#seq, { jobs: added }));
  }

  /** Every delivery, in job order. */
  async deliveries(): Promise<readonly DeliverySummary[]> {
    const found: DeliverySummary[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.store.reads.deliveries({}, 500, cursor);
      found.push(...page.data);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return found.reverse();
  }

  async close(): Promise<void> {
    let isStopped = false;
    const stopping = this.#delivery.stop().then(() => {
      isStopped = true;
    });
    await this.time.runUntil(this.time.now() + HOUR_MS, () => isStopped);
    await stopping;
    await this.store.close();
  }
}
