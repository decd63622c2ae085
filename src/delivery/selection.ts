/** Chooses what leaves next in one account: batches where enough updates wait, otherwise contact by contact. It must not know how anything is sent. */
import type { Clock } from '../clock.ts';
import type { JobId, Lease, PendingJob, Queue, TakeOptions } from '../store/ports/queue.ts';
import { type Chain, chainsOf, inTurns, payloadOf, type Unit, unitsOf } from './chain.ts';
import type { Batch, ImportDesk } from './import-desk.ts';
import type { Pace } from './pace.ts';
import type { ActionFacts, Target, Targets } from './target.ts';

export interface SelectionOptions {
  readonly queue: Pick<Queue, 'take'>;
  readonly lease: Lease;
  readonly pace: Pace;
  readonly imports: ImportDesk;
  readonly targets: Targets;
  readonly clock: Clock;
  readonly limits: { readonly takeJobs: number; readonly takeForImport: number };
}

export interface Taken {
  readonly batches: readonly Batch[];
  /** To be sent singly, in turns. */
  readonly chains: readonly Chain[];
  /** When there may be a further batch, in milliseconds from now; infinite when updates go singly. */
  readonly batchInMs: number;
}

/** What is on its way: its contacts, and the jobs that wait no longer. */
export interface UnderWay {
  readonly contacts: ReadonlySet<string>;
  readonly jobs: ReadonlySet<JobId>;
}

/** A lane with fewer open jobs than this needs no look at batches. */
const WORTH_A_LOOK = 25;
/** A look that found no batch is not repeated sooner: it reads many jobs, and each that ends asks what is next. */
const LOOK_AGAIN_MS = 1_000;

export class Selection {
  readonly #options: SelectionOptions;
  /** So many updates waited at the last look that they go by batch; singles of them would only use up the budget. */
  #isImporting = false;
  #lookAgainAtMs = 0;
  #without: Pick<TakeOptions, 'without'> = {};

  constructor(options: SelectionOptions) {
    this.#options = options;
  }

  /** `free` is how many contacts may be begun singly, `without` the actions that must not leave now. */
  async take(
    open: number,
    free: number,
    busy: UnderWay,
    without: ReadonlySet<string> | undefined,
  ): Promise<Taken> {
    const { imports, limits } = this.#options;
    this.#without = without === undefined ? {} : { without };
    if (open < WORTH_A_LOOK) this.#isImporting = false;
    else if (imports.roomInMs === 0 && this.#isLookDue) return this.#takeForImport(free, busy);
    const batchInMs = this.#isImporting ? imports.roomInMs : Number.POSITIVE_INFINITY;
    // The look at the next batch takes along what goes singly.
    if (free <= 0 || batchInMs <= LOOK_AGAIN_MS) return { batches: [], chains: [], batchInMs };
    const chains = inTurns(chainsOf(await this.#jobs(limits.takeJobs, busy)));
    const singles = this.#isImporting ? await this.#notBatchable(chains) : chains;
    return { batches: [], chains: await this.#filled(singles, free, busy), batchInMs };
  }

  /** The clock may have been set back. */
  get #isLookDue(): boolean {
    const leftMs = this.#lookAgainAtMs - this.#options.clock.now();
    return leftMs <= 0 || leftMs > LOOK_AGAIN_MS;
  }

  async #takeForImport(free: number, busy: UnderWay): Promise<Taken> {
    const { limits } = this.#options;
    // What comes out of a hold may go by import too, but must not hide the others; only what failed by itself is a retry.
    const { queue, lease, clock } = this.#options;
    const jobs = limits.takeForImport;
    const retries = Math.ceil(jobs / 2);
    const taken = await queue.take(lease, {
      ...this.#without,
      nowMs: clock.now(),
      jobs,
      busy: busy.contacts,
      leaving: busy.jobs,
      retries,
    });
    const heads = await this.#heads(inTurns(chainsOf(taken)));
    const batch = largestBatch(heads);
    this.#isImporting = batch !== undefined;
    if (batch === undefined) this.#lookAgainAtMs = clock.now() + LOOK_AGAIN_MS;
    const singles = batch === undefined ? heads : heads.filter((head) => !head.isBatchable);
    return {
      batches: batch === undefined ? [] : [batch],
      chains: this.#fewRetries(singles.map(({ chain }) => chain)).slice(0, Math.max(0, free)),
      batchInMs: batch === undefined ? Number.POSITIVE_INFINITY : 0,
    };
  }

  /** At most one retry when it is time for one, beside those that did not fail. */
  #fewRetries(chains: readonly Chain[]): readonly Chain[] {
    const isRetry = ({ jobs }: Chain): boolean => (jobs[0]?.attempts ?? 0) > 0;
    const others = chains.filter((chain) => !isRetry(chain));
    const retries = chains.filter(isRetry);
    if (others.length === 0) return retries;
    return [...retries.slice(0, this.#options.pace.isRetryFree ? 1 : 0), ...others];
  }

  /** Retries take a fifth while others wait, and whatever others leave. */
  #jobs(count: number, busy: UnderWay): Promise<readonly PendingJob[]> {
    const { queue, lease, clock, pace } = this.#options;
    return queue.take(lease, {
      ...this.#without,
      nowMs: clock.now(),
      jobs: count,
      busy: busy.contacts,
      leaving: busy.jobs,
      retries: pace.isRetryFree ? 1 : 0,
    });
  }

  /** What is left of the free places goes to retries: nobody else wants them now. */
  async #filled(chains: readonly Chain[], free: number, busy: UnderWay): Promise<readonly Chain[]> {
    if (chains.length >= free || this.#isImporting) return chains.slice(0, free);
    const { queue, lease, clock } = this.#options;
    const taken = new Set([...busy.contacts, ...chains.flatMap(({ contacts }) => [...contacts])]);
    const more = await queue.take(lease, {
      ...this.#without,
      nowMs: clock.now(),
      jobs: free - chains.length,
      busy: taken,
      leaving: busy.jobs,
    });
    return [...chains, ...inTurns(chainsOf(more))].slice(0, free);
  }

  async #notBatchable(chains: readonly Chain[]): Promise<readonly Chain[]> {
    const heads = await this.#heads(chains);
    return heads.filter(({ isBatchable }) => !isBatchable).map(({ chain }) => chain);
  }

  /** Each chain with its first unit and what is known of its action. */
  async #heads(chains: readonly Chain[]): Promise<readonly Head[]> {
    const targets = new Map<string, Target | undefined>();
    const heads: Head[] = [];
    for (const chain of chains) {
      const [first] = chain.jobs;
      if (first === undefined) continue;
      const { templateId } = first;
      if (!targets.has(templateId)) targets.set(templateId, await this.#options.targets(templateId));
      heads.push(headOf(chain, first, targets.get(templateId)));
    }
    return heads;
  }
}

interface Head {
  readonly chain: Chain;
  readonly isBatchable: boolean;
  /** Of a chain whose first unit may share a request. */
  readonly candidate?: { readonly unit: Unit; readonly target: Target; readonly facts: ActionFacts };
}

function headOf(chain: Chain, first: PendingJob, target: Target | undefined): Head {
  const facts = target?.action(first.action);
  if (target === undefined || facts?.batch === undefined) return { chain, isBatchable: false };
  const until = chain.jobs.findIndex(({ templateId }) => templateId !== first.templateId);
  const own = until === -1 ? chain.jobs : chain.jobs.slice(0, until);
  const [unit] = unitsOf({ ...chain, jobs: own }, (job) => target.action(job.action));
  if (unit === undefined || !isBatchable(unit, facts)) return { chain, isBatchable: false };
  return { chain, isBatchable: true, candidate: { unit, target, facts } };
}

/** The units that may share a request, of the template and action with the most of them; undefined when too few. */
function largestBatch(heads: readonly Head[]): Batch | undefined {
  const groups = new Map<string, { target: Target; facts: ActionFacts; units: Unit[]; bytes: number }>();
  for (const { candidate } of heads) {
    const batch = candidate?.facts.batch;
    if (candidate === undefined || batch === undefined) continue;
    const { unit, target, facts } = candidate;
    const key = `${target.templateId} ${unit.jobs[0].action}`;
    const group = groups.get(key) ?? { target, facts, units: [], bytes: 0 };
    groups.set(key, group);
    const bytes = batch.bytes(payloadOf(unit.jobs, facts));
    if (group.units.length >= batch.maxItems || group.bytes + bytes > batch.maxBytes) continue;
    group.units.push(unit);
    group.bytes += bytes;
  }
  const [largest] = [...groups.values()].sort((a, b) => b.units.length - a.units.length);
  const fewest = largest?.facts.batch?.minItems ?? Number.POSITIVE_INFINITY;
  return largest !== undefined && largest.units.length >= fewest ? largest : undefined;
}

/** Updates of one contact that failed before go singly, where a refusal names its contact. */
function isBatchable({ jobs }: Unit, facts: ActionFacts): boolean {
  if (facts.batch === undefined || jobs.some(({ attempts, contacts }) => attempts > 0 || contacts.length > 1))
    return false;
  return facts.batch.accepts(payloadOf(jobs, facts));
}
