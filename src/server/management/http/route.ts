/** What one route of the management API is: a row of the table that server, validation and OpenAPI all read. It must not know Fastify. */
import type { JsonObject } from '../../../event/json.ts';
import { type BodySpec, readBody, requireObject } from './body.ts';
import { type QueryOf, type QuerySpec, readQuery } from './query.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** A request as the server hands it over: nothing of it is checked yet. */
export interface IncomingRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly lastEventId: string | undefined;
  /** Who asks, for `created_by`. */
  readonly actor: string;
  /** Aborted when the server closes: streams end then. */
  readonly closing: AbortSignal;
}

/** A request as a handler sees it. */
export interface CheckedRequest<Q extends QuerySpec, B> extends Omit<IncomingRequest, 'query' | 'body'> {
  readonly query: QueryOf<Q>;
  readonly body: B;
}

export interface Success {
  readonly status: 200 | 201 | 202 | 204;
  readonly description: string;
  /** Schema of the answer; absent when there is no body. */
  readonly schema?: JsonObject;
  readonly contentType?: string;
}

interface RouteFacts {
  readonly method: Method;
  /** Below the prefix, with `{name}` for parameters. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Path parameters, each with what it is. */
  readonly params?: Readonly<Record<string, string>>;
  readonly success: Success;
  /** Another success that the handler may choose by resolving with an `Answer`. */
  readonly also?: Success;
  /** Its requests are counted by themselves: an editor may ask as one types without using up the limit of everything else. */
  readonly hasOwnLimit?: boolean;
  /** Failures besides those that every route has (401, 429, 500, 503). */
  readonly failures?: readonly number[];
}

/** What a handler resolves with to answer with another status than its usual one. */
export class Answer {
  readonly status: Success['status'];
  readonly body: unknown;

  constructor(status: Success['status'], body: unknown) {
    this.status = status;
    this.body = body;
  }
}

/** For routes without query parameters. */
export const NO_QUERY = {};

interface RouteSpec<Q extends QuerySpec, B> extends RouteFacts {
  readonly query: Q;
  handle(request: CheckedRequest<Q, B>): Promise<unknown>;
}

/** A row of the table. `handle` checks, then acts; a `Readable` it resolves with is sent as a stream. */
export interface Route extends RouteFacts {
  readonly query: QuerySpec;
  readonly bodySchema?: JsonObject;
  handle(request: IncomingRequest): Promise<unknown>;
}

/** A row without a body. Its handler sees only a checked query. */
export function route<const Q extends QuerySpec>(spec: RouteSpec<Q, undefined>): Route {
  const { handle, query, ...facts } = spec;
  return {
    ...facts,
    query,
    handle: async (request) =>
      handle({ ...request, query: readQuery(query, request.query), body: undefined }),
  };
}

/** A row with a body. Its handler sees only what the schema accepts. */
export function routeWithBody<const Q extends QuerySpec, B>(
  spec: RouteSpec<Q, B> & { readonly body: BodySpec<B> },
): Route {
  const { handle, query, body, ...facts } = spec;
  return {
    ...facts,
    query,
    bodySchema: body.schema,
    handle: async (request) =>
      handle({ ...request, query: readQuery(query, request.query), body: readBody(body, request.body) }),
  };
}

/**
 * A row whose operation checks the body itself, because what is right depends on more than the schema and all mistakes
 * are to be told at once.
 */
export function routeCheckedByOperation<const Q extends QuerySpec>(
  spec: RouteSpec<Q, unknown> & { readonly bodySchema: JsonObject },
): Route {
  const { handle, query, bodySchema, ...facts } = spec;
  return {
    ...facts,
    query,
    bodySchema,
    handle: async (request) => {
      requireObject(request.body);
      return handle({ ...request, query: readQuery(query, request.query) });
    },
  };
}
