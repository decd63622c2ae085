/** The default blueprint does what its page promises, event by event. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileBlueprint } from '../../src/blueprint/index.ts';
import { ACTIONS } from './actions.ts';

const file = new URL('../../blueprints/activecampaign/default.json', import.meta.url);
const blueprint = compileBlueprint(JSON.parse(readFileSync(file, 'utf8')), { actions: ACTIONS });
const base = {
  email: 'jane@example.com',
  consent: { marketing: true },
  timestamp: '2026-01-02T03:04:05.000Z',
};

/** The only payload that the default blueprint makes of an event. */
function payloadOf(event: Record<string, unknown>): unknown {
  const evaluation = blueprint.evaluate({ ...base, ...event });
  return evaluation.kind === 'evaluated' && evaluation.results[0]?.outcome === 'operation'
    ? evaluation.results[0].payload
    : evaluation;
}

describe('the default blueprint', () => {
  it('turns a page into page_view with URL and title from properties, then from context', () => {
    const page = { url: 'https://a.example/context', title: 'Context' };
    expect(payloadOf({ type: 'page', properties: { url: 'https://a.example/' }, context: { page } })).toEqual(
      {
        email: 'jane@example.com',
        event: 'page_view',
        properties: { url: 'https://a.example/', title: 'Context' },
        consent: { marketing: true },
        at: '2026-01-02T03:04:05.000Z',
      },
    );
  });

  it('takes revenue from revenue, then total, then value', () => {
    const order = (properties: object): unknown =>
      payloadOf({ type: 'track', event: 'Order Completed', properties });
    expect(order({ order_id: 'o-1', revenue: 9, total: 8, value: 7 })).toHaveProperty(
      'properties.revenue',
      9,
    );
    expect(order({ order_id: 'o-1', revenue: null, total: 8, value: 7 })).toHaveProperty(
      'properties.revenue',
      8,
    );
    expect(order({ orderId: 'o-1', value: 0 })).toHaveProperty('properties', { order_id: 'o-1', revenue: 0 });
  });

  it('takes names from snake_case, camelCase and the full name', () => {
    const contact = (traits: object): unknown => payloadOf({ type: 'identify', traits });
    expect(contact({ first_name: 'Jane', last_name: 'Doe', phone: '1' })).toEqual({
      email: 'jane@example.com',
      firstName: 'Jane',
      lastName: 'Doe',
      phone: '1',
    });
    expect(contact({ firstName: 'Jane', name: 'X van Doe' })).toEqual({
      email: 'jane@example.com',
      firstName: 'Jane',
      lastName: 'van Doe',
    });
  });

  it('drops every other event, and says so before an address is known', () => {
    for (const event of ['Product Added', 'page', 'toString', '__proto__'])
      expect(blueprint.evaluate({ ...base, type: 'track', event })).toEqual({ kind: 'dropped' });
    expect(blueprint.evaluate({ ...base, type: 'group' })).toEqual({ kind: 'dropped' });
    expect(blueprint.wants({ type: 'track', event: 'Order Completed' })).toBe(true);
    expect(blueprint.wants({ type: 'track', event: 'Order Cancelled' })).toBe(false);
  });

  it('tells what it does in sentences', () => {
    expect(blueprint.describe()).toEqual([
      'When a page call arrives: trackEvent page_view with url, title',
      'When Product Viewed happens: trackEvent product_viewed with product_id, name, price',
      'When Order Completed happens: trackEvent purchase with order_id, revenue, currency',
      'When an identify call arrives: syncContact with firstName, lastName, phone',
      'When anything else happens: nothing is sent',
    ]);
  });
});
