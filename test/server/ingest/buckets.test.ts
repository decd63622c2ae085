/** Token buckets and seldom lines: exact, fair, bounded. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRateLimiter } from '../../../src/server/ingest/rate-limit.ts';
import { createSeldom } from '../../../src/server/ingest/seldom.ts';

function stoppedClock() {
  let nowMs = 1_000_000;
  const advance = (ms: number): void => {
    nowMs += ms;
  };
  return { clock: { now: () => nowMs }, advance };
}

describe('a bucket', () => {
  it('never lets more through than one second’s worth and what the time since then brought', () => {
    const waits = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), waits, (perSecond, steps) => {
        const { clock, advance } = stoppedClock();
        const limiter = createRateLimiter(clock, 10);
        let passed = 0;
        let elapsedMs = 0;
        for (const step of steps) {
          advance(step);
          elapsedMs += step;
          if (limiter.take('a', perSecond) === 0) passed += 1;
          expect(passed).toBeLessThanOrEqual(perSecond + (elapsedMs * perSecond) / 1_000 + 1e-6);
        }
      }),
    );
  });

  it('lets through exactly after the time that it named, not a millisecond before', () => {
    const { clock, advance } = stoppedClock();
    const limiter = createRateLimiter(clock, 10);
    expect(limiter.take('a', 1)).toBe(0);
    const waitMs = limiter.take('a', 1);
    advance(waitMs - 1);
    expect(limiter.take('a', 1)).toBe(1);
    advance(1);
    expect(limiter.take('a', 1)).toBe(0);
  });

  it('may be slower than one a second', () => {
    const { clock, advance } = stoppedClock();
    const limiter = createRateLimiter(clock, 10);
    expect([limiter.take('a', 0.1), limiter.take('a', 0.1)]).toEqual([0, 10_000]);
    advance(10_000);
    expect(limiter.take('a', 0.1)).toBe(0);
  });

  it('is one key’s own, and the one used longest ago is forgotten above the limit', () => {
    const { clock } = stoppedClock();
    const limiter = createRateLimiter(clock, 2);
    expect(['a', 'b', 'a', 'b'].map((key) => limiter.take(key, 1) === 0)).toEqual([true, true, false, false]);
    expect(limiter.take('c', 1)).toBe(0);
    expect(limiter.take('b', 1)).toBeGreaterThan(0);
    expect(limiter.take('a', 1)).toBe(0);
  });

  it('does not mind a clock that goes back', () => {
    const { clock, advance } = stoppedClock();
    const limiter = createRateLimiter(clock, 2);
    limiter.take('a', 1);
    advance(-60_000);
    expect(limiter.take('a', 1)).toBe(1_000);
  });
});

describe('a line', () => {
  it('is said once in its time, with how often it happened since', () => {
    const { clock, advance } = stoppedClock();
    const seldom = createSeldom(clock, 100, 10);
    const said: number[] = [];
    const happen = (key = 'a'): void => seldom(key, (times) => said.push(times));
    happen();
    happen();
    happen();
    expect(said).toEqual([1]);
    happen('b');
    expect(said).toEqual([1, 1]);
    advance(100);
    happen();
    expect(said).toEqual([1, 1, 3]);
  });

  it('of too many kinds is forgotten, the one said longest ago first', () => {
    const { clock } = stoppedClock();
    const seldom = createSeldom(clock, 100, 2);
    const said: string[] = [];
    for (const key of ['a', 'b', 'c', 'b', 'a']) seldom(key, () => said.push(key));
    expect(said).toEqual(['a', 'b', 'c', 'a']);
  });
});
