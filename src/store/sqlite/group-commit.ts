/** One transaction for all writes of a turn of the event loop. It must not know what is written. */
import { type Database, SqliteError, type Statement } from 'better-sqlite3';
import { Failure } from '../../event/failure.ts';

export interface GroupCommitOptions {
  /** Calls `flush` when the turn is over. */
  readonly schedule: (flush: () => void) => void;
  /** Runs the COMMIT; simulations let it fail. */
  readonly commit: (run: () => void) => void;
  /** Told why a group was undone, before its calls hear of it. */
  readonly refused?: (cause: unknown) => void;
}

interface Call {
  run(): void;
  /** After the COMMIT: resolves with the result, or rejects with the error that undid this call alone. */
  finish(): void;
  /** The whole group was undone, or nobody knows. */
  abandon(failure: Failure): void;
}

const RETRY_AFTER_S = 5;

/**
 * Each call has its own savepoint: one that throws is undone and rejects alone. Promises resolve only after COMMIT;
 * when that fails (or the disk does), all calls of the group reject with Failure STORE_UNAVAILABLE and none was stored.
 */
export class GroupCommit {
  readonly #db: Database;
  readonly #options: GroupCommitOptions;
  readonly #begin: Statement<[]>;
  readonly #commit: Statement<[]>;
  readonly #rollback: Statement<[]>;
  readonly #mark: Statement<[]>;
  readonly #release: Statement<[]>;
  readonly #undo: Statement<[]>;
  #pending: Call[] = [];
  /** Why nothing more is taken. */
  #end: Failure | undefined;

  constructor(db: Database, options: GroupCommitOptions) {
    this.#db = db;
    this.#options = options;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
    this.#mark = db.prepare('SAVEPOINT call');
    this.#release = db.prepare('RELEASE call');
    this.#undo = db.prepare('ROLLBACK TO call');
  }

  /**
   * `after` runs once the result is durable, before the promise resolves; `undone` when what `work` wrote was undone, or
   * nobody knows, before it rejects.
   */
  submit<T>(work: () => T, after?: (result: T) => void, undone?: () => void): Promise<T> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    return new Promise<T>((resolve, reject) => {
      let outcome: { readonly result: T } | { readonly error: unknown } | undefined;
      const call: Call = {
        run: () => {
          try {
            outcome = { result: work() };
          } catch (error) {
            outcome = { error };
            throw error;
          }
        },
        finish: () => {
          if (outcome === undefined || 'error' in outcome) {
            undone?.();
            return reject(outcome?.error);
          }
          after?.(outcome.result);
          resolve(outcome.result);
        },
        abandon: (failure) => {
          undone?.();
          reject(failure);
        },
      };
      this.#pending.push(call);
      if (this.#pending.length === 1) this.#options.schedule(() => this.flush());
    });
  }

  /** Commits what is pending now. */
  flush(): void {
    const calls = this.#pending;
    if (calls.length === 0) return;
    this.#pending = [];
    try {
      this.#begin.run();
      for (const call of calls) this.#runAlone(call);
      this.#options.commit(() => void this.#commit.run());
    } catch (cause) {
      this.#abandon(calls, cause);
      return;
    }
    for (const call of calls) call.finish();
  }

  /** Commits what is pending and takes nothing more. */
  close(): void {
    this.#end ??= closed();
    this.flush();
  }

  /** From now on every call is refused with this, those that are pending too. */
  refuse(failure: Failure): void {
    this.#end = failure;
    const calls = this.#pending;
    this.#pending = [];
    for (const call of calls) call.abandon(failure);
  }

  #runAlone(call: Call): void {
    this.#mark.run();
    try {
      call.run();
    } catch (error) {
      if (isOfTheDisk(error) || !this.#db.inTransaction) throw error;
      this.#undo.run();
    }
    this.#release.run();
  }

  #abandon(calls: readonly Call[], cause: unknown): void {
    // SQLite undoes the transaction by itself on some errors.
    if (this.#db.inTransaction) this.#rollback.run();
    this.#options.refused?.(cause);
    for (const call of calls) call.abandon(unavailable(cause));
  }
}

/** What SQLite reports about a statement or a value, not about the disk. */
const OF_THE_CALL = ['SQLITE_CONSTRAINT', 'SQLITE_ERROR', 'SQLITE_MISMATCH', 'SQLITE_RANGE', 'SQLITE_TOOBIG'];

/** True when the error says that the disk or the file failed, so that no later statement can be trusted either. */
export function isOfTheDisk(error: unknown): error is SqliteError {
  return error instanceof SqliteError && !OF_THE_CALL.some((code) => error.code.startsWith(code));
}

/** The Failure for a database that cannot read or write at present. */
export function unavailable(cause: unknown): Failure {
  const code = cause instanceof SqliteError ? ` (${cause.code})` : '';
  return new Failure(
    'STORE_UNAVAILABLE',
    `The database could not be read or written${code}; nothing of this was stored. Check disk space and the data folder, then send it again.`,
    { cause, retryAfterS: RETRY_AFTER_S },
  );
}

function closed(): Failure {
  return new Failure(
    'STORE_UNAVAILABLE',
    'The database is closed because the program is ending. Send it again later.',
    {
      retryAfterS: RETRY_AFTER_S,
    },
  );
}
