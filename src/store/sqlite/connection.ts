/** Opens a database that keeps its word: durable commits, one process, no known bug. It must not know any table. */
import { chmodSync, closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { Failure } from '../../event/failure.ts';
import { makeFolder } from '../folder.ts';

/** SQLite before this loses commits when two connections write and checkpoint at once (sqlite.org/wal.html, WAL-reset bug). */
const MIN_VERSION = [3, 51, 3] as const;
const SYNCHRONOUS_FULL = 2;
const OWNER_ONLY = 0o600;

export const IN_MEMORY = ':memory:';

export interface ConnectionLimits {
  /** A statement waits so long for another connection's lock. */
  readonly busyMs: number;
  /** Pages kept in memory. */
  readonly cacheBytes: number;
}

/** `image`: a serialised database to start from, in memory only. */
export function connect(path: string, limits: ConnectionLimits, image?: Buffer): Database.Database {
  if (path === IN_MEMORY) return configure(new Database(image ?? IN_MEMORY), limits, 'memory');
  if (image !== undefined) throw new Error('An image can only be opened in memory.');
  createFile(path);
  const db = configure(new Database(path), limits, 'wal');
  syncFolder(path);
  return db;
}

/** Only the owner may read the file and those that SQLite puts beside it; they hold personal data. */
export function createFile(path: string): void {
  makeFolder(dirname(path));
  // Never opened once SQLite has it: closing any descriptor of a file drops this process's locks on it.
  if (existsSync(path)) chmodSync(path, OWNER_ONLY);
  else closeSync(openSync(path, 'a', OWNER_ONLY));
}

/** A new file survives a power failure only when the folder that names it was synced. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function configure(
  db: Database.Database,
  limits: ConnectionLimits,
  mode: 'wal' | 'memory',
): Database.Database {
  try {
    requireVersion(db);
    db.pragma(`busy_timeout = ${limits.busyMs}`);
    // A negative number is a size in KiB.
    db.pragma(`cache_size = -${Math.ceil(limits.cacheBytes / 1024)}`);
    const journal = db.pragma(`journal_mode = ${mode}`, { simple: true });
    if (journal !== mode) throw unsafe(`its journal mode is "${String(journal)}" and not "${mode}"`);
    // better-sqlite3 opens an existing WAL file at NORMAL, which loses acknowledged commits when the power fails.
    db.pragma('synchronous = FULL');
    const synchronous = db.pragma('synchronous', { simple: true });
    if (synchronous !== SYNCHRONOUS_FULL) throw unsafe(`its synchronous setting is ${String(synchronous)}`);
    db.pragma('fullfsync = ON');
    db.pragma('checkpoint_fullfsync = ON');
    db.pragma('foreign_keys = ON');
    // What is deleted is overwritten, so that an erased person is gone from the file as well.
    db.pragma('secure_delete = ON');
    db.pragma('wal_autocheckpoint = 0');
    db.pragma('temp_store = MEMORY');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function requireVersion(db: Database.Database): void {
  const version = String(db.prepare('SELECT sqlite_version()').pluck().get());
  if (!isAtLeast(version, MIN_VERSION)) {
    throw new Failure(
      'STORE_UNSAFE',
      `SQLite ${version} can lose commits; at least ${MIN_VERSION.join('.')} is needed. Install the better-sqlite3 that package-lock.json names.`,
    );
  }
}

/** Compares dotted numbers part by part. */
export function isAtLeast(version: string, minimum: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, least] of minimum.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

function unsafe(reason: string): Failure {
  return new Failure(
    'STORE_UNSAFE',
    `The database cannot promise that commits survive a power failure: ${reason}. Put the data folder on a local disk.`,
  );
}
