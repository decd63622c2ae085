/** A whole world with a seed: clients, intake, processing, delivery and the store, with a virtual clock, a failing network and disk, and a process that crashes. It must not know the insides of what it runs. */

import { activecampaign } from '../../src/activecampaign/destination.ts';
import type { Clock } from '../../src/clock.ts';
import { Delivery } from '../../src/delivery/delivery.ts';
import { compileDestination } from '../../src/destination/compile.ts';
import { governanceOf } from '../../src/intake/governance.ts';
import { createIntake } from '../../src/intake/intake.ts';
import { Processor } from '../../src/processing/processor.ts';
import { createRevisionCompiler } from '../../src/runtime/revision-compiler.ts';
import { TargetDirectory } from '../../src/runtime/targets.ts';
import { settingAad } from '../../src/server/management/settings.ts';
import type { DeliverySummary } from '../../src/store/ports/reads.ts';
import type { Step } from '../../src/store/ports/steps.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import { createVault } from '../../src/store/vault.ts';
import { Account } from './account.ts';
import { seededRandom, VirtualTime } from './virtual-time.ts';

const START_MS = Date.parse('2026-03-01T00:00:00.000Z');
const HOUR_MS = 3_600_000;
const PIPELINE = 'pip_world';
/** Hints do most of the waking; the poll is rare so that virtual hours pass quickly. */
const POLL_MS = 20_000;
const MAX_ERRORS = 10;
const API = 'https://world.api-us1.com';

export interface WorldOptions {
  readonly seed: number;
  readonly visitors?: number;
  readonly eventsPerVisitor?: number;
  readonly unknownOutcome?: 'hold' | 'resend';
}

type Manner = 'consents' | 'refuses' | 'withdraws' | 'silent';

interface Visitor {
  readonly id: string;
  readonly email: string;
  readonly manner: Manner;
  readonly script: readonly WireEvent[];
  next: number;
  isDone: boolean;
}

interface WireEvent {
  readonly messageId: string;
  readonly n: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the audit found wrong; empty for a sound world. */
export interface Report {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly acknowledged: number;
  readonly delivered: number;
  readonly held: number;
  readonly crashes: number;
  readonly requests: number;
  readonly imports: number;
  readonly virtualHours: number;
}

/** The blueprint of the world: the number of each event reaches the account. */
const blueprint = {
  version: 2,
  global: { mappings: [{ source: 'email', target: 'email' }] },
  defaults: { action: 'drop' },
  events: {
    identify: { enabled: true, mappings: [{ source: 'traits.tag', target: 'firstName' }] },
    Step: { enabled: true, vendor_event_name: 'step', mappings: [{ source: 'properties.n', target: 'n' }] },
  },
};

const settings = {
  api_url: API,
  event_tracking_account_id: '1000001',
  consent_categories: ['marketing'],
  missing_consent: 'deny',
};

/** Compiled once: it is pure. */
const destinations = new Map([['activecampaign', compileDestination(activecampaign)]]);

export async function runWorld(options: WorldOptions): Promise<Report> {
  return new World(options).run();
}

class World {
  readonly #options: Required<WorldOptions>;
  readonly #chance: ReturnType<typeof seededRandom>;
  readonly #time = new VirtualTime(START_MS);
  readonly #account: Account;
  readonly #visitors: readonly Visitor[];
  readonly #acknowledged = new Map<string, Visitor>();
  /** When a visitor's withdrawal was processed. */
  readonly #withdrawnAtMs = new Map<string, number>();
  readonly #errors: string[] = [];
  #generation = 0;
  #crashes = 0;
  #diskFailsUntilMs = 0;
  /** How far the machine's clock is off and was at the most, and how often it was set. */
  #skewMs = 0;
  #mostSkewMs = 0;
  #jumps = 0;
  #store: (Store & { serialize(): Buffer }) | undefined;
  #stop: () => Promise<void> = async () => {};
  #accept: (event: WireEvent) => Promise<void> = async () => {};

  constructor(options: WorldOptions) {
    // One world in ten is a crowd, so that updates go by import.
    const size =
      options.seed % 10 === 0 ? { visitors: 80, eventsPerVisitor: 3 } : { visitors: 5, eventsPerVisitor: 8 };
    this.#options = { ...size, unknownOutcome: 'hold', ...options };
    this.#chance = seededRandom(options.seed);
    this.#account = new Account(this.#time, this.#chance);
    this.#visitors = Array.from({ length: this.#options.visitors }, (_, index) => this.#visitor(index));
  }

  async run(): Promise<Report> {
    await this.#boot(undefined);
    await this.#install();
    for (const visitor of this.#visitors) this.#visit(visitor);
    this.#account.faultRate = this.#chance.pick([0, 0.05, 0.2, 0.5]);
    await this.#trouble();
    this.#account.faultRate = 0;
    this.#diskFailsUntilMs = 0;
    await this.#time.runUntil(this.#time.now() + 200 * HOUR_MS, () =>
      this.#visitors.every(({ isDone }) => isDone),
    );
    await this.#drain();
    const report = await this.#audit();
    await this.#end();
    return report;
  }

  /** Crashes, failing disks and time, for a while. */
  async #trouble(): Promise<void> {
    const turns = 1 + this.#chance.below(8);
    for (let turn = 0; turn < turns; turn += 1) {
      await this.#time.runUntil(this.#time.now() + this.#chance.below(20_000));
      const kind = this.#chance.pick(['crash', 'crash', 'restart', 'disk', 'clock', 'nothing']);
      if (kind === 'crash') await this.#crash();
      if (kind === 'restart') await this.#restart();
      if (kind === 'disk') this.#diskFailsUntilMs = this.#time.now() + this.#chance.below(5_000);
      if (kind === 'clock') this.#setClock();
    }
  }

  /** By up to an hour, forward or back. Set forward, it makes a pause that was told seem over. */
  #setClock(): void {
    this.#jumps += 1;
    const byMs = this.#chance.below(2 * HOUR_MS) - HOUR_MS;
    this.#skewMs += byMs;
    this.#mostSkewMs = Math.max(this.#mostSkewMs, this.#skewMs);
    if (byMs > 0) this.#account.forgetPause(Number.POSITIVE_INFINITY, 0);
  }

  /** The process is gone between two instants; what was committed is there. */
  async #crash(): Promise<void> {
    this.#crashes += 1;
    const image = this.#store?.serialize();
    this.#generation += 1;
    this.#account.forgetPause(50, this.#diskFailsUntilMs);
    // A process needs longer to come up than a request that was on its way needs to arrive.
    await this.#time.runUntil(this.#time.now() + 500 + this.#chance.below(3_000));
    await this.#boot(image);
  }

  async #restart(): Promise<void> {
    let isStopped = false;
    void this.#stop().then(() => {
      isStopped = true;
    });
    await this.#time.runUntil(this.#time.now() + HOUR_MS, () => isStopped);
    const image = this.#store?.serialize();
    this.#generation += 1;
    this.#account.forgetPause(0, this.#diskFailsUntilMs);
    await this.#boot(image);
  }

  async #boot(image: Buffer | undefined): Promise<void> {
    const generation = this.#generation;
    const isAlive = (): boolean => this.#generation === generation;
    const clock = this.#time.clock(isAlive, () => this.#skewMs);
    const store = await openSqliteStore({
      path: ':memory:',
      clock,
      dedupeDays: 28,
      retentionDays: 30,
      parkPerVisitor: 100,
      ...(image === undefined ? {} : { image }),
      schedule: (flush) => void clock.after(this.#chance.below(5), flush),
      commit: (run) => {
        if (this.#time.now() < this.#diskFailsUntilMs)
          throw Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' });
        run();
      },
    });
    this.#store = store;
    this.#start(store, clock, isAlive);
  }

  #start(store: Store, clock: Clock, isAlive: () => boolean): void {
    const vault = createVault(KEY);
    const random = { ...this.#chance };
    const targets = new TargetDirectory({
      config: store.config,
      vault,
      destinations,
      transport: this.#account.transport(isAlive),
      clock,
      allowedOrigins: [],
    });
    const onError = (error: unknown): void => {
      if (isAlive() && this.#errors.length < MAX_ERRORS && !isUnavailable(error))
        this.#errors.push(String(error instanceof Error ? error.stack : error));
    };
    const { log, ledger, config } = store;
    const steps: Store['steps'] = {
      cursor: () => store.steps.cursor(),
      commit: (step) => this.#watchedCommit(store, step),
      expiredParked: (nowMs, limit) => store.steps.expiredParked(nowMs, limit),
      expire: (seqs) => store.steps.expire(seqs),
    };
    const processor = new Processor({
      store: { log, ledger, config, steps },
      clock,
      compiler: createRevisionCompiler(destinations),
      limits: {
        batchEvents: 20,
        releasedEvents: 6,
        bytes: 4_000,
        pollMs: POLL_MS,
        parkMs: 24 * HOUR_MS,
        retryMs: 500,
      },
      onError,
    });
    const delivery = new Delivery({
      store,
      clock,
      random,
      targets: targets.target,
      templatesOf: targets.templatesOf,
      owner: `world-${this.#generation}`,
      leaseMs: 60_000,
      limits: {
        requestsPerSecond: 5,
        trackingPerSecond: 5,
        bulkPerMinute: 100,
        takeForImport: 320,
        failingProbeMs: 4_000,
        eagerProbingMs: 600_000,
        imports: {
          maxBatches: 10,
          firstPollMs: 2_000,
          busyPollMs: 6_000,
          maxPollMs: 30_000,
          giveUpMs: 2 * HOUR_MS,
          // Longer than the simulated account needs to work an import off.
          uncertainMs: 60_000,
        },
        concurrency: 8,
        takeJobs: 16,
        pollMs: POLL_MS,
        lookMs: 10_000,
        lingerMs: 60_000,
        probeMs: 60_000,
        settleRetryMs: 500,
        retry: { maxAttempts: 1_000, windowMs: 1_000 * HOUR_MS, baseMs: 1_000, capMs: 60_000, floorMs: 100 },
      },
      onAttempt: () => {},
      onError,
    });
    const intake = createIntake(store.log, random);
    this.#accept = async ({ body }) => {
      const receivedAtMs = clock.now();
      const { rejected } = await intake.accept({ id: PIPELINE, governance: governanceOf({}) }, [body], {
        receivedAtMs,
      });
      if (rejected.length > 0) this.#errors.push(`intake refused: ${JSON.stringify(rejected)}`);
    };
    this.#stop = async () => {
      await processor.stop();
      await delivery.stop();
    };
    processor.start();
    delivery.start();
  }

  async #watchedCommit(store: Store, step: Step): Promise<boolean> {
    const committed = await store.steps.commit(step);
    if (!committed) return false;
    // Decisions are dated by the clock: one made while it is behind is older than what was decided before.
    if (this.#skewMs < this.#mostSkewMs) return true;
    for (const { subject, decisions } of step.decisions) {
      if (decisions['marketing']?.granted !== false) continue;
      const visitor = this.#visitors.find(({ id }) => subject === `u:${id}`);
      if (visitor !== undefined && !this.#withdrawnAtMs.has(visitor.email))
        this.#withdrawnAtMs.set(visitor.email, this.#time.now());
    }
    return true;
  }

  async #install(): Promise<void> {
    const store = this.#mustStore();
    const createdAtMs = this.#time.now();
    const vault = createVault(KEY);
    const templateId = 'tmpl_world';
    const sealed = Object.fromEntries(
      Object.entries({ api_key: 'k', event_tracking_key: 'e' }).map(([name, value]) => [
        name,
        vault.seal(value, settingAad(templateId, name)),
      ]),
    );
    await this.#now(
      store.config.putPipeline({
        id: PIPELINE,
        name: 'World',
        slug: 'world',
        type: 'web',
        pipelineKey: 'dk_live_world',
        sealedSecret: '',
        secretPrefix: '',
        domainAllowlist: [],
        labels: [],
        rateLimitRps: 1000,
        parameters: {},
        config: {},
        enabled: true,
        createdAtMs,
        updatedAtMs: createdAtMs,
      }),
    );
    await this.#now(
      store.config.install(
        {
          id: templateId,
          name: 'World',
          vendor: 'World',
          description: '',
          catalogVendorKey: 'activecampaign',
          catalogVariantKey: 'default',
          createdAtMs,
          updatedAtMs: createdAtMs,
        },
        {
          id: 'rev_world',
          templateId,
          number: 1,
          blueprint,
          settings: { ...settings, unknown_outcome: this.#options.unknownOutcome },
          sealed,
          deliveryMode: 'server_side',
          changeSummary: '',
          createdBy: 'world',
          createdAtMs,
        },
        {
          id: 'pi_world',
          pipelineId: PIPELINE,
          templateId,
          revisionId: 'rev_world',
          enabled: true,
          createdAtMs,
          updatedAtMs: createdAtMs,
        },
      ),
    );
  }

  /** Runs time until a promise of the store settles. */
  async #now<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const watched = promise.finally(() => {
      isSettled = true;
    });
    watched.catch(() => {});
    await this.#time.runUntil(this.#time.now() + 60_000, () => isSettled);
    return watched;
  }

  #visitor(index: number): Visitor {
    const id = `user-${index}`;
    const email = `visitor${index}@example.com`;
    const manner = this.#chance.pick<Manner>([
      'consents',
      'consents',
      'consents',
      'refuses',
      'withdraws',
      'silent',
    ]);
    const count = this.#options.eventsPerVisitor;
    const identifyAt = this.#chance.below(Math.max(1, count - 2));
    const withdrawAt = identifyAt + 1 + this.#chance.below(count - identifyAt);
    const script = Array.from({ length: count }, (_, n): WireEvent => {
      const messageId = `m-${index}-${n}`;
      const isWithdrawn = manner === 'refuses' || (manner === 'withdraws' && n >= withdrawAt);
      const consent = manner === 'silent' ? {} : { consent: { marketing: !isWithdrawn } };
      const who =
        n < identifyAt ? { anonymousId: `anon-${index}` } : { userId: id, anonymousId: `anon-${index}` };
      const isIdentify = n === identifyAt || (n > identifyAt && this.#chance.chance(0.3));
      const what = isIdentify
        ? {
            type: 'identify',
            userId: id,
            traits: { email: this.#chance.chance(0.5) ? email : ` ${email.toUpperCase()}`, tag: `n${n}` },
          }
        : { type: 'track', event: 'Step', properties: { n } };
      return { messageId, n, body: { messageId, ...who, ...what, context: consent } };
    });
    return { id, email, manner, script, next: 0, isDone: false };
  }

  /** Sends the script in order; each event again until it is acknowledged, sometimes once more than needed. */
  #visit(visitor: Visitor): void {
    const send = (): void => {
      const event = visitor.script[visitor.next];
      if (event === undefined) {
        visitor.isDone = true;
        return;
      }
      const generation = this.#generation;
      let isAnswered = false;
      const again = (delayMs: number): void => {
        if (isAnswered) return;
        isAnswered = true;
        this.#time.after(delayMs, send);
      };
      this.#accept(event).then(
        () => {
          if (this.#generation !== generation) return;
          this.#acknowledged.set(event.messageId, visitor);
          if (!this.#chance.chance(0.1)) visitor.next += 1;
          again(this.#chance.below(4_000));
        },
        () => again(500),
      );
      this.#time.after(10_000, () => again(0));
    };
    this.#time.after(this.#chance.below(3_000), send);
  }

  /** Time passes until nothing is open but what waits for a person. */
  async #drain(): Promise<void> {
    for (let minutes = 5; minutes < 100 * 60; minutes *= 2) {
      await this.#time.runUntil(this.#time.now() + minutes * 60_000);
      const jobs = await this.#jobs();
      const isProcessed = (await this.#mustStore().steps.cursor()) === (await this.#mustStore().log.head());
      if (
        isProcessed &&
        jobs.every(({ state }) => state !== 'waiting' && state !== 'sending' && state !== 'submitted')
      )
        return;
    }
  }

  async #jobs(): Promise<readonly DeliverySummary[]> {
    const found: DeliverySummary[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#mustStore().reads.deliveries({}, 100, cursor);
      found.push(...page.data);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return found.sort((a, b) => a.id - b.id);
  }

  async #audit(): Promise<Report> {
    const violations = [...this.#errors, ...this.#account.breaches];
    const jobs = await this.#jobs();
    const logged = await this.#mustStore().log.read(0, 100_000);
    violations.push(...this.#lost(logged.map(({ event }) => event.messageId)));
    violations.push(...this.#unsettled(jobs));
    violations.push(
      ...this.#misdelivered(jobs, new Map(logged.map(({ seq, event }) => [seq, event.messageId]))),
    );
    const delivered = new Set(
      jobs.filter(({ state }) => state === 'delivered').map(({ seq }) => logged[seq - 1]?.event.messageId),
    );
    violations.push(
      ...this.#staleContacts(jobs, new Map(logged.map(({ seq, event }) => [seq, event.messageId]))),
    );
    violations.push(...this.#consentBreaches(), ...this.#disorder(delivered), ...this.#rateBreaches());
    return {
      seed: this.#options.seed,
      violations,
      acknowledged: this.#acknowledged.size,
      delivered: jobs.filter(({ state }) => state === 'delivered').length,
      held: jobs.filter(({ state }) => state === 'held').length,
      crashes: this.#crashes,
      requests: this.#account.requests.length,
      imports: this.#account.imports,
      virtualHours: Math.round((this.#time.now() - START_MS) / HOUR_MS),
    };
  }

  #lost(messageIds: readonly string[]): string[] {
    const inLog = new Set(messageIds);
    const twice = messageIds.length - inLog.size;
    const lost = [...this.#acknowledged.keys()]
      .filter((id) => !inLog.has(id))
      .map((id) => `${id} was acknowledged and is not in the log`);
    return twice === 0 ? lost : [...lost, `${twice} events are in the log twice`];
  }

  /** Nothing is given up, and nothing is filtered of somebody who never refused. */
  #unsettled(jobs: readonly DeliverySummary[]): string[] {
    const consenting = new Set(
      this.#visitors.filter(({ manner }) => manner === 'consents').map(({ email }) => email),
    );
    const isAllowed = ({ state, contacts }: DeliverySummary): boolean => {
      if (state === 'filtered') return !contacts.some((contact) => consenting.has(contact));
      return state === 'delivered' || (state === 'held' && this.#options.unknownOutcome === 'hold');
    };
    return jobs
      .filter((job) => !isAllowed(job))
      .map(({ id, state, code }) => `job ${id} ended as ${state} ${code ?? ''}`);
  }

  /** Every acknowledged event of a visitor who consents has a job; every delivered job arrived; no event arrived twice unless resending was chosen. */
  #misdelivered(jobs: readonly DeliverySummary[], messageIds: ReadonlyMap<number, string>): string[] {
    const found: string[] = [];
    const withJob = new Set(jobs.map(({ seq }) => messageIds.get(seq)));
    for (const [messageId, visitor] of this.#acknowledged) {
      if (visitor.manner === 'consents' && !withJob.has(messageId)) found.push(`${messageId} has no job`);
    }
    const times = new Map<string, number>();
    for (const { kind, email, n } of this.#account.effects) {
      if (kind === 'event') times.set(`${email} ${n}`, (times.get(`${email} ${n}`) ?? 0) + 1);
    }
    for (const job of jobs) {
      if (job.action !== 'trackEvent') continue;
      const n = Number(messageIds.get(job.seq)?.split('-')[2]);
      const count = times.get(`${job.contacts[0]} ${n}`) ?? 0;
      if (job.state === 'delivered' && count === 0)
        found.push(`job ${job.id} is delivered and never arrived`);
      if (count > 1 && this.#options.unknownOutcome === 'hold')
        found.push(`event ${n} of ${job.contacts[0]} arrived ${count} times`);
    }
    return found;
  }

  #consentBreaches(): string[] {
    const never = new Set(
      this.#visitors
        .filter(({ manner }) => manner === 'refuses' || manner === 'silent')
        .map(({ email }) => email),
    );
    const found: string[] = [];
    for (const { email, startedAtMs } of this.#account.arrivals) {
      if (never.has(email)) found.push(`${email} never consented and was sent`);
      const withdrawnAtMs = this.#withdrawnAtMs.get(email);
      // Consent is asked, the job is marked (one commit), the request leaves: some milliseconds at the most.
      if (withdrawnAtMs !== undefined && startedAtMs > withdrawnAtMs + 20)
        found.push(`${email} was sent ${startedAtMs - withdrawnAtMs} ms after its withdrawal was processed`);
    }
    return found;
  }

  /**
   * A contact's events arrive in the order of the log: the visitor sent them by number. One whose outcome nobody could
   * know may arrive late: it holds nobody.
   */
  #disorder(delivered: ReadonlySet<string | undefined>): string[] {
    const found: string[] = [];
    const last = new Map<string, number>();
    for (const { kind, email, n } of this.#account.effects) {
      const messageId = `m-${/\d+/.exec(email)?.[0]}-${n}`;
      if (kind !== 'event' || !delivered.has(messageId)) continue;
      const before = last.get(email) ?? -1;
      if (n < before && this.#options.unknownOutcome === 'hold')
        found.push(`event ${n} of ${email} arrived after ${before}`);
      last.set(email, Math.max(before, n));
    }
    return found;
  }

  /**
   * A contact ends with what the newest of its updates said, by whatever way each went. One that was filtered may have
   * arrived: consent was withdrawn before its outcome was known, or the process crashed before it could keep it.
   */
  #staleContacts(jobs: readonly DeliverySummary[], messageIds: ReadonlyMap<number, string>): string[] {
    const wanted = new Map<string, number>();
    for (const job of jobs) {
      const email = job.contacts[0] ?? '';
      if (job.action !== 'syncContact') continue;
      if (job.state === 'delivered') wanted.set(email, Number(messageIds.get(job.seq)?.split('-')[2]));
      else wanted.delete(email);
    }
    return [...wanted].flatMap(([email, n]) => {
      const last = this.#account.effects.findLast(
        (effect) => effect.kind === 'sync' && effect.email === email && !Number.isNaN(effect.n),
      );
      return last?.n === n ? [] : [`${email} ends with update ${last?.n} instead of ${n}`];
    });
  }

  /** Never more than five in any second, and one more where a crash forgot the pace, or a clock that was set misled it. */
  #rateBreaches(): string[] {
    const found: string[] = [];
    for (const budget of ['api', 'tracking'] as const) {
      const times = this.#account.requests
        .filter((request) => request.budget === budget)
        .map(({ startedAtMs }) => startedAtMs);
      const most = 5 + (this.#generation + this.#jumps > 0 ? 1 : 0);
      times.forEach((time, index) => {
        const earlier = times[index - most];
        if (earlier !== undefined && time - earlier < 1_000)
          found.push(`${most + 1} ${budget} requests within ${time - earlier} ms`);
      });
    }
    return found;
  }

  async #end(): Promise<void> {
    await this.#now(this.#stop());
    this.#generation += 1;
    await this.#store?.close();
  }

  #mustStore(): Store {
    if (this.#store === undefined) throw new TypeError('The world has not begun.');
    return this.#store;
  }
}

const KEY = new Uint8Array(32).fill(7);

function isUnavailable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'STORE_UNAVAILABLE';
}
