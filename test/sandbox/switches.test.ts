/** Every switch of the simulated account has a case here that fails when the switch is ignored. */
import { describe, expect, it } from 'vitest';
import { SWITCHES } from '../../src/sandbox/index.ts';
import type { SettingName, Settings } from '../../src/sandbox/settings.ts';
import { account, at, call, contactNamed, send, steer, track } from './account.ts';

type Sandbox = Awaited<ReturnType<typeof account>>;

interface Case {
  /** The setting as it is not by default. */
  readonly other: Partial<Settings>;
  /** What besides the switch must be set for the difference to show. */
  readonly base?: Partial<Settings>;
  /** Looks at the account and gives what differs. */
  readonly look: (sandbox: Sandbox) => Promise<unknown>;
  readonly byDefault: unknown;
  readonly otherwise: unknown;
}

const JANE = 'jane@example.com';
const status = async (reply: Promise<{ readonly status: number }>): Promise<number> => (await reply).status;
const me = (sandbox: Sandbox) => call(sandbox, 'GET', '/users/me');

/** Statuses of so many calls, one after the other, at one moment of the account's clock. */
async function burst(sandbox: Sandbox, count: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let place = 0; place < count; place += 1) statuses.push((await me(sandbox)).status);
  return statuses;
}

const frozen = { now: () => Date.UTC(2026, 4, 28, 10, 3, 51) };
const over: Partial<Settings> = { rate_limit_per_second: 1 };

async function overLimit(sandbox: Sandbox) {
  await me(sandbox);
  return me(sandbox);
}

async function importOf(sandbox: Sandbox, emails: readonly string[]) {
  return call(sandbox, 'POST', '/import/bulk_import', { contacts: emails.map((email) => ({ email })) });
}

async function eventOf(sandbox: Sandbox, fields: Record<string, string> = {}) {
  await contactNamed(sandbox, JANE);
  await track(sandbox, fields);
  return sandbox.account().events[0];
}

const CASES: { readonly [N in SettingName]: Case } = {
  speed: {
    base: over,
    other: { speed: 60 },
    look: async (sandbox) => (await overLimitAt(sandbox, 61)).headers.get('retry-after'),
    byDefault: '30',
    otherwise: '1',
  },
  time_zone: {
    other: { time_zone: 'Asia/Tokyo' },
    look: async (sandbox) =>
      at((await call(sandbox, 'POST', '/contacts', { contact: { email: JANE } })).json, 'contact', 'cdate'),
    byDefault: '2026-05-28T05:03:51-05:00',
    otherwise: '2026-05-28T19:03:51+09:00',
  },
  rate_limit_per_second: {
    base: { rate_limit_per_second: SWITCHES.rate_limit_per_second.default },
    other: { rate_limit_per_second: 2 },
    look: (sandbox) => burst(sandbox, 6),
    byDefault: [200, 200, 200, 200, 200, 429],
    otherwise: [200, 200, 429, 429, 429, 429],
  },
  rate_limit_window: {
    base: { rate_limit_per_second: 2 },
    other: { rate_limit_window: 'sliding' },
    look: async (sandbox) => {
      const first = await burst(sandbox, 2);
      later(600);
      return [...first, ...(await burst(sandbox, 1))];
    },
    byDefault: [200, 200, 200],
    otherwise: [200, 200, 429],
  },
  rate_limit_counts_rejected: {
    base: over,
    other: { rate_limit_counts_rejected: true },
    look: async (sandbox) => {
      await burst(sandbox, 3);
      later(1_000);
      return burst(sandbox, 1);
    },
    byDefault: [200],
    otherwise: [429],
  },
  rate_limit_status: {
    base: over,
    other: { rate_limit_status: '503' },
    look: (s) => status(overLimit(s)),
    byDefault: 429,
    otherwise: 503,
  },
  rate_limit_body: {
    base: over,
    other: { rate_limit_body: 'json' },
    look: async (sandbox) => (await overLimit(sandbox)).text,
    byDefault: '',
    otherwise: '{"message":"Too Many Requests"}',
  },
  rate_limit_headers: {
    base: { rate_limit_per_second: 5 },
    other: { rate_limit_headers: true },
    look: async (sandbox) => (await me(sandbox)).headers.get('ratelimit-remaining'),
    byDefault: null,
    otherwise: '4',
  },
  retry_after_seconds: {
    base: over,
    other: { retry_after_seconds: 0 },
    look: async (sandbox) => (await overLimit(sandbox)).headers.get('retry-after'),
    byDefault: '30',
    otherwise: null,
  },
  bulk_requests_per_minute: {
    other: { bulk_requests_per_minute: 1 },
    look: async (sandbox) => [
      await status(importOf(sandbox, [JANE, 'a@example.com'])),
      await status(importOf(sandbox, [JANE, 'b@example.com'])),
    ],
    byDefault: [200, 200],
    otherwise: [200, 400],
  },
  bulk_single_requests_per_minute: {
    other: { bulk_single_requests_per_minute: 1 },
    look: async (sandbox) => [
      await status(importOf(sandbox, [JANE])),
      await status(importOf(sandbox, [JANE])),
    ],
    byDefault: [200, 200],
    otherwise: [200, 400],
  },
  tracking_limit_per_second: {
    other: { tracking_limit_per_second: 1 },
    look: async (sandbox) => [await status(track(sandbox)), await status(track(sandbox))],
    byDefault: [200, 200],
    otherwise: [200, 429],
  },
  auth_failure: {
    other: { auth_failure: '200_html' },
    look: async (sandbox) => {
      const reply = await send(`${sandbox.url}/api/3/users/me`, { headers: { 'api-token': 'wrong' } });
      return [reply.status, reply.type, reply.text === ''];
    },
    byDefault: [403, null, true],
    otherwise: [200, 'text/html; charset=UTF-8', false],
  },
  email_case: {
    other: { email_case: 'fold' },
    look: async (sandbox) => [
      await contactNamed(sandbox, JANE),
      await status(call(sandbox, 'POST', '/contact/sync', { contact: { email: 'Jane@Example.com' } })),
    ],
    byDefault: ['1', 201],
    otherwise: ['1', 200],
  },
  sync_update_status: {
    other: { sync_update_status: '201' },
    look: async (sandbox) => {
      await contactNamed(sandbox, JANE);
      return status(call(sandbox, 'POST', '/contact/sync', { contact: { email: JANE } }));
    },
    byDefault: 200,
    otherwise: 201,
  },
  search_delay_ms: {
    other: { search_delay_ms: 1_000 },
    look: async (sandbox) => {
      await contactNamed(sandbox, JANE);
      const total = async () =>
        at((await call(sandbox, 'GET', '/contacts?search=jane')).json, 'meta', 'total');
      const soon = await total();
      later(1_001);
      return [soon, await total()];
    },
    byDefault: ['1', '1'],
    otherwise: ['0', '1'],
  },
  deleted_contacts: {
    other: { deleted_contacts: 'tombstone' },
    look: async (sandbox) => {
      const id = await contactNamed(sandbox, JANE);
      await call(sandbox, 'DELETE', `/contacts/${id}`);
      return at((await call(sandbox, 'GET', `/contacts/${id}`)).json, 'contact', 'email');
    },
    byDefault: undefined,
    otherwise: 'deleted+1@example.com',
  },
  list_change_touches_contact: {
    other: { list_change_touches_contact: true },
    look: async (sandbox) => {
      await steer(sandbox, 'POST', '/seed', { sample: true });
      const id = await contactNamed(sandbox, JANE);
      later(5_000);
      await call(sandbox, 'POST', '/contactLists', { contactList: { contact: id, list: 1, status: 1 } });
      const { json } = await call(sandbox, 'GET', `/contacts/${id}`);
      return at(json, 'contact', 'udate') !== at(json, 'contact', 'cdate');
    },
    byDefault: false,
    otherwise: true,
  },
  exclusions_block_sync: {
    other: { exclusions_block_sync: true },
    look: async (sandbox) => {
      await steer(sandbox, 'POST', '/seed', {
        exclusions: [{ matchPhrase: '@example.com', matchType: 'end' }],
      });
      return status(call(sandbox, 'POST', '/contact/sync', { contact: { email: JANE } }));
    },
    byDefault: 201,
    otherwise: 422,
  },
  fields_page_size: {
    other: { fields_page_size: 100 },
    look: async (sandbox) => {
      for (let place = 0; place < 21; place += 1)
        await call(sandbox, 'POST', '/fields', { field: { title: `F${place}`, type: 'text' } });
      const fields = at((await call(sandbox, 'GET', '/fields')).json, 'fields');
      return Array.isArray(fields) && fields.length;
    },
    byDefault: 20,
    otherwise: 21,
  },
  bad_option_value: {
    other: { bad_option_value: 'refuse' },
    look: async (sandbox) => {
      await steer(sandbox, 'POST', '/seed', { sample: true });
      return status(
        call(sandbox, 'POST', '/contact/sync', {
          contact: { email: JANE, fieldValues: [{ field: 1, value: 'None such' }] },
        }),
      );
    },
    byDefault: 201,
    otherwise: 422,
  },
  duplicate_tag_status: {
    other: { duplicate_tag_status: '400' },
    look: async (sandbox) => {
      await call(sandbox, 'POST', '/tags', { tag: { tag: 'VIP' } });
      return status(call(sandbox, 'POST', '/tags', { tag: { tag: 'vip' } }));
    },
    byDefault: 422,
    otherwise: 400,
  },
  cart_filter: {
    other: { cart_filter: 'ignored' },
    look: async (sandbox) => {
      const shop = {
        service: 's',
        externalid: 'e',
        name: 'S',
        logoUrl: 'https://s.example/l',
        linkUrl: 'https://s.example',
      };
      await call(sandbox, 'POST', '/connections', { connection: shop });
      const customer = { connectionid: '1', externalid: 'u1', email: JANE };
      await call(sandbox, 'POST', '/ecomCustomers', { ecomCustomer: customer });
      const date = '2026-05-13T17:41:39Z';
      const cart = {
        source: '1',
        email: JANE,
        totalPrice: 1,
        currency: 'EUR',
        connectionid: '1',
        customerid: '1',
      };
      await call(sandbox, 'POST', '/ecomOrders', {
        ecomOrder: { ...cart, externalcheckoutid: 'c1', abandonedDate: date, externalCreatedDate: date },
      });
      return at(
        (await call(sandbox, 'GET', '/ecomOrders?filters[externalcheckoutid]=c2')).json,
        'meta',
        'total',
      );
    },
    byDefault: '0',
    otherwise: '1',
  },
  duplicate_event_name: {
    other: { duplicate_event_name: 'refuse' },
    look: async (sandbox) => {
      await call(sandbox, 'POST', '/eventTrackingEvents', { eventTrackingEvent: { name: 'x' } });
      return status(call(sandbox, 'POST', '/eventTrackingEvents', { eventTrackingEvent: { name: 'x' } }));
    },
    byDefault: 201,
    otherwise: 422,
  },
  bulk_import_ms: {
    other: { bulk_import_ms: 0 },
    look: async (sandbox) => {
      await importOf(sandbox, [JANE]);
      return sandbox.account().contacts.length;
    },
    byDefault: 0,
    otherwise: 1,
  },
  bulk_failure_index_base: {
    other: { bulk_failure_index_base: '0' },
    look: async (sandbox) => at((await importOf(sandbox, ['nonsense'])).json, 'failureReasons', 0, 'contact'),
    byDefault: 1,
    otherwise: 0,
  },
  event_tracking_enabled: {
    other: { event_tracking_enabled: false },
    look: async (s) => (await eventOf(s))?.event,
    byDefault: 'signed up',
    otherwise: undefined,
  },
  site_tracking_enabled: {
    other: { site_tracking_enabled: false },
    look: async (sandbox) =>
      at((await call(sandbox, 'GET', '/siteTracking')).json, 'siteTracking', 'enabled'),
    byDefault: true,
    otherwise: false,
  },
  unknown_contact_event: {
    other: { unknown_contact_event: 'create' },
    look: async (sandbox) => {
      await track(sandbox);
      return sandbox.account().contacts.map(({ email }) => email);
    },
    byDefault: [],
    otherwise: [JANE],
  },
  event_names: {
    other: { event_names: 'listed' },
    look: async (s) => (await eventOf(s))?.event,
    byDefault: 'signed up',
    otherwise: undefined,
  },
  event_name_limit: {
    other: { event_name_limit: 0 },
    look: async (sandbox) => (await eventOf(sandbox, { event: 'n'.repeat(40) }))?.event.length,
    byDefault: 32,
    otherwise: 40,
  },
  event_value_limit: {
    other: { event_value_limit: 0 },
    look: async (sandbox) => (await eventOf(sandbox, { eventdata: 'v'.repeat(300) }))?.eventdata.length,
    byDefault: 250,
    otherwise: 300,
  },
  tracking_failure_status: {
    other: { tracking_failure_status: '400' },
    look: (s) => status(track(s, { key: 'wrong' })),
    byDefault: 200,
    otherwise: 400,
  },
};

/** The account's clock; each case starts it anew. */
let nowMs = frozen.now();
function later(byMs: number): void {
  nowMs += byMs;
}

/** The last of so many calls at one moment. */
async function overLimitAt(sandbox: Sandbox, calls: number) {
  let reply = await me(sandbox);
  for (let place = 1; place < calls; place += 1) reply = await me(sandbox);
  return reply;
}

async function withSettings(settings: Partial<Settings>, look: Case['look']): Promise<unknown> {
  nowMs = frozen.now();
  return look(await account({ settings, now: () => nowMs }));
}

describe('the switch', () => {
  it.each(Object.entries(CASES))(
    '%s is heeded',
    async (_name, { base, other, look, byDefault, otherwise }) => {
      expect(await withSettings({ ...base }, look)).toEqual(byDefault);
      expect(await withSettings({ ...base, ...other }, look)).toEqual(otherwise);
    },
  );
});

describe('settings', () => {
  it('are changed while the account runs', async () => {
    const sandbox = await account();
    expect((await steer(sandbox, 'POST', '/settings', { event_tracking_enabled: false })).status).toBe(200);
    expect(at((await call(sandbox, 'GET', '/eventTracking')).json, 'eventTracking', 'enabled')).toBe(false);
    await call(sandbox, 'PUT', '/eventTracking', { eventTracking: { enabled: true } });
    expect(at((await steer(sandbox, 'GET', '/settings')).json, 'event_tracking_enabled')).toBe(true);
  });

  it.each([
    [{ speeed: 2 }, 'There is no setting named "speeed".'],
    [{ speed: 'fast' }, 'speed takes a number from 0.1 to 10000.'],
    [{ email_case: 'upper' }, 'email_case takes one of exact, fold.'],
    [{ time_zone: 'Mars/Olympus' }, 'time_zone takes the name of a time zone, such as Europe/London.'],
    [[1], 'Settings are sent as an object of names and values.'],
  ])('refuse %j and change nothing', async (changes, message) => {
    const sandbox = await account();
    const reply = await steer(sandbox, 'POST', '/settings', changes);
    expect([reply.status, at(reply.json, 'error', 'message')]).toEqual([400, message]);
  });
});
