import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, type RetryPolicy } from '../../src/delivery/backoff.ts';
import { advance, type JobEvent, type JobFacts, type JobPolicy } from '../../src/delivery/job-machine.ts';
import type { Outcome } from '../../src/event/outcome.ts';

const NOW = 1_000_000;
const retry: RetryPolicy = { maxAttempts: 3, windowMs: 60_000, baseMs: 1_000, capMs: 30_000, floorMs: 100 };
const hold: JobPolicy = { retry, unknownOutcome: 'hold' };
const resend: JobPolicy = { retry, unknownOutcome: 'resend' };
const job: JobFacts = { id: 7, state: 'waiting', attempts: 0 };

const outcomes: Record<Outcome['kind'], Outcome> = {
  delivered: { kind: 'delivered', code: 'DELIVERED' },
  retry: { kind: 'retry', code: 'SERVER_ERROR', message: 'm' },
  pause: { kind: 'pause', scope: 'account', untilMs: NOW + 30_000, code: 'RATE_LIMITED', message: 'm' },
  stop: { kind: 'stop', scope: 'integration', code: 'CREDENTIALS_REFUSED', message: 'm' },
  rejected: { kind: 'rejected', code: 'REJECTED', message: 'm' },
  unknown: { kind: 'unknown', code: 'RESPONSE_LOST', message: 'm' },
};
const of = (kind: Outcome['kind']): JobEvent => ({ kind: 'outcome', outcome: outcomes[kind] });

/** Every outcome × every policy; a forgotten cell does not compile. */
const table: Record<Outcome['kind'], Record<'hold' | 'resend', object>> = {
  delivered: { hold: { to: 'delivered' }, resend: { to: 'delivered' } },
  retry: {
    hold: { to: 'waiting', counts: true, untilMs: NOW + 550 },
    resend: { to: 'waiting', counts: true, untilMs: NOW + 550 },
  },
  pause: {
    hold: { to: 'waiting', counts: false, untilMs: NOW + 30_000 },
    resend: { to: 'waiting', counts: false, untilMs: NOW + 30_000 },
  },
  stop: {
    hold: { to: 'waiting', counts: false, untilMs: NOW },
    resend: { to: 'waiting', counts: false, untilMs: NOW },
  },
  rejected: { hold: { to: 'dead', code: 'REJECTED' }, resend: { to: 'dead', code: 'REJECTED' } },
  unknown: { hold: { to: 'held', code: 'RESPONSE_LOST' }, resend: { to: 'waiting', counts: true } },
};

describe('a job', () => {
  for (const [kind, row] of Object.entries(table) as [Outcome['kind'], (typeof table)['retry']][]) {
    it(`after ${kind}`, () => {
      expect(advance(job, of(kind), hold, NOW, 0.5)).toMatchObject({ id: 7, ...row.hold });
      expect(advance(job, of(kind), resend, NOW, 0.5)).toMatchObject({ id: 7, ...row.resend });
    });
  }

  it('whose consent is gone is filtered', () => {
    expect(advance(job, { kind: 'consent-refused', code: 'CONSENT_WITHDRAWN' }, hold, NOW, 0)).toEqual({
      id: 7,
      to: 'filtered',
      code: 'CONSENT_WITHDRAWN',
    });
  });

  it('found sending after a crash is held, or sent again where that was chosen', () => {
    const sending: JobFacts = { ...job, state: 'sending' };
    expect(advance(sending, { kind: 'found-sending' }, hold, NOW, 0)).toMatchObject({
      to: 'held',
      code: 'CRASHED_WHILE_SENDING',
    });
    expect(advance(sending, { kind: 'found-sending' }, resend, NOW, 0)).toMatchObject({
      to: 'waiting',
      counts: true,
    });
  });

  it('is dead after the last allowed try, and says why', () => {
    const last: JobFacts = { ...job, attempts: 2, firstAttemptAtMs: NOW - 1_000 };
    expect(advance(last, of('retry'), hold, NOW, 0)).toMatchObject({
      to: 'dead',
      code: 'RETRIES_EXHAUSTED',
      message: 'm Tried 3 times.',
    });
  });

  it('is dead when the retry window is over', () => {
    const late: JobFacts = { ...job, attempts: 1, firstAttemptAtMs: NOW - 60_000 };
    expect(advance(late, of('retry'), hold, NOW, 0.5)).toMatchObject({
      to: 'dead',
      code: 'RETRIES_EXHAUSTED',
    });
  });

  it('has its last try at the end of the window when its wait would be longer', () => {
    const late: JobFacts = { ...job, attempts: 1, firstAttemptAtMs: NOW - 59_000 };
    expect(advance(late, of('retry'), hold, NOW, 0.99)).toMatchObject({
      to: 'waiting',
      untilMs: NOW + 1_000,
    });
  });

  it('a pause or a stop never costs an attempt, however often it comes', () => {
    const tired: JobFacts = { ...job, attempts: 2, firstAttemptAtMs: NOW };
    for (const kind of ['pause', 'stop'] as const) {
      expect(advance(tired, of(kind), hold, NOW, 0.9)).toMatchObject({ to: 'waiting', counts: false });
    }
  });
});

describe('the backoff', () => {
  it('is fully jittered between the floor and a bound that grows up to the cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (attempts, random) => {
          const bound = Math.min(retry.capMs, retry.baseMs * 4 ** (attempts - 1));
          const waitMs = backoffMs(attempts, retry, random);
          expect(waitMs).toBeGreaterThanOrEqual(retry.floorMs);
          expect(waitMs).toBeLessThanOrEqual(Math.max(bound, retry.floorMs));
        },
      ),
    );
    expect(backoffMs(1, retry, 0)).toBe(100);
    expect(backoffMs(10, retry, 0.999999)).toBeGreaterThan(29_000);
  });
});
