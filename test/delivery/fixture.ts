/** Delivery on the real store in memory, virtual time, and a destination whose answers a test gives. It must not know any vendor. */
import type { Clock } from '../../src/clock.ts';
import { Delivery, type DeliveryOptions } from '../../src/delivery/delivery.ts';
import {
  type ActionFacts,
  type BatchPerformed,
  type Budget,
  endpointOf,
  type PerformCall,
  type PollCall,
  type Target,
} from '../../src/delivery/target.ts';
import { parseEmail } from '../../src/event/email.ts';
import type { Endpoint, Outcome } from '../../src/event/outcome.ts';
import type { NewJob } from '../../src/store/ports/queue.ts';
import type { DeliverySummary } from '../../src/store/ports/reads.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/open.ts';
import { LANE, newEvent, newJob, newStep, START_MS } from '../store/samples.ts';
import { seededRandom, VirtualTime } from '../world/virtual-time.ts';

export const OK: Outcome = { kind: 'delivered', code: 'DELIVERED' };
export const REFUSED: Outcome & { readonly kind: 'stop' } = {
  kind: 'stop',
  scope: 'integration',
  code: 'CREDENTIALS_REFUSED',
  message: 'The key is refused.',
};

/** What a target says to each kind of call; by default everything is well. */
export interface Answers {
  readonly perform?: (call: PerformCall) => Outcome | Promise<Outcome>;
  readonly submit?: () => BatchPerformed;
  readonly poll?: (call: PollCall) => { readonly pending: boolean; readonly outcomes: readonly Outcome[] };
  readonly probe?: (endpoint: Endpoint) => Outcome | Promise<Outcome>;
}

/** `update` may be joined, `import` handed over in batches of two and more; `record` must not be repeated and has its own budget. */
const ACTIONS: Readonly<Record<string, ActionFacts>> = {
  sync: { repeatable: true, budget: 'api' },
  update: { repeatable: true, budget: 'api', merge: (earlier, later) => ({ ...earlier, ...later }) },
  import: {
    repeatable: true,
    budget: 'api',
    batch: { minItems: 2, maxItems: 100, maxBytes: 100_000, bytes: () => 1, accepts: () => true },
  },
  record: { repeatable: false, budget: 'tracking' },
};

export const LIMITS: DeliveryOptions['limits'] = {
  requestsPerSecond: 5,
  trackingPerSecond: 5,
  bulkPerMinute: 100,
  concurrency: 4,
  takeJobs: 16,
  takeForImport: 100,
  pollMs: 1_000,
  lookMs: 10_000,
  lingerMs: 60_000,
  probeMs: 60_000,
  failingProbeMs: 4_000,
  eagerProbingMs: 20_000,
  settleRetryMs: 500,
  retry: { maxAttempts: 5, windowMs: 86_400_000, baseMs: 1_000, capMs: 60_000, floorMs: 100 },
  imports: {
    maxBatches: 4,
    firstPollMs: 2_000,
    busyPollMs: 2_000,
    maxPollMs: 4_000,
    giveUpMs: 3_600_000,
    uncertainMs: 60_000,
  },
};

export class Fixture {
  readonly time = new VirtualTime(START_MS);
  /** How far the machine's clock is off. */
  skewMs = 0;
  readonly store: SqliteStore;
  readonly errors: unknown[] = [];
  /** What left, in order: `probe it_1`, `sync ann@example.com`, `import …`, `poll batch-1`. */
  readonly sent: string[] = [];
  readonly targets = new Map<string, Target>();
  readonly #lanes = new Map<string, readonly string[]>();
  delivery: Delivery;
  #seq = 0;

  constructor(changes: Partial<DeliveryOptions> = {}) {
    this.store = openSqliteStore({
      path: ':memory:',
      clock: this.#clock(),
      dedupeDays: 28,
      retentionDays: 30,
      parkPerVisitor: 100,
    });
    this.delivery = this.#create(changes);
  }

  #create(changes: Partial<DeliveryOptions>): Delivery {
    return new Delivery({
      store: this.store,
      targets: async (id) => this.targets.get(id),
      templatesOf: async (lane) => this.#lanes.get(lane) ?? [],
      clock: this.#clock(),
      random: seededRandom(1),
      owner: 'me',
      leaseMs: 600_000,
      limits: LIMITS,
      onAttempt: () => {},
      onError: (error) => void this.errors.push(error),
      ...changes,
    });
  }

  #clock(): Clock {
    return this.time.clock(
      () => true,
      () => this.skewMs,
    );
  }

  /** A template on a lane, with its answers; again for another state of its settings. */
  template(id: string, answers: Answers = {}, lane = LANE): Target {
    const tell = async (
      text: string,
      call: { beforeSend(budget: Budget): Promise<void> },
      budget: Budget,
    ) => {
      await call.beforeSend(budget);
      this.sent.push(text);
    };
    const target: Target = {
      templateId: id,
      consentCategories: [],
      missingConsent: 'allow',
      unknownOutcome: 'hold',
      action: (slug) => ACTIONS[slug],
      actionsOn: (endpoint) =>
        Object.keys(ACTIONS).filter((slug) => endpointOf(ACTIONS[slug]?.budget ?? 'api') === endpoint),
      perform: async (call) => {
        try {
          await tell(
            `${call.action} ${String(call.payload['email'])}`,
            call,
            ACTIONS[call.action]?.budget ?? 'api',
          );
        } catch {
          return { exchanges: [], outcome: { kind: 'retry', code: 'INTERNAL_ERROR', message: 'not sent' } };
        }
        return { exchanges: [], outcome: (await answers.perform?.(call)) ?? OK };
      },
      performBatch: async (call) => {
        await tell(`import of ${call.payloads.length}`, call, 'bulk');
        return (
          answers.submit?.() ?? {
            exchanges: [],
            outcomes: [],
            submitted: { batchId: 'batch-1', refused: new Map() },
          }
        );
      },
      poll: async (call) => {
        await tell(`poll ${call.batchId} ${id}`, call, 'api');
        return {
          exchanges: [],
          ...(answers.poll?.(call) ?? { pending: false, outcomes: call.payloads.map(() => OK) }),
        };
      },
      probe: async (endpoint, beforeSend) => {
        await tell(`probe ${id}${endpoint === 'api' ? '' : ` ${endpoint}`}`, { beforeSend }, endpoint);
        return (await answers.probe?.(endpoint)) ?? OK;
      },
    };
    this.targets.set(id, target);
    for (const [other, ids] of this.#lanes)
      this.#lanes.set(
        other,
        ids.filter((one) => one !== id),
      );
    this.#lanes.set(lane, [...(this.#lanes.get(lane) ?? []), id]);
    return target;
  }

  /** The template is gone. */
  remove(id: string): void {
    this.targets.delete(id);
    for (const [lane, ids] of this.#lanes)
      this.#lanes.set(
        lane,
        ids.filter((one) => one !== id),
      );
  }

  /** Adds one job for each address, as one step of processing does. */
  async enqueue(action: string, addresses: readonly string[], change: Partial<NewJob> = {}): Promise<void> {
    const from = this.#seq;
    await this.store.log.append(addresses.map((_, index) => newEvent(`m${from + index + 1}`)));
    this.#seq += addresses.length;
    const jobs = addresses.map((email, index) =>
      newJob(from + index + 1, { action, payload: { email }, contacts: [email], ...change }),
    );
    await this.store.steps.commit(newStep(from, this.#seq, { jobs }));
  }

  /** The person refuses, as an event told that names none of the jobs that wait. */
  async refuse(address: string): Promise<void> {
    const email = parseEmail(address);
    if (email === undefined) throw new Error(`${address} is no address.`);
    const seq = this.#seq + 1;
    await this.store.log.append([newEvent(`m${seq}`)]);
    const decisions = { marketing: { granted: false, atMs: this.time.now() } };
    this.#seq = seq;
    await this.store.steps.commit(
      newStep(seq - 1, seq, { decisions: [{ pipelineId: 'pl_1', subject: `e:${email}`, decisions, seq }] }),
    );
  }

  /** Time passes. */
  async pass(durationMs: number): Promise<void> {
    const untilMs = this.time.now() + durationMs;
    // Each piece lets the store, which works in real turns of the event loop, answer in between.
    while (this.time.now() < untilMs) {
      await this.time.runUntil(Math.min(untilMs, this.time.now() + 50));
      for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async jobs(): Promise<readonly DeliverySummary[]> {
    const { data } = await this.store.reads.deliveries({}, 500);
    return [...data].reverse();
  }

  async states(): Promise<readonly string[]> {
    return (await this.jobs()).map(({ state, code }) => (code === undefined ? state : `${state} ${code}`));
  }

  /** Another process takes over: the former one has left everything under way. */
  async takeOver(changes: Partial<DeliveryOptions> = {}): Promise<void> {
    await this.stop();
    this.delivery = this.#create(changes);
    this.delivery.start();
  }

  async stop(): Promise<void> {
    let isStopped = false;
    const stopping = this.delivery.stop().then(() => {
      isStopped = true;
    });
    for (let piece = 0; piece < 200 && !isStopped; piece += 1) await this.pass(50);
    if (!isStopped) throw new Error('Delivery does not stop.');
    await stopping;
  }
}

export const people = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `c${index}@example.com`);
