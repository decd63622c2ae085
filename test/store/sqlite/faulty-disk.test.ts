/**
 * A process whose disk fails writes, writes some in part and fails to sync (faulty-disk.c), and whose power fails besides,
 * at moments all over its life: what it acknowledged by then is there. SOAK_CUTS=n fails the power n times; SOAK_SEED=s
 * repeats the chances of a run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/store/sqlite/open.ts';
import { type Acknowledged, audit, note, nothingAcknowledged, randomFrom } from './acknowledged.ts';
import { contradictionsIn } from './audit.ts';
import { DiskModel, type Image, type Operation, readTrace } from './disk-model.ts';
import { buildFaultyDisk, type Faults, faultyDisk, HAS_COMPILER } from './faulty-disk.ts';

const CUTS = Number(process.env['SOAK_CUTS'] ?? 12);
const CUTS_PER_LIFE = 50;
const SEED = Number(process.env['SOAK_SEED'] ?? Date.now() % 1e9);
const VICTIM = fileURLToPath(new URL('./kill-victim.ts', import.meta.url));

interface Round {
  readonly faults: Faults;
  /** Killed when it has said so many lines, if it did not end by itself. */
  readonly lines: number;
  readonly end?: 'at-the-first-refusal';
}

const ROUGH: Round = { faults: { writesOfFile: 20, writesOfLog: 5, syncsOfLog: 150 }, lines: 150 };
const UNCONFIRMED: Round = { faults: { syncsOfFile: 1_000 }, lines: 10_000 };
/** Leaves a commit that is no longer on the disk and that the kernel still shows to the next process. */
const REFUSED: Round = { faults: { syncsOfLog: 50 }, lines: 10_000, end: 'at-the-first-refusal' };
const ROUNDS: readonly Round[] = [ROUGH, REFUSED, UNCONFIRMED, ROUGH];

/** What one database went through, over several processes. */
interface Life {
  readonly before: Image;
  readonly operations: readonly Operation[];
  /** How much each process had said when it ended. */
  readonly said: readonly number[];
  /** How many operations there were by then, and how many bytes of log. */
  readonly ends: readonly { readonly operations: number; readonly logBytes: number }[];
}

let folder: string;
let library: string;

function open(path: string): SqliteStore {
  return openSqliteStore({ path, clock: systemClock, dedupeDays: 28, retentionDays: 30, parkPerVisitor: 3 });
}

async function live(random: () => number): Promise<Life> {
  const home = mkdtempSync(join(folder, 'life-'));
  const path = join(home, 'signal.db');
  const disk = faultyDisk(library, path);
  await open(path).close();
  const before = { database: readFileSync(path), log: Buffer.alloc(0) };
  const said: number[] = [];
  const ends: { readonly operations: number; readonly logBytes: number }[] = [];
  for (const [index, { faults, lines, end = '' }] of ROUNDS.entries()) {
    disk.fail({}, 0);
    const child = spawn(process.execPath, ['--import', 'tsx', VICTIM, path, String(index), end], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...disk.environment },
    });
    const exited = once(child, 'exit');
    let count = 0;
    for await (const _ of createInterface({ input: child.stdout })) {
      count += 1;
      if (count === 1) disk.fail(faults, Math.floor(random() * 1e9));
      if (count === lines) child.kill('SIGKILL');
    }
    const [, signal] = await exited;
    expect(signal).toBe('SIGKILL');
    said.push(count);
    ends.push({ operations: readTrace(disk.trace).length, logBytes: statSync(`${path}-wal`).size });
  }
  const operations = readTrace(disk.trace);
  rmSync(home, { recursive: true });
  return { before, operations, said, ends };
}

/** Puts what the disk held where it can be opened, and takes it away again. */
async function withFiles(image: Image, look: (path: string) => Promise<void>): Promise<void> {
  const home = mkdtempSync(join(folder, 'found-'));
  const path = join(home, 'signal.db');
  writeFileSync(path, image.database);
  writeFileSync(`${path}-wal`, image.log);
  await look(path);
  rmSync(home, { recursive: true });
}

function heard(operation: Operation, acknowledged: Acknowledged): void {
  if (operation.kind !== 'said') return;
  for (const line of operation.text.trimEnd().split('\n')) note(line, acknowledged);
}

/** True when SQLite, or our own look at the tables, says that the file is not what it should be. */
function isDamaged(path: string): boolean {
  try {
    const db = new Database(path, { readonly: true });
    try {
      return contradictionsIn(db).length > 0;
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof Database.SqliteError) return true;
    throw error;
  }
}

describe.skipIf(!HAS_COMPILER)(`a disk that fails (SOAK_SEED=${SEED})`, () => {
  const random = randomFrom(SEED);
  let life: Life;

  const times = (kind: Operation['kind'], file: 'database' | 'log'): number =>
    life.operations.filter((one) => one.kind === kind && 'file' in one && one.file === file).length;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'faulty-'));
    library = buildFaultyDisk(folder);
    life = await live(random);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('ends the process the first time that it does not confirm what was copied into the file', () => {
    expect(times('failed-sync', 'database')).toBe(1);
    expect(life.said[ROUNDS.indexOf(UNCONFIRMED)]).toBeLessThan(UNCONFIRMED.lines);
    expect(life.said[ROUNDS.indexOf(REFUSED)]).toBeLessThan(REFUSED.lines);
    // The other faults happened too, or the next claim would be about nothing.
    expect(times('failed-write', 'log') + times('failed-write', 'database')).toBeGreaterThan(0);
    expect(times('failed-sync', 'log')).toBeGreaterThan(0);
  });

  it('is followed by one that first writes the log again that it finds, and syncs it', () => {
    for (const { operations, logBytes } of life.ends.slice(0, -1)) {
      const next = life.operations.slice(operations);
      const beforeTheFirstWord = next.slice(
        0,
        next.findIndex(({ kind }) => kind === 'said'),
      );
      const written = beforeTheFirstWord.findIndex((one) => one.kind === 'sync' && one.file === 'log');
      const bytes = beforeTheFirstWord
        .slice(0, Math.max(written, 0))
        .reduce((sum, one) => sum + (one.kind === 'write' && one.file === 'log' ? one.bytes.length : 0), 0);
      expect(bytes).toBe(logBytes);
    }
  });

  it(`and loses its power keeps what was acknowledged, and nothing in part (${CUTS} times)`, async () => {
    for (let cut = 0; cut < CUTS; cut += 1) {
      if (cut > 0 && cut % CUTS_PER_LIFE === 0) life = await live(random);
      const disk = new DiskModel(life.before, random);
      const acknowledged = nothingAcknowledged();
      for (const operation of life.operations.slice(0, Math.ceil(random() * life.operations.length))) {
        disk.apply(operation);
        heard(operation, acknowledged);
      }
      await withFiles(disk.powerFails(random()), (path) => audit(path, acknowledged));
    }
  });

  it(`and says that it synced is found out, or leaves a beginning of the log without gaps (${CUTS} times)`, async () => {
    for (let cut = 0; cut < CUTS; cut += 1) {
      const disk = new DiskModel(life.before, random);
      const firstLie = Math.ceil(random() * life.operations.length);
      const end = firstLie + Math.ceil(random() * (life.operations.length - firstLie));
      for (const [index, operation] of life.operations.slice(0, end).entries()) {
        if (index === firstLie) disk.lie();
        disk.apply(operation);
      }
      await withFiles(disk.powerFails(random()), async (path) => {
        if (isDamaged(path)) return;
        const store = open(path);
        const seqs = (await store.log.read(0, 1e9)).map(({ seq }) => seq);
        await store.close();
        expect(seqs).toEqual(seqs.map((_, index) => index + 1));
      });
    }
  });
});
