/** Chooses what leaves next in one account: batches where enough updates wait, otherwise contact by contact. It must not know how anything is sent. */
import type { Clock } from '../clock.ts';
import type { Lease, PendingJob, Queue } from '../store/port.ts';
import { type Chain, chainsOf, inTurns, payloadOf, type Unit, unitsOf } from './chain.ts';
import type { Batch, ImportDesk } from './import-desk.ts';
import type { Pace } from './pace.ts';
import type { ActionFacts, Target, Targets } from './target.ts';

export interface SelectionOptions {
  readonly queue: Queue;
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
  /** There may be enough for a further batch. */
  readonly isMore: boolean;
}

/** A lane with fewer open jobs than this needs no look at batches. */
const WORTH_A_LOOK = 25;

export class Selection {
  readonly #options: SelectionOptions;
  /** So many updates waited at the last look that they go by batch; singles of them would only use up the budget. */
  #isImporting = false;

  constructor(options: SelectionOptions) {
    this.#options = options;
  }

  /** `free` is how many contacts may be begun singly, `busy` those under way. */
  async take(open: number, free: number, busy: ReadonlySet<string>): Promise<Taken> {
    const { imports, limits } = this.#options;
    if (open < WORTH_A_LOOK) this.#isImporting = false;
    else if (imports.hasRoom) return this.#takeForImport(free, busy);
    if (free <= 0) return { batches: [], chains: [], isMore: false };
    const chains = inTurns(chainsOf(await this.#jobs(limits.takeJobs, busy)));
    const singles = this.#isImporting ? await this.#notBatchable(chains) : chains;
    return { batches: [], chains: await this.#filled(singles, free, busy), isMore: false };
  }

  async #takeForImport(free: number, busy: ReadonlySet<string>): Promise<Taken> {
    const { limits } = this.#options;
    const jobs = await this.#jobs(limits.takeForImport, busy);
    const chains = inTurns(chainsOf(jobs));
    const batch = await this.#largestBatch(chains);
    this.#isImporting = batch !== undefined;
    if (batch === undefined)
      return { batches: [], chains: chains.slice(0, Math.max(0, free)), isMore: false };
    const taken = new Set(
      batch.units.flatMap(({ jobs: members }) => members.flatMap(({ contacts }) => contacts)),
    );
    const others = (await this.#notBatchable(chains)).filter(({ contacts }) =>
      [...contacts].every((contact) => !taken.has(contact)),
    );
    return { batches: [batch], chains: others.slice(0, Math.max(0, free)), isMore: true };
  }

  /** Retries take a fifth while others wait, and whatever others leave. */
  #jobs(count: number, busy: ReadonlySet<string>): Promise<readonly PendingJob[]> {
    const { queue, lease, clock, pace } = this.#options;
    return queue.take(lease, { nowMs: clock.now(), jobs: count, busy, retries: pace.isRetryFree ? 1 : 0 });
  }

  /** What is left of the free places goes to retries: nobody else wants them now. */
  async #filled(
    chains: readonly Chain[],
    free: number,
    busy: ReadonlySet<string>,
  ): Promise<readonly Chain[]> {
    if (chains.length >= free || this.#isImporting) return chains.slice(0, free);
    const { queue, lease, clock } = this.#options;
    const taken = new Set([...busy, ...chains.flatMap(({ contacts }) => [...contacts])]);
    const more = await queue.take(lease, { nowMs: clock.now(), jobs: free - chains.length, busy: taken });
    return [...chains, ...inTurns(chainsOf(more))].slice(0, free);
  }

  /** The units that may share a request, of the template and action with the most of them; undefined when too few. */
  async #largestBatch(chains: readonly Chain[]): Promise<Batch | undefined> {
    const groups = new Map<string, { target: Target; facts: ActionFacts; units: Unit[]; bytes: number }>();
    for (const chain of chains) {
      const head = await this.#head(chain);
      const { batch } = head?.facts ?? {};
      if (head === undefined || batch === undefined || !isBatchable(head.unit, head.facts)) continue;
      const key = `${head.target.templateId} ${head.unit.jobs[0].action}`;
      const group = groups.get(key) ?? { target: head.target, facts: head.facts, units: [], bytes: 0 };
      groups.set(key, group);
      const bytes = batch.bytes(payloadOf(head.unit.jobs, head.facts));
      if (group.units.length >= batch.maxItems || group.bytes + bytes > batch.maxBytes) continue;
      group.units.push(head.unit);
      group.bytes += bytes;
    }
    const [largest] = [...groups.values()].sort((a, b) => b.units.length - a.units.length);
    return largest !== undefined &&
      largest.units.length >= (largest.facts.batch?.minItems ?? Number.POSITIVE_INFINITY)
      ? largest
      : undefined;
  }

  async #notBatchable(chains: readonly Chain[]): Promise<readonly Chain[]> {
    const singles: Chain[] = [];
    for (const chain of chains) {
      const head = await this.#head(chain);
      if (head === undefined || !isBatchable(head.unit, head.facts)) singles.push(chain);
    }
    return singles;
  }

  /** The first unit of a chain with what is known of its action. */
  async #head(chain: Chain): Promise<{ unit: Unit; target: Target; facts: ActionFacts } | undefined> {
    const [first] = chain.jobs;
    const target = first === undefined ? undefined : await this.#options.targets(first.templateId);
    if (first === undefined || target === undefined) return undefined;
    const own = chain.jobs.filter(({ templateId }) => templateId === first.templateId);
    const [unit] = unitsOf({ ...chain, jobs: own.length === chain.jobs.length ? own : [first] }, (job) =>
      target.action(job.action),
    );
    const facts = target.action(first.action);
    return unit === undefined || facts === undefined ? undefined : { unit, target, facts };
  }
}

/** Updates of one contact that failed before go singly, where a refusal names its contact. */
function isBatchable({ jobs }: Unit, facts: ActionFacts): boolean {
  if (facts.batch === undefined || jobs.some(({ attempts, contacts }) => attempts > 0 || contacts.length > 1))
    return false;
  return facts.batch.accepts(payloadOf(jobs, facts));
}
