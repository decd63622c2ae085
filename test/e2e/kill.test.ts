/** The built service on a real disk, killed at random moments while clients send: every acknowledged event is accounted for. SOAK_KILLS sets how often. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { eventually, type Json, SANDBOX_CONFIG, YES } from './harness.ts';

const KILLS = Number(process.env['SOAK_KILLS'] ?? 5);
/** The variant that sends again what is unknown needs fewer to show it. */
const RESEND_KILLS = Math.max(2, Math.ceil(KILLS / 5));
const CLIENTS = 4;
/** Everything is accounted for after so many kills, and then it goes on. */
const KILLS_OF_ROUND = 100;
/** Clients wait while more of their events than this have not arrived, so that what is left at the end stays small. */
const MAX_BACKLOG = 300;
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

let sandbox: Sandbox;
let arrivals: Arrivals;
let dataDir: string;
/** The service as it runs now; a promise while it comes up. */
let service: Promise<Running> | undefined;

beforeEach(async () => {
  sandbox = await startSandbox({ settings: { rate_limit_per_second: 1_000 } });
  arrivals = new Arrivals(sandbox);
  dataDir = mkdtempSync(join(tmpdir(), 'signal-kill-'));
});
afterEach(async () => {
  await (await service)?.end('SIGKILL');
  service = undefined;
  await sandbox.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** How often each order reached the account, whether the answer was read or not. The account remembers its newest requests only. */
class Arrivals {
  readonly times = new Map<string, number>();
  readonly #sandbox: Sandbox;
  #lastSeq = 0;
  #lastMs = 0;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Orders that arrived at least once. */
  count(): number {
    for (const { seq, at_ms, path, body } of this.#sandbox.requests(this.#lastMs)) {
      if (seq <= this.#lastSeq) continue;
      this.#lastSeq = seq;
      this.#lastMs = at_ms;
      const id = path === '/event' ? /order_id=(\S+?)(;|$)/.exec(eventData(body))?.[1] : undefined;
      if (id !== undefined) this.times.set(id, (this.times.get(id) ?? 0) + 1);
    }
    return this.times.size;
  }
}

const eventData = (body: Json): string => String(body?.eventdata ?? '');

interface Running {
  readonly adminUrl: string;
  readonly ingestUrl: string;
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** Starts `signal serve` in a process of its own and waits until it listens. */
async function begin(): Promise<Running> {
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    env: {
      ...process.env,
      SIGNAL_DATA_DIR: dataDir,
      ADMIN_PORT: '0',
      INGEST_PORT: '0',
      LOG_LEVEL: 'warn',
      RATE_LIMIT_PER_SECOND: '500',
      TRACKING_LIMIT_PER_SECOND: '500',
      ADMIN_RATE_LIMIT_PER_MINUTE: '100000',
      ALLOWED_API_ORIGINS: sandbox.url,
      EVENT_TRACKING_URL: `${sandbox.url}/event`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const urls = await addressesOf(child);
  return {
    ...urls,
    async end(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

async function addressesOf(child: ChildProcess): Promise<{ adminUrl: string; ingestUrl: string }> {
  if (child.stdout === null) throw new TypeError('The service has no output.');
  const found = new Map<string, string>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, url] = /^(Ingestion|Management API)\s+(http:\S+)/.exec(line) ?? [];
    if (name !== undefined && url !== undefined) found.set(name, url);
    const [ingestUrl, adminUrl] = [found.get('Ingestion'), found.get('Management API')];
    if (ingestUrl !== undefined && adminUrl !== undefined) {
      child.stdout.resume();
      return { ingestUrl, adminUrl };
    }
  }
  throw new Error('The service ended before it listened.');
}

const secret = (file: string): string => readFileSync(join(dataDir, file), 'utf8').trim();

async function admin(method: string, path: string, body?: unknown): Promise<Json> {
  const response = await fetch(`${(await service)?.adminUrl}/v1/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${secret('admin-token')}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}

async function install(unknownOutcome: 'hold' | 'resend'): Promise<void> {
  const answer = await admin('POST', '/integration-catalog/activecampaign/install', {
    name: 'ActiveCampaign',
    variant: 'default',
    delivery_mode: 'server_side',
    config: { api_url: sandbox.url, ...SANDBOX_CONFIG, unknown_outcome: unknownOutcome },
  });
  expect(answer.error).toBeUndefined();
}

/** Sends events of one client, one after the other, until told to end; an event counts when its 200 was read. */
async function client(
  index: number,
  from: number,
  acknowledged: Set<string>,
  isOver: () => boolean,
): Promise<void> {
  const key = secret('pipeline-key');
  /** What will never arrive, since a kill of an earlier round left it unknown. */
  const unknown = acknowledged.size - arrivals.count();
  const backlog = (): number => acknowledged.size - arrivals.count() - unknown;
  for (let n = from; !isOver(); n += 1) {
    const messageId = `c${index}-${n}`;
    const who = { userId: `user-${index}`, messageId, context: YES };
    const event =
      n === 0
        ? { type: 'identify', ...who, traits: { email: `c${index}@example.com` } }
        : { type: 'track', event: 'Order Completed', ...who, properties: { order_id: messageId } };
    if (acknowledged.size - arrivals.times.size - unknown > MAX_BACKLOG)
      await eventually(() => expect(isOver() || backlog() <= MAX_BACKLOG).toBe(true));
    while (!isOver()) {
      if (await isAccepted(event, key)) {
        acknowledged.add(messageId);
        break;
      }
      // The service is down for a moment; the same event is sent again, as every client does.
      await service;
    }
  }
}

async function isAccepted(event: object, key: string): Promise<boolean> {
  try {
    const response = await fetch(`${(await service)?.ingestUrl}/v1/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ events: [event] }),
    });
    await response.text();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Every row of a list of the management API. */
async function rows(path: string): Promise<Json[]> {
  const found: Json[] = [];
  let cursor = '';
  do {
    const page = await admin('GET', `${path}limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    found.push(...page.data);
    cursor = page.next_cursor ?? '';
  } while (cursor !== '');
  return found;
}

/** Kills at random moments, measured in requests that reached the account, so that no clock decides; every sixth as soon as it listens. */
async function streamUnderFire(acknowledged: Set<string>, kills: number): Promise<void> {
  let isOver = false;
  const from = acknowledged.size;
  const clients = Array.from({ length: CLIENTS }, (_, index) =>
    client(index, from, acknowledged, () => isOver),
  );
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      const seen = arrivals.count() + Math.floor(Math.random() ** 2 * 40);
      await eventually(() => expect(arrivals.count()).toBeGreaterThanOrEqual(seen));
      service = killed(service);
      await service;
    }
  } finally {
    isOver = true;
    await Promise.allSettled(clients);
  }
  await Promise.all(clients);
}

/** A new process on what the killed one left. */
async function killed(before: Promise<Running> | undefined): Promise<Running> {
  await (await before)?.end('SIGKILL');
  return begin();
}

function* rounds(kills: number): Generator<{ readonly ofRound: number; readonly soFar: number }> {
  for (let soFar = 0; soFar < kills; ) {
    const ofRound = Math.min(KILLS_OF_ROUND, kills - soFar);
    soFar += ofRound;
    yield { ofRound, soFar };
  }
}

interface Account {
  readonly lost: readonly string[];
  readonly twice: readonly string[];
  readonly held: number;
  readonly delivered: number;
}

/** Read once, at the end: nothing that happened on the way is forgotten by then. */
async function account(acknowledged: ReadonlySet<string>): Promise<Account> {
  for (const status of ['waiting', 'sending'])
    await eventually(async () =>
      expect((await admin('GET', `/deliveries?limit=1&status=${status}`)).data).toHaveLength(0),
    );
  arrivals.count();
  const jobs = await rows('/deliveries?');
  const stateOf = new Map(jobs.map(({ event_id, state }) => [event_id, state]));
  const shown = new Map<string, string>();
  for (const { id, message_id } of await rows('/events?')) shown.set(message_id, stateOf.get(id) ?? 'none');
  return {
    lost: [...acknowledged].filter((id) => !['delivered', 'held'].includes(shown.get(id) ?? 'none')),
    twice: [...arrivals.times].filter(([, count]) => count > 1).map(([id]) => id),
    held: jobs.filter(({ state }) => state === 'held').length,
    delivered: jobs.filter(({ state }) => state === 'delivered').length,
  };
}

describe('killed while events stream in', () => {
  it(`loses nothing and sends nothing twice (${KILLS} kills)`, async () => {
    service = begin();
    await install('hold');
    const acknowledged = new Set<string>();
    for (const kills of rounds(KILLS)) {
      await streamUnderFire(acknowledged, kills.ofRound);
      const result = await account(acknowledged);
      console.log(
        `kills ${kills.soFar}: acknowledged ${acknowledged.size}, lost ${result.lost.length}, sent twice ${result.twice.length}, delivered ${result.delivered}, shown as unknown ${result.held}`,
      );
      expect(result.lost).toEqual([]);
      expect(result.twice).toEqual([]);
      // What was under way at a kill, at most: one request per contact.
      expect(result.held).toBeLessThanOrEqual(kills.soFar * CLIENTS);
    }
  });

  it(`delivers everything with unknown_outcome: "resend" (${RESEND_KILLS} kills)`, async () => {
    service = begin();
    await install('resend');
    const acknowledged = new Set<string>();
    for (const kills of rounds(RESEND_KILLS)) {
      await streamUnderFire(acknowledged, kills.ofRound);
      const result = await account(acknowledged);
      console.log(
        `kills ${kills.soFar}, sent again: acknowledged ${acknowledged.size}, lost ${result.lost.length}, shown as unknown ${result.held}`,
      );
      expect(result.lost).toEqual([]);
      expect(result.held).toBe(0);
    }
  });

  it('lets a second process on the same data fail at once, with a sentence', async () => {
    service = begin();
    await service;
    const second = spawn(process.execPath, [MAIN, 'serve'], {
      env: { ...process.env, SIGNAL_DATA_DIR: dataDir, ADMIN_PORT: '0', INGEST_PORT: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let message = '';
    second.stderr.on('data', (chunk) => {
      message += chunk;
    });
    const code = await new Promise((resolve) => second.once('close', resolve));
    expect(code).toBe(1);
    expect(message).toMatch(/process/i);
    expect(message.trim().split('\n')).toHaveLength(1);
  });
});
