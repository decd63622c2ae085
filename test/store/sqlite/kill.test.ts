/**
 * Kills a process with SIGKILL while it appends, processes and settles, and accounts for everything it acknowledged.
 * SOAK_KILLS=n kills n times; SOAK_SEED=s repeats the moments of another run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { newEvent } from '../samples.ts';
import { contradictionsIn } from './audit.ts';

const KILLS = Number(process.env['SOAK_KILLS'] ?? 3);
const SEED = Number(process.env['SOAK_SEED'] ?? Date.now() % 1e9);
const KILLS_PER_DATABASE = 10;
const ROUND_MS = 20_000;

interface Acknowledged {
  readonly stored: Set<string>;
  processedThrough: number;
  /** The last acknowledged state of each job. */
  readonly jobs: Map<number, string>;
}

/** Kills when so many lines were read; what still stands in the pipe was acknowledged too. */
async function runAndKill(
  path: string,
  round: number,
  afterLines: number,
  into: Acknowledged,
): Promise<void> {
  const victim = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('./kill-victim.ts', import.meta.url)), path, String(round)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(victim, 'exit');
  let lines = 0;
  for await (const line of createInterface({ input: victim.stdout })) {
    note(line, into);
    lines += 1;
    if (lines === afterLines) victim.kill('SIGKILL');
  }
  const [, signal] = await exited;
  expect(signal).toBe('SIGKILL');
}

function note(line: string, into: Acknowledged): void {
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

async function audit(path: string, acknowledged: Acknowledged): Promise<void> {
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

/** Several kills of one database, so that recovery works on what recovery left. */
async function killRepeatedly(kills: number, random: () => number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'store-kill-'));
  const path = join(folder, 'signal.db');
  const acknowledged: Acknowledged = { stored: new Set(), processedThrough: 0, jobs: new Map() };
  try {
    for (let round = 0; round < kills; round += 1) {
      await runAndKill(path, round, 20 + Math.floor(random() * 400), acknowledged);
      await audit(path, acknowledged);
    }
    expect(acknowledged.stored.size).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A small generator of the moments, so that a run can be repeated (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('a process that is killed with SIGKILL', () => {
  it(
    `loses nothing that it acknowledged (${KILLS} kills, SOAK_SEED=${SEED})`,
    async () => {
      const random = randomFrom(SEED);
      for (let killed = 0; killed < KILLS; killed += KILLS_PER_DATABASE) {
        await killRepeatedly(Math.min(KILLS_PER_DATABASE, KILLS - killed), random);
      }
    },
    KILLS * ROUND_MS,
  );
});
