/** Works one account's jobs: takes what may leave, by the account's pace, until it is told to stop. It must not know the vendor or the database. */
import type { Clock, Random } from '../clock.ts';
import { ENDPOINTS } from '../event/outcome.ts';
import type { Attempt, JobChange, JobId, LaneStatus, Lease, PendingJob } from '../store/ports/queue.ts';
import type { Store } from '../store/store.ts';
import { type AttemptOptions, attempt, consenting } from './attempt.ts';
import type { RetryPolicy } from './backoff.ts';
import { type Chain, type Unit, unitsOf } from './chain.ts';
import { ImportDesk, type ImportLimits } from './import-desk.ts';
import { LaneBook } from './lane-book.ts';
import { Pace, type PaceLimits } from './pace.ts';
import { Prober, type Stopped } from './prober.ts';
import { Selection } from './selection.ts';
import type { Target, Targets } from './target.ts';
import { Verdicts } from './verdicts.ts';

export interface LaneLimits extends PaceLimits {
  /** Contacts worked at the same time; enough to keep the pace at slow answers. */
  readonly concurrency: number;
  /** Jobs read at once. */
  readonly takeJobs: number;
  /** Jobs read at once where batches are possible. */
  readonly takeForImport: number;
  /** A lane where something may leave is looked at this often, whatever hints come. */
  readonly pollMs: number;
  /** One where all wait for a time is looked at this often besides. */
  readonly lookMs: number;
  /** One without work is let go after this. */
  readonly lingerMs: number;
  readonly probeMs: number;
  readonly failingProbeMs: number;
  readonly eagerProbingMs: number;
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

/** Where a disk that fails kept a request for longer, its slot has passed, and others have left meanwhile: it waits for another. */
const SLOT_LASTS_MS = 50;
/** A machine that is always as slow leaves all the same. */
const MOST_SLOTS = 3;

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
  readonly #onEnded: () => void;
  readonly #busy = { contacts: new Set<string>(), jobs: new Set<JobId>() };
  readonly #underWay = new Set<Promise<void>>();
  /** What is stopped and asked at this moment. */
  readonly #asking = new Set<string>();
  /** Chains under way that are sent singly. */
  #singles = 0;
  #isStopping = false;
  #isRecovered = false;
  #idleSinceMs: number | undefined;
  /** Something failed that is not the account's fault, the disk as a rule: nothing is begun before. */
  #troubledUntilMs = 0;
  #turning: Promise<unknown> | undefined;

  /** `onEnded` hears of whatever ends, after which a turn may find more to do. */
  constructor(lease: Lease, options: LaneOptions, onEnded: () => void) {
    const { store, clock, targets, templatesOf, limits, onError } = options;
    this.lane = lease.lane;
    this.#lease = lease;
    this.#options = options;
    this.#onEnded = onEnded;
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
      queue: store.queue,
      lease,
      pace: this.#pace,
      imports: this.#imports,
      targets,
      clock,
      limits,
    });
  }

  /** Lets what is under way end; nothing new leaves. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#pace.end();
    this.#book.stop();
    this.#imports.stop();
    await this.#turning;
    await Promise.all(this.#underWay);
  }

  /** When what is stopped is asked again; undefined while there is nothing to send to it, because then nobody asks. */
  nextProbeMs(stopped: Stopped): number | undefined {
    if (this.#idleSinceMs !== undefined) return undefined;
    return this.#options.clock.now() + Math.max(this.#prober.dueInMs(stopped), this.#pace.pausedMs);
  }

  /** Credentials were saved: if the account is stopped, its next turn asks at once. */
  hurry(): void {
    this.#prober.hurry();
  }

  /** Nothing is left to do, and the account is still ours. */
  get isIdle(): boolean {
    return !this.#isOver && this.#idleSinceMs !== undefined;
  }

  /**
   * Starts what can be started, unless something failed just now: with much waiting, a disk that is full would be asked
   * without a break. Answers when the next turn is due at the latest, in milliseconds from now; undefined
   * when the account can be let go. One at a time. Whatever ends in between calls `onEnded`.
   */
  async turn(): Promise<number | undefined> {
    const troubledMs = this.#troubledUntilMs - this.#options.clock.now();
    if (troubledMs > 0 && !this.#isOver) return Math.min(troubledMs, this.#options.limits.settleRetryMs);
    const turning = this.#guard(() => this.#begun());
    this.#turning = turning;
    const waitMs = await turning;
    if (this.#isOver) return undefined;
    return waitMs === 'idle' ? undefined : (waitMs ?? this.#options.limits.pollMs);
  }

  get #isOver(): boolean {
    return this.#isStopping || this.#book.isLost;
  }

  async #begun(): Promise<number | 'idle'> {
    if (!this.#isRecovered) await this.#recover();
    this.#isRecovered = true;
    return this.#isOver ? 'idle' : this.#turn();
  }

  async #guard<T>(run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      const { clock, limits, onError } = this.#options;
      this.#troubledUntilMs = clock.now() + limits.settleRetryMs;
      onError(error);
      return undefined;
    }
  }

  /** What a former owner left: jobs `sending`, of which nobody can know whether they arrived, and batches under way. */
  async #recover(): Promise<void> {
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
    for (const [batchId, jobs] of batches) this.#begin(jobs, () => this.#imports.resume(batchId, jobs));
  }

  /** How long to wait before looking again, in milliseconds. */
  async #turn(): Promise<number | 'idle'> {
    const { store, clock, limits } = this.#options;
    const status = await store.queue.status(this.lane, clock.now());
    if (status.isQuiet === true && this.#underWay.size === 0) return this.#idle();
    this.#idleSinceMs = undefined;
    this.#pace.setStops(status.stops);
    this.#pace.pauseUntil(status.notBeforeMs, status.pauseCode ?? 'RATE_LIMITED');
    if (this.#pace.pausedMs > 0) return Math.min(this.#pace.pausedMs, limits.lookMs);
    const askInMs = await this.#askDue(status);
    const without = await this.#withheld(status);
    if (without === 'all') return Math.max(1, Math.min(askInMs, limits.probeMs));
    const free = limits.concurrency - this.#singles;
    const { batches, chains, batchInMs } = await this.#selection.take(
      status.waiting,
      free,
      this.#busy,
      without,
    );
    for (const batch of batches) {
      this.#begin(
        batch.units.flatMap(({ jobs }) => jobs),
        () => this.#imports.work(batch),
      );
    }
    for (const chain of chains) this.#beginSingly(chain);
    if (batches.length > 0) return 0;
    const lookMs = await this.#nextLookMs(status, askInMs, without);
    return Math.max(1, Math.min(batchInMs, askInMs, lookMs));
  }

  /** The actions that must not leave because their endpoint is stopped; all of them where nothing is left. */
  async #withheld({ stops }: LaneStatus): Promise<ReadonlySet<string> | 'all' | undefined> {
    const { targets, templatesOf } = this.#options;
    const endpoints = new Set(stops.map(({ endpoint }) => endpoint));
    if (endpoints.has(undefined) || endpoints.size === ENDPOINTS.length) return 'all';
    const [stopped] = endpoints;
    if (stopped === undefined) return undefined;
    const without = new Set<string>();
    for (const templateId of await templatesOf(this.lane)) {
      for (const action of (await targets(templateId))?.actionsOn(stopped) ?? []) without.add(action);
    }
    return without;
  }

  /** Asks what is stopped and due, while everything else goes on. Answers how long until something else is due. */
  async #askDue({ stops }: LaneStatus): Promise<number> {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { subject, inMs, ask } of await this.#prober.questions(stops)) {
      if (this.#asking.has(subject)) continue;
      if (inMs > 0) nextMs = Math.min(nextMs, inMs);
      else
        this.#begin([], async () => {
          this.#asking.add(subject);
          try {
            await ask();
          } finally {
            this.#asking.delete(subject);
          }
        });
    }
    return nextMs;
  }

  /** An account is kept for a while: more work comes soon as a rule, and its limits outlast what it did last. */
  #idle(): number | 'idle' {
    const nowMs = this.#options.clock.now();
    this.#idleSinceMs = Math.min(this.#idleSinceMs ?? nowMs, nowMs);
    const leftMs = this.#idleSinceMs + this.#options.limits.lingerMs - nowMs;
    return leftMs > 0 ? leftMs : 'idle';
  }

  /**
   * Where something may leave that was not begun, soon; where all wait, when the first may go on; where nothing can leave
   * until what is stopped has answered, no look is needed before that is asked.
   */
  async #nextLookMs(
    { waiting }: LaneStatus,
    askInMs: number,
    without: ReadonlySet<string> | undefined,
  ): Promise<number> {
    const { store, clock, limits } = this.#options;
    if (waiting === 0) return limits.lookMs;
    const nowMs = clock.now();
    const atMs = await store.queue.nextLeaveMs(this.lane, nowMs, without);
    if (atMs === undefined)
      return Number.isFinite(askInMs) || this.#asking.size > 0 ? askInMs : limits.lookMs;
    return atMs <= nowMs ? limits.pollMs : Math.min(atMs - nowMs, limits.lookMs);
  }

  #beginSingly(chain: Chain): void {
    this.#singles += 1;
    if ((chain.jobs[0]?.attempts ?? 0) > 0) this.#pace.countRetry();
    this.#begin(chain.jobs, async () => {
      try {
        await this.#workChain(chain);
      } finally {
        this.#singles -= 1;
      }
    });
  }

  #begin(jobs: readonly PendingJob[], work: () => Promise<void>): void {
    for (const { id, contacts } of jobs) {
      this.#busy.jobs.add(id);
      for (const contact of contacts) this.#busy.contacts.add(contact);
    }
    const working = this.#guard(work).then(() => {
      for (const { id, contacts } of jobs) {
        this.#busy.jobs.delete(id);
        for (const contact of contacts) this.#busy.contacts.delete(contact);
      }
      this.#underWay.delete(working);
      this.#onEnded();
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
    const { targets, clock } = this.#options;
    for (let slotsLeft = MOST_SLOTS; ; slotsLeft -= 1) {
      if (!(await this.#pace.slot(facts.budget))) return false;
      const slotAtMs = clock.now();
      // Asked for after the wait, in which settings may have been changed.
      const target = await targets(templateId);
      if (target === undefined) return false;
      const jobs = await consenting(unit.jobs, target, this.#attempting);
      if (clock.now() - slotAtMs <= SLOT_LASTS_MS || slotsLeft === 1)
        return attempt(jobs, target, facts, this.#attempting);
    }
  }
}
