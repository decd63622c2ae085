/** Finds events of which less was sent than could be, oldest first, with bounded work. It must not know what becomes of them. */
import type { Database, Statement } from 'better-sqlite3';
import type { Seq } from '../ports/event-log.ts';
import type { EventSelection, EventSurvey, FoundEvent, MissedState } from '../ports/replays.ts';
import { Ascents, positionsWithin, type Stretch } from './ascents.ts';
import { HAS_UNSENT_RULE } from './schema-unsent.ts';

interface FoundRow {
  readonly seq: Seq;
  readonly lane: string | null;
  readonly integration_id: string;
  readonly state: string;
  readonly code: string | null;
  /** Codes of the rules that were refused or lacked a setting, with a comma before and after each. */
  readonly unsent: string | null;
  readonly name: string | null;
  readonly email: string | null;
  readonly received_ms: number;
}

/** Of somebody who was erased no id is left. */
const ROWS = `
SELECT v.seq, st.lane, v.integration_id, v.state, v.code, i.name, i.email, e.received_ms,
  (SELECT ',' || group_concat(value ->> 'code') || ',' FROM json_each(v.detail, '$.rules')
   WHERE type = 'object' AND (value ->> 'outcome' = 'invalid' OR value ->> 'code' = 'ACTION_UNAVAILABLE')) AS unsent
FROM verdicts v
JOIN events e ON e.seq = v.seq
JOIN event_index i ON i.seq = v.seq AND (i.user_id IS NOT NULL OR i.anonymous_id IS NOT NULL)
LEFT JOIN streams st ON st.integration_id = v.integration_id AND st.is_current = 1
WHERE v.seq = ? ORDER BY v.integration_id`;

const ofState = (state: MissedState): string =>
  `SELECT DISTINCT seq FROM verdicts INDEXED BY verdicts_state WHERE state = '${state}' AND seq > ? AND seq <= ?`;

const OF_STATE: Readonly<Record<MissedState, string>> = {
  invalid: ofState('invalid'),
  skipped: ofState('skipped'),
  expired: ofState('expired'),
  dropped: ofState('dropped'),
  mapped: `SELECT DISTINCT seq FROM verdicts INDEXED BY verdicts_unsent
    WHERE state = 'mapped' AND ${HAS_UNSENT_RULE} AND seq > ? AND seq <= ?`,
};
const OF_EMAIL =
  'SELECT DISTINCT seq FROM event_index WHERE email = ? AND email IS NOT NULL AND seq > ? AND seq <= ?';

export class ChosenEvents {
  readonly #rows: Statement<[number], FoundRow>;
  readonly #ascents: Ascents;

  constructor(db: Database) {
    this.#ascents = new Ascents(db, 'seq');
    this.#rows = db.prepare(ROWS);
  }

  survey(selection: EventSelection, after: Seq, limit: number, through: Seq): EventSurvey {
    const seqs = this.#candidates(selection, { after, through, limit });
    const found = seqs.flatMap((seq) =>
      this.#rows.all(seq).flatMap((row) => foundEvent(row, selection) ?? []),
    );
    const last = seqs.at(-1);
    return last === undefined || seqs.length < limit ? { found } : { found, next: last };
  }

  /** By the index that the most telling member leads to. */
  #candidates({ ids, email, states }: EventSelection, stretch: Stretch): readonly Seq[] {
    if (ids !== undefined) return positionsWithin(ids, stretch);
    if (email !== undefined) return this.#ascents.find([OF_EMAIL], stretch, [email]);
    const ways = [...new Set(states)].map((state) => OF_STATE[state]);
    return this.#ascents.find(ways, stretch);
  }
}

function foundEvent(row: FoundRow, selection: EventSelection): FoundEvent | undefined {
  const { states, integrationId, code, event, email, sinceMs } = selection;
  const state = states.find((one) => one === row.state);
  const fits =
    (state !== 'mapped' || row.unsent !== null) &&
    (integrationId === undefined || row.integration_id === integrationId) &&
    (code === undefined || row.code === code || row.unsent?.includes(`,${code},`) === true) &&
    (event === undefined || row.name === event) &&
    (email === undefined || row.email === email) &&
    (sinceMs === undefined || row.received_ms >= sinceMs);
  if (!fits || state === undefined) return undefined;
  return {
    seq: row.seq,
    ...(row.lane === null ? {} : { lane: row.lane }),
    integrationId: row.integration_id,
    state,
    receivedAtMs: row.received_ms,
  };
}
