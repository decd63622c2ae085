/** The dry run: the whole trace of an event, and that nothing is written or sent. */
import { describe, expect, it } from 'vitest';
import {
  API_KEY,
  at,
  EVENT_KEY,
  type Fixture,
  INSTALL,
  INSTALL_PATH,
  startManagement,
  textAt,
  wrongPaths,
} from './fixture.ts';

const IDENTIFY = {
  type: 'identify',
  userId: 'user-123',
  traits: { email: ' Jane@Example.COM ', first_name: 'Jane' },
  context: { consent: { marketing: true } },
};
const ORDER = {
  type: 'track',
  event: 'Order Completed',
  userId: 'user-123',
  properties: { order_id: 'o-991', total: 25, currency: 'EUR', email: 'jane@example.com' },
  context: { consent: { marketing: true } },
};

async function installed(config: object = INSTALL.config): Promise<Fixture & { readonly path: string }> {
  const fixture = await startManagement();
  const { body } = await fixture.ask('POST', INSTALL_PATH, { ...INSTALL, config });
  return { ...fixture, path: `/integration-templates/${textAt(body, 'template', 'id')}/preview` };
}

describe('a preview', () => {
  it('shows the whole road of a pasted event, to the request', async () => {
    const { ask, path } = await installed();
    const { status, body } = await ask('POST', path, { event: IDENTIFY });
    expect(status).toBe(200);
    expect(at(body, 'data', 0)).toMatchObject({
      event: { type: 'identify', userId: 'user-123' },
      email: 'jane@example.com',
      consent: { needed: ['marketing'], known: { marketing: true }, source: 'event', judgement: 'granted' },
      verdict: { state: 'mapped', detail: { rules: [{ rule: 'identify', outcome: 'operation' }] } },
      operations: [
        {
          action: 'syncContact',
          payload: { email: 'jane@example.com', firstName: 'Jane' },
          contacts: ['jane@example.com'],
          requests: [{ method: 'POST', url: 'https://your-account.api-us1.com/api/3/contact/sync' }],
        },
      ],
    });
    const sent = JSON.parse(textAt(body, 'data', 0, 'operations', 0, 'requests', 0, 'body'));
    expect(sent).toMatchObject({ contact: { email: 'jane@example.com', firstName: 'Jane' } });
  });

  it('masks every secret in the requests', async () => {
    const { ask, path } = await installed();
    for (const event of [IDENTIFY, ORDER]) {
      const { text } = await ask('POST', path, { event });
      expect(text).toContain('***');
      expect(text).not.toContain(API_KEY);
      expect(text).not.toContain(EVENT_KEY);
    }
  });

  it('sends nothing and writes nothing', async () => {
    const { ask, path, sent, store } = await installed();
    await ask('POST', path, { event: IDENTIFY });
    expect(sent).toEqual([]);
    expect(await store.log.head()).toBe(0);
    expect(at((await ask('GET', '/deliveries')).body, 'data')).toEqual([]);
    expect((await store.ledger.load('pip_default', ['u:user-123'], [])).links.size).toBe(0);
  });

  it('sees the address and the consent that are known now', async () => {
    const { ask, path, receive } = await installed();
    await receive(IDENTIFY);
    const event = { type: 'page', userId: 'user-123', properties: { url: 'https://a.example' } };
    const { body } = await ask('POST', path, { event });
    expect(at(body, 'data', 0)).toMatchObject({
      email: 'jane@example.com',
      consent: { source: 'recorded', judgement: 'granted' },
      operations: [{ action: 'trackEvent', payload: { event: 'page_view' } }],
    });
  });

  const NOTHING: readonly (readonly [string, object, object])[] = [
    [
      'an event that no rule wants',
      { ...ORDER, event: 'Mug Washed' },
      { state: 'dropped', code: 'EVENT_NOT_ENABLED' },
    ],
    ['an unknown visitor', { ...ORDER, properties: {} }, { state: 'parked', code: 'NO_EMAIL' }],
  ];
  it.each(NOTHING)('says why %s leads to nothing', async (_what, event, verdict) => {
    const { ask, path } = await installed();
    const { body } = await ask('POST', path, { event });
    expect(at(body, 'data', 0)).toMatchObject({ verdict, operations: [] });
  });

  it.each([
    ['refused', { consent: { marketing: false } }, 'CONSENT_DENIED', 'denied'],
    ['unknown', {}, 'CONSENT_UNKNOWN', 'unknown'],
  ])(
    'shows the mapping also where consent is %s, and says that it is',
    async (_how, context, code, judgement) => {
      const { ask, path } = await installed();
      const { body } = await ask('POST', path, { event: { ...IDENTIFY, context } });
      expect(at(body, 'data', 0)).toMatchObject({
        consent: { judgement },
        verdict: { state: 'filtered', code, detail: { rules: [{ outcome: 'operation' }] } },
        operations: [{ action: 'syncContact', payload: { firstName: 'Jane' } }],
      });
    },
  );

  it('tells what is doubtful in a draft that can be used', async () => {
    const { ask, path } = await installed();
    const blueprint = {
      version: 2,
      events: { 'A name that is longer than thirty-two letters': { action: 'trackEvent' } },
    };
    const { status, body } = await ask('POST', path, { blueprint, event: IDENTIFY });
    expect(status).toBe(200);
    expect(at(body, 'problems', 0)).toMatchObject({ severity: 'warning' });
    expect(textAt(body, 'problems', 0, 'path')).toMatch(/^blueprint\.events/);
    expect(at((await ask('POST', path, { event: IDENTIFY })).body, 'problems')).toEqual([]);
  });

  it('holds the sources of a draft to real events', async () => {
    const { ask, path } = await installed();
    const blueprint = {
      version: 2,
      events: {
        identify: {
          mappings: [
            { source: 'traits.frist_name', target: 'firstName' },
            { source: 'email', target: 'email' },
          ],
        },
      },
    };
    const { body } = await ask('POST', path, { blueprint, event: IDENTIFY });
    expect(at(body, 'problems')).toEqual([
      {
        severity: 'warning',
        path: 'blueprint.events.identify.mappings[0].source',
        message: '"traits.frist_name" is not in the sample events; did you mean "traits.first_name"?',
      },
    ]);
  });

  it('has a limit of its own, so that an editor does not use up that of everything else', async () => {
    const limits = { requestsPerMinute: 3, maxBodyBytes: 64 * 1024 };
    const { ask } = await startManagement({ limits });
    const { body } = await ask('POST', INSTALL_PATH, INSTALL);
    const path = `/integration-templates/${textAt(body, 'template', 'id')}/preview`;
    const statuses = [];
    for (let index = 0; index < 4; index += 1)
      statuses.push((await ask('POST', path, { event: IDENTIFY })).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await ask('GET', '/pipelines')).status).toBe(200);
  });

  it('says that events need credentials which the integration does not have', async () => {
    const { api_url, api_key } = INSTALL.config;
    const { ask, path } = await installed({ api_url, api_key });
    const { body } = await ask('POST', path, { event: ORDER });
    expect(at(body, 'data', 0, 'verdict')).toMatchObject({ state: 'skipped', code: 'ACTION_UNAVAILABLE' });
  });

  it('puts a draft beside the blueprint of now, over recorded events', async () => {
    const { ask, path, receive } = await installed();
    await receive(IDENTIFY, ORDER);
    const { body: listed } = await ask('GET', '/events');
    const ids = [textAt(listed, 'data', 0, 'id'), textAt(listed, 'data', 1, 'id')];
    const blueprint = {
      version: 2,
      events: {
        identify: {
          action: 'syncContact',
          mappings: [{ source: 'traits.nickname', target: 'firstName', default: 'Friend' }],
        },
      },
    };
    const { body } = await ask('POST', path, { blueprint, event_ids: ids });
    expect(at(body, 'data')).toMatchObject([
      {
        event_id: ids[0],
        verdict: { state: 'dropped' },
        before: { verdict: { state: 'mapped' }, operations: [{ action: 'trackEvent' }] },
      },
      {
        event_id: ids[1],
        operations: [{ action: 'syncContact', payload: { firstName: 'Friend' } }],
        before: { operations: [{ payload: { firstName: 'Jane' } }] },
      },
    ]);
  });

  const REFUSED: readonly (readonly [string, object, readonly string[]])[] = [
    ['no event', {}, ['event']],
    ['both kinds', { event: IDENTIFY, event_ids: ['evt_1'] }, ['event']],
    ['an event without ids', { event: { type: 'page' } }, ['event.userId']],
    ['an unknown event', { event_ids: ['evt_9'] }, ['event_ids.0']],
    [
      'a blueprint with mistakes',
      { event: IDENTIFY, blueprint: { version: 2, events: { page: { action: 'fly' } } } },
      ['blueprint.events.page.action'],
    ],
    ['an unknown pipeline', { event: IDENTIFY, pipeline_id: 'pip_9' }, ['pipeline_id']],
  ];
  it.each(REFUSED)('is refused for %s', async (_what, body, paths) => {
    const { ask, path } = await installed();
    const answer = await ask('POST', path, body);
    expect([answer.status, wrongPaths(answer)]).toEqual([422, paths]);
  });
});

describe('the connection test', () => {
  it('asks the account and answers check by check, saving nothing', async () => {
    const { ask, sent, store } = await startManagement();
    const path = '/integration-catalog/activecampaign/test-connection';
    const { status, body, text } = await ask('POST', path, { config: INSTALL.config });
    expect(status).toBe(200);
    expect(sent.length).toBeGreaterThan(0);
    expect(at(body, 'checks', 0)).toMatchObject({ ok: true });
    expect(text).not.toContain(API_KEY);
    expect(await store.config.templates()).toEqual([]);
  });

  it('refuses wrong settings before it asks anybody', async () => {
    const { ask, sent } = await startManagement();
    const path = '/integration-catalog/activecampaign/test-connection';
    const answer = await ask('POST', path, { config: { api_url: 'https://10.0.0.1', api_key: 'x' } });
    expect([answer.status, wrongPaths(answer)]).toEqual([422, ['config.api_url']]);
    expect(sent).toEqual([]);
  });
});

it('the catalog is listed, and shows its vendors', async () => {
  const { ask } = await startManagement();
  const listed = await ask('GET', '/integration-catalog');
  expect(at(listed.body, 'data', 0)).toMatchObject({ key: 'activecampaign', name: 'ActiveCampaign' });
  expect((await ask('GET', '/integration-catalog/activecampaign')).body).toEqual(at(listed.body, 'data', 0));
  expect((await ask('GET', '/integration-catalog/nothing')).status).toBe(404);
});
