/** Speaks to the management API over HTTP, as any other client would. It must not know what commands do with the answers. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAILURES, Failure, type FailureCode } from '../event/failure.ts';
import { listOf, own, textOf } from './fields.ts';
import { readStream, type StreamEntry } from './sse.ts';
import { plain, type Surroundings } from './terminal.ts';

const EVERY_ADDRESS = new Set(['0.0.0.0', '::', '']);

/** Where a service of the same environment listens: ADMIN_HOST and ADMIN_PORT, as the service itself reads them. */
function ownUrl({ environment }: Surroundings): string {
  const given = environment['ADMIN_HOST'] ?? '';
  const host = EVERY_ADDRESS.has(given) ? '127.0.0.1' : given;
  return `http://${host.includes(':') ? `[${host}]` : host}:${environment['ADMIN_PORT'] || '8084'}`;
}

export interface ClientOptions {
  readonly url?: string;
  readonly token?: string;
}

/** The token that was given; else ADMIN_TOKEN; else the one that the service made in its data folder. */
function findToken(given: string | undefined, surroundings: Surroundings): string {
  const { environment } = surroundings;
  const named = given ?? environment['ADMIN_TOKEN'];
  if (named !== undefined && named !== '') return named;
  const file = join(environment['SIGNAL_DATA_DIR'] || './data', 'admin-token');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  throw new Failure(
    'UNAUTHORIZED',
    `No admin token: there is none in ${file}. Give it with --token or in ADMIN_TOKEN, or run this where the service keeps its data (SIGNAL_DATA_DIR).`,
  );
}

export class ManagementClient {
  readonly #url: string;
  readonly #token: string;

  constructor(options: ClientOptions, surroundings: Surroundings) {
    this.#url = (options.url ?? ownUrl(surroundings)).replace(/\/+$/, '');
    this.#token = findToken(options.token, surroundings);
  }

  async get(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<unknown> {
    return (await this.#ask('GET', withQuery(path, query))).json();
  }

  async post(path: string, body: unknown): Promise<unknown> {
    return (await this.#ask('POST', path, { body: JSON.stringify(body) })).json();
  }

  async delete(path: string): Promise<void> {
    await this.#ask('DELETE', path);
  }

  /** Rows of a list over as many pages as it takes, at most `limit`. */
  async rows(
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    limit: number,
  ): Promise<readonly unknown[]> {
    const rows: unknown[] = [];
    let cursor: string | undefined;
    do {
      const size = String(Math.min(limit - rows.length, 100));
      const page = await this.get(path, { ...query, limit: size, cursor });
      rows.push(...listOf(page, 'data'));
      cursor = textOf(page, 'next_cursor') || undefined;
    } while (cursor !== undefined && rows.length < limit);
    return rows;
  }

  /** Entries of the event stream; goes on after the entry that was seen last. Ends when the connection does. */
  async *stream(lastEventId: string | undefined, signal: AbortSignal): AsyncGenerator<StreamEntry> {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const response = await this.#ask('GET', '/events/stream', { headers, signal });
    if (response.body !== null) yield* readStream(response.body);
  }

  async #ask(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const response = await this.#reach(`${this.#url}/v1/admin${path}`, {
      ...init,
      method,
      headers: {
        ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...Object.fromEntries(new Headers(init.headers)),
        authorization: `Bearer ${this.#token}`,
      },
    });
    if (response.ok) return response;
    throw failureOf(response, await response.text());
  }

  async #reach(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init);
    } catch (error) {
      if (init.signal?.aborted === true) throw error;
      throw new Failure(
        'STORE_UNAVAILABLE',
        `No service answers at ${this.#url}. Start it with "npx --no-install signal serve" (or "npm start" to try it out), or name another address with --url.`,
        { cause: error },
      );
    }
  }
}

function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** The refusal in words: what was wrong, field by field, and what to do. */
function failureOf(response: Response, text: string): Failure {
  const error = own(parsed(text), 'error');
  const details = listOf(error, 'details').map(
    (detail) => `  ${plain(textOf(detail, 'path'))}: ${plain(textOf(detail, 'message'))}`,
  );
  const code = textOf(error, 'code');
  const advice =
    response.status === 401
      ? ['Give the token of this service with --token or in ADMIN_TOKEN.']
      : code === ''
        ? [`The answer (${response.status}) is not one of the management API; is --url right?`]
        : [];
  const lines = [plain(textOf(error, 'message')), ...details, ...advice].filter((line) => line !== '');
  return new Failure(isFailureCode(code) ? code : 'INTERNAL', lines.join('\n'));
}

function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(FAILURES, code);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
