/** What jobs are: written once, read whole. It must not know the order in which they leave. */
import type { Database, Statement } from 'better-sqlite3';
import type { JobId, NewJob, PendingJob } from '../../ports/queue.ts';
import { decode, encode } from '../codec.ts';
import { contactsOf, type Lines, type QueueRow } from './lines.ts';
import type { Streams } from './streams.ts';

export interface JobRow {
  readonly id: JobId;
  readonly stream: number;
  readonly pipeline_id: string;
  readonly integration_id: string;
  readonly template_id: string;
  readonly revision_id: string;
  readonly seq: number;
  readonly rule: string;
  readonly replay_id: string;
  readonly action: string;
  readonly contact: string;
  readonly other_contact: string | null;
  readonly subjects: string;
  readonly payload: string;
  readonly enqueued_ms: number;
  readonly erased: 0 | 1;
}

type FreshRow = Omit<JobRow, 'id' | 'erased'>;

export class Jobs {
  readonly #lines: Lines;
  readonly #streams: Streams;
  readonly #insert: Statement<[FreshRow]>;
  readonly #row: Statement<[number], JobRow>;
  readonly #setStream: Statement<[number, number]>;

  constructor(db: Database, lines: Lines, streams: Streams) {
    this.#lines = lines;
    this.#streams = streams;
    this.#insert = db.prepare(
      `INSERT INTO jobs (stream, pipeline_id, integration_id, template_id, revision_id, seq, rule, replay_id, action,
       contact, other_contact, subjects, payload, enqueued_ms)
       VALUES (@stream, @pipeline_id, @integration_id, @template_id, @revision_id, @seq, @rule, @replay_id, @action,
       @contact, @other_contact, @subjects, @payload, @enqueued_ms)
       ON CONFLICT (seq, integration_id, rule, replay_id) DO NOTHING`,
    );
    this.#row = db.prepare('SELECT * FROM jobs WHERE id = ?');
    this.#setStream = db.prepare('UPDATE jobs SET stream = ? WHERE id = ?');
  }

  row(id: JobId): JobRow | undefined {
    return this.#row.get(id);
  }

  /** A job that was made before (same integration, event, rule and replay) is left as it is: undefined. */
  add(job: NewJob): JobId | undefined {
    const [contact, other] = job.contacts;
    return this.#add({
      stream: this.#streams.enter(job.lane, job.integrationId, job.templateId),
      pipeline_id: job.pipelineId,
      integration_id: job.integrationId,
      template_id: job.templateId,
      revision_id: job.revisionId,
      seq: job.seq,
      rule: job.rule,
      replay_id: job.replayId,
      action: job.action,
      contact,
      other_contact: other === undefined || other === contact ? null : other,
      subjects: encode(job.subjects),
      payload: encode(job.payload),
      enqueued_ms: job.enqueuedAtMs,
    });
  }

  /** The same job once more at the end of its lines, on the lane where the integration is now. */
  repeat(job: JobRow, replayId: string, nowMs: number): JobId | undefined {
    const stream = this.#streams.current(job.integration_id)?.no ?? job.stream;
    return this.#add({ ...job, stream, replay_id: replayId, enqueued_ms: nowMs });
  }

  /** Takes an open job, as it is, into another stream. */
  relocate(row: QueueRow, stream: number): void {
    this.#lines.remove(row);
    this.#setStream.run(stream, row.id);
    this.#lines.add({ ...row, stream });
  }

  pending(row: QueueRow, lane: string): PendingJob {
    const job = this.#row.get(row.id);
    if (job === undefined) throw new Error(`Job ${row.id} stands in the queue but is not known.`);
    return {
      id: row.id,
      lane,
      pipelineId: job.pipeline_id,
      integrationId: job.integration_id,
      templateId: job.template_id,
      revisionId: job.revision_id,
      seq: job.seq,
      rule: job.rule,
      replayId: job.replay_id,
      action: job.action,
      payload: decode(job.payload),
      contacts: contactsOf(row),
      subjects: decode(job.subjects),
      enqueuedAtMs: job.enqueued_ms,
      state: row.state,
      attempts: row.attempts,
      ...(row.first_attempt_ms === null ? {} : { firstAttemptAtMs: row.first_attempt_ms }),
      ...(row.batch_id === null ? {} : { batchId: row.batch_id }),
    };
  }

  #add(job: FreshRow): JobId | undefined {
    const { changes, lastInsertRowid } = this.#insert.run(job);
    if (changes === 0) return undefined;
    const id = Number(lastInsertRowid);
    this.#lines.add({
      stream: job.stream,
      id,
      seq: job.seq,
      state: 'waiting',
      until_ms: 0,
      attempts: 0,
      first_attempt_ms: null,
      contact: job.contact,
      other_contact: job.other_contact,
      code: null,
      message: null,
      batch_id: null,
      action: job.action,
    });
    return id;
  }
}
