/** Claims about what a power failure leaves: files cut off, torn or half written at any place. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/store/sqlite/open.ts';
import { newEvent, newJob, newStep } from '../samples.ts';
import { contradictionsIn } from './audit.ts';

const SETTINGS = { clock: systemClock, dedupeDays: 28, retentionDays: 30, parkPerVisitor: 3 };
/** sqlite.org/fileformat2.html#the_write_ahead_log */
const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const PAGE_BYTES = 4_096;
const FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES;

const COMMITS = 4;

/** So long was the write-ahead log when so many events were acknowledged. */
interface Acknowledged {
  readonly walBytes: number;
  readonly events: number;
}

let folder: string;
/** What the running program had written when the power failed. */
let main: Buffer;
let wal: Buffer;
const acknowledged: Acknowledged[] = [];
let trials = 0;

function open(path: string): SqliteStore {
  return openSqliteStore({ ...SETTINGS, path, limits: { recentKeys: 6 } });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'torn-'));
  const path = join(folder, 'signal.db');
  await open(path).close();
  const store = open(path);
  let events = 0;
  acknowledged.push({ walBytes: 0, events });
  for (let commit = 0; commit < COMMITS; commit += 1) {
    const size = 1 + ((commit * 3) % 5);
    await store.log.append(Array.from({ length: size }, (_, index) => newEvent(`m${events + index + 1}`)));
    events += size;
    acknowledged.push({ walBytes: statSync(`${path}-wal`).size, events });
    // A step between: the tail of the log is not always an event.
    if (commit === 1) {
      const from = await store.steps.cursor();
      await store.steps.commit(newStep(from, events, { jobs: [newJob(events)] }));
    }
  }
  main = readFileSync(path);
  wal = readFileSync(`${path}-wal`);
  await store.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Opens files like these and tells which events are there; every other claim about them is checked here. */
async function found(database: Buffer, log: Buffer): Promise<number> {
  trials += 1;
  const path = join(folder, `trial-${trials}.db`);
  writeFileSync(path, database);
  writeFileSync(`${path}-wal`, log);
  const store = open(path);
  const events = await store.log.read(0, 1_000);
  const ids = events.map(({ event }) => event.messageId);
  expect(ids).toEqual(ids.map((_, index) => `m${index + 1}`));
  const again = await store.log.append([...ids, `m${ids.length + 1}`].map((id) => newEvent(id)));
  expect(again).toEqual([...ids.map(() => 'duplicate'), 'stored']);
  await store.close();
  const db = new Database(path);
  expect(contradictionsIn(db)).toEqual([]);
  db.close();
  for (const ending of ['', '-wal', '-shm']) rmSync(path + ending, { force: true });
  return ids.length;
}

/** What was acknowledged while the log was at most so long. */
function promised(walBytes: number): number {
  return acknowledged.filter((one) => one.walBytes <= walBytes).at(-1)?.events ?? 0;
}

function frameStarts(): readonly number[] {
  const count = Math.floor((wal.length - WAL_HEADER_BYTES) / FRAME_BYTES);
  return Array.from({ length: count + 1 }, (_, index) => WAL_HEADER_BYTES + index * FRAME_BYTES);
}

describe('of a write-ahead log', () => {
  it('that ends anywhere, everything acknowledged by then is there, and nothing in part', async () => {
    expect(wal.length).toBeGreaterThan(acknowledged.length * FRAME_BYTES);
    for (const start of frameStarts()) {
      for (const cut of [start - 1, start, start + FRAME_HEADER_BYTES + 512]) {
        if (cut > wal.length) continue;
        expect([cut, await found(main, wal.subarray(0, cut))]).toEqual([cut, promised(cut)]);
      }
    }
    expect(await found(main, wal.subarray(0, 0))).toBe(0);
    expect(await found(main, wal)).toBe(acknowledged.at(-1)?.events);
  });

  it.each([
    ['zeros', () => 0],
    ['other bytes', (byte: number) => byte ^ 0xff],
  ])(
    'whose last sector came to the disk as %s, everything acknowledged before it is there',
    async (_, torn) => {
      for (const { walBytes } of acknowledged.slice(1)) {
        const log = Buffer.from(wal.subarray(0, walBytes));
        for (let at = walBytes - 512; at < walBytes; at += 1) log[at] = torn(log[at] ?? 0);
        expect(await found(main, log)).toBe(promised(walBytes - 1));
      }
    },
  );

  it('followed by what an older log left behind, nothing of that counts', async () => {
    const half = acknowledged[Math.floor(COMMITS / 2)];
    if (half === undefined) throw new Error('no commits');
    // The frames of a log before the last reset stand behind the new ones, with another salt.
    const old = Buffer.from(wal.subarray(half.walBytes));
    for (let at = 0; at < old.length; at += FRAME_BYTES) old.writeUInt32BE(7, at + 8);
    expect(await found(main, Buffer.concat([wal.subarray(0, half.walBytes), old]))).toBe(half.events);
  });
});

it('of a database file whose pages a checkpoint wrote in part, everything acknowledged is there', async () => {
  for (const [index, start] of frameStarts().slice(0, -1).entries()) {
    const page = wal.readUInt32BE(start);
    const torn = Buffer.concat([main, Buffer.alloc(Math.max(0, page * PAGE_BYTES - main.length))]);
    const from = (page - 1) * PAGE_BYTES + (index % 2 === 0 ? PAGE_BYTES / 2 : 512);
    torn.fill(0xa5, from, page * PAGE_BYTES);
    expect(await found(torn, wal)).toBe(acknowledged.at(-1)?.events);
  }
});
