/** Holds thousands of connections that send a byte now and then against ingestion, and measures everybody else, and the memory of the process that serves them. Usage: `npm run bench:slow-clients -- [connections] [seconds]`; needs twice as many file descriptors (`ulimit -n`). */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { systemClock, systemRandom } from '../src/clock.ts';
import { CONNECTION_LIMITS } from '../src/server/ingest/connections.ts';
import { buildIngestServer } from '../src/server/ingest/ingest-server.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';

const KEY = 'dk_live_soak';
const AIM_P99_MS = 50;
const AIM_RSS_MB = 300;
/** Dribbles this often; slower than a connection may be in all, so that every one of them is ended and replaced. */
const BYTE_EVERY_MS = 2_000;
const OPENING_AT_ONCE = 200;

// ---------------------------------------------------------------- the slow ones, in a process of their own

/** Keeps so many unfinished requests open, one byte at a time; one that is ended is replaced. */
async function dribble(port: number, connections: number): Promise<void> {
  const open = new Set<Socket>();
  const replace = (): void => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `POST /v1/t HTTP/1.1\r\nHost: soak\r\nAuthorization: Bearer ${KEY}\r\nContent-Length: 1000\r\n\r\n{`,
      );
    });
    open.add(socket);
    socket.resume();
    socket.on('error', () => {});
    socket.on('close', () => {
      open.delete(socket);
      setTimeout(replace, 100);
    });
  };
  while (open.size < connections) {
    for (let opened = 0; opened < OPENING_AT_ONCE && open.size < connections; opened++) replace();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  setInterval(() => {
    for (const socket of open) socket.write(' ');
  }, BYTE_EVERY_MS);
  process.send?.('ready');
}

// ---------------------------------------------------------------- the others, in another

interface Others {
  /** Milliseconds, sorted. */
  readonly times: readonly number[];
  readonly failures: number;
}

async function others(url: string, seconds: number): Promise<Others> {
  const times: number[] = [];
  let failures = 0;
  const endsAt = performance.now() + seconds * 1_000;
  for (let index = 0; performance.now() < endsAt; index++) {
    const startedAt = performance.now();
    const body = JSON.stringify({ event: 'A', userId: 'u', messageId: `soak-${index}` });
    const answer = await request(`${url}/v1/t`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${KEY}` },
    });
    await answer.body.dump();
    if (answer.statusCode !== 200) failures += 1;
    times.push(performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { times: times.sort((a, b) => a - b), failures };
}

async function main(connections: number, seconds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'soak-'));
  const store = openSqliteStore({
    ...{
      path: join(folder, 'soak.db'),
      clock: systemClock,
      dedupeDays: 28,
      retentionDays: 30,
      parkPerVisitor: 100,
    },
  });
  const app = buildIngestServer({
    store,
    pipelines: {
      byKey: async () => ({
        ...{
          id: 'pip_soak',
          enabled: true,
          rateLimitRps: 0,
          domainAllowlist: [],
          config: {},
          secret: () => '',
        },
      }),
    },
    clock: systemClock,
    random: systemRandom,
    limits: { maxBatchSize: 500, maxPayloadSize: 524_288, rateLimitRps: 1e9, corsOrigins: ['*'] },
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 });
  const slow = fork(import.meta.filename, ['dribble', new URL(url).port, String(connections)]);
  await once(slow, 'message');
  // Those that were ended for being slow come back a little later, hence not all of them.
  let held = 0;
  while (held < connections * 0.98) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    held = await connectionsOf(app.server);
  }
  const asking = fork(import.meta.filename, ['others', url, String(seconds)]);
  const [asked]: Others[] = await once(asking, 'message');
  if (asked === undefined) throw new Error('the others ended without a result');
  const { times, failures } = asked;
  const at = (part: number): number => times[Math.floor(times.length * part)] ?? 0;
  const rssMb = process.memoryUsage().rss / 1024 / 1024;
  console.log(`${held} slow connections held (limit ${CONNECTION_LIMITS.maxConnections}), ${seconds} s`);
  console.log(
    `others: ${times.length} requests, ${failures} failed, p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms (aim ${AIM_P99_MS})`,
  );
  console.log(`memory of the server's process: ${rssMb.toFixed(0)} MB (aim ${AIM_RSS_MB})`);
  slow.kill();
  await once(slow, 'exit');
  await app.close();
  await store.close();
  await rm(folder, { recursive: true });
  if (failures > 0 || at(0.99) > AIM_P99_MS || rssMb > AIM_RSS_MB) process.exitCode = 1;
}

function connectionsOf(server: {
  getConnections(answer: (error: Error | null, count: number) => void): unknown;
}): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

const [first, second, third] = process.argv.slice(2);
if (first === 'dribble') await dribble(Number(second), Number(third));
else if (first === 'others') process.send?.(await others(second ?? '', Number(third)));
else await main(Number(first ?? 10_000), Number(second ?? 60));
