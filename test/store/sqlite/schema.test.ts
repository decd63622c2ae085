/** Claims about what the tables themselves refuse, and about the indexes that reads use. */
import Database, { type Database as Connection } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import type { DeliveryFilter, EventFilter } from '../../../src/store/ports/reads.ts';
import { GroupCommit } from '../../../src/store/sqlite/group-commit.ts';
import { migrate } from '../../../src/store/sqlite/migrate.ts';
import { SqliteQueue } from '../../../src/store/sqlite/queue/sqlite-queue.ts';
import { SqliteReads } from '../../../src/store/sqlite/reads/sqlite-reads.ts';
import { Tombstones } from '../../../src/store/sqlite/tombstones.ts';
import { Trail } from '../../../src/store/sqlite/trail.ts';

let db: Connection;

beforeEach(() => {
  db = new Database(':memory:');
  db.pragma('foreign_keys = ON');
  migrate(db);
});
afterEach(() => void db.close());

const JOB = `INSERT INTO jobs (stream, pipeline_id, integration_id, template_id, revision_id, seq, rule, replay_id, action,
  contact, other_contact, subjects, payload, enqueued_ms)
  VALUES (1, 'pl', 'pi', 'it', 'rev', 1, 'rule', '', 'act', 'a@b.de', NULL, '[]', '{}', 1)`;
const SETTLED = "INSERT INTO settled VALUES (1, 1, 'delivered', 'DELIVERED', NULL, 1, 1)";
const QUEUED = (state: string, front: number, batch: string | null): string =>
  `INSERT INTO queue (stream, id, seq, state, front, contact, batch_id)
   VALUES (1, 1, 1, '${state}', ${front}, 'a@b.de', ${batch === null ? 'NULL' : `'${batch}'`})`;

describe('the tables refuse', () => {
  it.each<[string, readonly string[]]>([
    ['a second job of the same integration, event, rule and replay', [JOB, JOB]],
    ['a second end of a job', [JOB, SETTLED, SETTLED]],
    ['an end of no job', [SETTLED]],
    ['an end that is none', [JOB, SETTLED.replace('delivered', 'lost')]],
    ['an open state that is none', [QUEUED('paused', 1, null)]],
    ['a held job at the front', [QUEUED('held', 1, null)]],
    ['a submitted job without a batch', [QUEUED('submitted', 1, null)]],
    ['a batch of a job that is not submitted', [QUEUED('waiting', 1, 'b1')]],
    ['a job whose two contacts are one', [JOB.replace('NULL,', "'a@b.de',")]],
    ['a verdict that is none', ["INSERT INTO verdicts VALUES (1, 'pi', 'maybe', NULL, NULL, NULL)"]],
    [
      'a second current stream of an integration',
      ['l1', 'l2'].map(
        (lane) =>
          `INSERT INTO streams (lane, integration_id, template_id, is_current) VALUES ('${lane}', 'pi', 'it', 1)`,
      ),
    ],
    [
      'a count below nothing',
      [
        "INSERT INTO streams (lane, integration_id, template_id, is_current, waiting) VALUES ('l', 'pi', 'it', 1, -1)",
      ],
    ],
    ['a text where a number belongs', ["INSERT INTO dedupe (key, received_ms) VALUES (x'00', 'soon')"]],
  ])('%s', (_, statements) => {
    const last = statements.at(-1) ?? '';
    for (const statement of statements.slice(0, -1)) db.exec(statement);
    expect(() => db.exec(last)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^SQLITE_CONSTRAINT/) }),
    );
  });
});

/** Tables that grow with what happens; walking one from end to end would block the program. */
const GROWING = [
  'events',
  'event_index',
  'verdicts',
  'jobs',
  'queue',
  'settled',
  'attempts',
  'activity',
  'dedupe',
];

function plansOf(sql: readonly string[]): readonly string[] {
  return sql.flatMap((text) => {
    const parameters = (text.match(/\?/g) ?? []).map(() => 1);
    return db
      .prepare<number[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${text}`)
      .all(...parameters)
      .map(({ detail }) => detail);
  });
}

/** Every SELECT that was prepared while `run` ran. */
async function prepared(run: () => Promise<unknown>): Promise<string[]> {
  const found: string[] = [];
  const prepare = db.prepare.bind(db);
  db.prepare = (sql: string) => {
    if (/^\s*SELECT/.test(sql)) found.push(sql);
    return prepare(sql);
  };
  await run();
  db.prepare = prepare;
  return found;
}

function expectNoWalk(sql: readonly string[]): void {
  expect(sql.length).toBeGreaterThan(0);
  const walks = plansOf(sql).filter((plan) => GROWING.includes(/^SCAN (\w+)/.exec(plan)?.[1] ?? ''));
  expect(walks).toEqual([]);
  // One event has few jobs; sorting them is no walk.
  const limited = sql.filter((text) => /\bLIMIT\b/.test(text) && !text.includes('WHERE seq = ?'));
  expect(plansOf(limited).filter((plan) => plan.includes('TEMP B-TREE'))).toEqual([]);
}

describe('no list walks a whole table', () => {
  const reads = (): SqliteReads => new SqliteReads(db, new Trail(db, systemClock), 100);

  it.each<EventFilter>([
    {},
    { user: 'u' },
    { email: 'a@b.de' },
    { status: 'filtered' },
    { status: 'waiting' },
    { event: 'e' },
    { integrationId: 'pi' },
    { type: 'page' },
    { sinceMs: 1 },
    { text: 'order' },
  ])('of events with %j', async (filter) => {
    expectNoWalk(await prepared(() => reads().events(filter, 10)));
  });

  it.each<DeliveryFilter>([
    {},
    { seq: 1 },
    { email: 'a@b.de' },
    { code: 'REJECTED' },
    { status: ['dead'] },
    { status: ['waiting'] },
    { status: ['waiting', 'dead', 'held'] },
    { action: 'a' },
    { integrationId: 'pi' },
    { sinceMs: 1 },
  ])('of deliveries with %j', async (filter) => {
    expectNoWalk(await prepared(() => reads().deliveries(filter, 10)));
  });

  it('of the queue', async () => {
    const group = new GroupCommit(db, { schedule: (run) => run(), commit: (run) => run() });
    const made = prepared(async () => {
      const tombstones = new Tombstones(db, new Uint8Array(32));
      return new SqliteQueue(db, { group, trail: new Trail(db, systemClock), tombstones, takeScan: 10 });
    });
    expectNoWalk(await made);
  });
});
