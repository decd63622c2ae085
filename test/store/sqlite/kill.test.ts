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
import { describe, expect, it } from 'vitest';
import { type Acknowledged, audit, note, nothingAcknowledged, randomFrom } from './acknowledged.ts';

const KILLS = Number(process.env['SOAK_KILLS'] ?? 3);
const SEED = Number(process.env['SOAK_SEED'] ?? Date.now() % 1e9);
const KILLS_PER_DATABASE = 10;
const ROUND_MS = 20_000;

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

/** Several kills of one database, so that recovery works on what recovery left. */
async function killRepeatedly(kills: number, random: () => number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'store-kill-'));
  const path = join(folder, 'signal.db');
  const acknowledged = nothingAcknowledged();
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
