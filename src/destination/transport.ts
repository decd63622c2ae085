/** PORT: sends one request and gives the whole answer. It must not know what requests mean. */

/** A request in full. `timeoutMs` is the deadline for everything, from connecting to the last byte of the answer. */
export interface TransportRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Header names are lower case; repeated headers are joined by ", ". The body is decompressed text. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends without following redirects. Throws TransportError and nothing else. */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>;
  /** Ends idle connections. Safe to call twice. */
  close(): Promise<void>;
}

/** `dns`, `connect` and `before-send`: the request never left. `after-send` and `timeout`: it may have arrived. */
export type TransportPhase = 'dns' | 'connect' | 'before-send' | 'after-send' | 'timeout';

export type TransportReason =
  | 'ADDRESS_REFUSED'
  | 'ABORTED'
  | 'DEADLINE'
  | 'NAME_UNKNOWN'
  | 'CONNECTION'
  | 'TOO_LARGE'
  | 'UNREADABLE';

export class TransportError extends Error {
  readonly phase: TransportPhase;
  readonly reason: TransportReason;

  constructor(phase: TransportPhase, reason: TransportReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TransportError';
    this.phase = phase;
    this.reason = reason;
  }

  /** False when the request certainly never reached the vendor. */
  get mayHaveArrived(): boolean {
    return this.phase === 'after-send' || this.phase === 'timeout';
  }
}

/** The answer may be no larger than this, decompressed, unless a transport is told otherwise. */
export const DEFAULT_MAX_RESPONSE_BYTES = 8 * 1024 * 1024;

/** The `code` of a Node or undici error, looked for along its causes. */
export function errorCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (at instanceof AggregateError) return errorCode(at.errors[0]);
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}

const NAME_CODES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']);

/** Words a failure that happened before the request was written. */
export function notSent(error: unknown): TransportError {
  const code = errorCode(error);
  if (code === 'ADDRESS_REFUSED') {
    return new TransportError('connect', 'ADDRESS_REFUSED', 'The address is not a public one.', error);
  }
  if (code !== undefined && NAME_CODES.has(code)) {
    return new TransportError('dns', 'NAME_UNKNOWN', 'The host name does not resolve.', error);
  }
  return new TransportError(
    'connect',
    'CONNECTION',
    `No connection could be made (${code ?? 'unknown cause'}).`,
    error,
  );
}
