/** Builds faulty-disk.c and puts a process on such a disk. It must not know what the process does. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./faulty-disk.c', import.meta.url));

/** The compiler is no requirement of the project: where there is none, what needs it is skipped with one line. */
export const HAS_COMPILER = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;
if (!HAS_COMPILER)
  console.log('Skipped: without Linux and a C compiler (cc) there is no disk that fails on demand.');

/** Failures of a thousand. */
export interface Faults {
  readonly writesOfFile?: number;
  readonly writesOfLog?: number;
  readonly syncsOfFile?: number;
  readonly syncsOfLog?: number;
}

export interface FaultyDisk {
  /** What the process needs in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Gets a record of each operation; disk-model.ts reads it. */
  readonly trace: string;
  /** From now on; nothing fails before the first call. */
  fail(faults: Faults, seed: number): void;
}

/** Compiles it into the folder. */
export function buildFaultyDisk(folder: string): string {
  const library = join(folder, 'faulty-disk.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl']);
  return library;
}

/** A disk that fails only for this database and its log. */
export function faultyDisk(library: string, databaseFile: string): FaultyDisk {
  const [control, trace] = [`${databaseFile}.control`, `${databaseFile}.trace`];
  return {
    environment: {
      LD_PRELOAD: library,
      FAULTY_DISK_FILE: databaseFile,
      FAULTY_DISK_CONTROL: control,
      FAULTY_DISK_TRACE: trace,
    },
    trace,
    fail({ writesOfFile = 0, writesOfLog = 0, syncsOfFile = 0, syncsOfLog = 0 }, seed) {
      writeFileSync(control, [seed, writesOfFile, writesOfLog, syncsOfFile, syncsOfLog].join(' '));
    },
  };
}
