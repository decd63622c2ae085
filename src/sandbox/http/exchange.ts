/** The request and the answer as the simulated account sees them. It must not know about sockets. */
import type { Json } from '../json.ts';

export interface Call {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  /** Text as it goes over the wire; empty for none. */
  readonly body: string;
}

export function jsonAnswer(
  status: number,
  body: Json,
  headers: { readonly [name: string]: string } = {},
): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

export function emptyAnswer(status: number, headers: { readonly [name: string]: string } = {}): Answer {
  return { status, headers, body: '' };
}

export function textAnswer(
  status: number,
  contentType: string,
  body: string,
  headers: { readonly [name: string]: string } = {},
): Answer {
  return { status, headers: { 'content-type': contentType, ...headers }, body };
}

export function headerOf(call: Call, name: string): string | undefined {
  const value = call.headers[name];
  return typeof value === 'string' ? value : value?.[0];
}
