/** Hands many updates over as one batch and follows it until its end. It must not know when a batch is worth it. */
import type { Clock } from '../clock.ts';
import type { JsonObject } from '../event/json.ts';
import { OUTCOME_CODES, type Outcome, type OutcomeCode } from '../event/outcome.ts';
import type { Ledger } from '../store/ports/ledger.ts';
import type { JobChange, PendingJob } from '../store/ports/queue.ts';
import { consenting, unlessMended } from './attempt.ts';
import { payloadOf, type Unit } from './chain.ts';
import type { LaneBook, Try } from './lane-book.ts';
import type { Pace } from './pace.ts';
import type { ActionFacts, Target, Targets } from './target.ts';
import type { Verdicts } from './verdicts.ts';
import { Waits } from './waits.ts';

export interface ImportLimits {
  /** Batches that the vendor works on at the same time. */
  readonly maxBatches: number;
  /** The first question comes after this; each further wait is twice as long, up to `maxPollMs`. */
  readonly firstPollMs: number;
  /** The first wait while more than a few batches are under way: each question costs one of the account's requests. */
  readonly busyPollMs: number;
  readonly maxPollMs: number;
  /** A batch without an end after this long is sent singly; repeating an update is harmless. */
  readonly giveUpMs: number;
  /**
   * Contacts of an import that may have been taken, though its answer is not known, are left alone for so long: worked
   * off later than what is sent after it, it would bring old values back. How long the vendor needs is not documented.
   */
  readonly uncertainMs: number;
}

export interface ImportOptions {
  readonly ledger: Ledger;
  readonly book: LaneBook;
  readonly verdicts: Verdicts;
  readonly pace: Pace;
  readonly lane: string;
  readonly targets: Targets;
  /** The templates whose newest settings name this account. */
  readonly templatesOf: (lane: string) => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly limits: ImportLimits;
  readonly onError: (error: unknown) => void;
}

/** Units of one template and action, each of one contact. */
export interface Batch {
  readonly target: Target;
  readonly facts: ActionFacts;
  readonly units: readonly Unit[];
}

/** The jobs of one contact, which were one payload. */
type Group = Unit['jobs'];

interface Ended {
  readonly outcomes: readonly Outcome[];
  readonly exchanges: readonly JsonObject[];
}

export class ImportDesk {
  readonly #options: ImportOptions;
  #open = 0;
  /** Imports in a row that did not come about. */
  #failures = 0;
  #isStopping = false;
  readonly #waits: Waits;

  constructor(options: ImportOptions) {
    this.#options = options;
    this.#waits = new Waits(options.clock);
  }

  /** How long until a further batch can be handed over, in milliseconds; infinite while the vendor has enough of them. */
  get roomInMs(): number {
    const { limits, pace } = this.#options;
    return this.#open < limits.maxBatches ? pace.bulkFreeInMs : Number.POSITIVE_INFINITY;
  }

  /** Batches are left to the next owner. */
  stop(): void {
    this.#isStopping = true;
    this.#waits.end();
  }

  /** Hands a batch over and follows it. Resolves when every job of it is settled, or left to the next owner. */
  async work(batch: Batch): Promise<void> {
    this.#open += 1;
    try {
      await this.#work(batch);
    } finally {
      this.#open -= 1;
    }
  }

  /** Goes on with a batch that a former owner handed over. */
  async resume(batchId: string, jobs: readonly PendingJob[]): Promise<void> {
    this.#open += 1;
    try {
      const groups = jobs.map((job): Group => [job]);
      await this.#follow(batchId, groups, []);
    } finally {
      this.#open -= 1;
    }
  }

  async #work({ target, facts, units }: Batch): Promise<void> {
    const { pace, book, clock, limits, onError } = this.#options;
    const slot = await pace.slot('bulk');
    if (slot === undefined) return;
    const groups = await this.#allowed(units, target);
    const action = groups[0]?.[0].action;
    if (action === undefined || !pace.maySend('bulk')) return;
    const atMs = clock.now();
    let hasSlot = true;
    let isWrittenDown = false;
    let isFirst = true;
    let refusedBy: OutcomeCode | undefined;
    const performed = await target.performBatch({
      action,
      payloads: groups.map((jobs) => payloadOf(jobs, facts)),
      beforeSend: async (budget) => {
        // Until the end of this is reached: a store that fails keeps the request from leaving.
        refusedBy = 'INTERNAL_ERROR';
        if (budget === 'bulk') {
          // For a process that ends before it can keep the answer.
          await book.settle(leftAlone(groups, 'CRASHED_WHILE_SENDING', clock.now() + limits.uncertainMs));
          isWrittenDown = true;
          // That commit took a moment, what was looked up before it more: somebody may have withdrawn meanwhile.
          if (!(await this.#mayStillLeave(groups.flat(), target, isFirst))) {
            refusedBy = 'CANCELLED';
            throw new Error('One of the contacts must not leave any more.');
          }
        }
        isFirst = false;
        // The slot that was waited for is the import's; what it has to look up before takes its own.
        const isPrepared = budget === 'bulk' && hasSlot;
        const mayLeave = isPrepared ? pace.maySend(budget) : (await pace.slot(budget)) !== undefined;
        if (isPrepared) {
          hasSlot = false;
          pace.left(budget, slot);
        }
        refusedBy = mayLeave ? undefined : (pace.holdOf(budget)?.code ?? 'SERVICE_STOPPED');
        if (!mayLeave) throw new Error('The account was paused before the request left.');
      },
    });
    const exchanges = performed.exchanges.map(withoutBody);
    if (refusedBy !== undefined) {
      // What it had looked up before is shown; without that, and before the import was at the door, nothing changed.
      if ((isWrittenDown || exchanges.length > 0) && !book.isLost)
        await book.putBack(groups.flat(), refusedBy, clock.now(), { atMs, exchanges });
      return;
    }
    if (performed.error !== undefined) onError(performed.error);
    if (performed.submitted === undefined) {
      await this.#notTaken(groups, performed.outcomes, target, { atMs, exchanges });
      return;
    }
    this.#failures = 0;
    const { batchId, refused } = performed.submitted;
    const taken = groups.filter((_, index) => !refused.has(index));
    await book.settle(taken.flat().map(({ id }): JobChange => ({ id, to: 'submitted', batchId })));
    const returned = groups.filter((_, index) => refused.has(index));
    await this.#judge(
      returned,
      [...refused].sort(([a], [b]) => a - b).map(([, outcome]) => outcome),
      target,
      { atMs, exchanges },
    );
    await this.#follow(batchId, taken, exchanges);
  }

  /** Consent is asked once more where other requests came between; a step that withdraws it ends what waits by itself. */
  async #mayStillLeave(jobs: readonly PendingJob[], target: Target, isFirst: boolean): Promise<boolean> {
    const { book } = this.#options;
    const left = isFirst ? await book.stillOpen(jobs) : await consenting(jobs, target, this.#options);
    return left.length === jobs.length;
  }

  /** The units without those of their jobs that must not leave any more. */
  async #allowed(units: readonly Unit[], target: Target): Promise<readonly Group[]> {
    const jobs = units.flatMap((unit) => unit.jobs);
    const allowed = new Set(await consenting(jobs, target, this.#options));
    return units.flatMap((unit): readonly Group[] => {
      const [head, ...rest] = unit.jobs.filter((job) => allowed.has(job));
      return head === undefined ? [] : [[head, ...rest]];
    });
  }

  /**
   * The import did not come about. A vendor that is down says nothing about these contacts: they wait and go by import
   * again, at no cost. Where imports go on failing, they go singly like every other failed try.
   */
  async #notTaken(
    groups: readonly Group[],
    outcomes: readonly Outcome[],
    target: Target,
    tried: { atMs: number; exchanges: readonly JsonObject[] },
  ): Promise<void> {
    const { book, clock, limits, verdicts } = this.#options;
    const [first] = groups;
    const [outcome] = outcomes;
    const isUncertain = outcome !== undefined && MAY_HAVE_ARRIVED.has(outcome.code);
    const isWhole = outcomes.every(
      ({ kind, code }) => (kind === 'retry' || (kind === 'pause' && isUncertain)) && code !== 'SEND_SINGLY',
    );
    if (first === undefined || outcome === undefined || !isWhole)
      return this.#judge(groups, outcomes, target, tried);
    this.#failures += 1;
    const { outcome: weighed, ...besides } = verdicts.weigh(first[0], target, 'bulk', outcome);
    const isFree = weighed.kind === 'retry' && this.#failures <= MAX_FREE_FAILURES;
    if (!isFree) {
      const each = weighed.kind === 'retry' ? outcomes : groups.map(() => weighed);
      await this.#judge(groups, each, target, { ...tried, ...besides });
    }
    if (!isFree && !isUncertain) return;
    const untilMs = clock.now() + (isUncertain ? limits.uncertainMs : FAILED_WAIT_MS);
    await book.settle(leftAlone(groups, weighed.code, untilMs, weighed.message));
  }

  /** Asks what became of the batch, ever more seldom, until it has ended. */
  async #follow(batchId: string, groups: readonly Group[], submission: readonly JsonObject[]): Promise<void> {
    const [first] = groups;
    if (first === undefined) return;
    const { clock, limits, book } = this.#options;
    const beganMs = clock.now();
    let waitMs = this.#open > FEW_BATCHES ? limits.busyPollMs : limits.firstPollMs;
    for (;;) {
      await this.#waits.for(waitMs);
      if (this.#isStopping || book.isLost) return;
      waitMs = Math.min(waitMs * 2, limits.maxPollMs);
      // The newest settings each time: a batch takes minutes, in which somebody may change them.
      const target = await this.#options.targets(first[0].templateId);
      const facts = target?.action(first[0].action);
      if (target === undefined || facts === undefined) {
        await book.settle(groups.flat().map(cancelled));
        return;
      }
      const ended =
        (await this.#ask(batchId, groups, target, facts)) ??
        (clock.now() - beganMs < limits.giveUpMs ? undefined : endAs(groups, GIVEN_UP));
      if (ended === undefined) continue;
      const exchanges = [...submission, ...ended.exchanges];
      await this.#judge(groups, ended.outcomes, target, { atMs: beganMs, exchanges });
      return;
    }
  }

  /** One question; undefined while there is no answer yet. */
  async #ask(
    batchId: string,
    groups: readonly Group[],
    target: Target,
    facts: ActionFacts,
  ): Promise<Ended | undefined> {
    const { pace, book, onError, lane, templatesOf } = this.#options;
    const action = groups[0]?.[0].action;
    if (action === undefined) return endAs(groups, GIVEN_UP);
    if (!(await templatesOf(lane)).includes(target.templateId)) return endAs(groups, MOVED);
    const polled = await target.poll({
      action,
      batchId,
      payloads: groups.map((jobs) => payloadOf(jobs, facts)),
      beforeSend: async (budget) => {
        if (!(await pace.slot(budget))) throw new Error('The account was paused before the request left.');
      },
    });
    if (!polled.pending) return polled;
    if (polled.error !== undefined && pace.maySend('api')) onError(polled.error);
    const [bounding] = polled.outcomes;
    if (bounding !== undefined)
      await book.heed(await unlessMended(bounding, target, this.#options), target.templateId);
    return undefined;
  }

  /** One outcome a group: its jobs were one payload. */
  async #judge(
    groups: readonly Group[],
    outcomes: readonly Outcome[],
    target: Target,
    tried: Try,
  ): Promise<void> {
    const jobs = groups.flat();
    const each = groups.flatMap((group, index) => group.map(() => outcomes[index] ?? LEFT_OUT));
    if (jobs.length > 0) await this.#options.book.judge(jobs, each, target, tried);
  }
}

/** Imports in a row that may fail at no cost of their contacts; about as many as open the circuit. */
const MAX_FREE_FAILURES = 12;
const FAILED_WAIT_MS = 5_000;

/** After these the vendor may have taken the import all the same. */
const MAY_HAVE_ARRIVED: ReadonlySet<OutcomeCode> = new Set([
  'SERVER_ERROR',
  'TIMED_OUT',
  'RESPONSE_LOST',
  'UNEXPECTED_RESPONSE',
]);

/** So many are asked about soon, so that what waits behind them goes on soon. */
const FEW_BATCHES = 4;

const GIVEN_UP: Outcome = {
  kind: 'retry',
  code: 'SEND_SINGLY',
  message: 'The import had no end in time; the contact is sent by itself.',
};
const MOVED: Outcome = {
  kind: 'retry',
  code: 'SEND_SINGLY',
  message: 'The integration went to another account meanwhile; the contact is sent there by itself.',
};
const LEFT_OUT: Outcome = {
  kind: 'retry',
  code: 'SEND_SINGLY',
  message: 'The import did not say what became of this contact; it is sent by itself.',
};

function leftAlone(
  groups: readonly Group[],
  code: OutcomeCode,
  untilMs: number,
  message: string = OUTCOME_CODES[code],
): readonly JobChange[] {
  return groups.flat().map(({ id }) => ({ id, to: 'waiting', untilMs, counts: false, code, message }));
}

function endAs(groups: readonly Group[], outcome: Outcome): Ended {
  return { outcomes: groups.map(() => outcome), exchanges: [] };
}

function cancelled({ id }: PendingJob): JobChange {
  return { id, to: 'cancelled', code: 'CANCELLED', message: 'Its integration is gone.' };
}

/** The request of a batch holds the data of many people: each of its jobs shows its own payload instead. */
function withoutBody(exchange: JsonObject): JsonObject {
  const { body: _body, ...rest } = exchange;
  return rest;
}
