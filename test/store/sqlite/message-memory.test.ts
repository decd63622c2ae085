/** Claims about which messageIds count as new, whenever their keys are filed and whatever the disk does. */
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { keyBlob, messageKey } from '../../../src/store/sqlite/message-memory.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/store/sqlite/open.ts';
import { MIGRATIONS } from '../../../src/store/sqlite/schema.ts';
import { newEvent, START_MS } from '../samples.ts';

const SETTINGS = {
  path: ':memory:',
  clock: systemClock,
  dedupeDays: 28,
  retentionDays: 30,
  parkPerVisitor: 3,
};

type Fault = 'before' | 'after' | undefined;
interface Opened {
  readonly store: SqliteStore;
  fail(fault: Fault): void;
}

/** Filing begins every few keys. */
function open(image?: Buffer): Opened {
  let next: Fault;
  const store = openSqliteStore({
    ...SETTINGS,
    ...(image === undefined ? {} : { image }),
    limits: { recentKeys: 40, sweepRows: 7 },
    commit: (run) => {
      const fault = next;
      next = undefined;
      if (fault === 'before') throw new Error('the disk is full');
      run();
      if (fault === 'after') throw new Error('nobody heard that it was written');
    },
  });
  return {
    store,
    fail: (fault) => {
      next = fault;
    },
  };
}

const doings = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      append: fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 60 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant('sweep' as const) },
  { weight: 1, arbitrary: fc.constant('crash' as const) },
  { weight: 1, arbitrary: fc.constant('fail before' as const) },
  { weight: 1, arbitrary: fc.constant('fail after' as const) },
);

describe('a messageId', () => {
  it('counts once, over filing, crashes and commits that failed or were not heard of', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(doings, { minLength: 5, maxLength: 25 }), async (all) => {
        let opened = open();
        const known = new Set<number>();
        let fault: Fault;
        for (const doing of all) {
          if (doing === 'sweep') await opened.store.upkeep.sweep(START_MS);
          else if (doing === 'crash') {
            const image = opened.store.serialize();
            await opened.store.close();
            opened = open(image);
          } else if (doing === 'fail before') fault = 'before';
          else if (doing === 'fail after') fault = 'after';
          else {
            const before = new Set(known);
            const expected = doing.append.map((id) => {
              const answer = known.has(id) ? 'duplicate' : 'stored';
              known.add(id);
              return answer;
            });
            opened.fail(fault);
            const appended = opened.store.log.append(doing.append.map((id) => newEvent(`m${id}`)));
            if (fault === undefined) expect(await appended).toEqual(expected);
            else await expect(appended).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
            if (fault === 'before') {
              known.clear();
              for (const id of before) known.add(id);
            }
            fault = undefined;
          }
        }
        const logged = await opened.store.log.read(0, 10_000);
        expect(logged.map(({ event }) => event.messageId).sort()).toEqual(
          [...known].map((id) => `m${id}`).sort(),
        );
        await opened.store.close();
      }),
      { numRuns: 25 },
    );
  });

  it('is filed in the index, in pieces, while others come', async () => {
    const { store } = open();
    for (let first = 0; first < 400; first += 20)
      await store.log.append(Array.from({ length: 20 }, (_, index) => newEvent(`m${first + index}`)));
    const db = new Database(store.serialize());
    const filed = db.prepare<[], number>("SELECT value FROM meta WHERE name = 'filed'").pluck().get() ?? 0;
    const missing = db.prepare<[number], number>(
      'SELECT seq FROM events WHERE seq <= ? AND key NOT IN (SELECT key FROM dedupe)',
    );
    expect(filed).toBeGreaterThan(100);
    expect(missing.all(filed)).toEqual([]);
    db.close();
    await store.close();
  });

  it('of a file from before keys stood with the events is known', async () => {
    const db = new Database(':memory:');
    db.exec('CREATE TABLE migrations (number INTEGER PRIMARY KEY) STRICT');
    for (const { number, sql } of MIGRATIONS.filter(({ sql }) => !sql.includes("'filed'"))) {
      db.exec(sql);
      db.prepare('INSERT INTO migrations VALUES (?)').run(number);
    }
    const { pipelineId, event, receivedAtMs } = newEvent('old');
    db.prepare('INSERT INTO events (pipeline_id, received_ms, body) VALUES (?, ?, ?)').run(
      pipelineId,
      receivedAtMs,
      JSON.stringify(event),
    );
    db.prepare('INSERT INTO dedupe (key, received_ms) VALUES (?, ?)').run(
      keyBlob(messageKey(pipelineId, 'old')),
      receivedAtMs,
    );
    const { store } = open(db.serialize());
    expect(await store.log.append([newEvent('old'), newEvent('new')])).toEqual(['duplicate', 'stored']);
    expect((await store.log.read(0, 10)).map(({ seq, event }) => [seq, event.messageId])).toEqual([
      [1, 'old'],
      [2, 'new'],
    ]);
    await store.close();
    db.close();
  });
});
