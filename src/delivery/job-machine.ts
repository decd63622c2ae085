/**
 * The states of a job and what moves it, as one pure function. It must not know the database, time or the vendor.
 *
 *   waiting ──(slot, consent)──> waiting* ──outcome──> delivered | dead | filtered
 *      ^  \                         │
 *      │   \ non-repeatable         ├─ retry, pause, stop: waiting again (the contact is on hold)
 *      │    ─────────> sending ─────┤
 *      │                            └─ unknown: held, or waiting again where repeating is allowed
 *      └── crash while sending ── held, or waiting again where repeating is allowed
 *
 *   waiting ──import taken──> submitted ──its end, or none in time──> delivered | dead | waiting again, to go singly
 *   waiting, held ──a person, an erase, a removed integration──> cancelled (the store moves these by itself)
 *
 * Invariants, and who enforces them: one final state (`settled` has the job as primary key); nothing leaves a final
 * state (no transition is listed), but for a job that a withdrawal filtered while its request was on its way: it is
 * delivered when that turns out to have arrived (the store's `Endings.correct`); a submitted job has a batch id, and only
 * that (a check of `queue`); a held job holds nobody (a check of `queue`: it is never at the front); `sending` only for
 * actions that must not be repeated (the lane marks, the table here reads); a pause or stop costs no attempt (`counts`).
 */
import type { Outcome, OutcomeCode } from '../event/outcome.ts';
import type { JobChange, JobId, OpenJobState } from '../store/ports/queue.ts';
import { backoffMs, type RetryPolicy } from './backoff.ts';

export interface JobFacts {
  readonly id: JobId;
  readonly state: OpenJobState;
  /** Failed tries that counted, before this one. */
  readonly attempts: number;
  readonly firstAttemptAtMs?: number;
}

export interface JobPolicy {
  readonly retry: RetryPolicy;
  /** What to do when nobody can know whether it arrived: show it and wait for a person, or send it again. */
  readonly unknownOutcome: 'hold' | 'resend';
}

export type JobEvent =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'consent-refused'; readonly code: 'CONSENT_WITHDRAWN' | 'CONSENT_UNKNOWN' }
  | { readonly kind: 'found-sending' };

/** What becomes of the job. `random` is in [0, 1). */
export function advance(
  job: JobFacts,
  event: JobEvent,
  policy: JobPolicy,
  nowMs: number,
  random: number,
): JobChange {
  switch (event.kind) {
    case 'consent-refused':
      return { id: job.id, to: 'filtered', code: event.code };
    case 'found-sending':
      return unknown(
        job,
        'CRASHED_WHILE_SENDING',
        'The process ended while the request was under way.',
        policy,
        nowMs,
        random,
      );
    case 'outcome':
      return judged(job, event.outcome, policy, nowMs, random);
  }
}

function judged(
  job: JobFacts,
  outcome: Outcome,
  policy: JobPolicy,
  nowMs: number,
  random: number,
): JobChange {
  const { id } = job;
  switch (outcome.kind) {
    case 'delivered':
      return {
        id,
        to: 'delivered',
        code: outcome.code,
        ...(outcome.message === undefined ? {} : { message: outcome.message }),
      };
    case 'rejected':
      return { id, to: 'dead', code: outcome.code, message: outcome.message };
    case 'retry':
      return retried(job, outcome.code, outcome.message, policy, nowMs, random);
    case 'pause':
      return {
        id,
        to: 'waiting',
        untilMs: outcome.untilMs,
        counts: false,
        code: outcome.code,
        message: outcome.message,
      };
    case 'stop':
      return {
        id,
        to: 'waiting',
        untilMs: nowMs,
        counts: false,
        code: outcome.code,
        message: outcome.message,
      };
    case 'unknown':
      return unknown(job, outcome.code, outcome.message, policy, nowMs, random);
    default:
      return outcome satisfies never;
  }
}

function retried(
  job: JobFacts,
  code: OutcomeCode,
  message: string,
  policy: JobPolicy,
  nowMs: number,
  random: number,
): JobChange {
  const attempts = job.attempts + 1;
  const lastMs = (job.firstAttemptAtMs ?? nowMs) + policy.retry.windowMs;
  if (attempts < policy.retry.maxAttempts && nowMs < lastMs) {
    // A long wait ends with the window, so that the last try is not given away.
    const untilMs = Math.min(nowMs + backoffMs(attempts, policy.retry, random), lastMs);
    return { id: job.id, to: 'waiting', untilMs, counts: true, code, message };
  }
  return {
    id: job.id,
    to: 'dead',
    code: 'RETRIES_EXHAUSTED',
    message: `${message} Tried ${attempts} times.`,
  };
}

function unknown(
  job: JobFacts,
  code: OutcomeCode,
  message: string,
  policy: JobPolicy,
  nowMs: number,
  random: number,
): JobChange {
  if (policy.unknownOutcome === 'resend') return retried(job, code, message, policy, nowMs, random);
  return { id: job.id, to: 'held', code, message };
}
