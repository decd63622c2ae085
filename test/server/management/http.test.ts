/** What holds for every route: who may ask and how often, the form of failures, headers, health, the OpenAPI document. */
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { Counter, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/event/failure.ts';
import { own } from '../../../src/event/json.ts';
import { managementRoutes, PREFIXES } from '../../../src/server/management/server.ts';
import { answerWhileClosing } from '../late-request.ts';
import { at, INSTALL, INSTALL_PATH, read, SERVICE, startManagement, TOKEN } from './fixture.ts';

const PATH = '/v1/admin/pipelines';
const bearer = { authorization: `Bearer ${TOKEN}` };

describe('the token', () => {
  const REFUSED: readonly (readonly [string, Record<string, string>, string])[] = [
    ['none', {}, 'UNAUTHORIZED'],
    ['another', { authorization: 'Bearer someone-elses' }, 'INVALID_TOKEN'],
    ['a longer one', { authorization: `Bearer ${TOKEN}x` }, 'INVALID_TOKEN'],
    ['another scheme', { authorization: `Basic ${TOKEN}` }, 'UNAUTHORIZED'],
    ['an empty one', { authorization: 'Bearer ' }, 'UNAUTHORIZED'],
  ];
  it.each(REFUSED)('is asked for: %s is 401', async (_what, headers, code) => {
    const { app } = await startManagement();
    const answer = read(await app.inject({ url: PATH, headers }));
    expect([answer.status, at(answer.body, 'error', 'code')]).toEqual([401, code]);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  it('has every route that the README names as ours', async () => {
    const { app } = await startManagement();
    const { paths } = JSON.parse((await app.inject('/openapi.json')).body);
    const known = new Set(Object.keys(paths).map((path) => path.replace('/v1/admin', '')));
    const readme = readFileSync('README.md', 'utf8');
    const table = readme.slice(readme.indexOf('beyond Signal |'), readme.indexOf('## Repair and privacy'));
    const named = [...table.matchAll(/(?:GET|POST|DELETE) (\/[\w/{}-]+)/g)].map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((path) => !known.has(path))).toEqual([]);
  });

  it('is asked for on every route', async () => {
    const { app } = await startManagement();
    const document = JSON.parse((await app.inject('/openapi.json')).body);
    for (const [path, methods] of Object.entries(Object(own(document, 'paths')))) {
      for (const [method, operation] of Object.entries(Object(methods))) {
        const isOpen = JSON.stringify(own(operation, 'security')) === '[]';
        const url = isOpen ? path : `/v1/admin${path.replaceAll(/\{\w+\}/g, 'x')}`;
        const { statusCode } = await app.inject({ method: methodOf(method), url });
        expect([method, path, statusCode === 401]).toEqual([method, path, !isOpen]);
      }
    }
  });

  it('may be tried only so often by one who does not have it', async () => {
    const { app } = await startManagement({ limits: { requestsPerMinute: 3, maxBodyBytes: 1000 } });
    const statuses = [];
    for (let index = 0; index < 5; index += 1) {
      statuses.push((await app.inject({ url: PATH, headers: { authorization: 'Bearer x' } })).statusCode);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect((await app.inject({ url: PATH, headers: bearer })).statusCode).toBe(200);
  });
});

describe('the limit of requests', () => {
  it('answers 429 with the documented words and the time to wait, and fills up again', async () => {
    const { app, clock } = await startManagement({ limits: { requestsPerMinute: 2, maxBodyBytes: 1000 } });
    const get = async () => read(await app.inject({ url: PATH, headers: bearer }));
    expect((await get()).headers['ratelimit']).toBe('"management";r=1;t=30');
    expect((await get()).headers['ratelimit-policy']).toBe('"management";q=2;w=60');
    const answer = await get();
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '30']);
    expect(answer.body).toEqual({
      error: { code: 'RATE_LIMITED', message: 'Rate limit exceeded. Retry after 30 seconds.' },
    });
    clock.nowMs += 30_000;
    expect((await get()).status).toBe(200);
  });
});

describe('a request that cannot be read', () => {
  const JSON_TYPE = 'application/json';
  const UNREADABLE: readonly (readonly [string, string, string, number, string])[] = [
    ['broken JSON', '{"name":', JSON_TYPE, 400, 'INVALID_JSON'],
    ['nothing', '', JSON_TYPE, 400, 'INVALID_JSON'],
    ['a key that would change prototypes', '{"__proto__":{"a":1}}', JSON_TYPE, 400, 'INVALID_JSON'],
    ['a list', '[]', JSON_TYPE, 400, 'INVALID_REQUEST'],
    ['another type', 'name=x', 'application/x-www-form-urlencoded', 400, 'INVALID_REQUEST'],
    ['more than is allowed', `{"name":"${'x'.repeat(70_000)}"}`, JSON_TYPE, 413, 'PAYLOAD_TOO_LARGE'],
  ];
  it.each(UNREADABLE)('%s is refused', async (_what, payload, type, status, code) => {
    const { app, store } = await startManagement();
    const headers = { ...bearer, 'content-type': type };
    const answer = read(
      await app.inject({ method: 'POST', url: `/v1/admin${INSTALL_PATH}`, headers, payload }),
    );
    expect([answer.status, at(answer.body, 'error', 'code')]).toEqual([status, code]);
    expect(await store.config.templates()).toEqual([]);
  });

  it('to a route that there is not is 404 in the same form', async () => {
    const { app, ask } = await startManagement();
    expect(await ask('GET', '/nowhere')).toMatchObject({
      status: 404,
      body: { error: { code: 'NOT_FOUND' } },
    });
    const outside = read(await app.inject('/nowhere'));
    expect(outside).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
  });
});

describe('a request that comes while the server closes', () => {
  it('is 503 in our form with Retry-After, for data only like every answer', async () => {
    const { app } = await startManagement();
    const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    const answer = await answerWhileClosing(app, Number(port), '/healthz');
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toMatch(/\r\nretry-after: [1-9]\d*\r\n/);
    expect(answer).toMatch(/\r\nx-content-type-options: nosniff\r\n/);
    expect(answer.split('\r\n\r\n')[1]).toContain('{"error":{"code":"SERVICE_CLOSING","message":');
  });
});

describe('our own mistakes', () => {
  it('are told without their words, and logged with them', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
    const fixture = await startManagement();
    const broken = await startManagement({
      logger,
      store: {
        ...fixture.store,
        config: Object.assign(Object.create(fixture.store.config), {
          pipelines: () => Promise.reject(new Error('the inside of the house')),
        }),
      },
    });
    const answer = await broken.ask('GET', '/pipelines');
    expect([answer.status, at(answer.body, 'error', 'code')]).toEqual([500, 'INTERNAL']);
    expect(answer.text).not.toContain('inside');
    expect(lines.join('')).toContain('the inside of the house');
  });
});

describe('answers', () => {
  it.each([PATH, '/nowhere', '/v1/admin/nowhere', '/openapi.json', '/healthz'])(
    'of %s cannot be sniffed, framed, cached or read by other pages',
    async (url) => {
      const { app } = await startManagement();
      const { headers } = await app.inject({
        url,
        headers: { ...bearer, origin: 'https://elsewhere.example' },
      });
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      });
      expect(headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it('leave no address that people typed in the log', async () => {
    const { ask, logged } = await startManagement();
    await ask('GET', '/events?email=jane@example.com');
    expect(logged.join('')).toContain('/v1/admin/events');
    expect(logged.join('')).not.toMatch(/jane|example\.com/);
  });
});

describe('the service itself', () => {
  it('is healthy, and ready while the store takes durable writes', async () => {
    const { app } = await startManagement();
    expect((await app.inject('/healthz')).statusCode).toBe(200);
    expect((await app.inject('/readyz')).json()).toEqual({ status: 'ready' });
  });

  it('is not ready when the disk fails', async () => {
    const { store } = await startManagement();
    const upkeep = {
      sweep: async () => ({ removed: 0 }),
      probe: () => Promise.reject(new Failure('STORE_UNAVAILABLE', 'The disk takes no writes.')),
    };
    const { app } = await startManagement({ store: { ...store, upkeep } });
    expect((await app.inject('/readyz')).statusCode).toBe(503);
    expect((await app.inject('/healthz')).statusCode).toBe(200);
  });

  it('shows the measurements of the registry that it was given', async () => {
    const metrics = new Registry();
    new Counter({ name: 'mugs_total', help: 'Mugs', registers: [metrics] }).inc(3);
    const { app } = await startManagement({ metrics });
    const response = await app.inject('/metrics');
    expect(response.headers['content-type']).toContain('text/plain');
    expect(response.body).toContain('mugs_total 3');
  });
});

describe('the OpenAPI document', () => {
  /** Every route that the server really has, as "METHOD /path". */
  async function served(): Promise<readonly string[]> {
    const { app } = await startManagement();
    await app.ready();
    const lines = app.printRoutes({ commonPrefix: false, includeHooks: false });
    const routes: string[] = [];
    const parents: string[] = [];
    for (const line of lines.split('\n')) {
      const [, indent = '', path = '', methods = ''] =
        /^((?:[│ ] {3})*)[├└]── (\S+)(?: \((.*)\))?$/.exec(line) ?? [];
      if (path === '') continue;
      const depth = indent.length / 4;
      parents.splice(depth, parents.length, path);
      for (const method of methods.split(', ')) {
        if (method !== '' && method !== 'HEAD') routes.push(`${method} ${parents.join('')}`);
      }
    }
    return routes.map((route) => route.replaceAll(/:(\w+)/g, '{$1}'));
  }

  async function documented(): Promise<readonly string[]> {
    const { app } = await startManagement();
    const document: unknown = (await app.inject('/openapi.json')).json();
    return Object.entries(Object(own(document, 'paths'))).flatMap(([path, methods]) =>
      Object.entries(Object(methods)).flatMap(([method, operation]) =>
        (JSON.stringify(own(operation, 'security')) === '[]' ? [''] : PREFIXES).map(
          (prefix) => `${method.toUpperCase()} ${prefix}${path}`,
        ),
      ),
    );
  }

  it('has every route that is served, and every route that it has is served', async () => {
    expect([...(await documented())].sort()).toEqual([...new Set(await served())].sort());
  });

  it('has the routes of the contract', async () => {
    const routes = (await documented()).filter((route) => route.includes(' /v1/admin'));
    expect(routes).toEqual(
      expect.arrayContaining([
        'POST /v1/admin/integration-catalog/{key}/install',
        'POST /v1/admin/integration-catalog/{key}/test-connection',
        'POST /v1/admin/integration-templates/{id}/revisions/{n}/restore',
        'POST /v1/admin/integration-templates/{id}/preview',
        'POST /v1/admin/pipelines/{id}/rotate-key',
        'GET /v1/admin/events/stream',
        'GET /v1/admin/deliveries/{id}',
        'GET /v1/admin/stats',
      ]),
    );
  });

  it('names every operation once and refers only to what it holds', async () => {
    const { app } = await startManagement();
    const text = (await app.inject('/openapi.json')).body;
    const document: unknown = JSON.parse(text);
    expect(own(document, 'openapi')).toBe('3.1.0');
    const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(at(document, 'components', 'schemas', name ?? '')).toBeDefined();
    }
  });

  it('tells of every path parameter', async () => {
    const { app } = await startManagement();
    const document: unknown = (await app.inject('/openapi.json')).json();
    for (const [path, methods] of Object.entries(Object(own(document, 'paths')))) {
      for (const operation of Object.values(Object(methods))) {
        const parameters = at(operation, 'parameters');
        const named = (Array.isArray(parameters) ? parameters : []).flatMap((parameter) =>
          own(parameter, 'in') === 'path' ? [own(parameter, 'name')] : [],
        );
        expect([path, named]).toEqual([path, [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)]);
      }
    }
  });

  it('says what every body must hold, and every route keeps to it', async () => {
    const fixture = await startManagement();
    const { body } = await fixture.ask('POST', INSTALL_PATH, INSTALL);
    const ids: Record<string, string> = {
      '/integration-catalog/{key}': 'activecampaign',
      '/integration-templates/{id}': String(at(body, 'template', 'id')),
      '/pipelines/{id}': 'pip_default',
      '/pipeline-integrations/{id}': String(at(body, 'pipeline_integration', 'id')),
    };
    const document: unknown = (await fixture.app.inject('/openapi.json')).json();
    let checked = 0;
    for (const [path, methods] of Object.entries(Object(own(document, 'paths')))) {
      for (const [method, operation] of Object.entries(Object(methods))) {
        if (own(operation, 'requestBody') === undefined) continue;
        const start = Object.keys(ids).find((prefix) => path.startsWith(prefix));
        const filled =
          start === undefined ? path : path.replace(/\{\w+\}/, ids[start] ?? '').replace('{n}', '1');
        const answer = await fixture.ask(methodOf(method), filled, { nonsense: true });
        expect([path, answer.status, at(answer.body, 'error', 'code')]).toEqual([
          path,
          422,
          'VALIDATION_FAILED',
        ]);
        expect(JSON.stringify(at(answer.body, 'error', 'details'))).toContain('"nonsense"');
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(8);
  });
});

function methodOf(name: string): 'GET' | 'POST' | 'PATCH' | 'DELETE' {
  switch (name.toUpperCase()) {
    case 'POST':
      return 'POST';
    case 'PATCH':
      return 'PATCH';
    case 'DELETE':
      return 'DELETE';
    default:
      return 'GET';
  }
}

it('the table has no route twice', async () => {
  const { store } = await startManagement();
  const rows = managementRoutes({
    store,
    vault: { seal: String, open: String },
    vendors: new Map(),
    clock: { now: () => 0, after: () => () => undefined },
    random: { number: () => 0, id: () => '', token: () => '' },
    service: () => SERVICE,
    hooks: {},
  });
  const names = rows.map(({ method, path }) => `${method} ${path}`);
  expect(new Set(names).size).toBe(names.length);
});
