/** One try of one unit: mark, send, judge. It must not know how units are chosen. */
import type { Clock } from '../clock.ts';
import type { Outcome } from '../event/outcome.ts';
import type { Ledger } from '../store/ports/ledger.ts';
import type { PendingJob } from '../store/ports/queue.ts';
import { payloadOf } from './chain.ts';
import { type Refusal, refusalOf } from './consent-gate.ts';
import type { LaneBook, Try } from './lane-book.ts';
import type { Hold, Pace } from './pace.ts';
import {
  type ActionFacts,
  type BeforeSend,
  type Budget,
  endpointOf,
  type Target,
  type Targets,
} from './target.ts';
import type { Verdicts } from './verdicts.ts';

/** Thrown into a perform whose request must not leave any more, with the reason. */
class NotSent extends Error {
  readonly hold: Hold;

  constructor(hold: Hold) {
    super(hold.code);
    this.hold = hold;
  }
}

export interface AttemptOptions {
  readonly ledger: Ledger;
  readonly book: LaneBook;
  readonly pace: Pace;
  readonly verdicts: Verdicts;
  readonly clock: Clock;
  readonly targets: Targets;
  readonly onError: (error: unknown) => void;
}

/** Filters the jobs whose consent is gone, and answers the others, without those that ended since they were taken. */
export async function consenting(
  jobs: readonly PendingJob[],
  target: Target,
  options: Pick<AttemptOptions, 'ledger' | 'book'>,
): Promise<readonly PendingJob[]> {
  const refusals = new Map<PendingJob, Refusal>();
  const open = await options.book.stillOpen(jobs);
  for (const job of open) {
    const refusal = await refusalOf(options.ledger, job, target);
    if (refusal !== undefined) refusals.set(job, refusal);
  }
  await options.book.settle(
    [...refusals].map(([job, code]) => options.book.change(job, target, { kind: 'consent-refused', code })),
  );
  return open.filter((job) => !refusals.has(job));
}

/** Performs the jobs as one payload, whose slot was waited for. True when the contact's next job may leave. */
export async function attempt(
  jobs: readonly PendingJob[],
  target: Target,
  facts: ActionFacts,
  options: AttemptOptions,
): Promise<boolean> {
  const [first] = jobs;
  if (first === undefined) return true;
  const { book, verdicts, clock, onError } = options;
  const gate = new SendGate(jobs, target, facts, options);
  const atMs = clock.now();
  const performed = await target.perform({
    action: first.action,
    payload: payloadOf(jobs, facts),
    beforeSend: gate.beforeSend,
  });
  const { exchanges } = performed;
  if (gate.closedBy !== undefined) {
    await putBack(jobs, gate, facts, { atMs, exchanges }, options);
    return false;
  }
  if (performed.error !== undefined) onError(performed.error);
  const weighed = verdicts.weigh(first, target, gate.lastBudget, performed.outcome);
  const outcome = await unlessMended(weighed.outcome, target, options);
  const each = jobs.length > 1 && outcome.kind === 'rejected' ? apart(outcome.message) : outcome;
  return book.judge(
    jobs,
    jobs.map(() => each),
    target,
    { ...weighed, atMs, exchanges },
  );
}

/** One bad update refuses all that were joined with it: each goes again by itself. */
function apart(message: string): Outcome {
  return {
    kind: 'retry',
    code: 'SEND_SINGLY',
    message: `${message} Joined updates are sent one by one now.`,
  };
}

/** An answer to credentials that were changed meanwhile says nothing about the new ones: the jobs go again, at no cost. */
export async function unlessMended(
  outcome: Outcome,
  target: Target,
  { targets, clock }: Pick<AttemptOptions, 'targets' | 'clock'>,
): Promise<Outcome> {
  if (outcome.kind !== 'stop') return outcome;
  if (outcome.scope !== 'integration' && outcome.code !== 'CREDENTIALS_REFUSED') return outcome;
  if ((await targets(target.templateId)) === target) return outcome;
  const message = 'The settings were changed while it was under way.';
  return { kind: 'pause', scope: 'integration', untilMs: clock.now(), code: outcome.code, message };
}

/**
 * Lets the requests of one try pass or not. Jobs that must not be repeated are committed as `sending` before the first
 * one. That uses the slot that was waited for; each further one takes its own and asks consent again, because a slow
 * first answer leaves time for a pause or a change of mind.
 */
class SendGate {
  readonly #jobs: readonly PendingJob[];
  readonly #target: Target;
  readonly #facts: ActionFacts;
  readonly #options: AttemptOptions;
  #isOpen = false;
  /** The jobs are committed as `sending`. */
  isMarked = false;
  /** The budget of the last request that left. */
  lastBudget: Budget;
  /** Why a request was refused: the try did not happen (or not wholly) and there is nothing to judge. */
  closedBy: Hold | undefined;

  constructor(jobs: readonly PendingJob[], target: Target, facts: ActionFacts, options: AttemptOptions) {
    this.#jobs = jobs;
    this.#target = target;
    this.#facts = facts;
    this.#options = options;
    this.lastBudget = facts.budget;
  }

  readonly beforeSend: BeforeSend = async (budget) => {
    try {
      await (this.#isOpen ? this.#next(budget) : this.#open(budget));
      this.#isOpen = true;
      this.lastBudget = budget;
    } catch (error) {
      this.closedBy = error instanceof NotSent ? error.hold : { code: 'INTERNAL_ERROR' };
      if (!(error instanceof NotSent)) this.#options.onError(error);
      throw error;
    }
  };

  async #open(budget: Budget): Promise<void> {
    const { book } = this.#options;
    if (budget !== this.#facts.budget) await this.#next(budget);
    this.#mustBeFree(this.#facts.budget);
    if (this.#facts.repeatable) return;
    // What ended meanwhile keeps its end; what is not ours any more is up to whoever owns it now.
    if (!(await book.markSending(this.#jobs.map(({ id }) => id)))) throw new NotSent({ code: 'CANCELLED' });
    this.isMarked = true;
    // The commit took a moment, in which another answer may have paused the account.
    this.#mustBeFree(this.#facts.budget);
  }

  async #next(budget: Budget): Promise<void> {
    if (this.#jobs.some(({ attempts }) => attempts > 0)) this.#options.pace.countRetry();
    await this.#options.pace.slot(budget);
    this.#mustBeFree(budget);
    if ((await this.#options.book.stillOpen(this.#jobs)).length < this.#jobs.length)
      throw new NotSent({ code: 'INTEGRATION_DISABLED' });
    for (const job of this.#jobs) {
      const code = await refusalOf(this.#options.ledger, job, this.#target);
      if (code !== undefined) throw new NotSent({ code });
    }
  }

  #mustBeFree(budget: Budget): void {
    const { pace } = this.#options;
    if (!pace.maySend(budget)) throw new NotSent(pace.holdOf(budget) ?? { code: 'SERVICE_STOPPED' });
  }
}

/** A job that needs an endpoint which is down besides its own lets others go first for so long. */
const ELSEWHERE_WAIT_MS = 4_000;

/** The jobs wait again, at no cost, and are judged anew when they are taken. */
async function putBack(
  jobs: readonly PendingJob[],
  { isMarked, closedBy }: SendGate,
  facts: ActionFacts,
  tried: Try,
  { book, clock }: AttemptOptions,
): Promise<void> {
  if (closedBy === undefined || book.isLost) return;
  const { code, endpoint } = closedBy;
  const isElsewhere = endpoint !== undefined && endpoint !== endpointOf(facts.budget);
  // Whatever has changed nothing and shows nothing is simply taken again.
  if (!isMarked && !isElsewhere && tried.exchanges.length === 0) return;
  await book.putBack(jobs, code, clock.now() + (isElsewhere ? ELSEWHERE_WAIT_MS : 0), tried);
}
