/** What the log says of each try. It must not name an address nor a payload. */
import type { Logger } from 'pino';
import type { Attempt, PendingJob } from '../store/ports/queue.ts';

/** One line a try; ids only, no address, no payload. */
export function logAttempt(logger: Logger, attempt: Attempt, job: PendingJob): void {
  const { outcome, code, durationMs, nextAtMs } = attempt;
  const statuses = attempt.exchanges.map(({ status }) => status ?? null);
  logger.info(
    {
      job: job.id,
      seq: job.seq,
      integration: job.integrationId,
      action: job.action,
      outcome,
      code,
      durationMs,
      statuses,
      nextAtMs,
    },
    'delivery.attempted',
  );
}
