/** The published @segment/analytics-node, unmodified, pointed here by `host`: for every answer of ours it keeps or drops events as we mean it. */
import { Analytics, type AnalyticsSettings } from '@segment/analytics-node';
import { afterEach, describe, expect, it } from 'vitest';
import { Failure } from '../../../src/event/failure.ts';
import { type FaultyLine, faultyLine } from './faulty-line.ts';
import { type Fixture, type FixtureOptions, KEY, startIngest } from './ingest-fixture.ts';

let server: Fixture;
let line: FaultyLine | undefined;
let requests = 0;
afterEach(async () => {
  await line?.close();
  line = undefined;
  await server.close();
});

async function start(options?: FixtureOptions): Promise<void> {
  server = await startIngest(options);
  requests = 0;
  server.app.server.on('request', () => {
    requests += 1;
  });
}

interface Client {
  readonly analytics: Analytics;
  readonly errors: unknown[];
  /** Resolves with the first error, or after everything was sent. */
  finish(): Promise<void>;
}

function client(settings: Partial<AnalyticsSettings> = {}): Client {
  const analytics = new Analytics({ writeKey: KEY, host: server.url, flushInterval: 50, ...settings });
  const errors: unknown[] = [];
  analytics.on('error', (error) => errors.push(error));
  return { analytics, errors, finish: () => analytics.closeAndFlush({ timeout: 20_000 }) };
}

const names = (): readonly (string | undefined)[] => server.events().map(({ event }) => event);

describe('analytics-node', () => {
  it('delivers every kind of call, with what it says', async () => {
    await start();
    const { analytics, errors, finish } = client();
    const timestamp = new Date(Date.now() - 3_600_000);
    analytics.track({ userId: 'u1', event: 'Order Completed', properties: { revenue: 9.5 }, timestamp });
    analytics.identify({ userId: 'u1', traits: { email: 'jane@example.com' } });
    analytics.page({
      anonymousId: 'a1',
      name: 'Home',
      category: 'Shop',
      properties: { url: 'https://x.example' },
    });
    analytics.screen({ anonymousId: 'a1', name: 'Start' });
    analytics.group({ userId: 'u1', groupId: 'g1', traits: { name: 'ACME' } });
    analytics.alias({ userId: 'u2', previousId: 'u1' });
    await finish();
    expect(errors).toEqual([]);
    expect(server.events()).toMatchObject([
      { type: 'track', event: 'Order Completed', userId: 'u1', properties: { revenue: 9.5 } },
      { type: 'identify', userId: 'u1', traits: { email: 'jane@example.com' } },
      {
        type: 'page',
        anonymousId: 'a1',
        name: 'Home',
        category: 'Shop',
        properties: { url: 'https://x.example' },
      },
      { type: 'screen', anonymousId: 'a1', name: 'Start' },
      { type: 'group', userId: 'u1', groupId: 'g1', traits: { name: 'ACME' } },
      { type: 'alias', userId: 'u2', previousId: 'u1' },
    ]);
    const [track] = server.events();
    expect(Math.abs(Date.parse(track?.timestamp ?? '') - timestamp.getTime())).toBeLessThan(5_000);
    expect(track?.messageId).toMatch(/^node-next-/);
    expect(track?.context).not.toHaveProperty('governance');
  });

  it('delivers hundreds in batches, each once, in order', async () => {
    await start();
    const { analytics, errors, finish } = client({ flushAt: 20 });
    const expected = Array.from({ length: 300 }, (_, index) => `Event ${index}`);
    for (const event of expected) analytics.track({ userId: 'u1', event });
    await finish();
    expect(errors).toEqual([]);
    expect([...names()].sort()).toEqual([...expected].sort());
    expect(requests).toBe(15);
  });
});

describe('the reaction table', () => {
  it('200: a batch with one bad event is a success for the others', async () => {
    await start();
    const { analytics, errors, finish } = client();
    analytics.track({ userId: 'x'.repeat(600), event: 'Bad' });
    analytics.track({ userId: 'u1', event: 'Good' });
    await finish();
    expect([errors, names(), requests]).toEqual([[], ['Good'], 1]);
  });

  it('3xx: a path with a slash at its end is no redirect, so nothing is lost on the way', async () => {
    await start();
    const { analytics, errors, finish } = client({ path: '/v1/batch/' });
    analytics.track({ userId: 'u1', event: 'Slash' });
    await finish();
    expect([errors, names(), requests]).toEqual([[], ['Slash'], 1]);
  });

  it('401: a wrong key is reported and not repeated', async () => {
    await start();
    const { analytics, errors, finish } = client({ writeKey: 'dk_live_wrong' });
    analytics.track({ userId: 'u1', event: 'A' });
    await finish();
    expect([errors.length, names(), requests]).toEqual([1, [], 1]);
  });

  it('413: a batch that is too large is reported and not repeated', async () => {
    await start({ limits: { maxPayloadSize: 2_000 } });
    const { analytics, errors, finish } = client();
    analytics.track({ userId: 'u1', event: 'A', properties: { filler: 'x'.repeat(3_000) } });
    await finish();
    expect([errors.length, names(), requests]).toEqual([1, [], 1]);
  });

  it('429: waits as long as it is told, then delivers', async () => {
    await start({ pipeline: { rateLimitRps: 1 } });
    const { analytics, errors, finish } = client({ flushAt: 1 });
    const startedAt = performance.now();
    for (const event of ['1', '2', '3']) analytics.track({ userId: 'u1', event });
    await finish();
    expect(errors).toEqual([]);
    expect([...names()].sort()).toEqual(['1', '2', '3']);
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  it('503: tries again until the disk takes it', async () => {
    await start();
    const { analytics, errors, finish } = client();
    server.log.failure = new Failure('STORE_UNAVAILABLE', 'The disk is full.');
    server.app.server.on('request', () => {
      if (requests === 2) server.log.failure = undefined;
    });
    analytics.track({ userId: 'u1', event: 'A' });
    await finish();
    expect([errors, names(), requests]).toEqual([[], ['A'], 2]);
  });

  it('no connection: tries again', async () => {
    await start();
    line = await faultyLine(server.port);
    line.fail(1, 'request cut');
    const { analytics, errors, finish } = client({ host: line.url });
    analytics.track({ userId: 'u1', event: 'A' });
    await finish();
    expect([errors, names(), requests]).toEqual([[], ['A'], 1]);
  });

  it('no answer although it was stored: tries again, and it counts once', async () => {
    await start();
    line = await faultyLine(server.port);
    line.fail(1, 'answer cut');
    const { analytics, errors, finish } = client({ host: line.url });
    analytics.track({ userId: 'u1', event: 'A' });
    await finish();
    expect([errors, names(), requests]).toEqual([[], ['A'], 2]);
  });

  it('408: a request that came too slowly is repeated', async () => {
    await start({ connections: { headersTimeoutMs: 100, requestTimeoutMs: 200 } });
    line = await faultyLine(server.port);
    line.fail(1, 'stalled');
    const { analytics, errors, finish } = client({ host: line.url });
    const statuses: unknown[] = [];
    analytics.on('http_response', ({ status }) => statuses.push(status));
    analytics.track({ userId: 'u1', event: 'A' });
    await finish();
    expect([errors, names(), statuses]).toEqual([[], ['A'], [408, 200]]);
  });
});
