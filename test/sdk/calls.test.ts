import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AllCalls, CONSENT_CHANGED, createCalls } from '../../src/sdk/calls.ts';
import { newId } from '../../src/sdk/id.ts';
import type { Person } from '../../src/sdk/person.ts';
import type { WireEvent } from '../../src/sdk/wire.ts';
import { START_MS } from './world.ts';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let events: WireEvent[];
let person: Person;
let calls: AllCalls<void>;
let strangers: number;

beforeEach(() => {
  events = [];
  strangers = 0;
  const stranger = (): Person => ({ anonymousId: `anon-${++strangers}` });
  person = stranger();
  calls = createCalls<void>({
    now: () => START_MS,
    read: () => person,
    write: (changed) => {
      person = changed;
    },
    stranger,
    context: () => ({ library: { name: 'test' }, page: { url: 'https://shop.example/a', title: 'A' } }),
    emit: (event) => void events.push(JSON.parse(JSON.stringify(event))),
  });
});

const last = (): WireEvent => {
  const event = events.at(-1);
  if (!event) throw new Error('no event was sent');
  return event;
};

const ALL_DENIED = {
  essential: true,
  functional: false,
  analytics: false,
  marketing: false,
  personalization: false,
};

describe('an event', () => {
  it('has its own id, the time, whom it is about, and where it happened', () => {
    calls.track('Product Viewed', { product_id: 'p1', price: 9.5 });
    expect(last()).toEqual({
      type: 'track',
      event: 'Product Viewed',
      properties: { product_id: 'p1', price: 9.5 },
      messageId: expect.stringMatching(UUID_V4),
      timestamp: '2026-08-01T00:00:00.000Z',
      anonymousId: 'anon-1',
      context: { library: { name: 'test' }, page: { url: 'https://shop.example/a', title: 'A' } },
    });
  });

  it('takes time, id and context from the options', () => {
    calls.track(
      'Order Completed',
      {},
      { timestamp: new Date(1e12), messageId: 'order-1', context: { ip: '1.2.3.4' } },
    );
    expect(last()).toMatchObject({
      timestamp: new Date(1e12).toISOString(),
      messageId: 'order-1',
      context: { ip: '1.2.3.4', library: {} },
    });
  });

  it('leaves a time that is none for ingestion to judge', () => {
    calls.track('X', {}, { timestamp: 'yesterday' });
    expect(last().timestamp).toBeNull();
  });

  it('never shares its id', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), (count) => {
        const ids = Array.from({ length: count }, newId);
        return new Set(ids).size === count && ids.every((id) => UUID_V4.test(id));
      }),
    );
  });
});

describe('page', () => {
  it.each([
    ['no arguments', () => calls.page(), undefined, {}],
    ['a name', () => calls.page('Home'), 'Home', {}],
    ['a name and properties', () => calls.page('Home', { tab: 2 }), 'Home', { tab: 2 }],
    ['properties alone', () => calls.page({ tab: 2 }), undefined, { tab: 2 }],
    ['its own title', () => calls.page(null, { title: 'B' }), undefined, { title: 'B' }],
  ])('takes %s', (_case, act, name, properties) => {
    act();
    expect(last().name).toBe(name);
    expect(last().properties).toEqual({ url: 'https://shop.example/a', title: 'A', ...properties });
  });
});

describe('identify', () => {
  it('names the person for this and later events', () => {
    calls.identify('user-123', { email: 'jane@example.com', first_name: 'Jane', last_name: 'Doe' });
    expect(last()).toMatchObject({
      type: 'identify',
      userId: 'user-123',
      anonymousId: 'anon-1',
      traits: { email: 'jane@example.com', first_name: 'Jane', last_name: 'Doe' },
    });
    calls.track('X');
    expect(last()).toMatchObject({ userId: 'user-123', anonymousId: 'anon-1' });
    expect(last()).not.toHaveProperty('traits');
  });

  it('merges traits, new over old, also without a userId', () => {
    calls.identify('u', { a: 1, b: 1 });
    calls.identify({ b: 2 });
    calls.identify('u', { c: 3 });
    expect(last()).toMatchObject({ userId: 'u', traits: { a: 1, b: 2, c: 3 } });
  });

  it('takes a number for an id, zero too', () => {
    calls.identify(0);
    expect(last().userId).toBe('0');
  });

  it('of somebody else forgets everything about the former person', () => {
    calls.identify('ann', { email: 'ann@example.com' });
    calls.group('acme', { plan: 'pro' });
    calls.identify('bob', { city: 'Oslo' });
    expect(last()).toMatchObject({ userId: 'bob', anonymousId: 'anon-2', traits: { city: 'Oslo' } });
    expect(JSON.stringify(person)).not.toMatch(/ann@|acme/);
  });
});

describe('group', () => {
  it('merges the traits of one group and not those of another', () => {
    calls.group('acme', { plan: 'pro' });
    calls.group('acme', { seats: 3 });
    expect(last()).toMatchObject({ type: 'group', groupId: 'acme', traits: { plan: 'pro', seats: 3 } });
    calls.group(7, { seats: 1 });
    expect(last()).toMatchObject({ groupId: '7', traits: { seats: 1 } });
  });
});

describe('alias', () => {
  it('says that the same person has a new id, and keeps what is known', () => {
    calls.identify('temp', { email: 'ann@example.com' });
    calls.alias('ann');
    expect(last()).toMatchObject({ type: 'alias', previousId: 'temp', userId: 'ann' });
    calls.identify('ann');
    expect(last()).toMatchObject({ anonymousId: 'anon-1', traits: { email: 'ann@example.com' } });
  });

  it('starts from the anonymousId where nobody was named', () => {
    calls.alias('ann');
    expect(last()).toMatchObject({ previousId: 'anon-1', userId: 'ann' });
  });

  it('of other ids leaves the kept person alone', () => {
    calls.identify('ann');
    calls.alias('new', 'old');
    expect(last()).toMatchObject({ previousId: 'old', userId: 'new' });
    expect(person.userId).toBe('ann');
  });
});

describe('reset', () => {
  it('forgets the person and begins a new one', () => {
    calls.setConsent({ marketing: true });
    calls.identify('ann', { email: 'ann@example.com' });
    calls.reset();
    calls.track('X');
    expect(last()).toMatchObject({ anonymousId: 'anon-2' });
    expect(last()).not.toHaveProperty('userId');
    expect(last().context).not.toHaveProperty('consent');
  });
});

describe('consent', () => {
  it('is not mentioned while nothing is known', () => {
    calls.track('X');
    expect(last().context).not.toHaveProperty('consent');
  });

  it('travels with every later event in both forms; what nobody said is denied', () => {
    calls.setConsent({ marketing: true, newsletter_sms: true });
    calls.track('X');
    expect(last().context.consent).toEqual({
      categories: { marketing: true, newsletter_sms: true },
      canonical: { ...ALL_DENIED, marketing: true },
    });
  });

  it('keeps what a later decision does not mention', () => {
    calls.setConsent({ marketing: true });
    calls.setConsent({ analytics: true, marketing: false });
    calls.setConsent({ functional: true });
    calls.track('X');
    expect(last().context.consent).toMatchObject({
      canonical: { ...ALL_DENIED, analytics: true, functional: true },
    });
  });

  it('counts only true as agreement, and never loses the essential', () => {
    // The page's own scripts are not type-checked.
    calls.setConsent(JSON.parse('{"marketing":"yes","analytics":1,"essential":false}'));
    calls.track('X');
    expect(last().context.consent).toMatchObject({ canonical: ALL_DENIED });
  });

  it('sends nothing of its own before the first event, which carries it', () => {
    calls.setConsent({ marketing: true });
    expect(events).toEqual([]);
  });

  it('is told at once when ingestion knows the person and the decision changes', () => {
    calls.track('X');
    calls.setConsent({ marketing: true });
    expect(last()).toMatchObject({
      event: CONSENT_CHANGED,
      context: { consent: { canonical: { marketing: true } } },
    });
    calls.setConsent({ marketing: true });
    expect(events).toHaveLength(2);
    calls.setConsent({ marketing: false });
    expect(last()).toMatchObject({
      event: CONSENT_CHANGED,
      context: { consent: { canonical: { marketing: false } } },
    });
  });

  it('given before an identify belongs to the person identified', () => {
    for (const userId of ['ann', 'bob']) {
      calls.setConsent({ marketing: true });
      calls.identify(userId);
      expect(last()).toMatchObject({ userId, context: { consent: { canonical: { marketing: true } } } });
    }
  });

  it('of one person is never taken for the next one’s', () => {
    calls.setConsent({ marketing: true });
    calls.identify('ann');
    calls.identify('bob');
    expect(last()).toMatchObject({ userId: 'bob' });
    expect(last().context).not.toHaveProperty('consent');
  });
});
