/** Works one account's jobs: paces, asks consent again, performs, settles. It must not know the vendor or the database. */
import { type Clock, type Random, sleep } from '../clock.ts';
import { judgeConsent, newestChoices } from '../event/consent.ts';
import { parseEmail } from '../event/email.ts';
import type { Outcome } from '../event/outcome.ts';
import type { Attempt, JobChange, Lease, PendingJob, Settlement, Store } from '../store/port.ts';
import type { RetryPolicy } from './backoff.ts';
import { type Chain, chainsOf, inTurns, payloadOf, type Unit, unitsOf } from './chain.ts';
import { advance, type JobEvent } from './job-machine.ts';
import { Limiter } from './limiter.ts';
import { Signal } from './signal.ts';
import { Suspicion } from './suspicion.ts';
import type { ActionFacts, Budget, Performed, Target, Targets } from './target.ts';

export interface LaneLimits {
  readonly requestsPerSecond: number;
  readonly trackingPerSecond: number;
  /** Contacts worked at the same time; enough to keep the pace at slow answers. */
  readonly concurrency: number;
  /** Jobs read at once. */
  readonly takeJobs: number;
  readonly pollMs: number;
  /** A stopped account or integration is probed this often. */
  readonly probeMs: number;
  /** Wait before a settlement that the disk refused is tried again. */
  readonly settleRetryMs: number;
  readonly retry: RetryPolicy;
}

export interface LaneOptions {
  readonly store: Pick<Store, 'queue' | 'ledger'>;
  readonly targets: Targets;
  /** The templates whose newest settings name this account. */
  readonly templatesOf: (lane: string) => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: LaneLimits;
  readonly onAttempt: (attempt: Attempt, job: PendingJob) => void;
  readonly onError: (error: unknown) => void;
}

/** Thrown into a perform whose request must not leave any more. */
class NotSent extends Error {}

export class LaneWorker {
  readonly #lease: Lease;
  readonly #options: LaneOptions;
  readonly #limiters: Readonly<Record<Budget, Limiter>>;
  readonly #work: Signal;
  readonly #suspicion: Suspicion;
  readonly #abort = new AbortController();
  readonly #busy = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #probedAtMs = new Map<string, number>();
  /** Nothing leaves before this time; a copy of what is persisted. */
  #pausedUntilMs = 0;
  #isStopped = false;
  #isLost = false;
  #isStopping = false;
  #running: Promise<void> | undefined;

  constructor(lease: Lease, options: LaneOptions) {
    this.#lease = lease;
    this.#options = options;
    this.#limiters = {
      api: new Limiter(options.clock, options.limits.requestsPerSecond),
      tracking: new Limiter(options.clock, options.limits.trackingPerSecond),
    };
    this.#work = new Signal(options.clock);
    this.#suspicion = new Suspicion(options.clock);
  }

  get lane(): string {
    return this.#lease.lane;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Lets what is under way end; nothing new leaves. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#work.give();
    await this.#running;
  }

  /** Something changed: jobs were added, credentials were saved. */
  wake(): void {
    this.#work.give();
  }

  async #run(): Promise<void> {
    await this.#guard(() => this.#recover());
    while (!this.#isStopping && !this.#isLost) {
      const waitMs = (await this.#guard(() => this.#turn())) ?? this.#options.limits.pollMs;
      if (waitMs > 0 && !this.#isStopping && !this.#isLost) await this.#work.take(waitMs);
    }
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

  /** Jobs that a former owner left `sending`: nobody can know whether they arrived. */
  async #recover(): Promise<void> {
    const { store, clock } = this.#options;
    const jobs = await store.queue.interrupted(this.#lease);
    const changes = await Promise.all(
      jobs.map(async (job) => this.#advance(job, await this.#target(job), { kind: 'found-sending' })),
    );
    if (changes.length > 0)
      await this.#settle({ lease: this.#lease, nowMs: clock.now(), changes, attempts: [] });
  }

  /** Starts what can be started; answers how long to wait before looking again, in milliseconds. */
  async #turn(): Promise<number> {
    const { store, clock, limits } = this.#options;
    const status = await store.queue.status(this.lane, clock.now());
    this.#isStopped = status.stop !== undefined;
    // A pause that is not persisted yet (the disk fails) holds all the same.
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, status.notBeforeMs);
    await this.#probeStoppedTemplates();
    if (status.stop !== undefined) return this.#probeAccount();
    const pausedMs = this.#pausedUntilMs - clock.now();
    if (pausedMs > 0) return Math.min(pausedMs, limits.pollMs);
    const free = limits.concurrency - this.#underWay.size;
    if (free <= 0) return limits.pollMs;
    const jobs = await store.queue.take(this.#lease, {
      nowMs: clock.now(),
      jobs: limits.takeJobs,
      busy: this.#busy,
    });
    for (const chain of inTurns(chainsOf(jobs)).slice(0, free)) this.#begin(chain);
    const retryMs = status.nextRetryMs === undefined ? limits.pollMs : status.nextRetryMs - clock.now();
    return Math.max(1, Math.min(retryMs, limits.pollMs));
  }

  #begin(chain: Chain): void {
    for (const contact of chain.contacts) this.#busy.add(contact);
    const working = this.#guard(() => this.#workChain(chain)).then(() => {
      for (const contact of chain.contacts) this.#busy.delete(contact);
      this.#underWay.delete(working);
      this.#work.give();
    });
    this.#underWay.add(working);
  }

  /** One unit after the other, until one does not end in a final state. */
  async #workChain(chain: Chain): Promise<void> {
    const targets = new Map<string, Target | undefined>();
    for (const job of chain.jobs) {
      if (!targets.has(job.templateId))
        targets.set(job.templateId, await this.#options.targets(job.templateId));
    }
    const units = unitsOf(chain, (job) => targets.get(job.templateId)?.action(job.action));
    for (const unit of units) {
      const goesOn = await this.#workUnit(unit, targets.get(unit.jobs[0].templateId));
      if (!goesOn) return;
    }
  }

  /** True when the contact's next job may leave. */
  async #workUnit(unit: Unit, target: Target | undefined): Promise<boolean> {
    const facts = target?.action(unit.jobs[0].action);
    if (target === undefined || facts === undefined) return this.#cancelGone(unit);
    if (!(await this.#slot(facts.budget))) return false;
    const jobs = await this.#consenting(unit, target);
    if (jobs.length === 0) return true;
    return this.#perform(jobs, target, facts);
  }

  /** Waits for the budget's next slot; false when meanwhile nothing may leave any more. */
  async #slot(budget: Budget): Promise<boolean> {
    const waitMs = this.#limiters[budget].reserve();
    if (waitMs > 0) await sleep(this.#options.clock, waitMs);
    return this.#maySend();
  }

  #maySend(): boolean {
    return (
      !this.#isStopping &&
      !this.#isLost &&
      !this.#isStopped &&
      this.#options.clock.now() >= this.#pausedUntilMs
    );
  }

  /** Asks consent again against the newest decisions; refused jobs are filtered at once. */
  async #consenting(unit: Unit, target: Target): Promise<readonly PendingJob[]> {
    const { clock } = this.#options;
    const allowed: PendingJob[] = [];
    const changes: JobChange[] = [];
    for (const job of unit.jobs) {
      const refusal = await this.#refusal(job, target);
      if (refusal === undefined) allowed.push(job);
      else changes.push(this.#advance(job, target, { kind: 'consent-refused', code: refusal }));
    }
    if (changes.length > 0) {
      await this.#settle({ lease: this.#lease, nowMs: clock.now(), changes, attempts: [] });
    }
    return allowed;
  }

  async #refusal(
    job: PendingJob,
    target: Target,
  ): Promise<'CONSENT_WITHDRAWN' | 'CONSENT_UNKNOWN' | undefined> {
    const addresses = job.contacts.flatMap((contact) => parseEmail(contact) ?? []);
    for (const email of addresses) {
      const decisions = await this.#options.store.ledger.decisionsOf(job.pipelineId, email, job.subjects);
      const judgement = judgeConsent(newestChoices([decisions]), target.consentCategories);
      if (judgement === 'denied') return 'CONSENT_WITHDRAWN';
      if (judgement === 'unknown' && target.missingConsent === 'deny') return 'CONSENT_UNKNOWN';
    }
    return undefined;
  }

  async #perform(jobs: readonly PendingJob[], target: Target, facts: ActionFacts): Promise<boolean> {
    const { clock } = this.#options;
    const [first] = jobs;
    if (first === undefined) return true;
    const gate = new SendGate(() => this.#open(jobs, target, facts));
    const atMs = clock.now();
    const performed = await target.perform({
      action: first.action,
      payload: payloadOf(jobs, facts),
      beforeSend: () => gate.pass(),
      signal: this.#abort.signal,
    });
    if (gate.wasClosed) {
      if (!facts.repeatable) await this.#putBack(jobs);
      return false;
    }
    if (performed.error !== undefined) this.#options.onError(performed.error);
    return this.#judge(jobs, target, performed, atMs);
  }

  /**
   * Opens the way for the requests of one try. Jobs that must not be repeated are committed as `sending` first. The first
   * request uses the slot that was waited for; each further one takes its own.
   */
  async #open(jobs: readonly PendingJob[], target: Target, facts: ActionFacts): Promise<SendPass> {
    if (!this.#maySend()) throw new NotSent('The account was paused before the request left.');
    if (!facts.repeatable) {
      const ids = jobs.map(({ id }) => id);
      if (!(await this.#options.store.queue.markSending(this.#lease, ids))) {
        this.#isLost = true;
        throw new NotSent('Another process owns this account now.');
      }
    }
    let isFirst = true;
    return async () => {
      if (!isFirst) await this.#checkAgain(jobs, target, facts);
      isFirst = false;
    };
  }

  /** A slow first request leaves time for a pause or a change of mind; the jobs are judged anew when they are taken again. */
  async #checkAgain(jobs: readonly PendingJob[], target: Target, facts: ActionFacts): Promise<void> {
    if (!(await this.#slot(facts.budget)))
      throw new NotSent('The account was paused before the request left.');
    const refusals = await Promise.all(jobs.map((job) => this.#refusal(job, target)));
    if (refusals.some((refusal) => refusal !== undefined))
      throw new NotSent('Consent was withdrawn before the request left.');
  }

  /** A try that was cut short before it was judged: its jobs wait again, at no cost. */
  async #putBack(jobs: readonly PendingJob[]): Promise<void> {
    if (this.#isLost) return;
    const nowMs = this.#options.clock.now();
    const changes = jobs.map(
      ({ id }): JobChange => ({
        id,
        to: 'waiting',
        untilMs: nowMs,
        counts: false,
        code: 'RATE_LIMITED',
        message: 'The account was paused before the request left.',
      }),
    );
    await this.#settle({ lease: this.#lease, nowMs, changes, attempts: [] });
  }

  async #judge(
    jobs: readonly PendingJob[],
    target: Target,
    performed: Performed,
    atMs: number,
  ): Promise<boolean> {
    const { clock, onAttempt } = this.#options;
    const outcome = this.#suspicion.weigh(target.templateId, performed.outcome);
    const nowMs = clock.now();
    const changes = jobs.map((job) => this.#advance(job, target, { kind: 'outcome', outcome }));
    const attempts = jobs.map(
      (job, index): Attempt => attemptOf(job, performed, outcome, changes[index], atMs, nowMs),
    );
    if (outcome.kind === 'pause') this.#pausedUntilMs = Math.max(this.#pausedUntilMs, outcome.untilMs);
    if (outcome.kind === 'stop' && outcome.scope === 'account') this.#isStopped = true;
    await this.#settle({
      lease: this.#lease,
      nowMs,
      changes,
      attempts,
      ...bounds(outcome, target.templateId),
    });
    attempts.forEach((attempt, index) => {
      const job = jobs[index];
      if (job !== undefined) onAttempt(attempt, job);
    });
    return changes.every(({ to }) => to !== 'waiting');
  }

  /** The template or the action is gone; what it still had waiting is over. */
  async #cancelGone(unit: Unit): Promise<boolean> {
    const changes = unit.jobs.map(
      ({ id }): JobChange => ({
        id,
        to: 'cancelled',
        code: 'CANCELLED',
        message: 'Its integration is gone.',
      }),
    );
    await this.#settle({ lease: this.#lease, nowMs: this.#options.clock.now(), changes, attempts: [] });
    return true;
  }

  #advance(job: PendingJob, target: Target | undefined, event: JobEvent): JobChange {
    const { limits, clock, random } = this.#options;
    const policy = { retry: limits.retry, unknownOutcome: target?.unknownOutcome ?? 'hold' };
    return advance(job, event, policy, clock.now(), random.number());
  }

  /** Tries until the disk takes it: what became of a request must not be forgotten while this process lives. */
  async #settle(settlement: Settlement): Promise<void> {
    const { store, clock, limits, onError } = this.#options;
    for (;;) {
      try {
        if (!(await store.queue.settle(settlement))) this.#isLost = true;
        return;
      } catch (error) {
        onError(error);
        if (this.#isStopping) throw error;
        await sleep(clock, limits.settleRetryMs);
      }
    }
  }

  #target(job: PendingJob): Promise<Target | undefined> {
    return this.#options.targets(job.templateId);
  }

  /** Asks a stopped account, with any of its templates, whether it answers again. */
  async #probeAccount(): Promise<number> {
    const { store, clock, limits } = this.#options;
    const [templateId] = await this.#options.templatesOf(this.lane);
    if (templateId === undefined) return limits.pollMs;
    const outcome = await this.#probe(this.lane, templateId);
    if (outcome === undefined) return limits.pollMs;
    if (outcome.kind === 'stop' && outcome.scope === 'account') return limits.pollMs;
    if (outcome.kind === 'retry' || outcome.kind === 'unknown' || outcome.kind === 'pause')
      return limits.pollMs;
    await store.queue.resume({ lane: this.lane }, clock.now());
    return 0;
  }

  async #probeStoppedTemplates(): Promise<void> {
    const { store, clock } = this.#options;
    const stops = await store.queue.stopsOfTemplates();
    if (stops.size === 0) return;
    const own = await this.#options.templatesOf(this.lane);
    for (const templateId of own.filter((id) => stops.has(id))) {
      const outcome = await this.#probe(templateId, templateId);
      if (outcome?.kind !== 'delivered') continue;
      this.#suspicion.clear(templateId);
      await store.queue.resume({ templateId }, clock.now());
    }
  }

  /** At most one probe per subject and `probeMs`; undefined when it is not yet time. */
  async #probe(subject: string, templateId: string): Promise<Outcome | undefined> {
    const { clock, limits, targets } = this.#options;
    const nowMs = clock.now();
    const probedAtMs = this.#probedAtMs.get(subject);
    if (probedAtMs === undefined) {
      this.#probedAtMs.set(subject, nowMs);
      return undefined;
    }
    if (nowMs - probedAtMs < limits.probeMs) return undefined;
    this.#probedAtMs.set(subject, nowMs);
    const target = await targets(templateId);
    const waitMs = this.#limiters.api.reserve();
    if (waitMs > 0) await sleep(clock, waitMs);
    return target?.probe(async () => {});
  }
}

type SendPass = () => Promise<void>;

/** Opens once per try (marks the jobs), then lets each request of the try pass or not. */
class SendGate {
  readonly #open: () => Promise<SendPass>;
  #pass: Promise<SendPass> | undefined;
  /** A request was refused, so the try did not happen (or not wholly) and nothing is to be judged. */
  wasClosed = false;

  constructor(open: () => Promise<SendPass>) {
    this.#open = open;
  }

  async pass(): Promise<void> {
    try {
      this.#pass ??= this.#open();
      await (await this.#pass)();
    } catch (error) {
      this.wasClosed = true;
      throw error;
    }
  }
}

function bounds(outcome: Outcome, templateId: string): Pick<Settlement, 'pause' | 'stop'> {
  if (outcome.kind === 'pause') return { pause: { untilMs: outcome.untilMs, code: outcome.code } };
  if (outcome.kind !== 'stop') return {};
  const { code, message } = outcome;
  return { stop: outcome.scope === 'account' ? { code, message } : { templateId, code, message } };
}

function attemptOf(
  job: PendingJob,
  performed: Performed,
  outcome: Outcome,
  change: JobChange | undefined,
  atMs: number,
  nowMs: number,
): Attempt {
  return {
    jobId: job.id,
    atMs,
    durationMs: nowMs - atMs,
    outcome: outcome.kind,
    code: outcome.code,
    exchanges: performed.exchanges,
    ...(outcome.message === undefined ? {} : { message: outcome.message }),
    ...(change?.to === 'waiting' ? { nextAtMs: change.untilMs } : {}),
  };
}
