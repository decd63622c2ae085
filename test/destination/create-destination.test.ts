/** The destination as a library, over the transport that nock sees. */
import nock from 'nock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activecampaign } from '../../src/activecampaign/destination.ts';
import { createDestination } from '../../src/destination/create-destination.ts';
import type { DestinationDefinition } from '../../src/destination/definition.ts';
import { IntegrationError } from '../../src/destination/errors.ts';
import { createTestEvent, createTestIntegration } from '../../src/destination/testing.ts';

const HOST = 'https://acme.api-us1.com';
const settings = {
  api_url: HOST,
  api_key: 'k-secret',
  event_tracking_account_id: '1',
  event_tracking_key: 'e-secret',
};
const traits = { email: 'Jane@Example.com', first_name: 'Jane', last_name: '' };
const identify = createTestEvent({ type: 'identify', email: traits.email, traits });
const subscription = {
  partnerAction: 'syncContact',
  subscribe: 'type = "identify"',
  mapping: {
    email: { '@path': '$.traits.email' },
    firstName: { '@path': '$.traits.first_name' },
    lastName: { '@path': '$.traits.last_name' },
  },
};

beforeAll(() => nock.disableNetConnect());
afterAll(() => nock.enableNetConnect());

describe('onEvent', () => {
  it('triggers, maps, checks, performs, and says so', async () => {
    const scope = nock(HOST, { reqheaders: { 'api-token': 'k-secret' } })
      .post('/api/3/contact/sync', { contact: { email: 'jane@example.com', firstName: 'Jane' } })
      .reply(201, { contact: { id: '1' } });
    const completed: string[] = [];
    const results = await createDestination(activecampaign).onEvent(
      identify,
      { ...settings, subscription },
      { onComplete: ({ action }) => completed.push(action) },
    );
    expect(results.map((result) => ('output' in result ? result.output : ''))).toEqual([
      'Mappings resolved',
      'Payload validated',
      'Action Executed',
    ]);
    expect(completed).toEqual(['syncContact']);
    scope.done();
  });

  it('leaves alone what no subscription wants, sending nothing', async () => {
    const destination = createDestination(activecampaign);
    expect(
      await destination.onEvent(createTestEvent(), {
        ...settings,
        subscriptions: [subscription, subscription],
      }),
    ).toEqual([{ output: 'not subscribed' }, { output: 'not subscribed' }]);
  });

  it('throws what is wrong with settings and payload, as status 400', async () => {
    const destination = createDestination(activecampaign);
    await expect(destination.onEvent(identify, { api_url: 'http://x', subscription })).rejects.toMatchObject({
      status: 400,
      code: 'INVALID_SETTINGS',
    });
    const nobody = createTestEvent({ type: 'identify', traits: {} });
    await expect(destination.onEvent(nobody, { ...settings, subscription })).rejects.toMatchObject({
      status: 400,
      code: 'PAYLOAD_VALIDATION_FAILED',
    });
    await expect(
      destination.onEvent(identify, {
        ...settings,
        subscription: { ...subscription, partnerAction: 'none' },
      }),
    ).rejects.toBeInstanceOf(IntegrationError);
  });

  it('throws the vendor’s refusal', async () => {
    nock(HOST)
      .post('/api/3/contact/sync')
      .reply(422, { errors: [{ code: 'email_invalid' }] });
    await expect(
      createDestination(activecampaign).onEvent(identify, { ...settings, subscription }),
    ).rejects.toMatchObject({ status: 422 });
  });
});

describe('onBatch', () => {
  it('answers for each event, by index, in order', async () => {
    const bodies: unknown[] = [];
    nock(HOST)
      .post('/api/3/import/bulk_import', (body) => bodies.push(body) > 0)
      .reply(200, { Success: 1, batchId: 'b1' });
    const events = [
      identify,
      createTestEvent(),
      createTestEvent({ type: 'identify', traits: {} }),
      createTestEvent({ type: 'identify', traits: { email: 'b@x.org' } }),
    ];
    const [result] = await createDestination(activecampaign).onBatch(events, { ...settings, subscription });
    const statuses =
      result !== undefined && 'multistatus' in result ? result.multistatus.map(({ status }) => status) : [];
    expect(statuses).toEqual([202, 400, 400, 202]);
    expect(bodies).toEqual([
      { contacts: [{ email: 'jane@example.com', first_name: 'Jane' }, { email: 'b@x.org' }] },
    ]);
  });
});

describe('the rest of the runtime object', () => {
  it('tells good credentials from bad ones', async () => {
    const destination = createDestination(activecampaign);
    nock(HOST)
      .get('/api/3/users/me')
      .reply(200, { user: { id: '1' } });
    await destination.testAuthentication(settings);
    nock(HOST).get('/api/3/users/me').reply(403);
    await expect(destination.testAuthentication(settings)).rejects.toMatchObject({
      code: 'INVALID_AUTHENTICATION',
    });
    nock(HOST).get('/api/3/users/me').reply(200, '<html>Login</html>', { 'content-type': 'text/html' });
    await expect(destination.testAuthentication(settings)).rejects.toMatchObject({
      code: 'INVALID_AUTHENTICATION',
    });
  });

  it('deletes a person by address', async () => {
    const scope = nock(HOST)
      .get('/api/3/connections')
      .query({ 'filters[service]': 'datafly', limit: '100', offset: '0' })
      .reply(403, { message: 'Forbidden' })
      .get('/api/3/contacts')
      .query({ email: 'a+b@x.org' })
      .reply(200, { contacts: [{ id: '9', email: 'a+b@x.org' }], meta: { total: '1' } })
      .delete('/api/3/contacts/9')
      .reply(200, {});
    await createDestination(activecampaign).onDelete({ userId: 'A+b@x.org' }, settings);
    scope.done();
  });

  it('runs hooks, and has none where there is none', async () => {
    const definition: DestinationDefinition = {
      name: 'T',
      mode: 'cloud',
      actions: {
        a: {
          title: 'A',
          description: '',
          fields: {},
          perform: async (_, { hookOutputs, syncMode, matchingKey }) => ({
            hookOutputs,
            syncMode,
            matchingKey,
          }),
          syncMode: { default: 'add', label: '', description: '', choices: [] },
          hooks: {
            onMappingSave: {
              label: '',
              description: '',
              performHook: async (_, { hookInputs }) => ({ savedData: { seen: hookInputs?.['x'] ?? null } }),
            },
          },
        },
      },
    };
    const destination = createDestination(definition);
    expect(await destination.executeHook('a', 'onMappingSave', {}, { x: 1 })).toEqual({
      savedData: { seen: 1 },
    });
    await expect(destination.executeHook('a', 'retlOnMappingSave', {}, {})).rejects.toMatchObject({
      status: 501,
    });
    const mapping = {
      onMappingSave: { id: 7 },
      __segment_internal_sync_mode: 'mirror',
      __segment_internal_matching_key: 5,
    };
    const results = await destination.onEvent(createTestEvent(), {
      subscription: { partnerAction: 'a', subscribe: 'type = "track"', mapping },
    });
    expect(results.at(-1)).toEqual({
      output: 'Action Executed',
      data: { hookOutputs: { onMappingSave: { id: 7 } }, syncMode: 'mirror', matchingKey: '5' },
    });
  });
});

describe('createTestIntegration', () => {
  it('runs an action with the defaults of its fields and gives the answers', async () => {
    const integration = createTestIntegration(activecampaign);
    nock(HOST)
      .post('/api/3/contact/sync', { contact: { email: 'jane@example.com', firstName: 'Jane' } })
      .reply(200, { contact: { id: '1' } });
    const responses = await integration.testAction('syncContact', {
      event: identify,
      settings,
      useDefaultMappings: true,
    });
    expect(responses.map(({ status }) => status)).toEqual([200]);
    expect(responses[0]?.data).toEqual({ contact: { id: '1' } });
  });

  it('throws what fails', async () => {
    const integration = createTestIntegration(activecampaign);
    nock(HOST).post('/api/3/contact/sync').reply(500);
    await expect(
      integration.testAction('syncContact', { event: identify, settings, useDefaultMappings: true }),
    ).rejects.toMatchObject({ status: 500 });
  });
});

describe('the presets', () => {
  it('take plain events to payloads: contact, event, page view, account', async () => {
    const sent: unknown[] = [];
    const note = (body: unknown): boolean => sent.push(body) > 0;
    nock(HOST)
      .post('/api/3/contact/sync', note)
      .reply(201, { contact: { id: '1' } });
    nock('https://trackcmp.net').post('/event', note).twice().reply(200, { success: 1 });
    nock(HOST)
      .get('/api/3/accounts')
      .query(true)
      .reply(200, { accounts: [{ id: '5', name: 'Acme' }], meta: { total: '1' } });
    nock(HOST)
      .get('/api/3/accountContacts')
      .query(true)
      .reply(200, { accountContacts: [], meta: { total: '0' } });
    nock(HOST)
      .post('/api/3/accountContacts', note)
      .reply(201, { accountContact: { id: '1' } });
    const destination = createDestination(activecampaign);
    const subscriptions = (activecampaign.presets ?? []).flatMap((preset) =>
      'subscribe' in preset ? [preset] : [],
    );
    const timestamp = '2026-01-31T12:00:00.000Z';
    const context = {
      traits,
      page: { url: 'https://shop.example/', title: 'Shop' },
      consent: { canonical: { marketing: true } },
    };
    for (const event of [
      { type: 'identify', traits },
      { type: 'track', event: 'Signed Up', properties: { plan: 'pro' }, context, timestamp },
      { type: 'page', properties: {}, context, timestamp },
      { type: 'group', traits: { name: 'Acme' }, context },
    ]) {
      await destination.onEvent(createTestEvent(event), { ...settings, subscriptions });
    }
    const visit = '{"email":"jane@example.com"}';
    expect(sent).toMatchObject([
      { contact: { email: 'jane@example.com', firstName: 'Jane' } },
      { event: 'Signed Up', visit, eventdata: 'consent=marketing; at=2026-01-31T12:00:00Z; plan=pro' },
      {
        event: 'page_view',
        visit,
        eventdata: 'consent=marketing; at=2026-01-31T12:00:00Z; url=https://shop.example/; title=Shop',
      },
      { accountContact: { account: 5, contact: 1 } },
    ]);
  });
});

describe('choices of fields', () => {
  const answer =
    (name: string) =>
    async (_: unknown, { dynamicFieldContext, page }: { dynamicFieldContext?: object; page?: string }) => ({
      choices: [
        {
          label: name,
          value: JSON.stringify({ ...dynamicFieldContext, ...(page === undefined ? {} : { page }) }),
        },
      ],
    });
  const definition: DestinationDefinition = {
    name: 'T',
    mode: 'cloud',
    actions: {
      a: {
        title: 'A',
        description: '',
        fields: {},
        perform: async () => {},
        dynamicFields: {
          plain: answer('plain'),
          object: { child: answer('child'), __keys__: answer('keys'), __values__: answer('values') },
        },
      },
    },
  };
  it.each([
    ['plain', { query: 'q', page: '2' }, 'plain', { query: 'q', page: '2' }],
    ['object.child', {}, 'child', {}],
    ['object.other', {}, 'values', { selectedKey: 'other' }],
    ['object.__keys__', {}, 'keys', {}],
    ['object.[3].child', {}, 'child', { selectedArrayIndex: 3 }],
  ])('%s with %j is answered by %s', async (key, query, label, context) => {
    const { choices } = await createDestination(definition).executeDynamicField('a', key, {}, query);
    expect(choices.map((choice) => [choice.label, JSON.parse(choice.value)])).toEqual([[label, context]]);
  });

  it.each(['none', 'plain.child', 'object', '__proto__', 'constructor.name'])('%s has none', async (key) => {
    expect(await createDestination(definition).executeDynamicField('a', key, {})).toMatchObject({
      choices: [],
      error: { code: '404' },
    });
  });
});
