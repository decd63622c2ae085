/** Copies the write-ahead log into the database file, outside of the main thread. It must not know any table. */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Database } from 'better-sqlite3';

export interface CheckpointerOptions {
  readonly path: string;
  readonly everyMs: number;
  /** Above this the main thread waits once until the log is copied whole, so that it does not grow without end. */
  readonly walCapBytes: number;
  readonly busyMs: number;
  /** Told of checkpoints that failed; the log keeps everything, and the next round tries again. */
  readonly onProblem: (problem: unknown) => void;
}

type Report = { readonly pages: number } | { readonly problem: string } | 'stopped';

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
const commits = new Int32Array(workerData.commits);
let seen = 0;
const timer = setInterval(() => {
  const now = Atomics.load(commits, 0);
  if (now === seen) return;
  try {
    const [{ log, checkpointed }] = db.pragma('wal_checkpoint(PASSIVE)');
    if (log === checkpointed) seen = now;
    parentPort.postMessage({ pages: log });
  } catch (error) {
    parentPort.postMessage({ problem: String(error.code ?? error) });
  }
}, workerData.everyMs);
parentPort.on('message', () => {
  clearInterval(timer);
  db.close();
  parentPort.postMessage('stopped');
  parentPort.close();
});
`;

/** So many commits are copied when the store closes; only with more is a thread worth its start. */
const COMMITS_BEFORE_THREAD = 64;
/** After a thread that ended by itself the next one begins so many commits later. */
const COMMITS_BEFORE_RESTART = 10_000;

/** Owns the thread: it begins with the first busy moment and ends with `stop`. */
export class Checkpointer {
  readonly #db: Database;
  readonly #options: CheckpointerOptions;
  readonly #commits = new Int32Array(new SharedArrayBuffer(4));
  readonly #pageBytes: number;
  #thread: { readonly worker: Worker; readonly ended: Promise<void> } | undefined;
  #startAt = COMMITS_BEFORE_THREAD;
  #isAboveCap = false;

  constructor(db: Database, options: CheckpointerOptions) {
    this.#db = db;
    this.#options = options;
    this.#pageBytes = Number(db.pragma('page_size', { simple: true }));
  }

  /** Called after each commit. */
  noteCommit(): void {
    const before = Atomics.add(this.#commits, 0, 1);
    if (before >= this.#startAt) this.#thread ??= this.#start();
    if (!this.#isAboveCap) return;
    this.#isAboveCap = false;
    this.#copyAll();
  }

  /** Copies everything and empties the log. False when another connection was in the way; try again. */
  truncate(): boolean {
    return this.#db.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0;
  }

  /** Ends the thread and copies what is left. */
  async stop(): Promise<void> {
    const thread = this.#thread;
    thread?.worker.ref();
    thread?.worker.postMessage('stop');
    await thread?.ended;
    this.#copyAll();
  }

  #start(): { readonly worker: Worker; readonly ended: Promise<void> } {
    const { path, everyMs, busyMs, onProblem } = this.#options;
    const driver = createRequire(import.meta.url).resolve('better-sqlite3');
    const worker = new Worker(PROGRAM, {
      eval: true,
      workerData: { driver, path, everyMs, busyMs, commits: this.#commits.buffer },
    });
    worker.unref();
    worker.on('message', (report: Report) => this.#hear(report));
    worker.on('error', onProblem);
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', () => {
        this.#thread = undefined;
        this.#startAt = Atomics.load(this.#commits, 0) + COMMITS_BEFORE_RESTART;
        resolve();
      });
    });
    return { worker, ended };
  }

  #hear(report: Report): void {
    if (report === 'stopped') return;
    if ('problem' in report) this.#options.onProblem(new Error(`A checkpoint failed (${report.problem}).`));
    else this.#isAboveCap = report.pages * this.#pageBytes > this.#options.walCapBytes;
  }

  #copyAll(): void {
    try {
      this.truncate();
    } catch (problem) {
      this.#options.onProblem(problem);
    }
  }
}
