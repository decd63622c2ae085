/**
 * What the SQLite store can take in and hand out, beside what the disk's fsync costs.
 *
 *   npx tsx bench/ingest-store.ts [--seconds 3] [--backlog 1000000] [--folder DIR]
 *
 * Each figure is the best of three rounds. Nothing else should run at the same time; the CPU time beside each figure
 * (all threads) tells more than the clock when something does.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/clock.ts';
import type { NewEvent } from '../src/store/ports/event-log.ts';
import type { Lease, NewJob } from '../src/store/ports/queue.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import type { Store } from '../src/store/store.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    backlog: { type: 'string', default: '1000000' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const SECONDS = Number(values.seconds);
const BACKLOG = Number(values.backlog);
const ROUNDS = 3;
const CONTACTS = 100_000;
const NOW = Date.now();
const LANE = 'bench.api-us1.com';

function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function say(name: string, figure: string): void {
  process.stdout.write(`${name.padEnd(52)} ${figure}\n`);
}

function perSecond(count: number, ms: number): string {
  return `${Math.round((count / ms) * 1000).toLocaleString('en')}/s`;
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** 4 KiB appended and synced, one after the other. */
function fsyncLatency(folder: string): void {
  const file = openSync(join(folder, 'fsync'), 'w');
  const block = Buffer.alloc(4096, 1);
  const took: number[] = [];
  for (let index = 0; index < 2000; index += 1) {
    const before = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    took.push(performance.now() - before);
  }
  closeSync(file);
  took.sort((a, b) => a - b);
  const ms = (part: number): string => `${percentile(took, part).toFixed(3)} ms`;
  say('append 4 KiB + fdatasync', `p50 ${ms(0.5)}   p99 ${ms(0.99)}   max ${ms(1)}`);
}

let made = 0;
function event(): NewEvent {
  made += 1;
  const at = new Date(NOW).toISOString();
  return {
    pipelineId: 'pl_bench',
    receivedAtMs: NOW,
    event: {
      type: 'track',
      event: 'Order Completed',
      messageId: `ajs-${made.toString(36)}-${Math.random().toString(36).slice(2)}`,
      userId: `user-${made % CONTACTS}`,
      anonymousId: `anon-${made % CONTACTS}`,
      properties: {
        order_id: `o-${made}`,
        total: 99.5,
        currency: 'EUR',
        products: [{ sku: 'A1', quantity: 2 }],
      },
      traits: {},
      context: { page: { url: 'https://shop.example.com/checkout', title: 'Checkout' }, locale: 'en-GB' },
      timestamp: at,
      receivedAt: at,
    },
  };
}

function job(seq: number): NewJob {
  return {
    lane: LANE,
    pipelineId: 'pl_bench',
    integrationId: 'pi_bench',
    templateId: 'it_bench',
    revisionId: 'rev_bench',
    seq,
    rule: 'event',
    replayId: '',
    action: 'trackEvent',
    payload: {
      email: `c${seq % CONTACTS}@example.com`,
      event: 'purchase',
      properties: { order_id: `o-${seq}`, total: 99.5 },
    },
    contacts: [`c${seq % CONTACTS}@example.com`],
    subjects: [`u:user-${seq % CONTACTS}`],
    enqueuedAtMs: NOW,
  };
}

/** `callers` append one call after the other, each of `size` events, for the given time. */
async function ingest(
  store: Store,
  callers: number,
  size: number,
): Promise<{ rate: number; p99: number; cpuUs: number }> {
  const took: number[] = [];
  const cpu = process.cpuUsage();
  const until = performance.now() + SECONDS * 1000;
  const begun = performance.now();
  let stored = 0;
  const call = async (): Promise<void> => {
    while (performance.now() < until) {
      const events = Array.from({ length: size }, event);
      const before = performance.now();
      await store.log.append(events);
      took.push(performance.now() - before);
      stored += size;
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  const rate = (stored / (performance.now() - begun)) * 1000;
  took.sort((a, b) => a - b);
  return { rate, p99: percentile(took, 0.99), cpuUs: cpuSince(cpu) / stored };
}

async function ingestFigures(store: Store): Promise<void> {
  for (const [name, callers, size] of [
    ['append, 1 caller, 1 event a call', 1, 1],
    ['append, 64 callers, 1 event a call', 64, 1],
    ['append, 8 callers, 100 events a call', 8, 100],
  ] as const) {
    let best = { rate: 0, p99: 0, cpuUs: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const found = await ingest(store, callers, size);
      if (found.rate > best.rate) best = found;
    }
    say(
      name,
      `${Math.round(best.rate).toLocaleString('en')} events/s   p99 ${best.p99.toFixed(2)} ms   ${best.cpuUs.toFixed(0)} µs CPU each`,
    );
  }
}

/** Processes `count` logged events into one job each, 500 a step. */
async function enqueue(store: Store, count: number): Promise<string> {
  const begun = performance.now();
  const cpu = process.cpuUsage();
  for (let left = count; left > 0; left -= 500) {
    const from = await store.steps.cursor();
    const through = from + Math.min(500, left);
    const seqs = Array.from({ length: through - from }, (_, index) => from + index + 1);
    await store.steps.commit({
      from,
      through,
      links: [],
      decisions: [],
      verdicts: seqs.map((seq) => ({ seq, integrationId: 'pi_bench', state: 'mapped' })),
      park: [],
      unpark: [],
      jobs: seqs.map(job),
    });
  }
  return `${perSecond(count, performance.now() - begun)}   ${(cpuSince(cpu) / count).toFixed(0)} µs CPU each`;
}

async function fillLog(store: Store, count: number): Promise<void> {
  for (let left = count - (await store.log.head()) + (await store.steps.cursor()); left > 0; left -= 1000) {
    await store.log.append(Array.from({ length: Math.min(1000, left) }, event));
  }
}

/** Takes `size` jobs and settles them as delivered, `turns` times. */
async function cycle(store: Store, lease: Lease, size: number, turns: number): Promise<void> {
  let best = { count: 0, ms: Number.POSITIVE_INFINITY, cpuUs: 0 };
  let slowestTake = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const begun = performance.now();
    const cpu = process.cpuUsage();
    let count = 0;
    for (let turn = 0; turn < turns; turn += 1) {
      const before = performance.now();
      const jobs = await store.queue.take(lease, { nowMs: NOW, jobs: size, busy: new Set() });
      slowestTake = Math.max(slowestTake, performance.now() - before);
      if (jobs.length === 0) break;
      await store.queue.settle({
        lease,
        nowMs: NOW,
        changes: jobs.map(({ id }) => ({ id, to: 'delivered', code: 'DELIVERED' })),
        attempts: jobs.map(({ id }) => ({
          jobId: id,
          atMs: NOW,
          durationMs: 120,
          outcome: 'delivered',
          code: 'DELIVERED',
          exchanges: [{ method: 'POST', url: 'https://trackcmp.net/event', status: 200 }],
        })),
      });
      count += jobs.length;
    }
    const ms = performance.now() - begun;
    if (count / ms > best.count / best.ms) best = { count, ms, cpuUs: cpuSince(cpu) / count };
  }
  say(
    `  take ${size} + settle with attempts`,
    `${perSecond(best.count, best.ms)}   ${best.cpuUs.toFixed(0)} µs CPU each   slowest take ${slowestTake.toFixed(1)} ms`,
  );
}

async function queueFigures(store: Store, waiting: number): Promise<void> {
  const TURNS = { 1: 300, 50: 60, 250: 20 } as const;
  const needed = waiting + ROUNDS * (300 + 50 * 60 + 250 * 20) + 2000;
  await fillLog(store, needed);
  const figure = await enqueue(store, needed);
  say(`commit of steps, 500 events and jobs each (${waiting.toLocaleString('en')} stay waiting)`, figure);
  const [lease] = await store.queue.claim('bench', NOW, 1e9);
  if (lease === undefined) throw new Error('nothing to claim');
  await cycle(store, lease, 1, TURNS[1]);
  await cycle(store, lease, 50, TURNS[50]);
  await cycle(store, lease, 250, TURNS[250]);
  const before = performance.now();
  const status = await store.queue.status(LANE, NOW);
  say(
    `  status of the lane (${status.waiting.toLocaleString('en')} waiting)`,
    `${(performance.now() - before).toFixed(2)} ms`,
  );
  await store.queue.release([lease]);
  say('  resident memory', `${Math.round(process.memoryUsage.rss() / 1e6)} MB`);
}

const folder = mkdtempSync(join(values.folder, 'bench-store-'));
try {
  fsyncLatency(folder);
  const settings = { clock: systemClock, dedupeDays: 28, retentionDays: 30, parkPerVisitor: 100 };
  const forEvents = openSqliteStore({ path: join(folder, 'events.db'), ...settings });
  await ingestFigures(forEvents);
  await forEvents.close();
  for (const waiting of [0, BACKLOG]) {
    const store = openSqliteStore({ path: join(folder, `queue-${waiting}.db`), ...settings });
    await queueFigures(store, waiting);
    await store.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
