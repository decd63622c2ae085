/** What is erased is gone from the files, whatever the tables went through before. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/store/sqlite/open.ts';
import { claimOne } from '../beginnings.ts';
import { newEvent, newJob, newStep, START_MS } from '../samples.ts';

const PEOPLE = 400;
const ROUNDS = 4;
const emailOf = (person: number): string => `someone-${String(person).padStart(4, '0')}@example.com`;

let folder: string;
let store: SqliteStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'));
  store = openSqliteStore({
    path: join(folder, 'signal.db'),
    clock: systemClock,
    dedupeDays: 28,
    retentionDays: 30,
    parkPerVisitor: 3,
  });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** Each person has an event and a job a round; two jobs of three are delivered with a try, and the tables split and shrink. */
async function history(): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const from = round * PEOPLE;
    const people = Array.from({ length: PEOPLE }, (_, person) => person);
    await store.log.append(
      people.map((person) =>
        newEvent(`m${from + person}`, { userId: `u${person}`, traits: { email: emailOf(person) } }),
      ),
    );
    await store.steps.commit(
      newStep(from, from + PEOPLE, {
        jobs: people.map((person) =>
          newJob(from + person + 1, {
            contacts: [emailOf(person)],
            payload: { email: emailOf(person), text: 'x'.repeat((person * 37) % 900) },
          }),
        ),
      }),
    );
    const lease = await claimOne(store, { owner: `worker ${round}`, ttlMs: 1 });
    await store.queue.release([lease]);
    const ids = people.map((person) => from + person + 1).filter((id) => id % 3 !== 0);
    await store.queue.settle({
      lease,
      nowMs: START_MS,
      changes: ids.map((id) => ({ id, to: 'delivered', code: 'DELIVERED' })),
      attempts: ids.map((id) => ({
        jobId: id,
        atMs: START_MS,
        durationMs: 1,
        outcome: 'delivered',
        code: 'DELIVERED',
        exchanges: [{ body: `${emailOf((id - 1) % PEOPLE)} ${'y'.repeat((id * 53) % 1_500)}` }],
      })),
    });
  }
}

it('of a hundred erased people no address is left in any file, and of the others each', async () => {
  await history();
  const erased = Array.from({ length: 100 }, (_, index) => index * 4);
  for (const person of erased) {
    const email = emailOf(person);
    const found = await store.erasure.find({ email });
    expect(found.userIds).toEqual([`u${person}`]);
    const id = `ers_${person}`;
    await store.erasure.begin({ id, person: found, sealed: 'x', deletions: [], nowMs: START_MS });
    while (await store.erasure.step(id, found, START_MS));
    if (person === erased.at(-1)) await store.erasure.finish(id, START_MS);
  }
  const bytes = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name)).toString('latin1'))
    .join('');
  const left = (person: number): boolean => bytes.includes(emailOf(person));
  expect(erased.filter(left)).toEqual([]);
  expect(left(1)).toBe(true);
});
