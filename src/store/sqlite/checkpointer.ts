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

export class Checkpointer {
  readonly #db: Database;
  readonly #options: CheckpointerOptions;
  readonly #commits = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;
  readonly #pageBytes: number;
  #isAboveCap = false;

  constructor(db: Database, options: CheckpointerOptions) {
    this.#db = db;
    this.#options = options;
    this.#pageBytes = Number(db.pragma('page_size', { simple: true }));
    this.#worker = new Worker(PROGRAM, {
      eval: true,
      workerData: {
        driver: createRequire(import.meta.url).resolve('better-sqlite3'),
        path: options.path,
        everyMs: options.everyMs,
        busyMs: options.busyMs,
        commits: this.#commits.buffer,
      },
    });
    this.#worker.unref();
    this.#worker.on('message', (report: Report) => this.#hear(report));
    this.#worker.on('error', (problem) => options.onProblem(problem));
  }

  /** Called after each commit. */
  noteCommit(): void {
    Atomics.add(this.#commits, 0, 1);
    if (!this.#isAboveCap) return;
    this.#isAboveCap = false;
    this.#copyAll();
  }

  /** Ends the thread and copies what is left. */
  async stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => void this.#worker.once('exit', () => resolve()));
    this.#worker.ref();
    this.#worker.postMessage('stop');
    await ended;
    this.#copyAll();
  }

  #hear(report: Report): void {
    if (report === 'stopped') return;
    if ('problem' in report) this.#options.onProblem(new Error(`A checkpoint failed (${report.problem}).`));
    else this.#isAboveCap = report.pages * this.#pageBytes > this.#options.walCapBytes;
  }

  #copyAll(): void {
    try {
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
    } catch (problem) {
      this.#options.onProblem(problem);
    }
  }
}
