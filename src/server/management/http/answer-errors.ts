/** Turns whatever was thrown into the documented error form. It must not know any route, and never shows what it does not understand. */
import type { FastifyError, FastifyReply } from 'fastify';
import { Failure, type FailureCode } from '../../../event/failure.ts';

/** Fastify's own errors that a caller can mend, by Fastify's code. */
const CALLER_ERRORS: Readonly<Record<string, { readonly code: FailureCode; readonly message: string }>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'INVALID_JSON', message: 'The body is not valid JSON.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'INVALID_JSON', message: 'The body is empty; send a JSON object.' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'PAYLOAD_TOO_LARGE', message: 'The body is larger than is allowed.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'INVALID_REQUEST',
    message: 'The body is not as long as Content-Length says.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'INVALID_REQUEST',
    message: 'Send the body as JSON, with content-type application/json.',
  },
  FST_ERR_BAD_URL: { code: 'INVALID_REQUEST', message: 'The address is not a valid one.' },
};

/** A Failure for anything thrown; what nobody outside can mend becomes INTERNAL. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const known = isFastifyError(error) ? CALLER_ERRORS[error.code] : undefined;
  if (known !== undefined) return new Failure(known.code, known.message, { cause: error });
  return new Failure(
    'INTERNAL',
    'Something went wrong on our side; the log of the service has the details.',
    {
      cause: error,
    },
  );
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** Sends `{"error":{"code","message","details"?}}` with the status of the code, and Retry-After where there is one. */
export function sendFailure(reply: FastifyReply, failure: Failure): FastifyReply {
  if (failure.retryAfterS !== undefined) reply.header('retry-after', String(failure.retryAfterS));
  if (failure.status === 401) reply.header('www-authenticate', 'Bearer');
  const { code, message, details } = failure;
  return reply
    .code(failure.status)
    .send({ error: { code, message, ...(details === undefined ? {} : { details }) } });
}
