/** No window of the vendor's ever holds more departures than its limit, however late the process is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Limiter } from '../../src/delivery/limiter.ts';

/** Takes `count` slots one after the other, each as late as told; answers when each left. */
function departures(perSecond: number, together: number, lateMs: readonly number[]): readonly number[] {
  let nowMs = 1_000_000;
  const limiter = new Limiter({ now: () => nowMs, after: () => () => {} }, perSecond, together);
  return lateMs.map((late) => {
    nowMs += limiter.reserve() + late;
    for (let waitMs = limiter.leave(); waitMs > 0; waitMs = limiter.leave()) nowMs += waitMs;
    return nowMs;
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

describe('a clock that is set back', () => {
  it('keeps nobody waiting longer than one slot', () => {
    let nowMs = 10_000_000;
    const limiter = new Limiter({ now: () => nowMs, after: () => () => {} }, 5, 5);
    expect(limiter.leave()).toBe(0);
    nowMs -= 3_600_000;
    expect(limiter.leave()).toBe(0);
    expect(limiter.leave()).toBeLessThanOrEqual(206);
  });
});
