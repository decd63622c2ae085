/** The route that vendors post to: which answer each post gets, and that its address is nowhere told. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { activecampaign } from '../../../src/activecampaign/destination.ts';
import { systemRandom } from '../../../src/clock.ts';
import { createInboundReceiver } from '../../../src/inbound/receiver.ts';
import { createAddressTokens } from '../../../src/inbound/token.ts';
import { governanceOf } from '../../../src/intake/governance.ts';
import { inboundPath } from '../../../src/server/ingest/inbound-route.ts';
import { form } from '../../inbound/form.ts';
import type { MemoryLog } from '../../intake/memory-log.ts';
import { type Fixture, type FixtureOptions, startIngest } from './ingest-fixture.ts';

const tokens = createAddressTokens(new Uint8Array(32));
const TOKEN = tokens.of('pi_1');
const PATH = inboundPath('pi_1', TOKEN);
const BODY = form({
  type: 'unsubscribe',
  list: '2',
  'contact[id]': '3',
  'contact[email]': 'jane@example.com',
});
const TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

const receiver = (log: MemoryLog) =>
  createInboundReceiver({
    log,
    random: systemRandom,
    tokens,
    endpoint: async (id) =>
      id === 'pi_1'
        ? {
            pipeline: { id: 'pip_1', governance: governanceOf({}) },
            account: 'acme.example',
            read: (body) => activecampaign.inbound?.read(body),
            forget: () => undefined,
          }
        : undefined,
  });

let server: Fixture | undefined;
afterEach(async () => server?.close());

async function start(options: FixtureOptions = {}): Promise<Fixture> {
  server = await startIngest({ inbound: receiver, ...options });
  return server;
}

describe('a post to the secret address', () => {
  it('is 200 once it is in the log, and once more when it comes again', async () => {
    const { post, events } = await start();
    for (let sent = 0; sent < 2; sent++) {
      const answer = await post(PATH, BODY, TYPE);
      expect([answer.status, await answer.json()]).toEqual([200, { success: true, recorded: true }]);
      expect(events()).toMatchObject([
        { event: 'ActiveCampaign Unsubscribed', properties: { email: 'jane@example.com', list: '2' } },
      ]);
    }
  });

  it('that says nothing is 200 and leaves nothing', async () => {
    const { post, events } = await start();
    for (const body of ['', 'x', '%E0%A4%A', 'type=deal_add']) {
      const answer = await post(PATH, body, TYPE);
      expect([answer.status, await answer.json()]).toEqual([200, { success: true, recorded: false }]);
    }
    expect(events()).toEqual([]);
  });

  it('is 503 with Retry-After when the disk fails', async () => {
    const { post, log, events } = await start();
    log.failure = new Error('SQLITE_FULL');
    const answer = await post(PATH, BODY, TYPE);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    log.failure = undefined;
    expect(events()).toEqual([]);
    expect((await post(PATH, BODY, TYPE)).status).toBe(200);
  });

  it('is 413 above the limit', async () => {
    const { post } = await start({ limits: { maxPayloadSize: 1_000 } });
    expect((await post(PATH, `${BODY}&note=${'a'.repeat(1_000)}`, TYPE)).status).toBe(413);
  });
});

describe('a wrong address', () => {
  it.each([
    inboundPath('pi_1', tokens.of('pi_2')),
    inboundPath('pi_2', tokens.of('pi_2')),
    inboundPath('pi_1', `${TOKEN}A`),
    inboundPath('pi_1', 'x'.repeat(300)),
    inboundPath('..%2f', '%00'),
    inboundPath('pi_1', '%E0%A4%A'),
    '/v1/inbound/pi_1',
  ])('is never a redirect and never 410: %s', async (path) => {
    const { post, events } = await start();
    const answer = await post(path, BODY, TYPE);
    expect([400, 404]).toContain(answer.status);
    expect(events()).toEqual([]);
  });

  it('with the wrong token is 404 and looks like one that is not there', async () => {
    const { post } = await start();
    const told = async (path: string) => {
      const answer = await post(path, BODY, TYPE);
      return [answer.status, await answer.text()];
    };
    const nowhere = await told('/nowhere');
    expect(nowhere[0]).toBe(404);
    expect(await told(inboundPath('pi_1', 'wrong'))).toEqual(nowhere);
    expect(await told(inboundPath('pi_9', tokens.of('pi_9')))).toEqual(nowhere);
  });
});

it('the address, the people and what they wrote are in no line of the log', async () => {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const { post, log } = await start({ logger: pino({ level: 'trace' }, stream) });
  await post(PATH, BODY, TYPE);
  await post(`${PATH}/more`, BODY, TYPE);
  await post(`${PATH}%`, BODY, TYPE);
  await fetch(`${server?.url}${PATH}`);
  log.failure = new Error('SQLITE_FULL');
  await post(PATH, BODY, TYPE);
  expect(lines.join('')).toContain('SQLITE_FULL');
  expect(lines.join('')).not.toMatch(new RegExp(`${TOKEN}|v1/inbound|jane`));
});
