/** What actions send requests with: Segment's request options over a Transport, every answer judged, nothing secret written down. */
import type { Clock } from '../clock.ts';
import { own } from '../event/json.ts';
import type { Outcome } from '../event/outcome.ts';
import type { Budget, Exchange } from './definition.ts';
import { errorTexts } from './error-texts.ts';
import { HTTPError, OutcomeError } from './errors.ts';
import { judgeByStatus } from './judge-by-status.ts';
import { createMasker, maskAddresses } from './mask.ts';
import { outcomeOfTransport } from './outcome-of-transport.ts';
import {
  type Transport,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from './transport.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
const USER_AGENT = 'Datafly (Actions)';
const MAX_RECORDED_BODY = 4_000;
const MAX_RECORDED_TEXT = 300;

export type SearchParams = Readonly<Record<string, string | number | boolean | undefined>> | URLSearchParams;

export interface RequestOptions {
  readonly method?: string;
  /** Sent as a JSON body with its content type. */
  readonly json?: unknown;
  readonly body?: string | URLSearchParams;
  /** Merged by name over those of the destination; an undefined value takes a header away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Replaces the query of the URL. */
  readonly searchParams?: SearchParams;
  /** Milliseconds; false for the longest deadline that there is. Default 10 s. */
  readonly timeout?: number | false;
  /** Default true: an answer that is not a confirmation throws an HTTPError. */
  readonly throwHttpErrors?: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly signal?: AbortSignal;
  readonly prefixUrl?: string;
  /** Ours: repeating it does no harm. Default: true for GET, HEAD; otherwise as the action says. */
  readonly repeatable?: boolean;
  /** Ours: dotted path that a confirmation must have, e.g. `contact.id`. */
  readonly expect?: string;
  /** Ours: the vendor limit that it counts against. Default: the action's. */
  readonly budget?: Budget;
}

export interface ClientRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ClientHeaders extends Headers {
  toJSON(): Record<string, string>;
}

export interface ClientResponse {
  readonly status: number;
  readonly ok: boolean;
  readonly url: string;
  readonly headers: ClientHeaders;
  /** The body as text. */
  readonly content: string;
  /** The parsed body when it is JSON by its content type, else the text; undefined for JSON that is broken. */
  readonly data: unknown;
  /** What the destination's judge made of the answer. */
  readonly outcome: Outcome;
  text(): Promise<string>;
  json(): Promise<unknown>;
}

export type RequestClient = (url: string, options?: RequestOptions) => Promise<ClientResponse>;

/** What a `beforeSend` may know of a request that is about to leave. */
export interface DepartingRequest {
  readonly method: string;
  /** Without query, since that may name a person. */
  readonly url: string;
  readonly budget: Budget;
  readonly repeatable: boolean;
}

/** One exchange as the attempt log keeps it: secrets masked, bodies bounded, of the answer only what its error texts say. */
export interface ExchangeRecord {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Absent when there was no answer. */
  readonly status?: number;
  readonly errorText?: string;
  readonly outcomeCode: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
}

export interface RequestClientOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly secrets: readonly string[];
  /** Options of the destination (`extendRequest`), under those of each call. */
  readonly defaults?: RequestOptions;
  readonly judge?: (exchange: Exchange) => Outcome;
  readonly repeatable?: boolean;
  readonly budget?: Budget;
  /** Awaited right before each request leaves: the place for limits and for writing down that it is being sent. */
  readonly beforeSend?: (request: DepartingRequest) => Promise<void>;
  readonly onExchange?: (record: ExchangeRecord) => void;
  readonly onResponse?: (response: ClientResponse) => void;
  readonly signal?: AbortSignal;
}

/**
 * Gives `request(url, options)`. It throws HTTPError for an answer that is not a confirmation (unless told otherwise),
 * OutcomeError (cause: TransportError) when there was no answer, and TypeError for a call that makes no sense.
 */
export function createRequestClient(options: RequestClientOptions): RequestClient {
  const mask = createMasker(options.secrets);
  const judge = options.judge ?? judgeByStatus;
  return async (url, call = {}) => {
    const merged = mergeOptions(options.defaults ?? {}, call);
    const request = buildRequest(url, merged, options.signal);
    const repeatable = merged.repeatable ?? (isRead(request.method) || (options.repeatable ?? false));
    await options.beforeSend?.({
      method: request.method,
      url: withoutQuery(request.url),
      budget: merged.budget ?? options.budget ?? 'api',
      repeatable,
    });
    const startedAtMs = options.clock.now();
    const record = (code: string, status?: number, errorText?: string): void =>
      options.onExchange?.({
        ...recordRequest(request, mask),
        ...(status === undefined ? {} : { status }),
        ...(errorText === undefined || errorText === '' ? {} : { errorText }),
        outcomeCode: code,
        startedAtMs,
        durationMs: options.clock.now() - startedAtMs,
      });
    const answer = await sendOrWord(options.transport, request, repeatable, record);
    const outcome = judge({
      request: { method: request.method, url: request.url },
      response: answer,
      atMs: options.clock.now(),
      repeatable,
      ...(merged.expect === undefined ? {} : { expect: merged.expect }),
    });
    record(
      outcome.code,
      answer.status,
      maskAddresses(mask(errorTexts(answer.body))).slice(0, MAX_RECORDED_TEXT),
    );
    const response = clientResponse(request.url, answer, outcome);
    options.onResponse?.(response);
    if (outcome.kind !== 'delivered' && merged.throwHttpErrors !== false)
      throw new HTTPError(response, request);
    return response;
  };
}

/** An exchange without an answer becomes an OutcomeError, since only here is known whether repeating this very request is harmless. */
async function sendOrWord(
  transport: Transport,
  request: TransportRequest,
  repeatable: boolean,
  record: (code: string) => void,
): Promise<TransportResponse> {
  try {
    return await transport.send(request);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    const outcome = outcomeOfTransport(error, repeatable);
    record(outcome.code);
    throw new OutcomeError(outcome, error);
  }
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function mergeOptions(below: RequestOptions, above: RequestOptions): RequestOptions {
  return { ...below, ...above, headers: mergeHeaders(below.headers, above.headers) };
}

function mergeHeaders(...layers: readonly RequestOptions['headers'][]): Record<string, string | undefined> {
  const merged: Record<string, string | undefined> = {};
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer ?? {})) merged[name.toLowerCase()] = value;
  }
  return merged;
}

function buildRequest(
  url: string,
  options: RequestOptions,
  signal: AbortSignal | undefined,
): TransportRequest {
  const target = new URL(
    options.prefixUrl === undefined
      ? url
      : `${options.prefixUrl.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`,
  );
  if (options.searchParams !== undefined) target.search = searchText(options.searchParams);
  const { body, contentType } = bodyOf(options);
  const headers: Record<string, string> = { 'user-agent': USER_AGENT };
  if (contentType !== undefined) headers['content-type'] = contentType;
  if (options.username !== undefined || options.password !== undefined) {
    headers['authorization'] =
      `Basic ${Buffer.from(`${options.username ?? ''}:${options.password ?? ''}`).toString('base64')}`;
  }
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value === undefined) delete headers[name];
    else headers[name] = value;
  }
  const signals = [signal, options.signal].filter((given) => given !== undefined);
  return {
    method: (options.method ?? 'GET').toUpperCase(),
    url: target.href,
    headers,
    ...(body === undefined ? {} : { body }),
    timeoutMs: options.timeout === false ? LONGEST_TIMEOUT_MS : (options.timeout ?? DEFAULT_TIMEOUT_MS),
    ...(signals.length === 0
      ? {}
      : { signal: signals.length === 1 && signals[0] !== undefined ? signals[0] : AbortSignal.any(signals) }),
  };
}

/** The longest delay that a timer of Node can hold. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

function bodyOf(options: RequestOptions): { readonly body?: string; readonly contentType?: string } {
  if (options.json !== undefined)
    return { body: JSON.stringify(options.json), contentType: 'application/json' };
  if (options.body instanceof URLSearchParams) {
    return { body: options.body.toString(), contentType: 'application/x-www-form-urlencoded;charset=UTF-8' };
  }
  return options.body === undefined ? {} : { body: options.body };
}

function searchText(params: SearchParams): string {
  if (params instanceof URLSearchParams) return params.toString();
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.toString();
}

function withoutQuery(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? url : url.slice(0, at);
}

/** Headers that carry credentials whatever their value. */
const SECRET_HEADER = /authorization|token|key|secret|cookie/i;

function recordRequest(
  request: ClientRequest,
  mask: (text: string) => string,
): Pick<ExchangeRecord, 'method' | 'url' | 'headers' | 'body'> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    headers[name] = SECRET_HEADER.test(name) ? '***' : mask(value);
  return {
    method: request.method,
    url: maskAddresses(mask(request.url)),
    headers,
    ...(request.body === undefined ? {} : { body: mask(request.body).slice(0, MAX_RECORDED_BODY) }),
  };
}

class ResponseHeaders extends Headers implements ClientHeaders {
  toJSON(): Record<string, string> {
    return Object.fromEntries(this.entries());
  }
}

function clientResponse(url: string, answer: TransportResponse, outcome: Outcome): ClientResponse {
  const type = own(answer.headers, 'content-type');
  const isJson = typeof type === 'string' && type.includes('application/json');
  return {
    status: answer.status,
    ok: answer.status >= 200 && answer.status < 300,
    url,
    headers: new ResponseHeaders({ ...answer.headers }),
    content: answer.body,
    data: isJson ? parseOrUndefined(answer.body) : answer.body,
    outcome,
    text: async () => answer.body,
    json: async () => JSON.parse(answer.body),
  };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
