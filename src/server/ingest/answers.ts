/** What ingestion answers when something is wrong, and to whom it may be shown. It must not know the routes. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '../../event/failure.ts';
import type { Seldom } from './seldom.ts';

/** Segment's clients ignore what is above 300 seconds. */
export const MAX_RETRY_AFTER_S = 300;
const STORE_RETRY_AFTER_S = 5;

/** `{"error":{"code","message","details"?}}` with the code's status, and Retry-After where coming again helps. */
export function sendFailure(reply: FastifyReply, failure: Failure): FastifyReply {
  const retryAfterS = failure.retryAfterS ?? (failure.status === 503 ? STORE_RETRY_AFTER_S : undefined);
  if (retryAfterS !== undefined)
    reply.header('retry-after', String(Math.min(Math.max(Math.ceil(retryAfterS), 1), MAX_RETRY_AFTER_S)));
  // What is left of a body that was not read to its end must not be taken for the next request.
  if (!reply.request.raw.complete) reply.header('connection', 'close');
  return reply.code(failure.status).send({
    error: {
      code: failure.code,
      message: failure.message,
      ...(failure.details === undefined ? {} : { details: failure.details }),
    },
  });
}

type ErrorAnswer = (error: FastifyError | Failure, request: FastifyRequest, reply: FastifyReply) => void;

/**
 * The last resort: what is no Failure is our mistake (500, which clients repeat), except a malformed request.
 * What is our fault is logged, seldom enough for a full disk to stay readable.
 */
export function errorAnswer(seldom: Seldom): ErrorAnswer {
  const report = (error: Error, code: string, request: FastifyRequest): void =>
    seldom(`answer ${code}`, (times) => request.log.error({ err: error, times }, 'ingestion failed'));
  return (error, request, reply) => {
    const failure = failureOf(error);
    if (failure.status >= 500) report(error, failure.code, request);
    sendFailure(reply, failure);
  };
}

function failureOf(error: FastifyError | Failure): Failure {
  if (error instanceof Failure) return error;
  const status = error.statusCode;
  if (status !== undefined && status >= 400 && status < 500)
    return new Failure('INVALID_REQUEST', 'The request is malformed.', { cause: error });
  return new Failure('INTERNAL', 'Our own mistake; it was logged. Send it again.', { cause: error });
}

const EXPOSED = { 'access-control-expose-headers': 'retry-after' };
const FOR_ALL: Readonly<Record<string, string>> = { 'access-control-allow-origin': '*', ...EXPOSED };
const FOR_NONE: Readonly<Record<string, string>> = { vary: 'origin' };

/** Tells browsers which pages may read our answers; Retry-After is among what they may read. */
export function corsHeaders(
  allowed: readonly string[],
  origin: string | undefined,
): Readonly<Record<string, string>> {
  if (allowed.includes('*')) return FOR_ALL;
  if (origin === undefined || !allowed.includes(origin)) return FOR_NONE;
  return { ...FOR_NONE, 'access-control-allow-origin': origin, ...EXPOSED };
}

/** For preflight requests; a day is what browsers cut to their own maximum. */
export const PREFLIGHT_HEADERS = {
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'authorization, content-type, content-encoding, x-retry-count',
  'access-control-max-age': '86400',
} as const;
