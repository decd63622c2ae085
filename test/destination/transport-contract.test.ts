/** One suite that every transport passes, against a real server on loopback. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFetchTransport } from '../../src/destination/fetch-transport.ts';
import { type Transport, TransportError, type TransportRequest } from '../../src/destination/transport.ts';
import { createUndiciTransport } from '../../src/destination/undici-transport.ts';

const MAX_BYTES = 10_000;

type Route = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** What the server does, by path. Bodies are read before the route runs, except under `/unread`. */
const ROUTES: Readonly<Record<string, Route>> = {
  '/echo': (request, response, body) => {
    response.setHeader('content-type', 'application/json');
    response.setHeader('X-Twice', ['a', 'b']);
    response.end(
      JSON.stringify({ method: request.method, headers: request.headers, body, url: request.url }),
    );
  },
  '/slow-headers': () => {},
  '/slow-body': (_, response) => void response.write('{"a":'),
  '/reset-after': (request) => void request.socket.resetAndDestroy(),
  '/reset-mid-body': (request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => request.socket.resetAndDestroy());
  },
  '/unread': (request) => void request.socket.resetAndDestroy(),
  '/large': (_, response) => void response.end('x'.repeat(MAX_BYTES + 1)),
  '/full': (_, response) => void response.end('x'.repeat(MAX_BYTES)),
  '/bomb': (_, response) =>
    void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(MAX_BYTES * 100))),
  '/redirect': (_, response) => void response.writeHead(301, { location: '/echo' }).end(),
  '/gzip': (_, response) =>
    void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('zürich')),
  '/deflate': (_, response) =>
    void response.writeHead(200, { 'content-encoding': 'deflate' }).end(deflateSync('zürich')),
  '/br': (_, response) =>
    void response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync('zürich')),
  '/empty': (_, response) => void response.writeHead(403).end(),
  '/status': (_, response) => void response.writeHead(503, { 'retry-after': '7' }).end('busy'),
};

interface Site {
  readonly server: Server;
  readonly origin: string;
  readonly sockets: Set<Socket>;
  arrivals: number;
}

async function listen(): Promise<Site> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    site.arrivals += 1;
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    const route = ROUTES[path];
    if (path === '/unread') return route?.(request, response, '');
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => route?.(request, response, body));
    request.on('error', () => {});
  });
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const site: Site = { server, origin: `http://127.0.0.1:${portOf(server)}`, sockets, arrivals: 0 };
  return site;
}

function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

const ADAPTERS: readonly (readonly [string, (origins: readonly string[]) => Transport])[] = [
  [
    'undici',
    (allowedOrigins) =>
      createUndiciTransport({ allowedOrigins, maxResponseBytes: MAX_BYTES, connectTimeoutMs: 1_000 }),
  ],
  ['fetch', (allowedOrigins) => createFetchTransport({ allowedOrigins, maxResponseBytes: MAX_BYTES })],
];

describe.each(ADAPTERS)('the %s transport', (_, create) => {
  let site: Site;
  let transport: Transport;

  beforeAll(async () => {
    site = await listen();
    transport = create([site.origin]);
  });
  afterAll(async () => {
    await transport.close();
    await transport.close();
    for (const socket of site.sockets) socket.destroy();
    await new Promise((resolve) => site.server.close(resolve));
  });

  const send = (path: string, more: Partial<TransportRequest> = {}) =>
    transport.send({
      method: 'POST',
      url: site.origin + path,
      headers: {},
      body: '{}',
      timeoutMs: 2_000,
      ...more,
    });
  const failure = async (path: string, more: Partial<TransportRequest> = {}): Promise<TransportError> => {
    const error: unknown = await send(path, more).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof TransportError))
      throw new Error('It should have failed with a TransportError.', { cause: error });
    return error;
  };

  it('sends method, headers and body, and gives status, lower-case headers and body', async () => {
    const { status, headers, body } = await send('/echo?a=1', { headers: { 'x-one': '1' }, body: 'grüße' });
    const seen: { method: string; headers: Record<string, string>; body: string; url: string } =
      JSON.parse(body);
    expect(status).toBe(200);
    expect(headers['x-twice']).toBe('a, b');
    expect(seen).toMatchObject({ method: 'POST', body: 'grüße', url: '/echo?a=1' });
    expect(seen.headers['x-one']).toBe('1');
  });

  it('sends a GET without a body', async () => {
    const { body } = await transport.send({
      method: 'GET',
      url: `${site.origin}/echo`,
      headers: {},
      timeoutMs: 2_000,
    });
    expect(JSON.parse(body)).toMatchObject({ method: 'GET', body: '' });
  });

  it.each(['/gzip', '/deflate', '/br'])('decompresses %s', async (path) => {
    expect((await send(path)).body).toBe('zürich');
  });

  it('does not follow redirects', async () => {
    const before = site.arrivals;
    expect(await send('/redirect')).toMatchObject({ status: 301, headers: { location: '/echo' } });
    expect(site.arrivals).toBe(before + 1);
  });

  it('gives error statuses as answers, with an empty body where there is none', async () => {
    expect(await send('/empty')).toMatchObject({ status: 403, body: '' });
    expect(await send('/status')).toMatchObject({
      status: 503,
      body: 'busy',
      headers: { 'retry-after': '7' },
    });
  });

  it.each(['/slow-headers', '/slow-body'])(
    'ends %s at the deadline, as one that may have arrived',
    async (path) => {
      const error = await failure(path, { timeoutMs: 150 });
      expect(error).toMatchObject({ phase: 'timeout', reason: 'DEADLINE', mayHaveArrived: true });
    },
  );

  it.each(['/reset-after', '/reset-mid-body', '/unread'])(
    'tells %s as one that may have arrived',
    async (path) => {
      expect(await failure(path)).toMatchObject({
        phase: 'after-send',
        reason: 'CONNECTION',
        mayHaveArrived: true,
      });
    },
  );

  it('refuses an answer above the limit, and takes one at the limit', async () => {
    expect(await failure('/large')).toMatchObject({ phase: 'after-send', reason: 'TOO_LARGE' });
    expect((await send('/full')).body).toHaveLength(MAX_BYTES);
  });

  it('measures the limit on the decompressed answer', async () => {
    expect(await failure('/bomb')).toMatchObject({ reason: 'TOO_LARGE' });
  });

  it('tells a refused connection as never sent', async () => {
    const closed = createTcpServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${portOf(closed)}`;
    await new Promise((resolve) => closed.close(resolve));
    const own = create([origin]);
    const error: unknown = await own
      .send({ method: 'POST', url: `${origin}/`, headers: {}, timeoutMs: 2_000 })
      .catch((thrown: unknown) => thrown);
    await own.close();
    expect(error).toMatchObject({ phase: 'connect', reason: 'CONNECTION', mayHaveArrived: false });
  });

  it('tells an abort before the start as never sent, and sends nothing', async () => {
    const before = site.arrivals;
    expect(await failure('/echo', { signal: AbortSignal.abort() })).toMatchObject({
      phase: 'before-send',
      reason: 'ABORTED',
    });
    expect(site.arrivals).toBe(before);
  });

  it('tells an abort under way as one that may have arrived', async () => {
    const controller = new AbortController();
    const failing = failure('/slow-body', { signal: controller.signal });
    const before = site.arrivals;
    while (site.arrivals === before) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect(await failing).toMatchObject({ phase: 'after-send', reason: 'ABORTED' });
  });

  it('keeps its connections from one request to the next', async () => {
    const own = create([site.origin]);
    const before = site.sockets.size;
    for (let index = 0; index < 20; index += 1) {
      await own.send({
        method: 'POST',
        url: `${site.origin}/echo`,
        headers: {},
        body: '{}',
        timeoutMs: 2_000,
      });
    }
    await own.close();
    expect(site.sockets.size - before).toBeLessThanOrEqual(4);
  });

  it('refuses an origin that nobody allowed, before connecting', async () => {
    const own = create([]);
    const before = site.sockets.size;
    const error: unknown = await own
      .send({ method: 'GET', url: `${site.origin}/echo`, headers: {}, timeoutMs: 2_000 })
      .catch((thrown: unknown) => thrown);
    await own.close();
    expect(error).toMatchObject({ phase: 'connect', reason: 'ADDRESS_REFUSED' });
    expect(site.sockets.size).toBe(before);
  });
});
