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
  /** As it goes over the wire; empty for none. */
  readonly body: string | Buffer;
}

export function jsonAnswer(
  status: number,
  body: Json,
  headers: { readonly [name: string]: string } = {},
): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** Rows of a list that are written one after the other, each gone before the next is made. Made by `each`. */
export class Rows {
  readonly texts: Iterable<string>;

  constructor(texts: Iterable<string>) {
    this.texts = texts;
  }
}

export function each<T>(items: readonly T[], bodyOf: (item: T) => Json): Rows {
  return new Rows(
    (function* texts() {
      for (const item of items) yield JSON.stringify(bodyOf(item));
    })(),
  );
}

/**
 * Like `jsonAnswer` with an object at the top, some members of which may be `Rows`. For pages of a hundred wide rows:
 * as one string each would be a large object, and a thousand pages a few hundred megabytes until a full collection.
 */
export function rowsAnswer(status: number, body: { readonly [name: string]: Json | Rows }): Answer {
  const pieces: Buffer[] = [];
  for (const [name, value] of Object.entries(body)) {
    pieces.push(Buffer.from(`${pieces.length === 0 ? '{' : ','}${JSON.stringify(name)}:`));
    if (value instanceof Rows) pieces.push(...piecesOf(value));
    else pieces.push(Buffer.from(JSON.stringify(value)));
  }
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.concat([...pieces, Buffer.from('}')]),
  };
}

function piecesOf(rows: Rows): Buffer[] {
  const pieces: Buffer[] = [];
  for (const text of rows.texts) pieces.push(Buffer.from(pieces.length === 0 ? `[${text}` : `,${text}`));
  return pieces.length === 0 ? [Buffer.from('[]')] : [...pieces, Buffer.from(']')];
}

/** What the control pages ask for, which is nothing of the vendor's. Whoever makes the view keeps it small. */
export function viewAnswer(view: object): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(view) };
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
