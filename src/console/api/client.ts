/** One request to the management API and its answer. It must not know any route. */
import type { Problem } from './answers.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** What the API, or the way to it, refused. `message` is a sentence for people. */
export class ApiError extends Error {
  readonly code: string;
  /** 0 when there was no answer at all. */
  readonly status: number;
  readonly details: readonly Problem[];
  readonly retryAfterS: number | undefined;

  constructor(
    message: string,
    facts: {
      readonly code: string;
      readonly status: number;
      readonly details?: readonly Problem[];
      readonly retryAfterS?: number | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: facts.cause });
    this.name = 'ApiError';
    this.code = facts.code;
    this.status = facts.status;
    this.details = facts.details ?? [];
    this.retryAfterS = facts.retryAfterS;
  }

  /** Whether asking again later may help. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export interface Client {
  /** Resolves with the parsed answer, or rejects with ApiError. The caller names the documented shape. */
  call<T>(method: Method, path: string, options?: CallOptions): Promise<T>;
  /** Opens the event stream; the caller reads the body. */
  open(path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly signal?: AbortSignal | undefined;
  /** Lets the request finish although the page goes away. */
  readonly keepalive?: boolean;
}

const PREFIX = '/v1/admin';

export interface ClientPorts {
  readonly token: () => string | undefined;
  /** Called when the token is refused. */
  readonly onRefused: () => void;
  readonly fetch: typeof fetch;
}

export function createClient({ token, onRefused, fetch }: ClientPorts): Client {
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token() ?? ''}`);
    const response = await answered(() => fetch(PREFIX + path, { ...init, headers, cache: 'no-store' }));
    if (response.ok) return response;
    if (response.status === 401) onRefused();
    throw await errorOf(response);
  };
  return {
    call: async (method, path, options = {}) => {
      const { body, query, signal, keepalive } = options;
      const response = await send(path + queryText(query), {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        ...(signal === undefined ? {} : { signal }),
        ...(keepalive === undefined ? {} : { keepalive }),
      });
      return response.status === 204 ? undefined : JSON.parse(await response.text());
    },
    open: (path, headers, signal) => send(path, { headers, signal }),
  };
}

/** `{a: 1, b: undefined}` → `?a=1`. */
export function queryText(query: Readonly<Record<string, string | number | undefined>> = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') given.set(name, String(value));
  }
  const text = given.toString();
  return text === '' ? '' : `?${text}`;
}

async function answered(ask: () => Promise<Response>): Promise<Response> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError('The service does not answer. It may be restarting; this page keeps trying.', {
      code: 'NO_ANSWER',
      status: 0,
      cause: error,
    });
  }
}

interface ErrorBody {
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly details?: readonly Problem[];
  };
}

async function errorOf(response: Response): Promise<ApiError> {
  const { error } = await bodyOf(response);
  const waitS = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiError(error?.message ?? `The service answered ${response.status}.`, {
    code: error?.code ?? 'UNEXPECTED_ANSWER',
    status: response.status,
    details: error?.details ?? [],
    retryAfterS: Number.isFinite(waitS) ? waitS : undefined,
  });
}

/** A proxy in between may answer with something that is not ours; then the status alone speaks. */
async function bodyOf(response: Response): Promise<ErrorBody> {
  try {
    return JSON.parse(await response.text());
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
