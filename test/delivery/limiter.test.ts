/** No window of the vendor's ever holds more departures than its limit, however late the process is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Limiter, type Slot } from '../../src/delivery/limiter.ts';

/** Takes `count` slots one after the other, each as late as told; answers when each left. */
function departures(perSecond: number, together: number, lateMs: readonly number[]): readonly number[] {
  let nowMs = 1_000_000;
  const limiter = new Limiter({ now: () => nowMs, after: () => () => {} }, perSecond, together);
  return lateMs.map((late) => {
    nowMs += limiter.reserve() + late;
    for (let slot = limiter.leave(); typeof slot === 'number'; slot = limiter.leave()) nowMs += slot;
    return nowMs;
  });
}

/** Takes a slot for each, whose request leaves so much later, while others take theirs; answers when each left. */
function lateDepartures(perSecond: number, together: number, laterMs: readonly number[]): readonly number[] {
  let nowMs = 1_000_000;
  const limiter = new Limiter({ now: () => nowMs, after: () => () => {} }, perSecond, together);
  let prepared: { readonly atMs: number; readonly slot: Slot }[] = [];
  const passTo = (ms: number): void => {
    for (const { atMs, slot } of prepared.filter(({ atMs }) => atMs <= ms).sort((a, b) => a.atMs - b.atMs)) {
      nowMs = atMs;
      limiter.left(slot);
    }
    prepared = prepared.filter(({ atMs }) => atMs > ms);
    nowMs = ms;
  };
  const left = laterMs.map((later) => {
    passTo(nowMs + limiter.reserve());
    let slot = limiter.leave();
    for (; typeof slot === 'number'; slot = limiter.leave()) passTo(nowMs + slot);
    prepared.push({ atMs: nowMs + later, slot });
    return nowMs + later;
  });
  return left.toSorted((a, b) => a - b);
}

/** The shortest time that holds one more than the limit. */
function shortest(leftAtMs: readonly number[], limit: number): number {
  return Math.min(...leftAtMs.slice(limit).map((atMs, index) => atMs - (leftAtMs[index] ?? 0)));
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
        expect(shortest(departures(perSecond, limit, late), limit)).toBeGreaterThan(windowMs);
      }),
      { numRuns: 50 },
    );
  });

  it('is kept when some leave long after their turn, while others do not', () => {
    const later = fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: windowMs / 2 }) },
    );
    fc.assert(
      fc.property(fc.array(later, { minLength: limit + 1, maxLength: 4 * limit }), (delays) => {
        expect(shortest(lateDepartures(perSecond, limit, delays), limit)).toBeGreaterThan(windowMs);
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
  it('keeps nobody waiting longer than without that', () => {
    const waits = (backMs: number): readonly unknown[] => {
      let nowMs = 10_000_000;
      const limiter = new Limiter({ now: () => nowMs, after: () => () => {} }, 5, 5);
      const before = [limiter.reserve(), limiter.leave(), limiter.reserve()];
      nowMs -= backMs;
      return [before.at(-1), limiter.leave(), limiter.freeInMs, limiter.reserve(), limiter.freeInMs];
    };
    expect(waits(3_600_000)).toEqual(waits(0));
    expect(Math.max(...waits(0).map(Number))).toBeLessThan(1_000);
  });

  it('empties no window that is full', () => {
    let nowMs = 10_000_000;
    const limiter = new Limiter({ now: () => nowMs, after: () => () => {} }, 100 / 60, 100);
    const leave = (): number => {
      for (let slot = limiter.leave(); ; slot = limiter.leave()) {
        if (typeof slot !== 'number') return slot.atMs;
        nowMs += slot;
      }
    };
    for (let index = 0; index < 100; index += 1) leave();
    nowMs -= 3_600_000;
    const fromMs = nowMs;
    leave();
    expect(nowMs - fromMs).toBeGreaterThan(0);
  });
});
