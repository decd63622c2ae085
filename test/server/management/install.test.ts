/** Installing from the catalog: the documented request, every refusal, and that nothing is stored then. */
import { describe, expect, it } from 'vitest';
import {
  API_KEY,
  at,
  EVENT_KEY,
  INSTALL,
  INSTALL_PATH as PATH,
  startManagement,
  TOKEN,
  textAt,
  wrongPaths,
} from './fixture.ts';

describe('installing', () => {
  it('answers the documented request with template, revision 1 and its attachment', async () => {
    const { ask } = await startManagement();
    const { status, body } = await ask('POST', PATH, INSTALL);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      template: { name: 'ActiveCampaign', catalog_variant_key: 'default' },
      revision: { revision_number: 1, delivery_mode: 'server_side', blueprint: { version: 2 } },
      pipeline_integration: {
        pipeline_id: 'pip_default',
        revision_number: 1,
        latest_revision: 1,
        enabled: true,
        integration_name: 'ActiveCampaign',
      },
    });
    expect(at(body, 'revision', 'integration_id')).toBe(at(body, 'template', 'id'));
    expect(at(body, 'pipeline_integration', 'revision_id')).toBe(at(body, 'revision', 'id'));
  });

  it('works under both prefixes', async () => {
    const { app } = await startManagement();
    const response = await app.inject({
      method: 'POST',
      url: `/api/v1/admin${PATH}`,
      headers: { authorization: `Bearer ${TOKEN}` },
      payload: INSTALL,
    });
    expect(response.statusCode).toBe(201);
  });

  it('needs only a name and the two required settings', async () => {
    const { ask } = await startManagement();
    const { api_url, api_key } = INSTALL.config;
    const { status, body } = await ask('POST', PATH, { name: 'Contacts', config: { api_url, api_key } });
    expect(status).toBe(201);
    expect(at(body, 'revision', 'config')).toEqual({ api_url, api_key: '***' });
  });

  it('takes the consent categories beside the config too', async () => {
    const { ask } = await startManagement();
    const { body } = await ask('POST', PATH, { ...INSTALL, consent_categories: ['marketing', 'analytics'] });
    expect(at(body, 'revision', 'config', 'consent_categories')).toEqual(['marketing', 'analytics']);
  });

  it('never contacts the account', async () => {
    const { ask, sent } = await startManagement();
    await ask('POST', PATH, INSTALL);
    expect(sent).toEqual([]);
  });

  it('seals the secrets in their place and shows them nowhere', async () => {
    const { ask, store, logged } = await startManagement();
    const { text, body } = await ask('POST', PATH, INSTALL);
    const template = textAt(body, 'template', 'id');
    const [revision] = await store.config.revisions(template);
    expect(Object.keys(revision?.sealed ?? {}).sort()).toEqual(['api_key', 'event_tracking_key']);
    const seen = [
      text,
      JSON.stringify(revision),
      logged.join(''),
      (await ask('GET', `/integration-templates/${template}`)).text,
      (await ask('GET', `/integration-templates/${template}/revisions`)).text,
      (await ask('GET', `/integration-templates/${template}/revisions/1`)).text,
      (await ask('GET', '/pipeline-integrations')).text,
      (await ask('POST', `/integration-templates/${template}/revisions`, { config: { api_key: 7 } })).text,
    ];
    for (const text of seen) {
      expect(text).not.toContain(API_KEY);
      expect(text).not.toContain(EVENT_KEY);
    }
  });
});

type Change = Readonly<Record<string, unknown>>;
const config = (change: Change): Change => ({ config: { ...INSTALL.config, ...change } });

const REFUSALS: readonly (readonly [string, Change, readonly string[]])[] = [
  ['no name', { name: undefined }, ['name']],
  ['a blank name', { name: '  ' }, ['name']],
  ['a name that is no text', { name: 7 }, ['name']],
  ['no config', { config: undefined }, ['config']],
  ['an unknown field', { surprise: 1 }, ['surprise']],
  ['an unknown variant', { variant: 'lavish' }, ['variant']],
  ['another delivery mode', { delivery_mode: 'client_side' }, ['delivery_mode']],
  ['an unknown pipeline', { pipeline_id: 'pip_9' }, ['pipeline_id']],
  ['no categories', { consent_categories: [] }, ['consent_categories']],
  ['an unknown setting', config({ colour: 'red' }), ['config.colour']],
  ['an address in clear text', config({ api_url: 'http://a.example' }), ['config.api_url']],
  ['a private address', config({ api_url: 'https://10.0.0.1' }), ['config.api_url']],
  ['no key', config({ api_key: undefined }), ['config.api_key']],
  ['the mask as key', config({ api_key: '***' }), ['config.api_key']],
  ['half of the tracking pair', config({ event_tracking_key: undefined }), ['config.event_tracking_key']],
  [
    'the other half of it',
    config({ event_tracking_account_id: undefined }),
    ['config.event_tracking_account_id'],
  ],
  [
    'everything wrong at once',
    { name: '', variant: 'lavish', pipeline_id: 'pip_9', config: { api_key: 7, colour: 'red' } },
    ['name', 'config.api_url', 'config.colour', 'variant', 'pipeline_id'],
  ],
];

describe('an install is refused', () => {
  it.each(REFUSALS)('for %s, and nothing is stored', async (_what, change, paths) => {
    const { ask, store } = await startManagement();
    const answer = await ask('POST', PATH, { ...INSTALL, ...change });
    expect([answer.status, at(answer.body, 'error', 'code')]).toEqual([422, 'VALIDATION_FAILED']);
    expect([...wrongPaths(answer)].sort()).toEqual([...paths].sort());
    expect(await store.config.templates()).toEqual([]);
  });

  it('for a blueprint with mistakes, each at its place', async () => {
    const { ask, store } = await startManagement();
    const blueprint = { version: 2, events: { identify: { action: 'fly', mappings: [] } } };
    const answer = await ask('POST', PATH, { ...INSTALL, blueprint });
    expect(answer.status).toBe(422);
    expect(wrongPaths(answer)).toEqual(['blueprint.events.identify.action']);
    expect(await store.config.templates()).toEqual([]);
  });

  it('for a vendor that the catalog does not have', async () => {
    const { ask } = await startManagement();
    const { status, body } = await ask('POST', '/integration-catalog/unheard-of/install', INSTALL);
    expect([status, at(body, 'error', 'code')]).toEqual([404, 'NOT_FOUND']);
  });

  it('for a name that is taken', async () => {
    const { ask, store } = await startManagement();
    await ask('POST', PATH, INSTALL);
    const answer = await ask('POST', PATH, { ...INSTALL, name: ' ActiveCampaign ' });
    expect([answer.status, at(answer.body, 'error', 'code')]).toEqual([409, 'NAME_TAKEN']);
    expect(wrongPaths(answer)).toEqual(['name']);
    expect(await store.config.templates()).toHaveLength(1);
  });

  it('for two installs of one name at the same moment, of which one wins', async () => {
    const { ask } = await startManagement();
    const answers = await Promise.all([ask('POST', PATH, INSTALL), ask('POST', PATH, INSTALL)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });
});
