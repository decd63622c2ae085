/** Claims about copying the write-ahead log into the database file while the program writes. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import type { StoreProblem } from '../../../src/store/sqlite/checkpointer.ts';
import { openSqliteStore, type SqliteLimits, type SqliteStore } from '../../../src/store/sqlite/open.ts';
import { newEvent } from '../samples.ts';

const PATIENCE = 20_000;

describe('checkpoints', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'store-'));
    path = join(folder, 'signal.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function open(limits: Partial<SqliteLimits>, onProblem: (problem: StoreProblem) => void): SqliteStore {
    return openSqliteStore({
      path,
      clock: systemClock,
      dedupeDays: 28,
      retentionDays: 30,
      parkPerVisitor: 3,
      limits,
      onProblem,
    });
  }

  /** Appends until the condition holds; the number of commits, or undefined when patience ended. */
  async function appendUntil(store: SqliteStore, holds: () => boolean): Promise<number | undefined> {
    for (let commits = 1; commits <= PATIENCE; commits += 1) {
      await store.log.append([newEvent(`m${commits}`, { properties: { text: 'x'.repeat(2000) } })]);
      if (holds()) return commits;
    }
    return undefined;
  }

  it('reach the database file by the thread alone while the program runs', async () => {
    const problems: unknown[] = [];
    const store = open({ checkpointEveryMs: 1, walCapBytes: 1e12 }, (problem) => problems.push(problem));
    const before = statSync(path).size;
    expect(await appendUntil(store, () => statSync(path).size > before)).toBeDefined();
    await store.close();
    expect(problems).toEqual([]);
  });

  it('are made when a commit was refused, for that may give the log room', async () => {
    const problems: string[] = [];
    const store = open({ checkpointEveryMs: 1, busyMs: 20 }, ({ of, code }) =>
      problems.push(`${of} ${code}`),
    );
    await store.log.append([newEvent('a')]);
    const before = statSync(path).size;
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    await expect(store.log.append([newEvent('b')])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    other.close();
    await expect.poll(() => statSync(path).size).toBeGreaterThan(before);
    await store.close();
    expect(problems).toEqual(['commit SQLITE_BUSY']);
  });

  it('above the cap copy all once, so that the log does not grow without end', async () => {
    const store = open({ checkpointEveryMs: 1, walCapBytes: 200_000 }, () => {});
    let largest = 0;
    const shrank = (): boolean => {
      const { size } = statSync(`${path}-wal`);
      const isSmaller = largest > 200_000 && size < largest;
      largest = Math.max(largest, size);
      return isSmaller;
    };
    expect(await appendUntil(store, shrank)).toBeDefined();
    await store.close();
  });
});
