/** Claims about faults on request: what the caller sees, and whether the account heard the request. */
import { describe, expect, it } from 'vitest';
import { NAMED_FAULTS } from '../../src/sandbox/http/faults.ts';
import type { FaultName, FaultRule, Sandbox } from '../../src/sandbox/index.ts';
import { account, at, call, steer } from './account.ts';

const SYNC = { contact: { email: 'jane@example.com' } };
const sync = (sandbox: Sandbox) => call(sandbox, 'POST', '/contact/sync', SYNC);
const heard = (sandbox: Sandbox): boolean => sandbox.account().contacts.length > 0;

interface Seen {
  readonly status: number | 'cut';
  readonly type?: string | null;
  readonly retryAfter?: string;
  readonly body?: RegExp;
  readonly isHeard: boolean;
}

/** A `Record` of all names: a fault without a claim does not compile. */
const CLAIMS: Readonly<Record<Exclude<FaultName, 'slow' | 'slow_body'>, Seen>> = {
  drop: { status: 'cut', isHeard: false },
  drop_after_write: { status: 'cut', isHeard: true },
  empty_200: { status: 200, type: 'application/json', body: /^$/, isHeard: true },
  truncated_200: { status: 200, type: 'application/json', body: /^\{"contact":.*[^}]$/, isHeard: true },
  rate_limited: { status: 429, type: null, retryAfter: '2', isHeard: false },
  rate_limited_bare: { status: 429, type: null, isHeard: false },
  unavailable: { status: 503, type: null, retryAfter: '2', isHeard: false },
  unavailable_until: { status: 503, type: null, retryAfter: 'Thu, 28 May 2026 10:00:02 GMT', isHeard: false },
  server_error: { status: 500, type: null, isHeard: false },
  bad_gateway_json: {
    status: 502,
    type: 'application/json',
    body: /"cloudflare_error":true/,
    isHeard: false,
  },
  bad_gateway_html: { status: 502, type: 'text/html; charset=UTF-8', body: /some issues/, isHeard: false },
  forbidden_empty: { status: 403, type: null, body: /^$/, isHeard: false },
  login_page: { status: 200, type: 'text/html; charset=UTF-8', body: /<form/, isHeard: false },
  payment_required: { status: 402, type: null, isHeard: false },
  moved: { status: 301, type: null, isHeard: false },
};

describe('the fault', () => {
  it.each(Object.entries(CLAIMS))('%s is seen as it should be', async (name, seen) => {
    const sandbox = await account({ now: () => Date.UTC(2026, 4, 28, 10) });
    await steer(sandbox, 'POST', '/faults', { rules: [{ respond: name }] });
    const reply = await sync(sandbox).catch(() => 'cut' as const);
    if (reply === 'cut') expect(seen.status).toBe('cut');
    else {
      expect([reply.status, reply.type, reply.headers.get('retry-after')]).toEqual([
        seen.status,
        seen.type,
        seen.retryAfter ?? null,
      ]);
      expect(reply.text).toMatch(seen.body ?? /^$/);
    }
    expect(heard(sandbox)).toBe(seen.isHeard);
    expect(sandbox.requests().at(-1)?.status).toBe(seen.status === 'cut' ? null : seen.status);
  });

  it.each([[{ delay_ms: 40 }], [{ slow_body_ms: 40 }]])(
    '%j lets time pass and then answers in full',
    async (respond) => {
      const sandbox = await account();
      sandbox.faults([{ respond }]);
      const start = performance.now();
      const reply = await sync(sandbox);
      expect(performance.now() - start).toBeGreaterThanOrEqual(35);
      expect([reply.status, at(reply.json, 'contact', 'email')]).toEqual([201, 'jane@example.com']);
    },
  );

  it('of one’s own making has status, headers and body', async () => {
    const sandbox = await account();
    sandbox.faults([{ respond: { status: 418, headers: { 'X-Tea': 'yes' }, body: { message: 'No' } } }]);
    const reply = await sync(sandbox);
    expect([reply.status, reply.headers.get('x-tea'), reply.type, reply.text]).toEqual([
      418,
      'yes',
      'application/json',
      '{"message":"No"}',
    ]);
  });
});

describe('fault rules', () => {
  const gone: FaultRule['respond'] = { status: 410 };

  it.each<[string, Partial<FaultRule>, boolean]>([
    ['the method', { method: 'post' }, true],
    ['another method', { method: 'GET' }, false],
    ['the path', { path: '/api/3/contact/sync' }, true],
    ['a part of the path', { path: '/api/3/contact' }, false],
    ['a pattern', { path: '/api/*/sync' }, true],
    ['a pattern that ends otherwise', { path: '*/list' }, false],
    ['anything', {}, true],
  ])('meet requests by %s', async (_by, where, isMet) => {
    const sandbox = await account();
    sandbox.faults([{ ...where, respond: gone }]);
    expect((await sync(sandbox)).status).toBe(isMet ? 410 : 201);
  });

  it('count down, are told while they last, and go in the order they came', async () => {
    const sandbox = await account();
    sandbox.faults([
      { times: 2, respond: gone },
      { times: 1, respond: 'server_error' },
    ]);
    const statuses = [];
    for (let place = 0; place < 2; place += 1) statuses.push((await sync(sandbox)).status);
    expect((await steer(sandbox, 'GET', '/faults')).json).toEqual({
      rules: [{ times: 1, respond: 'server_error' }],
    });
    for (let place = 0; place < 2; place += 1) statuses.push((await sync(sandbox)).status);
    expect(statuses).toEqual([410, 410, 500, 201]);
  });

  it('stay until they are cleared where no count is given', async () => {
    const sandbox = await account();
    await steer(sandbox, 'POST', '/faults', { rules: [{ respond: gone }] });
    expect([(await sync(sandbox)).status, (await sync(sandbox)).status]).toEqual([410, 410]);
    await steer(sandbox, 'DELETE', '/faults');
    expect((await sync(sandbox)).status).toBe(201);
  });

  it('do not touch the paths that steer', async () => {
    const sandbox = await account();
    sandbox.faults([{ respond: 'server_error' }]);
    expect((await steer(sandbox, 'GET', '/account')).status).toBe(200);
  });

  it.each([
    [{}, 'Faults are sent as {"rules": […]}.'],
    [{ rules: [{ times: 0, respond: 'drop' }] }, 'rules[0]: times is a whole number above 0'],
    [{ rules: [{ respond: 'drop' }, { path: 1, respond: 'drop' }] }, 'rules[1]: path is text'],
    [
      { rules: [{ match: { path: '/event' }, respond: 'drop' }] },
      'rules[0]: "match" is not known; a rule has',
    ],
    [{ rules: [{ respond: 'explode' }] }, 'rules[0]: respond is {status'],
    [{ rules: [{ respond: { status: 99 } }] }, 'rules[0]: respond is {status'],
    [{ rules: [{ respond: { status: 200, headers: { 'a b': 'c' } } }] }, 'rules[0]: respond is {status'],
  ])('refuse %j altogether', async (body, message) => {
    const sandbox = await account();
    const reply = await steer(sandbox, 'POST', '/faults', body);
    expect([reply.status, String(at(reply.json, 'error', 'message'))]).toEqual([
      400,
      expect.stringContaining(message),
    ]);
    expect((await sync(sandbox)).status).toBe(201);
  });

  it('have a title for people, each its own', () => {
    const titles = Object.values(NAMED_FAULTS).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});
