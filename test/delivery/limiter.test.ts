/** No window of the vendor's ever holds more departures than its limit, however late the process is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Departure, Limiter } from '../../src/delivery/limiter.ts';

/** Takes `count` slots one after the other, each as late as told; answers when each left. */
function departures(perSecond: number, together: number, lateMs: readonly number[]): readonly number[] {
  let nowMs = 1_000_000;
  const limiter = new Limiter({ now: () => nowMs, after: () => () => {} }, perSecond, together);
  return lateMs.map((late) => {
    nowMs += limiter.reserve() + late;
    for (let left = limiter.leave(); typeof left === 'number'; left = limiter.leave()) nowMs += left;
    return nowMs;
  });
}

/** Takes `count` slots; each request is on its way for so long before it is counted, and answered `answerMs` later. */
function counted(
  perSecond: number,
  together: number,
  onTheWayMs: readonly number[],
  answerMs: number,
): readonly number[] {
  let nowMs = 1_000_000;
  const limiter = new Limiter({ now: () => nowMs, after: () => () => {} }, perSecond, together);
  const answers: { readonly atMs: number; readonly departure: Departure }[] = [];
  const passTo = (ms: number): void => {
    for (const answer of answers.filter(({ atMs }) => atMs > nowMs && atMs <= ms)) {
      nowMs = answer.atMs;
      limiter.answered(answer.departure);
    }
    nowMs = ms;
  };
  return onTheWayMs.map((slow) => {
    passTo(nowMs + limiter.reserve());
    let left = limiter.leave();
    for (; typeof left === 'number'; left = limiter.leave()) passTo(nowMs + left);
    answers.push({ atMs: nowMs + slow + answerMs, departure: left });
    answers.sort((a, b) => a.atMs - b.atMs);
    return nowMs + slow;
  });
}

describe.each([
  ['five a second', 5, 5, 1_000],
  ['a hundred a minute', 100 / 60, 100, 60_000],
  ['a hundred in six seconds', 1_000 / 60, 100, 6_000],
])('%s', (_name, perSecond, limit, windowMs) => {
  it('is kept whatever the delays', () => {
    const delay = fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 0, max: windowMs / 4 }),
    );
    fc.assert(
      fc.property(fc.array(delay, { minLength: limit + 1, maxLength: 4 * limit }), (late) => {
        const left = departures(perSecond, limit, late);
        for (const [index, at] of left.entries())
          expect((left[index + limit] ?? Number.POSITIVE_INFINITY) - at).toBeGreaterThan(windowMs);
      }),
      { numRuns: 50 },
    );
  });

  it('is used to 96 of 100 when every slot is a millisecond or two late', () => {
    const count = 20 * limit;
    const left = departures(
      perSecond,
      limit,
      Array.from({ length: count }, (_, index) => 1 + (index % 2)),
    );
    const tookMs = (left.at(-1) ?? 0) - (left[0] ?? 0);
    expect(((count - 1) / tookMs) * windowMs).toBeGreaterThan(0.96 * limit);
  });
});

describe('a hundred in six seconds, as the vendor counts them', () => {
  it('are kept when some are slow on their way', () => {
    const slow = fc.oneof(
      { weight: 5, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 600 }) },
    );
    fc.assert(
      fc.property(fc.array(slow, { minLength: 101, maxLength: 400 }), (onTheWay) => {
        // One that nothing keeps shows what an answer takes.
        const at = counted(1_000 / 60, 100, [0, ...onTheWay], 20).toSorted((a, b) => a - b);
        for (const [index, ms] of at.entries())
          expect((at[index + 100] ?? Number.POSITIVE_INFINITY) - ms).toBeGreaterThan(6_000);
      }),
      { numRuns: 100 },
    );
  });

  it('are used to 90 of 100 where answers take from a tenth of a second to three', () => {
    const onTheWay = Array.from({ length: 2_000 }, (_, index) => 100 + ((index * 701) % 2_900));
    const at = counted(1_000 / 60, 100, onTheWay, 0).map((ms, index) => ms - (onTheWay[index] ?? 0));
    const tookMs = (at.at(-1) ?? 0) - (at[0] ?? 0);
    expect((1_999 / tookMs) * 6_000).toBeGreaterThan(90);
  });
});

describe('a clock that is set back', () => {
  it('keeps nobody waiting longer than one slot', () => {
    let nowMs = 10_000_000;
    const limiter = new Limiter({ now: () => nowMs, after: () => () => {} }, 5, 5);
    expect(limiter.leave()).toMatchObject({ leftMs: nowMs });
    nowMs -= 3_600_000;
    expect(limiter.leave()).toMatchObject({ leftMs: nowMs });
    expect(limiter.leave()).toBeLessThanOrEqual(206);
  });
});
