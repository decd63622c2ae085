/** Finds jobs that somebody wants to repair, oldest first, with bounded work. It must not know what becomes of them. */
import type { Database, Statement } from 'better-sqlite3';
import type { OutcomeCode } from '../../../event/outcome.ts';
import type { JobId } from '../../ports/queue.ts';
import type { FoundJob, JobSelection, RepairState, Survey } from '../../ports/replays.ts';
import { Ascents, positionsWithin, type Stretch } from '../ascents.ts';

interface FoundRow {
  readonly id: JobId;
  readonly seq: number;
  readonly lane: string;
  readonly integration_id: string;
  readonly rule: string;
  readonly action: string;
  readonly contact: string;
  readonly other_contact: string | null;
  readonly enqueued_ms: number;
  readonly settled_ms: number | null;
  readonly state: string;
  readonly code: OutcomeCode | null;
  readonly is_erased: 0 | 1;
  readonly is_replayed: 0 | 1;
  readonly bytes: number;
}

const ROW = `
SELECT j.id, j.seq, st.lane, j.integration_id, j.rule, j.action, j.contact, j.other_contact, j.enqueued_ms, s.settled_ms,
  coalesce(s.state, q.state) AS state, coalesce(s.code, q.code) AS code, j.erased AS is_erased,
  r.job_id IS NOT NULL AS is_replayed, octet_length(j.payload) AS bytes
FROM jobs j
JOIN streams st ON st.no = j.stream
LEFT JOIN queue q ON q.stream = j.stream AND q.id = j.id
LEFT JOIN settled s ON s.id = j.id
LEFT JOIN replayed r ON r.job_id = j.id
WHERE j.id = ?`;

const OF_STATE: Readonly<Record<RepairState, string>> = {
  waiting:
    "SELECT DISTINCT id FROM queue INDEXED BY queue_state WHERE state = 'waiting' AND id > ? AND id <= ?",
  held: "SELECT DISTINCT id FROM queue INDEXED BY queue_state WHERE state = 'held' AND id > ? AND id <= ?",
  dead: "SELECT DISTINCT id FROM settled INDEXED BY settled_state WHERE state = 'dead' AND id > ? AND id <= ?",
};
const OF_CONTACT = [
  'SELECT DISTINCT id FROM jobs WHERE contact = ? AND id > ? AND id <= ?',
  'SELECT DISTINCT id FROM jobs WHERE other_contact = ? AND other_contact IS NOT NULL AND id > ? AND id <= ?',
];

export class ChosenJobs {
  readonly #row: Statement<[number], FoundRow>;
  readonly #ascents: Ascents;

  constructor(db: Database) {
    this.#ascents = new Ascents(db, 'id');
    this.#row = db.prepare(ROW);
  }

  survey(selection: JobSelection, after: JobId, limit: number, through: JobId): Survey {
    const ids = this.#candidates(selection, { after, through, limit });
    const found = ids.flatMap((id) => {
      const row = this.#row.get(id);
      return row === undefined ? [] : (foundJob(row, selection) ?? []);
    });
    const last = ids.at(-1);
    return last === undefined || ids.length < limit ? { found } : { found, next: last };
  }

  /** By the index that the most telling member leads to. */
  #candidates({ ids, email, states }: JobSelection, stretch: Stretch): readonly JobId[] {
    if (ids !== undefined) return positionsWithin(ids, stretch);
    if (email !== undefined) return this.#ascents.find(OF_CONTACT, stretch, [email]);
    const ways = [...new Set(states)].map((state) => OF_STATE[state]);
    return this.#ascents.find(ways, stretch);
  }
}

function foundJob(row: FoundRow, selection: JobSelection): FoundJob | undefined {
  const { integrationId, action, code, email, sinceMs, states } = selection;
  const state = states.find((one) => one === row.state);
  const fits =
    row.is_erased === 0 &&
    (state !== 'dead' || row.is_replayed === 0) &&
    (integrationId === undefined || row.integration_id === integrationId) &&
    (action === undefined || row.action === action) &&
    (code === undefined || row.code === code) &&
    (email === undefined || row.contact === email || row.other_contact === email) &&
    (sinceMs === undefined || row.enqueued_ms >= sinceMs);
  if (!fits || state === undefined) return undefined;
  return {
    id: row.id,
    seq: row.seq,
    lane: row.lane,
    integrationId: row.integration_id,
    rule: row.rule,
    action: row.action,
    state,
    ...(row.code === null ? {} : { code: row.code }),
    enqueuedAtMs: row.enqueued_ms,
    changedAtMs: row.settled_ms ?? row.enqueued_ms,
    bytes: row.bytes,
  };
}
