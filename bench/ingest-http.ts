/** Measures durable ingestion over HTTP against the embedded database, beside the disk's own fsync and a log that keeps nothing. Run it on a quiet machine: `npx tsx bench/ingest-http.ts [seconds]`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '../src/clock.ts';
import { buildIngestServer } from '../src/server/ingest/ingest-server.ts';
import type { EventLog } from '../src/store/port.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';

const KEY = 'dk_live_bench';
/** For the compiler to see the hot paths before they are measured. */
const WARM_UP_SECONDS = 2;

interface Load {
  readonly port: number;
  readonly connections: number;
  readonly eventsPerRequest: number;
  readonly seconds: number;
}

interface Measured {
  readonly requests: number;
  readonly failures: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** With the processor time that the measured side took: it says more than the rate where others share the machine. */
interface Served extends Measured {
  readonly cpuMs: number;
}

// ---------------------------------------------------------------- the loader, in a process of its own

/** About 530 bytes of JSON, as a shop sends it. */
function eventText(index: number): string {
  return JSON.stringify({
    type: 'track',
    event: 'Product Viewed',
    messageId: `bench-${process.pid}-${index}`,
    userId: `user-${index % 10_000}`,
    anonymousId: '0f9d2c55-3a0e-4b0e-9d0a-6f4b7c1f2e11',
    timestamp: new Date().toISOString(),
    properties: {
      product_id: 'SKU-1881',
      name: 'Trail Shoe',
      category: 'Shoes',
      price: 89.9,
      currency: 'EUR',
      quantity: 1,
    },
    context: {
      page: { url: 'https://shop.example/p/sku-1881', path: '/p/sku-1881', title: 'Trail Shoe' },
      consent: { marketing: true, analytics: true },
      locale: 'en-GB',
    },
  });
}

function requestText(load: Load, first: number): string {
  const path = load.eventsPerRequest === 1 ? '/v1/t' : '/v1/batch';
  const events = Array.from({ length: load.eventsPerRequest }, (_, offset) => eventText(first + offset));
  const body = load.eventsPerRequest === 1 ? events.join('') : `{"batch":[${events.join(',')}]}`;
  return (
    `POST ${path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

/** Closed loop: each connection sends its next request when the last one is answered. */
async function runLoad(load: Load): Promise<Measured> {
  const times: number[] = [];
  let failures = 0;
  let nextEvent = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + load.seconds * 1_000;
  const connection = async (): Promise<void> => {
    const socket = connect(load.port, '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
    while (performance.now() < endsAt) {
      const text = requestText(load, nextEvent);
      nextEvent += load.eventsPerRequest;
      const sentAt = performance.now();
      socket.write(text);
      const [answer]: Buffer[] = await once(socket, 'data');
      times.push(performance.now() - sentAt);
      if (answer?.toString('latin1').startsWith('HTTP/1.1 200') !== true) failures += 1;
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: load.connections }, connection));
  const seconds = (performance.now() - startedAt) / 1_000;
  times.sort((a, b) => a - b);
  const quantile = (part: number): number =>
    times[Math.min(Math.floor(times.length * part), times.length - 1)] ?? 0;
  return { requests: times.length, failures, seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

// ---------------------------------------------------------------- the measured side

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
  const loader = fork(import.meta.filename, ['load', JSON.stringify({ ...load, port: Number(url.port) })]);
  const cpuBefore = process.cpuUsage();
  const [measured]: Measured[] = await once(loader, 'message');
  const { user, system } = process.cpuUsage(cpuBefore);
  await app.close();
  if (measured === undefined) throw new Error('the loader ended without a result');
  return { ...measured, cpuMs: (user + system) / 1_000 };
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
  const path = join(folder, `bench-${load.eventsPerRequest}.db`);
  const store = openSqliteStore({
    path,
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

function line(name: string, measured: Served, eventsPerRequest: number): string {
  const perSecond = measured.requests / measured.seconds;
  const cells = [
    `${Math.round(perSecond).toLocaleString('en')} req/s`,
    `${Math.round(perSecond * eventsPerRequest).toLocaleString('en')} events/s`,
    `p50 ${measured.p50Ms.toFixed(2)} ms`,
    `p99 ${measured.p99Ms.toFixed(2)} ms`,
    `${((measured.cpuMs * 1_000) / measured.requests).toFixed(0)} µs CPU/req`,
    `${measured.failures} failed`,
  ];
  return `${name.padEnd(34)} ${cells.join('   ')}`;
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
      const ceiling = await measure(keepsNothing, load);
      const kept = await durable(folder, load);
      console.log(`\n${name}`);
      console.log(line('  a log that keeps nothing', ceiling, eventsPerRequest));
      console.log(line('  durable', kept, eventsPerRequest));
      const ratio = kept.requests / kept.seconds / (ceiling.requests / ceiling.seconds);
      console.log(`  durability leaves ${(ratio * 100).toFixed(0)} % of the ceiling`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

const [mode, given] = process.argv.slice(2);
if (mode === 'load') process.send?.(await runLoad(JSON.parse(given ?? '{}')));
else await main(Number(mode ?? 8));
