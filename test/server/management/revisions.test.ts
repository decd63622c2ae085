/** Changing an installed integration: revisions, secrets that stay, publishing, pins, restore, differences in words. */
import { describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  API_KEY,
  at,
  type Fixture,
  INSTALL,
  INSTALL_PATH,
  startManagement,
  textAt,
  wrongPaths,
} from './fixture.ts';

interface Installed extends Fixture {
  readonly template: string;
  readonly attachment: string;
  readonly path: string;
  readonly blueprint: unknown;
}

async function installed(): Promise<Installed> {
  const fixture = await startManagement();
  const { body } = await fixture.ask('POST', INSTALL_PATH, INSTALL);
  const template = textAt(body, 'template', 'id');
  return {
    ...fixture,
    template,
    attachment: textAt(body, 'pipeline_integration', 'id'),
    path: `/integration-templates/${template}`,
    blueprint: at(body, 'revision', 'blueprint'),
  };
}

const MASKED = { ...INSTALL.config, api_key: '***', event_tracking_key: '***' };

/** A blueprint that only keeps contacts. */
const CONTACTS = {
  version: 2,
  delivery_mode: 'server_side',
  events: { identify: { action: 'syncContact', mappings: [{ source: 'traits.email', target: 'email' }] } },
};

async function openedKey(fixture: Fixture, template: string): Promise<unknown> {
  const revisions = await fixture.store.config.revisions(template);
  return revisions.toSorted((a, b) => b.number - a.number)[0]?.sealed['api_key'];
}

describe('a new revision', () => {
  it('has the next number, the new blueprint and the settings as before', async () => {
    const { ask, path } = await installed();
    const { status, body } = await ask('POST', `${path}/revisions`, {
      blueprint: CONTACTS,
      change_summary: 'Contacts only',
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      revision_number: 2,
      change_summary: 'Contacts only',
      created_by: 'owner',
      blueprint: CONTACTS,
      config: MASKED,
    });
  });

  it('keeps the blueprint when only settings change', async () => {
    const { ask, path, blueprint } = await installed();
    const { body } = await ask('POST', `${path}/revisions`, {
      config: { ...INSTALL.config, missing_consent: 'allow' },
      change_summary: 'Send until refused',
    });
    expect(body).toMatchObject({ blueprint, config: { missing_consent: 'allow' } });
  });

  const KEPT: readonly (readonly [string, Record<string, unknown>])[] = [
    ['left out', { api_url: INSTALL.config.api_url, event_tracking_account_id: '12345' }],
    ['the mask', MASKED],
  ];
  it.each(KEPT)('keeps a secret that is %s', async (_what, config) => {
    const fixture = await installed();
    const before = await openedKey(fixture, fixture.template);
    const { status } = await fixture.ask('POST', `${fixture.path}/revisions`, {
      config,
      change_summary: 'Settings saved',
    });
    expect(status).toBe(201);
    expect(await openedKey(fixture, fixture.template)).toBe(before);
    expect(fixture.probed).toEqual([]);
  });

  it('replaces a secret that is given, and asks for the account to be tried at once', async () => {
    const fixture = await installed();
    const before = await openedKey(fixture, fixture.template);
    const config = { ...MASKED, api_key: 'another-key' };
    const change = { config, change_summary: 'New key' };
    const { text } = await fixture.ask('POST', `${fixture.path}/revisions`, change);
    expect(await openedKey(fixture, fixture.template)).not.toBe(before);
    expect(text).not.toContain('another-key');
    expect(fixture.probed).toEqual([fixture.template]);
  });

  it('removes settings that are left out, and secrets that are null', async () => {
    const { ask, path } = await installed();
    const { body } = await ask('POST', `${path}/revisions`, {
      config: { api_url: INSTALL.config.api_url, event_tracking_key: null },
      change_summary: 'Contacts only from now on',
    });
    expect(at(body, 'config')).toEqual({ api_url: INSTALL.config.api_url, api_key: '***' });
  });

  it('moves the waiting jobs when the account changes', async () => {
    const { ask, path, receive, store, clock } = await installed();
    await receive(identify('m1'));
    expect((await store.queue.status(ACCOUNT, clock.nowMs)).waiting).toBe(1);
    const config = { ...MASKED, api_url: 'https://other-account.api-us1.com' };
    await ask('POST', `${path}/revisions`, { config, change_summary: 'Moved' });
    expect((await store.queue.status(ACCOUNT, clock.nowMs)).waiting).toBe(0);
    expect((await store.queue.status('other-account.api-us1.com', clock.nowMs)).waiting).toBe(1);
  });

  const REFUSED: readonly (readonly [string, Record<string, unknown>, string, readonly string[]])[] = [
    ['nothing to change', { change_summary: 'x' }, 'VALIDATION_FAILED', ['blueprint']],
    ['no summary', { blueprint: CONTACTS }, 'VALIDATION_FAILED', ['change_summary']],
    [
      'an unknown action',
      { blueprint: { ...CONTACTS, events: { identify: { action: 'fly' } } }, change_summary: 'x' },
      'BLUEPRINT_INVALID',
      ['blueprint.events.identify.action'],
    ],
    [
      'a wrong setting',
      { config: { ...MASKED, missing_consent: 'maybe' }, change_summary: 'x' },
      'VALIDATION_FAILED',
      ['config.missing_consent'],
    ],
    [
      'credentials in a draft',
      { config: { ...MASKED, api_key: 'another' }, change_summary: 'x', publish: false },
      'VALIDATION_FAILED',
      ['publish'],
    ],
  ];
  it.each(REFUSED)('is refused for %s', async (_what, change, code, paths) => {
    const { ask, path } = await installed();
    const answer = await ask('POST', `${path}/revisions`, change);
    expect([answer.status, at(answer.body, 'error', 'code')]).toEqual([422, code]);
    expect(wrongPaths(answer)).toEqual(paths);
    expect(at((await ask('GET', `${path}/revisions`)).body, 'data')).toHaveLength(1);
  });
});

describe('publishing', () => {
  const draft = { blueprint: CONTACTS, change_summary: 'Draft', publish: false };
  const publish = { blueprint: CONTACTS, change_summary: 'Published' };
  const pinned = async ({ ask, attachment }: Installed): Promise<unknown> =>
    at((await ask('GET', `/pipeline-integrations/${attachment}`)).body, 'revision_number');

  it('moves what was on the latest revision', async () => {
    const fixture = await installed();
    await fixture.ask('POST', `${fixture.path}/revisions`, publish);
    expect(await pinned(fixture)).toBe(2);
  });

  it('is left out with publish: false', async () => {
    const fixture = await installed();
    await fixture.ask('POST', `${fixture.path}/revisions`, draft);
    expect(await pinned(fixture)).toBe(1);
  });

  it('after a draft moves what was on the latest published one', async () => {
    const fixture = await installed();
    await fixture.ask('POST', `${fixture.path}/revisions`, draft);
    await fixture.ask('POST', `${fixture.path}/revisions`, publish);
    expect(await pinned(fixture)).toBe(3);
  });

  it('leaves alone what is pinned to an older one', async () => {
    const fixture = await installed();
    const first = textAt((await fixture.ask('GET', `${fixture.path}/revisions/1`)).body, 'id');
    await fixture.ask('POST', `${fixture.path}/revisions`, publish);
    await fixture.receive(identify('m1'));
    await fixture.ask('PATCH', `/pipeline-integrations/${fixture.attachment}`, { revision_id: first });
    await fixture.ask('POST', `${fixture.path}/revisions`, publish);
    expect(await pinned(fixture)).toBe(1);
  });

  it('changes only events that come after', async () => {
    const fixture = await installed();
    await fixture.receive(identify('m1'));
    await fixture.ask('POST', `${fixture.path}/revisions`, publish);
    await fixture.receive(identify('m2'));
    const { body } = await fixture.ask('GET', '/deliveries');
    expect([at(body, 'data', 0, 'revision_number'), at(body, 'data', 1, 'revision_number')]).toEqual([2, 1]);
  });
});

describe('restoring', () => {
  it('brings blueprint and settings back as a new revision, with the credentials of now', async () => {
    const fixture = await installed();
    const { ask, path, blueprint } = fixture;
    const config = {
      ...MASKED,
      api_url: 'https://other-account.api-us1.com',
      api_key: 'newer-key',
      missing_consent: 'allow',
    };
    await ask('POST', `${path}/revisions`, { blueprint: CONTACTS, config, change_summary: 'All new' });
    const newer = await openedKey(fixture, fixture.template);
    const { status, body } = await ask('POST', `${path}/revisions/1/restore`, {});
    expect(status).toBe(201);
    expect(body).toMatchObject({ revision_number: 3, blueprint, change_summary: 'Restored revision 1' });
    expect(at(body, 'config')).toEqual({ ...MASKED, api_url: 'https://other-account.api-us1.com' });
    expect(await openedKey(fixture, fixture.template)).toBe(newer);
  });

  it('of a revision that there is not is 404', async () => {
    const { ask, path } = await installed();
    expect((await ask('POST', `${path}/revisions/9/restore`, {})).status).toBe(404);
  });
});

describe('what changed', () => {
  it('is told in words, without telling secrets', async () => {
    const { ask, path } = await installed();
    const config = { ...MASKED, api_key: 'newer-key', missing_consent: 'allow' };
    await ask('POST', `${path}/revisions`, { blueprint: CONTACTS, config, change_summary: 'All new' });
    const { body, text } = await ask('GET', `${path}/revisions/2/diff`);
    expect(body).toMatchObject({ from: 1, to: 2 });
    expect(at(body, 'changes')).toEqual(
      expect.arrayContaining([
        'Product Viewed: removed',
        'Setting missing_consent: set to "allow"',
        'Secret api_key: replaced',
      ]),
    );
    expect(text).not.toContain('newer-key');
    expect(text).not.toContain(API_KEY);
  });

  it('is nothing between a revision and itself', async () => {
    const { ask, path } = await installed();
    const { body } = await ask('GET', `${path}/revisions/1/diff?against=1`);
    expect(body).toEqual({ from: 1, to: 1, changes: [] });
  });
});

describe('the template', () => {
  it('can be renamed, but not to a name that is taken', async () => {
    const { ask, path } = await installed();
    await ask('POST', INSTALL_PATH, { ...INSTALL, name: 'Second' });
    expect(await ask('PATCH', path, { name: 'Second' })).toMatchObject({ status: 409 });
    expect(await ask('PATCH', path, { name: 'First', description: 'Ours' })).toMatchObject({
      status: 200,
      body: { name: 'First', description: 'Ours' },
    });
  });

  it('takes no other change', async () => {
    const { ask, path } = await installed();
    expect(wrongPaths(await ask('PATCH', path, { vendor: 'x', id: 'y' }))).toEqual(['vendor', 'id']);
    expect((await ask('PATCH', path, {})).status).toBe(422);
  });

  it('shows that its account is stopped, and why', async () => {
    const { ask, path, receive, store, clock, template } = await installed();
    await receive(identify('m1'));
    const [lease] = await store.queue.claim('test', clock.nowMs, 60_000);
    if (lease === undefined) throw new Error('no lane');
    const stop = {
      templateId: template,
      code: 'CREDENTIALS_REFUSED',
      message: 'The key is refused.',
    } as const;
    await store.queue.settle({ lease, nowMs: clock.nowMs, changes: [], attempts: [], stop });
    expect(at((await ask('GET', path)).body, 'delivery')).toMatchObject({
      state: 'stopped',
      account: ACCOUNT,
      code: 'CREDENTIALS_REFUSED',
      message: 'The key is refused.',
    });
  });

  it('is gone after DELETE, with its attachments and its waiting jobs', async () => {
    const { ask, path, attachment, receive } = await installed();
    await receive(identify('m1'));
    expect((await ask('DELETE', path)).status).toBe(204);
    expect((await ask('GET', path)).status).toBe(404);
    expect((await ask('GET', `/pipeline-integrations/${attachment}`)).status).toBe(404);
    expect(at((await ask('GET', '/deliveries')).body, 'data', 0, 'state')).toBe('cancelled');
  });

  it('is listed in pages', async () => {
    const { ask } = await installed();
    for (const name of ['B', 'C']) await ask('POST', INSTALL_PATH, { ...INSTALL, name });
    const first = await ask('GET', '/integration-templates?limit=2');
    expect(first.body).toMatchObject({ data: [{}, {}], has_more: true });
    const cursor = textAt(first.body, 'next_cursor');
    const second = await ask('GET', `/integration-templates?limit=2&cursor=${cursor}`);
    expect(second.body).toMatchObject({ data: [{ name: 'C' }], has_more: false, next_cursor: null });
    expect((await ask('GET', '/integration-templates?cursor=nonsense')).status).toBe(400);
  });
});

function identify(messageId: string): Record<string, unknown> {
  return {
    type: 'identify',
    messageId,
    userId: 'user-123',
    traits: { email: 'jane@example.com', first_name: 'Jane' },
    context: { consent: { marketing: true } },
  };
}
