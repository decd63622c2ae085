/** Writes down what becomes of one account's jobs, under its lease. It must not know what is sent. */
import { type Clock, type Random, sleep } from '../clock.ts';
import { OUTCOME_CODES, type Outcome, type OutcomeCode } from '../event/outcome.ts';
import type {
  Attempt,
  JobChange,
  JobId,
  Lease,
  PendingJob,
  Queue,
  Settlement,
} from '../store/ports/queue.ts';
import type { RetryPolicy } from './backoff.ts';
import { advance, type JobEvent } from './job-machine.ts';
import type { Pace } from './pace.ts';
import type { Target } from './target.ts';

export interface BookOptions {
  readonly queue: Queue;
  readonly lease: Lease;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly random: Random;
  readonly retry: RetryPolicy;
  /** Wait before a settlement that the disk refused is tried again. */
  readonly settleRetryMs: number;
  readonly onAttempt: (attempt: Attempt, job: PendingJob) => void;
  readonly onError: (error: unknown) => void;
}

/** One try of some jobs, as it went. */
export interface Try {
  readonly atMs: number;
  readonly exchanges: Attempt['exchanges'];
  /** What it says about the account besides what it means for its jobs. */
  readonly stop?: Outcome;
}

export class LaneBook {
  readonly #options: BookOptions;
  #isStopping = false;
  isLost = false;

  constructor(options: BookOptions) {
    this.#options = options;
  }

  /** From now on a settlement that the disk refuses is not tried again. */
  stop(): void {
    this.#isStopping = true;
  }

  /** What becomes of a job, as data. */
  change(job: PendingJob, target: Target | undefined, event: JobEvent): JobChange {
    const { clock, random, retry } = this.#options;
    const policy = { retry, unknownOutcome: target?.unknownOutcome ?? 'hold' };
    return advance(job, event, policy, clock.now(), random.number());
  }

  /** Those that have not been cancelled, filtered or erased since they were taken. */
  async stillOpen(jobs: readonly PendingJob[]): Promise<readonly PendingJob[]> {
    const open = await this.#options.queue.stillOpen(jobs.map(({ id }) => id));
    return jobs.filter(({ id }) => open.has(id));
  }

  /** Commits that the jobs are about to leave; false when they must not: one of them ended, or the account is another's. */
  markSending(ids: readonly JobId[]): Promise<boolean> {
    const { queue, lease } = this.#options;
    return queue.markSending(lease, ids);
  }

  /** Settles changes that no try led to. */
  async settle(changes: readonly JobChange[]): Promise<void> {
    if (changes.length === 0) return;
    const { lease, clock } = this.#options;
    await this.#write({ lease, nowMs: clock.now(), changes, attempts: [] });
  }

  /** Pauses or stops the account as an outcome says that belongs to no job. */
  async heed(outcome: Outcome, templateId: string): Promise<void> {
    const { lease, clock } = this.#options;
    this.#hold(outcome);
    await this.#write({
      lease,
      nowMs: clock.now(),
      changes: [],
      attempts: [],
      ...bounds(outcome, templateId),
    });
  }

  /** Settles a try: each job with its outcome, and what the outcomes mean for the account. True when no job waits again. */
  async judge(
    jobs: readonly PendingJob[],
    outcomes: readonly Outcome[],
    target: Target,
    tried: Try,
  ): Promise<boolean> {
    const { lease, clock, onAttempt } = this.#options;
    const nowMs = clock.now();
    const changes: JobChange[] = [];
    const attempts: Attempt[] = [];
    const judged: PendingJob[] = [];
    jobs.forEach((job, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) return;
      const change = this.change(job, target, { kind: 'outcome', outcome });
      changes.push(change);
      judged.push(job);
      attempts.push(attemptOf(job, outcome, change, tried, nowMs));
    });
    const stop = tried.stop ?? outcomes.find(({ kind }) => kind === 'stop');
    const pause = outcomes.find((outcome) => pauseOf(outcome) !== undefined);
    for (const outcome of [stop, pause]) if (outcome !== undefined) this.#hold(outcome);
    await this.#write({
      lease,
      nowMs,
      changes,
      attempts,
      ...(stop === undefined ? {} : bounds(stop, target.templateId)),
      ...(pause === undefined ? {} : bounds(pause, target.templateId)),
    });
    attempts.forEach((attempt, index) => {
      const job = judged[index];
      if (job !== undefined) onAttempt(attempt, job);
    });
    return changes.every(({ to }) => to !== 'waiting');
  }

  /** The jobs wait again, at no cost. What was asked for them on the way is shown all the same. */
  async putBack(jobs: readonly PendingJob[], code: OutcomeCode, untilMs: number, tried: Try): Promise<void> {
    const { lease, clock, onAttempt } = this.#options;
    const nowMs = clock.now();
    const message = OUTCOME_CODES[code];
    const outcome: Outcome = { kind: 'pause', scope: 'integration', untilMs, code, message };
    const changes = jobs.map(
      ({ id }): JobChange => ({ id, to: 'waiting', untilMs, counts: false, code, message }),
    );
    const shown = tried.exchanges.length === 0 ? [] : jobs;
    const attempts = shown.map((job) =>
      attemptOf(job, outcome, this.change(job, undefined, { kind: 'outcome', outcome }), tried, nowMs),
    );
    await this.#write({ lease, nowMs, changes, attempts });
    attempts.forEach((attempt, index) => {
      const job = shown[index];
      if (job !== undefined) onAttempt(attempt, job);
    });
  }

  /** In memory at once, so that nothing leaves while the commit is under way. */
  #hold(outcome: Outcome): void {
    const pause = pauseOf(outcome);
    if (pause !== undefined) this.#options.pace.pauseUntil(pause.untilMs, pause.code);
    if (outcome.kind === 'stop' && outcome.scope === 'account') this.#options.pace.addStop(outcome);
  }

  /** Tries until the disk takes it: what became of a request must not be forgotten while this process lives. */
  async #write(settlement: Settlement): Promise<void> {
    const { queue, clock, settleRetryMs, onError } = this.#options;
    for (;;) {
      try {
        if (!(await queue.settle(settlement))) this.#lose();
        return;
      } catch (error) {
        onError(error);
        if (this.#isStopping) throw error;
        await sleep(clock, settleRetryMs);
      }
    }
  }

  #lose(): void {
    this.isLost = true;
    this.#options.pace.end();
  }
}

/** How long the account must wait; also after a try of which nobody can know whether it arrived. */
function pauseOf(outcome: Outcome): Settlement['pause'] {
  const untilMs =
    outcome.kind === 'pause'
      ? outcome.untilMs
      : outcome.kind === 'unknown'
        ? outcome.pauseUntilMs
        : undefined;
  return untilMs === undefined ? undefined : { untilMs, code: outcome.code };
}

function bounds(outcome: Outcome, templateId: string): Pick<Settlement, 'pause' | 'stop'> {
  const pause = pauseOf(outcome);
  if (pause !== undefined) return { pause };
  if (outcome.kind !== 'stop') return {};
  const { code, message } = outcome;
  if (outcome.scope === 'integration') return { stop: { templateId, code, message } };
  const { endpoint } = outcome;
  return { stop: { ...(endpoint === undefined ? {} : { endpoint }), code, message } };
}

function attemptOf(job: PendingJob, outcome: Outcome, change: JobChange, tried: Try, nowMs: number): Attempt {
  return {
    jobId: job.id,
    atMs: tried.atMs,
    durationMs: nowMs - tried.atMs,
    outcome: outcome.kind,
    code: outcome.code,
    exchanges: tried.exchanges,
    ...(outcome.message === undefined ? {} : { message: outcome.message }),
    ...(change.to === 'waiting' ? { nextAtMs: change.untilMs } : {}),
  };
}
