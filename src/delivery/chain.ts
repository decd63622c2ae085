/** Jobs that were taken, as chains of one contact each, with adjacent updates joined. Pure. It must not know how they are sent. */
import type { JsonObject } from '../event/json.ts';
import type { PendingJob } from '../store/ports/queue.ts';
import type { ActionFacts } from './target.ts';
import type { Turns } from './turns.ts';

/** Jobs whose contacts touch, in job order. One chain is worked one unit after the other. */
export interface Chain {
  readonly contacts: ReadonlySet<string>;
  readonly jobs: readonly PendingJob[];
}

/** One request's worth: a job, or adjacent updates that may be joined. */
export interface Unit {
  readonly jobs: readonly [PendingJob, ...PendingJob[]];
}

interface Draft {
  readonly contacts: Set<string>;
  readonly jobs: PendingJob[];
}

/** Groups jobs (in job order) by contact; a job of two contacts joins their chains. Chains keep the order of their first jobs. */
export function chainsOf(jobs: readonly PendingJob[]): readonly Chain[] {
  const chains = new Set<Draft>();
  const chainOf = new Map<string, Draft>();
  for (const job of jobs) {
    const touched = new Set(job.contacts.flatMap((contact) => chainOf.get(contact) ?? []));
    const [into = { contacts: new Set<string>(), jobs: [] }, ...others] = touched;
    for (const other of others) {
      absorb(into, other, chainOf);
      chains.delete(other);
    }
    for (const contact of job.contacts) {
      into.contacts.add(contact);
      chainOf.set(contact, into);
    }
    into.jobs.push(job);
    chains.add(into);
  }
  return [...chains];
}

function absorb(into: Draft, other: Draft, chainOf: Map<string, Draft>): void {
  for (const contact of other.contacts) {
    into.contacts.add(contact);
    chainOf.set(contact, into);
  }
  into.jobs.push(...other.jobs);
  into.jobs.sort((a, b) => a.id - b.id);
}

/**
 * Integrations take turns over contacts: chains in round robin by the integration of their first job, beginning with the
 * one whose last turn was the longest ago. Places come free one by one as a rule: the first would have them all otherwise.
 */
export function inTurns(chains: readonly Chain[], turns: Turns): readonly Chain[] {
  const queues = new Map<string, Chain[]>();
  for (const chain of chains) {
    const integration = integrationOf(chain);
    const queue = queues.get(integration);
    if (queue === undefined) queues.set(integration, [chain]);
    else queue.push(chain);
  }
  const order = turns.inOrder([...queues.keys()]);
  const mixed: Chain[] = [];
  for (let round = 0; mixed.length < chains.length; round += 1) {
    for (const integration of order) {
      const chain = queues.get(integration)?.[round];
      if (chain !== undefined) mixed.push(chain);
    }
  }
  return mixed;
}

export function integrationOf({ jobs }: Chain): string {
  return jobs[0]?.integrationId ?? '';
}

/**
 * Splits a chain into units: adjacent jobs of one integration and one action that can be joined are one. What failed once
 * goes by itself, so that a bad update does not take good ones along.
 */
export function unitsOf(
  chain: Chain,
  factsOf: (job: PendingJob) => ActionFacts | undefined,
): readonly Unit[] {
  const units: [PendingJob, ...PendingJob[]][] = [];
  for (const job of chain.jobs) {
    const last = units.at(-1);
    if (last !== undefined && joins(last[0], job) && factsOf(job)?.merge !== undefined) last.push(job);
    else units.push([job]);
  }
  return units.map((jobs) => ({ jobs }));
}

function joins(first: PendingJob, next: PendingJob): boolean {
  return (
    first.attempts === 0 &&
    next.attempts === 0 &&
    first.integrationId === next.integrationId &&
    first.action === next.action &&
    first.contacts.length === 1 &&
    next.contacts.length === 1 &&
    first.contacts[0] === next.contacts[0]
  );
}

/** The payload of a unit: the later job wins per field. */
export function payloadOf(jobs: readonly PendingJob[], facts: ActionFacts): JsonObject {
  const [first, ...rest] = jobs.map(({ payload }) => payload);
  return rest.reduce((joined, payload) => facts.merge?.(joined, payload) ?? payload, first ?? {});
}
