/** What ingestion answers when something is wrong, and to whom it may be shown. It must not know the routes. */
import type { IncomingMessage } from 'node:http';
import type { FastifyBaseLogger, FastifyError, FastifyReply } from 'fastify';
import { Failure } from '../../event/failure.ts';
import type { Seldom } from './seldom.ts';

/** Segment's clients ignore what is above 300 seconds. */
const MAX_RETRY_AFTER_S = 300;
const STORE_RETRY_AFTER_S = 5;

export const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' } as const;

/** What is said besides the headers that every answer has. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `{"error":{"code","message","details"?}}` with the code's status, and Retry-After where coming again helps. */
export function answerOf(failure: Failure, request: Pick<IncomingMessage, 'complete'>): Answer {
  const { status, code, message, details } = failure;
  const retryAfterS = failure.retryAfterS ?? (status === 503 ? STORE_RETRY_AFTER_S : undefined);
  const headers: Record<string, string> = { ...JSON_TYPE };
  if (retryAfterS !== undefined)
    headers['retry-after'] = String(Math.min(Math.max(Math.ceil(retryAfterS), 1), MAX_RETRY_AFTER_S));
  // What is left of a body that was not read to its end must not be taken for the next request.
  if (!request.complete) headers['connection'] = 'close';
  const error = { code, message, ...(details === undefined ? {} : { details }) };
  return { status, headers, body: JSON.stringify({ error }) };
}

/** As `answerOf`, where the framework sends. */
export function sendFailure(reply: FastifyReply, failure: Failure): FastifyReply {
  const { status, headers, body } = answerOf(failure, reply.request.raw);
  return reply.code(status).headers(headers).send(body);
}

/** The Failure to answer an error with. What is our fault is logged. */
export type Report = (error: unknown) => Failure;

/**
 * The last resort: what is no Failure is our mistake (500, which clients repeat), except a malformed request. Logged
 * seldom enough for a full disk to stay readable.
 */
export function createReport(seldom: Seldom, log: Pick<FastifyBaseLogger, 'error'> | undefined): Report {
  return (error) => {
    const failure = failureOf(error);
    if (failure.status >= 500)
      seldom(`answer ${failure.code}`, (times) => log?.error({ err: error, times }, 'ingestion failed'));
    return failure;
  };
}

function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (isOfRequest(error))
    return new Failure('INVALID_REQUEST', 'The request is malformed.', { cause: error });
  return new Failure('INTERNAL', 'Our own mistake; it was logged. Send it again.', { cause: error });
}

/** The framework says by a status that the sender is to blame. */
function isOfRequest(error: unknown): error is FastifyError {
  if (!(error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'))
    return false;
  return error.statusCode >= 400 && error.statusCode < 500;
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
