/** Claims about writes of one turn that share a commit, and about a disk that fails. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { GroupCommit } from '../../../src/store/sqlite/group-commit.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/store/sqlite/open.ts';
import { newEvent } from '../samples.ts';

describe('a group commit', () => {
  let db: Database.Database;
  let commits: number;
  let flush: () => void;
  let group: GroupCommit;
  const put = (text: string) => db.prepare('INSERT INTO t VALUES (?)').run(text);
  const rows = () => db.prepare<[], string>('SELECT a FROM t ORDER BY rowid').pluck().all();

  beforeEach(() => {
    db = new Database(':memory:');
    db.exec('CREATE TABLE t (a TEXT UNIQUE)');
    commits = 0;
    group = new GroupCommit(db, {
      schedule: (run) => {
        flush = run;
      },
      commit: (run) => {
        commits += 1;
        run();
      },
    });
  });
  afterEach(() => void db.close());

  it('writes all calls of a turn in one commit, in the order of the calls', async () => {
    const all = ['a', 'b', 'c'].map((text) => group.submit(() => put(text).changes));
    expect(rows()).toEqual([]);
    flush();
    expect(await Promise.all(all)).toEqual([1, 1, 1]);
    expect(rows()).toEqual(['a', 'b', 'c']);
    expect(commits).toBe(1);
  });

  it('resolves nothing before the commit', async () => {
    let isResolved = false;
    const call = group
      .submit(() => put('a'))
      .then(() => {
        isResolved = true;
      });
    await Promise.resolve();
    expect(isResolved).toBe(false);
    flush();
    await call;
    expect(isResolved).toBe(true);
  });

  it('undoes a call that throws, whole and alone, with its own error', async () => {
    const mistake = new Error('mistake');
    const [first, wrong, taken, last] = [
      group.submit(() => put('a')),
      group.submit(() => {
        put('b');
        throw mistake;
      }),
      group.submit(() => put('a')),
      group.submit(() => put('c')),
    ];
    const results = Promise.allSettled([first, wrong, taken, last]);
    flush();
    const [, threw, conflict] = await results;
    expect((await results).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(threw).toMatchObject({ reason: mistake });
    expect(conflict).toMatchObject({ reason: { code: 'SQLITE_CONSTRAINT_UNIQUE' } });
    expect(rows()).toEqual(['a', 'c']);
  });

  it('when the disk is full rejects every call as STORE_UNAVAILABLE, stores none, and works when there is room again', async () => {
    const pages = Number(db.pragma('page_count', { simple: true }));
    db.pragma(`max_page_count = ${pages + 1}`);
    const both = Promise.allSettled([
      group.submit(() => put('small')),
      group.submit(() => put('x'.repeat(1e5))),
    ]);
    flush();
    const unavailable = {
      status: 'rejected',
      reason: { code: 'STORE_UNAVAILABLE', cause: { code: 'SQLITE_FULL' } },
    };
    expect(await both).toMatchObject([unavailable, unavailable]);
    expect(rows()).toEqual([]);
    db.pragma('max_page_count = 100000');
    const again = group.submit(() => put('small'));
    flush();
    await again;
    expect(rows()).toEqual(['small']);
  });

  it('tells `after` only what is durable', async () => {
    const told: string[] = [];
    const [fine, wrong] = [
      group.submit(
        () => 'fine',
        (result) => told.push(result),
      ),
      group.submit(
        (): string => {
          throw new Error('wrong');
        },
        (result) => told.push(result),
      ),
    ];
    expect(told).toEqual([]);
    const results = Promise.allSettled([fine, wrong]);
    flush();
    await results;
    expect(told).toEqual(['fine']);
  });

  it('closing commits what is pending and refuses what comes later', async () => {
    const pending = group.submit(() => put('a'));
    group.close();
    await pending;
    expect(rows()).toEqual(['a']);
    await expect(group.submit(() => put('b'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

describe('a store on a failing disk', () => {
  let store: SqliteStore;
  let fail: 'before' | 'after' | undefined;

  beforeEach(() => {
    fail = undefined;
    store = openSqliteStore({
      path: ':memory:',
      clock: systemClock,
      dedupeDays: 28,
      retentionDays: 30,
      parkPerVisitor: 3,
      commit: (run) => {
        if (fail === 'before') throw new Error('input/output error');
        run();
        if (fail === 'after') throw new Error('input/output error');
      },
    });
  });
  afterEach(() => store.close());

  it('acknowledges nothing of a group whose commit failed, stores none of it, and goes on afterwards', async () => {
    fail = 'before';
    const group = await Promise.allSettled([
      store.log.append([newEvent('a')]),
      store.log.append([newEvent('b')]),
      store.upkeep.probe(),
    ]);
    for (const result of group) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'STORE_UNAVAILABLE', retryAfterS: 5 },
      });
    }
    expect(await store.log.head()).toBe(0);
    fail = undefined;
    expect(await store.log.append([newEvent('a'), newEvent('b')])).toEqual(['stored', 'stored']);
  });

  it('does not store twice what was committed although the commit seemed to fail', async () => {
    fail = 'after';
    await expect(store.log.append([newEvent('a')])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    fail = undefined;
    expect(await store.log.append([newEvent('a')])).toEqual(['duplicate']);
    expect(await store.log.head()).toBe(1);
  });
});

describe('a store whose file another connection writes to', () => {
  it('rejects as STORE_UNAVAILABLE, and works when that one is done', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'store-'));
    const path = join(folder, 'signal.db');
    const settings = { dedupeDays: 28, retentionDays: 30, parkPerVisitor: 3, limits: { busyMs: 20 } };
    const store = openSqliteStore({ path, clock: systemClock, ...settings });
    const other = new Database(path);
    try {
      other.exec('BEGIN IMMEDIATE');
      await expect(store.log.append([newEvent('a')])).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        cause: { code: 'SQLITE_BUSY' },
      });
      other.exec('ROLLBACK');
      expect(await store.log.append([newEvent('a')])).toEqual(['stored']);
    } finally {
      other.close();
      await store.close();
      rmSync(folder, { recursive: true });
    }
  });
});
