/** What people see of events and deliveries: lists with filters, every try, counts, the stream. */
import type { AddressInfo } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { readStream } from '../../../src/cli/sse.ts';
import { activityStream, startOf } from '../../../src/server/management/stream.ts';
import {
  API_KEY,
  at,
  EVENT_KEY,
  type Fixture,
  INSTALL,
  INSTALL_PATH,
  START_MS,
  startManagement,
  TOKEN,
  textAt,
} from './fixture.ts';

const CONSENT = { context: { consent: { marketing: true } } };
const IDENTIFY = {
  type: 'identify',
  messageId: 'm-identify',
  userId: 'user-123',
  traits: { email: 'Jane@Example.com', first_name: 'Jane' },
  ...CONSENT,
};
const VIEW = {
  type: 'track',
  event: 'Product Viewed',
  messageId: 'm-view',
  userId: 'user-123',
  properties: { product_id: 'mug-1', name: 'Mug', price: 12.5 },
  ...CONSENT,
};
const REFUSED = {
  type: 'track',
  event: 'Product Viewed',
  messageId: 'm-refused',
  userId: 'other',
  context: { consent: { marketing: false } },
};

async function installed(): Promise<Fixture & { readonly integration: string }> {
  const fixture = await startManagement();
  const { body } = await fixture.ask('POST', INSTALL_PATH, INSTALL);
  return { ...fixture, integration: textAt(body, 'pipeline_integration', 'id') };
}

describe('events', () => {
  it('are listed newest first, each with its verdict and its deliveries', async () => {
    const { ask, receive } = await installed();
    await receive(IDENTIFY, REFUSED);
    const { body } = await ask('GET', '/events');
    expect(body).toMatchObject({
      data: [
        {
          message_id: 'm-refused',
          verdicts: [{ state: 'filtered', code: 'CONSENT_DENIED' }],
          deliveries: [],
        },
        {
          message_id: 'm-identify',
          type: 'identify',
          user_id: 'user-123',
          email: 'jane@example.com',
          verdicts: [{ state: 'mapped' }],
          deliveries: [{ action: 'syncContact', state: 'waiting', contacts: ['jane@example.com'] }],
          payload: { traits: { email: 'Jane@Example.com' } },
        },
      ],
      has_more: false,
    });
  });

  it('say in a sentence why nothing was sent', async () => {
    const { ask, receive } = await installed();
    await receive(REFUSED);
    const { body } = await ask('GET', '/events');
    expect(textAt(body, 'data', 0, 'verdicts', 0, 'message')).toContain('refused a consent category');
  });

  const FILTERS: readonly (readonly [string, readonly string[]])[] = [
    ['type=identify', ['m-identify']],
    ['event=Product%20Viewed', ['m-refused', 'm-view']],
    ['user=other', ['m-refused']],
    ['email=%20JANE@example.com', ['m-view', 'm-identify']],
    ['status=filtered', ['m-refused']],
    ['q=product', ['m-refused', 'm-view']],
    ['q=%20user-123%20', ['m-view', 'm-identify']],
    ['q=jane@example.com', ['m-view', 'm-identify']],
    ['q=other&type=track', ['m-refused']],
    ['q=m-view', ['m-view']],
    ['q=nothing', []],
    ['status=waiting', ['m-view', 'm-identify']],
    ['integration_id=pi_9', []],
    [`since=${new Date(START_MS).toISOString()}`, ['m-refused', 'm-view', 'm-identify']],
    [`since=${START_MS + 1}`, []],
    ['limit=1', ['m-refused']],
  ];
  it.each(FILTERS)('with ?%s are %j', async (query, expected) => {
    const { ask, receive } = await installed();
    await receive(IDENTIFY, VIEW, REFUSED);
    const { body } = await ask('GET', `/events?${query}`);
    const rows = at(body, 'data');
    expect(Array.isArray(rows) && rows.map((row) => at(row, 'message_id'))).toEqual(expected);
  });

  it('come in pages that leave nothing out', async () => {
    const { ask, receive } = await installed();
    await receive(IDENTIFY, VIEW, REFUSED);
    const seen: unknown[] = [];
    let query = '?limit=2';
    for (let page = 0; page < 5 && query !== ''; page += 1) {
      const { body } = await ask('GET', `/events${query}`);
      const rows = at(body, 'data');
      if (Array.isArray(rows)) seen.push(...rows.map((row) => at(row, 'message_id')));
      const cursor = at(body, 'next_cursor');
      query = typeof cursor === 'string' ? `?limit=2&cursor=${encodeURIComponent(cursor)}` : '';
    }
    expect(seen).toEqual(['m-refused', 'm-view', 'm-identify']);
  });

  it('are shown one by one, or 404', async () => {
    const { ask, receive } = await installed();
    await receive(IDENTIFY);
    const id = textAt((await ask('GET', '/events')).body, 'data', 0, 'id');
    expect((await ask('GET', `/events/${id}`)).body).toMatchObject({ id, message_id: 'm-identify' });
    expect((await ask('GET', '/events/evt_nothing')).status).toBe(404);
  });

  it.each(['type=jump', 'status=lost', 'since=yesterday', 'limit=none', 'limit=0', 'colour=red'])(
    'with ?%s are refused, naming the parameter',
    async (query) => {
      const { ask } = await startManagement();
      const answer = await ask('GET', `/events?${query}`);
      expect(answer.status).toBe(400);
      expect(at(answer.body, 'error', 'details', 0, 'path')).toBe(query.split('=')[0]);
    },
  );
});

describe('deliveries', () => {
  it('show every try, its request and the next one', async () => {
    const { ask, receive, settle, clock } = await installed();
    await receive(IDENTIFY);
    await settle(({ id }) => ({
      id,
      to: 'waiting',
      untilMs: START_MS + 4000,
      counts: true,
      code: 'SERVER_ERROR',
      message: 'The vendor answered 503.',
    }));
    const { body } = await ask('GET', '/deliveries');
    const id = textAt(body, 'data', 0, 'id');
    expect(at(body, 'data', 0)).toMatchObject({
      state: 'waiting',
      attempts: 1,
      code: 'SERVER_ERROR',
      next_at: new Date(START_MS + 4000).toISOString(),
    });
    clock.nowMs = START_MS + 5000;
    await settle((job) => ({ id: job.id, to: 'delivered', code: 'DELIVERED' }));
    expect((await ask('GET', `/deliveries/${id}`)).body).toMatchObject({
      id,
      state: 'delivered',
      payload: { email: 'jane@example.com', firstName: 'Jane' },
      tries: [
        { outcome: 'retry', code: 'SERVER_ERROR', exchanges: [{ method: 'POST', status: 200 }] },
        { outcome: 'delivered', code: 'DELIVERED' },
      ],
    });
  });

  it.each([
    ['status=waiting', 2],
    ['status=dead', 0],
    ['status=dead,waiting', 2],
    ['status=dead,held', 0],
    ['action=trackEvent', 1],
    ['email=Jane@example.com', 2],
    ['email=joe@example.com', 0],
  ])('with ?%s are %i', async (query, expected) => {
    const { ask, receive } = await installed();
    await receive(IDENTIFY, VIEW);
    expect(at((await ask('GET', `/deliveries?${query}`)).body, 'data')).toHaveLength(expected);
  });

  it.each(['dlv_99', 'dlv_x', '1', 'dlv_1e3'])('named %s are 404', async (id) => {
    const { ask, receive } = await installed();
    await receive(IDENTIFY);
    expect((await ask('GET', `/deliveries/${id}`)).status).toBe(404);
  });
});

describe('counts', () => {
  it('are given by outcome, in buckets', async () => {
    const { ask, receive, settle } = await installed();
    await receive(IDENTIFY, REFUSED);
    await settle(({ id }) => ({ id, to: 'delivered', code: 'DELIVERED' }));
    const { body } = await ask('GET', '/stats?bucket_s=3600');
    const buckets = at(body, 'data');
    expect(Array.isArray(buckets) && buckets.find((bucket) => at(bucket, 'received') !== 0)).toMatchObject({
      received: 2,
      verdicts: { mapped: 1, filtered: 1 },
      deliveries: { delivered: 1 },
    });
  });

  it('of one integration tell its part, with times and requests', async () => {
    const { ask, receive, settle, integration } = await installed();
    await receive(IDENTIFY, REFUSED);
    await settle(({ id }) => ({ id, to: 'delivered', code: 'DELIVERED' }));
    const { body } = await ask('GET', `/stats?bucket_s=3600&integration_id=${integration}`);
    expect(at(body, 'data')).toMatchObject([
      {
        received: 2,
        verdicts: { mapped: 1, filtered: 1 },
        deliveries: { delivered: 1 },
        latency_ms: { p50: 1, p95: 1 },
        requests: 1,
      },
    ]);
    expect(at((await ask('GET', '/stats?integration_id=pi_9')).body, 'data')).toEqual([]);
  });

  it('are not made in more buckets than a chart can show', async () => {
    const { ask } = await startManagement();
    expect((await ask('GET', '/stats?since=2000-01-01T00:00:00Z&bucket_s=60')).status).toBe(400);
  });
});

describe('the stream', () => {
  const PATH = '/v1/admin/events/stream';

  async function listening(): Promise<Fixture & { readonly url: string }> {
    const fixture = await installed();
    await fixture.app.listen({ host: '127.0.0.1', port: 0 });
    const address = fixture.app.server.address() as AddressInfo;
    return { ...fixture, url: `http://127.0.0.1:${address.port}` };
  }

  async function open(url: string, lastEventId?: string): Promise<Response> {
    return fetch(`${url}${PATH}`, {
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
    });
  }

  async function entries(response: Response, count: number) {
    const seen = [];
    if (response.body === null) throw new Error('no body');
    for await (const entry of readStream(response.body)) {
      seen.push(entry);
      if (seen.length === count) break;
    }
    return seen;
  }

  it('tells what happens from now on, without secrets', async () => {
    const { url, receive, settle } = await listening();
    await receive({ ...REFUSED, messageId: 'm-before' });
    const response = await open(url);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reading = entries(response, 2);
    await receive(IDENTIFY);
    await settle(({ id }) => ({ id, to: 'delivered', code: 'DELIVERED' }));
    const seen = await reading;
    expect(seen[0]).toMatchObject({ event: 'event.processed', data: { message_id: 'm-identify' } });
    expect(seen[1]).toMatchObject({ event: 'delivery.updated', data: { action: 'syncContact' } });
    const text = JSON.stringify(seen);
    expect(text).not.toContain(API_KEY);
    expect(text).not.toContain(EVENT_KEY);
  });

  it('goes on after the entry that was seen last, with no gap and nothing twice', async () => {
    const { url, receive } = await listening();
    const first = entries(await open(url), 1);
    await receive(IDENTIFY);
    const [seen] = await first;
    await receive(VIEW, REFUSED);
    const rest = await entries(await open(url, seen?.id), 2);
    expect(rest.map(({ data }) => at(data, 'message_id'))).toEqual(['m-view', 'm-refused']);
  });

  it('says now and then that it is still there, while nothing happens', async () => {
    const { store } = await installed();
    let nowMs = START_MS;
    const clock = {
      now: () => nowMs,
      after: (delayMs: number, run: () => void) => {
        nowMs += delayMs;
        queueMicrotask(run);
        return () => undefined;
      },
    };
    const closing = new AbortController();
    const stream = activityStream({
      store,
      clock,
      after: await startOf(store, undefined),
      closing: closing.signal,
    });
    expect((await stream.next()).value).toMatch(/^retry: \d+\n\n$/);
    for (const minute of [1, 2]) {
      expect((await stream.next()).value).toBe(': still here\n\n');
      expect(nowMs - START_MS).toBeLessThanOrEqual(minute * 60_000);
    }
    closing.abort();
    expect((await stream.next()).done).toBe(true);
  });

  it('looks at the feed when something was committed, and never otherwise', async () => {
    const { store, receive } = await installed();
    const look = vi.spyOn(store.reads, 'activity');
    const closing = new AbortController();
    const waits: number[] = [];
    const clock = {
      now: () => START_MS,
      after: (delayMs: number) => {
        waits.push(delayMs);
        return () => undefined;
      },
    };
    const after = await startOf(store, undefined);
    const stream = activityStream({ store, clock, after, closing: closing.signal });
    await stream.next();
    for (const [index, messageId] of ['m-1', 'm-2', 'm-3'].entries()) {
      const next = stream.next();
      await receive({ ...REFUSED, messageId });
      expect((await next).value).toContain(messageId);
      // One look that found nothing and began to wait, and one for the commit.
      expect(look).toHaveBeenCalledTimes(2 * (index + 1));
    }
    expect(Math.min(...waits)).toBeGreaterThan(1_000);
    const last = stream.next();
    closing.abort();
    expect((await last).done).toBe(true);
  });

  it('begins at its end for a reader that names a position which cannot be', async () => {
    const { store, receive } = await installed();
    await receive(IDENTIFY);
    const head = await store.reads.activityHead();
    expect(await startOf(store, 'nonsense')).toBe(head);
    expect(await startOf(store, String(head + 100))).toBe(head);
    expect(await startOf(store, '0')).toBe(0);
  });

  it('ends when the server closes, so that closing does not wait for readers', async () => {
    const { url, app } = await listening();
    const response = await open(url);
    const reading = response.text();
    await app.close();
    expect(await reading).toContain('retry: ');
  });

  it('is refused without a token', async () => {
    const { url } = await listening();
    expect((await fetch(`${url}${PATH}`)).status).toBe(401);
  });

  it('is refused to a crowd, and open again when one leaves', async () => {
    const { url, ask } = await listening();
    const aborts = Array.from({ length: 32 }, () => new AbortController());
    await Promise.all(
      aborts.map(({ signal }) =>
        fetch(`${url}${PATH}`, { signal, headers: { authorization: `Bearer ${TOKEN}` } }),
      ),
    );
    expect((await ask('GET', '/events/stream')).status).toBe(429);
    for (const abort of aborts) abort.abort();
    await expect.poll(async () => (await openAndLeave(url)).status).toBe(200);
  });

  async function openAndLeave(url: string): Promise<Response> {
    const response = await open(url);
    await response.body?.cancel();
    return response;
  }
});
