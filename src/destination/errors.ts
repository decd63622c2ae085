/** The errors that actions throw, with Segment's names, codes and retry rule. It must not know any vendor. */
import type { Outcome } from '../event/outcome.ts';
import type { ClientRequest, ClientResponse } from './request-client.ts';

/** Codes besides the names of HTTP statuses. */
export const ErrorCodes = {
  INVALID_AUTHENTICATION: 'INVALID_AUTHENTICATION',
  PAYLOAD_VALIDATION_FAILED: 'PAYLOAD_VALIDATION_FAILED',
  INVALID_CURRENCY_CODE: 'INVALID_CURRENCY_CODE',
  RETRYABLE_ERROR: 'RETRYABLE_ERROR',
  REFRESH_TOKEN_EXPIRED: 'REFRESH_TOKEN_EXPIRED',
  OAUTH_REFRESH_FAILED: 'OAUTH_REFRESH_FAILED',
  SELF_TIMEOUT: 'SELF_TIMEOUT',
  CREATE_AUDIENCE_FAILED: 'CREATE_AUDIENCE_FAILED',
  GET_AUDIENCE_FAILED: 'GET_AUDIENCE_FAILED',
  RETL_ON_MAPPING_SAVE_FAILED: 'RETL_ON_MAPPING_SAVE_FAILED',
  INVALID_AUDIENCE_MEMBERSHIP: 'INVALID_AUDIENCE_MEMBERSHIP',
  UNKNOWN_ERROR: 'UNKNOWN_ERROR',
} as const;

const STATUS_CODES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  402: 'PAYMENT_REQUIRED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  407: 'PROXY_AUTHENTICATION_REQUIRED',
  408: 'REQUEST_TIMEOUT',
  409: 'CONFLICT',
  410: 'GONE',
  411: 'LENGTH_REQUIRED',
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  416: 'RANGE_NOT_SATISFIABLE',
  417: 'EXPECTATION_FAILED',
  418: 'I_AM_A_TEAPOT',
  421: 'MISDIRECTED_REQUEST',
  422: 'UNPROCESSABLE_ENTITY',
  423: 'LOCKED',
  424: 'FAILED_DEPENDENCY',
  425: 'TOO_EARLY',
  426: 'UPGRADE_REQUIRED',
  428: 'PRECONDITION_REQUIRED',
  429: 'TOO_MANY_REQUESTS',
  431: 'REQUEST_HEADER_FIELDS_TOO_LARGE',
  451: 'UNAVAILABLE_FOR_LEGAL_REASONS',
  499: 'CANCELLED',
  500: 'INTERNAL_SERVER_ERROR',
  501: 'NOT_IMPLEMENTED',
  502: 'BAD_GATEWAY',
  503: 'SERVICE_UNAVAILABLE',
  504: 'GATEWAY_TIMEOUT',
  505: 'HTTP_VERSION_NOT_SUPPORTED',
  506: 'VARIANT_ALSO_NEGOTIATES',
  507: 'INSUFFICIENT_STORAGE',
  508: 'LOOP_DETECTED',
  510: 'NOT_EXTENDED',
  511: 'NETWORK_AUTHENTICATION_REQUIRED',
  529: 'SITE_IS_OVERLOADED',
};

/** The code of an HTTP status; UNKNOWN_ERROR for one without a name. */
export function codeOfStatus(status: number): string {
  return STATUS_CODES[status] ?? ErrorCodes.UNKNOWN_ERROR;
}

const RETRYABLE_4XX = new Set([408, 423, 429]);

/** 4xx is not retried except 408, 423, 429; 5xx is, except 501. */
export function isRetryableStatus(status: number): boolean {
  return RETRYABLE_4XX.has(status) || (status >= 500 && status !== 501);
}

/** The vendor, or we, refused; `status` decides whether it is retried. */
export class IntegrationError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(message: string, code: string, status: number) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    this.status = status;
  }

  get retry(): boolean {
    return isRetryableStatus(this.status);
  }
}

export class PayloadValidationError extends IntegrationError {
  constructor(message: string) {
    super(message, ErrorCodes.PAYLOAD_VALIDATION_FAILED, 400);
  }
}

export class InvalidAudienceMembershipError extends IntegrationError {
  constructor(message: string) {
    super(message, ErrorCodes.INVALID_AUDIENCE_MEMBERSHIP, 400);
  }
}

export class InvalidAuthenticationError extends IntegrationError {
  constructor(message: string, code: string = ErrorCodes.INVALID_AUTHENTICATION) {
    super(message, code, 401);
  }
}

export class RetryableError extends IntegrationError {
  constructor(message: string, status = 500) {
    super(message, ErrorCodes.RETRYABLE_ERROR, status);
  }
}

export class APIError extends IntegrationError {
  constructor(message: string, status: number) {
    super(message, codeOfStatus(status), status);
  }
}

export class SelfTimeoutError extends IntegrationError {
  constructor(message: string) {
    super(message, ErrorCodes.SELF_TIMEOUT, 408);
  }
}

/**
 * An answer that is not a confirmation. `outcome` is what the destination's judge made of it. Request and answer hold
 * credentials and personal data, so that they are read by name only: no printer or logger of errors finds them.
 */
export class HTTPError extends Error {
  readonly outcome: Outcome;
  readonly #response: ClientResponse;
  readonly #request: ClientRequest;

  constructor(response: ClientResponse, request: ClientRequest) {
    super(`${request.method} ${new URL(request.url).pathname} answered ${response.status}`);
    this.name = 'HTTPError';
    this.outcome = response.outcome;
    this.#response = response;
    this.#request = request;
  }

  get response(): ClientResponse {
    return this.#response;
  }

  get request(): ClientRequest {
    return this.#request;
  }

  get status(): number {
    return this.#response.status;
  }
}

/** Thrown by an action that knows what became of its payload better than any status could say. */
export class OutcomeError extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome, cause?: unknown) {
    super(outcome.message ?? outcome.code, cause === undefined ? undefined : { cause });
    this.name = 'OutcomeError';
    this.outcome = outcome;
  }
}
