/** A management server over a store in memory with the real destination, asked through inject; every answer is held to the OpenAPI document. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { Clock, Random } from '../../../src/clock.ts';
import { own } from '../../../src/event/json.ts';
import { buildManagementServer, type ManagementDeps } from '../../../src/server/management/server.ts';
import type { Vault } from '../../../src/server/management/settings.ts';
import type { Pipeline } from '../../../src/store/port.ts';
import { type MemoryStore, memoryStore } from './memory-store.ts';
import { testVendor } from './test-vendor.ts';

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

export const PIPELINE: Pipeline = {
  id: 'pip_1',
  name: 'Default',
  slug: 'default',
  type: 'web',
  pipelineKey: 'dk_live_0123456789abcdef',
  sealedSecret: 'sealed',
  secretPrefix: 'sk_live_0123',
  domainAllowlist: [],
  labels: [],
  rateLimitRps: 1000,
  parameters: {},
  config: {},
  enabled: true,
  createdAtMs: START_MS,
  updatedAtMs: START_MS,
};

/** Seals by reversing; opening under another place fails, as a real vault does. */
export const reversingVault: Vault = {
  seal: (plain, aad) => `${aad}|${[...plain].reverse().join('')}`,
  open: (sealed, aad) => {
    if (!sealed.startsWith(`${aad}|`)) throw new Error('opened in another place');
    return [...sealed.slice(aad.length + 1)].reverse().join('');
  },
};

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
  readonly headers: LightMyRequestResponse['headers'];
}

export interface Fixture {
  readonly app: FastifyInstance;
  readonly store: MemoryStore;
  readonly logged: string[];
  readonly probed: string[];
  /** Accounts that were asked for. */
  readonly contacted: string[];
  readonly clock: { nowMs: number };
  /** Asks below `/v1/admin` with the token. */
  ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Answer>;
}

export function startManagement(changes: Partial<ManagementDeps> = {}): Fixture {
  const store = memoryStore([PIPELINE]);
  const logged: string[] = [];
  const probed: string[] = [];
  const contacted: string[] = [];
  const clock = { nowMs: START_MS };
  const app = buildManagementServer({
    store,
    vault: reversingVault,
    vendors: new Map([['activecampaign', testVendor(contacted)]]),
    adminToken: TOKEN,
    clock: steppedClock(clock),
    random: countingRandom(),
    limits: { requestsPerMinute: 10_000, maxBodyBytes: 512 * 1024 },
    metrics: new Registry(),
    hooks: { probe: (templateId) => void probed.push(templateId) },
    logger: pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
    ...changes,
  });
  return {
    app,
    store,
    logged,
    probed,
    contacted,
    clock,
    ask: async (method, path, body) => {
      const response = await app.inject({
        method,
        url: `/v1/admin${path}`,
        headers: { authorization: `Bearer ${TOKEN}` },
        ...(body === undefined ? {} : { payload: JSON.stringify(body), headers: jsonHeaders() }),
      });
      const answer = read(response);
      await holdToDocument(app, method, path, answer);
      return answer;
    },
  };
}

const jsonHeaders = () => ({ authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' });

function read(response: LightMyRequestResponse): Answer {
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

async function holdToDocument(
  app: FastifyInstance,
  method: string,
  path: string,
  answer: Answer,
): Promise<void> {
  const document: unknown = JSON.parse((await app.inject('/openapi.json')).body);
  const bare = path.split('?')[0] ?? '';
  const paths = Object.entries(own(document, 'paths') ?? {});
  const found = paths.find(([template]) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(bare) && !/\{/.test(bare)
      ? own(own(document, 'paths'), template) !== undefined && hasMethod(document, template, method)
      : false,
  );
  if (found === undefined) return;
  const response = at(document, 'paths', found[0], method.toLowerCase(), 'responses', answer.status);
  if (response === undefined)
    throw new Error(`${method} ${found[0]} answered ${answer.status}, undocumented`);
  const schema = at(response, 'content', 'application/json', 'schema');
  if (schema === undefined) {
    if (answer.text !== '') throw new Error(`${method} ${found[0]} answered a body, undocumented`);
    return;
  }
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile({ ...Object(schema), components: own(document, 'components') });
  if (!validate(answer.body)) {
    throw new Error(`${method} ${found[0]} answered ${answer.text}: ${ajv.errorsText(validate.errors)}`);
  }
}

function hasMethod(document: unknown, template: string, method: string): boolean {
  return at(document, 'paths', template, method.toLowerCase()) !== undefined;
}
