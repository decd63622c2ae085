/** The text of an event, and its name: forms, limits, what gives way first. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_DATA_MAX_LENGTH, eventData } from '../../src/activecampaign/event-data.ts';
import { EVENT_NAME_MAX_LENGTH, eventName } from '../../src/activecampaign/event-name.ts';
import { encodeFieldValue } from '../../src/activecampaign/field-value.ts';
import { indexOf } from '../../src/activecampaign/metadata/fields.ts';

const pairs = (properties: unknown, more: object = {}) => eventData({ properties, format: 'pairs', ...more });
const URL_WITH_QUERY = `https://shop.example/p/1?${'utm_source=x&'.repeat(15)}#top`;

describe('event values as pairs', () => {
  it.each<readonly [string, unknown, string]>([
    ['nothing', undefined, ''],
    ['an empty object', {}, ''],
    [
      'values of every kind',
      { a: 'x', b: 1, c: false, d: null, e: undefined, f: '', g: [1, 'y'], h: { i: 1 } },
      'a=x; b=1; c=false; g=[1,"y"]; h={"i":1}',
    ],
    ['separators and line breaks in values', { a: 'x; b=2\nnext', 'k;=': 'v' }, 'a=x, b=2 next; k, =v'],
    ['a URL that fits', { url: 'https://a.example/?q=1' }, 'url=https://a.example/?q=1'],
    ['a list in place of an object', ['x'], ''],
  ])('%s', (_, properties, text) => expect(pairs(properties)).toBe(text));

  it('begin with consent and time; no consent is none, an unreadable time is left out', () => {
    expect(
      pairs(
        { a: 1 },
        { consent: { marketing: true, analytics: false, functional: true }, at: 1_769_860_800 },
      ),
    ).toBe('consent=marketing,functional; at=2026-01-31T12:00:00Z; a=1');
    expect(pairs({}, { consent: {}, at: 'someday' })).toBe('consent=none');
  });

  it.each(['pairs', 'json'] as const)(
    'as %s keep consent and time whatever the page calls its categories',
    (format) => {
      const names = [
        'marketing',
        'a=b; at=1',
        '"\\',
        ...Array.from({ length: 50 }, (_, index) => `category ${index}`),
      ];
      const consent = Object.fromEntries(names.map((name) => [name, true]));
      const text = eventData({ consent, at: '2026-01-31T12:00:00Z', properties: { at: 'x', b: 1 }, format });
      expect(text.length).toBeLessThanOrEqual(EVENT_DATA_MAX_LENGTH);
      if (format === 'json') expect(JSON.parse(text)).toMatchObject({ at: '2026-01-31T12:00:00Z', b: 1 });
      else
        expect(text).toMatch(
          /^consent=marketing,a_b_ at_1,_,category 0,[^=;]+; at=2026-01-31T12:00:00Z; b=1$/,
        );
    },
  );

  it('lose the queries of URLs first, and only when it is too long', () => {
    const text = pairs({ url: URL_WITH_QUERY, title: 'A'.repeat(80) });
    expect(text).toBe(`url=https://shop.example/p/1; title=${'A'.repeat(80)}`);
  });

  it('then shorten what is longest, with an ellipsis, keeping short values whole', () => {
    const text = pairs({ id: 'o1', title: 'A'.repeat(300), note: 'B'.repeat(40) });
    expect(text).toHaveLength(EVENT_DATA_MAX_LENGTH);
    expect(text).toMatch(/^id=o1; title=A+…; note=B{40}$/);
  });

  it('at last leave out the last properties, never consent and time', () => {
    const many = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`property_${index}`, 'value-value-value']),
    );
    const text = pairs(many, { consent: { marketing: true }, at: '2026-01-31T12:00:00Z' });
    expect(text).toMatch(/^consent=marketing; at=2026-01-31T12:00:00Z; property_0=value-v…; /);
    expect(text.length).toBeLessThanOrEqual(EVENT_DATA_MAX_LENGTH);
  });

  it('cut no character in two', () => {
    const text = pairs({ a: '😀'.repeat(200) });
    expect(text.length).toBeLessThanOrEqual(EVENT_DATA_MAX_LENGTH);
    expect(Buffer.from(text).toString()).toBe(text);
  });
});

const anyProperties = fc.dictionary(
  fc.string({ maxLength: 40 }),
  fc.oneof(fc.string({ maxLength: 400 }), fc.webUrl(), fc.integer(), fc.boolean(), fc.constant(null)),
  { maxKeys: 20 },
);

describe('event values', () => {
  it.each(['pairs', 'json'] as const)(
    'as %s fit for whatever properties, and the same give the same',
    (format) => {
      fc.assert(
        fc.property(
          anyProperties,
          fc.dictionary(fc.constantFrom('marketing', 'analytics'), fc.boolean()),
          (properties, consent) => {
            const text = eventData({ properties, consent, at: '2026-01-31T12:00:00Z', format });
            expect(text.length).toBeLessThanOrEqual(EVENT_DATA_MAX_LENGTH);
            expect(eventData({ properties, consent, at: '2026-01-31T12:00:00Z', format })).toBe(text);
            if (format === 'json') expect(JSON.parse(text)).toMatchObject({ at: '2026-01-31T12:00:00Z' });
            else expect(text).toMatch(/^consent=[a-z,]+; at=2026-01-31T12:00:00Z/);
          },
        ),
      );
    },
  );
});

describe('an event name', () => {
  it.each([
    ['page_view', 'page_view'],
    ['Order Completed', 'Order Completed'],
    ['Crème brûlée', 'Creme brulee'],
    ['a/b.c:d', 'a_b_c_d'],
    ['  x ', 'x'],
    ['x'.repeat(32), 'x'.repeat(32)],
  ])('%j is sent as %j', (given, sent) => expect(eventName(given)).toBe(sent));

  it.each(['', ' ', '!!!', '日本'])('%j is none', (given) => expect(eventName(given)).toBeUndefined());

  it('fits, keeps to the alphabet, and is stable; long ones that differ stay apart', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), fc.string({ minLength: 1, maxLength: 5 }), (name, end) => {
        const sent = eventName(name);
        if (sent === undefined) return;
        expect(sent).toMatch(/^[A-Za-z0-9 _-]{1,32}$/);
        expect(eventName(name)).toBe(sent);
        const long = `${name}${'x'.repeat(EVENT_NAME_MAX_LENGTH)}`;
        expect(eventName(long)).not.toBe(eventName(long + end));
      }),
    );
  });
});

describe('a custom field', () => {
  const field = {
    id: '7',
    title: ' Shoe Size ',
    perstag: 'SHOE',
    type: 'currency',
    options: [],
    isShown: true,
  };

  it('is found by id before tag before title', () => {
    const index = indexOf([field, { ...field, id: '8', perstag: '7', title: 'SHOE' }]);
    expect(['7', 'shoe', '%SHOE%', 'shoe size', 'nothing', ''].map((name) => index.find(name)?.id)).toEqual([
      '7',
      '7',
      '7',
      '7',
      undefined,
      undefined,
    ]);
  });

  it('of type currency takes numbers', () => {
    expect(encodeFieldValue('12.30', field)).toEqual({ ok: true, text: '12.3' });
    expect(encodeFieldValue('much', field)).toMatchObject({ ok: false });
    expect(encodeFieldValue(true, field)).toMatchObject({ ok: false });
  });
});
