import { describe, expect, it } from 'vitest';
import { judgeConsent, newerDecision, newestChoices, readConsent } from '../../src/event/consent.ts';

describe('readConsent', () => {
  it.each([
    ['the canonical view', { consent: { canonical: { marketing: true } } }, { marketing: true }],
    [
      'flat booleans',
      { consent: { marketing: false, analytics: true } },
      { marketing: false, analytics: true },
    ],
    ['Segment preferences', { consent: { categoryPreferences: { marketing: true } } }, { marketing: true }],
    [
      'codes through the map',
      { consent: { categories: { C0004: true, C0002: false } } },
      { marketing: true, analytics: false },
    ],
    [
      'the first form present',
      { consent: { canonical: { marketing: false }, marketing: true } },
      { marketing: false },
    ],
    [
      'several codes of one category, OR-merged',
      { consent: { categories: { C0004: false, ads: true } } },
      { marketing: true },
    ],
    [
      'canonical names map to themselves',
      { consent: { categories: { marketing: true } } },
      { marketing: true },
    ],
  ])('reads %s', (_name, context, choices) => {
    expect(readConsent(context, { C0004: 'marketing', ads: 'marketing', C0002: 'analytics' })).toEqual(
      choices,
    );
  });

  it.each([
    ['no consent at all', {}],
    ['an empty object', { consent: {} }],
    ['an empty canonical view', { consent: { canonical: {} } }],
    ['words instead of booleans', { consent: { marketing: 'yes' } }],
    ['a list', { consent: [true] }],
    ['no context', undefined],
  ])('says nothing for %s', (_name, context) => {
    expect(readConsent(context)).toBeUndefined();
  });

  it('is not fooled by prototype names', () => {
    const context = JSON.parse(
      '{"consent":{"categories":{"__proto__":true,"constructor":true,"marketing":true}}}',
    );
    expect(Object.keys(readConsent(context) ?? {})).toContain('marketing');
    expect(({} as Record<string, unknown>)['marketing']).toBeUndefined();
  });
});

describe('judgeConsent', () => {
  it.each([
    [{ marketing: true }, ['marketing'], 'granted'],
    [{ marketing: false }, ['marketing'], 'denied'],
    [{ analytics: true }, ['marketing'], 'unknown'],
    [undefined, ['marketing'], 'unknown'],
    [{ marketing: true }, ['marketing', 'analytics'], 'unknown'],
    [{ marketing: true, analytics: false }, ['analytics', 'marketing'], 'denied'],
    [undefined, ['essential'], 'granted'],
    [undefined, [], 'granted'],
  ] as const)('%j for %j is %s', (choices, needed, judgement) => {
    expect(judgeConsent(choices, needed)).toBe(judgement);
  });
});

describe('the newest decision', () => {
  it('wins over older ones, and a refusal wins a tie', () => {
    expect(newerDecision({ granted: true, atMs: 5 }, { granted: false, atMs: 5 })).toEqual({
      granted: false,
      atMs: 5,
    });
    expect(newerDecision({ granted: false, atMs: 5 }, { granted: true, atMs: 5 })).toEqual({
      granted: false,
      atMs: 5,
    });
    expect(newerDecision({ granted: false, atMs: 5 }, { granted: true, atMs: 6 })).toEqual({
      granted: true,
      atMs: 6,
    });
  });

  it('is sought per category over all ids of a person', () => {
    expect(
      newestChoices([
        { marketing: { granted: true, atMs: 1 }, analytics: { granted: true, atMs: 9 } },
        { marketing: { granted: false, atMs: 2 } },
      ]),
    ).toEqual({ marketing: false, analytics: true });
  });
});
