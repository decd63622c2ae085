/** The one error type and its table of codes. It must not know who throws or who answers. */

/**
 * Every code that people can meet, with the HTTP status that the management API and ingestion answer with.
 * A Failure is something that could not be done and that someone can act on; outcomes of the domain are values, not errors.
 */
export const FAILURES = {
  INVALID_JSON: 400,
  INVALID_REQUEST: 400,
  UNAUTHORIZED: 401,
  INVALID_TOKEN: 401,
  INVALID_PIPELINE_KEY: 401,
  INVALID_SIGNATURE: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  NAME_TAKEN: 409,
  PAYLOAD_TOO_LARGE: 413,
  VALIDATION_FAILED: 422,
  BLUEPRINT_INVALID: 422,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  STORE_UNAVAILABLE: 503,
  SERVICE_CLOSING: 503,
  CONFIG_INVALID: 500,
  STORE_LOCKED: 500,
  STORE_UNSAFE: 500,
  SECRET_UNREADABLE: 500,
} as const satisfies Record<string, number>;

export type FailureCode = keyof typeof FAILURES;

/** One wrong thing in what somebody gave us: where it is (dotted path), what is wrong, and what to do about it. */
export interface Problem {
  readonly path: string;
  readonly message: string;
  readonly [detail: string]: unknown;
}

export interface FailureOptions {
  readonly details?: readonly Problem[];
  readonly retryAfterS?: number;
  readonly cause?: unknown;
}

/** Thrown where something could not be done. `message` says what happened, to what, and what to do. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly status: number;
  readonly details: readonly Problem[] | undefined;
  readonly retryAfterS: number | undefined;

  constructor(code: FailureCode, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Failure';
    this.code = code;
    this.status = FAILURES[code];
    this.details = options.details;
    this.retryAfterS = options.retryAfterS;
  }
}
