/** The HTTP server that takes events in. It must not know where events go, nor any vendor. */
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Clock, Random } from '../../clock.ts';
import { Failure } from '../../event/failure.ts';
import type { InboundReceiver } from '../../inbound/receiver.ts';
import { createIntake } from '../../intake/intake.ts';
import type { Store } from '../../store/store.ts';
import { corsHeaders, errorAnswer, PREFLIGHT_HEADERS, sendFailure } from './answers.ts';
import { createBodyReader } from './bodies.ts';
import { EVENT_ROUTES, eventRoutes } from './event-routes.ts';
import { healthRoute } from './health-route.ts';
import { inboundRoute } from './inbound-route.ts';
import type { Pipelines } from './pipeline-access.ts';
import { pixelRoute } from './pixel-route.ts';
import { createRateLimiter } from './rate-limit.ts';
import { Reception } from './reception.ts';
import { scriptRoutes } from './script-routes.ts';
import { segmentRoutes } from './segment-routes.ts';
import { createSeldom, type Seldom } from './seldom.ts';

export interface IngestLimits {
  /** Events in `{events}`; `{batch}` may hold 2,500. */
  readonly maxBatchSize: number;
  /** Bytes of a body, as sent and after decompression. */
  readonly maxPayloadSize: number;
  /** Requests a second of a pipeline that names no limit of its own. */
  readonly rateLimitRps: number;
  /** Origins of pages that may read our answers; `*` for all. */
  readonly corsOrigins: readonly string[];
}

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

export interface IngestDeps {
  readonly store: Pick<Store, 'log' | 'upkeep'>;
  readonly pipelines: Pipelines;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: IngestLimits;
  readonly connections?: Partial<ConnectionLimits>;
  /** Path → file, e.g. `{"/d.js": "dist/d.js"}`. */
  readonly sdkFiles?: Readonly<Record<string, string>>;
  readonly logger?: FastifyBaseLogger;
  /** Takes in what vendors post; without it there is no route for them. */
  readonly inbound?: InboundReceiver;
}

const MAX_RATE_LIMITED_KEYS = 100_000;
/** The same trouble is logged once in this time. */
const LOG_EVERY_MS = 10_000;
const MAX_LOGGED_KEYS = 1_000;

/** Builds the server; the caller listens and closes. A 200 from an event route means that the events are durable. */
export function buildIngestServer(deps: IngestDeps): FastifyInstance {
  const connections = { ...CONNECTION_LIMITS, ...deps.connections };
  const seldom = createSeldom(deps.clock, LOG_EVERY_MS, MAX_LOGGED_KEYS);
  const app = createApp(connections, seldom, deps.logger);
  const reception = new Reception({
    intake: createIntake(deps.store.log, deps.random),
    pipelines: deps.pipelines,
    clock: deps.clock,
    limiter: createRateLimiter(deps.clock, MAX_RATE_LIMITED_KEYS),
    limits: deps.limits,
    seldom,
  });
  readBodiesOfAnyType(app, deps.limits.maxPayloadSize, connections.maxBufferedBytes);
  answerBrowsers(app, deps.limits.corsOrigins);
  refuseWhileClosing(app);
  answerMistakes(app, seldom);
  eventRoutes(app, reception);
  pixelRoute(app, reception, deps.clock);
  segmentRoutes(app, reception);
  healthRoute(app, deps.store.upkeep, deps.clock);
  const { sdkFiles, inbound, clock, limits } = deps;
  if (inbound !== undefined)
    inboundRoute(app, { inbound, clock, seldom, maxPayloadSize: limits.maxPayloadSize });
  if (sdkFiles !== undefined) app.register((scope) => scriptRoutes(scope, sdkFiles));
  return app;
}

function createApp(
  limits: ConnectionLimits,
  seldom: Seldom,
  logger: FastifyBaseLogger | undefined,
): FastifyInstance {
  const app = fastify({
    ...(logger === undefined ? {} : { loggerInstance: logger }),
    // Lines about requests would carry keys and ids; failures are logged by name.
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    http: {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.ceil(limits.headersTimeoutMs / 5),
    },
    routerOptions: {
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      maxParamLength: 256,
    },
    return503OnClosing: false,
    frameworkErrors: errorAnswer(seldom),
    clientErrorHandler: (error, socket) => answerBrokenConnection(error, socket),
  });
  app.server.maxConnections = limits.maxConnections;
  return app;
}

/** Stands for whatever was sent, so that not even a type that is no type is refused. */
const ANY_TYPE = 'application/octet-stream';

/** Browsers send JSON as text/plain to spare the preflight: the type is not looked at. Routes get the bytes as sent. */
function readBodiesOfAnyType(app: FastifyInstance, maxPayloadSize: number, maxBufferedBytes: number): void {
  const bodies = createBodyReader({ maxPayloadSize, maxBufferedBytes });
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.headers['content-type'] !== undefined) request.headers['content-type'] = ANY_TYPE;
    done();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request: FastifyRequest, payload: Readable) => bodies.read(payload));
}

function answerBrowsers(app: FastifyInstance, corsOrigins: readonly string[]): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(corsHeaders(corsOrigins, request.headers.origin));
    done();
  });
  app.options('/*', (_request, reply) => reply.code(204).headers(PREFLIGHT_HEADERS).send());
}

/** What still comes on open connections is refused in our own form, so that its sender knows when to come again. */
function refuseWhileClosing(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  app.addHook('onRequest', (_request, reply, done) => {
    if (isClosing)
      sendFailure(reply, new Failure('SERVICE_CLOSING', 'The service is closing; send it again.'));
    else done();
  });
}

function answerMistakes(app: FastifyInstance, seldom: Seldom): void {
  app.setErrorHandler(errorAnswer(seldom));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.replace(/\?.*$/, '').replace(/\/+$/, '');
    if (!Object.hasOwn(EVENT_ROUTES, path))
      return sendFailure(reply, new Failure('NOT_FOUND', 'There is nothing at this address.'));
    reply.header('allow', 'POST, OPTIONS');
    return sendFailure(reply, new Failure('METHOD_NOT_ALLOWED', 'Events are sent here by POST.'));
  });
}

/** Too slow is 408, which clients repeat; unreadable is 400. The connection ends either way. */
function answerBrokenConnection(error: Error & { readonly code?: string }, socket: Socket): void {
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
