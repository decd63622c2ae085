/** Works one account's jobs: takes what may leave, by the account's pace, until it is told to stop. It must not know the vendor or the database. */
import type { Clock, Random } from '../clock.ts';
import type { Attempt, JobChange, LaneStop, Lease, PendingJob, Store, TakeOptions } from '../store/port.ts';
import { type AttemptOptions, attempt, consenting } from './attempt.ts';
import type { RetryPolicy } from './backoff.ts';
import { type Chain, type Unit, unitsOf } from './chain.ts';
import { ImportDesk, type ImportLimits } from './import-desk.ts';
import { LaneBook } from './lane-book.ts';
import { Pace, type PaceLimits } from './pace.ts';
import { Prober } from './prober.ts';
import { Selection } from './selection.ts';
import { Signal } from './signal.ts';
import type { Target, Targets } from './target.ts';
import { Verdicts } from './verdicts.ts';

export interface LaneLimits extends PaceLimits {
  /** Contacts worked at the same time; enough to keep the pace at slow answers. */
  readonly concurrency: number;
  /** Jobs read at once. */
  readonly takeJobs: number;
  /** Jobs read at once where batches are possible. */
  readonly takeForImport: number;
  readonly pollMs: number;
  readonly probeMs: number;
  readonly failingProbeMs: number;
  readonly settleRetryMs: number;
  readonly retry: RetryPolicy;
  readonly imports: ImportLimits;
}

export interface LaneOptions {
  readonly store: Pick<Store, 'queue' | 'ledger'>;
  readonly targets: Targets;
  readonly templatesOf: (lane: string) => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: LaneLimits;
  readonly onAttempt: (attempt: Attempt, job: PendingJob) => void;
  readonly onError: (error: unknown) => void;
}

/** Between two looks past jobs that an endpoint which is down keeps waiting, each at a bounded number of them. */
const LOOK_PAST_MS = 100;

export class LaneWorker {
  readonly lane: string;
  readonly #lease: Lease;
  readonly #options: LaneOptions;
  readonly #pace: Pace;
  readonly #book: LaneBook;
  readonly #prober: Prober;
  readonly #imports: ImportDesk;
  readonly #selection: Selection;
  readonly #attempting: AttemptOptions;
  readonly #work: Signal;
  readonly #busy = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  /** One endpoint is stopped and asked at this moment. */
  #isProbing = false;
  /** Chains under way that are sent singly. */
  #singles = 0;
  #isStopping = false;
  #running: Promise<void> | undefined;

  constructor(lease: Lease, options: LaneOptions) {
    const { store, clock, targets, templatesOf, limits, onError } = options;
    this.lane = lease.lane;
    this.#lease = lease;
    this.#options = options;
    this.#work = new Signal(clock);
    this.#pace = new Pace(clock, limits);
    this.#book = new LaneBook({ ...options, ...limits, queue: store.queue, lease, pace: this.#pace });
    const verdicts = new Verdicts(clock);
    const parts = {
      book: this.#book,
      pace: this.#pace,
      verdicts,
      clock,
      targets,
      onError,
      ledger: store.ledger,
    };
    this.#attempting = parts;
    this.#prober = new Prober(lease.lane, { ...parts, ...limits, queue: store.queue, templatesOf });
    this.#imports = new ImportDesk({ ...parts, lane: lease.lane, templatesOf, limits: limits.imports });
    this.#selection = new Selection({
      queue: { take: (owned, wanted) => this.#take(owned, wanted) },
      lease,
      pace: this.#pace,
      imports: this.#imports,
      targets,
      clock,
      limits,
    });
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Lets what is under way end; nothing new leaves. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#pace.end();
    this.#book.stop();
    this.#imports.stop();
    this.#work.give();
    await this.#running;
  }

  /** Something changed: jobs were added, a stop was lifted. */
  wake(): void {
    this.#work.give();
  }

  /** Credentials were saved: if the account is stopped, it is asked at once. */
  probe(): void {
    this.#prober.hurry();
    this.#work.give();
  }

  get #isOver(): boolean {
    return this.#isStopping || this.#book.isLost;
  }

  async #run(): Promise<void> {
    while (!this.#isOver && (await this.#guard(() => this.#recover())) === undefined)
      await this.#work.take(this.#options.limits.pollMs);
    while (!this.#isOver) {
      const waitMs = (await this.#guard(() => this.#turn())) ?? this.#options.limits.pollMs;
      if (waitMs > 0 && !this.#isOver) await this.#work.take(waitMs);
    }
    this.#imports.stop();
    await Promise.all(this.#underWay);
  }

  async #guard<T>(run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      this.#options.onError(error);
      return undefined;
    }
  }

  /** What a former owner left: jobs `sending`, of which nobody can know whether they arrived, and batches under way. */
  async #recover(): Promise<true> {
    const { store, targets } = this.#options;
    const changes: JobChange[] = [];
    for (const job of await store.queue.interrupted(this.#lease)) {
      changes.push(this.#book.change(job, await targets(job.templateId), { kind: 'found-sending' }));
    }
    await this.#book.settle(changes);
    const batches = new Map<string, PendingJob[]>();
    for (const job of await store.queue.submitted(this.#lease)) {
      const { batchId = '' } = job;
      batches.set(batchId, [...(batches.get(batchId) ?? []), job]);
    }
    for (const [batchId, jobs] of batches)
      this.#begin(contactsOf(jobs), () => this.#imports.resume(batchId, jobs));
    return true;
  }

  /** Starts what can be started; answers how long to wait before looking again, in milliseconds. */
  async #turn(): Promise<number> {
    const { store, clock, limits } = this.#options;
    const status = await store.queue.status(this.lane, clock.now());
    this.#pace.setStop(status.stop);
    this.#pace.pauseUntil(status.notBeforeMs, status.pauseCode ?? 'RATE_LIMITED');
    if (this.#pace.pausedMs > 0) return Math.min(this.#pace.pausedMs, limits.pollMs);
    if (status.stop !== undefined && status.stop.endpoint === undefined)
      return Math.min(await this.#prober.account(status.stop), limits.pollMs);
    const probeInMs = this.#probeBeside(status.stop);
    await this.#prober.templates();
    const free = limits.concurrency - this.#singles;
    const { batches, chains, batchInMs } = await this.#selection.take(status.waiting, free, this.#busy);
    for (const batch of batches)
      this.#begin(contactsOf(batch.units.flatMap(({ jobs }) => jobs)), () => this.#imports.work(batch));
    for (const chain of chains) this.#beginSingly(chain);
    const retryMs = status.nextRetryMs === undefined ? limits.pollMs : status.nextRetryMs - clock.now();
    if (batches.length > 0) return 0;
    const isLookingPast = status.stop !== undefined && chains.length === 0;
    return Math.max(1, Math.min(retryMs, batchInMs, probeInMs, isLookingPast ? LOOK_PAST_MS : limits.pollMs));
  }

  /** What may leave, without what goes to an endpoint that is down. */
  async #take(lease: Lease, wanted: TakeOptions): Promise<readonly PendingJob[]> {
    const { store, targets, templatesOf } = this.#options;
    const endpoint = this.#pace.stoppedEndpoint;
    if (endpoint === undefined) return store.queue.take(lease, wanted);
    const without = new Set<string>();
    for (const templateId of await templatesOf(this.lane)) {
      for (const action of (await targets(templateId))?.actionsOn(endpoint) ?? []) without.add(action);
    }
    return store.queue.take(lease, { ...wanted, without });
  }

  /** The other endpoint's work goes on while the stopped one is asked. Answers how long until it is time for that. */
  #probeBeside(stop: LaneStop | undefined): number {
    if (stop === undefined || this.#isProbing) return Number.POSITIVE_INFINITY;
    const dueInMs = this.#prober.dueInMs(stop);
    if (dueInMs > 0) return dueInMs;
    this.#isProbing = true;
    this.#begin(new Set(), async () => {
      try {
        await this.#prober.account(stop);
      } finally {
        this.#isProbing = false;
      }
    });
    return Number.POSITIVE_INFINITY;
  }

  #beginSingly(chain: Chain): void {
    this.#singles += 1;
    if ((chain.jobs[0]?.attempts ?? 0) > 0) this.#pace.countRetry();
    this.#begin(chain.contacts, async () => {
      try {
        await this.#workChain(chain);
      } finally {
        this.#singles -= 1;
      }
    });
  }

  #begin(contacts: ReadonlySet<string>, work: () => Promise<void>): void {
    for (const contact of contacts) this.#busy.add(contact);
    const working = this.#guard(work).then(() => {
      for (const contact of contacts) this.#busy.delete(contact);
      this.#underWay.delete(working);
      this.#work.give();
    });
    this.#underWay.add(working);
  }

  /** One unit after the other, until one does not end in a final state. */
  async #workChain(chain: Chain): Promise<void> {
    const targets = new Map<string, Target | undefined>();
    for (const { templateId } of chain.jobs) {
      if (!targets.has(templateId)) targets.set(templateId, await this.#options.targets(templateId));
    }
    for (const unit of unitsOf(chain, (job) => targets.get(job.templateId)?.action(job.action))) {
      if (!(await this.#workUnit(unit))) return;
    }
  }

  /** True when the contact's next job may leave. */
  async #workUnit(unit: Unit): Promise<boolean> {
    const { templateId, action } = unit.jobs[0];
    const facts = (await this.#options.targets(templateId))?.action(action);
    if (facts === undefined) {
      await this.#book.settle(
        unit.jobs.map(
          ({ id }): JobChange => ({
            id,
            to: 'cancelled',
            code: 'CANCELLED',
            message: 'Its integration is gone.',
          }),
        ),
      );
      return true;
    }
    if (!(await this.#pace.slot(facts.budget))) return false;
    // Asked for after the wait, in which settings may have been changed.
    const target = await this.#options.targets(templateId);
    if (target === undefined) return false;
    return attempt(await consenting(unit.jobs, target, this.#attempting), target, facts, this.#attempting);
  }
}

function contactsOf(jobs: readonly PendingJob[]): ReadonlySet<string> {
  return new Set(jobs.flatMap(({ contacts }) => contacts));
}
