/** `signal serve` as people run it: the built program in a process of its own, and what reached the account. It must not know why somebody starts it. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { eventually, type Json, SANDBOX_CONFIG } from './harness.ts';

export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Served {
  readonly pid: number;
  readonly adminUrl: string;
  readonly ingestUrl: string;
  /** What it has printed and logged so far, a line each. */
  readonly lines: readonly string[];
  /** What it has written to stderr so far. */
  readonly complaints: readonly string[];
  /** How it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  admin(method: string, path: string, body?: unknown): Promise<Json>;
  /** Installs the simulated account. */
  install(unknownOutcome: 'hold' | 'resend'): Promise<void>;
  /** Every row of a list of the management API. */
  rows(path: string): Promise<Json[]>;
  metrics(): Promise<string>;
  /** Sends one event; the answer, or undefined when there was none. */
  send(event: object): Promise<Answer | undefined>;
}

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: Json;
}

export interface ServeOptions {
  readonly dataDir: string;
  readonly sandbox: Sandbox;
  /** A program and its arguments that start the service with some limit. */
  readonly under?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts it and waits until it listens. */
export async function serve({
  dataDir,
  sandbox,
  under = [],
  environment = {},
}: ServeOptions): Promise<Served> {
  const [program = process.execPath, ...rest] = [...under, process.execPath, MAIN, 'serve'];
  const child = spawn(program, rest, {
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
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<Awaited<Served['ended']>>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  );
  const lines: string[] = [];
  const complaints: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line));
  const addresses = new Promise<{ adminUrl: string; ingestUrl: string }>((resolve, reject) => {
    const found = new Map<string, string>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      const [, name, url] = /^(Ingestion|Management API)\s+(http:\S+)/.exec(line) ?? [];
      if (name !== undefined && url !== undefined) found.set(name, url);
      const [ingestUrl, adminUrl] = [found.get('Ingestion'), found.get('Management API')];
      if (ingestUrl !== undefined && adminUrl !== undefined) resolve({ ingestUrl, adminUrl });
    });
    void ended.then(() =>
      reject(new Error(`The service ended before it listened: ${complaints.join('\n')}`)),
    );
  });
  const { adminUrl, ingestUrl } = await addresses;
  const secret = (file: string): string => readFileSync(join(dataDir, file), 'utf8').trim();
  const [token, key] = [secret('admin-token'), secret('pipeline-key')];
  const admin: Served['admin'] = async (method, path, body) => {
    const response = await fetch(`${adminUrl}/v1/admin${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.json();
  };
  return {
    pid: child.pid ?? 0,
    adminUrl,
    ingestUrl,
    lines,
    complaints,
    ended,
    admin,
    async end(signal) {
      child.kill(signal);
      await ended;
    },
    async install(unknownOutcome) {
      const answer = await admin('POST', '/integration-catalog/activecampaign/install', {
        name: 'ActiveCampaign',
        variant: 'default',
        delivery_mode: 'server_side',
        config: { api_url: sandbox.url, ...SANDBOX_CONFIG, unknown_outcome: unknownOutcome },
      });
      expect(answer.error).toBeUndefined();
    },
    async rows(path) {
      const found: Json[] = [];
      let cursor = '';
      do {
        const page = await admin(
          'GET',
          `${path}limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
        );
        found.push(...page.data);
        cursor = page.next_cursor ?? '';
      } while (cursor !== '');
      return found;
    },
    async metrics() {
      const response = await fetch(`${adminUrl}/metrics`, { headers: { authorization: `Bearer ${token}` } });
      return response.text();
    },
    async send(event) {
      try {
        const response = await fetch(`${ingestUrl}/v1/batch`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}` },
          body: JSON.stringify({ events: [event] }),
        });
        const body = await response.json();
        return { status: response.status, retryAfter: response.headers.get('retry-after'), body };
      } catch {
        return undefined;
      }
    },
  };
}

/** How often each order reached the account, whether the answer was read or not. The account remembers its newest requests only. */
export class Arrivals {
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

export interface Account {
  readonly lost: readonly string[];
  readonly twice: readonly string[];
  readonly held: number;
  readonly delivered: number;
}

/** What became of every acknowledged event. Read once, at the end: nothing that happened on the way is forgotten by then. */
export async function account(
  service: Served,
  acknowledged: ReadonlySet<string>,
  arrivals: Arrivals,
): Promise<Account> {
  for (const status of ['waiting', 'sending'])
    await eventually(async () =>
      expect((await service.admin('GET', `/deliveries?limit=1&status=${status}`)).data).toHaveLength(0),
    );
  arrivals.count();
  const jobs = await service.rows('/deliveries?');
  const stateOf = new Map(jobs.map(({ event_id, state }) => [event_id, state]));
  const shown = new Map<string, string>();
  for (const { id, message_id } of await service.rows('/events?'))
    shown.set(message_id, stateOf.get(id) ?? 'none');
  return {
    lost: [...acknowledged].filter((id) => !['delivered', 'held'].includes(shown.get(id) ?? 'none')),
    twice: [...arrivals.times].filter(([, count]) => count > 1).map(([id]) => id),
    held: jobs.filter(({ state }) => state === 'held').length,
    delivered: jobs.filter(({ state }) => state === 'delivered').length,
  };
}
