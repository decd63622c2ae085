/** The HTTP server that takes events in. It must not know where events go, nor any vendor. */
import type { Server } from 'node:http';
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
import { corsHeaders, createReport, PREFLIGHT_HEADERS, type Report, sendFailure } from './answers.ts';
import { type BodyReader, createBodyReader } from './bodies.ts';
import {
  answerBrokenConnection,
  CONNECTION_LIMITS,
  type ConnectionLimits,
  limitedServer,
  type RequestListener,
} from './connections.ts';
import { createEventHandler, type EventHandler } from './event-handler.ts';
import { EVENT_ROUTES, eventRoutes, plainlyExpected } from './event-routes.ts';
import { healthRoute } from './health-route.ts';
import { inboundRoute } from './inbound-route.ts';
import type { Pipelines } from './pipeline-access.ts';
import { pixelRoute } from './pixel-route.ts';
import { createRateLimiter } from './rate-limit.ts';
import { Reception } from './reception.ts';
import { scriptRoutes } from './script-routes.ts';
import { segmentRoutes } from './segment-routes.ts';
import { createSeldom } from './seldom.ts';

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
  const { sdkFiles, inbound, clock, limits, logger } = deps;
  const connections = { ...CONNECTION_LIMITS, ...deps.connections };
  const seldom = createSeldom(clock, LOG_EVERY_MS, MAX_LOGGED_KEYS);
  const report = createReport(seldom, logger);
  const { maxPayloadSize, corsOrigins } = limits;
  const bodies = createBodyReader({ maxPayloadSize, maxBufferedBytes: connections.maxBufferedBytes });
  const reception = new Reception({
    intake: createIntake(deps.store.log, deps.random),
    pipelines: deps.pipelines,
    clock,
    limiter: createRateLimiter(clock, MAX_RATE_LIMITED_KEYS),
    limits,
    seldom,
    log: logger,
  });
  const takeEvents = createEventHandler({ reception, bodies, corsOrigins, report });
  const app = createApp(connections, logger, takeEvents, report);
  readBodiesOfAnyType(app, bodies);
  answerBrowsers(app, corsOrigins);
  refuseWhileClosing(app);
  answerMistakes(app, report);
  app.register((scope) => eventRoutes(scope, takeEvents));
  pixelRoute(app, reception, clock);
  segmentRoutes(app, reception);
  healthRoute(app, deps.store.upkeep, clock);
  if (inbound !== undefined) inboundRoute(app, { inbound, clock, seldom, maxPayloadSize });
  if (sdkFiles !== undefined) app.register((scope) => scriptRoutes(scope, sdkFiles));
  return app;
}

function createApp(
  limits: ConnectionLimits,
  logger: FastifyBaseLogger | undefined,
  takeEvents: EventHandler,
  report: Report,
): FastifyInstance {
  return fastify({
    ...(logger === undefined ? {} : { loggerInstance: logger }),
    // Lines about requests would carry keys and ids; failures are logged by name.
    logController: new LogController({ disableRequestLogging: true }),
    serverFactory: (route) => eventsFirst(limits, takeEvents, route),
    routerOptions: {
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      maxParamLength: 256,
    },
    return503OnClosing: false,
    frameworkErrors: (error, _request, reply) => void sendFailure(reply, report(error)),
    clientErrorHandler: (error, socket) => answerBrokenConnection(error, socket),
  });
}

/** Events are taken ahead of the framework, except while it closes: then it refuses everything. */
function eventsFirst(limits: ConnectionLimits, takeEvents: EventHandler, route: RequestListener): Server {
  const server = limitedServer(limits, (request, response) => {
    const expected = server.listening ? plainlyExpected(request) : undefined;
    if (expected === undefined) route(request, response);
    else takeEvents(request, response, expected);
  });
  return server;
}

/** Stands for whatever was sent, so that not even a type that is no type is refused. */
const ANY_TYPE = 'application/octet-stream';

/** Browsers send JSON as text/plain to spare the preflight: the type is not looked at. Routes get the bytes as sent. */
function readBodiesOfAnyType(app: FastifyInstance, bodies: BodyReader): void {
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

function answerMistakes(app: FastifyInstance, report: Report): void {
  app.setErrorHandler((error, _request, reply) => void sendFailure(reply, report(error)));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.replace(/\?.*$/, '').replace(/\/+$/, '');
    if (!Object.hasOwn(EVENT_ROUTES, path))
      return sendFailure(reply, new Failure('NOT_FOUND', 'There is nothing at this address.'));
    reply.header('allow', 'POST, OPTIONS');
    return sendFailure(reply, new Failure('METHOD_NOT_ALLOWED', 'Events are sent here by POST.'));
  });
}
