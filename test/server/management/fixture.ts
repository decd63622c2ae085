/** A management server over a real store in memory with the real destination, asked through inject; every answer is held to the OpenAPI document. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach } from 'vitest';
import { activecampaign } from '../../../src/activecampaign/destination.ts';
import { type Clock, type Random, systemClock } from '../../../src/clock.ts';
import { createCache } from '../../../src/destination/cache.ts';
import { compileDestination } from '../../../src/destination/compile.ts';
import type { Transport, TransportRequest } from '../../../src/destination/transport.ts';
import { own } from '../../../src/event/json.ts';
import { parseEvent } from '../../../src/intake/parse-event.ts';
import { Eraser } from '../../../src/processing/eraser.ts';
import { Processor } from '../../../src/processing/processor.ts';
import { ensureDefaultPipeline } from '../../../src/runtime/pipelines.ts';
import { createRevisionCompiler } from '../../../src/runtime/revision-compiler.ts';
import { createVendor } from '../../../src/runtime/vendors.ts';
import { buildManagementServer, type ManagementDeps } from '../../../src/server/management/server.ts';
import type { JobChange, PendingJob } from '../../../src/store/ports/queue.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { createVault } from '../../../src/store/vault.ts';

export const TOKEN = 'admin-token-of-the-test';
export const API_KEY = 'canary-api-key-5d41402abc4b2a76';
export const EVENT_KEY = 'canary-event-key-7d793037a0760186';
export const START_MS = Date.UTC(2026, 0, 31, 12);

/** The body of the documented install request. */
export const INSTALL = {
  name: 'ActiveCampaign',
  variant: 'default',
  config: {
    api_url: 'https://your-account.api-us1.com',
    api_key: API_KEY,
    event_tracking_account_id: '12345',
    event_tracking_key: EVENT_KEY,
  },
  delivery_mode: 'server_side',
};
export const INSTALL_PATH = '/integration-catalog/activecampaign/install';
export const ACCOUNT = 'your-account.api-us1.com';

/** What the service says of itself. */
export const SERVICE = {
  version: '9.8.7',
  ingestUrl: 'http://127.0.0.1:18080',
  requestsPerSecond: 5,
  trackingPerSecond: 4,
  retentionDays: 30,
};

const destination = compileDestination(activecampaign);
const destinations = new Map([['activecampaign', destination]]);

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
  readonly headers: LightMyRequestResponse['headers'];
}

export interface Fixture {
  readonly app: FastifyInstance;
  readonly store: Store;
  /** Lines of the log. */
  readonly logged: string[];
  /** Templates whose account was to be tried. */
  readonly probed: string[];
  /** Requests to the account. */
  readonly sent: TransportRequest[];
  readonly clock: { nowMs: number };
  /** Asks below `/v1/admin` with the token. */
  ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Answer>;
  /** Puts events, as clients send them, into the log and processes it. */
  receive(...events: readonly Record<string, unknown>[]): Promise<void>;
  /** Claims the account's jobs and settles each as the function says, with one try. */
  settle(decide: (job: PendingJob) => JobChange): Promise<void>;
}

const opened: Fixture[] = [];
afterEach(async () => {
  for (const { app, store } of opened.splice(0)) {
    await app.close();
    await store.close();
  }
});

/** Everything is closed after the test. */
export async function startManagement(changes: Partial<ManagementDeps> = {}): Promise<Fixture> {
  const logged: string[] = [];
  const probed: string[] = [];
  const sent: TransportRequest[] = [];
  const time = { nowMs: START_MS };
  const clock = steppedClock(time);
  const random = countingRandom();
  const store = openSqliteStore({
    path: ':memory:',
    clock,
    dedupeDays: 28,
    retentionDays: 30,
    parkPerVisitor: 100,
  });
  const vault = createVault(new Uint8Array(32).fill(7));
  const keys = { pipelineKey: 'dk_live_0123456789abcdef', pipelineSecret: 'sk_live_canary0123456789' };
  await ensureDefaultPipeline(store.config, { ...keys, areGiven: false }, vault, clock, 1000);
  const compiler = createRevisionCompiler(destinations);
  const cache = createCache(clock);
  const reach = { transport: vendorTransport(sent), clock, allowedOrigins: [] };
  const eraser = new Eraser({
    store,
    vault,
    // Its waits are real: an answer must not overtake the work that it tells of.
    clock: { now: () => clock.now(), after: systemClock.after },
    random,
    accountOf: (template, newest) => compiler.lane(template, newest),
    limits: { pieceMs: 1, retryMs: 1, answerMs: 60_000 },
    onError: rethrow,
  });
  const app = buildManagementServer({
    store,
    vault,
    vendors: new Map([['activecampaign', createVendor(destination, reach)]]),
    adminToken: TOKEN,
    clock,
    random,
    limits: { requestsPerMinute: 10_000, maxBodyBytes: 64 * 1024 },
    metrics: new Registry(),
    service: () => SERVICE,
    hooks: { probe: (templateId) => void probed.push(templateId) },
    erase: (request) => eraser.erase(request),
    inboundPath: (id) => `/v1/inbound/${id}/secret`,
    preview: { compiler, destinations, cacheOf: () => cache, allowedOrigins: [] },
    logger: pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
    ...changes,
  });
  const fixture: Fixture = {
    app,
    store,
    logged,
    probed,
    sent,
    clock: time,
    ask: (method, path, body) => ask(app, method, path, body),
    receive: async (...events) => {
      await store.log.append(events.map((raw) => received(raw, time.nowMs, random)));
      const limits = {
        batchEvents: 100,
        releasedEvents: 100,
        bytes: 1e6,
        pollMs: 1000,
        parkMs: 3_600_000,
        retryMs: 1000,
      };
      await new Processor({ store, compiler, clock, limits, onError: rethrow }).step();
    },
    settle: (decide) => settle(store, time.nowMs, decide),
  };
  opened.push(fixture);
  return fixture;
}

function rethrow(error: unknown): never {
  throw error;
}

function received(raw: Record<string, unknown>, receivedAtMs: number, random: Random) {
  const parsed = parseEvent(raw, { receivedAtMs }, random);
  if (!parsed.ok) throw new Error(parsed.message);
  return { pipelineId: 'pip_default', event: parsed.event, receivedAtMs };
}

async function settle(store: Store, nowMs: number, decide: (job: PendingJob) => JobChange): Promise<void> {
  for (const lease of await store.queue.claim('test', nowMs, 60_000)) {
    const jobs = await store.queue.take(lease, { nowMs, jobs: 100, busy: new Set() });
    const changes = jobs.map(decide);
    const attempts = changes.map((change) => ({
      jobId: change.id,
      atMs: nowMs,
      durationMs: 12,
      outcome: change.to === 'waiting' ? 'retry' : change.to === 'delivered' ? 'delivered' : 'rejected',
      code: 'code' in change ? change.code : ('DELIVERED' as const),
      exchanges: [{ method: 'POST', url: 'https://a.example/api/3/contact/sync', status: 200 }],
      ...(change.to === 'waiting' ? { nextAtMs: change.untilMs } : {}),
    }));
    await store.queue.settle({ lease, nowMs, changes, attempts });
    await store.queue.release([lease]);
  }
}

async function ask(
  app: FastifyInstance,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
) {
  const response = await app.inject({
    method,
    url: `/v1/admin${path}`,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  const answer = read(response);
  await holdToDocument(app, method, path, answer);
  return answer;
}

export function read(response: LightMyRequestResponse): Answer {
  return {
    status: response.statusCode,
    text: response.body,
    body: response.body === '' ? undefined : JSON.parse(response.body),
    headers: response.headers,
  };
}

function steppedClock(time: { readonly nowMs: number }): Clock {
  return {
    now: () => time.nowMs,
    after: (delayMs, run) => {
      const timer = setTimeout(run, Math.min(delayMs, 5));
      return () => clearTimeout(timer);
    },
  };
}

function countingRandom(): Random {
  let count = 0;
  const next = (): string => String(++count).padStart(4, '0');
  return { number: () => 0.5, id: () => `id-${next()}`, token: (bytes) => next().padStart(bytes * 2, 'f') };
}

/** An account that knows its user and nothing else. */
function vendorTransport(sent: TransportRequest[]): Transport {
  return {
    send: async (request) => {
      sent.push(request);
      const isUser = request.url.endsWith('/users/me');
      return {
        status: isUser ? 200 : 404,
        headers: { 'content-type': 'application/json' },
        body: isUser ? '{"user":{"id":"1","email":"owner@example.com"}}' : '{"message":"No Result found"}',
      };
    },
    close: async () => undefined,
  };
}

/** Reads into an answer by names and indexes. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (Array.isArray(inner) ? inner[Number(name)] : own(inner, String(name))),
    value,
  );
}

/** The text at a place of an answer; fails the test when there is none. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  if (typeof found !== 'string') throw new Error(`no text at ${path.join('.')} of ${JSON.stringify(value)}`);
  return found;
}

/** The paths named in the details of a refusal. */
export function wrongPaths(answer: Answer): readonly unknown[] {
  const details = at(answer.body, 'error', 'details');
  return Array.isArray(details) ? details.map((detail) => own(detail, 'path')) : [];
}

/** The document is the same for every server here, so it is read and its schemas are compiled once. */
let document: unknown;
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
const validators = new Map<string, ValidateFunction>();

async function holdToDocument(
  app: FastifyInstance,
  method: string,
  path: string,
  answer: Answer,
): Promise<void> {
  document ??= JSON.parse((await app.inject('/openapi.json')).body);
  const route = documentedPath(path.split('?')[0] ?? '', method.toLowerCase());
  if (route === undefined) return;
  const place = `${method} ${route} ${answer.status}`;
  const response = at(document, 'paths', route, method.toLowerCase(), 'responses', answer.status);
  if (response === undefined) throw new Error(`${place} is not documented: ${answer.text}`);
  const schema = at(response, 'content', 'application/json', 'schema');
  if (schema === undefined) {
    if (answer.text !== '') throw new Error(`${place} has a body, which is not documented`);
    return;
  }
  const validate =
    validators.get(place) ?? ajv.compile({ ...Object(schema), components: own(document, 'components') });
  validators.set(place, validate);
  if (!validate(answer.body))
    throw new Error(`${place}: ${ajv.errorsText(validate.errors)} in ${answer.text}`);
}

/** The path in the document that this one is an instance of; literal parts win over parameters. */
function documentedPath(path: string, method: string): string | undefined {
  return Object.keys(Object(own(document, 'paths')))
    .filter((route) => at(document, 'paths', route, method) !== undefined)
    .filter((route) => new RegExp(`^${route.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path))
    .sort((a, b) => a.split('{').length - b.split('{').length)[0];
}
