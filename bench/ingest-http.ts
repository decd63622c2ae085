/** Measures durable ingestion over HTTP against the embedded database, beside the disk's own fsync, a log that keeps nothing, and a bare server that only parses. Run it on a quiet machine: `npx tsx bench/ingest-http.ts [seconds]`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '../src/clock.ts';
import { buildIngestServer } from '../src/server/ingest/ingest-server.ts';
import type { EventLog } from '../src/store/ports/event-log.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { KEY, type Load, type Measured } from './ingest-load.ts';

const LOADER = join(import.meta.dirname, 'ingest-load.ts');
const ROUNDS = 3;

/** For the compiler to see every hot path before it is measured: its own time is a third of the first seconds. */
const WARM_UP_SECONDS = 4;

/** With the processor time that the measured side took: it says more than the rate where others share the machine. */
interface Served extends Measured {
  readonly servedMs: number;
}

/** What listens on loopback, where, and how it ends. */
interface Subject {
  readonly port: number;
  close(): Promise<void>;
}

async function measure(subject: Subject, load: Omit<Load, 'port'>): Promise<Served> {
  const loader = fork(LOADER, [JSON.stringify({ ...load, port: subject.port })]);
  const cpuBefore = process.cpuUsage();
  const [measured]: Measured[] = await once(loader, 'message');
  const { user, system } = process.cpuUsage(cpuBefore);
  await subject.close();
  if (measured === undefined) throw new Error('the loader ended without a result');
  return { ...measured, servedMs: (user + system) / 1_000 };
}

async function ingestion(log: EventLog): Promise<Subject> {
  const pipeline = {
    id: 'pip_bench',
    enabled: true,
    rateLimitRps: 0,
    domainAllowlist: [],
    config: {},
    secret: () => '',
  };
  const app = buildIngestServer({
    store: { log, upkeep: { sweep: async () => ({ removed: 0 }), probe: async () => {} } },
    pipelines: { byKey: (key) => (key === KEY ? pipeline : undefined) },
    clock: systemClock,
    random: systemRandom,
    limits: { maxBatchSize: 500, maxPayloadSize: 524_288, rateLimitRps: 1e9, corsOrigins: ['*'] },
  });
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  return { port: Number(url.port), close: () => app.close() };
}

/** Reads and parses each body and answers the same: what no server on node's own HTTP can be cheaper than. */
async function bare(): Promise<Subject> {
  const answer = '{"success":true}';
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString('utf8'));
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
      response.end(answer);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
  };
  return { port: address.port, close };
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
  bytesOf: async () => 0,
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
    const measured = await measure(await ingestion(store.log), load);
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
      const subjects = [
        ['bare node:http', async (given: typeof load) => measure(await bare(), given)],
        [
          'a log that keeps nothing',
          async (given: typeof load) => measure(await ingestion(keepsNothing), given),
        ],
        ['durable', (given: typeof load) => durable(folder, given)],
      ] as const;
      const rounds = subjects.map((): Served[] => []);
      for (const [, run] of subjects) await run({ ...load, seconds: WARM_UP_SECONDS });
      for (let round = 0; round < ROUNDS; round += 1)
        for (const [index, [, run]] of subjects.entries()) rounds[index]?.push(await run(load));
      console.log(`\n${name}, medians of ${ROUNDS} rounds`);
      for (const [index, [subject]] of subjects.entries())
        console.log(line(`  ${subject}`, rounds[index] ?? [], eventsPerRequest));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

await main(Number(process.argv[2] ?? 4));
