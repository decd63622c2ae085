/** Jobs as people see them. It must not know how jobs are chosen or sent. */
import type { Database, Statement } from 'better-sqlite3';
import type { OutcomeCode } from '../../../event/outcome.ts';
import type { Seq } from '../../ports/event-log.ts';
import { eventId } from '../../ports/event-log.ts';
import type { FinalJobState, JobId, JobState, OpenJobState } from '../../ports/queue.ts';
import type { DeliveryDetail, DeliveryFilter, DeliverySummary, Page } from '../../ports/reads.ts';
import { decode } from '../codec.ts';
import type { JobRow } from '../queue/jobs.ts';
import { contactsOf } from '../queue/lines.ts';
import { Tries } from '../queue/tries.ts';
import { CLOCK_SLACK_MS, type Descent, page } from './keyset.ts';

interface DeliveryRow extends Omit<JobRow, 'stream' | 'subjects'> {
  readonly event_name: string;
  readonly revision_number: number | null;
  readonly open_state: OpenJobState | null;
  readonly until_ms: number | null;
  readonly open_attempts: number | null;
  readonly open_code: OutcomeCode | null;
  readonly open_message: string | null;
  readonly final_state: FinalJobState | null;
  readonly final_attempts: number | null;
  readonly final_code: OutcomeCode | null;
  readonly final_message: string | null;
  readonly settled_ms: number | null;
  readonly replayed_by: string | null;
}

const OPEN_STATES: readonly string[] = ['waiting', 'sending', 'submitted', 'held'];

const ROW = `
SELECT j.*, coalesce(e.name, e.type, '') AS event_name, r.number AS revision_number,
  q.state AS open_state, q.until_ms, q.attempts AS open_attempts, q.code AS open_code, q.message AS open_message,
  s.state AS final_state, s.attempts AS final_attempts, s.code AS final_code, s.message AS final_message, s.settled_ms,
  p.replay_id AS replayed_by
FROM jobs j
LEFT JOIN queue q ON q.stream = j.stream AND q.id = j.id
LEFT JOIN settled s ON s.id = j.id
LEFT JOIN replayed p ON p.job_id = j.id
LEFT JOIN revisions r ON r.id = j.revision_id
LEFT JOIN event_index e ON e.seq = j.seq
WHERE j.id = ?`;

export class Deliveries {
  readonly #db: Database;
  readonly #scanLimit: number;
  readonly #row: Statement<[number], DeliveryRow>;
  readonly #ofEvent: Statement<[number], number>;
  readonly #tries: Tries;
  readonly #descents = new Map<string, Statement<(string | number)[], number>>();

  constructor(db: Database, scanLimit: number) {
    this.#db = db;
    this.#scanLimit = scanLimit;
    this.#row = db.prepare(ROW);
    this.#ofEvent = db.prepare<[number], number>('SELECT id FROM jobs WHERE seq = ? ORDER BY id').pluck();
    this.#tries = new Tries(db);
  }

  list(filter: DeliveryFilter, limit: number, cursor: string | undefined): Page<DeliverySummary> {
    const oldestMs = (filter.sinceMs ?? 0) - CLOCK_SLACK_MS;
    const load = (id: JobId): DeliverySummary | undefined | 'too old' => {
      const found = this.summary(id);
      if (found !== undefined && found.enqueuedAtMs < oldestMs) return 'too old';
      return found !== undefined && fits(found, filter) ? found : undefined;
    };
    return page('d', this.#descent(filter), load, { limit, scanLimit: this.#scanLimit, cursor });
  }

  detail(id: JobId): DeliveryDetail | undefined {
    const row = this.#row.get(id);
    if (row === undefined) return undefined;
    return {
      ...summaryOf(row),
      payload: decode(row.payload),
      tries: this.#tries.of(id),
    };
  }

  summary(id: JobId): DeliverySummary | undefined {
    const row = this.#row.get(id);
    return row === undefined ? undefined : summaryOf(row);
  }

  ofEvent(seq: Seq): readonly DeliverySummary[] {
    return this.#ofEvent.all(seq).flatMap((id) => this.summary(id) ?? []);
  }

  /** The ids that the most telling member of the filter leads to, by an index. */
  #descent(filter: DeliveryFilter): Descent {
    const { seq, email, code, status, action, integrationId } = filter;
    if (seq !== undefined) return this.#below('SELECT id FROM jobs WHERE seq = ? AND id < ?', [seq]);
    if (email !== undefined) {
      const either = `SELECT id FROM jobs WHERE contact = ? AND id < ?
        UNION SELECT id FROM jobs WHERE other_contact = ? AND other_contact IS NOT NULL AND id < ?`;
      return this.#below(either, [email], [email]);
    }
    if (code !== undefined) {
      const either = `SELECT id FROM settled WHERE code = ? AND id < ?
        UNION SELECT id FROM queue WHERE code = ? AND code IS NOT NULL AND id < ?`;
      return this.#below(either, [code], [code]);
    }
    if (status !== undefined && status.length > 0) {
      const each = status.map(
        (state) =>
          `SELECT id FROM ${OPEN_STATES.includes(state) ? 'queue' : 'settled'} WHERE state = ? AND id < ?`,
      );
      return this.#below(each.join(' UNION '), ...status.map((state) => [state]));
    }
    if (action !== undefined) return this.#below('SELECT id FROM jobs WHERE action = ? AND id < ?', [action]);
    if (integrationId !== undefined)
      return this.#below('SELECT id FROM jobs WHERE integration_id = ? AND id < ?', [integrationId]);
    return this.#below('SELECT id FROM jobs WHERE id < ?', []);
  }

  /** Each group of parameters is followed by `before`. */
  #below(sql: string, ...groups: readonly (readonly (string | number)[])[]): Descent {
    let statement = this.#descents.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare<(string | number)[], number>(`${sql} ORDER BY id DESC LIMIT ?`).pluck();
      this.#descents.set(sql, statement);
    }
    const prepared = statement;
    return (before, limit) => prepared.all(...groups.flatMap((group) => [...group, before]), limit);
  }
}

function fits(delivery: DeliverySummary, filter: DeliveryFilter): boolean {
  const { seq, email, code, status, action, integrationId, sinceMs, isReplayed } = filter;
  return (
    (seq === undefined || delivery.seq === seq) &&
    (email === undefined || delivery.contacts.includes(email)) &&
    (code === undefined || delivery.code === code) &&
    (status === undefined || status.includes(delivery.state)) &&
    (action === undefined || delivery.action === action) &&
    (integrationId === undefined || delivery.integrationId === integrationId) &&
    (sinceMs === undefined || delivery.enqueuedAtMs >= sinceMs) &&
    (isReplayed === undefined || isReplayed === (delivery.replayedBy !== undefined))
  );
}

function summaryOf(row: DeliveryRow): DeliverySummary {
  const code = row.final_code ?? row.open_code;
  const message = row.final_state === null ? row.open_message : row.final_message;
  return {
    id: row.id,
    seq: row.seq,
    eventId: eventId(row.seq),
    eventName: row.event_name,
    integrationId: row.integration_id,
    templateId: row.template_id,
    revisionId: row.revision_id,
    revisionNumber: row.revision_number ?? 0,
    rule: row.rule,
    replayId: row.replay_id,
    ...(row.replayed_by === null ? {} : { replayedBy: row.replayed_by }),
    action: row.action,
    contacts: contactsOf(row),
    state: stateOf(row),
    ...(code === null ? {} : { code }),
    ...(message === null ? {} : { message }),
    attempts: row.final_attempts ?? row.open_attempts ?? 0,
    enqueuedAtMs: row.enqueued_ms,
    ...(row.settled_ms === null ? {} : { settledAtMs: row.settled_ms }),
    ...(row.until_ms === null || row.until_ms === 0 ? {} : { nextAtMs: row.until_ms }),
  };
}

function stateOf(row: DeliveryRow): JobState {
  const state = row.final_state ?? row.open_state;
  if (state === null) throw new Error(`Job ${row.id} is neither open nor settled.`);
  return state;
}
