/** Holds the editor's view of a blueprint to the documents that are shipped: nothing but what was changed changes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFql } from '../../src/blueprint/fql.ts';
import type { JsonObject, ReceivedEvent } from '../../src/console/api/answers.ts';
import {
  type Clause,
  COMPARISONS,
  printCondition,
  readCondition,
} from '../../src/console/blueprint/condition.ts';
import {
  addRule,
  changeMapping,
  changeRule,
  moved,
  moveRule,
  removeRule,
  rulesOf,
  writtenSources,
} from '../../src/console/blueprint/document.ts';
import { documentOfText, keepDraft, keptDraft, textOfDocument } from '../../src/console/blueprint/draft.ts';
import { firstRule, seenEvents, seenPaths } from '../../src/console/blueprint/paths.ts';
import { sentenceOf, trialOf } from '../../src/console/blueprint/sentences.ts';
import { textOfValue, valueOfText } from '../../src/console/blueprint/values.ts';

const FOLDER = 'blueprints/activecampaign';
const shipped = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json') && !name.endsWith('.cases.json'))
  .map((name) => [name, documentOfText(readFileSync(join(FOLDER, name), 'utf8')) ?? {}] as const);

const list: JsonObject = {
  version: 2,
  events: { A: [{ mappings: [] }, { enabled: false, extra: [1] }], B: {} },
};

describe('rules of a document', () => {
  it.each(shipped)('of %s can be changed to what they are without changing anything', (_name, document) => {
    for (const { id } of rulesOf(document)) {
      expect(textOfDocument(changeRule(document, id, {}))).toBe(textOfDocument(document));
    }
  });

  it('are named as the service names them', () => {
    expect(rulesOf(list).map(({ id, enabled }) => [id, enabled])).toEqual([
      ['A', true],
      ['A/1', false],
      ['B', true],
    ]);
  });

  it('change alone, and keep members that the table does not show', () => {
    expect(changeRule(list, 'A/1', { enabled: true, when: 'x' })).toEqual({
      version: 2,
      events: { A: [{ mappings: [] }, { enabled: true, extra: [1], when: 'x' }], B: {} },
    });
    expect(changeRule(list, 'A', { mappings: undefined })).toMatchObject({
      events: { A: [{}, { extra: [1] }] },
    });
  });

  it('go, and take their key with them when they were the last', () => {
    expect(removeRule(list, 'A')['events']).toEqual({ A: [{ enabled: false, extra: [1] }], B: {} });
    expect(removeRule({ events: { A: [{}], B: {}, C: [] } }, 'A')['events']).toEqual({ B: {}, C: [] });
    expect(removeRule(list, 'B')['events']).toEqual({
      A: [{ mappings: [] }, { enabled: false, extra: [1] }],
    });
  });

  it('are added at the end, beside those of the same event', () => {
    expect(addRule(list, 'C', { enabled: true })).toMatchObject({
      id: 'C',
      document: { events: { C: { enabled: true } } },
    });
    const { document, id } = addRule(list, 'B', { when: 'y' });
    expect(id).toBe('B/1');
    expect(rulesOf(document).map((rule) => rule.id)).toEqual(['A', 'A/1', 'B', 'B/1']);
  });

  it('move among the rules of their event, and with all of them past another event', () => {
    const many: JsonObject = { events: { A: [{ n: 1 }, { n: 2 }], B: { n: 3 }, C: [] } };
    const step = (document: JsonObject, id: string, by: -1 | 1) => moveRule(document, id, by);
    expect(step(many, 'A', 1)).toMatchObject({
      id: 'A/1',
      document: { events: { A: [{ n: 2 }, { n: 1 }] } },
    });
    const past = step(many, 'A/1', 1);
    expect([past?.id, Object.keys(Object(past?.document['events']))]).toEqual(['A/1', ['B', 'A', 'C']]);
    expect(Object.keys(Object(step(many, 'B', -1)?.document['events']))).toEqual(['B', 'A', 'C']);
    expect([step(many, 'A', -1), step(many, 'Z', 1)]).toEqual([undefined, undefined]);
    expect([moved([1, 2, 3], 0, 1), moved([1, 2], 1, 1)]).toEqual([
      [2, 1, 3],
      [1, 2],
    ]);
  });

  it('keep what a mapping says besides what is changed', () => {
    const [rule] = rulesOf({
      events: { A: { mappings: [{ source: ['a', 'b'], target: 't', value_map: { x: 1 } }] } },
    });
    const [mapping] = rule?.mappings ?? [];
    if (mapping === undefined) throw new Error('no mapping');
    expect(changeMapping(mapping, { target: 'u' })).toEqual({
      source: ['a', 'b'],
      target: 'u',
      value_map: { x: 1 },
    });
    expect([writtenSources([]), writtenSources(['a']), writtenSources(['a', ' ', 'b'])]).toEqual([
      undefined,
      'a',
      ['a', 'b'],
    ]);
  });
});

describe('constants', () => {
  it('are read as what they look like', () => {
    expect(
      ['5', ' -1.5', 'true', 'null', '"5"', '[1]', '{"a":1}', 'five', '{no', '05'].map(valueOfText),
    ).toEqual([5, -1.5, true, null, '5', [1], { a: 1 }, 'five', '{no', '05']);
  });

  it('are written as they are read', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 1 }), (value) => {
        const same = JSON.parse(JSON.stringify(value));
        expect(valueOfText(textOfValue(same))).toEqual(same);
      }),
    );
  });
});

describe('sentences', () => {
  it('tell the default blueprint as a marketer would', () => {
    const document = shipped.find(([name]) => name === 'default.json')?.[1] ?? {};
    expect(rulesOf(document).map(sentenceOf)).toEqual([
      'When a page is viewed, record event page_view with url, title',
      'When Product Viewed happens, record event product_viewed with product_id, name, price',
      'When Order Completed happens, record event purchase with order_id, revenue, currency',
      'When somebody is identified, update the contact with firstName, lastName, phone',
    ]);
  });

  it.each([
    ['same', 1, 1, 'a', 'a'],
    ['changed', 1, 1, 'a', 'b'],
    ['more', 0, 1, 'a', 'a'],
    ['less', 1, 0, 'a', 'a'],
  ])('call a trial %s', (kind, then, now, before, after) => {
    const outlook = (count: number, value: string) => ({
      verdict: { state: 'mapped' as const },
      operations: Array.from({ length: count }, () => ({
        rule: 'r',
        action: 'trackEvent',
        payload: { value },
        contacts: [],
        requests: [],
      })),
    });
    const trace = {
      event: {},
      notes: {},
      consent: { needed: [], known: {}, source: 'event' as const, judgement: 'granted' as const },
    };
    expect(trialOf({ ...trace, ...outlook(now, after), before: outlook(then, before) })).toBe(kind);
  });
});

describe('conditions in rows', () => {
  const clause = fc.record({
    path: fc.constantFrom('properties.total', 'traits.plan', 'event', 'context.page.url', 'userId'),
    comparison: fc.constantFrom(...COMPARISONS.map(({ key }) => key)),
    value: fc.stringMatching(/^[A-Za-z0-9 .,!?<>=()'-]{0,12}$/),
  });

  it('say the same after printing and reading', () => {
    fc.assert(
      fc.property(fc.array(clause, { minLength: 1, maxLength: 4 }), (clauses) => {
        const plain = clauses.map((each): Clause => {
          const { hasValue } = COMPARISONS.find(({ key }) => key === each.comparison) ?? { hasValue: true };
          const isText = each.comparison.includes('contain');
          const isBare = /^(-?\d+(\.\d+)?|null)$/.test(each.value);
          return { ...each, value: hasValue ? (isText || !isBare ? each.value : '7') : '' };
        });
        expect(readCondition(printCondition(plain))).toEqual(plain);
      }),
    );
  });

  it('are what the service’s own language reads', () => {
    fc.assert(
      fc.property(fc.array(clause, { minLength: 1, maxLength: 4 }), (clauses) => {
        // Orders compare numbers only; texts there are the writer's own mistake.
        const written = clauses.map((each) =>
          /[<>]/.test(each.comparison) ? { ...each, value: '10' } : each,
        );
        const tree = parseFql(printCondition(written));
        expect(
          'error' in tree ? `${tree.error.message}: ${printCondition(written)}` : undefined,
        ).toBeUndefined();
      }),
    );
  });

  it.each([
    'properties.a = 1 or properties.b = 2',
    '(type = "track")',
    'properties.a = "5"',
    'nonsense here',
  ])('leave %s as text', (text) => expect(readCondition(text)).toBeUndefined());

  it('read an "and" inside of quotes as a part of the text', () => {
    expect(readCondition('properties.name = "salt and pepper" and properties.total >= 10')).toEqual([
      { path: 'properties.name', comparison: '=', value: 'salt and pepper' },
      { path: 'properties.total', comparison: '>=', value: '10' },
    ]);
  });
});

const received = (changes: Partial<ReceivedEvent>): ReceivedEvent => ({
  id: 'evt_1',
  seq: 1,
  pipeline_id: 'pip_1',
  type: 'track',
  message_id: 'm',
  timestamp: '2026-01-31T12:00:00.000Z',
  received_at: '2026-01-31T12:00:00.000Z',
  verdicts: [],
  deliveries: [],
  payload: {},
  ...changes,
});

describe('what real events hold', () => {
  const events = [
    received({
      event: 'Order Completed',
      payload: { properties: { order_id: 'o1', address: { city: 'Bonn' } } },
    }),
    received({ event: 'Order Completed', payload: { properties: { order_id: 'o2', total: 9 } } }),
    received({ type: 'page', payload: { properties: { url: 'https://x' } } }),
  ];

  it('is named by how often it is there', () => {
    expect(seenEvents(events)).toEqual([
      { key: 'Order Completed', count: 2 },
      { key: 'page', count: 1 },
    ]);
    expect(seenPaths(events, 'Order Completed')).toEqual([
      { path: 'properties.order_id', example: 'o1', count: 2 },
      { path: 'properties.address.city', example: 'Bonn', count: 1 },
      { path: 'properties.total', example: '9', count: 1 },
    ]);
  });

  it('makes the first mappings of a new rule', () => {
    expect(firstRule('Order Completed', events)).toEqual({
      vendor_event_name: 'order_completed',
      enabled: true,
      mappings: [
        { source: 'properties.order_id', target: 'order_id' },
        { source: 'properties.address.city', target: 'address_city' },
        { source: 'properties.total', target: 'total' },
      ],
    });
  });
});

describe('a draft', () => {
  it('is found again, also when it is not JSON, and only as what was kept', () => {
    const kept = new Map<string, string>();
    const shelf = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    expect(keptDraft(shelf, 't')).toBeUndefined();
    keepDraft(shelf, 't', { baseId: 'rev_1', text: '{ not yet' });
    expect(keptDraft(shelf, 't')).toEqual({ baseId: 'rev_1', text: '{ not yet' });
    kept.set('signal.draft.t', '[]');
    expect(keptDraft(shelf, 't')).toBeUndefined();
    expect([documentOfText('{ not yet'), documentOfText('[1]'), documentOfText('{"a":1}')]).toEqual([
      undefined,
      undefined,
      { a: 1 },
    ]);
  });
});
