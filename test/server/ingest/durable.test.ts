/** Ingestion over the embedded database: a 200 means that the event is there after everything is closed and opened again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../../src/clock.ts';
import { createInboundReceiver } from '../../../src/inbound/receiver.ts';
import { createAddressTokens } from '../../../src/inbound/token.ts';
import { governanceOf } from '../../../src/intake/governance.ts';
import { inboundPath } from '../../../src/server/ingest/inbound-route.ts';
import { buildIngestServer } from '../../../src/server/ingest/ingest-server.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/store/sqlite/open.ts';
import { KEY, PIPELINE } from './ingest-fixture.ts';

const tokens = createAddressTokens(new Uint8Array(32));
let folder: string;
let store: SqliteStore;
let app: FastifyInstance;
let url: string;
/** While true, the disk refuses every commit. */
let isDiskFull: boolean;

async function open(): Promise<void> {
  store = openSqliteStore({
    path: join(folder, 'signal.db'),
    clock: systemClock,
    dedupeDays: 28,
    retentionDays: 30,
    parkPerVisitor: 100,
    commit: (run) => {
      if (isDiskFull) throw new Error('SQLITE_FULL');
      run();
    },
  });
  app = buildIngestServer({
    store,
    pipelines: { byKey: async (key) => (key === KEY ? PIPELINE : undefined) },
    clock: systemClock,
    random: systemRandom,
    limits: { maxBatchSize: 500, maxPayloadSize: 524_288, rateLimitRps: 10_000, corsOrigins: ['*'] },
    inbound: createInboundReceiver({
      log: store.log,
      random: systemRandom,
      tokens,
      endpoint: async () => ({
        pipeline: { id: PIPELINE.id, governance: governanceOf({}) },
        account: 'acme.example',
        read: (body) => ({ type: 'left', event: body, subject: 'contact:1', properties: {} }),
        forget: () => undefined,
      }),
    }),
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
}

async function close(): Promise<void> {
  await app.close();
  await store.close();
}

beforeEach(async () => {
  isDiskFull = false;
  folder = await mkdtemp(join(tmpdir(), 'ingest-'));
  await open();
});
afterEach(async () => {
  await close();
  await rm(folder, { recursive: true });
});

const send = (path: string, body: unknown) =>
  fetch(url + path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${KEY}` },
  });
const track = (messageId: string) => ({ type: 'track', event: 'A', userId: 'u', messageId });
const stored = async () => (await store.log.read(0, 5_000)).map(({ event }) => event.messageId);

describe('over the embedded database', () => {
  it('concurrent requests are all stored, once each, and survive a restart with their messageIds', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `m${index}`);
    const answers = await Promise.all([...ids, ...ids].map((id) => send('/v1/t', track(id))));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    await close();
    await open();
    expect([...(await stored())].sort()).toEqual([...ids].sort());
    expect((await send('/v1/t', track('m7'))).status).toBe(200);
    expect(await stored()).toHaveLength(200);
  });

  it('a batch is stored in its own order', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `m${index}`);
    await send('/v1/batch', { batch: ids.map(track) });
    expect(await stored()).toEqual(ids);
  });

  it('a full disk is 503 for everybody in the same commit, and nothing of it is there afterwards', async () => {
    isDiskFull = true;
    const answers = await Promise.all(['a', 'b', 'c'].map((id) => send('/v1/t', track(id))));
    expect(answers.map((answer) => [answer.status, answer.headers.has('retry-after')])).toEqual(
      answers.map(() => [503, true]),
    );
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
    isDiskFull = false;
    expect(await stored()).toEqual([]);
    expect((await send('/v1/t', track('a'))).status).toBe(200);
    expect(await stored()).toEqual(['a']);
  });

  it('what a vendor posts is there after a restart, once, and a full disk is 503 for it too', async () => {
    const post = (body: string) =>
      fetch(url + inboundPath('pi_1', tokens.of('pi_1')), { method: 'POST', body });
    const events = async () => (await store.log.read(0, 10)).map(({ event }) => event.event);
    const [first, again] = await Promise.all([post('Left'), post('Left')]);
    expect([first.status, again.status]).toEqual([200, 200]);
    isDiskFull = true;
    const refused = await post('Lost');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    isDiskFull = false;
    await close();
    await open();
    expect((await post('Left')).status).toBe(200);
    expect(await events()).toEqual(['Left']);
  });

  it('the event comes back from the log as it was parsed', async () => {
    const properties = { total: 9.5, text: 'ü😀\u0000', list: [null, true, { a: 1 }] };
    await send('/v1/t', { ...track('m'), properties, context: { consent: { marketing: true } } });
    expect((await store.log.read(0, 1))[0]).toMatchObject({
      pipelineId: PIPELINE.id,
      event: { type: 'track', properties, context: { consent: { marketing: true } } },
    });
  });
});
