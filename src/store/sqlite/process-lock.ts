/** Lets only one process have a database. It must not know what is in it. */
import Database, { SqliteError } from 'better-sqlite3';
import { Failure } from '../../event/failure.ts';
import { createFile } from './connection.ts';

/**
 * An exclusive transaction on a small database beside the file, held open as long as the store. The operating system
 * drops its lock when the process ends, however it ends. Failure STORE_LOCKED when another one holds it.
 * Answers the function that gives the lock back.
 */
export function lockForProcess(path: string): () => void {
  const lockPath = `${path}.lock`;
  createFile(lockPath);
  const db = new Database(lockPath, { timeout: 0 });
  try {
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    db.close();
    if (!(cause instanceof SqliteError) || cause.code !== 'SQLITE_BUSY') throw cause;
    throw new Failure(
      'STORE_LOCKED',
      `Another process has the database ${path} open. Stop it, or give this one another data folder (SIGNAL_DATA_DIR).`,
      { cause },
    );
  }
  return () => void db.close();
}
