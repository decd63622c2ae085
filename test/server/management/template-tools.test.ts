/** What can be asked of an installed integration: actions, the account's choices, a test of changed settings, going on, what a draft changes. */
import { describe, expect, it } from 'vitest';
import { activecampaign } from '../../../src/activecampaign/destination.ts';
import { compileDestination } from '../../../src/destination/compile.ts';
import type { TransportRequest } from '../../../src/destination/transport.ts';
import { createVendor } from '../../../src/runtime/vendors.ts';
import {
  ACCOUNT,
  API_KEY,
  at,
  EVENT_KEY,
  type Fixture,
  INSTALL,
  INSTALL_PATH,
  START_MS,
  startManagement,
  textAt,
  wrongPaths,
} from './fixture.ts';

async function installed(
  config: object = INSTALL.config,
  changes?: Parameters<typeof startManagement>[0],
): Promise<Fixture & { readonly path: string; readonly id: string }> {
  const fixture = await startManagement(changes);
  const { body } = await fixture.ask('POST', INSTALL_PATH, { ...INSTALL, config });
  const id = textAt(body, 'template', 'id');
  return { ...fixture, id, path: `/integration-templates/${id}` };
}

function named(list: unknown, key: string, name: string): unknown {
  return Array.isArray(list) ? list.find((row) => at(row, key) === name) : undefined;
}

describe('the actions of an integration', () => {
  it('are all of the destination, with their fields', async () => {
    const { ask, path } = await installed();
    const { status, body } = await ask('GET', `${path}/actions`);
    expect(status).toBe(200);
    const data = at(body, 'data');
    expect(Array.isArray(data) && data.map((action) => at(action, 'slug'))).toEqual(
      Object.keys(activecampaign.actions),
    );
    const sync = named(data, 'slug', 'syncContact');
    expect(sync).toMatchObject({ available: true, repeatable: true, rest_field: 'fields' });
    expect(named(at(sync, 'fields'), 'key', 'email')).toMatchObject({ required: true, format: 'email' });
    expect(named(at(sync, 'fields'), 'key', 'tags')).toMatchObject({
      required: false,
      multiple: true,
      dynamic: true,
    });
    expect(named(data, 'slug', 'trackEvent')).toMatchObject({
      repeatable: false,
      event_name_field: 'event',
    });
  });

  it('say why these settings cannot perform one', async () => {
    const { api_url, api_key } = INSTALL.config;
    const { ask, path } = await installed({ api_url, api_key });
    const { body } = await ask('GET', `${path}/actions`);
    expect(named(at(body, 'data'), 'slug', 'trackEvent')).toMatchObject({
      available: false,
      unavailable_reason: expect.stringContaining('Event Tracking'),
    });
  });
});

describe('the choices of a field', () => {
  const ANSWERS: Readonly<Record<string, unknown>> = {
    '/api/3/tags': {
      tags: [
        { id: '1', tag: 'vip', tagType: 'contact' },
        { id: '2', tag: 'newsletter', tagType: 'contact' },
      ],
      meta: { total: '2' },
    },
    '/api/3/fields': {
      fields: [{ id: '5', title: 'Shoe size', perstag: 'SHOE_SIZE', type: 'text' }],
      meta: { total: '1' },
    },
  };

  /** An account with two tags and a field; everything else is refused. */
  async function withAccount() {
    const sent: TransportRequest[] = [];
    const transport = {
      send: async (request: TransportRequest) => {
        sent.push(request);
        const answer = ANSWERS[new URL(request.url).pathname];
        return {
          status: answer === undefined ? 403 : 200,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(answer ?? { message: 'no' }),
        };
      },
      close: async () => undefined,
    };
    const clock = { now: () => START_MS, after: () => () => undefined };
    const vendor = createVendor(compileDestination(activecampaign), {
      transport,
      clock,
      allowedOrigins: [],
    });
    const fixture = await installed(INSTALL.config, {
      vendors: new Map([['activecampaign', vendor]]),
    });
    return { ...fixture, sent };
  }

  it.each([
    ['addTags', 'tags', '', ['vip', 'newsletter']],
    ['addTags', 'tags', '?query=NEWS', ['newsletter']],
    ['syncContact', 'fields', '', ['SHOE_SIZE']],
    ['syncContact', 'fields.__keys__', '', ['SHOE_SIZE']],
  ])('%s.%s%s come from the account', async (action, field, query, expected) => {
    const { ask, path, sent } = await withAccount();
    const { status, body } = await ask('GET', `${path}/actions/${action}/fields/${field}/choices${query}`);
    expect(status).toBe(200);
    const data = at(body, 'data');
    expect(Array.isArray(data) && data.map((choice) => at(choice, 'value'))).toEqual(expected);
    expect(sent[0]?.headers['api-token']).toBe(API_KEY);
  });

  it('are none, with the reason, when the account refuses', async () => {
    const { ask, path } = await withAccount();
    const { status, body } = await ask('GET', `${path}/actions/subscribe/fields/lists/choices`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ data: [], error: { code: expect.stringMatching(/^FORBIDDEN/) } });
  });

  it.each(['addTags/fields/email', 'addTags/fields/nothing', 'fly/fields/tags', 'addTags/fields/tags.x'])(
    'of %s are not there',
    async (place) => {
      const { ask, path, sent } = await withAccount();
      expect((await ask('GET', `${path}/actions/${place}/choices`)).status).toBe(404);
      expect(sent).toEqual([]);
    },
  );
});

describe('the connection test of an integration', () => {
  it.each([
    ['left out', {}],
    ['masked', { api_key: '***', event_tracking_key: '***' }],
  ])('uses the stored secret where it is %s', async (_how, secrets) => {
    const { ask, path, sent } = await installed();
    const { api_url, event_tracking_account_id } = INSTALL.config;
    const config = { api_url, event_tracking_account_id, ...secrets };
    const { status, body, text } = await ask('POST', `${path}/test-connection`, { config });
    expect(status).toBe(200);
    expect(at(body, 'checks', 0)).toMatchObject({ ok: true });
    expect(sent[0]?.headers['api-token']).toBe(API_KEY);
    expect(text).not.toContain(API_KEY);
    expect(text).not.toContain(EVENT_KEY);
  });

  it('uses a new secret where one is given, and saves nothing', async () => {
    const { ask, path, sent, store, id } = await installed();
    const config = { ...INSTALL.config, api_key: 'another-key-0123456789' };
    await ask('POST', `${path}/test-connection`, { config });
    expect(sent[0]?.headers['api-token']).toBe('another-key-0123456789');
    expect(await store.config.revisions(id)).toHaveLength(1);
  });

  it('refuses wrong settings, naming each', async () => {
    const { ask, path, sent } = await installed();
    const answer = await ask('POST', `${path}/test-connection`, {
      config: { ...INSTALL.config, api_url: 'https://10.0.0.1' },
    });
    expect([answer.status, wrongPaths(answer)]).toEqual([422, ['config.api_url']]);
    expect(sent).toEqual([]);
  });
});

describe('going on after a stop', () => {
  const IDENTIFY = {
    type: 'identify',
    userId: 'user-123',
    traits: { email: 'jane@example.com' },
    context: { consent: { marketing: true } },
  };

  it.each([
    ['the account', {}],
    ['the integration', { templateId: 'own' }],
  ])('lifts the stop of %s and tries the account', async (_whose, stop) => {
    const { ask, path, id, receive, store, probed } = await installed();
    await receive(IDENTIFY);
    const [lease] = await store.queue.claim('test', START_MS, 60_000);
    if (lease === undefined) throw new Error('no lease');
    await store.queue.settle({
      lease,
      nowMs: START_MS,
      changes: [],
      attempts: [],
      stop: {
        code: 'ACCOUNT_UNPAID',
        message: 'The account is not paid.',
        ...('templateId' in stop ? { templateId: id } : {}),
      },
    });
    expect(at((await ask('GET', path)).body, 'delivery', 'state')).toBe('stopped');
    const { status, body } = await ask('POST', `${path}/resume`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, delivery: { state: 'ok', account: ACCOUNT, waiting: 1 } });
    expect(probed).toEqual([id]);
  });

  it('does nothing to an integration that there is not', async () => {
    const { ask } = await installed();
    expect((await ask('POST', '/integration-templates/tmpl_9/resume')).status).toBe(404);
  });
});

describe('what a draft would change', () => {
  it('is told in words, without saving it', async () => {
    const { ask, path, store, id } = await installed();
    const { body: newest } = await ask('GET', `${path}/revisions/1`);
    const blueprint = { ...Object(at(newest, 'blueprint')), events: {} };
    const config = {
      ...INSTALL.config,
      api_key: '***',
      event_tracking_key: 'new-event-key-0',
      resubscribe: true,
    };
    const { status, body, text } = await ask('POST', `${path}/diff`, { blueprint, config });
    expect(status).toBe(200);
    expect(body).toMatchObject({ from: 1, to: null });
    expect(at(body, 'changes')).toContain('Secret event_tracking_key: replaced');
    expect(text).not.toContain('Secret api_key');
    expect(text).not.toContain('new-event-key-0');
    expect(text).toMatch(/Order Completed/);
    expect(await store.config.revisions(id)).toHaveLength(1);
  });

  it('is nothing for a draft that is as it was', async () => {
    const { ask, path } = await installed();
    const { body: newest } = await ask('GET', `${path}/revisions/1`);
    const draft = { blueprint: at(newest, 'blueprint'), config: at(newest, 'config') };
    expect(at((await ask('POST', `${path}/diff`, draft)).body, 'changes')).toEqual([]);
    expect(at((await ask('POST', `${path}/diff`, {})).body, 'changes')).toEqual([]);
  });

  it('is refused for a draft with mistakes', async () => {
    const { ask, path } = await installed();
    const blueprint = { version: 2, events: { page: { action: 'fly' } } };
    const answer = await ask('POST', `${path}/diff`, { blueprint });
    expect([answer.status, at(answer.body, 'error', 'code'), wrongPaths(answer)]).toEqual([
      422,
      'BLUEPRINT_INVALID',
      ['blueprint.events.page.action'],
    ]);
  });
});

describe('a removed integration', () => {
  const DAY_MS = 86_400_000;

  it('comes back within 30 days, attached and running as before', async () => {
    const { ask, path, clock } = await installed();
    const before = (await ask('GET', '/pipeline-integrations')).body;
    expect((await ask('DELETE', path)).status).toBe(204);
    expect((await ask('GET', path)).status).toBe(404);
    clock.nowMs += 30 * DAY_MS;
    const { status, body } = await ask('POST', `${path}/undelete`);
    expect(status).toBe(200);
    expect(body).toEqual((await ask('GET', path)).body);
    expect((await ask('GET', '/pipeline-integrations')).body).toEqual(before);
    expect((await ask('POST', `${path}/undelete`)).status).toBe(200);
  });

  it('is listed with how long it may come back, until it does', async () => {
    const { ask, path, id, clock } = await installed();
    const listed = async () => at((await ask('GET', '/removed-integration-templates')).body, 'data');
    expect(await listed()).toEqual([]);
    const removedAtMs = clock.nowMs;
    await ask('DELETE', path);
    const iso = (atMs: number) => new Date(atMs).toISOString();
    expect(await listed()).toEqual([
      {
        id,
        name: INSTALL.name,
        vendor: 'activecampaign',
        removed_at: iso(removedAtMs),
        until: iso(removedAtMs + 30 * DAY_MS),
      },
    ]);
    await ask('POST', `${path}/undelete`);
    expect(await listed()).toEqual([]);
    await ask('DELETE', path);
    clock.nowMs += 30 * DAY_MS + 1;
    expect(await listed()).toEqual([]);
  });

  it('is gone after that, and does not come back under a name that was taken', async () => {
    const { ask, path, clock } = await installed();
    await ask('DELETE', path);
    await ask('POST', INSTALL_PATH, INSTALL);
    const answer = await ask('POST', `${path}/undelete`);
    expect([answer.status, at(answer.body, 'error', 'code')]).toEqual([409, 'NAME_TAKEN']);
    clock.nowMs += 30 * DAY_MS + 1;
    expect((await ask('POST', `${path}/undelete`)).status).toBe(404);
  });
});
