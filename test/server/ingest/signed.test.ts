/** Signed server events: the key names the pipeline, the signature proves the sender. */
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sign } from '../../../src/intake/signature.ts';
import { type Fixture, KEY, SECRET, startIngest } from './ingest-fixture.ts';

let server: Fixture;
beforeEach(async () => {
  server = await startIngest();
});
afterEach(() => server.close());

const body = JSON.stringify({ type: 'track', event: 'Order Completed', userId: 'u1' });
const signed = (bytes: Uint8Array, secret = SECRET, timestamp = String(Date.now())) => ({
  'x-signature': sign(secret, timestamp, bytes),
  'x-timestamp': timestamp,
});
const send = (path: string, bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
  fetch(server.url + path, { method: 'POST', body: bytes, headers });
const bytes = Buffer.from(body);
const bearer = { authorization: `Bearer ${KEY}` };

describe('POST /v1/events', () => {
  it.each([
    ['the key as Bearer', '/v1/events', bearer],
    ['the key in the query', `/v1/events?wk=${KEY}`, {}],
  ])('takes a signed event with %s', async (_name, path, headers) => {
    expect((await send(path, bytes, { ...headers, ...signed(bytes) })).status).toBe(200);
    expect(server.events()).toMatchObject([{ type: 'track', event: 'Order Completed' }]);
  });

  it('takes a signed batch', async () => {
    const batch = Buffer.from(`{"events":[${body},${body}]}`);
    expect((await send('/v1/events', batch, { ...bearer, ...signed(batch) })).status).toBe(200);
    expect(server.events()).toHaveLength(2);
  });

  it('takes the signature over the bytes as sent', async () => {
    const compressed = gzipSync(bytes);
    const headers = { ...bearer, ...signed(compressed), 'content-encoding': 'gzip' };
    expect((await send('/v1/events', compressed, headers)).status).toBe(200);
  });

  const old = String(Date.now() - 6 * 60_000);
  it.each([
    ['none', {}],
    ['one of another secret', signed(bytes, 'sk_live_other')],
    ['one of another body', signed(Buffer.from('{}'))],
    ['one that is too old', signed(bytes, SECRET, old)],
    ['one of a time that was changed', { ...signed(bytes, SECRET, old), 'x-timestamp': String(Date.now()) }],
  ])('with the signature %s is 401, and nothing is stored', async (_name, headers) => {
    const answer = await send('/v1/events', bytes, { ...bearer, ...headers });
    expect([answer.status, await answer.json()]).toMatchObject([
      401,
      { error: { code: 'INVALID_SIGNATURE' } },
    ]);
    expect(server.events()).toEqual([]);
  });
});

describe('a signature on another route', () => {
  it('is not needed, but counts where it is there', async () => {
    expect((await send('/v1/t', bytes, bearer)).status).toBe(200);
    expect((await send('/v1/t', bytes, { ...bearer, ...signed(bytes) })).status).toBe(200);
    expect((await send('/v1/t', bytes, { ...bearer, ...signed(bytes, 'other') })).status).toBe(401);
  });
});
