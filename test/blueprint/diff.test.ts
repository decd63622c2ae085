/** The changes between two blueprints are told in words. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diffBlueprints } from '../../src/blueprint/index.ts';

const base = JSON.parse(
  readFileSync(new URL('../../blueprints/activecampaign/default.json', import.meta.url), 'utf8'),
);

/** A copy of the default blueprint with one thing changed. */
function changed(change: (document: typeof base) => void): unknown {
  const copy = structuredClone(base);
  change(copy);
  return copy;
}

describe('the difference', () => {
  it('between a blueprint and itself is nothing, whatever its spelling', () => {
    const other = changed((document) => {
      document.description = base.description;
      document.events = Object.fromEntries(Object.entries(document.events).toReversed());
      document.events.page = [document.events.page];
      document.defaults = {};
    });
    expect(diffBlueprints(base, other)).toEqual([]);
  });

  it.each<[string, (document: typeof base) => unknown, string[]]>([
    [
      'a source',
      (d) => (d.events['Order Completed'].mappings[1].source = 'properties.total'),
      ['Order Completed: revenue now from total'],
    ],
    [
      'a list of sources',
      (d) => (d.events['Order Completed'].mappings[0].source = ['properties.order_id', 'traits.id']),
      ['Order Completed: order_id now from order_id, then traits.id'],
    ],
    [
      'an expression',
      (d) => (d.events.page.mappings[0] = { value: 'x', target: 'url' }),
      ['page: url now from "x"'],
    ],
    [
      'a transform',
      (d) => (d.events['Order Completed'].mappings[1].transform = ['to_number', 'to_cents']),
      ['Order Completed: revenue now as to_number, then to_cents'],
    ],
    [
      'a removed transform',
      (d) => delete d.global.mappings[0].transform,
      ['All events: email no longer transformed'],
    ],
    [
      'a default',
      (d) => (d.events['Order Completed'].mappings[2].default = 'EUR'),
      ['Order Completed: currency default now "EUR"'],
    ],
    [
      'a translation',
      (d) => (d.events['Order Completed'].mappings[2].value_map = { '*': 'EUR' }),
      ['Order Completed: currency values now translated * → "EUR"'],
    ],
    [
      'a requirement',
      (d) => (d.events['Order Completed'].mappings[0].required = true),
      ['Order Completed: order_id now required'],
    ],
    [
      'an added mapping',
      (d) => d.events.page.mappings.push({ source: 'properties.path', target: 'path', transform: 'trim' }),
      ['page: path added, from path, as trim'],
    ],
    ['a removed mapping', (d) => d.events.page.mappings.pop(), ['page: title no longer mapped']],
    [
      'an enrichment',
      (d) => d.events.identify.enrichments.pop(),
      ['identify: lastName when empty no longer mapped'],
    ],
    [
      'a target transform',
      (d) => (d.events.page.transforms = [{ target: 'url', transform: 'url_path' }]),
      ['page: url now changed by url_path'],
    ],
    [
      'an added rule',
      (d) =>
        (d.events['Product Added'] = {
          enabled: false,
          action: 'addTags',
          mappings: [{ value: 'x', target: 'tags' }],
        }),
      ['Product Added: added, addTags with tags (switched off)'],
    ],
    ['a removed rule', (d) => delete d.events.page, ['page: removed']],
    ['a switch', (d) => (d.events.page.enabled = false), ['page: switched off']],
    ['an event name', (d) => (d.events.page.vendor_event_name = 'seen'), ['page: event name now seen']],
    [
      'a condition',
      (d) => (d.events.page.when = 'properties.url != null'),
      ['page: only when properties.url != null'],
    ],
    ['an action', (d) => (d.events.page.action = 'addTags'), ['page: action now addTags']],
    ['the defaults', (d) => (d.defaults.action = 'trackEvent'), ['Events without a rule: now trackEvent']],
    ['aliases', (d) => (d.aliases = true), ['Events now match under all their documented names']],
    ['a secret parameter', (d) => (d.parameters = { key: 'hush' }), ['Parameter key: added']],
  ])('of %s is told', (_, change, words) => {
    const after = changed(change);
    expect(diffBlueprints(base, after)).toEqual(words);
    expect(diffBlueprints(after, base)).toHaveLength(words.length);
  });

  it('of what is no blueprint is told as far as it can be read', () => {
    expect(diffBlueprints(null, { version: 2, events: { a: {} } })).toEqual(['a: added, with no mappings']);
  });
});
