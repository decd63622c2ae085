/** Makes the write-ahead log of a process that did not end in an orderly way safe to go on from. It must not know what is in it. */
import { closeSync, existsSync, fsyncSync, openSync, readSync, realpathSync, writeSync } from 'node:fs';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Writes every byte of the log again where it stands, and syncs. Whoever was killed may have left commits that were never
 * synced, or whose sync failed; after a failed one the kernel still shows them and takes them for safe. SQLite would read
 * them, and what is acknowledged afterwards stands behind a gap that the next power failure brings to light.
 *
 * Only for a process that has the database for itself, before it opens it. Throws as `node:fs` does.
 */
export function makeLeftoverLogSafe(databasePath: string): void {
  if (!existsSync(databasePath)) return;
  // SQLite follows links, and puts the log beside the file itself.
  const path = `${realpathSync(databasePath)}-wal`;
  if (!existsSync(path)) return;
  const file = openSync(path, 'r+');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let at = 0; ; ) {
      const length = readSync(file, chunk, 0, CHUNK_BYTES, at);
      if (length === 0) break;
      at += writeSync(file, chunk, 0, length, at);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
