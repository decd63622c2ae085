/** Claims about the paths below /_sandbox, about limits, and about what an account keeps over a restart. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_BODY_CHARS, MAX_REQUESTS, RequestLog } from '../../src/sandbox/http/request-log.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { account, at, call, contactNamed, send, steer, track } from './account.ts';

const JANE = 'jane@example.com';
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  folders.push(folder);
  return join(folder, 'deep', 'account.jsonl');
}

describe('the request log', () => {
  it('holds what arrived, in order, with keys masked, and nothing of the steering', async () => {
    let nowMs = 1_000;
    const sandbox = await account({ now: () => nowMs });
    await call(sandbox, 'GET', '/contacts?limit=1&api_key=secret');
    nowMs = 2_000;
    await track(sandbox);
    await steer(sandbox, 'GET', '/account');
    expect((await steer(sandbox, 'GET', '/requests')).json).toEqual([
      {
        seq: 1,
        at_ms: 1_000,
        method: 'GET',
        path: '/api/3/contacts?limit=1&api_key=***',
        status: 200,
        body: null,
      },
      {
        seq: 2,
        at_ms: 2_000,
        method: 'POST',
        path: '/event',
        status: 200,
        body: { actid: '1000001', key: '***', event: 'signed up', visit: `{"email":"${JANE}"}` },
      },
    ]);
    expect(sandbox.requests(2_000).map(({ seq }) => seq)).toEqual([2]);
    expect(at((await steer(sandbox, 'GET', '/requests?since=2001')).json, 'length')).toBe(0);
  });

  it.each([
    ['requests', MAX_REQUESTS + 5, ''],
    ['text', 60, 'x'.repeat(MAX_BODY_CHARS / 20)],
  ])('keeps the newest within its bounds of %s', (_what, count, body) => {
    const log = new RequestLog();
    const query = new URLSearchParams();
    for (let at = 1; at <= count; at += 1)
      log.arrive({ method: 'POST', path: '/', query, headers: {}, body }, at);
    const kept = log.since();
    expect([kept.length, kept.at(-1)?.seq]).toEqual([body === '' ? MAX_REQUESTS : 20, count]);
    expect(log.newest(3).map(({ seq }) => seq)).toEqual([count, count - 1, count - 2]);
  });
});

describe('the limit of calls', () => {
  it('is one for all of the API, refills evenly, and leaves tracking alone', async () => {
    let nowMs = 10_000;
    const sandbox = await account({ settings: { rate_limit_per_second: 5 }, now: () => nowMs });
    const statuses = async (count: number): Promise<number[]> => {
      const all = await Promise.all(
        Array.from({ length: count }, (_, place) =>
          call(sandbox, 'GET', place % 2 === 0 ? '/tags' : '/lists'),
        ),
      );
      return all.map(({ status }) => status).sort();
    };
    expect(await statuses(7)).toEqual([200, 200, 200, 200, 200, 429, 429]);
    expect((await track(sandbox)).status).toBe(200);
    nowMs += 400;
    expect(await statuses(3)).toEqual([200, 200, 429]);
    nowMs += 60_000;
    expect(await statuses(6)).toEqual([200, 200, 200, 200, 200, 429]);
  });

  it('is not spent by callers without a key', async () => {
    const sandbox = await account({ settings: { rate_limit_per_second: 1 }, now: () => 10_000 });
    for (let place = 0; place < 3; place += 1) await send(`${sandbox.url}/api/3/tags`);
    expect((await call(sandbox, 'GET', '/tags')).status).toBe(200);
  });
});

describe('reset', () => {
  it('gives an empty account as at the start', async () => {
    const sandbox = await account({ settings: { speed: 2 } });
    await steer(sandbox, 'POST', '/seed', { contacts: 3, sample: true });
    sandbox.faults([{ respond: 'server_error' }]);
    sandbox.settings({ speed: 9, email_case: 'fold' });
    await call(sandbox, 'GET', '/tags');
    expect((await steer(sandbox, 'POST', '/reset')).status).toBe(200);
    const { contacts, events, tags, lists, fields, triggers, counts } = sandbox.account();
    expect([contacts, events, tags, lists, fields, triggers]).toEqual([[], [], [], [], [], []]);
    expect(counts).toEqual({ contacts: 0, events: 0, triggers: 0 });
    expect(sandbox.requests()).toEqual([]);
    expect((await steer(sandbox, 'GET', '/settings')).json).toMatchObject({ speed: 2, email_case: 'exact' });
    expect(await contactNamed(sandbox, JANE)).toBe('1');
  });
});

describe('a state file', () => {
  it('brings the account back, ids and settings included', async () => {
    const stateFile = newFile();
    const first = await account({ stateFile });
    await steer(first, 'POST', '/seed', { contacts: 5, sample: true });
    await call(first, 'DELETE', '/contacts/5');
    await steer(first, 'POST', '/settings', { event_tracking_enabled: false });
    const before = first.account();
    await first.close();
    const second = await startSandbox({ stateFile });
    try {
      expect(second.account()).toEqual(before);
      expect(at((await steer(second, 'GET', '/settings')).json, 'event_tracking_enabled')).toBe(false);
      expect(await contactNamed(second, 'next@example.com')).toBe('6');
    } finally {
      await second.close();
    }
    expect(statSync(stateFile).mode & 0o777).toBe(0o600);
  });

  it('holds what was answered even if the process ends there and then', async () => {
    const stateFile = newFile();
    const first = await account({ stateFile });
    await contactNamed(first, JANE);
    await track(first);
    const asItLies = newFile();
    const second = await account({ stateFile: asItLies });
    await second.close();
    appendFileSync(asItLies, readFileSync(stateFile, 'utf8'));
    appendFileSync(asItLies, '{"table":"contacts","row":{"id":2,"em');
    const third = await account({ stateFile: asItLies });
    expect(third.account().contacts.map(({ email }) => email)).toEqual([JANE]);
    expect(third.account().events).toHaveLength(1);
  });

  it('keeps what comes after somebody tried to start a second account on it', async () => {
    const stateFile = newFile();
    const first = await account({ stateFile });
    await contactNamed(first, JANE);
    await expect(startSandbox({ stateFile, port: first.port })).rejects.toThrow('EADDRINUSE');
    await contactNamed(first, 'later@example.com');
    await first.close();
    const again = await account({ stateFile });
    expect(again.account().contacts.map(({ email }) => email)).toEqual([JANE, 'later@example.com']);
  });

  it('is emptied by a reset', async () => {
    const stateFile = newFile();
    const first = await account({ stateFile });
    await contactNamed(first, JANE);
    first.reset();
    await first.close();
    const second = await account({ stateFile });
    expect(second.account().contacts).toEqual([]);
  });
});

describe('the steering paths', () => {
  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another name for this machine', { host: 'evil.example' }],
  ])('do not answer %s', async (_who, headers) => {
    const sandbox = await account();
    const { request } = await import('undici');
    const answer = await request(`${sandbox.url}/_sandbox/account`, { headers });
    await answer.body.dump();
    expect(answer.statusCode).toBe(403);
  });

  it('say what is not there and what cannot be read', async () => {
    const sandbox = await account();
    expect(at((await steer(sandbox, 'GET', '/nothing')).json, 'error', 'code')).toBe('NOT_FOUND');
    expect(at((await steer(sandbox, 'GET', '/contacts/7')).json, 'error', 'code')).toBe('NOT_FOUND');
    expect(
      at((await send(`${sandbox.url}/_sandbox/faults`, { method: 'POST', body: '{' })).json, 'error', 'code'),
    ).toBe('BAD_JSON');
    expect(at((await steer(sandbox, 'POST', '/seed', { contacts: -1 })).json, 'error', 'code')).toBe(
      'BAD_SEED',
    );
    expect(at((await steer(sandbox, 'POST', '/seed', { people: 3 })).json, 'error', 'message')).toBe(
      'There is nothing named people to seed.',
    );
  });

  it('refuse a start with settings that do not fit', async () => {
    await expect(startSandbox({ settings: { speed: -1 } })).rejects.toThrow('speed takes a number');
  });

  it('seed the same people for the same numbers, all of whom can be paged through', async () => {
    const sandbox = await account();
    await steer(sandbox, 'POST', '/seed', { contacts: 250 });
    const seen = new Set<unknown>();
    for (let after = 0; ; ) {
      const contacts = at(
        (await call(sandbox, 'GET', `/contacts?limit=100&orders[id]=ASC&id_greater=${after}`)).json,
        'contacts',
      );
      if (!Array.isArray(contacts) || contacts.length === 0) break;
      for (const contact of contacts) seen.add(at(contact, 'email'));
      after = Number(at(contacts.at(-1), 'id'));
    }
    expect(seen.size).toBe(250);
    const other = await account();
    await steer(other, 'POST', '/seed', { contacts: 250 });
    expect(other.account().contacts).toEqual(sandbox.account().contacts);
  });
});
