/** The queue against the plainest model of itself: a list that is walked from its beginning. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FinalJobState, JobId, Lease, OpenJobState } from '../../../src/store/ports/queue.ts';
import type { Store } from '../../../src/store/store.ts';
import type { StoreUnderTest } from '../contract.ts';
import {
  LANE,
  newEvent,
  newIntegration,
  newJob,
  newRevision,
  newStep,
  newTemplate,
  START_MS,
} from '../samples.ts';

const OTHER_LANE = 'other.api-us1.com';
const TTL_MS = 1e9;

interface ModelJob {
  readonly id: JobId;
  readonly integration: number;
  readonly contacts: readonly string[];
  lane: string;
  state: OpenJobState | FinalJobState;
  untilMs: number;
}

class Model {
  readonly jobs: ModelJob[] = [];
  readonly stopped = new Set<number>();
  readonly disabled = new Set<number>();
  readonly lane = new Map<number, string>();
  nowMs = START_MS;

  laneOf(integration: number): string {
    return this.lane.get(integration) ?? LANE;
  }

  open(id: JobId): ModelJob | undefined {
    return this.jobs.find((job) => job.id === id && !isFinal(job.state));
  }

  /** Everything that may leave: nobody before it in a line of its contacts, unless that one leaves too. */
  mayLeave(lane: string, busy: ReadonlySet<string>): JobId[] {
    const blocked = new Set(busy);
    const leaving: JobId[] = [];
    for (const job of this.jobs) {
      if (job.lane !== lane || isFinal(job.state) || job.state === 'held') continue;
      if (this.stopped.has(job.integration) || this.disabled.has(job.integration)) continue;
      const isFree = job.state === 'waiting' && job.untilMs <= this.nowMs;
      if (isFree && !job.contacts.some((contact) => blocked.has(contact))) leaving.push(job.id);
      else for (const contact of job.contacts) blocked.add(contact);
    }
    return leaving;
  }
}

const FINAL: readonly string[] = ['delivered', 'filtered', 'dead', 'cancelled'];

function isFinal(state: string): boolean {
  return FINAL.includes(state);
}

interface World {
  store: Store;
  readonly model: Model;
  readonly leases: Map<string, Lease>;
  readonly restart: () => Promise<Store>;
}

interface Move {
  readonly name: string;
  run(world: World): Promise<void>;
}

const contact = fc.constantFrom('a', 'b', 'c', 'd').map((name) => `${name}@example.com`);
const integration = fc.integer({ min: 1, max: 3 });
const pick = fc.nat({ max: 30 });

const moves: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .array(fc.tuple(integration, fc.uniqueArray(contact, { minLength: 1, maxLength: 2 })), {
        minLength: 1,
        maxLength: 5,
      })
      .map(enqueue),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(pick, fc.constantFrom('delivered', 'retry', 'now', 'held', 'dead', 'submitted'))
      .map(([at, to]) => settleOne(at, to)),
  },
  { weight: 2, arbitrary: pick.map(mark) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 30 }).map(pass) },
  { weight: 1, arbitrary: integration.map(toggleStop) },
  { weight: 1, arbitrary: integration.map(toggleEnabled) },
  { weight: 1, arbitrary: pick.map(cancel) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(pick, fc.string({ minLength: 1, maxLength: 3 }))
      .map(([at, replay]) => requeue(at, replay)),
  },
  { weight: 1, arbitrary: integration.map(moveLane) },
  { weight: 1, arbitrary: fc.constant(crash()) },
);

function enqueue(made: readonly (readonly [number, readonly string[]])[]): Move {
  return {
    name: `enqueue ${JSON.stringify(made)}`,
    async run({ store, model }) {
      const from = await store.log.head();
      await store.log.append(made.map((_, index) => newEvent(`m${from + index}`)));
      const jobs = made.map(([no, [first = '', second]], index) =>
        newJob(from + index + 1, {
          ...of(no),
          lane: model.laneOf(no),
          contacts: second === undefined ? [first] : [first, second],
        }),
      );
      await store.steps.commit(newStep(from, from + made.length, { jobs }));
      for (const [no, contacts] of made) add(model, no, contacts);
    },
  };
}

function add(model: Model, no: number, contacts: readonly string[]): void {
  const id = model.jobs.length + 1;
  model.jobs.push({ id, integration: no, contacts, lane: model.laneOf(no), state: 'waiting', untilMs: 0 });
}

function settleOne(at: number, to: string): Move {
  return {
    name: `settle ${at} ${to}`,
    async run(world) {
      const { store, model } = world;
      const job = model.jobs[at];
      const open = job === undefined ? undefined : model.open(job.id);
      if (open === undefined || open.state === 'held') return;
      const { id, lane } = open;
      const lease = await leaseOf(world, lane);
      const base = { lease, nowMs: model.nowMs, attempts: [] };
      const code = 'SERVER_ERROR';
      if (to === 'retry' || to === 'now') {
        const untilMs = model.nowMs + (to === 'retry' ? 10 : 0);
        await store.queue.settle({ ...base, changes: [{ id, to: 'waiting', untilMs, counts: true, code }] });
        Object.assign(open, { state: 'waiting', untilMs });
      } else if (to === 'submitted') {
        await store.queue.settle({ ...base, changes: [{ id, to, batchId: 'b' }] });
        Object.assign(open, { state: to });
      } else if (to === 'held' || to === 'dead' || to === 'delivered') {
        await store.queue.settle({ ...base, changes: [{ id, to, code }] });
        Object.assign(open, { state: to });
      }
    },
  };
}

function mark(at: number): Move {
  return {
    name: `mark ${at}`,
    async run(world) {
      const job = world.model.jobs[at];
      if (job?.state !== 'waiting') return;
      const lease = await leaseOf(world, job.lane);
      expect(await world.store.queue.markSending(lease, [job.id])).toBe(true);
      job.state = 'sending';
    },
  };
}

function pass(ms: number): Move {
  return {
    name: `pass ${ms} ms`,
    async run({ model }) {
      model.nowMs += ms;
    },
  };
}

function toggleStop(no: number): Move {
  return {
    name: `stop or resume ${no}`,
    async run(world) {
      const { store, model } = world;
      const { templateId } = of(no);
      if (model.stopped.delete(no)) return store.queue.resume({ templateId }, model.nowMs);
      const lease = await leaseOf(world, model.laneOf(no)).catch(() => undefined);
      if (lease === undefined) return;
      const stop = { templateId, code: 'CREDENTIALS_REFUSED', message: 'refused' } as const;
      await store.queue.settle({ lease, nowMs: model.nowMs, changes: [], attempts: [], stop });
      model.stopped.add(no);
    },
  };
}

function toggleEnabled(no: number): Move {
  return {
    name: `disable or enable ${no}`,
    async run({ store, model }) {
      const enabled = model.disabled.delete(no);
      if (!enabled) model.disabled.add(no);
      const { integrationId, templateId } = of(no);
      await store.config.putIntegration(newIntegration(integrationId, { templateId, enabled }));
    },
  };
}

function cancel(at: number): Move {
  return {
    name: `cancel ${at}`,
    async run({ store, model }) {
      const job = model.jobs[at];
      if (job === undefined) return;
      const isOpen = job.state === 'waiting' || job.state === 'held';
      expect(await store.queue.cancel([job.id], model.nowMs)).toBe(isOpen ? 1 : 0);
      if (isOpen) job.state = 'cancelled';
    },
  };
}

function requeue(at: number, replayId: string): Move {
  return {
    name: `requeue ${at}`,
    async run({ store, model }) {
      const job = model.jobs[at];
      if (job === undefined || !['held', 'dead'].includes(job.state)) return;
      const added = await store.queue.requeue(
        [job.id],
        `${at}-${replayId}-${model.jobs.length}`,
        model.nowMs,
      );
      expect(added).toEqual([model.jobs.length + 1]);
      if (job.state === 'held') job.state = 'cancelled';
      add(model, job.integration, job.contacts);
    },
  };
}

function moveLane(no: number): Move {
  return {
    name: `move ${no}`,
    async run({ store, model }) {
      const { templateId } = of(no);
      const to = model.laneOf(no) === LANE ? OTHER_LANE : LANE;
      const number = (await store.config.revisions(templateId)).length + 1;
      const revision = newRevision(`rev_${no}_${number}`, { templateId, number, createdAtMs: model.nowMs });
      await store.config.addRevision(revision, [], { templateId, to });
      model.lane.set(no, to);
      model.stopped.delete(no);
      for (const job of model.jobs) {
        if (job.integration === no && (job.state === 'waiting' || job.state === 'held')) job.lane = to;
      }
    },
  };
}

function crash(): Move {
  return {
    name: 'crash',
    async run(world) {
      world.store = await world.restart();
      world.leases.clear();
    },
  };
}

function of(no: number): { integrationId: string; templateId: string } {
  return { integrationId: `pi_${no}`, templateId: `it_${no}` };
}

async function leaseOf(world: World, lane: string): Promise<Lease> {
  for (const lease of await world.store.queue.claim('worker', world.model.nowMs, TTL_MS))
    world.leases.set(lease.lane, lease);
  const lease = world.leases.get(lane);
  if (lease === undefined) throw new Error(`the lane ${lane} cannot be claimed`);
  return lease;
}

async function check(world: World): Promise<void> {
  const { store, model } = world;
  for (const lane of [LANE, OTHER_LANE]) {
    const open = model.jobs.filter((job) => job.lane === lane && !isFinal(job.state));
    expect((await store.queue.status(lane, model.nowMs)).waiting).toBe(
      open.filter(({ state }) => state === 'waiting').length,
    );
    // An account with nothing but jobs that wait for a person needs no owner.
    if (open.every(({ state }) => state === 'held')) continue;
    const lease = await leaseOf(world, lane);
    for (const busy of [new Set<string>(), new Set(['b@example.com'])]) {
      const expected = model.mayLeave(lane, busy);
      const all = await store.queue.take(lease, { nowMs: model.nowMs, jobs: 1000, busy });
      expect(all.map(({ id }) => id)).toEqual(expected);
      const some = await store.queue.take(lease, { nowMs: model.nowMs, jobs: 2, busy });
      expectPart(
        model,
        some.map(({ id }) => id),
        expected,
      );
    }
  }
}

/** A part of what may leave: in order, none without those before it in its contacts' lines, and not empty in vain. */
function expectPart(model: Model, some: readonly JobId[], all: readonly JobId[]): void {
  expect(some).toHaveLength(Math.min(2, all.length));
  expect([...some].sort((a, b) => a - b)).toEqual(some);
  for (const id of some) {
    expect(all).toContain(id);
    const contacts = new Set(model.jobs[id - 1]?.contacts);
    const before = all.filter(
      (other) => other < id && model.jobs[other - 1]?.contacts.some((name) => contacts.has(name)),
    );
    for (const other of before) expect(some).toContain(other);
  }
}

export function queueModelClaims(open: () => Promise<StoreUnderTest>): void {
  it('whatever happens, exactly those jobs may leave that a walk through the list finds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(moves, { minLength: 1, maxLength: 40 }), async (sequence) => {
        const { store, restart, dispose } = await open();
        const world: World = { store, model: new Model(), leases: new Map(), restart };
        try {
          for (const no of [1, 2, 3]) {
            const { integrationId, templateId } = of(no);
            await store.config.install(
              newTemplate(templateId),
              newRevision(`rev_${no}`, { templateId }),
              newIntegration(integrationId, { templateId }),
            );
          }
          for (const move of sequence) {
            await move.run(world);
            await check(world);
          }
        } finally {
          await dispose();
        }
      }),
      { numRuns: Number(process.env['STORE_MODEL_RUNS'] ?? 60) },
    );
  });
}
