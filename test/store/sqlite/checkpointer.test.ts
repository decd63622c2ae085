/** Claims about copying the write-ahead log into the database file while the program writes. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
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

  function open(limits: Partial<SqliteLimits>, onProblem: (problem: unknown) => void): SqliteStore {
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
