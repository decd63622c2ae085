/** The HTTP connections of ingestion: how long and how many, and what is said on broken ones. It must not know the routes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Protection from slow and many clients. Behind a proxy these hold for the proxy's connections. */
export interface ConnectionLimits {
  readonly headersTimeoutMs: number;
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs: number;
  /** Above a usual proxy's own, so that it is the proxy that closes idle connections. */
  readonly keepAliveTimeoutMs: number;
  readonly maxConnections: number;
  /** Of all bodies that are being received at once. */
  readonly maxBufferedBytes: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 72_000,
  maxConnections: 20_000,
  maxBufferedBytes: 64 * 1024 * 1024,
};

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** A server with these limits that gives each request to `listener`. */
export function limitedServer(limits: ConnectionLimits, listener: RequestListener): Server {
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.ceil(limits.headersTimeoutMs / 5),
    },
    listener,
  );
  server.maxConnections = limits.maxConnections;
  return server;
}

/** Too slow is 408, which clients repeat; unreadable is 400. The connection ends either way. */
export function answerBrokenConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isSlow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const message = isSlow ? 'The request came too slowly.' : 'The request is not readable as HTTP.';
  const body = JSON.stringify({ error: { code: 'INVALID_REQUEST', message } });
  socket.end(
    `HTTP/1.1 ${isSlow ? '408 Request Timeout' : '400 Bad Request'}\r\nConnection: close\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
