/** Measures durable ingestion over HTTP against the embedded database, beside the disk's own fsync and a log that keeps nothing. Run it on a quiet machine: `npx tsx bench/ingest-http.ts [seconds]`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '../src/clock.ts';
import { buildIngestServer } from '../src/server/ingest/ingest-server.ts';
import type { EventLog } from '../src/store/ports/event-log.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { KEY, type Load, type Measured } from './ingest-load.ts';

const LOADER = join(import.meta.dirname, 'ingest-load.ts');
const ROUNDS = 3;

/** For the compiler to see the hot paths before they are measured. */
const WARM_UP_SECONDS = 2;

/** With the processor time that the measured side took: it says more than the rate where others share the machine. */
interface Served extends Measured {
  readonly servedMs: number;
}

async function measure(log: EventLog, load: Omit<Load, 'port'>): Promise<Served> {
  const app = buildIngestServer({
    store: { log, upkeep: { sweep: async () => ({ removed: 0 }), probe: async () => {} } },
    pipelines: {
      byKey: async (key) =>
        key === KEY
          ? {
              id: 'pip_bench',
              enabled: true,
              rateLimitRps: 0,
              domainAllowlist: [],
              config: {},
              secret: () => '',
            }
          : undefined,
    },
    clock: systemClock,
    random: systemRandom,
    limits: { maxBatchSize: 500, maxPayloadSize: 524_288, rateLimitRps: 1e9, corsOrigins: ['*'] },
  });
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const loader = fork(LOADER, [JSON.stringify({ ...load, port: Number(url.port) })]);
  const cpuBefore = process.cpuUsage();
  const [measured]: Measured[] = await once(loader, 'message');
  const { user, system } = process.cpuUsage(cpuBefore);
  await app.close();
  if (measured === undefined) throw new Error('the loader ended without a result');
  return { ...measured, servedMs: (user + system) / 1_000 };
}

/** Milliseconds of one append and fsync of 4 KiB in this folder, sorted. */
function fsyncTimes(folder: string): readonly number[] {
  const file = openSync(join(folder, 'fsync'), 'a');
  const page = Buffer.alloc(4_096, 7);
  const times = Array.from({ length: 300 }, () => {
    const startedAt = performance.now();
    writeSync(file, page);
    fsyncSync(file);
    return performance.now() - startedAt;
  });
  closeSync(file);
  return times.sort((a, b) => a - b);
}

/** Answers at the turn's end as the database does, and keeps nothing: the ceiling of everything but the disk. */
const keepsNothing: EventLog = {
  append: (events) => new Promise((resolve) => setImmediate(() => resolve(events.map(() => 'stored')))),
  read: async () => [],
  readMany: async () => [],
  head: async () => 0,
  onAppend: () => () => {},
};

async function durable(folder: string, load: Omit<Load, 'port'>): Promise<Served> {
  const store = openSqliteStore({
    path: join(await mkdtemp(join(folder, 'durable-')), 'bench.db'),
    clock: systemClock,
    dedupeDays: 28,
    retentionDays: 30,
    parkPerVisitor: 100,
  });
  try {
    const measured = await measure(store.log, load);
    const expected = (measured.requests - measured.failures) * load.eventsPerRequest;
    const head = await store.log.head();
    if (head < expected) throw new Error(`${expected} events were acknowledged, ${head} are in the log`);
    return measured;
  } finally {
    await store.close();
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** The medians of the rounds. */
function line(name: string, rounds: readonly Served[], eventsPerRequest: number): string {
  const of = (figure: (round: Served) => number): number => median(rounds.map(figure));
  const perSecond = of((round) => round.requests / round.seconds);
  const cells = [
    `${Math.round(perSecond).toLocaleString('en')} req/s`,
    `${Math.round(perSecond * eventsPerRequest).toLocaleString('en')} events/s`,
    `p50 ${of((round) => round.p50Ms).toFixed(2)} ms`,
    `p99 ${of((round) => round.p99Ms).toFixed(2)} ms`,
    `${of((round) => (round.servedMs * 1_000) / round.requests / eventsPerRequest).toFixed(1)} µs CPU/event`,
    `(the load's own: ${of((round) => (round.cpuMs * 1_000) / round.requests / eventsPerRequest).toFixed(1)})`,
    `${rounds.reduce((sum, { failures }) => sum + failures, 0)} failed`,
  ];
  return `${name.padEnd(26)} ${cells.join('   ')}`;
}

async function main(seconds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-ingest-'));
  try {
    const times = fsyncTimes(folder);
    console.log(`fsync of 4 KiB: p50 ${times[150]?.toFixed(3)} ms   p99 ${times[297]?.toFixed(3)} ms`);
    for (const [name, connections, eventsPerRequest] of [
      ['one event a request, 64 connections', 64, 1],
      ['batches of 100, 8 connections', 8, 100],
    ] as const) {
      const load = { connections, eventsPerRequest, seconds };
      await measure(keepsNothing, { ...load, seconds: WARM_UP_SECONDS });
      const ceilings: Served[] = [];
      const kept: Served[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        ceilings.push(await measure(keepsNothing, load));
        kept.push(await durable(folder, load));
      }
      console.log(`\n${name}, medians of ${ROUNDS} rounds`);
      console.log(line('  a log that keeps nothing', ceilings, eventsPerRequest));
      console.log(line('  durable', kept, eventsPerRequest));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

await main(Number(process.argv[2] ?? 4));
