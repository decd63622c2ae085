/** The port of erasure on SQLite: who is meant, and forgetting them piece by piece. It must not know any vendor. */
import type { Database, Statement } from 'better-sqlite3';
import {
  type Deletion,
  ERASE_ACTION,
  type Erasure,
  type ErasureRecord,
  type ErasureRequest,
  type FoundPerson,
  type NewErasure,
  type Person,
} from '../ports/erasure.ts';
import type { Seq } from '../ports/event-log.ts';
import type { ConsentSubject } from '../ports/ledger.ts';
import type { JobId } from '../ports/queue.ts';
import { decode, encode } from './codec.ts';
import { ConsentHistory } from './consent-history.ts';
import type { GroupCommit } from './group-commit.ts';
import { PersonSearch } from './person-search.ts';
import { eraseStream } from './queue/erase-lines.ts';
import type { SqliteQueue } from './queue/sqlite-queue.ts';
import { Scrub } from './scrub.ts';
import type { Tombstones } from './tombstones.ts';
import type { Trail } from './trail.ts';

export interface ErasureParts {
  readonly group: GroupCommit;
  readonly queue: SqliteQueue;
  readonly trail: Trail;
  readonly tombstones: Tombstones;
  /** Copies the write-ahead log into the file and empties it. */
  readonly checkpoint: () => Promise<void>;
}

interface ErasureRow {
  readonly id: string;
  readonly through: number;
  readonly sealed: string | null;
  readonly events: number;
  readonly deliveries: number;
  readonly decisions: number;
  readonly cancelled: number;
  readonly deletions: string;
  readonly created_ms: number;
  readonly finished_ms: number | null;
}

type Counts = Pick<ErasureRow, 'events' | 'deliveries' | 'decisions' | 'cancelled'>;

/** Rows of each kind in one commit. */
const PIECE = 200;
const NO_COUNTS: Counts = { events: 0, deliveries: 0, decisions: 0, cancelled: 0 };

export class SqliteErasure implements Erasure {
  readonly #parts: ErasureParts;
  readonly #search: PersonSearch;
  readonly #scrub: Scrub;
  readonly #history: ConsentHistory;
  readonly #head: Statement<[], number>;
  readonly #cursor: Statement<[], number>;
  readonly #bumpVersion: Statement<[]>;
  readonly #insert: Statement<[string, number, string, string, number]>;
  readonly #setDeletions: Statement<[string, string]>;
  readonly #count: Statement<[Counts & { id: string }]>;
  readonly #row: Statement<[string], ErasureRow>;
  readonly #finish: Statement<[number, string]>;
  readonly #unfinished: Statement<[], { readonly id: string; readonly sealed: string }>;
  readonly #forgetReplays: Statement<[{ nowMs: number; email: string }]>;
  readonly #forgetLink: Statement<[string, string, number]>;
  readonly #forgetLinksOf: Statement<[string, string, number]>;
  readonly #forgetDecisions: Statement<[string, string, number]>;

  constructor(db: Database, parts: ErasureParts) {
    this.#parts = parts;
    this.#search = new PersonSearch(db);
    this.#scrub = new Scrub(db, parts.tombstones, parts.trail);
    this.#history = new ConsentHistory(db);
    this.#head = db
      .prepare<[], number>("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)")
      .pluck();
    this.#cursor = db.prepare<[], number>("SELECT value FROM meta WHERE name = 'cursor'").pluck();
    this.#bumpVersion = db.prepare("UPDATE meta SET value = value + 1 WHERE name = 'config_version'");
    this.#insert = db.prepare(
      'INSERT INTO erasures (id, through, sealed, deletions, created_ms) VALUES (?, ?, ?, ?, ?)',
    );
    this.#setDeletions = db.prepare('UPDATE erasures SET deletions = ? WHERE id = ?');
    this.#count = db.prepare(
      `UPDATE erasures SET events = events + @events, deliveries = deliveries + @deliveries,
       decisions = decisions + @decisions, cancelled = cancelled + @cancelled WHERE id = @id`,
    );
    this.#row = db.prepare('SELECT * FROM erasures WHERE id = ?');
    this.#finish = db.prepare(
      'UPDATE erasures SET sealed = NULL, finished_ms = ? WHERE id = ? AND sealed IS NOT NULL',
    );
    this.#unfinished = db.prepare(
      'SELECT id, sealed FROM erasures INDEXED BY erasures_running WHERE sealed IS NOT NULL ORDER BY id',
    );
    this.#forgetReplays = db.prepare(
      `UPDATE replays SET selection = iif(selection ->> '$.of' IS NULL, '{"states":[]}', '{"of":"events","states":[]}'), finished_ms = coalesce(finished_ms, @nowMs),
       state = iif(state = 'running', 'cancelled', state) WHERE selection ->> '$.email' = @email`,
    );
    this.#forgetLink = db.prepare('DELETE FROM links WHERE pipeline_id = ? AND key = ? AND seq <= ?');
    this.#forgetLinksOf = db.prepare('DELETE FROM links WHERE pipeline_id = ? AND email = ? AND seq <= ?');
    this.#forgetDecisions = db.prepare(
      'DELETE FROM decisions WHERE pipeline_id = ? AND subject = ? AND seq <= ?',
    );
  }

  async find(request: ErasureRequest): Promise<FoundPerson> {
    return this.#search.find(request);
  }

  begin({ id, person, sealed, deletions, nowMs }: NewErasure): Promise<ErasureRecord> {
    const { group, queue, tombstones } = this.#parts;
    return group.submit(
      () => {
        const through = this.#head.get() ?? 0;
        this.#insert.run(id, through, sealed, '[]', nowMs);
        for (const subject of subjectsOf(person)) tombstones.put(subject, through, nowMs);
        // A step of processing that was computed before this is refused, and computed again with the tombstones.
        this.#bumpVersion.run();
        for (const email of person.emails) this.#forgetReplays.run({ nowMs, email });
        const open = this.#search.openJobs(person.emails);
        const cancelled = open.filter((job) => this.#scrub.job(job, nowMs)).length;
        this.#count.run({ ...NO_COUNTS, deliveries: open.length, cancelled, id });
        const made = deletions.map((deletion, index) => this.#delete(id, deletion, index, nowMs));
        this.#setDeletions.run(encode(made), id);
        return this.#must(id);
      },
      () => queue.giveHint(),
    );
  }

  step(id: string, person: Person, nowMs: number): Promise<boolean> {
    return this.#parts.group.submit(() => {
      const row = this.#row.get(id);
      if (row === undefined || row.sealed === null) return false;
      const events = this.#search.events(person, row.through, PIECE);
      const jobs = events.length === 0 ? this.#search.jobs(person.emails, row.through, PIECE) : [];
      const counts = { ...NO_COUNTS, ...this.#erase(events, jobs, nowMs) };
      const isUnprocessed = (this.#cursor.get() ?? 0) < row.through;
      const isMore = events.length > 0 || jobs.length > 0 || isUnprocessed;
      const decisions = isMore ? 0 : this.#forgetWhatWasLearnt(person, row.through);
      this.#count.run({ ...counts, decisions, id });
      return isMore;
    });
  }

  async finish(id: string, nowMs: number): Promise<ErasureRecord> {
    const record = await this.#parts.group.submit(() => {
      this.#finish.run(nowMs, id);
      return this.#must(id);
    });
    await this.#parts.checkpoint();
    return record;
  }

  async get(id: string): Promise<ErasureRecord | undefined> {
    const row = this.#row.get(id);
    return row === undefined ? undefined : recordOf(row);
  }

  async unfinished(): Promise<readonly { readonly id: string; readonly sealed: string }[]> {
    return this.#unfinished.all();
  }

  #erase(events: readonly Seq[], jobs: readonly JobId[], nowMs: number): Partial<Counts> {
    const erased = events.map((seq) => this.#scrub.event(seq, nowMs));
    const cancelled = jobs.filter((job) => this.#scrub.job(job, nowMs)).length;
    const sum = (name: 'jobs' | 'cancelled'): number => erased.reduce((all, one) => all + one[name], 0);
    return {
      events: events.length,
      deliveries: sum('jobs') + jobs.length,
      cancelled: sum('cancelled') + cancelled,
    };
  }

  /** Last, because it is what leads to everything else. What waits for an address went with its event. */
  #forgetWhatWasLearnt(person: Person, through: Seq): number {
    let decisions = 0;
    for (const pipelineId of this.#search.pipelines()) {
      for (const email of person.emails) this.#forgetLinksOf.run(pipelineId, email, through);
      for (const subject of subjectsOf(person)) {
        decisions += this.#forgetDecisions.run(pipelineId, subject, through).changes;
        this.#history.forget(pipelineId, subject, through);
        if (subject.startsWith('e:')) continue;
        this.#forgetLink.run(pipelineId, subject, through);
      }
    }
    return decisions;
  }

  #delete(
    id: string,
    deletion: Deletion,
    index: number,
    nowMs: number,
  ): { templateId: string; jobId: JobId } {
    const { lane, templateId, email, payload } = deletion;
    const jobId = this.#parts.queue.addOne({
      lane,
      templateId,
      payload,
      pipelineId: '',
      integrationId: eraseStream(templateId),
      revisionId: '',
      seq: 0,
      rule: `erase ${index + 1}`,
      replayId: id,
      action: ERASE_ACTION,
      contacts: [this.#parts.tombstones.pseudonym(email)],
      subjects: [],
      enqueuedAtMs: nowMs,
    });
    return { templateId, jobId };
  }

  #must(id: string): ErasureRecord {
    const row = this.#row.get(id);
    if (row === undefined) throw new Error(`The erasure ${id} is not known.`);
    return recordOf(row);
  }
}

function subjectsOf({ emails, userIds, anonymousIds }: Person): readonly ConsentSubject[] {
  return [
    ...emails.map((email) => `e:${email}` as const),
    ...userIds.map((id) => `u:${id}` as const),
    ...anonymousIds.map((id) => `a:${id}` as const),
  ];
}

function recordOf(row: ErasureRow): ErasureRecord {
  const { id, events, deliveries, decisions, cancelled } = row;
  return {
    id,
    state: row.sealed === null ? 'done' : 'running',
    events,
    deliveries,
    decisions,
    cancelled,
    deletions: decode(row.deletions),
    createdAtMs: row.created_ms,
    ...(row.finished_ms === null ? {} : { finishedAtMs: row.finished_ms }),
  };
}
