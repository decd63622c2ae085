/** The main job, end to end: install, send, see it in the account. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeTour } from '../../src/tour.ts';
import { eventually, type Json, NO, SANDBOX_CONFIG, type Service, startService, YES } from './harness.ts';

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(async () => {
  await service.close();
});

const names = (): string[] => service.sandbox.account().events.map(({ event }) => event);
const identify = (email: string, more: object = {}): object => ({
  type: 'identify',
  userId: 'user-123',
  traits: { email, first_name: 'Jane', last_name: 'Doe' },
  context: YES,
  ...more,
});

async function deliveries(): Promise<Json[]> {
  return (await service.admin('GET', '/deliveries?limit=100')).body.data;
}

describe('the tour', () => {
  it('shows a contact with names and phone, and page_view, product_viewed, purchase on it', async () => {
    const lines: string[] = [];
    await takeTour({
      ...service,
      ...service.secrets,
      sandboxUrl: service.sandbox.url,
      say: (line) => lines.push(line),
    });
    await eventually(() => expect(names()).toEqual(['page_view', 'product_viewed', 'purchase']));
    const [contact, ...others] = service.sandbox.account().contacts;
    expect(contact).toMatchObject({
      email: 'jane@example.com',
      firstName: 'Jane',
      lastName: 'Doe',
      phone: '+15551234567',
    });
    expect(others).toEqual([]);
    expect(service.sandbox.account().events.map(({ email }) => email)).toEqual(
      Array(3).fill('jane@example.com'),
    );
    expect(service.sandbox.account().events.at(-1)?.eventdata).toMatch(
      /consent=\S*\bmarketing\b.*order_id=o-991; revenue=25; currency=EUR/,
    );
  });
});

describe('install', () => {
  const page = {
    name: 'ActiveCampaign',
    variant: 'default',
    config: {
      api_url: 'https://your-account.api-us1.com',
      api_key: 'your-api-key',
      event_tracking_account_id: '12345',
      event_tracking_key: 'your-event-key',
    },
    delivery_mode: 'server_side',
  };

  it('takes the page’s body as it stands, once per name', async () => {
    const first = await service.admin('POST', '/integration-catalog/activecampaign/install', page);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      template: { name: 'ActiveCampaign' },
      revision: { revision_number: 1 },
      pipeline_integration: { enabled: true },
    });
    const second = await service.admin('POST', '/integration-catalog/activecampaign/install', page);
    expect(second).toMatchObject({ status: 409, body: { error: { code: 'NAME_TAKEN' } } });
  });

  it.each([
    [
      'one tracking field without the other',
      { ...page, config: { ...page.config, event_tracking_key: undefined } },
      'event_tracking_key',
    ],
    ['no key', { ...page, config: { ...page.config, api_key: undefined } }, 'api_key'],
    [
      'an address that is not https',
      { ...page, config: { ...page.config, api_url: 'http://your-account.api-us1.com' } },
      'api_url',
    ],
    ['an unknown variant', { ...page, variant: 'nope' }, 'variant'],
  ])('refuses %s with an entry for the field, and stores nothing', async (_name, body, field) => {
    const { status, body: answer } = await service.admin(
      'POST',
      '/integration-catalog/activecampaign/install',
      body,
    );
    expect(status).toBe(422);
    expect(answer.error.details.map(({ path }: { path: string }) => path).join()).toContain(field);
    expect((await service.admin('GET', '/integration-templates')).body.data).toEqual([]);
  });

  it('in contact-only mode syncs contacts and says why events are skipped', async () => {
    await service.install({
      config: { event_tracking_account_id: undefined, event_tracking_key: undefined },
    });
    await service.send(identify('jane@example.com'), { type: 'page', userId: 'user-123', context: YES });
    await eventually(() => expect(service.sandbox.account().contacts).toHaveLength(1));
    await eventually(async () => {
      const { data } = (await service.admin('GET', '/events?type=page')).body;
      expect(JSON.stringify(data)).toContain('ACTION_UNAVAILABLE');
    });
    expect(names()).toEqual([]);
  });
});

describe('addresses', () => {
  it('in any case and with white space are one contact; a quote or a plus breaks nothing', async () => {
    await service.install();
    await service.send(
      identify('  Jane@Example.COM '),
      identify('jane@example.com', { traits: { email: 'jane@example.com', phone: '1' } }),
    );
    await service.send(
      { ...identify('"q+x"@example.com'), userId: 'u2' },
      { type: 'track', event: 'Product Viewed', userId: 'u2', context: YES },
    );
    await eventually(() => expect(names()).toEqual(['product_viewed']));
    const emails = service.sandbox.account().contacts.map(({ email }) => email);
    expect(emails.sort()).toEqual(['"q+x"@example.com', 'jane@example.com']);
    expect(service.sandbox.account().events[0]?.email).toBe('"q+x"@example.com');
  });
});

describe('consent', () => {
  it('that is missing or refused keeps an event from the account, and the event is listed as filtered', async () => {
    await service.install();
    await service.send(
      identify('no@example.com', { userId: 'n', context: NO }),
      identify('silent@example.com', { userId: 's', context: {} }),
      identify('yes@example.com'),
    );
    await eventually(() =>
      expect(service.sandbox.account().contacts.map(({ email }) => email)).toEqual(['yes@example.com']),
    );
    const { data } = (await service.admin('GET', '/events?status=filtered')).body;
    expect(data).toHaveLength(2);
    expect(JSON.stringify(data)).toContain('CONSENT_DENIED');
    expect(JSON.stringify(data)).toContain('CONSENT_UNKNOWN');
    expect(
      service.sandbox.requests().some(({ body }) => JSON.stringify(body ?? '').includes('no@example.com')),
    ).toBe(false);
  });

  it('that is withdrawn while a job waits stops it', async () => {
    await service.install();
    service.sandbox.faults([
      { path: '/api/3/contact/sync', times: 1, respond: { status: 429, headers: { 'retry-after': '2' } } },
    ]);
    await service.send(identify('jane@example.com'));
    await eventually(() => expect(service.sandbox.requests()).toHaveLength(1));
    await service.send({ type: 'track', event: 'Anything', userId: 'user-123', context: NO });
    await eventually(async () =>
      expect(await deliveries()).toMatchObject([{ state: 'filtered', code: 'CONSENT_WITHDRAWN' }]),
    );
    expect(service.sandbox.account().contacts).toEqual([]);
  });
});

describe('a limit of the account', () => {
  it('answered five times with Retry-After: 2 delays everything, never early, and everything arrives once', async () => {
    await service.install();
    service.sandbox.faults([{ times: 5, respond: { status: 429, headers: { 'retry-after': '2' } } }]);
    await service.send(identify('jane@example.com'), {
      type: 'track',
      event: 'Order Completed',
      userId: 'user-123',
      properties: { order_id: 'o1', total: 5 },
      context: YES,
    });
    await eventually(() => expect(names()).toEqual(['purchase']));
    const requests = service.sandbox.requests();
    const refusals = requests.filter(({ status }) => status === 429);
    expect(refusals).toHaveLength(5);
    for (const refusal of refusals) {
      const next = requests[requests.indexOf(refusal) + 1];
      expect((next?.at_ms ?? 0) - refusal.at_ms).toBeGreaterThanOrEqual(2_000);
    }
    expect(requests.filter(({ status }) => status !== null && status < 300)).toHaveLength(2);
    // The answer is settled a moment after the account shows what arrived.
    await eventually(async () =>
      expect((await deliveries()).map(({ attempts }) => attempts)).toEqual([1, 1]),
    );
  });
});

describe('secrets', () => {
  it('are nowhere in the database, the log, the answers or the stream', async () => {
    const canary = { api_key: 'canary-api-key-0000', event_tracking_key: 'canary-event-key-0000' };
    await service.install({ config: canary });
    await service.send(identify('jane@example.com'));
    await eventually(() => expect(service.sandbox.requests().length).toBeGreaterThan(0));
    await eventually(async () => expect((await deliveries()).length).toBeGreaterThan(0));
    const [delivery] = await deliveries();
    const answers = await Promise.all(
      [
        '/integration-templates',
        '/integration-catalog',
        '/pipelines',
        '/pipeline-integrations',
        '/events',
        '/deliveries',
        `/deliveries/${delivery.id}`,
      ].map((path) => service.admin('GET', path)),
    );
    for (const { status } of answers) expect(status).toBe(200);
    const stream = await readStream(`${service.adminUrl}/v1/admin/events/stream`, service.secrets.adminToken);
    await service.runtime.stop();
    const files = readdirSync(service.dataDir).map((name) =>
      readFileSync(join(service.dataDir, name)).toString('latin1'),
    );
    for (const [place, text] of Object.entries({
      files: files.join(),
      log: service.log(),
      answers: JSON.stringify(answers),
      stream,
    })) {
      for (const secret of Object.values(canary)) expect(text.includes(secret), place).toBe(false);
    }
    expect(service.log()).toContain('delivery.attempted');
    expect(service.log()).not.toContain('jane@example.com');
  });
});

/** The first events of the stream from its beginning. */
async function readStream(url: string, token: string): Promise<string> {
  const abort = new AbortController();
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}`, 'last-event-id': '0' },
    signal: abort.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('delivery.updated')) {
    const { value, done } = (await reader?.read()) ?? { done: true, value: '' };
    if (done) break;
    text += value;
  }
  abort.abort();
  return text;
}

describe('a restart', () => {
  it('keeps what waits, in order, and the pause of the account', async () => {
    await service.install();
    service.sandbox.faults([{ times: 1, respond: { status: 503, headers: { 'retry-after': '3' } } }]);
    await service.send(identify('jane@example.com'));
    await eventually(() => expect(service.sandbox.requests()).toHaveLength(1));
    await service.restart();
    await eventually(() => expect(service.sandbox.account().contacts).toHaveLength(1));
    const [refused, next] = service.sandbox.requests();
    expect((next?.at_ms ?? 0) - (refused?.at_ms ?? 0)).toBeGreaterThanOrEqual(3_000);
  });
});

describe('credentials', () => {
  it('that are refused stop the integration; new ones start it again at once', async () => {
    const { template } = await service.install({ config: { api_key: 'wrong' } });
    service.sandbox.faults([{ path: '/api/3/contact/sync', times: 1, respond: { status: 401 } }]);
    await service.send(identify('jane@example.com'));
    await eventually(async () => expect(await deliveries()).toMatchObject([{ code: 'CREDENTIALS_REFUSED' }]));
    const revised = await service.admin('POST', `/integration-templates/${template.id}/revisions`, {
      config: { api_url: service.sandbox.url, ...SANDBOX_CONFIG },
      change_summary: 'Right key',
    });
    expect(revised.status, JSON.stringify(revised.body)).toBe(201);
    await eventually(() => expect(service.sandbox.account().contacts).toHaveLength(1));
  });
});
