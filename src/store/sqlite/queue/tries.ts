/** How tries are kept: each by itself, but for the exchanges of a batch, which all its jobs share. It must not know what a try led to. */
import type { Database, Statement } from 'better-sqlite3';
import type { Attempt, JobId } from '../../ports/queue.ts';
import { decode, encode } from '../codec.ts';

interface TryRow {
  readonly body: string;
  readonly shared: string | null;
}

/** Writes go into the transaction that is open. */
export class Tries {
  readonly #insert: Statement<[number, number, string, number | null, number]>;
  readonly #share: Statement<[string, number]>;
  readonly #setSharing: Statement<[number, number]>;
  readonly #unshare: Statement<[number]>;
  readonly #ofJob: Statement<[number], TryRow>;

  constructor(db: Database) {
    this.#insert = db.prepare(
      `INSERT INTO attempts SELECT id, (SELECT coalesce(max(n), 0) + 1 FROM attempts WHERE job_id = ?), ?, ?, ?
       FROM jobs WHERE id = ? AND erased = 0`,
    );
    this.#share = db.prepare('INSERT INTO exchanges (body, tries) VALUES (?, ?)');
    this.#setSharing = db.prepare('UPDATE exchanges SET tries = ? WHERE no = ?');
    this.#unshare = db.prepare('DELETE FROM exchanges WHERE no = ?');
    this.#ofJob = db.prepare(
      `SELECT a.body, x.body AS shared FROM attempts a LEFT JOIN exchanges x ON x.no = a.exchanges
       WHERE a.job_id = ? ORDER BY a.n`,
    );
  }

  /** Nothing is kept of a job whose person was erased. */
  note(attempts: readonly Attempt[]): void {
    const groups = new Map<Attempt['exchanges'], Attempt[]>();
    for (const attempt of attempts) {
      const group = groups.get(attempt.exchanges);
      if (group === undefined) groups.set(attempt.exchanges, [attempt]);
      else group.push(attempt);
    }
    for (const [exchanges, group] of groups) {
      if (group.length > 1) this.#noteSharing(exchanges, group);
      else for (const attempt of group) this.#insertOne(attempt, encode(attempt), null);
    }
  }

  /** The tries of a job, oldest first. */
  of(id: JobId): readonly Attempt[] {
    return this.#ofJob.all(id).map(({ body, shared }) => {
      const attempt = decode<Attempt>(body);
      return shared === null ? attempt : { ...attempt, exchanges: decode<Attempt['exchanges']>(shared) };
    });
  }

  #noteSharing(exchanges: Attempt['exchanges'], group: readonly Attempt[]): void {
    const no = Number(this.#share.run(encode(exchanges), group.length).lastInsertRowid);
    let kept = 0;
    for (const { exchanges: _exchanges, ...attempt } of group)
      kept += this.#insertOne(attempt, encode(attempt), no);
    if (kept === 0) this.#unshare.run(no);
    else if (kept < group.length) this.#setSharing.run(kept, no);
  }

  #insertOne({ jobId, atMs }: Pick<Attempt, 'jobId' | 'atMs'>, body: string, shared: number | null): number {
    return this.#insert.run(jobId, atMs, body, shared, jobId).changes;
  }
}
