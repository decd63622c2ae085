import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createDatafly,
  type DataflyClient,
  type DataflyOptions,
  datafly,
  type Problem,
} from '../../src/sdk/node.ts';
import { createWorld, eventsOf, OK, START_MS, settle, type World } from './world.ts';

const KEY = 'dk_live_test';
let world: World;
let problems: Problem[];

beforeEach(() => {
  world = createWorld();
  problems = [];
});

function client(options: Partial<DataflyOptions> = {}): DataflyClient {
  return createDatafly(
    {
      pipelineKey: KEY,
      endpoint: 'https://data.example.com',
      onProblem: (problem) => void problems.push(problem),
      ...options,
    },
    world.ports,
  );
}

const named = (at: number): readonly unknown[] =>
  eventsOf(world.sent[at]?.body ?? { sentAt: '' }).map((event) => event.event);

describe('on the wire', () => {
  it('a batch goes to /v1/batch with the key as bearer, and says when it was sent', async () => {
    const it = client();
    await it.setConsent({ marketing: true });
    await it.identify('user-123', { email: 'jane@example.com', first_name: 'Jane', last_name: 'Doe' });
    await it.page('Home', { url: 'https://shop.example' });
    await world.advance(1_000);
    expect(world.sent).toHaveLength(1);
    const { url, headers, body } = world.sent[0] ?? expect.fail();
    expect(url).toBe('https://data.example.com/v1/batch');
    expect(headers.get('authorization')).toBe(`Bearer ${KEY}`);
    expect(headers.get('content-type')).toBe('application/json');
    expect(Object.keys(body)).toEqual(['events', 'sentAt']);
    expect(body.sentAt).toBe(new Date(START_MS + 1_000).toISOString());
    const consent = { canonical: { marketing: true, analytics: false }, categories: { marketing: true } };
    expect(body.events).toMatchObject([
      {
        type: 'identify',
        userId: 'user-123',
        traits: { email: 'jane@example.com', first_name: 'Jane', last_name: 'Doe' },
        context: { library: { name: 'datafly-node' }, consent },
      },
      {
        type: 'page',
        name: 'Home',
        userId: 'user-123',
        properties: { url: 'https://shop.example' },
        context: { consent },
      },
    ]);
    expect(new Set(body.events?.map((event) => event.anonymousId)).size).toBe(1);
  });

  it('every call makes an event that the published schema allows', async () => {
    const it = client();
    const schema = JSON.parse(await readFile('schemas/event.schema.json', 'utf8'));
    const validate = addFormats.default(new Ajv2020({ strict: false })).compile(schema);
    it.track('Product Viewed', { price: 1 });
    it.setConsent({ marketing: true });
    it.identify('ann', { email: 'ann@example.com' });
    it.page('Home');
    it.group('acme', { plan: 'pro' });
    it.alias('ann-2');
    it.track('At no time', {}, { timestamp: 'yesterday', userId: 'bob' });
    await it.flush();
    const events = world.sent[0]?.body.events ?? [];
    expect(events).toHaveLength(7);
    for (const event of events)
      expect([event.type, validate(event), validate.errors]).toEqual([event.type, true, null]);
  });

  it.each([
    ['https://data.example.com/', 'https://data.example.com/v1/batch'],
    ['https://example.com/collect', 'https://example.com/collect/v1/batch'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/v1/batch'],
  ])('the endpoint %s leads to %s', async (endpoint, url) => {
    const it = client({ endpoint });
    it.track('X');
    await it.flush();
    expect(world.sent[0]?.url).toBe(url);
  });

  it('what the caller changes later does not change the event', async () => {
    const it = client();
    const properties = { price: 1 };
    it.track('X', properties);
    properties.price = 2;
    await it.flush();
    expect(world.sent[0]?.body.events?.[0]?.properties).toEqual({ price: 1 });
  });
});

describe('wrong options', () => {
  it.each([
    [{ pipelineKey: '' }, 'pipelineKey'],
    [{ endpoint: 'data.example.com' }, 'endpoint'],
  ])('%j stop at once, by name', (options, name) => {
    expect(() => client(options)).toThrow(name);
  });
});

describe('ids in the options', () => {
  it('speak of that person only, and change nothing that is kept', async () => {
    const it = client();
    it.setConsent({ marketing: true });
    it.identify('ann', { email: 'ann@example.com' });
    it.track(
      'Order Completed',
      { revenue: 5 },
      { userId: 'bob', timestamp: 1e12, context: { ip: '1.2.3.4' } },
    );
    it.identify('cid', { email: 'cid@example.com' }, { anonymousId: 'visit-9' });
    it.group('acme', {}, { userId: 'bob' });
    it.track('Mine');
    await it.flush();
    const [ann, bob, cid, group, mine] = world.sent[0]?.body.events ?? [];
    expect(bob).toMatchObject({
      userId: 'bob',
      timestamp: new Date(1e12).toISOString(),
      context: { ip: '1.2.3.4' },
    });
    expect(bob).not.toHaveProperty('anonymousId');
    expect(bob?.context).not.toHaveProperty('consent');
    expect(cid).toMatchObject({
      userId: 'cid',
      anonymousId: 'visit-9',
      traits: { email: 'cid@example.com' },
    });
    expect(group).toMatchObject({ userId: 'bob', groupId: 'acme' });
    expect(mine).toMatchObject({
      userId: 'ann',
      anonymousId: ann?.anonymousId,
      context: { consent: { canonical: { marketing: true } } },
    });
  });

  it('let a decision be told about somebody', async () => {
    const it = client();
    await it.setConsent({ marketing: false }, { userId: 'bob' });
    it.track('Mine');
    await it.flush();
    const [told, mine] = world.sent[0]?.body.events ?? [];
    expect(told).toMatchObject({ userId: 'bob', context: { consent: { canonical: { marketing: false } } } });
    expect(mine?.context).not.toHaveProperty('consent');
  });
});

describe('batches', () => {
  it('leave when full, or when their time has come', async () => {
    const it = client({ batchSize: 3, flushInterval: 1_000 });
    it.track('1');
    it.track('2');
    await world.advance(999);
    expect(world.sent).toHaveLength(0);
    it.track('3');
    await settle();
    expect(named(0)).toEqual(['1', '2', '3']);
    it.track('4');
    await world.advance(1_000);
    expect(named(1)).toEqual(['4']);
  });

  it('hold 500 events and 480,000 bytes at most, one event at least', async () => {
    const it = client({ batchSize: 2_000 });
    for (let at = 0; at < 501; at += 1) it.track('small');
    it.track('large', { text: 'é'.repeat(239_000) });
    it.track('larger', { text: 'x'.repeat(500_000) });
    await it.flush();
    expect(world.sent.map(({ body }) => body.events?.length)).toEqual([500, 2, 1]);
  });

  it('are cut in halves where ingestion finds them too large', async () => {
    const it = client({ batchSize: 100 });
    world.replies.push({ status: 413 }, { status: 413 });
    for (let at = 0; at < 8; at += 1) it.track(String(at));
    await it.flush();
    expect(world.sent.map(({ body }) => body.events?.length)).toEqual([8, 4, 2, 6]);
    expect(new Set(world.taken).size).toBe(8);
    expect(problems).toEqual([]);
  });
});

describe('answers', () => {
  it('that ask to wait are obeyed, for as long as they say', async () => {
    const it = client();
    world.replies.push(
      { status: 429, headers: { 'retry-after': '20' } },
      { status: 503, headers: { 'retry-after': '5' } },
    );
    it.track('X');
    await world.advance(60_000);
    expect(world.sent.map(({ atMs }) => atMs - START_MS)).toEqual([1_000, 21_000, 26_000]);
    expect(world.taken).toHaveLength(1);
    expect(problems.map(({ code }) => code)).toEqual(['RETRYING']);
  });

  it('that do not come are waited for with growing pauses', async () => {
    const it = client();
    world.replies.push('drop', { status: 500 }, { status: 301 }, 'drop');
    it.track('X');
    await world.advance(60_000);
    const gaps = world.sent.slice(1).map(({ atMs }, at) => atMs - (world.sent[at]?.atMs ?? 0));
    expect(gaps).toEqual([375, 750, 1_500, 3_000]);
    expect(world.taken).toHaveLength(1);
  });

  it('that refuse lose the batch, and say so with its ids', async () => {
    const it = client();
    world.replies.push({ status: 401 });
    it.track('X', {}, { messageId: 'm1' });
    it.track('Y', {}, { messageId: 'm2' });
    await it.flush();
    expect(problems).toEqual([
      { code: 'REFUSED', messageIds: ['m1', 'm2'], message: expect.stringContaining('pipeline key') },
    ]);
    it.track('Z');
    await it.flush();
    expect(world.taken).toHaveLength(1);
  });

  it('that reject single events name them', async () => {
    const it = client();
    const rejected = [
      { index: 1, code: 'INVALID_REQUEST', message: 'event is missing' },
      { index: 'x' },
      null,
      { index: 9 },
    ];
    world.replies.push({ status: 200, body: { success: true, accepted: 1, rejected } });
    it.track('X', {}, { messageId: 'm1' });
    it.track('', {}, { messageId: 'm2' });
    await it.flush();
    expect(problems).toEqual([
      { code: 'REJECTED', messageIds: ['m2'], message: 'Ingestion rejected an event: event is missing' },
    ]);
  });

  it('that never come give the batch up after the retry window, not before', async () => {
    const it = client({ retryWindow: 600_000 });
    world.otherwise = { status: 503 };
    it.track('X');
    await world.advance(601_000);
    expect(problems.map(({ code }) => code)).toEqual(['RETRYING']);
    await world.advance(120_000);
    expect(problems.map(({ code }) => code)).toEqual(['RETRYING', 'EXPIRED']);
  });

  it('that hang are given up after the request time-out', async () => {
    const hanging: typeof fetch = (_input, init) =>
      new Promise((_resolve, reject) =>
        init?.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    const { fetch: _unused, ...ports } = world.ports;
    const it = createDatafly(
      {
        pipelineKey: KEY,
        endpoint: 'http://x',
        requestTimeout: 2_000,
        fetch: hanging,
        onProblem: (problem) => void problems.push(problem),
      },
      ports,
    );
    it.track('X');
    await world.advance(2_999);
    expect(problems).toEqual([]);
    await world.advance(1);
    expect(problems.map(({ code }) => code)).toEqual(['RETRYING']);
  });
});

describe('back-pressure', () => {
  it('lets calls wait while too many events are kept, and lets them go on in order', async () => {
    const it = client({ maxQueueSize: 2, batchSize: 1 });
    world.otherwise = { status: 503, headers: { 'retry-after': '10' } };
    const resolved: number[] = [];
    for (const at of [1, 2, 3, 4]) void it.track(String(at)).then(() => resolved.push(at));
    await world.advance(5_000);
    expect(resolved).toEqual([1, 2]);
    world.otherwise = OK;
    await world.advance(5_000);
    expect(resolved).toEqual([1, 2, 3, 4]);
    expect(world.taken).toHaveLength(4);
  });

  it('refuses events beyond twice the bound, loudly, and only to those who look', async () => {
    const it = client({ maxQueueSize: 2 });
    world.otherwise = { status: 503 };
    for (let at = 0; at < 4; at += 1) void it.track('X');
    await expect(it.track('Y', {}, { messageId: 'm5' })).rejects.toThrow('Too many events');
    void it.track('Z');
    await settle();
    expect(problems.map(({ code }) => code)).toEqual(['QUEUE_FULL', 'QUEUE_FULL']);
    expect(problems[0]?.messageIds).toEqual(['m5']);
  });

  it('says which event has no form in JSON', async () => {
    const it = client();
    await expect(it.track('X', { big: 1n }, { messageId: 'm1' })).rejects.toThrow('JSON');
    expect(problems).toMatchObject([{ code: 'UNSENDABLE', messageIds: ['m1'] }]);
  });
});

describe('close', () => {
  it('sends what is left and then refuses more', async () => {
    const it = client();
    for (let at = 0; at < 5; at += 1) it.track('X');
    expect(await it.close()).toEqual({ unsent: [] });
    expect(world.taken).toHaveLength(5);
    await expect(it.track('Y')).rejects.toThrow('closed');
  });

  it('gives back what could not be sent in time, and ends every wait', async () => {
    const it = client({ maxQueueSize: 1 });
    world.otherwise = { status: 503 };
    it.track('A');
    const waiting = it.track('B');
    const closing = it.close({ timeoutMs: 4_000 });
    await world.advance(4_000);
    const { unsent } = await closing;
    expect(unsent.map((event) => event.event)).toEqual(['A', 'B']);
    await waiting;
    const requests = world.sent.length;
    await world.advance(100_000);
    expect(world.sent).toHaveLength(requests);
  });

  it('is safe to call twice', async () => {
    const it = client();
    it.track('X');
    await it.close();
    expect(await it.close()).toEqual({ unsent: [] });
  });
});

describe('whatever ingestion does', () => {
  it('every event arrives, in order, and none is sent again after it was taken', async () => {
    const reply = fc.oneof(
      fc.constant('drop' as const),
      fc.record({ status: fc.constantFrom(200, 200, 302, 408, 410, 429, 460, 500, 502, 503, 504) }),
      fc.record({
        status: fc.constantFrom(429, 503),
        headers: fc.record({ 'retry-after': fc.constantFrom('1', '30', 'soon') }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(reply, { maxLength: 30 }),
        fc.integer({ min: 2, max: 60 }),
        async (replies, count) => {
          world = createWorld();
          world.replies.push(...replies);
          const it = client({ batchSize: 7 });
          const ids = Array.from({ length: count }, (_, at) => `m${at}`);
          for (const messageId of ids) {
            it.track('X', {}, { messageId });
            await world.advance(100);
          }
          await world.advance(3_600_000);
          expect(world.taken).toEqual(ids);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('in a real process', () => {
  let server: Server;
  let requests: { readonly body: string }[];
  let connections: number;
  let endpoint: string;

  beforeEach(async () => {
    requests = [];
    connections = 0;
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        requests.push({ body });
        response.end('{"success":true}');
      });
    });
    server.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address !== 'object' || !address) throw new Error('the server has no port');
    endpoint = `http://127.0.0.1:${address.port}`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('the default client works as the page says, over one connection', async () => {
    expect(() => datafly.track('X')).toThrow('datafly.init');
    datafly.init({ pipelineKey: KEY, endpoint });
    expect(() => datafly.init({ pipelineKey: KEY, endpoint })).toThrow('already');
    let isReady = false;
    await datafly.ready(() => {
      isReady = true;
    });
    expect(isReady).toBe(true);
    datafly.identify('user-123', { email: 'jane@example.com', first_name: 'Jane', last_name: 'Doe' });
    await datafly.flush();
    await settle();
    datafly.reset();
    datafly.track('Product Viewed');
    await datafly.close();
    await datafly.close();
    expect(requests.map(({ body }) => JSON.parse(body).events.length)).toEqual([1, 1]);
    expect(requests[1]?.body).not.toContain('user-123');
    expect(connections).toBe(1);
  });

  it('a program that simply ends has lost nothing', async () => {
    const program = `
      import { createDatafly } from './src/sdk/node.ts';
      const client = createDatafly({ pipelineKey: 'dk_live_x', endpoint: '${endpoint}' });
      for (let at = 0; at < 250; at += 1) client.track('X');
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: 'inherit',
    });
    const exitCode = await new Promise((resolve) => child.once('exit', resolve));
    expect(exitCode).toBe(0);
    const arrived = requests.flatMap(({ body }) =>
      JSON.parse(body).events.map((event: { messageId: string }) => event.messageId),
    );
    expect(new Set(arrived).size).toBe(250);
    expect(arrived).toHaveLength(250);
  });
});
