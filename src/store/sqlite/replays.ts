/** The port of replays on SQLite: what is asked for, how far it is, and its steps. It must not know how events are mapped. */
import type { Database, Statement } from 'better-sqlite3';
import { Failure } from '../../event/failure.ts';
import type { Seq } from '../ports/event-log.ts';
import type { JobId } from '../ports/queue.ts';
import type { Page } from '../ports/reads.ts';
import {
  type EventSelection,
  type EventSurvey,
  isOfEvents,
  type JobSelection,
  type MadeJob,
  type NewReplay,
  type Replay,
  type ReplayMapping,
  type ReplayState,
  type ReplayStep,
  type Replays,
  type Survey,
} from '../ports/replays.ts';
import { ChosenEvents } from './chosen-events.ts';
import { decode, encode } from './codec.ts';
import type { GroupCommit } from './group-commit.ts';
import { Hints } from './hints.ts';
import { ChosenJobs } from './queue/chosen-jobs.ts';
import { contactsOf } from './queue/lines.ts';
import type { SqliteQueue } from './queue/sqlite-queue.ts';
import { page } from './reads/keyset.ts';
import type { Trail } from './trail.ts';
import { Verdicts } from './verdicts.ts';

interface ReplayRow {
  readonly no: number;
  readonly id: string;
  readonly state: ReplayState;
  readonly mapping: ReplayMapping;
  readonly selection: string;
  readonly total: number;
  readonly done: number;
  readonly skipped: number;
  readonly position: number;
  readonly through: number;
  readonly created_ms: number;
  readonly finished_ms: number | null;
  readonly message: string | null;
}

interface MadeRow extends Omit<MadeJob, 'payload' | 'contacts'> {
  readonly payload: string;
  readonly contact: string;
  readonly other_contact: string | null;
}

/** Rows that one page of the list looks at. */
const LIST_SCAN = 1_000;

export class SqliteReplays implements Replays {
  readonly #group: GroupCommit;
  readonly #queue: SqliteQueue;
  readonly #trail: Trail;
  readonly #chosen: ChosenJobs;
  readonly #chosenEvents: ChosenEvents;
  readonly #verdicts: Verdicts;
  readonly #hints = new Hints();
  readonly #insert: Statement<[string, string, string, number, number, number]>;
  readonly #newestJob: Statement<[], number>;
  readonly #cursor: Statement<[], number>;
  readonly #byId: Statement<[string], ReplayRow>;
  readonly #byNo: Statement<[number], ReplayRow>;
  readonly #below: Statement<[number, number], number>;
  readonly #running: Statement<[], ReplayRow>;
  readonly #advance: Statement<[number, number, number, string]>;
  readonly #end: Statement<[string, number, string | null, string]>;
  readonly #markReplayed: Statement<[number, string]>;
  readonly #version: Statement<[], number>;
  readonly #made: Statement<[number, string], MadeRow>;
  readonly #nameAddress: Statement<[string, number]>;
  readonly #isErased: Statement<[number], number>;

  constructor(db: Database, group: GroupCommit, queue: SqliteQueue, trail: Trail) {
    this.#group = group;
    this.#queue = queue;
    this.#trail = trail;
    this.#chosen = new ChosenJobs(db);
    this.#chosenEvents = new ChosenEvents(db);
    this.#verdicts = new Verdicts(db);
    this.#insert = db.prepare(
      `INSERT INTO replays (id, state, mapping, selection, total, through, created_ms)
       VALUES (?, 'running', ?, ?, ?, ?, ?)`,
    );
    this.#newestJob = db
      .prepare<[], number>("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'jobs'), 0)")
      .pluck();
    this.#cursor = db.prepare<[], number>("SELECT value FROM meta WHERE name = 'cursor'").pluck();
    this.#byId = db.prepare('SELECT * FROM replays WHERE id = ?');
    this.#byNo = db.prepare('SELECT * FROM replays WHERE no = ?');
    this.#below = db
      .prepare<[number, number], number>('SELECT no FROM replays WHERE no < ? ORDER BY no DESC LIMIT ?')
      .pluck();
    this.#running = db.prepare("SELECT * FROM replays WHERE state = 'running'");
    this.#advance = db.prepare(
      'UPDATE replays SET position = ?, done = done + ?, skipped = skipped + ? WHERE id = ?',
    );
    this.#end = db.prepare(
      "UPDATE replays SET state = ?, finished_ms = ?, message = ? WHERE id = ? AND state = 'running'",
    );
    this.#markReplayed = db.prepare('INSERT INTO replayed VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.#version = db.prepare<[], number>("SELECT value FROM meta WHERE name = 'config_version'").pluck();
    this.#made = db.prepare(
      `SELECT id, rule, action, payload, contact, other_contact FROM jobs WHERE seq = ? AND integration_id = ?
       AND NOT EXISTS (SELECT 1 FROM replayed WHERE job_id = id) ORDER BY id`,
    );
    this.#isErased = db
      .prepare<[number], number>(
        'SELECT user_id IS NULL AND anonymous_id IS NULL FROM event_index WHERE seq = ?',
      )
      .pluck();
    this.#nameAddress = db.prepare('UPDATE event_index SET email = ? WHERE seq = ? AND email IS NULL');
  }

  async survey(
    selection: JobSelection,
    after: JobId,
    limit: number,
    through: JobId = Number.MAX_SAFE_INTEGER,
  ): Promise<Survey> {
    return this.#chosen.survey(selection, after, limit, through);
  }

  async surveyEvents(
    selection: EventSelection,
    after: Seq,
    limit: number,
    through: Seq = Number.MAX_SAFE_INTEGER,
  ): Promise<EventSurvey> {
    return this.#chosenEvents.survey(selection, after, limit, through);
  }

  create({ id, mapping, selection, total, createdAtMs }: NewReplay): Promise<Replay> {
    return this.#group.submit(
      () => {
        const running = this.#running.get();
        if (running !== undefined) {
          throw new Failure(
            'CONFLICT',
            `The replay ${running.id} is running, and there is one at a time. Wait for it, or cancel it.`,
          );
        }
        const newest = isOfEvents(selection) ? this.#cursor : this.#newestJob;
        this.#insert.run(id, mapping, encode(selection), total, newest.get() ?? 0, createdAtMs);
        return this.#must(id);
      },
      () => this.#hints.give(),
    );
  }

  async get(id: string): Promise<Replay | undefined> {
    const row = this.#byId.get(id);
    return row === undefined ? undefined : replayOf(row);
  }

  async list(limit: number, cursor?: string): Promise<Page<Replay>> {
    const load = (no: number): Replay | undefined => {
      const row = this.#byNo.get(no);
      return row === undefined ? undefined : replayOf(row);
    };
    return page('r', (before, count) => this.#below.all(before, count), load, {
      limit,
      scanLimit: LIST_SCAN,
      cursor,
    });
  }

  async running(): Promise<Replay | undefined> {
    const row = this.#running.get();
    return row === undefined ? undefined : replayOf(row);
  }

  advance(step: ReplayStep): Promise<boolean> {
    return this.#group.submit(
      () => this.#apply(step),
      (isApplied) => {
        if (isApplied) this.#queue.giveHint();
      },
    );
  }

  finish(
    id: string,
    end: { readonly state: 'done' | 'failed'; readonly message?: string },
    nowMs: number,
  ): Promise<void> {
    return this.#group.submit(() => void this.#end.run(end.state, nowMs, end.message ?? null, id));
  }

  cancel(id: string, nowMs: number): Promise<boolean> {
    return this.#group.submit(() => this.#end.run('cancelled', nowMs, null, id).changes > 0);
  }

  async madeOf(integrationId: string, seq: Seq): Promise<readonly MadeJob[]> {
    return this.#made.all(seq, integrationId).map(({ id, rule, action, payload, ...row }) => ({
      id,
      rule,
      action,
      payload: decode(payload),
      contacts: contactsOf(row),
    }));
  }

  onCreate(hint: () => void): () => void {
    return this.#hints.listen(hint);
  }

  #apply(step: ReplayStep): boolean {
    const { id, from, to, repeated, remapped, events, nowMs, configVersion } = step;
    const row = this.#byId.get(id);
    if (row?.state !== 'running' || row.position !== from) return false;
    if (configVersion !== undefined && configVersion !== this.#version.get()) return false;
    let done = 0;
    const sent = new Set<Seq>();
    for (const job of repeated) {
      if (this.#queue.repeat(job, id, nowMs) === undefined) continue;
      this.#markReplayed.run(job, id);
      done += 1;
    }
    for (const { job, jobs } of remapped) {
      if (!this.#queue.mayRepeat(job) || this.#queue.add(jobs) === 0) continue;
      this.#queue.supersede(job, `Mapped anew by the replay ${id}.`, nowMs);
      this.#markReplayed.run(job, id);
      done += 1;
    }
    for (const { verdict, jobs, email } of events) {
      if (this.#isErased.get(verdict.seq) !== 0 || this.#queue.add(jobs) === 0) continue;
      this.#verdicts.put(verdict);
      this.#trail.judged([verdict]);
      sent.add(verdict.seq);
      const address = email ?? jobs[0]?.contacts[0];
      if (address !== undefined) this.#nameAddress.run(address, verdict.seq);
    }
    for (const seq of sent) this.#trail.eventProcessed(seq);
    done += sent.size;
    const all = repeated.length + remapped.length + new Set(events.map(({ verdict }) => verdict.seq)).size;
    const skipped = step.skipped + all - done;
    this.#advance.run(to, done, skipped, id);
    return true;
  }

  #must(id: string): Replay {
    const row = this.#byId.get(id);
    if (row === undefined) throw new Error(`The replay ${id} was not stored.`);
    return replayOf(row);
  }
}

function replayOf(row: ReplayRow): Replay {
  return {
    id: row.id,
    state: row.state,
    mapping: row.mapping,
    selection: decode(row.selection),
    total: row.total,
    done: row.done,
    skipped: row.skipped,
    position: row.position,
    through: row.through,
    createdAtMs: row.created_ms,
    ...(row.finished_ms === null ? {} : { finishedAtMs: row.finished_ms }),
    ...(row.message === null ? {} : { message: row.message }),
  };
}
