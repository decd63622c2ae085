/** Brings a database file to the tables of this version. It must not know what the tables mean. */
import type { Database } from 'better-sqlite3';
import { Failure } from '../../event/failure.ts';
import { MIGRATIONS } from './schema.ts';

/**
 * Applies the steps that the file lacks, each in its own transaction.
 * Failure STORE_UNSAFE when the file was written by a newer version: its tables are unknown here, so nothing is touched.
 */
export function migrate(db: Database): void {
  db.exec('CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY) STRICT');
  const applied = new Set(db.prepare<[], number>('SELECT number FROM migrations').pluck().all());
  const known = new Set(MIGRATIONS.map(({ number }) => number));
  const unknown = [...applied].find((number) => !known.has(number));
  if (unknown !== undefined) {
    throw new Failure(
      'STORE_UNSAFE',
      `The database file has tables of a newer version (step ${unknown}). Start the newer version, or another data folder.`,
    );
  }
  const note = db.prepare<[number]>('INSERT INTO migrations VALUES (?)');
  for (const { number, sql } of MIGRATIONS) {
    if (applied.has(number)) continue;
    db.transaction(() => {
      db.exec(sql);
      note.run(number);
    }).immediate();
  }
}
