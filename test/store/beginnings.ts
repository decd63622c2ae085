/** What many store tests begin with: an installed integration, jobs that wait, a lease. It must not know what they claim. */
import type { Lease, NewJob } from '../../src/store/ports/queue.ts';
import type { Store } from '../../src/store/store.ts';
import {
  LANE,
  newEvent,
  newIntegration,
  newJob,
  newRevision,
  newStep,
  newTemplate,
  START_MS,
} from './samples.ts';

/** Installs `pi_1` of the template `it_1` with its revision `rev_1`. */
export async function install(store: Pick<Store, 'config'>): Promise<void> {
  await store.config.install(newTemplate('it_1'), newRevision('rev_1'), newIntegration('pi_1'));
}

/** One event for each job, processed; in an empty store jobs get the ids 1, 2, 3 …. */
export async function enqueue(
  store: Pick<Store, 'log' | 'steps'>,
  jobs: readonly Partial<NewJob>[],
): Promise<void> {
  const from = await store.log.head();
  await store.log.append(jobs.map((_, index) => newEvent(`m${from + index}`)));
  await store.steps.commit(
    newStep(from, from + jobs.length, { jobs: jobs.map((job, index) => newJob(from + index + 1, job)) }),
  );
}

interface Claim {
  readonly lane?: string;
  readonly owner?: string;
  readonly nowMs?: number;
  readonly ttlMs?: number;
}

/** The lease of one lane, newly claimed with all others that there are. */
export async function claimOne(
  store: Pick<Store, 'queue'>,
  { lane = LANE, owner = 'worker', nowMs = START_MS, ttlMs = 60_000 }: Claim = {},
): Promise<Lease> {
  const found = (await store.queue.claim(owner, nowMs, ttlMs)).find((lease) => lease.lane === lane);
  if (found === undefined) throw new Error(`no lease of ${lane}`);
  return found;
}
