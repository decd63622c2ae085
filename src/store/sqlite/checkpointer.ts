/** Copies the write-ahead log into the database file, outside of the main thread. It must not know any table. */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { type Database, SqliteError } from 'better-sqlite3';
import { Failure } from '../../event/failure.ts';

export interface CheckpointerOptions {
  readonly path: string;
  readonly everyMs: number;
  /** Above this the main thread waits once until the log is copied whole, so that it does not grow without end. */
  readonly walCapBytes: number;
  readonly busyMs: number;
  /** Told of checkpoints that failed; the log keeps everything, and the next round tries again. */
  readonly onProblem: (problem: StoreProblem) => void;
  /** Told once that the disk did not confirm what was written, to the log or to the file: the log must be kept as it is. */
  readonly onUnconfirmed: (failure: Failure) => void;
}

/** Something that the disk refused; `code` is SQLite's name for it where SQLite refused. */
export interface StoreProblem {
  readonly of: 'commit' | 'checkpoint';
  readonly code: string;
  readonly cause: unknown;
}

type Report = { readonly pages: number } | { readonly problem: string } | 'stopped';

/** In the memory that both threads share: how often there was something to copy, and who copies. */
const COMMITS = 0;
const COPYING = 1;

const NOBODY = 0;
const SOMEBODY = 1;
/** For ever: see `isUnconfirmed`. */
const NEVERMORE = 2;

/**
 * The thread's program is text because Node 20 loads no TypeScript into threads. It has a connection of its own and
 * checkpoints without waiting for anybody (PASSIVE) when there were commits since the last round.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const Database = require(workerData.driver);
const db = new Database(workerData.path, { timeout: workerData.busyMs });
db.pragma('synchronous = FULL');
db.pragma('checkpoint_fullfsync = ON');
db.pragma('wal_autocheckpoint = 0');
const shared = new Int32Array(workerData.shared);
let seen = 0;
const timer = setInterval(() => {
  const now = Atomics.load(shared, ${COMMITS});
  if (now === seen) return;
  if (Atomics.compareExchange(shared, ${COPYING}, ${NOBODY}, ${SOMEBODY}) !== ${NOBODY}) return;
  let next = ${NOBODY};
  let report;
  try {
    const [{ log, checkpointed }] = db.pragma('wal_checkpoint(PASSIVE)');
    if (log === checkpointed) seen = now;
    report = { pages: log };
  } catch (error) {
    if (workerData.unconfirmed.includes(error.code)) next = ${NEVERMORE};
    report = { problem: String(error.code ?? error) };
  }
  Atomics.store(shared, ${COPYING}, next);
  Atomics.notify(shared, ${COPYING});
  parentPort.postMessage(report);
}, workerData.everyMs);
parentPort.on('message', () => {
  clearInterval(timer);
  db.close();
  parentPort.postMessage('stopped');
  parentPort.close();
});
`;

/** A disk that could not write what was copied says so once, and confirms the next time what it has forgotten by then. */
const UNCONFIRMED: readonly string[] = ['SQLITE_IOERR_FSYNC', 'SQLITE_IOERR_DIR_FSYNC'];

/** So many commits are copied when the store closes; only with more is a thread worth its start. */
const COMMITS_BEFORE_THREAD = 64;
/** After a thread that ended by itself the next one begins so many commits later. */
const COMMITS_BEFORE_RESTART = 10_000;

/** Owns the thread: it begins with the first busy moment and ends with `stop`. */
export class Checkpointer {
  readonly #db: Database;
  readonly #options: CheckpointerOptions;
  readonly #shared = new Int32Array(new SharedArrayBuffer(8));
  readonly #pageBytes: number;
  #thread: { readonly worker: Worker; readonly ended: Promise<void> } | undefined;
  #startAt = COMMITS_BEFORE_THREAD;
  #isAboveCap = false;
  #isTold = false;

  constructor(db: Database, options: CheckpointerOptions) {
    this.#db = db;
    this.#options = options;
    this.#pageBytes = Number(db.pragma('page_size', { simple: true }));
  }

  /** Called after each commit. */
  noteCommit(): void {
    const before = Atomics.add(this.#shared, COMMITS, 1);
    if (before >= this.#startAt) this.#thread ??= this.#start();
    if (!this.#isAboveCap) return;
    this.#isAboveCap = false;
    this.#copyAll();
  }

  /** Called after each commit that the disk refused: where the log has no room left, copying it makes some. */
  noteRefusal(): void {
    const before = Atomics.add(this.#shared, COMMITS, 1);
    const neverBegan = this.#startAt === COMMITS_BEFORE_THREAD;
    if (neverBegan || before >= this.#startAt) this.#thread ??= this.#start();
  }

  /**
   * True once a sync failed while pages were copied. The kernel has then forgotten pages that it took, and says that all
   * is well when it is asked again; SQLite believes that and would empty the log over them (it remembers how far it
   * copied, confirmed or not). Only a process that opens the files anew copies the whole log again. So nothing is copied
   * any more, and the connection is not to be closed, because the last one that closes copies too.
   */
  get isUnconfirmed(): boolean {
    return Atomics.load(this.#shared, COPYING) === NEVERMORE;
  }

  /**
   * Copies everything and empties the log. False when another connection was in the way; try again. Failure
   * STORE_UNAVAILABLE when nothing may be copied any more.
   */
  truncate(): boolean {
    const shared = this.#shared;
    Atomics.wait(shared, COPYING, SOMEBODY, this.#options.busyMs);
    const before = Atomics.compareExchange(shared, COPYING, NOBODY, SOMEBODY);
    if (before === NEVERMORE) throw unconfirmed();
    if (before === SOMEBODY) return false;
    try {
      const isBusy = this.#db.pragma('wal_checkpoint(TRUNCATE)', { simple: true });
      Atomics.store(shared, COPYING, NOBODY);
      return isBusy === 0;
    } catch (error) {
      const isConfirmed = !(error instanceof SqliteError) || !UNCONFIRMED.includes(error.code);
      Atomics.store(shared, COPYING, isConfirmed ? NOBODY : NEVERMORE);
      this.#tellUnconfirmed();
      throw error;
    }
  }

  /** Ends the thread and copies what is left. */
  async stop(): Promise<void> {
    const thread = this.#thread;
    thread?.worker.ref();
    thread?.worker.postMessage('stop');
    await thread?.ended;
    if (!this.isUnconfirmed) this.#copyAll();
  }

  #start(): { readonly worker: Worker; readonly ended: Promise<void> } {
    const { path, everyMs, busyMs, onProblem } = this.#options;
    const driver = createRequire(import.meta.url).resolve('better-sqlite3');
    const worker = new Worker(PROGRAM, {
      eval: true,
      workerData: { driver, path, everyMs, busyMs, shared: this.#shared.buffer, unconfirmed: UNCONFIRMED },
    });
    worker.unref();
    worker.on('message', (report: Report) => this.#hear(report));
    worker.on('error', (cause) => onProblem(problemOf(cause)));
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', () => {
        this.#thread = undefined;
        // It may have ended in the middle of it.
        Atomics.compareExchange(this.#shared, COPYING, SOMEBODY, NOBODY);
        this.#startAt = Atomics.load(this.#shared, COMMITS) + COMMITS_BEFORE_RESTART;
        resolve();
      });
    });
    return { worker, ended };
  }

  #hear(report: Report): void {
    if (report === 'stopped') return;
    if ('pages' in report) {
      this.#isAboveCap = report.pages * this.#pageBytes > this.#options.walCapBytes;
      return;
    }
    this.#options.onProblem({ of: 'checkpoint', code: report.problem, cause: undefined });
    this.#tellUnconfirmed();
  }

  #copyAll(): void {
    try {
      this.truncate();
    } catch (problem) {
      this.#options.onProblem(problemOf(problem));
    }
  }

  #tellUnconfirmed(): void {
    if (!this.isUnconfirmed || this.#isTold) return;
    this.#isTold = true;
    this.#options.onUnconfirmed(unconfirmed());
  }
}

function problemOf(cause: unknown): StoreProblem {
  return { of: 'checkpoint', code: cause instanceof SqliteError ? cause.code : 'OTHER', cause };
}

function unconfirmed(): Failure {
  return new Failure(
    'STORE_UNAVAILABLE',
    'The disk did not confirm what was written while the log was copied into the database file, so nothing more is written. Everything acknowledged is in the write-ahead log beside it and is copied again at the next start. Check the disk, then start again.',
  );
}
