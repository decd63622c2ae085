/** The form of one REST operation and what it may read of a request. It must not know about any resource. */
import type { Context } from '../context.ts';
import type { Answer } from '../http/exchange.ts';
import type { Route } from '../http/router.ts';
import { memberOf, textOf, wholeOf } from '../json.ts';

export interface ApiRequest {
  readonly parameters: { readonly [name: string]: string };
  readonly query: URLSearchParams;
  /** The parsed JSON body; undefined where none was sent. */
  readonly body: unknown;
  /** Length of the body in bytes, as it came. */
  readonly bodyBytes: number;
}

export type Run = (context: Context, request: ApiRequest) => Answer;

/** `source` says why we claim an operation that the vendor's OpenAPI file does not list. */
export interface ApiRoute extends Route<Run> {
  readonly source?: string;
}

export function get(path: string, run: Run, source?: string): ApiRoute {
  return route('GET', path, run, source);
}
export function post(path: string, run: Run, source?: string): ApiRoute {
  return route('POST', path, run, source);
}
export function put(path: string, run: Run, source?: string): ApiRoute {
  return route('PUT', path, run, source);
}
/** PATCH is nowhere in the OpenAPI file for these resources, yet recorded exchanges use it as they use PUT. */
export function patch(path: string, run: Run): ApiRoute {
  return route('PATCH', path, run, 'PATCH is accepted wherever PUT is, as recorded for accounts and deals');
}
export function remove(path: string, run: Run, source?: string): ApiRoute {
  return route('DELETE', path, run, source);
}

function route(method: string, path: string, run: Run, source: string | undefined): ApiRoute {
  return source === undefined ? { method, path, run } : { method, path, run, source };
}

/** The id of the path as the tables keep it; what is no number names no row. */
export function idOf(request: ApiRequest, name = 'id'): number | undefined {
  return wholeOf(request.parameters[name]);
}

/** The id of the path as it was written, for messages. */
export function idText(request: ApiRequest, name = 'id'): string {
  return request.parameters[name] ?? '';
}

/** Text of `body.<resource>.<attribute>`; undefined where it was not sent or is no text. */
export function attribute(request: ApiRequest, resource: string, name: string): string | undefined {
  return textOf(memberOf(memberOf(request.body, resource), name));
}

export function idAttribute(request: ApiRequest, resource: string, name: string): number | undefined {
  return wholeOf(memberOf(memberOf(request.body, resource), name));
}

/** Whether the attribute was sent at all. */
export function hasAttribute(request: ApiRequest, resource: string, name: string): boolean {
  return memberOf(memberOf(request.body, resource), name) !== undefined;
}
