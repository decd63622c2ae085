/**
 * A process that appends, processes and settles as fast as it can, and says on stdout, in one line each and only after
 * the store's promise resolved, what was acknowledged. Somebody kills it, or it kills itself when the disk first refuses
 * a commit (third argument).
 */
import { writeSync } from 'node:fs';
import { sleep, systemClock } from '../../../src/clock.ts';
import { Failure } from '../../../src/event/failure.ts';
import type { Lease } from '../../../src/store/ports/queue.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { newEvent, newJob, newStep } from '../samples.ts';

const [, , path = '', round = '0', end = ''] = process.argv;

const die = (): void => void process.kill(process.pid, 'SIGKILL');
const store = openSqliteStore({
  path,
  clock: systemClock,
  dedupeDays: 28,
  retentionDays: 30,
  parkPerVisitor: 3,
  // Small, so that checkpoints of both kinds are interrupted too.
  limits: { checkpointEveryMs: 5, walCapBytes: 200_000 },
  onUnconfirmed: die,
  onProblem: ({ of }) => {
    if (of === 'commit' && end === 'at-the-first-refusal') die();
  },
});

function acknowledge(kind: string, ids: readonly (string | number)[]): void {
  writeSync(1, `${kind} ${ids.join(' ')}\n`);
}

/** Again and again, as every part of the program does that the disk refuses. */
async function untilTaken<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'STORE_UNAVAILABLE') throw error;
      await sleep(systemClock, 1);
    }
  }
}

async function receive(caller: number): Promise<never> {
  for (let n = 0; ; n += 1) {
    const ids = [`${round}-${caller}-${n}-a`, `${round}-${caller}-${n}-b`];
    await untilTaken(() => store.log.append(ids.map((id) => newEvent(id))));
    acknowledge('stored', ids);
  }
}

async function processLog(): Promise<never> {
  for (;;) {
    const from = await store.steps.cursor();
    const events = await store.log.read(from, 20);
    const last = events.at(-1);
    const through = last?.seq ?? from;
    const jobs = events.map(({ seq }) => newJob(seq, { contacts: [`c${seq % 50}@example.com`] }));
    if (await untilTaken(() => store.steps.commit(newStep(from, through, { jobs }))))
      acknowledge('processed', [through]);
  }
}

async function deliver(lease: Lease): Promise<never> {
  const outcomes = ['delivered', 'dead', 'waiting', 'held'] as const;
  for (let turn = 0; ; turn += 1) {
    const jobs = await store.queue.take(lease, { nowMs: Date.now(), jobs: 15, busy: new Set() });
    const ids = jobs.map(({ id }) => id);
    if (await untilTaken(() => store.queue.markSending(lease, ids))) acknowledge('sending', ids);
    const to = turn % 5 === 0 ? (outcomes[(turn / 5) % outcomes.length] ?? 'delivered') : 'delivered';
    const changes = ids.map((id) =>
      to === 'waiting'
        ? { id, to, untilMs: Date.now() + 5, counts: true, code: 'SERVER_ERROR' as const }
        : { id, to, code: 'DELIVERED' as const },
    );
    if (await untilTaken(() => store.queue.settle({ lease, nowMs: Date.now(), changes, attempts: [] })))
      acknowledge(to, ids);
  }
}

async function own(): Promise<Lease> {
  for (;;) {
    const [lease] = await untilTaken(() => store.queue.claim('victim', Date.now(), 1e9));
    if (lease !== undefined) return lease;
  }
}

await Promise.all([receive(1), receive(2), receive(3), processLog(), own().then(deliver)]);
