import { describe, expect, it } from 'vitest';
import { backoffMs, reactionTo, retryAfterMs } from '../../src/sdk/reaction.ts';
import { START_MS } from './world.ts';

describe('the reaction to an answer', () => {
  it.each([
    ['done', [200, 201, 204, 299]],
    ['drop', [400, 401, 402, 403, 404, 405, 409, 411, 413, 415, 422, 431, 501, 505, 511]],
    ['retry', [0, 301, 302, 304, 308, 408, 410, 429, 460, 500, 502, 503, 504, 520, 599]],
  ] as const)('is %s for %j', (reaction, statuses) => {
    expect(statuses.map(reactionTo)).toEqual(statuses.map(() => reaction));
  });
});

describe('Retry-After', () => {
  it.each([
    ['2', 2_000],
    ['0.5', 500],
    ['300', 300_000],
    ['86400', 300_000],
    [new Date(START_MS + 7_000).toUTCString(), 7_000],
    [new Date(START_MS + 3_600_000).toUTCString(), 300_000],
    [new Date(START_MS - 7_000).toUTCString(), undefined],
    ['0', undefined],
    ['-3', undefined],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('%s asks for %s ms', (header, expected) => {
    expect(retryAfterMs(header, START_MS)).toBe(expected);
  });
});

describe('the wait between tries', () => {
  it('doubles from half a second to a minute, its upper half left to chance', () => {
    expect([1, 2, 3, 7, 8, 50].map((attempt) => backoffMs(attempt, 1))).toEqual([
      500, 1_000, 2_000, 32_000, 60_000, 60_000,
    ]);
    expect([1, 2, 3, 7, 8, 50].map((attempt) => backoffMs(attempt, 0))).toEqual([
      250, 500, 1_000, 16_000, 30_000, 30_000,
    ]);
  });
});
