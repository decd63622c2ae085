/** Hands many updates over as one batch and follows it until its end. It must not know when a batch is worth it. */
import type { Clock } from '../clock.ts';
import type { JsonObject } from '../event/json.ts';
import type { Outcome } from '../event/outcome.ts';
import type { JobChange, Ledger, PendingJob } from '../store/port.ts';
import { consenting } from './attempt.ts';
import { payloadOf, type Unit } from './chain.ts';
import type { LaneBook } from './lane-book.ts';
import type { Pace } from './pace.ts';
import type { ActionFacts, Target, Targets } from './target.ts';

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
}

export interface ImportOptions {
  readonly ledger: Ledger;
  readonly book: LaneBook;
  readonly pace: Pace;
  readonly targets: Targets;
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

export class ImportDesk {
  readonly #options: ImportOptions;
  #open = 0;
  #isStopping = false;
  readonly #waiting = new Set<() => void>();

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  /** How long until a further batch can be handed over, in milliseconds; infinite while the vendor has enough of them. */
  get roomInMs(): number {
    const { limits, pace } = this.#options;
    return this.#open < limits.maxBatches ? pace.bulkFreeInMs : Number.POSITIVE_INFINITY;
  }

  /** Batches are left to the next owner. */
  stop(): void {
    this.#isStopping = true;
    for (const done of [...this.#waiting]) done();
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
      const [first] = jobs;
      const target = first === undefined ? undefined : await this.#options.targets(first.templateId);
      const facts = first === undefined ? undefined : target?.action(first.action);
      if (target !== undefined && facts !== undefined)
        await this.#follow(
          batchId,
          target,
          facts,
          jobs.map((job) => [job]),
          [],
        );
    } finally {
      this.#open -= 1;
    }
  }

  async #work({ target, facts, units }: Batch): Promise<void> {
    const { pace, book, clock, onError } = this.#options;
    if (!(await pace.slot('bulk'))) return;
    const groups: (readonly PendingJob[])[] = [];
    for (const { jobs } of units) {
      const allowed = await consenting(jobs, target, this.#options);
      if (allowed.length > 0) groups.push(allowed);
    }
    const action = groups[0]?.[0]?.action;
    if (action === undefined || !pace.maySend) return;
    const atMs = clock.now();
    let hasSlot = true;
    let isRefused = false;
    const performed = await target.performBatch({
      action,
      payloads: groups.map((jobs) => payloadOf(jobs, facts)),
      beforeSend: async (budget) => {
        // The slot that was waited for is the import's; what it has to look up before takes its own.
        const mayLeave = budget === 'bulk' && hasSlot ? pace.maySend : await pace.slot(budget);
        if (budget === 'bulk') hasSlot = false;
        if (mayLeave) return;
        isRefused = true;
        throw new Error('The account was paused before the request left.');
      },
    });
    if (isRefused) return;
    if (performed.error !== undefined) onError(performed.error);
    const exchanges = performed.exchanges.map(withoutBody);
    if (performed.submitted === undefined) {
      await this.#judge(groups, performed.outcomes, target, { atMs, exchanges });
      return;
    }
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
    await this.#follow(batchId, target, facts, taken, exchanges);
  }

  /** Asks what became of the batch, ever more seldom, until it has ended. */
  async #follow(
    batchId: string,
    target: Target,
    facts: ActionFacts,
    groups: readonly (readonly PendingJob[])[],
    submission: readonly JsonObject[],
  ): Promise<void> {
    const { clock, limits } = this.#options;
    const beganMs = clock.now();
    let waitMs = this.#open > FEW_BATCHES ? limits.busyPollMs : limits.firstPollMs;
    for (;;) {
      await this.#pause(waitMs);
      if (this.#isStopping || this.#options.book.isLost) return;
      waitMs = Math.min(waitMs * 2, limits.maxPollMs);
      const ended = await this.#ask(batchId, target, facts, groups);
      if (ended !== undefined) {
        await this.#judge(groups, ended.outcomes, target, {
          atMs: beganMs,
          exchanges: [...submission, ...ended.exchanges],
        });
        return;
      }
      if (clock.now() - beganMs < limits.giveUpMs) continue;
      await this.#judge(
        groups,
        groups.map(() => GIVEN_UP),
        target,
        { atMs: beganMs, exchanges: submission },
      );
      return;
    }
  }

  /** One question; undefined while there is no answer yet. */
  async #ask(
    batchId: string,
    target: Target,
    facts: ActionFacts,
    groups: readonly (readonly PendingJob[])[],
  ): Promise<{ outcomes: readonly Outcome[]; exchanges: readonly JsonObject[] } | undefined> {
    const { pace, book, onError } = this.#options;
    const action = groups[0]?.[0]?.action;
    if (action === undefined) return { outcomes: [], exchanges: [] };
    const polled = await target.poll({
      action,
      batchId,
      payloads: groups.map((jobs) => payloadOf(jobs, facts)),
      beforeSend: async (budget) => {
        if (!(await pace.slot(budget))) throw new Error('The account was paused before the request left.');
      },
    });
    const [bounding] = polled.outcomes;
    if (polled.pending) {
      if (polled.error !== undefined && pace.maySend) onError(polled.error);
      if (bounding !== undefined) await book.heed(bounding, target.templateId);
      return undefined;
    }
    return { outcomes: polled.outcomes, exchanges: polled.exchanges };
  }

  /** One outcome a group: its jobs were one payload. */
  async #judge(
    groups: readonly (readonly PendingJob[])[],
    outcomes: readonly Outcome[],
    target: Target,
    tried: { atMs: number; exchanges: readonly JsonObject[] },
  ): Promise<void> {
    const jobs = groups.flat();
    const each = groups.flatMap((group, index) => group.map(() => outcomes[index] ?? LEFT_OUT));
    if (jobs.length > 0) await this.#options.book.judge(jobs, each, target, tried);
  }

  /** Waits that long, or until the desk stops. */
  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#waiting.delete(done);
        resolve();
      };
      const cancel = this.#options.clock.after(this.#isStopping ? 0 : delayMs, done);
      this.#waiting.add(done);
    });
  }
}

/** So many are asked about soon, so that what waits behind them goes on soon. */
const FEW_BATCHES = 4;

const GIVEN_UP: Outcome = {
  kind: 'retry',
  code: 'SEND_SINGLY',
  message: 'The import had no end in time; the contact is sent by itself.',
};
const LEFT_OUT: Outcome = {
  kind: 'retry',
  code: 'SEND_SINGLY',
  message: 'The import did not say what became of this contact; it is sent by itself.',
};

/** The request of a batch holds the data of many people: each of its jobs shows its own payload instead. */
function withoutBody(exchange: JsonObject): JsonObject {
  const { body: _body, ...rest } = exchange;
  return rest;
}
