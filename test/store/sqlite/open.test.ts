/** Claims about opening a database: safe settings, one process, private files, images. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { connect, isAtLeast } from '../../../src/store/sqlite/connection.ts';
import { openSqliteStore, type SqliteOptions } from '../../../src/store/sqlite/open.ts';
import { MIGRATIONS } from '../../../src/store/sqlite/schema.ts';
import { newEvent } from '../samples.ts';

const SETTINGS = { clock: systemClock, dedupeDays: 28, retentionDays: 30, parkPerVisitor: 3 };

const LIMITS = { busyMs: 100, cacheBytes: 1024 * 1024 };

let folder: string;
let options: SqliteOptions;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'));
  options = { path: join(folder, 'data', 'signal.db'), ...SETTINGS };
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a database file', () => {
  it.each(['created', 'opened again'])('is %s with settings that survive a power failure', (when) => {
    if (when === 'opened again') connect(options.path, LIMITS).close();
    const db = connect(options.path, LIMITS);
    const setting = (name: string): unknown => db.pragma(name, { simple: true });
    expect({
      journal: setting('journal_mode'),
      synchronous: setting('synchronous'),
      foreignKeys: setting('foreign_keys'),
      autocheckpoint: setting('wal_autocheckpoint'),
      busyMs: setting('busy_timeout'),
      cacheKib: setting('cache_size'),
    }).toEqual({
      journal: 'wal',
      synchronous: 2,
      foreignKeys: 1,
      autocheckpoint: 0,
      busyMs: 100,
      cacheKib: -1024,
    });
    db.close();
  });

  it('can be read by its owner only, with everything beside it, also when it was not so before', async () => {
    await openSqliteStore(options).close();
    chmodSync(options.path, 0o644);
    const store = openSqliteStore(options);
    await store.log.append([newEvent('a')]);
    const files = readdirSync(join(folder, 'data'));
    expect(files).toContain('signal.db-wal');
    for (const file of files) {
      expect([file, statSync(join(folder, 'data', file)).mode & 0o777]).toEqual([file, 0o600]);
    }
    await store.close();
  });

  it('is whole in one file once it is closed', async () => {
    const store = openSqliteStore(options);
    await store.log.append([newEvent('a')]);
    await store.close();
    await store.close();
    expect(existsSync(`${options.path}-wal`)).toBe(false);
  });

  it('of a newer version is refused and left as it is', async () => {
    await openSqliteStore(options).close();
    const db = new Database(options.path);
    db.exec(`INSERT INTO migrations VALUES (${MIGRATIONS.length + 1})`);
    db.close();
    expect(() => openSqliteStore(options)).toThrow(expect.objectContaining({ code: 'STORE_UNSAFE' }));
  });
});

describe('SQLite versions', () => {
  it.each([
    ['3.51.3', true],
    ['3.53.2', true],
    ['4.0.0', true],
    ['3.51.2', false],
    ['3.45.1', false],
    ['3.6', false],
  ])('%s is new enough: %s', (version, expected) => {
    expect(isAtLeast(version, [3, 51, 3])).toBe(expected);
  });
});

describe('a second process', () => {
  it('fails at once with a sentence; a killed one leaves no lock behind', async () => {
    const holder = fork(new URL('./hold-open.ts', import.meta.url), [options.path], {
      execArgv: ['--import', 'tsx'],
    });
    const [first] = await once(holder, 'message');
    expect(first).toBe('open');
    expect(() => openSqliteStore(options)).toThrow(
      expect.objectContaining({ code: 'STORE_LOCKED', message: expect.stringContaining(options.path) }),
    );
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const store = openSqliteStore(options);
    expect(await store.log.head()).toBe(1);
    await store.close();
  });

  it('in the same process fails too, until the first is closed', async () => {
    const store = openSqliteStore(options);
    expect(() => openSqliteStore(options)).toThrow(expect.objectContaining({ code: 'STORE_LOCKED' }));
    await store.close();
    await openSqliteStore(options).close();
  });

  it('may look when it asks for no lock', async () => {
    const store = openSqliteStore(options);
    await store.log.append([newEvent('a')]);
    const looker = openSqliteStore({ ...options, lock: false });
    expect(await looker.log.head()).toBe(1);
    await looker.close();
    await store.close();
  });
});

describe('a database that cannot be opened', () => {
  it.each([
    [
      'is damaged',
      'signal.db',
      (path: string) => writeFileSync(path, 'x'.repeat(8_192)),
      'STORE_UNSAFE',
      'damaged',
    ],
    ['is a folder', 'signal.db', (path: string) => mkdirSync(path), 'STORE_UNAVAILABLE', 'disk’s space'],
    [
      'has no folder',
      'file/signal.db',
      (path: string) => writeFileSync(dirname(path), ''),
      'STORE_UNAVAILABLE',
      'space',
    ],
  ])('because it %s says so in a sentence with its path', (_why, name, spoil, code, words) => {
    const path = join(folder, name);
    spoil(path);
    const sentence = new RegExp(`^The database ${path} .*${words}`);
    expect(() => openSqliteStore({ ...options, path })).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(sentence) }),
    );
  });
});

describe('an image', () => {
  it('holds what was committed, and not what was still pending', async () => {
    const store = openSqliteStore({ ...options, path: ':memory:' });
    await store.log.append([newEvent('a')]);
    const pending = store.log.append([newEvent('b')]);
    const image = store.serialize();
    await pending;
    const crashed = openSqliteStore({ ...options, path: ':memory:', image });
    expect(await crashed.log.head()).toBe(1);
    expect(await crashed.log.append([newEvent('a'), newEvent('b')])).toEqual(['duplicate', 'stored']);
    await crashed.close();
    await store.close();
  });

  it('of a file opens in memory', async () => {
    const store = openSqliteStore(options);
    await store.log.append([newEvent('a')]);
    const copy = openSqliteStore({ ...options, path: ':memory:', image: store.serialize() });
    expect(await copy.log.head()).toBe(1);
    await copy.close();
    await store.close();
  });

  it('cannot be opened over a file', () => {
    const image = Buffer.alloc(0);
    expect(() => openSqliteStore({ ...options, image })).toThrow(/memory/);
  });
});
