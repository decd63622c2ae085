/** Claims about bulk imports. Source: the vendor's document and guide. */
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { account, at, call, contactNamed, steer } from './account.ts';

const JANE = 'jane@example.com';
const START = Date.UTC(2026, 4, 28);
const post = (sandbox: Sandbox, body: object) => call(sandbox, 'POST', '/import/bulk_import', body);

/** An account whose clock stands still until the test moves it. */
async function still(): Promise<{ readonly sandbox: Sandbox; later(byMs: number): void }> {
  let nowMs = START;
  const sandbox = await account({ now: () => nowMs });
  return {
    sandbox,
    later: (byMs) => {
      nowMs += byMs;
    },
  };
}

describe('a bulk import', () => {
  it('is queued, tells how far it is, and then has happened', async () => {
    const { sandbox, later } = await still();
    const queued = await post(sandbox, {
      contacts: [{ email: JANE, first_name: 'Jane', tags: ['New'] }, { email: 'bad@nodot' }],
    });
    expect([queued.status, queued.json]).toEqual([
      200,
      { Success: 1, queued_contacts: 2, batchId: expect.any(String), message: 'Contact import queued' },
    ]);
    const info = async () =>
      (await call(sandbox, 'GET', `/import/info?batchId=${at(queued.json, 'batchId')}`)).json;
    const words = [];
    for (const step of [0, 150, 200, 200]) {
      later(step);
      words.push(at(await info(), 'status'));
    }
    expect(words).toEqual([false, 'waiting', 'claimed', 'active']);
    expect(sandbox.account().contacts).toEqual([]);
    expect(at((await call(sandbox, 'GET', '/import/bulk_import')).json, 'outstanding')).toEqual([
      { forDate: '2026-05-27', batches: '1', contacts: '2' },
    ]);
    later(450);
    expect(await info()).toEqual({ status: 'completed', success: ['1'], failure: ['bad@nodot'] });
    expect(sandbox.account().contacts).toMatchObject([{ email: JANE, firstName: 'Jane', tags: ['New'] }]);
  });

  it('goes on by itself while nobody asks', async () => {
    const sandbox = await account({ settings: { bulk_import_ms: 20 } });
    const heard = new Promise<string>((resolve, reject) => {
      const server = createServer((request, response) => {
        let body = '';
        request.on('data', (piece) => {
          body += piece;
        });
        request.on('end', () => {
          response.end();
          server.close();
          resolve(body);
        });
      });
      server.on('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        const port = typeof address === 'object' && address ? address.port : 0;
        const callback = {
          url: `http://127.0.0.1:${port}/done`,
          requestType: 'POST',
          detailed_results: 'true',
          params: [{ key: 'job', value: '7' }],
        };
        void post(sandbox, { contacts: [{ email: JANE }, { email: 'bad@nodot' }], callback });
      });
    });
    expect(JSON.parse(await heard)).toMatchObject({ job: '7', success: 1, failure: 1 });
  });

  it('brings nobody back who left a list, yet subscribes others', async () => {
    const { sandbox, later } = await still();
    await steer(sandbox, 'POST', '/seed', { sample: true });
    const gone = await contactNamed(sandbox, JANE);
    await call(sandbox, 'POST', '/contactLists', { contactList: { list: 1, contact: gone, status: 2 } });
    const subscribe = [{ listid: 1 }];
    await post(sandbox, {
      contacts: [
        { email: JANE, subscribe },
        { email: 'new@example.com', subscribe },
        { email: 'x@blocked.example', subscribe },
      ],
    });
    later(1_000);
    expect(sandbox.account().contacts.map(({ email, lists }) => [email, lists[0]?.status])).toEqual([
      [JANE, 2],
      ['new@example.com', 1],
    ]);
  });

  it.each([
    [{ exclude_automations: true }, {}, []],
    [{}, { exclude_automations: true }, []],
    [{}, {}, ['subscribes']],
  ])('with %j and per contact %j starts %j', async (whole, each, started) => {
    const { sandbox, later } = await still();
    await steer(sandbox, 'POST', '/seed', { sample: true });
    await post(sandbox, { ...whole, contacts: [{ email: JANE, subscribe: [{ listid: 1 }], ...each }] });
    later(1_000);
    expect(sandbox.account().triggers.map(({ name }) => name)).toEqual(started);
  });

  it.each([
    [
      'an address that is none',
      [{ email: JANE }, { email: 'nonsense' }],
      [{ contact: 2, failureReason: "Field 'email' incorrect format" }],
    ],
    ['no address', [{}], [{ contact: 1, failureReason: "Field 'email' is required" }]],
    [
      'too many',
      Array.from({ length: 251 }, () => ({ email: JANE })),
      ['Up to 250 contacts may be included in a single request'],
    ],
    [
      'too long',
      [{ email: JANE, first_name: 'x'.repeat(400_000) }],
      ['The payload must be under 400000 bytes'],
    ],
  ])('is refused as a whole for %s', async (_why, contacts, failureReasons) => {
    const { sandbox, later } = await still();
    const reply = await post(sandbox, { contacts });
    const message =
      'JSON payload did not pass validation. Please fix failure Reasons and retry. The import was not queued for processing.';
    expect([reply.status, reply.json]).toEqual([400, { success: 0, message, failureReasons }]);
    later(60_000);
    expect(sandbox.account().contacts).toEqual([]);
  });

  it('has limits of its own for one contact and for several, told in a 400', async () => {
    const { sandbox, later } = await still();
    const several = { contacts: [{ email: JANE }, { email: 'b@example.com' }] };
    for (let place = 0; place < 100; place += 1) expect((await post(sandbox, several)).status).toBe(200);
    const refused = await post(sandbox, several);
    expect([refused.status, at(refused.json, 'message'), at(refused.json, 'failureReasons')]).toEqual([
      400,
      'Rate limit exceeded.',
      [
        'Up to 100 imports may be requested per minute.Please batch contacts into larger requests, or retry this request in a minute.',
      ],
    ]);
    expect((await post(sandbox, { contacts: [{ email: JANE }] })).status).toBe(200);
    later(60_000);
    expect((await post(sandbox, several)).status).toBe(200);
  });
});
