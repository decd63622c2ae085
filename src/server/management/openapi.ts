/** The OpenAPI document, made from the table of routes. It must not know what any route does. */
import { FAILURES } from '../../event/failure.ts';
import type { JsonObject } from '../../event/json.ts';
import { ANSWER_SCHEMAS, ref } from './answer-schemas.ts';
import type { Route, Success } from './http/route.ts';

/** The routes that need no token, for the document; the server adds them under the same paths. */
const OPEN_PATHS: Readonly<Record<string, JsonObject>> = {
  '/healthz': { get: open('Whether the process answers', 'application/json') },
  '/readyz': {
    get: {
      ...open('Whether the store takes durable writes', 'application/json'),
      responses: { 200: described('It does.'), 503: failureAnswer('It does not.') },
    },
  },
  '/metrics': { get: open('Measurements in the Prometheus text format', 'text/plain') },
  '/openapi.json': { get: open('This document', 'application/json') },
  '/': { get: open('The web console', 'text/html') },
  '/assets/{file}': {
    get: {
      ...open('A file of the console', '*/*'),
      parameters: [
        {
          name: 'file',
          in: 'path',
          required: true,
          description: 'Its name, which changes with its content.',
          schema: { type: 'string' },
        },
      ],
    },
  },
};

function open(summary: string, contentType: string): JsonObject {
  return {
    tags: ['Service'],
    summary,
    security: [],
    servers: [{ url: '/' }],
    responses: { 200: { description: `${summary}.`, content: { [contentType]: {} } } },
  };
}

/** The whole document, OpenAPI 3.1. */
export function openApiDocument(routes: readonly Route[]): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const row of routes) {
    const path = paths[row.path] ?? {};
    path[row.method.toLowerCase()] = operationOf(row);
    paths[row.path] = path;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Management API',
      version: '1',
      description:
        'Installs and steers integrations, and shows what became of every event. Lists are pages: `{data, next_cursor, has_more}`. Failures are `{error: {code, message, details?}}` with one entry per wrong field in `details`.',
    },
    servers: [{ url: '/v1/admin' }, { url: '/api/v1/admin' }],
    security: [{ bearer: [] }],
    paths: { ...paths, ...OPEN_PATHS },
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The admin token of the installation.' },
      },
      schemas: ANSWER_SCHEMAS,
    },
  };
}

function operationOf(row: Route): JsonObject {
  const parameters = [
    ...Object.entries(row.params ?? {}).map(([name, description]) => ({
      name,
      in: 'path',
      required: true,
      description,
      schema: { type: 'string' },
    })),
    ...Object.entries(row.query).map(([name, { description, schema }]) => ({
      name,
      in: 'query',
      required: false,
      description,
      schema,
    })),
  ];
  return {
    operationId: operationId(row),
    tags: [row.tag],
    summary: row.summary,
    ...(row.description === undefined ? {} : { description: row.description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(row.bodySchema === undefined ? {} : { requestBody: requestBody(row.bodySchema) }),
    responses: responsesOf(row),
  };
}

/** `GET /pipelines/{id}` → `get_pipelines_by_id`. */
function operationId(row: Route): string {
  const words = row.path
    .split('/')
    .filter((word) => word !== '')
    .map((word) => word.replace(/^\{(.*)\}$/, 'by_$1').replaceAll('-', '_'));
  return [row.method.toLowerCase(), ...words].join('_');
}

function requestBody({ $schema: _dialect, $id: _id, ...schema }: JsonObject): JsonObject {
  return { required: true, content: { 'application/json': { schema } } };
}

function responsesOf(row: Route): JsonObject {
  const failures = [...(row.failures ?? []), 401, 429, 500, 503].sort((a, b) => a - b);
  return {
    [row.success.status]: successAnswer(row.success),
    ...(row.also === undefined ? {} : { [row.also.status]: successAnswer(row.also) }),
    ...Object.fromEntries(failures.map((code) => [code, failureAnswer(codesOf(code))])),
  };
}

function successAnswer({ description, schema, contentType = 'application/json' }: Success): JsonObject {
  return schema === undefined
    ? described(description)
    : { description, content: { [contentType]: { schema } } };
}

function described(description: string): JsonObject {
  return { description };
}

function failureAnswer(description: string): JsonObject {
  return { description, content: { 'application/json': { schema: ref('Error') } } };
}

/** The failure codes that share an HTTP status. */
function codesOf(status: number): string {
  return Object.entries(FAILURES)
    .flatMap(([code, itsStatus]) => (itsStatus === status ? [code] : []))
    .join(', ');
}
