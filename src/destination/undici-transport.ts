/** Transport of the service: undici's Agent with kept connections, a guard on every connection, and limits that are applied. */

import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { AddressRefused, bareHost, guardedLookup, isPublicAddress, type Resolve } from './address-guard.ts';
import {
  DEFAULT_MAX_RESPONSE_BYTES,
  notSent,
  type Transport,
  TransportError,
  type TransportRequest,
} from './transport.ts';

export interface UndiciTransportOptions {
  /** Origins that may be reached although they are not public https ones. */
  readonly allowedOrigins?: readonly string[];
  readonly maxResponseBytes?: number;
  readonly connectTimeoutMs?: number;
  /** Resolver of names, for tests. */
  readonly resolve?: Resolve;
}

/** A connection for each of five requests a second at most 800 ms long; pipelining stays 1 so that no POST waits behind a stuck one. */
const CONNECTIONS_PER_ORIGIN = 4;
const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 30_000;
const KEEP_ALIVE_MAX_MS = 60_000;

const DECODERS: Readonly<
  Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>
> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

export function createUndiciTransport(options: UndiciTransportOptions = {}): Transport {
  const agent = new Agent({
    connections: CONNECTIONS_PER_ORIGIN,
    pipelining: 1,
    // The deadline of each request covers headers and body; these would only cut long but permitted ones short.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
    connect: guardedConnector(options),
  });
  const maxBytes = options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;
  let closing: Promise<void> | undefined;
  return {
    async send(request) {
      const raw = await exchange(agent, request, maxBytes);
      return { status: raw.status, headers: raw.headers, body: await decode(raw, maxBytes) };
    },
    close() {
      closing ??= agent.destroy();
      return closing;
    },
  };
}

/** Checks literal addresses before connecting, and every resolved address at the moment of connecting. */
function guardedConnector(options: UndiciTransportOptions): buildConnector.connector {
  const timeout = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
  const open = buildConnector({ timeout });
  const guarded = buildConnector({ timeout, ...lookupOption(guardedLookup(options.resolve)) });
  const allowed = options.allowedOrigins ?? [];
  return (target, callback) => {
    if (allowed.includes(originOf(target))) return open(target, callback);
    const host = bareHost(target.hostname);
    if (target.protocol !== 'https:' || (isIP(host) !== 0 && !isPublicAddress(host)))
      return callback(new AddressRefused(), null);
    guarded(target, callback);
  };
}

/** Node's sockets take `lookup`; undici's types leave it out of the options they pass on. */
function lookupOption(lookup: unknown): object {
  return { lookup };
}

/** undici gives IPv6 hosts without their brackets. */
function originOf({ protocol, hostname, port }: buildConnector.Options): string {
  const host = hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname;
  return new URL(`${protocol}//${host}${port === '' || port === null ? '' : `:${port}`}`).origin;
}

interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: readonly Buffer[];
}

/** One request through the agent. It settles exactly once: with the whole answer, or with the reason there is none. */
function exchange(agent: Agent, request: TransportRequest, maxBytes: number): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let settled = false;
    const chunks: Buffer[] = [];
    let size = 0;
    let status = 0;
    let headers: Record<string, string> = {};

    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', abort);
      finish();
    };
    /** Fails now, and makes undici let go of the connection, at once or as soon as it would begin to write. */
    const fail = (error: TransportError): void => {
      settle(() => reject(error));
      controller?.abort(error);
    };
    const abort = (): void =>
      fail(
        new TransportError(
          controller === undefined ? 'before-send' : 'after-send',
          'ABORTED',
          'The request was given up.',
        ),
      );
    const timer = setTimeout(() => {
      const text = `No complete answer within ${request.timeoutMs} ms.`;
      fail(new TransportError(controller === undefined ? 'connect' : 'timeout', 'DEADLINE', text));
    }, request.timeoutMs);
    if (request.signal?.aborted === true) return abort();
    request.signal?.addEventListener('abort', abort, { once: true });

    const url = new URL(request.url);
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        if (settled) return started.abort(new Error('The request was given up before it was written.'));
        controller = started;
      },
      onResponseStart(_, statusCode, received) {
        status = statusCode;
        headers = flatten(received);
      },
      onResponseData(_, chunk) {
        size += chunk.length;
        if (size > maxBytes) return fail(tooLarge(maxBytes));
        chunks.push(chunk);
      },
      onResponseEnd: () => settle(() => resolve({ status, headers, chunks })),
      onResponseError: (_, error) =>
        settle(() => reject(controller === undefined ? notSent(error) : lost(error))),
    };
    try {
      agent.dispatch(
        {
          origin: url.origin,
          path: url.pathname + url.search,
          method: request.method,
          headers: { 'accept-encoding': 'gzip, deflate, br', ...request.headers },
          body: request.body ?? null,
        },
        handler,
      );
    } catch (error) {
      settle(() =>
        reject(new TransportError('before-send', 'CONNECTION', 'The request could not be made.', error)),
      );
    }
  });
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

async function decode(raw: RawResponse, maxBytes: number): Promise<string> {
  const encoding = raw.headers['content-encoding']?.trim().toLowerCase() ?? '';
  const bytes = Buffer.concat(raw.chunks);
  if (encoding === '' || encoding === 'identity' || bytes.length === 0) return bytes.toString('utf8');
  const decoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (decoder === undefined)
    throw new TransportError(
      'after-send',
      'UNREADABLE',
      'The answer is encoded in a way that was not asked for.',
    );
  try {
    return (await decoder(bytes, { maxOutputLength: maxBytes })).toString('utf8');
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(maxBytes);
    throw new TransportError('after-send', 'UNREADABLE', 'The answer could not be decompressed.', error);
  }
}

function tooLarge(maxBytes: number): TransportError {
  return new TransportError('after-send', 'TOO_LARGE', `The answer is larger than ${maxBytes} bytes.`);
}

function lost(error: Error): TransportError {
  return new TransportError(
    'after-send',
    'CONNECTION',
    'The connection ended before the answer was complete.',
    error,
  );
}
