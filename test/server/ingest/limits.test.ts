/** How much is taken in, how fast, and what happens above. */
import { request } from 'node:http';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/clock.ts';
import { type Fixture, type FixtureOptions, KEY, startIngest } from './ingest-fixture.ts';

let server: Fixture;
afterEach(() => server.close());
const start = async (options?: FixtureOptions): Promise<void> => {
  server = await startIngest(options);
};

const event = (members: object = {}) => ({ event: 'A', userId: 'u', ...members });
const bearer = { authorization: `Bearer ${KEY}` };

async function sendBytes(path: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string>) {
  const answer = await fetch(server.url + path, { method: 'POST', body, headers: { ...bearer, ...headers } });
  return { status: answer.status, body: await answer.json() };
}

describe('a body', () => {
  it.each([
    undefined,
    'text/plain',
    'application/json',
    'application/x-www-form-urlencoded',
    'image/png',
    'nonsense',
  ])('is read as JSON whatever its type: %s', async (type) => {
    await start();
    const { status } = await sendBytes(
      '/v1/t',
      Buffer.from(JSON.stringify(event())),
      type === undefined ? {} : { 'content-type': type },
    );
    expect([status, server.events().length]).toEqual([200, 1]);
  });

  it('in chunks of unknown length is read whole', async () => {
    await start();
    const { status } = await raw('/v1/t', [
      JSON.stringify(event()).slice(0, 9),
      JSON.stringify(event()).slice(9),
    ]);
    expect([status, server.events().length]).toEqual([200, 1]);
  });

  it.each([
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', (bytes: Buffer) => bytes],
  ])('may be compressed: %s', async (encoding, compress) => {
    await start();
    const bytes = Buffer.from(compress(Buffer.from(JSON.stringify(event()))));
    expect(await sendBytes('/v1/t', bytes, { 'content-encoding': encoding })).toEqual({
      status: 200,
      body: { success: true },
    });
  });

  it.each([
    ['gzip', deflateRawSync(Buffer.from('{}'))],
    ['gzip', Buffer.from('{}')],
    ['zstd', Buffer.from('{}')],
  ])('that cannot be decompressed is a 400: %s', async (encoding, bytes) => {
    await start();
    const { status, body } = await sendBytes('/v1/t', bytes, { 'content-encoding': encoding });
    expect([status, body.error.code]).toEqual([400, 'INVALID_REQUEST']);
  });

  it.each(['', '{', 'null x', '{"a":1}}', '\u0000', '{"userId":"u",}'])(
    'that is not JSON is a 400: %j',
    async (text) => {
      await start();
      const answer = await server.post('/v1/t', text);
      expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: 'INVALID_JSON' } }]);
    },
  );

  it.each(['null', '[]', '"text"', '7', '[[[]]]'])('that is JSON but no event is a 400: %s', async (text) => {
    await start();
    expect((await server.post('/v1/t', text)).status).toBe(400);
    expect((await server.post('/v1/batch', text)).status).toBe(400);
    expect((await server.post('/v1/t', text, {})).status).toBe(401);
  });
});

describe('size', () => {
  const limits = { maxPayloadSize: 20_000 };
  const sized = (bytes: number): string => {
    const batch = (filler: string) => JSON.stringify({ filler, events: [{ type: 'track', ...event() }] });
    return batch('x'.repeat(bytes - batch('').length));
  };

  it('up to the limit is taken, one byte more is 413', async () => {
    await start({ limits });
    expect((await server.post('/v1/batch', sized(20_000))).status).toBe(200);
    const answer = await server.post('/v1/batch', sized(20_001));
    expect([answer.status, await answer.json()]).toMatchObject([
      413,
      { error: { code: 'PAYLOAD_TOO_LARGE' } },
    ]);
    expect(server.events()).toHaveLength(1);
  });

  it('may be raised above what the framework allows by itself', async () => {
    await start({ limits: { maxPayloadSize: 3_000_000 } });
    expect((await server.post('/v1/batch', sized(2_500_000))).status).toBe(200);
  });

  it('is counted, not believed: chunks without a length', async () => {
    await start({ limits });
    const { status } = await raw('/v1/batch', [sized(15_000), ' '.repeat(6_000)]);
    expect(status).toBe(413);
  });

  it('that is far too large is answered while it is still coming', async () => {
    await start({ limits });
    const { status } = await raw(
      '/v1/batch',
      Array.from({ length: 12 }, () => ' '.repeat(1024 * 1024)),
    );
    expect(status).toBe(413);
  });

  it('is counted after decompression: a bomb is 413, and the others are served meanwhile', async () => {
    await start();
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024, 0x20), { level: 9 });
    expect(bomb.length).toBeLessThan(524_288);
    const bombs = Array.from({ length: 8 }, () => sendBytes('/v1/t', bomb, { 'content-encoding': 'gzip' }));
    const others = await Promise.all(Array.from({ length: 50 }, () => server.post('/v1/t', event())));
    expect(others.map((answer) => answer.status)).toEqual(others.map(() => 200));
    expect((await Promise.all(bombs)).map((answer) => answer.status)).toEqual(bombs.map(() => 413));
  });

  it('of one event in a batch spoils that event alone', async () => {
    await start();
    const large = {
      type: 'track',
      ...event({ properties: { list: Array.from({ length: 5 }, () => 'x'.repeat(8_000)) } }),
    };
    const answer = await server.post('/v1/batch', { batch: [large, { type: 'track', ...event() }] });
    expect(await answer.json()).toMatchObject({
      accepted: 1,
      rejected: [{ index: 0, code: 'EVENT_TOO_LARGE' }],
    });
  });

  it('of depth is no danger: half a megabyte of brackets is a 400', async () => {
    await start();
    const depth = 80_000;
    const deep = `{"event":"A","userId":"u","properties":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`;
    const answer = await server.post('/v1/t', deep);
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { error: { details: [{ code: 'EVENT_TOO_DEEP' }] } },
    ]);
    expect((await server.post('/v1/t', '['.repeat(500_000))).status).toBe(400);
  });
});

describe('the rate', () => {
  const stoppedClock = () => {
    let nowMs = Date.parse('2026-03-01T12:00:00Z');
    const clock: Clock = { now: () => nowMs, after: () => () => {} };
    const advance = (ms: number): void => {
      nowMs += ms;
    };
    return { clock, advance };
  };
  const statuses = async (count: number): Promise<number[]> => {
    const found: number[] = [];
    for (let sent = 0; sent < count; sent++) found.push((await server.post('/v1/t', event())).status);
    return found;
  };

  it('of a key is so many requests a second, then 429 with Retry-After, then again', async () => {
    const { clock, advance } = stoppedClock();
    await start({ clock, limits: { rateLimitRps: 2 } });
    expect(await statuses(3)).toEqual([200, 200, 429]);
    const answer = await server.post('/v1/t', event());
    expect([answer.headers.get('retry-after'), await answer.json()]).toMatchObject([
      '1',
      { error: { code: 'RATE_LIMITED' } },
    ]);
    advance(500);
    expect(await statuses(2)).toEqual([200, 429]);
    advance(60_000);
    expect(await statuses(3)).toEqual([200, 200, 429]);
  });

  it('is the pipeline’s own where it names one, and each has its own', async () => {
    const { clock } = stoppedClock();
    await start({ clock, pipeline: { rateLimitRps: 1 } });
    expect(await statuses(2)).toEqual([200, 429]);
  });

  it('is not used up by wrong keys', async () => {
    const { clock } = stoppedClock();
    await start({ clock, pipeline: { rateLimitRps: 1 } });
    expect((await server.post('/v1/t', event(), { authorization: 'Bearer wrong' })).status).toBe(401);
    expect(await statuses(1)).toEqual([200]);
  });
});

/** A request whose body goes out in these chunks, without a Content-Length. */
function raw(path: string, chunks: readonly string[]): Promise<{ status: number | undefined }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(server.url + path, { method: 'POST', headers: bearer }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode });
    });
    outgoing.on('error', reject);
    const next = (index: number): void => {
      const chunk = chunks[index];
      if (chunk === undefined) outgoing.end();
      else outgoing.write(chunk, () => next(index + 1));
    };
    next(0);
  });
}
