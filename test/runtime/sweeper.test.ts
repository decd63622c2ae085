/** Claims about the worker that keeps the database to its retention: by itself, to the end, whatever the disk says in between. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LIMITS } from '../../src/config.ts';
import { createSweeper } from '../../src/runtime/sweeper.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import { newEvent, newStep, START_MS } from '../store/samples.ts';
import { VirtualTime } from '../world/virtual-time.ts';

const RETENTION_DAYS = 0.1;
const RETENTION_MS = RETENTION_DAYS * 86_400_000;
/** More than one sweep looks at. */
const EVENTS = 1_200;

let time: VirtualTime;
let store: Store;
let isFull: boolean;
let errors: unknown[];
let sweeper: ReturnType<typeof createSweeper>;

beforeEach(async () => {
  time = new VirtualTime(START_MS);
  isFull = false;
  errors = [];
  const clock = time.clock();
  store = openSqliteStore({
    path: ':memory:',
    clock,
    dedupeDays: 28,
    retentionDays: RETENTION_DAYS,
    parkPerVisitor: 9,
    schedule: (flush) => queueMicrotask(flush),
    commit: (run) => {
      if (isFull) throw Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' });
      run();
    },
  });
  await store.log.append(Array.from({ length: EVENTS }, (_, index) => newEvent(`m${index}`)));
  await store.steps.commit(newStep(0, EVENTS));
  sweeper = createSweeper(store, clock, (error) => errors.push(error));
  sweeper.start();
});
afterEach(async () => {
  await sweeper.stop();
  await store.close();
});

const kept = async (): Promise<number> => (await store.log.read(0, EVENTS)).length;

it('what is older than the retention is gone within a minute, however much it is, and nothing before', async () => {
  await time.runUntil(START_MS + RETENTION_MS);
  expect(await kept()).toBe(EVENTS);
  await time.runUntil(START_MS + RETENTION_MS + LIMITS.sweepMs + 1_000);
  expect(await kept()).toBe(0);
});

it('a disk that refuses is told of, and swept once it takes what comes', async () => {
  await time.runUntil(START_MS + RETENTION_MS);
  isFull = true;
  await time.runUntil(START_MS + RETENTION_MS + 3 * LIMITS.sweepMs);
  expect(errors.length).toBeGreaterThan(0);
  isFull = false;
  await time.runUntil(START_MS + RETENTION_MS + 5 * LIMITS.sweepMs);
  expect(await kept()).toBe(0);
});

it('nothing is swept once it is stopped', async () => {
  await sweeper.stop();
  await time.runUntil(START_MS + 2 * RETENTION_MS);
  expect(await kept()).toBe(EVENTS);
});
