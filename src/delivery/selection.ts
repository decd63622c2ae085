/** Chooses what leaves next in one account: batches where enough updates wait, otherwise contact by contact. It must not know how anything is sent. */
import type { Clock } from '../clock.ts';
import type { JobId, Lease, PendingJob, Queue, TakeOptions } from '../store/ports/queue.ts';
import { type Chain, chainsOf, inTurns, integrationOf, payloadOf, type Unit, unitsOf } from './chain.ts';
import type { Batch, ImportDesk } from './import-desk.ts';
import type { Pace } from './pace.ts';
import type { ActionFacts, Target, Targets } from './target.ts';
import { Turns } from './turns.ts';

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
  /** Of the integrations whose jobs go singly, and of what goes by batch. */
  readonly #turns = { singly: new Turns(), byBatch: new Turns() };
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
    this.#without = without === undefined ? {} : { without };
    const taken = await this.#take(open, free, busy);
    for (const chain of taken.chains) this.#turns.singly.take(integrationOf(chain));
    return taken;
  }

  async #take(open: number, free: number, busy: UnderWay): Promise<Taken> {
    const { imports, limits } = this.#options;
    if (open < WORTH_A_LOOK) this.#isImporting = false;
    else if (imports.roomInMs === 0 && this.#isLookDue) return this.#takeForImport(free, busy);
    const batchInMs = this.#isImporting ? imports.roomInMs : Number.POSITIVE_INFINITY;
    // The look at the next batch takes along what goes singly.
    if (free <= 0 || batchInMs <= LOOK_AGAIN_MS) return { batches: [], chains: [], batchInMs };
    const chains = this.#inTurns(await this.#jobs(limits.takeJobs, busy));
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
    const heads = await this.#heads(this.#inTurns(taken));
    const batches = batchesOf(heads);
    const [next] = this.#turns.byBatch.inOrder([...batches.keys()]);
    const batch = next === undefined ? undefined : batches.get(next);
    this.#isImporting = batch !== undefined;
    if (next === undefined) this.#lookAgainAtMs = clock.now() + LOOK_AGAIN_MS;
    else this.#turns.byBatch.take(next);
    // Too few for a batch do not wait until all the batches of others are gone.
    const singles = heads.filter(
      ({ candidate }) => candidate === undefined || !batches.has(keyOf(candidate)),
    );
    return {
      batches: batch === undefined ? [] : [batch],
      chains: this.#fewRetries(singles.map(({ chain }) => chain)).slice(0, Math.max(0, free)),
      batchInMs: batch === undefined ? Number.POSITIVE_INFINITY : 0,
    };
  }

  #inTurns(jobs: readonly PendingJob[]): readonly Chain[] {
    return inTurns(chainsOf(jobs), this.#turns.singly);
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
    return [...chains, ...this.#inTurns(more)].slice(0, free);
  }

  async #notBatchable(chains: readonly Chain[]): Promise<readonly Chain[]> {
    const heads = await this.#heads(chains);
    return heads.filter(({ candidate }) => candidate === undefined).map(({ chain }) => chain);
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
  /** Of a chain whose first unit may share a request. */
  readonly candidate?: Candidate;
}

interface Candidate {
  readonly unit: Unit;
  readonly target: Target;
  readonly facts: ActionFacts;
}

function headOf(chain: Chain, first: PendingJob, target: Target | undefined): Head {
  const facts = target?.action(first.action);
  if (target === undefined || facts?.batch === undefined) return { chain };
  const until = chain.jobs.findIndex(({ templateId }) => templateId !== first.templateId);
  const own = until === -1 ? chain.jobs : chain.jobs.slice(0, until);
  const [unit] = unitsOf({ ...chain, jobs: own }, (job) => target.action(job.action));
  if (unit === undefined || !isBatchable(unit, facts)) return { chain };
  return { chain, candidate: { unit, target, facts } };
}

/** Units that may share a request, by template and action, of which there are enough. */
function batchesOf(heads: readonly Head[]): ReadonlyMap<string, Batch> {
  const groups = new Map<string, { target: Target; facts: ActionFacts; units: Unit[]; bytes: number }>();
  for (const { candidate } of heads) {
    const batch = candidate?.facts.batch;
    if (candidate === undefined || batch === undefined) continue;
    const { unit, target, facts } = candidate;
    const key = keyOf(candidate);
    const group = groups.get(key) ?? { target, facts, units: [], bytes: 0 };
    groups.set(key, group);
    const bytes = batch.bytes(payloadOf(unit.jobs, facts));
    if (group.units.length >= batch.maxItems || group.bytes + bytes > batch.maxBytes) continue;
    group.units.push(unit);
    group.bytes += bytes;
  }
  return new Map([...groups].filter(([, { facts, units }]) => units.length >= (facts.batch?.minItems ?? 0)));
}

function keyOf({ target, unit }: Pick<Candidate, 'target' | 'unit'>): string {
  return `${target.templateId} ${unit.jobs[0].action}`;
}

/** Updates of one contact that failed before go singly, where a refusal names its contact. */
function isBatchable({ jobs }: Unit, facts: ActionFacts): boolean {
  if (facts.batch === undefined || jobs.some(({ attempts, contacts }) => attempts > 0 || contacts.length > 1))
    return false;
  return facts.batch.accepts(payloadOf(jobs, facts));
}
