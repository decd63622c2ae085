/** Puts the SQLite adapter together: one connection, one group commit, all ports. It must not know who uses it. */
import { type Database, SqliteError } from 'better-sqlite3';
import type { Clock } from '../../clock.ts';
import { Failure } from '../../event/failure.ts';
import type { Store } from '../store.ts';
import { Checkpointer, type StoreProblem } from './checkpointer.ts';
import { SqliteConfigStore } from './config-store.ts';
import { type ConnectionLimits, connect, IN_MEMORY } from './connection.ts';
import { SqliteErasure } from './erase.ts';
import { SqliteEventLog } from './event-log.ts';
import { GroupCommit, isOfTheDisk } from './group-commit.ts';
import { SqliteLedger } from './ledger.ts';
import { makeLeftoverLogSafe } from './leftover-log.ts';
import { MessageMemory } from './message-memory.ts';
import { migrate } from './migrate.ts';
import { lockForProcess } from './process-lock.ts';
import { SqliteQueue } from './queue/sqlite-queue.ts';
import { SqliteReads } from './reads/sqlite-reads.ts';
import { SqliteReplays } from './replays.ts';
import { SqliteSteps } from './steps.ts';
import { Tombstones } from './tombstones.ts';
import { Trail } from './trail.ts';
import { SqliteUpkeep } from './upkeep.ts';

/** How much one call may look at or leave behind. */
export interface SqliteLimits extends ConnectionLimits {
  /** Candidates that `take` passes over at most, busy or behind another integration's job. */
  readonly takeScan: number;
  /** Rows that one page of a filtered list looks at. */
  readonly listScan: number;
  /** Rows of each kind that one sweep looks at. */
  readonly sweepRows: number;
  /** Keys of messageIds that wait in memory before they are filed; at worst twice as many, of about 100 bytes each. */
  readonly recentKeys: number;
  readonly checkpointEveryMs: number;
  readonly walCapBytes: number;
}

export const SQLITE_LIMITS: SqliteLimits = {
  takeScan: 1_000,
  listScan: 5_000,
  sweepRows: 500,
  recentKeys: 65_536,
  checkpointEveryMs: 250,
  walCapBytes: 256 * 1024 * 1024,
  busyMs: 5_000,
  cacheBytes: 64 * 1024 * 1024,
};

export interface SqliteOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** A serialised database to start from (in memory): what a simulated crash left behind. */
  readonly image?: Buffer;
  /** Dates the activity feed and the counts; everything else carries its times. */
  readonly clock: Clock;
  /** How long a messageId is remembered. */
  readonly dedupeDays: number;
  /** How long events, attempts and settled jobs are kept. */
  readonly retentionDays: number;
  /** Events kept per visitor while the address is unknown; older ones give way. */
  readonly parkPerVisitor: number;
  /** Calls the function when the writes of this turn are complete; by default at the turn's end (setImmediate). */
  readonly schedule?: (flush: () => void) => void;
  /** Runs the COMMIT of a group. A simulated disk throws before it (nothing was stored) or after it (it was, unheard). */
  readonly commit?: (run: () => void) => void;
  /** Keys the hashes that erased people leave behind. Without it they are hashed with a known key: for tests and tools. */
  readonly tombstoneKey?: Uint8Array;
  /** False: the file is not locked against other processes. For tools that only look. */
  readonly lock?: boolean;
  readonly limits?: Partial<SqliteLimits>;
  /** Told of commits and checkpoints that the disk refused; nothing is lost by that, but it needs somebody's eyes. */
  readonly onProblem?: (problem: StoreProblem) => void;
  /**
   * Told once that the disk did not confirm what was written while the log was copied into the file. From then on the store reads and refuses every
   * write. End the process by a signal that it cannot catch: whatever closes the database in an orderly way (`exit` does)
   * would let SQLite throw the write-ahead log away. The next start copies it again, whole.
   */
  readonly onUnconfirmed?: (failure: Failure) => void;
}

export interface SqliteStore extends Store {
  /** The database as of the last commit; what has not been committed is not in it. */
  serialize(): Buffer;
}

/**
 * Opens or creates the database. Failure STORE_LOCKED when another process has it, STORE_UNSAFE when it could not keep
 * what it acknowledges or is damaged, STORE_UNAVAILABLE when the disk does not let it be opened.
 */
export function openSqliteStore(options: SqliteOptions): SqliteStore {
  try {
    return openLocked(options);
  } catch (error) {
    throw isOfTheDisk(error) || isOfTheFiles(error) ? cannotOpen(options.path, error) : error;
  }
}

function openLocked(options: SqliteOptions): SqliteStore {
  const limits = { ...SQLITE_LIMITS, ...options.limits };
  const isFile = options.path !== IN_MEMORY;
  const isAlone = isFile && options.lock !== false;
  const unlock = isAlone ? lockForProcess(options.path) : () => {};
  let db: Database | undefined;
  try {
    if (isAlone) makeLeftoverLogSafe(options.path);
    db = connect(options.path, limits, options.image);
    migrate(db);
    return compose(db, options, limits, unlock);
  } catch (error) {
    db?.close();
    unlock();
    throw error;
  }
}

/** Connections that must never be closed, not even by the garbage collector. */
const UNCLOSED = new Set<Database>();

function compose(
  db: Database,
  options: SqliteOptions,
  limits: SqliteLimits,
  unlock: () => void,
): SqliteStore {
  const { clock, dedupeDays, retentionDays, parkPerVisitor, onProblem = () => {} } = options;
  const commit = options.commit ?? ((run) => run());
  const trail = new Trail(db, clock);
  const group = new GroupCommit(db, {
    schedule: options.schedule ?? ((flush) => void setImmediate(flush)),
    commit: (run) => {
      commit(run);
      checkpointer?.noteCommit();
      trail.committed();
    },
    refused: (cause) => {
      onProblem({ of: 'commit', code: cause instanceof SqliteError ? cause.code : 'OTHER', cause });
      checkpointer?.noteRefusal();
    },
  });
  const checkpointer =
    options.path === IN_MEMORY
      ? undefined
      : new Checkpointer(db, {
          path: options.path,
          everyMs: limits.checkpointEveryMs,
          walCapBytes: limits.walCapBytes,
          busyMs: limits.busyMs,
          onProblem,
          onUnconfirmed: (failure) => {
            UNCLOSED.add(db);
            group.refuse(failure);
            options.onUnconfirmed?.(failure);
          },
        });
  const memory = new MessageMemory(db, { windowMs: dedupeDays * DAY_MS, recentKeys: limits.recentKeys });
  const log = new SqliteEventLog(db, group, trail, memory);
  const tombstones = new Tombstones(db, options.tombstoneKey ?? new Uint8Array(32));
  const ledger = new SqliteLedger(db, tombstones);
  const queue = new SqliteQueue(db, { group, trail, tombstones, takeScan: limits.takeScan });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    group.close();
    await checkpointer?.stop();
    if (checkpointer?.isUnconfirmed === true) return;
    db.close();
    unlock();
  };
  return {
    log,
    ledger,
    queue,
    steps: new SqliteSteps(db, { group, trail, ledger, queue, tombstones, parkPerVisitor }),
    config: new SqliteConfigStore(db, group, queue),
    reads: new SqliteReads(db, trail, limits.listScan),
    upkeep: new SqliteUpkeep(db, group, queue, memory, {
      dedupeDays,
      retentionDays,
      sweepRows: limits.sweepRows,
    }),
    replays: new SqliteReplays(db, group, queue, trail),
    erasure: new SqliteErasure(db, {
      group,
      queue,
      trail,
      tombstones,
      checkpoint: () => emptied(checkpointer),
    }),
    close: () => {
      closing ??= close();
      return closing;
    },
    serialize: () => serialize(db),
  };
}

/** Another connection may hold the log for a moment; what it copies meanwhile need not be copied again. */
async function emptied(checkpointer: Checkpointer | undefined): Promise<void> {
  if (checkpointer === undefined) return;
  for (let left = CHECKPOINT_TRIES; left > 0; left -= 1) {
    if (checkpointer.truncate()) return;
    await new Promise((resolve) => void setImmediate(resolve));
  }
  throw new Failure(
    'STORE_UNAVAILABLE',
    'The write-ahead log could not be emptied, because another process reads the database. End it, then try again.',
  );
}

/** What the file system says when a file cannot be made or read. */
function isOfTheFiles(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

const DAMAGED = ['SQLITE_CORRUPT', 'SQLITE_NOTADB'];

function cannotOpen(path: string, cause: unknown): Failure {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'OTHER';
  if (DAMAGED.some((damage) => code.startsWith(damage)))
    return new Failure(
      'STORE_UNSAFE',
      `The database ${path} is damaged (${code}). Put back a copy that was made before, or give this process another data folder (SIGNAL_DATA_DIR).`,
      { cause },
    );
  return new Failure(
    'STORE_UNAVAILABLE',
    `The database ${path} could not be opened (${code}). Check the disk’s space and who may write to the data folder, then start again.`,
    { cause },
  );
}

const CHECKPOINT_TRIES = 20;
const DAY_MS = 86_400_000;

/** The image of a database in WAL mode says so in its header, which a database in memory cannot follow. */
function serialize(db: Database): Buffer {
  const image = db.serialize();
  const LEGACY_FORMAT = 1;
  image[18] = LEGACY_FORMAT;
  image[19] = LEGACY_FORMAT;
  return image;
}
