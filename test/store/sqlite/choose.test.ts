/** Claims about how much `take` looks at, however much waits or is on hold. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import type { JobChange, JobId, Lease, TakeOptions } from '../../../src/store/ports/queue.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/store/sqlite/open.ts';
import { choose, type LineReader } from '../../../src/store/sqlite/queue/choose.ts';
import type { QueueRow } from '../../../src/store/sqlite/queue/lines.ts';
import { claimOne, enqueue } from '../beginnings.ts';
import { START_MS } from '../samples.ts';

const SECOND = { integrationId: 'pi_2', templateId: 'it_2' };
const NOBODY: ReadonlySet<string> = new Set();

function takeOptions(change: Partial<TakeOptions> = {}): TakeOptions {
  return { nowMs: START_MS, jobs: 20, busy: NOBODY, ...change };
}

function waiting(id: JobId, stream: number, contact: string): QueueRow {
  return {
    stream,
    id,
    seq: id,
    state: 'waiting',
    front: 1,
    until_ms: 0,
    attempts: 0,
    first_attempt_ms: null,
    contact,
    other_contact: null,
    code: null,
    message: null,
    batch_id: null,
    action: 'syncContact',
  };
}

/** Stream 1 has a hold on each of `blocked` contacts; stream 2 has one ready job for each of these, then free ones. */
function blockedReader(blocked: number, free: number): { reader: LineReader; rowsRead: () => number } {
  let rowsRead = 0;
  const rows = Array.from({ length: blocked + free }, (_, index) => waiting(1000 + index, 2, `c${index}`));
  const reader: LineReader = {
    ready: (stream, after, limit) => {
      const found = stream === 2 ? rows.filter(({ id }) => id > after).slice(0, limit) : [];
      rowsRead += found.length;
      return found.map(({ id }) => id);
    },
    due: () => [],
    next: (stream, contact, after) => {
      const at = Number(contact.slice(1));
      if (stream === 1) return at < blocked && after === 0 ? 1 : undefined;
      return after < 1000 + at ? 1000 + at : undefined;
    },
    row: (_, id) => rows[id - 1000],
  };
  return { reader, rowsRead: () => rowsRead };
}

describe('choosing', () => {
  it('looks at no more candidates than it gives and may pass over', () => {
    const { reader, rowsRead } = blockedReader(100_000, 10);
    const { rows } = choose(reader, [1, 2], takeOptions(), 500, new Map());
    expect(rows).toEqual([]);
    // At most one fetched chunk (as many as were asked for) beyond the bound.
    expect(rowsRead()).toBeLessThanOrEqual(20 + 500 + 20);
  });

  it('goes on behind what it passed over, so that every contact is reached', () => {
    const { reader } = blockedReader(3000, 10);
    const found: JobId[] = [];
    let resume: ReadonlyMap<number, JobId> = new Map();
    for (let call = 0; call < 8 && found.length === 0; call += 1) {
      const choice = choose(reader, [1, 2], takeOptions(), 500, resume);
      resume = choice.resumeAfter;
      found.push(...choice.rows.map(({ id }) => id));
    }
    expect(found).toEqual(Array.from({ length: 10 }, (_, index) => 4000 + index));
    expect(resume.size).toBe(0);
  });
});

describe('taking from a long queue', () => {
  let store: SqliteStore;
  let lease: Lease;

  beforeEach(() => {
    store = openSqliteStore({
      path: ':memory:',
      clock: systemClock,
      dedupeDays: 28,
      retentionDays: 30,
      parkPerVisitor: 3,
      limits: { takeScan: 50 },
    });
  });
  afterEach(() => store.close());

  async function hold(ids: readonly JobId[]): Promise<void> {
    const changes = ids.map(
      (id): JobChange => ({
        id,
        to: 'waiting',
        untilMs: START_MS + 1000,
        counts: true,
        code: 'SERVER_ERROR',
      }),
    );
    await store.queue.settle({ lease, nowMs: START_MS, changes, attempts: [] });
  }

  it('1,000 contacts on hold, each with ten jobs behind, cost a free contact nothing', async () => {
    const poisoned = Array.from({ length: 1000 }, (_, index) => `p${index}@example.com`);
    for (let line = 0; line < 11; line += 1)
      await enqueue(
        store,
        poisoned.map((contact) => ({ contacts: [contact] })),
      );
    await enqueue(store, [{ contacts: ['free@example.com'] }]);
    lease = await claimOne(store, { ttlMs: 1e9 });
    await hold(poisoned.map((_, index) => index + 1));
    const jobs = await store.queue.take(lease, takeOptions());
    expect(jobs.map(({ contacts }) => contacts[0])).toEqual(['free@example.com']);
  });

  it('2,000 jobs whose action is withheld are not met, waiting or on hold: one call gives what stands behind them', async () => {
    const events = Array.from({ length: 2000 }, (_, index) => `e${index}@example.com`);
    await enqueue(
      store,
      events.map((contact) => ({ action: 'trackEvent', contacts: [contact] })),
    );
    await enqueue(store, [{ contacts: ['e7@example.com'] }, { contacts: ['free@example.com'] }]);
    lease = await claimOne(store, { ttlMs: 1e9 });
    await hold(events.slice(0, 1000).map((_, index) => index + 1));
    const without = new Set(['trackEvent']);
    const options = { ...takeOptions({ nowMs: START_MS + 2000 }), without };
    const jobs = await store.queue.take(lease, options);
    expect(jobs.map(({ contacts }) => contacts[0])).toEqual(['free@example.com']);
    await store.queue.settle({
      lease,
      nowMs: START_MS,
      changes: jobs.map(({ id }) => ({ id, to: 'delivered', code: 'DELIVERED' })),
      attempts: [],
    });
    expect(await store.queue.take(lease, options)).toEqual([]);
    expect(await store.queue.nextLeaveMs(lease.lane, START_MS + 2000, without)).toBeUndefined();
  });

  it('gives jobs of several actions in job order, waiting and out of a hold', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const actions = ['trackEvent', 'syncContact', 'addTags'];
    await enqueue(
      store,
      names.map((name, index) => ({ action: actions[index % 3] ?? '', contacts: [`${name}@example.com`] })),
    );
    lease = await claimOne(store, { ttlMs: 1e9 });
    await hold([2, 3, 4]);
    const ids = async (nowMs: number) =>
      (await store.queue.take(lease, takeOptions({ nowMs }))).map(({ id }) => id);
    expect(await ids(START_MS)).toEqual([1, 5, 6]);
    expect(await ids(START_MS + 1000)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('200 contacts on hold by one integration delay another integration’s free contact by a few calls at most', async () => {
    const poisoned = Array.from({ length: 200 }, (_, index) => `p${index}@example.com`);
    await enqueue(
      store,
      poisoned.map((contact) => ({ contacts: [contact] })),
    );
    await enqueue(
      store,
      poisoned.map((contact) => ({ contacts: [contact], ...SECOND })),
    );
    await enqueue(store, [{ contacts: ['free@example.com'], ...SECOND }]);
    lease = await claimOne(store, { ttlMs: 1e9 });
    await hold(poisoned.map((_, index) => index + 1));
    const given: string[] = [];
    for (let call = 0; call < 5; call += 1) {
      for (const job of await store.queue.take(lease, takeOptions())) given.push(job.contacts[0]);
    }
    expect(new Set(given)).toEqual(new Set(['free@example.com']));
  });
});
