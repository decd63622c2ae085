/** The HTTP server of the management API: it serves the table of routes. It must not know what any route does. */
import { Readable } from 'node:stream';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Registry } from 'prom-client';
import type { Clock, Random } from '../../clock.ts';
import { Failure } from '../../event/failure.ts';
import { isObject, type JsonObject } from '../../event/json.ts';
import type { Store } from '../../store/store.ts';
import { createAuthenticator, createRateLimiter, OWNER, type RateLimiter } from './auth.ts';
import { createConsole } from './console.ts';
import { failureOf, sendFailure } from './http/answer-errors.ts';
import { Answer, type Route } from './http/route.ts';
import { trackUnused } from './http/unused-connections.ts';
import { openApiDocument } from './openapi.ts';
import type { ManagementHooks, Ports, ServiceFacts } from './ports.ts';
import type { PreviewPorts } from './preview.ts';
import { activityRoutes } from './routes/activity.ts';
import { catalogRoutes } from './routes/catalog.ts';
import { peopleRoutes } from './routes/people.ts';
import { pipelineRoutes } from './routes/pipelines.ts';
import { previewRoutes } from './routes/preview.ts';
import { type Erase, privacyRoutes } from './routes/privacy.ts';
import { replayRoutes } from './routes/replays.ts';
import { serviceRoutes } from './routes/service.ts';
import { streamRoutes } from './routes/stream.ts';
import { templateToolRoutes } from './routes/template-tools.ts';
import { templateRoutes } from './routes/templates.ts';
import { webhookRoutes } from './routes/webhook.ts';
import type { Vault } from './settings.ts';
import type { Vendor } from './vendor.ts';
import type { InboundPath } from './webhook.ts';

/** Both are documented: the first for a local start, the second behind a cluster's address. */
export const PREFIXES = ['/v1/admin', '/api/v1/admin'] as const;

export interface ManagementLimits {
  /** Per token; the documented figure is 100. */
  readonly requestsPerMinute: number;
  readonly maxBodyBytes: number;
}

export interface ManagementDeps {
  readonly store: Store;
  readonly vault: Vault;
  /** By the vendor's key in the catalog. */
  readonly vendors: ReadonlyMap<string, Vendor>;
  readonly adminToken: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: ManagementLimits;
  readonly metrics: Registry;
  readonly hooks?: ManagementHooks;
  /** What the service is; asked each time. */
  readonly service: () => ServiceFacts;
  /** Where the built console is; without it there is none. */
  readonly consoleFolder?: string;
  /** Without them there is no preview route. */
  readonly preview?: PreviewPorts;
  /** Without it there is no route that erases. */
  readonly erase?: Erase;
  /** Without it there are no routes about what vendors post. */
  readonly inboundPath?: InboundPath;
  readonly logger: FastifyBaseLogger;
}

/** Every route below the prefixes, in the order of the documentation. */
export function managementRoutes(
  ports: Ports,
  { preview, erase, inboundPath }: Pick<ManagementDeps, 'preview' | 'erase' | 'inboundPath'> = {},
): readonly Route[] {
  return [
    ...catalogRoutes(ports),
    ...templateRoutes(ports),
    ...templateToolRoutes(ports),
    ...(preview === undefined ? [] : previewRoutes(ports, preview)),
    ...pipelineRoutes(ports),
    ...(inboundPath === undefined ? [] : webhookRoutes(ports, inboundPath)),
    ...replayRoutes(ports),
    ...(erase === undefined ? [] : privacyRoutes(erase)),
    ...activityRoutes(ports),
    ...streamRoutes(ports),
    ...peopleRoutes(ports),
    ...serviceRoutes(ports),
  ];
}

/** Builds the server; the caller listens and closes. */
export function buildManagementServer(deps: ManagementDeps): FastifyInstance {
  const app: FastifyInstance = Fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: deps.limits.maxBodyBytes,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  });
  const { store, vault, vendors, clock, random, service, hooks = {} } = deps;
  const ports = { store, vault, vendors, clock, random, service, hooks };
  const routes = managementRoutes(ports, deps);
  const console = createConsole(deps.consoleFolder);
  const closing = new AbortController();
  const endUnused = trackUnused(app.server);
  app.addHook('preClose', async () => {
    closing.abort();
    endUnused();
  });
  app.addHook('onRequest', async (_request, reply) => {
    if (closing.signal.aborted) return sendFailure(reply.headers(SECURITY_HEADERS), CLOSING);
  });
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  app.setNotFoundHandler(async (request, reply) => {
    if (console.wants(request)) return console.sendPage(request, reply);
    const failure = new Failure('NOT_FOUND', `There is no ${request.method} route here; see /openapi.json.`);
    return sendFailure(reply.headers(SECURITY_HEADERS), failure);
  });
  app.addHook('onResponse', async (request, reply) => logAnswer(request, reply));
  app.register(async (scope) => console.addRoutes(scope));
  app.register(async (scope) => {
    scope.addHook('onSend', async (_request, reply) => void reply.headers(SECURITY_HEADERS));
    openRoutes(scope, deps, openApiDocument(routes));
    for (const prefix of PREFIXES) {
      scope.register(async (api) => guardedRoutes(api, deps, routes, closing.signal), { prefix });
    }
  });
  return app;
}

const CLOSING = new Failure('SERVICE_CLOSING', 'The service is closing; ask again when it runs.', {
  retryAfterS: 5,
});

/** Answers are data for programs: never sniffed, framed, cached or run. */
const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

function guardedRoutes(
  api: FastifyInstance,
  deps: ManagementDeps,
  routes: readonly Route[],
  closing: AbortSignal,
): void {
  const authenticate = createAuthenticator(deps.adminToken);
  const asked = createRateLimiter(deps.clock, deps.limits.requestsPerMinute);
  const refused = createRateLimiter(deps.clock, deps.limits.requestsPerMinute);
  const ownLimits = ownLimitsOf(api, deps, routes);
  api.addHook('onRequest', async (request, reply) => {
    const actor = authenticate(request.headers.authorization, () => refused.take(request.ip));
    const limiter = ownLimits.get(`${request.method} ${request.routeOptions.url}`) ?? asked;
    const { limit, remaining, resetS } = limiter.take(actor);
    reply.header('ratelimit-policy', `"management";q=${limit};w=60`);
    reply.header('ratelimit', `"management";r=${remaining};t=${resetS}`);
  });
  for (const row of routes) {
    api.route({
      method: row.method,
      url: urlOf(row),
      handler: async (request, reply) => answer(row, request, reply, closing),
    });
  }
}

const urlOf = (row: Route): string => row.path.replaceAll(/\{(\w+)\}/g, ':$1');

function ownLimitsOf(
  api: FastifyInstance,
  { clock, limits }: ManagementDeps,
  routes: readonly Route[],
): ReadonlyMap<string, RateLimiter> {
  const own = routes.filter((row) => row.hasOwnLimit === true);
  return new Map(
    own.map((row) => [
      `${row.method} ${api.prefix}${urlOf(row)}`,
      createRateLimiter(clock, limits.requestsPerMinute),
    ]),
  );
}

async function answer(
  row: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  closing: AbortSignal,
): Promise<FastifyReply> {
  const lastEventId = request.headers['last-event-id'];
  const result = await row.handle({
    params: paramsOf(request.params),
    query: isObject(request.query) ? request.query : {},
    body: request.body,
    lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
    actor: OWNER,
    closing,
  });
  if (result instanceof Answer) return reply.code(result.status).send(result.body);
  reply.code(row.success.status);
  if (row.success.contentType !== undefined) reply.type(row.success.contentType);
  // A stream has its connection to itself; kept alive it would hold up a closing server.
  if (result instanceof Readable) reply.header('connection', 'close');
  return row.success.status === 204 ? reply.send() : reply.send(result);
}

/** Routes that need no token: they tell nothing of what is stored. */
function openRoutes(scope: FastifyInstance, deps: ManagementDeps, document: JsonObject): void {
  scope.get('/healthz', async () => ({ status: 'ok' }));
  scope.get('/readyz', async () => {
    await deps.store.upkeep.probe();
    return { status: 'ready' };
  });
  scope.get('/metrics', async (_request, reply) =>
    reply.type(deps.metrics.contentType).send(await deps.metrics.metrics()),
  );
  scope.get('/openapi.json', async () => document);
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = failureOf(error);
  if (failure.status >= 500)
    request.log.error({ err: failure, route: request.routeOptions.url }, 'request failed');
  return sendFailure(reply.headers(SECURITY_HEADERS), failure);
}

/** The route and not the address: addresses may carry what people typed into filters. */
function logAnswer(request: FastifyRequest, reply: FastifyReply): void {
  request.log.debug(
    {
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      duration_ms: Math.round(reply.elapsedTime),
    },
    'answered',
  );
}

function paramsOf(params: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(isObject(params) ? params : {});
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
