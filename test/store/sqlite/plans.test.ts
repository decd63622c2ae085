/** How SQLite would run the statements of the adapter. They are collected from the adapter itself, so that a new one is held to this too. */
import Database, { type Database as Connection } from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { migrate } from '../../../src/store/sqlite/migrate.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';

/** Tables that do not grow with events and deliveries: configuration, accounts, what people asked for. */
const SMALL: ReadonlySet<string> = new Set([
  'meta',
  'migrations',
  'sqlite_sequence',
  'pipelines',
  'templates',
  'removed_templates',
  'revisions',
  'integrations',
  'pins',
  'lanes',
  'lane_stops',
  'template_stops',
  'streams',
  'replays',
  'erasures',
]);

/** What may be walked, by a part of its statement, and why. */
const MAY_WALK: Readonly<Record<string, string>> = {
  'LIMIT @rows)': 'a sweep looks at so many rows from the beginning of its table and no further',
};

/** What may be sorted, by a part of its statement, and why. */
const MAY_SORT: Readonly<Record<string, string>> = {
  'FROM jobs WHERE seq = ?': 'one event has few jobs',
  "state IN ('sending', 'submitted') AND stream = ?": 'what is under way is bounded, however much waits',
  'FROM dedupe WHERE key = ?': 'one message was received a few times',
  'FROM event_index WHERE email = ?': 'the ids of one person',
  'FROM event_index WHERE user_id = ?': 'the ids of one person',
  'FROM jobs WHERE contact = @email UNION': 'the integrations that one person was sent to',
  'q.contact = ?': 'what is open of one person, once, when they are erased',
  'q.other_contact = ?': 'what is open of one person, once, when they are erased',
};

let db: Connection;
let statements: readonly string[];

beforeAll(async () => {
  const found = new Set<string>();
  const { prepare } = Database.prototype;
  const spy = vi.spyOn(Database.prototype, 'prepare').mockImplementation(function (
    this: Connection,
    sql: string,
  ) {
    found.add(sql);
    return prepare.call(this, sql);
  });
  const store = openSqliteStore({
    path: ':memory:',
    clock: systemClock,
    dedupeDays: 28,
    retentionDays: 30,
    parkPerVisitor: 100,
  });
  // What is prepared when it is first asked for.
  for (const states of [['waiting'], ['held', 'dead'], ['waiting', 'held', 'dead']] as const) {
    await store.replays.survey({ states }, 0, 1);
    await store.replays.survey({ states, email: 'ann@example.com' }, 0, 1);
  }
  await store.close();
  spy.mockRestore();
  statements = [...found].filter((sql) => /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/.test(sql));
  db = new Database(':memory:');
  migrate(db);
});
afterAll(() => void db.close());

/** What the plan of a statement says, a line each. */
function planOf(sql: string): readonly string[] {
  const named = Object.fromEntries([...sql.matchAll(/@(\w+)/g)].map(([, name = '']) => [name, 1]));
  const positional = (sql.match(/\?/g) ?? []).map(() => 1);
  const values = Object.keys(named).length > 0 ? [...positional, named] : positional;
  return db
    .prepare<unknown[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...values)
    .map(({ detail }) => detail);
}

const isSmall = (name: string, sql: string): boolean => {
  const alias = new RegExp(`\\b(?:FROM|JOIN)\\s+(\\w+)\\s+(?:AS\\s+)?${name}\\b`).exec(sql)?.[1];
  const isOwnName = new RegExp(`\\bWITH (?:RECURSIVE ${name}\\b|${name} \\(\\w+\\) AS \\(VALUES)`).test(sql);
  return isOwnName || SMALL.has(alias ?? name);
};

/** The rows that a plan walks from end to end, where they can be many. A constant row and a list of values cannot. */
function walks(sql: string): readonly string[] {
  return planOf(sql).filter((detail) => {
    const name = /^SCAN (?!(?:\d+ )?CONSTANT ROW|\d+-ROW VALUES|json_each)(\w+)/.exec(detail)?.[1];
    return name !== undefined && !isSmall(name, sql);
  });
}

function sorts(sql: string): readonly string[] {
  const details = planOf(sql);
  const names = details.flatMap((detail) => /^(?:SCAN|SEARCH) (\w+)/.exec(detail)?.[1] ?? []);
  if (names.every((name) => isSmall(name, sql))) return [];
  return details.filter((detail) => detail.includes('TEMP B-TREE'));
}

const oneLine = (sql: string): string => sql.replace(/\s+/g, ' ').trim();
const isIn = (parts: Readonly<Record<string, string>>, sql: string): boolean =>
  Object.keys(parts).some((part) => oneLine(sql).includes(part));

describe('the statements of the adapter', () => {
  it('are all here: those that append, commit a step, take, settle and look', () => {
    expect(statements.length).toBeGreaterThan(150);
    const parts = [
      'INTO events',
      'INTO verdicts',
      'INTO queue',
      'INTO settled',
      'INTO attempts',
      'INTO parked',
    ];
    for (const part of [
      ...parts,
      'queue_ready',
      'queue_due',
      'streams_work',
      'UPDATE queue',
      'UPDATE streams',
    ])
      expect(statements.some((sql) => sql.includes(part))).toBe(true);
  });

  it('walk no table that grows with events and deliveries', () => {
    const found = statements.filter((sql) => !isIn(MAY_WALK, sql) && walks(sql).length > 0);
    expect(found.map(oneLine)).toEqual([]);
  });

  it('sort nothing that grows with events and deliveries', () => {
    const found = statements.filter((sql) => !isIn(MAY_SORT, sql) && sorts(sql).length > 0);
    expect(found.map(oneLine)).toEqual([]);
  });

  it('are excused only where they walk or sort', () => {
    const needless = (parts: Readonly<Record<string, string>>, found: typeof walks): string[] =>
      Object.keys(parts).filter(
        (part) => !statements.some((sql) => oneLine(sql).includes(part) && found(sql).length > 0),
      );
    expect(needless(MAY_WALK, walks)).toEqual([]);
    expect(needless(MAY_SORT, sorts)).toEqual([]);
  });

  it('would be caught', () => {
    expect(walks('SELECT id FROM queue WHERE code IS NULL')).not.toEqual([]);
    expect(sorts('SELECT id FROM queue WHERE stream = ? ORDER BY attempts')).not.toEqual([]);
    // The larger table first, which is what SQLite chooses by itself.
    const join =
      'SELECT q.id FROM streams s JOIN queue q INDEXED BY queue_contact ON q.stream = s.no WHERE q.contact = ?';
    expect(walks(`${join} AND q.state <> 'held'`)).not.toEqual([]);
  });
});
