/** Remembers the newest requests, within bounds, with keys masked. It must not know what they asked. */
import { type Json, parseJson } from '../json.ts';
import type { Call } from './exchange.ts';

/** One request. `status` is null until it is answered, and for good where the connection was cut without an answer. */
export interface RequestRecord {
  /** Counts up from 1 for every request since the start. */
  readonly seq: number;
  readonly at_ms: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly status: number | null;
  /** Parsed where it was JSON or a form, else the text; null for none. */
  readonly body: Json;
  /** What a fault did to it, where one did. */
  readonly fault?: string;
}

export const MAX_REQUESTS = 10_000;
/** Bodies are kept up to this many characters in all; the oldest requests go first. */
export const MAX_BODY_CHARS = 32_000_000;

const MASK = '***';
const SECRET = /^(key|api_key|api-token|apikey|token)$/i;

/** Completes the record of a request that arrived. */
export type Finish = (status: number | null, fault: string | undefined) => void;

interface Entry {
  record: RequestRecord;
  readonly chars: number;
}

/** In the order of arrival. */
export class RequestLog {
  #entries: Entry[] = [];
  #first = 0;
  #chars = 0;
  #seq = 0;

  arrive(call: Call, atMs: number): Finish {
    this.#seq += 1;
    const path = call.path + maskedQuery(call.query);
    const entry: Entry = {
      record: { seq: this.#seq, at_ms: atMs, method: call.method, path, status: null, body: bodyOf(call) },
      chars: call.body.length,
    };
    this.#entries.push(entry);
    this.#chars += entry.chars;
    this.#trim();
    return (status, fault) => {
      entry.record = { ...entry.record, status, ...(fault === undefined ? {} : { fault }) };
    };
  }

  /** Those that arrived at or after `sinceMs`, oldest first. */
  since(sinceMs = 0): readonly RequestRecord[] {
    const kept = this.#entries.slice(this.#first).map(({ record }) => record);
    return sinceMs === 0 ? kept : kept.filter((record) => record.at_ms >= sinceMs);
  }

  /** At most `count` of the newest, newest first. */
  newest(count: number): readonly RequestRecord[] {
    return this.#entries
      .slice(Math.max(this.#first, this.#entries.length - count))
      .map(({ record }) => record)
      .reverse();
  }

  get total(): number {
    return this.#seq;
  }

  clear(): void {
    this.#entries = [];
    this.#first = 0;
    this.#chars = 0;
  }

  #trim(): void {
    while (
      this.#entries.length - this.#first > 1 &&
      (this.#entries.length - this.#first > MAX_REQUESTS || this.#chars > MAX_BODY_CHARS)
    ) {
      this.#chars -= this.#entries[this.#first]?.chars ?? 0;
      this.#first += 1;
    }
    if (this.#first < MAX_REQUESTS) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }
}

function maskedQuery(query: URLSearchParams): string {
  if (query.size === 0) return '';
  const masked = new URLSearchParams(
    [...query].map(([name, value]) => [name, SECRET.test(name) ? MASK : value]),
  );
  return `?${masked}`;
}

function bodyOf({ body, headers }: Call): Json {
  if (body === '') return null;
  const type = String(headers['content-type'] ?? '');
  if (type.startsWith('application/x-www-form-urlencoded'))
    return masked(Object.fromEntries(new URLSearchParams(body)));
  const parsed = parseJson(body);
  return parsed
    ? masked(parsed.value)
    : type.startsWith('multipart/')
      ? `(${body.length} characters of multipart)`
      : body;
}

function masked(value: unknown): Json {
  return JSON.parse(
    JSON.stringify(value, (name, member) =>
      SECRET.test(name) && typeof member === 'string' ? MASK : member,
    ) ?? 'null',
  );
}
