/** Events as people see them, with what became of them. It must not know how verdicts are reached. */
import type { Database, Statement } from 'better-sqlite3';
import { parseEmail } from '../../../event/email.ts';
import type { OutcomeCode } from '../../../event/outcome.ts';
import type { Seq } from '../../ports/event-log.ts';
import type { EventFilter, EventSummary, Page } from '../../ports/reads.ts';
import type { Verdict, VerdictState } from '../../ports/steps.ts';
import { decode } from '../codec.ts';
import { type EventRow, loggedEvent } from '../event-log.ts';
import type { Deliveries } from './deliveries.ts';
import { CLOCK_SLACK_MS, type Descent, page } from './keyset.ts';
import { MessageSearch } from './message-search.ts';

interface VerdictRow {
  readonly seq: number;
  readonly integration_id: string;
  readonly state: VerdictState;
  readonly code: OutcomeCode | null;
  readonly detail: string | null;
  readonly revision_id: string | null;
}

/** Names that one search follows at most: far more than a beginning of some letters leaves. */
const MAX_LIKE_NAMES = 20;

/** The different names, from one to the next by the index; a thousand is more than a site that names its events has. */
const NAMES = `
WITH RECURSIVE n (name) AS (
  SELECT min(name) FROM event_index WHERE name IS NOT NULL
  UNION ALL SELECT (SELECT min(name) FROM event_index WHERE name > n.name) FROM n WHERE n.name IS NOT NULL)
SELECT name FROM n WHERE name IS NOT NULL LIMIT 1000`;

export class Events {
  readonly #db: Database;
  readonly #deliveries: Deliveries;
  readonly #scanLimit: number;
  readonly #row: Statement<
    [number],
    EventRow & { readonly email: string | null; readonly indexed: number | null }
  >;
  readonly #verdicts: Statement<[number], VerdictRow>;
  readonly #names: Statement<[], string>;
  readonly #messages: MessageSearch;
  readonly #descents = new Map<string, Statement<(string | number)[], number>>();

  constructor(db: Database, deliveries: Deliveries, scanLimit: number) {
    this.#db = db;
    this.#deliveries = deliveries;
    this.#scanLimit = scanLimit;
    this.#row = db.prepare(
      `SELECT e.seq, e.pipeline_id, e.received_ms, e.body, i.email, i.seq AS indexed FROM events e LEFT JOIN event_index i ON i.seq = e.seq WHERE e.seq = ?`,
    );
    this.#messages = new MessageSearch(db);
    this.#names = db.prepare<[], string>(NAMES).pluck();
    this.#verdicts = db.prepare('SELECT * FROM verdicts WHERE seq = ? ORDER BY integration_id');
  }

  list(filter: EventFilter, limit: number, cursor: string | undefined): Page<EventSummary> {
    const oldestMs = (filter.sinceMs ?? 0) - CLOCK_SLACK_MS;
    const load = (seq: Seq): EventSummary | undefined | 'too old' => {
      const found = this.one(seq);
      if (found !== undefined && found.receivedAtMs < oldestMs) return 'too old';
      return found !== undefined && fits(found, filter) ? found : undefined;
    };
    return page('e', this.#descent(filter), load, { limit, scanLimit: this.#scanLimit, cursor });
  }

  one(seq: Seq): EventSummary | undefined {
    const row = this.#row.get(seq);
    if (row === undefined) return undefined;
    return {
      ...loggedEvent(row),
      ...(row.email === null ? {} : { email: row.email }),
      verdicts: this.#verdicts.all(seq).map(verdictOf),
      jobs: this.#deliveries.ofEvent(seq),
    };
  }

  /** The positions that the most telling member of the filter leads to, by an index. */
  #descent(filter: EventFilter): Descent {
    const { user, email, status, event, integrationId, type, text } = filter;
    if (text !== undefined) return this.#matching(text);
    if (user !== undefined) {
      const either = `SELECT seq FROM event_index WHERE user_id = ? AND user_id IS NOT NULL AND seq < ?
        UNION SELECT seq FROM event_index WHERE anonymous_id = ? AND anonymous_id IS NOT NULL AND seq < ?`;
      return this.#below(either, [user], [user]);
    }
    if (email !== undefined)
      return this.#below('SELECT seq FROM event_index WHERE email = ? AND email IS NOT NULL AND seq < ?', [
        email,
      ]);
    if (status !== undefined) {
      const either = `SELECT seq FROM verdicts WHERE state = ? AND seq < ?
        UNION SELECT seq FROM queue WHERE state = ? AND seq < ?
        UNION SELECT seq FROM settled WHERE state = ? AND seq < ?`;
      return this.#below(either, [status], [status], [status]);
    }
    if (event !== undefined)
      return this.#below('SELECT seq FROM event_index WHERE name = ? AND name IS NOT NULL AND seq < ?', [
        event,
      ]);
    if (integrationId !== undefined)
      return this.#below('SELECT seq FROM verdicts WHERE integration_id = ? AND seq < ?', [integrationId]);
    if (type !== undefined)
      return this.#below('SELECT seq FROM event_index WHERE type = ? AND seq < ?', [type]);
    return this.#below('SELECT seq FROM events WHERE seq < ?', []);
  }

  /** Events of the person with this id or address, and of the names that begin so. */
  #matching(text: string): Descent {
    const names = namesLike(this.#names.all(), text);
    const messages = this.#messages.find(text);
    const either = [
      'SELECT seq FROM event_index WHERE user_id = ? AND user_id IS NOT NULL AND seq < ?',
      'SELECT seq FROM event_index WHERE anonymous_id = ? AND anonymous_id IS NOT NULL AND seq < ?',
      'SELECT seq FROM event_index WHERE email = ? AND email IS NOT NULL AND seq < ?',
      ...messages.map(() => 'SELECT seq FROM events WHERE seq = ? AND seq < ?'),
      ...names.map(() => 'SELECT seq FROM event_index WHERE name = ? AND name IS NOT NULL AND seq < ?'),
    ];
    const values = [text, text, parseEmail(text) ?? text, ...messages, ...names];
    return this.#below(either.join(' UNION '), ...values.map((value) => [value]));
  }

  /** Each group of parameters is followed by `before`. */
  #below(sql: string, ...groups: readonly (readonly (string | number)[])[]): Descent {
    let statement = this.#descents.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare<(string | number)[], number>(`${sql} ORDER BY seq DESC LIMIT ?`).pluck();
      this.#descents.set(sql, statement);
    }
    const prepared = statement;
    return (before, limit) => prepared.all(...groups.flatMap((group) => [...group, before]), limit);
  }
}

function fits(found: EventSummary, filter: EventFilter): boolean {
  const { user, email, status, event, integrationId, type, sinceMs, text } = filter;
  const ofIntegration = <T extends { readonly integrationId: string }>(rows: readonly T[]): readonly T[] =>
    integrationId === undefined ? rows : rows.filter((row) => row.integrationId === integrationId);
  const verdicts = ofIntegration(found.verdicts);
  const jobs = ofIntegration(found.jobs);
  return (
    (user === undefined || found.event.userId === user || found.event.anonymousId === user) &&
    (email === undefined || found.email === email) &&
    (status === undefined || [...verdicts, ...jobs].some(({ state }) => state === status)) &&
    (event === undefined || found.event.event === event) &&
    (integrationId === undefined || verdicts.length > 0) &&
    (type === undefined || found.event.type === type) &&
    (text === undefined || matches(found, text)) &&
    (sinceMs === undefined || found.receivedAtMs >= sinceMs)
  );
}

function matches({ event, email }: EventSummary, text: string): boolean {
  const address = parseEmail(text);
  return (
    event.messageId === text ||
    event.userId === text ||
    event.anonymousId === text ||
    (address !== undefined && email === address) ||
    [event.event, event.name].some((name) => name !== undefined && namesLike([name], text).length > 0)
  );
}

function namesLike(names: readonly string[], beginning: string): readonly string[] {
  const wanted = beginning.toLowerCase();
  return names.filter((name) => name.toLowerCase().startsWith(wanted)).slice(0, MAX_LIKE_NAMES);
}

function verdictOf(row: VerdictRow): Verdict {
  return {
    seq: row.seq,
    integrationId: row.integration_id,
    state: row.state,
    ...(row.code === null ? {} : { code: row.code }),
    ...(row.detail === null ? {} : { detail: decode(row.detail) }),
    ...(row.revision_id === null ? {} : { revisionId: row.revision_id }),
  };
}
