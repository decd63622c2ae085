/** The HTTP server of a simulated account: reads requests, lets faults happen, writes answers. It must not know what the answers say. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Answer, Call } from './exchange.ts';
import type { Effect } from './faults.ts';

/** Longer bodies are refused with 413; the largest documented one is 400,000 bytes. */
const MAX_BODY_BYTES = 2_000_000;
/** Longer than any client of ours keeps a connection, so that none is closed while a request is on its way. */
const KEEP_ALIVE_MS = 65_000;
const HOST = '127.0.0.1';

/** What the server needs of the account. */
export interface Desk {
  /** Called once a request is read, before anything happens to it. */
  arrive(call: Call): { readonly effect: Effect | undefined; finish(status: number | null): void };
  answer(call: Call): Promise<Answer>;
  /** The account's clock, for answers that name a time. */
  now(): number;
  /** Takes over requests that are not for the vendor; true where it did. */
  control(call: Call, response: ServerResponse): Promise<boolean>;
  /** Called before an answer leaves, so that what it says is kept. */
  settle(): void;
}

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

export async function listen(desk: Desk, port: number): Promise<Listening> {
  const waits = new Set<() => void>();
  const server = createServer((request, response) => {
    serve(desk, request, response, waits).catch((error: unknown) => fail(response, error));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  return { port: portOf(server), close: () => close(server, waits) };
}

async function serve(
  desk: Desk,
  request: IncomingMessage,
  response: ServerResponse,
  waits: Set<() => void>,
): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) {
    response.writeHead(413, { connection: 'close' }).end();
    return;
  }
  const call = callOf(request, body);
  if (await desk.control(call, response)) return;
  const { effect, finish } = desk.arrive(call);
  const status = await happen(desk, call, effect, response, waits);
  finish(status);
}

/** Lets the fault, if any, happen; returns the status that left, or null for none. */
async function happen(
  desk: Desk,
  call: Call,
  effect: Effect | undefined,
  response: ServerResponse,
  waits: Set<() => void>,
): Promise<number | null> {
  switch (effect?.effect) {
    case undefined:
      return send(response, await answered(desk, call));
    case 'answer':
      return send(response, effect.answer(desk.now()));
    case 'drop':
      return cutOff(response);
    case 'drop_after_write':
      await answered(desk, call);
      return cutOff(response);
    case 'delay':
      await wait(effect.delayMs, waits);
      return send(response, await answered(desk, call));
    case 'slow_body':
      return sendSlowly(response, await answered(desk, call), effect.delayMs, waits);
    case 'empty_body':
      await answered(desk, call);
      return send(response, { status: 200, headers: { 'content-type': 'application/json' }, body: '' });
    case 'truncated_body': {
      const { body, headers } = await answered(desk, call);
      const bytes = Buffer.from(body);
      return send(response, {
        status: 200,
        ...(headers && { headers }),
        body: bytes.subarray(0, Math.ceil(bytes.length / 2)),
      });
    }
    default:
      return effect satisfies never;
  }
}

async function answered(desk: Desk, call: Call): Promise<Answer> {
  const answer = await desk.answer(call);
  desk.settle();
  return answer;
}

export function send(response: ServerResponse, { status, headers = {}, body }: Answer): number {
  response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) }).end(body);
  return status;
}

async function sendSlowly(
  response: ServerResponse,
  { status, headers = {}, body }: Answer,
  delayMs: number,
  waits: Set<() => void>,
): Promise<number> {
  const bytes = Buffer.from(body);
  const half = Math.floor(bytes.length / 2);
  response.writeHead(status, { ...headers, 'content-length': String(bytes.length) });
  response.write(bytes.subarray(0, half));
  await wait(delayMs, waits);
  response.end(bytes.subarray(half));
  return status;
}

/** Ends the connection with a reset, as a crashing server or a lost path would. */
function cutOff(response: ServerResponse): null {
  response.socket?.resetAndDestroy();
  return null;
}

/** Real time, not scaled: a fault lasts as long as it says. Ends early when the server closes. */
function wait(delayMs: number, waits: Set<() => void>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      waits.delete(done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    waits.add(done);
  });
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request) {
    length += piece.length;
    if (length > MAX_BODY_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function callOf(request: IncomingMessage, body: string): Call {
  const url = new URL(request.url ?? '/', 'http://sandbox.invalid');
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body,
  };
}

/** A mistake of ours: the caller sees a 500 that says so, the process lives on. */
function fail(response: ServerResponse, error: unknown): void {
  if (!response.headersSent && !response.destroyed) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    response
      .writeHead(500, { 'content-type': 'text/plain; charset=UTF-8' })
      .end(`The sandbox itself failed: ${text}`);
  } else response.destroy();
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The sandbox has no port.');
  return address.port;
}

function close(server: Server, waits: Set<() => void>): Promise<void> {
  for (const done of waits) done();
  return new Promise((resolve) => {
    if (!server.listening) return resolve();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
