/** What a process said that it stored, and whether a database keeps that. It must not know how the process ended. */
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { newEvent } from '../samples.ts';
import { contradictionsIn } from './audit.ts';

export interface Acknowledged {
  readonly stored: Set<string>;
  processedThrough: number;
  /** The last acknowledged state of each job. */
  readonly jobs: Map<number, string>;
}

export const nothingAcknowledged = (): Acknowledged => ({
  stored: new Set(),
  processedThrough: 0,
  jobs: new Map(),
});

/** Takes in one line of kill-victim.ts. */
export function note(line: string, into: Acknowledged): void {
  const [kind = '', ...ids] = line.split(' ');
  if (kind === 'stored') for (const id of ids) into.stored.add(id);
  else if (kind === 'processed') into.processedThrough = Number(ids[0]);
  else for (const id of ids) if (id !== '') into.jobs.set(Number(id), kind);
}

/** Where a job may be whose last acknowledged state is this: a later write may have been committed and not said. */
const MAY_BE: Readonly<Record<string, readonly string[]>> = {
  sending: ['sending', 'delivered', 'dead', 'waiting', 'held'],
  waiting: ['waiting', 'sending', 'delivered', 'dead', 'held'],
  delivered: ['delivered'],
  dead: ['dead'],
  held: ['held'],
};

/** Fails when something acknowledged is missing, something is there twice or in part, or the file is damaged. */
export async function audit(path: string, acknowledged: Acknowledged): Promise<void> {
  const db = new Database(path, { readonly: true });
  expect(contradictionsIn(db)).toEqual([]);
  const seqOf = db.prepare<[number], number>('SELECT count(*) FROM jobs WHERE seq <= ?').pluck();
  expect(seqOf.get(acknowledged.processedThrough)).toBe(acknowledged.processedThrough);
  db.close();
  const store = openSqliteStore({
    path,
    clock: systemClock,
    dedupeDays: 28,
    retentionDays: 30,
    parkPerVisitor: 3,
  });
  const logged = (await store.log.read(0, 1e9)).map(({ event }) => event.messageId);
  expect(new Set(logged).size).toBe(logged.length);
  const known = new Set(logged);
  expect([...acknowledged.stored].filter((id) => !known.has(id))).toEqual([]);
  const again = await store.log.append(logged.map((id) => newEvent(id)));
  expect(again.every((answer) => answer === 'duplicate')).toBe(true);
  expect(await store.steps.cursor()).toBeGreaterThanOrEqual(acknowledged.processedThrough);
  const wrong: string[] = [];
  for (const [id, said] of acknowledged.jobs) {
    const state = (await store.reads.delivery(id))?.state ?? 'lost';
    if (!MAY_BE[said]?.includes(state)) wrong.push(`job ${id} was acknowledged as ${said} and is ${state}`);
  }
  expect(wrong).toEqual([]);
  await store.close();
}

/** A small generator of the moments, so that a run can be repeated (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
