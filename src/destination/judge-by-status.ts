/** What an answer means when a destination has no judge of its own: Segment's rule of status codes, as outcomes. */
import type { Outcome } from '../event/outcome.ts';
import type { Exchange } from './definition.ts';
import { isRetryableStatus } from './errors.ts';
import { pauseUntilMs } from './retry-after.ts';

export function judgeByStatus(exchange: Exchange): Outcome {
  const { status, headers } = exchange.response;
  if (status >= 200 && status < 300) return { kind: 'delivered', code: 'DELIVERED' };
  if (status === 429 || (status === 503 && headers['retry-after'] !== undefined)) {
    const untilMs = pauseUntilMs(headers, exchange.atMs);
    return {
      kind: 'pause',
      scope: 'account',
      untilMs,
      code: 'RATE_LIMITED',
      message: 'The vendor asked to wait.',
    };
  }
  return outcomeOfStatus(status, exchange.repeatable);
}

/** By the status alone: 401 stops the integration; 408, 423 and 5xx (not 501) are tried again where repeating is harmless; the rest is refused for good. */
export function outcomeOfStatus(status: number, repeatable: boolean): Outcome {
  if (status === 401) {
    return {
      kind: 'stop',
      scope: 'integration',
      code: 'CREDENTIALS_REFUSED',
      message: 'The vendor refuses the credentials.',
    };
  }
  const message = `The vendor answered with status ${status}.`;
  if (!isRetryableStatus(status))
    return { kind: 'rejected', code: status === 404 ? 'NOT_FOUND' : 'REJECTED', message };
  return {
    kind: repeatable || status === 423 || status === 429 ? 'retry' : 'unknown',
    code: 'SERVER_ERROR',
    message,
  };
}
