/** Who may send into which pipeline: reads the key of a request, checks pipeline, domain and signature. It must not know what is sent. */
import type { IncomingHttpHeaders } from 'node:http';
import { Failure } from '../../event/failure.ts';
import { type JsonObject, own } from '../../event/json.ts';
import { judgeSignature } from '../../intake/signature.ts';

/** What is asked of a request to know who sent it. */
export interface Sender {
  readonly headers: IncomingHttpHeaders;
  /** The members of the URL's query. */
  readonly query?: unknown;
}

/** What ingestion knows of a pipeline. */
export interface PipelineView {
  readonly id: string;
  readonly enabled: boolean;
  /** Requests a second; 0 takes the server's own limit. */
  readonly rateLimitRps: number;
  /** Hosts that pages may send from: `example.com`, or `*.example.com` for its subdomains. Empty: all. */
  readonly domainAllowlist: readonly string[];
  /** `pii`, `bot_filter`; see intake/governance.ts. */
  readonly config: JsonObject;
  /** The secret that signs server events, `sk_…`. */
  secret(): string | Promise<string>;
}

export interface Pipelines {
  /** At once where it is known already: this is asked for every request. */
  byKey(key: string): PipelineView | undefined | Promise<PipelineView | undefined>;
}

/** The key from the headers (Bearer, or Basic with the key as user name) or from `?wk=` / `?writeKey=`. */
export function keyOfRequest(request: Sender): string | undefined {
  return keyOfHeader(request.headers.authorization) ?? keyOfQuery(request.query);
}

export function keyOfBody(body: unknown): string | undefined {
  return text(own(body, 'writeKey'));
}

function keyOfHeader(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const space = header.indexOf(' ');
  const scheme = header.slice(0, space).toLowerCase();
  const value = header.slice(space + 1).trim();
  if (scheme === 'bearer') return text(value);
  if (scheme !== 'basic') return undefined;
  const [user] = Buffer.from(value, 'base64').toString('utf8').split(':');
  return text(user);
}

function keyOfQuery(query: unknown): string | undefined {
  return text(own(query, 'wk')) ?? text(own(query, 'writeKey'));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * The pipeline that the key opens. Failure INVALID_PIPELINE_KEY when there is no key, none like it, or the pipeline is
 * off; STORE_UNAVAILABLE when nobody can know: a client must never throw events away because our disk failed.
 */
export async function pipelineOf(pipelines: Pipelines, key: string | undefined): Promise<PipelineView> {
  if (key === undefined)
    throw new Failure(
      'INVALID_PIPELINE_KEY',
      'The request has no pipeline key. Send `Authorization: Bearer dk_…`, or the key as Basic user name, or `writeKey` in the body.',
    );
  let pipeline: PipelineView | undefined;
  try {
    pipeline = await pipelines.byKey(key);
  } catch (cause) {
    throw new Failure('STORE_UNAVAILABLE', 'The pipeline could not be read; send it again.', { cause });
  }
  if (pipeline === undefined)
    throw new Failure('INVALID_PIPELINE_KEY', 'No pipeline has this key. Copy it from the pipeline’s page.');
  if (!pipeline.enabled)
    throw new Failure('INVALID_PIPELINE_KEY', 'The pipeline of this key is switched off.');
  return pipeline;
}

/**
 * Pages send `Origin` (or at least `Referer`); what sends neither is no page and passes, since a key in a page is public
 * anyway and this list keeps out foreign pages, not forgers. Failure FORBIDDEN for a host that is not in the list.
 */
export function checkDomain(request: Sender, allowlist: readonly string[]): void {
  if (allowlist.length === 0) return;
  const source = request.headers.origin ?? request.headers.referer;
  if (source === undefined) return;
  const host = URL.canParse(source) ? new URL(source).hostname : '';
  if (allowlist.some((entry) => isAllowed(entry, host))) return;
  throw new Failure('FORBIDDEN', 'The pipeline’s domain allow-list does not name the page that sent this.');
}

function isAllowed(entry: string, host: string): boolean {
  const name = entry
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/[:/].*$/, '');
  return name.startsWith('*.') ? host.endsWith(name.slice(1)) : name !== '' && host === name;
}

/** Failure INVALID_SIGNATURE unless the request is signed with the pipeline's secret. `body` as sent, not decompressed. */
export async function checkSignature(
  request: Sender,
  pipeline: PipelineView,
  body: Uint8Array,
  nowMs: number,
): Promise<void> {
  const judgement = judgeSignature(
    await pipeline.secret(),
    { signature: header(request, 'x-signature'), timestamp: header(request, 'x-timestamp'), body },
    nowMs,
  );
  if (judgement.ok) return;
  const message = {
    MISSING: 'X-Signature and X-Timestamp are needed here.',
    MALFORMED: 'X-Signature is `sha256=` and 64 hex digits, X-Timestamp milliseconds since 1970.',
    EXPIRED: 'X-Timestamp is more than five minutes off. Set the clock, and sign anew for every try.',
    WRONG: 'The signature does not fit. Sign timestamp + "." + the body’s bytes with the pipeline’s secret.',
  }[judgement.reason];
  throw new Failure('INVALID_SIGNATURE', message);
}

export function isSigned(request: Sender): boolean {
  return header(request, 'x-signature') !== undefined;
}

function header(request: Sender, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
