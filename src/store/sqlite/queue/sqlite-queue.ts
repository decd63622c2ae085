/** The queue port on SQLite. It must not know what jobs do. */
import type { Database, Statement } from 'better-sqlite3';
import type {
  JobId,
  LaneStatus,
  Lease,
  NewJob,
  PendingJob,
  Queue,
  Settlement,
  Stop,
  StopScope,
  TakeOptions,
} from '../../ports/queue.ts';
import type { GroupCommit } from '../group-commit.ts';
import { Hints } from '../hints.ts';
import type { Tombstones } from '../tombstones.ts';
import type { Trail } from '../trail.ts';
import { choose } from './choose.ts';
import { Endings } from './endings.ts';
import { EraseLines } from './erase-lines.ts';
import { Fronts } from './fronts.ts';
import { Jobs } from './jobs.ts';
import { Lanes } from './lanes.ts';
import { Lines, type QueueRow } from './lines.ts';
import { Settling } from './settle.ts';
import { type StreamRow, Streams } from './streams.ts';

const NOBODY: ReadonlySet<string> = new Set();
/** Jobs of removed integrations that one commit cancels; others wait no longer for it than that takes. */
const CANCELLED_AT_ONCE = 1_000;

export interface QueueParts {
  readonly group: GroupCommit;
  readonly trail: Trail;
  readonly tombstones: Tombstones;
  /** Candidates that `take` passes over at most. */
  readonly takeScan: number;
}

export class SqliteQueue implements Queue {
  readonly #group: GroupCommit;
  readonly #trail: Trail;
  readonly #takeScan: number;
  readonly #hints = new Hints<ReadonlySet<string> | undefined>();
  readonly #streams: Streams;
  readonly #lines: Lines;
  readonly #jobs: Jobs;
  readonly #lanes: Lanes;
  readonly #endings: Endings;
  readonly #settling: Settling;
  readonly #eraseLines: EraseLines;
  readonly #fronts: Fronts;
  /** Where `take` looks on, per lane, after it met more blocked candidates than it may look at. */
  readonly #resume = new Map<string, ReadonlyMap<number, JobId>>();
  readonly #inState: Statement<[string, string], QueueRow>;
  readonly #underWay: Statement<[number], QueueRow>;
  readonly #shiftWindow: Statement<[{ no: number; since: number; now: number }]>;

  constructor(db: Database, { group, trail, tombstones, takeScan }: QueueParts) {
    this.#group = group;
    this.#trail = trail;
    this.#takeScan = takeScan;
    this.#streams = new Streams(db);
    this.#lines = new Lines(db);
    this.#jobs = new Jobs(db, this.#lines, this.#streams);
    this.#lanes = new Lanes(db);
    this.#endings = new Endings(db, this.#lines, trail);
    this.#eraseLines = new EraseLines(db, tombstones);
    this.#settling = new Settling(db, {
      lanes: this.#lanes,
      lines: this.#lines,
      jobs: this.#jobs,
      streams: this.#streams,
      endings: this.#endings,
      trail,
    });
    this.#fronts = new Fronts(db, this.#lines);
    this.#inState = db.prepare(
      'SELECT q.* FROM queue q INDEXED BY queue_state JOIN streams s ON s.no = q.stream WHERE q.state = ? AND s.lane = ? ORDER BY q.id',
    );
    this.#underWay = db.prepare(
      "SELECT * FROM queue INDEXED BY queue_state WHERE state IN ('sending', 'submitted') AND stream = ? ORDER BY id",
    );
    this.#shiftWindow = db.prepare(
      `UPDATE queue INDEXED BY queue_tried SET first_attempt_ms = min(@now, first_attempt_ms + @now - max(first_attempt_ms, @since))
       WHERE stream = @no AND first_attempt_ms IS NOT NULL`,
    );
  }

  // ------------------------------------------------------------- ownership

  claim(owner: string, nowMs: number, ttlMs: number): Promise<readonly Lease[]> {
    return this.#group.submit(
      () => this.#lanes.free(owner, nowMs).map((lane) => ({ lane, epoch: this.#lanes.nextEpoch(lane) })),
      (leases) => {
        for (const lease of leases) this.#lanes.own(owner, lease, nowMs + ttlMs);
      },
    );
  }

  async renew(owner: string, nowMs: number, ttlMs: number): Promise<readonly Lease[]> {
    return this.#lanes.renew(owner, nowMs, ttlMs);
  }

  async release(leases: readonly Lease[]): Promise<void> {
    for (const lease of leases) this.#lanes.release(lease);
  }

  // ------------------------------------------------------------- leaving

  async take(lease: Lease, options: TakeOptions): Promise<readonly PendingJob[]> {
    const lane = this.#lanes.row(lease.lane);
    if (lane?.epoch !== lease.epoch || lane.not_before_ms > options.nowMs) return [];
    if (this.#lanes.stopsOf(lease.lane).some(({ endpoint }) => endpoint === undefined)) return [];
    const before = this.#resume.get(lease.lane) ?? new Map<number, JobId>();
    const streams = this.#streams.activeOfLane(lease.lane);
    const busy = this.#eraseLines.busy(lease.lane, options.busy);
    const reader = this.#fronts.reader(options.without);
    const { rows, resumeAfter } = choose(reader, streams, { ...options, busy }, this.#takeScan, before);
    if (resumeAfter.size > 0) this.#resume.set(lease.lane, resumeAfter);
    else this.#resume.delete(lease.lane);
    this.#lines.note(rows);
    return rows.map((row) => this.#jobs.pending(row, lease.lane));
  }

  markSending(lease: Lease, ids: readonly JobId[]): Promise<boolean> {
    return this.#group.submit(() => {
      if (!this.#lanes.isNewest(lease)) return false;
      const here = new Set(this.#streams.ofLane(lease.lane).map(({ no }) => no));
      const rows = ids.map((id) => this.#lines.find(id));
      const mayLeave = rows.every((row) => row?.state === 'waiting' && here.has(row.stream));
      if (!mayLeave) return false;
      for (const row of rows) {
        if (row !== undefined) this.#lines.change(row, { ...row, state: 'sending', until_ms: 0 });
      }
      return true;
    });
  }

  settle(settlement: Settlement): Promise<boolean> {
    return this.#group.submit(() => this.#settling.apply(settlement));
  }

  async interrupted(lease: Lease): Promise<readonly PendingJob[]> {
    return this.#pendingIn('sending', lease);
  }

  async submitted(lease: Lease): Promise<readonly PendingJob[]> {
    return this.#pendingIn('submitted', lease);
  }

  // ------------------------------------------------------------- looking

  async status(lane: string, nowMs: number): Promise<LaneStatus> {
    const row = this.#lanes.row(lane);
    const streams = this.#streams.ofLane(lane);
    const isPaused = row !== undefined && row.not_before_ms > nowMs;
    return {
      lane,
      waiting: streams.reduce((sum, { closed_ms, waiting }) => sum + (closed_ms === null ? waiting : 0), 0),
      held: streams.reduce((sum, { closed_ms, held }) => sum + (closed_ms === null ? held : 0), 0),
      notBeforeMs: isPaused ? row.not_before_ms : 0,
      ...(isPaused && row.pause_code !== null ? { pauseCode: row.pause_code } : {}),
      stops: this.#lanes.stopsOf(lane),
      ...(streams.every(({ open, held }) => open === held) ? { isQuiet: true } : {}),
    };
  }

  async lanes(nowMs: number): Promise<readonly LaneStatus[]> {
    const all = await Promise.all(this.#streams.lanes().map((lane) => this.status(lane, nowMs)));
    const isQuiet = (lane: string): boolean => this.#streams.ofLane(lane).every(({ open }) => open === 0);
    return all.filter(
      ({ lane, notBeforeMs, stops }) => notBeforeMs > 0 || stops.length > 0 || !isQuiet(lane),
    );
  }

  async nextLeaveMs(lane: string, nowMs: number, without?: ReadonlySet<string>): Promise<number | undefined> {
    // The last look ended at its bound: the next one goes on behind it.
    if (this.#resume.has(lane)) return nowMs;
    const streams = this.#streams.activeOfLane(lane);
    const one = { nowMs, jobs: 1, busy: NOBODY, ...(without === undefined ? {} : { without }) };
    const { rows } = choose(this.#fronts.reader(without), streams, one, this.#takeScan, new Map());
    return rows.length > 0 ? nowMs : this.#fronts.nextHoldMs(streams, nowMs, without);
  }

  async stopsOfTemplates(): Promise<ReadonlyMap<string, Stop>> {
    return this.#lanes.stops();
  }

  async stillOpen(ids: readonly JobId[]): Promise<ReadonlySet<JobId>> {
    const open = this.#lines.openIn(ids);
    const streams = new Set(open.values());
    const active = new Set([...streams].filter((stream) => this.#streams.isActive(stream)));
    return new Set(ids.filter((id) => active.has(open.get(id) ?? 0)));
  }

  onWork(hint: (lanes: ReadonlySet<string> | undefined) => void): () => void {
    return this.#hints.listen(hint);
  }

  // ------------------------------------------------------------- steering

  resume(
    what: { readonly lane: string; readonly only?: StopScope } | { readonly templateId: string },
    nowMs: number,
  ): Promise<void> {
    return this.#group.submit(
      () => {
        if ('lane' in what) this.#resumeLane(what, nowMs);
        else this.resumeTemplate(what.templateId, nowMs);
      },
      () => this.giveHint('lane' in what ? new Set([what.lane]) : undefined),
    );
  }

  cancel(ids: readonly JobId[], nowMs: number): Promise<number> {
    return this.#group.submit(
      () => {
        const rows = ids.flatMap((id) => this.#lines.find(id) ?? []);
        const still = rows.filter(({ state }) => state === 'waiting' || state === 'held');
        for (const row of still) {
          this.#endings.end(row, { to: 'cancelled', code: 'CANCELLED', attempts: row.attempts, nowMs });
        }
        return still.length;
      },
      (count) => {
        if (count > 0) this.giveHint();
      },
    );
  }

  requeue(ids: readonly JobId[], replayId: string, nowMs: number): Promise<readonly JobId[]> {
    return this.#group.submit(
      () => ids.flatMap((id) => this.repeat(id, replayId, nowMs) ?? []),
      (added) => {
        if (added.length > 0) this.giveHint();
      },
    );
  }

  // ------------------------------------------------------------- for the commits of other ports, within their transaction

  /** Adds jobs in order; those made before are left out. Answers how many are new. */
  add(jobs: readonly NewJob[]): number {
    let added = 0;
    this.#lines.together(() => {
      for (const job of jobs) if (this.#jobs.add(this.#eraseLines.behind(job)) !== undefined) added += 1;
    });
    return added;
  }

  /** Adds a job that was never made before. */
  addOne(job: NewJob): JobId {
    const id = this.#jobs.add(job);
    if (id === undefined) throw new Error(`The job ${job.rule} of ${job.integrationId} was made before.`);
    return id;
  }

  /** Lifts a template's stop; the stopped time does not count toward the retry window. */
  resumeTemplate(templateId: string, nowMs: number): void {
    const sinceMs = this.#lanes.resumeTemplate(templateId);
    if (sinceMs !== undefined) this.#shift(this.#streams.ofTemplate(templateId), sinceMs, nowMs);
  }

  /** Moves a template's jobs to another lane; those under way stay where their requests went. */
  moveTemplate(templateId: string, to: string): void {
    for (const stream of this.#streams.ofTemplate(templateId)) {
      if (stream.lane === to) continue;
      const underWay = this.#underWay.all(stream.no);
      this.#streams.move(stream.no, to);
      for (const row of underWay) this.#jobs.relocate(row, this.#streams.aside(stream.lane, stream));
    }
  }

  /** Closes a template's streams: nothing leaves any more. `cancelClosed` ends what waits in them. */
  closeTemplate(templateId: string, nowMs: number): void {
    this.#lanes.resumeTemplate(templateId);
    for (const { no } of this.#streams.ofTemplate(templateId)) this.#streams.close(no, nowMs);
  }

  closeIntegration(integrationId: string, nowMs: number): void {
    for (const { no } of this.#streams.ofIntegration(integrationId)) this.#streams.close(no, nowMs);
  }

  /** Cancels a bounded number of jobs that wait in closed streams. Answers how many; 0 when there are none left. */
  cancelClosed(): number {
    let left = CANCELLED_AT_ONCE;
    for (const { no, closed_ms: nowMs } of this.#streams.closed()) {
      if (nowMs === null || left === 0) continue;
      left -= this.#endings.cancelSome(no, { message: 'Its integration was removed.', nowMs }, left);
    }
    return CANCELLED_AT_ONCE - left;
  }

  /** Whether the job is held or dead, its person is not erased, and its integration is still there. */
  mayRepeat(id: JobId): boolean {
    const job = this.#jobs.row(id);
    if (job === undefined || job.erased === 1) return false;
    if (this.#streams.current(job.integration_id) === undefined) return false;
    const open = this.#lines.find(id);
    return open === undefined ? this.#endings.finalState(id) === 'dead' : open.state === 'held';
  }

  /** Puts a held or dead job back as a new one; a held one is thereby cancelled. Undefined when it may not be, or was. */
  repeat(id: JobId, replayId: string, nowMs: number): JobId | undefined {
    const job = this.#jobs.row(id);
    if (job === undefined || !this.mayRepeat(id)) return undefined;
    const again = this.#jobs.repeat(job, replayId, nowMs);
    if (again === undefined) return undefined;
    this.#trail.deliveryUpdated(job.seq, again);
    this.supersede(id, `Sent again as delivery ${again}.`, nowMs);
    return again;
  }

  /** Ends a held job because others take its place. A dead one stays dead. */
  supersede(id: JobId, message: string, nowMs: number): void {
    const held = this.#lines.find(id);
    if (held === undefined) return;
    const { attempts } = held;
    this.#endings.end(held, { to: 'cancelled', code: 'CANCELLED', message, attempts, nowMs });
  }

  /** Jobs were added or set free in these lanes; without them, who knows where. */
  giveHint(lanes?: ReadonlySet<string>): void {
    this.#hints.give(lanes);
  }

  // ------------------------------------------------------------- inside

  #pendingIn(state: 'sending' | 'submitted', lease: Lease): readonly PendingJob[] {
    if (!this.#lanes.isNewest(lease)) return [];
    return this.#inState.all(state, lease.lane).map((row) => this.#jobs.pending(row, lease.lane));
  }

  #resumeLane({ lane, only }: { readonly lane: string; readonly only?: StopScope }, nowMs: number): void {
    const sinceMs = this.#lanes.resume(lane, only);
    if (sinceMs !== undefined) this.#shift(this.#streams.ofLane(lane), sinceMs, nowMs);
  }

  #shift(streams: readonly StreamRow[], since: number, now: number): void {
    for (const { no } of streams) this.#shiftWindow.run({ no, since, now });
  }
}
