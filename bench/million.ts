/** What a waiting contact costs to deliver, and how much memory it takes, when a million wait and when few do. The vendor answers at once, in memory: all that is measured is ours. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock, systemRandom } from '../src/clock.ts';
import { LIMITS } from '../src/config.ts';
import { Delivery } from '../src/delivery/delivery.ts';
import type { Target } from '../src/delivery/target.ts';
import { parseEmail } from '../src/event/email.ts';
import type { NewEvent } from '../src/store/ports/event-log.ts';
import type { NewJob } from '../src/store/ports/queue.ts';
import type { Step } from '../src/store/ports/steps.ts';
import { openSqliteStore, type SqliteStore } from '../src/store/sqlite/open.ts';

const { values } = parseArgs({
  options: {
    waiting: { type: 'string', default: '1000000' },
    /** Contacts that are delivered while the clock runs. */
    measured: { type: 'string', default: '40000' },
    rounds: { type: 'string', default: '3' },
    /** One piece of work, for the process that does it: `fill` or `measure` so many in this folder. */
    work: { type: 'string' },
    folder: { type: 'string', default: '' },
  },
});
const MEASURED = Number(values.measured);
/** A warm process and cache, and the last batches, are not measured. */
const WARM_UP = 10_000;
/** Its processor time is one measurement; the middle one of all counts. */
const PIECE = 2_500;
const AT_ONCE = 500;
const LANE = 'acme.api-us1.com';

interface Result {
  readonly waiting: number;
  readonly microsOfContact: number;
  readonly atBest: number;
  readonly peakMb: number;
}

/** In no order of their own, as people are. */
const addressOf = (index: number): string =>
  `${((index * 2_654_435_761) % 4_294_967_296).toString(36)}@example.com`;

function eventOf(index: number): NewEvent {
  const receivedAtMs = Date.now();
  const at = new Date(receivedAtMs).toISOString();
  return {
    pipelineId: 'pl_1',
    receivedAtMs,
    event: {
      type: 'identify',
      messageId: `m${index}`,
      userId: `u${index}`,
      properties: {},
      traits: { email: addressOf(index), first_name: 'Ada', last_name: `Byron ${index}` },
      context: { consent: { marketing: true } },
      timestamp: at,
      receivedAt: at,
    },
  };
}

function stepOf(from: number, count: number): Step {
  const indexes = Array.from({ length: count }, (_, position) => from + position);
  const emails = indexes.map((index) => {
    const email = parseEmail(addressOf(index));
    if (email === undefined) throw new Error('not an address');
    return { seq: index + 1, email };
  });
  const atMs = Date.now();
  return {
    from,
    through: from + count,
    links: emails.map(({ seq, email }) => ({
      pipelineId: 'pl_1',
      key: `u:u${seq}` as const,
      link: { email, seq },
    })),
    decisions: emails.map(({ seq, email }) => ({
      pipelineId: 'pl_1',
      subject: `e:${email}` as const,
      decisions: { marketing: { granted: true, atMs } },
      seq,
    })),
    verdicts: emails.map(({ seq }) => ({ seq, integrationId: 'pi_1', state: 'mapped' as const })),
    park: [],
    unpark: [],
    jobs: emails.map(
      ({ seq, email }): NewJob => ({
        lane: LANE,
        pipelineId: 'pl_1',
        integrationId: 'pi_1',
        templateId: 'it_1',
        revisionId: 'rev_1',
        seq,
        rule: 'contact',
        replayId: '',
        action: 'sync',
        payload: { email, firstName: 'Ada', lastName: `Byron ${seq}` },
        contacts: [email],
        subjects: [`u:u${seq}`],
        enqueuedAtMs: atMs,
      }),
    ),
  };
}

/** Takes imports of 250 contacts and has worked them off by the first question. */
function vendor(onDelivered: (count: number) => void): Target {
  let batches = 0;
  const headers = { 'api-token': '***', accept: 'application/json', 'user-agent': 'bench' };
  const exchange = (method: string, path: string) => ({
    method,
    url: `https://${LANE}/api/3${path}`,
    headers,
    status: 200,
    outcomeCode: 'DELIVERED',
    startedAtMs: Date.now(),
    durationMs: 12,
  });
  return {
    templateId: 'it_1',
    consentCategories: ['marketing'],
    missingConsent: 'deny',
    unknownOutcome: 'hold',
    action: () => ({
      repeatable: true,
      budget: 'api',
      merge: (earlier, later) => ({ ...earlier, ...later }),
      batch: { minItems: 25, maxItems: 250, maxBytes: 399_799, bytes: () => 150, accepts: () => true },
    }),
    actionsOn: () => [],
    async perform({ beforeSend }) {
      await beforeSend('api');
      onDelivered(1);
      return {
        exchanges: [exchange('POST', '/contact/sync')],
        outcome: { kind: 'delivered', code: 'DELIVERED' },
      };
    },
    async performBatch({ beforeSend }) {
      await beforeSend('bulk');
      batches += 1;
      const exchanges = [exchange('POST', '/import/bulk_import')];
      return { exchanges, outcomes: [], submitted: { batchId: `batch-${batches}`, refused: new Map() } };
    },
    async poll({ payloads, beforeSend }) {
      await beforeSend('api');
      onDelivered(payloads.length);
      const outcomes = payloads.map(() => ({ kind: 'delivered', code: 'DELIVERED' }) as const);
      return { exchanges: [exchange('GET', '/import/info')], pending: false, outcomes };
    },
    probe: async () => ({ kind: 'delivered', code: 'DELIVERED' }),
  };
}

const openStore = (): SqliteStore =>
  openSqliteStore({
    path: join(values.folder, 'signal.db'),
    clock: systemClock,
    dedupeDays: 28,
    retentionDays: 30,
    parkPerVisitor: 100,
  });

async function fill(waiting: number): Promise<void> {
  const store = openStore();
  for (let from = 0; from < waiting; from += AT_ONCE) {
    await store.log.append(Array.from({ length: AT_ONCE }, (_, position) => eventOf(from + position)));
    await store.steps.commit(stepOf(from, AT_ONCE));
  }
  await store.close();
}

async function measure(waiting: number): Promise<Result> {
  const store = openStore();
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  let delivered = 0;
  let reached = (): void => {};
  let wanted = 0;
  let isOver = false;
  const until = (count: number): Promise<void> =>
    new Promise((resolve) => {
      wanted = count;
      reached = resolve;
    });
  const target = vendor((count) => {
    delivered += count;
    if (delivered >= wanted) reached();
  });
  const rate = 1_000_000;
  const delivery = new Delivery({
    store,
    clock: systemClock,
    random: systemRandom,
    targets: async () => target,
    templatesOf: async () => ['it_1'],
    owner: 'bench',
    leaseMs: LIMITS.leaseMs,
    limits: {
      requestsPerSecond: rate,
      trackingPerSecond: rate,
      bulkPerMinute: 60_000,
      concurrency: LIMITS.laneConcurrency,
      takeJobs: LIMITS.takeJobs,
      takeForImport: LIMITS.takeForImport,
      imports: { ...LIMITS.imports, maxBatches: 20, firstPollMs: 100, busyPollMs: 100, uncertainMs: 0 },
      pollMs: LIMITS.pollMs,
      lookMs: LIMITS.lookMs,
      lingerMs: LIMITS.lingerMs,
      probeMs: LIMITS.probeMs,
      failingProbeMs: LIMITS.failingProbeMs,
      eagerProbingMs: LIMITS.eagerProbingMs,
      settleRetryMs: LIMITS.settleRetryMs,
      retry: { maxAttempts: 12, windowMs: 3_600_000, baseMs: 4_000, capMs: 60_000, floorMs: 1_000 },
    },
    onAttempt: () => {},
    onError: (error) => {
      if (!isOver) console.error(error);
    },
  });
  delivery.start();
  await until(WARM_UP);
  const pieces: number[] = [];
  while (delivered < WARM_UP + MEASURED) {
    const [before, from] = [process.cpuUsage(), delivered];
    await until(from + PIECE);
    const { user, system } = process.cpuUsage(before);
    pieces.push((user + system) / (delivered - from));
  }
  isOver = true;
  await delivery.stop();
  clearInterval(watch);
  await store.close();
  return {
    waiting,
    microsOfContact: quantile(pieces, 0.5),
    atBest: quantile(pieces, 0.1),
    peakMb: peak / 1_048_576,
  };
}

/** Runs one piece of work in a process of its own; answers what it printed. */
async function inProcess(work: 'fill' | 'measure', waiting: number, folder: string): Promise<string> {
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(import.meta.url),
      ...[`--work=${work}`, `--waiting=${waiting}`, `--folder=${folder}`, `--measured=${MEASURED}`],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let text = '';
  child.stdout.on('data', (piece: Buffer) => {
    text += piece.toString();
  });
  await once(child, 'close');
  return text;
}

/** What fills the database is over before the process starts that delivers, so that only delivering is measured. */
async function measured(waiting: number): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'signal-million-'));
  try {
    await inProcess('fill', waiting, folder);
    const result: Result = JSON.parse(await inProcess('measure', waiting, folder));
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function quantile(numbers: readonly number[], share: number): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * share)] ?? Number.NaN;
}

async function compare(): Promise<void> {
  const few = WARM_UP + MEASURED + 10_000;
  const results = { few: [] as Result[], many: [] as Result[] };
  for (let round = 0; round < Number(values.rounds); round += 1) {
    results.few.push(await measured(few));
    results.many.push(await measured(Number(values.waiting)));
  }
  const micros = (of: readonly Result[]): number =>
    quantile(
      of.map(({ microsOfContact }) => microsOfContact),
      0.5,
    );
  const line = (waiting: number, of: readonly Result[]): string =>
    `${waiting} waiting: ${micros(of).toFixed(0)} µs of processor time a contact, RSS at most ${Math.max(...of.map(({ peakMb }) => peakMb)).toFixed(0)} MB while delivering`;
  console.log(line(few, results.few));
  console.log(line(Number(values.waiting), results.many));
  console.log(`a contact is ${(micros(results.many) / micros(results.few)).toFixed(2)} times as dear`);
}

if (values.work === 'fill') await fill(Number(values.waiting));
else if (values.work === 'measure') console.log(JSON.stringify(await measure(Number(values.waiting))));
else await compare();
