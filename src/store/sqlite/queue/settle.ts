/** Applies what delivery decided about jobs. It must not know how it was decided. */
import type { Database, Statement } from 'better-sqlite3';
import type { JobChange, JobId, Settlement } from '../../ports/queue.ts';
import type { Trail } from '../trail.ts';
import type { Endings } from './endings.ts';
import type { Jobs } from './jobs.ts';
import type { Lanes } from './lanes.ts';
import type { Lines, QueueRow, QueueUpdate } from './lines.ts';
import type { StreamRow, Streams } from './streams.ts';
import { Tries } from './tries.ts';

/** A stream of the account that is settled, and the one that its integration moved to; absent until somebody asks. */
interface Here {
  readonly stream: StreamRow;
  movedTo?: number | 'nowhere';
}

/** Within the open transaction. */
export class Settling {
  readonly #lanes: Lanes;
  readonly #lines: Lines;
  readonly #jobs: Jobs;
  readonly #streams: Streams;
  readonly #endings: Endings;
  readonly #trail: Trail;
  readonly #tries: Tries;
  readonly #isErased: Statement<[number], number>;

  constructor(
    db: Database,
    parts: {
      readonly lanes: Lanes;
      readonly lines: Lines;
      readonly jobs: Jobs;
      readonly streams: Streams;
      readonly endings: Endings;
      readonly trail: Trail;
    },
  ) {
    this.#lanes = parts.lanes;
    this.#lines = parts.lines;
    this.#jobs = parts.jobs;
    this.#streams = parts.streams;
    this.#endings = parts.endings;
    this.#trail = parts.trail;
    this.#tries = new Tries(db);
    this.#isErased = db.prepare<[number], number>('SELECT erased FROM jobs WHERE id = ?').pluck();
  }

  /** False, and nothing changed, when the lease is not the newest. */
  apply(settlement: Settlement): boolean {
    const { lease, nowMs, changes, attempts, pause, stop } = settlement;
    if (!this.#lanes.isNewest(lease)) return false;
    const here = new Map(
      this.#streams.ofLane(lease.lane).map((stream): [number, Here] => [stream.no, { stream }]),
    );
    const tried = new Set(attempts.map(({ jobId }) => jobId));
    this.#together(() => {
      for (const change of changes) this.#change(this.#allowed(change), here, tried, nowMs);
      this.#tries.note(attempts);
      this.#trail.measures.tried(attempts, this.#trail.nowMs);
    });
    if (pause !== undefined) this.#lanes.pause(lease.lane, pause.untilMs, pause.code);
    if (stop?.templateId !== undefined) {
      this.#lanes.stopTemplate(stop.templateId, stop.code, stop.message, nowMs);
    } else if (stop !== undefined) {
      this.#lanes.stop(lease.lane, stop, nowMs);
    }
    return true;
  }

  #together(run: () => void): void {
    this.#trail.together(() => this.#lines.together(run));
  }

  /** A job that ended meanwhile, or moved to another lane, keeps what it has: the first ending holds. */
  #change(
    change: JobChange,
    here: ReadonlyMap<number, Here>,
    tried: ReadonlySet<JobId>,
    nowMs: number,
  ): void {
    const row = this.#lines.find(change.id);
    if (row === undefined && change.to === 'delivered' && tried.has(change.id))
      this.#endings.correct(change.id, change.message);
    const stream = row === undefined ? undefined : here.get(row.stream);
    if (row === undefined || stream === undefined) return;
    switch (change.to) {
      case 'waiting': {
        const counted = change.counts ? 1 : 0;
        this.#update(row, {
          state: 'waiting',
          until_ms: change.untilMs > nowMs ? change.untilMs : 0,
          attempts: row.attempts + counted,
          first_attempt_ms: row.first_attempt_ms ?? (change.counts ? nowMs : null),
          code: change.code,
          message: change.message ?? null,
          batch_id: null,
        });
        this.#followAddress(row.id, stream);
        return;
      }
      case 'held': {
        this.#update(row, {
          ...row,
          state: 'held',
          until_ms: 0,
          attempts: row.attempts + (tried.has(row.id) ? 1 : 0),
          code: change.code,
          message: change.message ?? null,
          batch_id: null,
        });
        this.#trail.jobReached(row.id, 'held');
        return;
      }
      case 'submitted': {
        this.#update(row, {
          ...row,
          state: 'submitted',
          until_ms: 0,
          first_attempt_ms: row.first_attempt_ms ?? nowMs,
          code: null,
          message: null,
          batch_id: change.batchId,
        });
        return;
      }
      case 'delivered':
      case 'filtered':
      case 'dead':
      case 'cancelled': {
        const attempts = row.attempts + (tried.has(row.id) ? 1 : 0);
        this.#endings.end(row, { ...change, attempts, nowMs });
        return;
      }
      default: {
        const impossible: never = change;
        throw new Error(`Not a change: ${String(impossible)}`);
      }
    }
  }

  /** A try that was under way when its integration moved to another account is repeated there. */
  #followAddress(id: JobId, here: Here): void {
    here.movedTo ??= this.#movedTo(here.stream);
    if (here.movedTo === 'nowhere') return;
    const row = this.#lines.find(id);
    if (row !== undefined) this.#jobs.relocate(row, here.movedTo);
  }

  #movedTo({ lane, integration_id, closed_ms }: StreamRow): number | 'nowhere' {
    const current = closed_ms === null ? this.#streams.current(integration_id) : undefined;
    return current === undefined || current.lane === lane ? 'nowhere' : current.no;
  }

  /** A job whose person was erased has nothing left that could be sent again. */
  #allowed(change: JobChange): JobChange {
    if (change.to === 'delivered' || change.to === 'submitted' || this.#isErased.get(change.id) !== 1)
      return change;
    return { id: change.id, to: 'cancelled', code: 'ERASED' };
  }

  #update(row: QueueRow, update: QueueUpdate): void {
    this.#lines.change(row, update);
    this.#trail.deliveryUpdated(row.seq, row.id);
  }
}
