/** Pipelines and what is attached to them. */
import { describe, expect, it } from 'vitest';
import { at, INSTALL, INSTALL_PATH, startManagement, textAt, wrongPaths } from './fixture.ts';

const PIPELINE = '/pipelines/pip_default';

describe('a pipeline', () => {
  it('is listed and shown without its secret', async () => {
    const { ask } = await startManagement();
    const listed = await ask('GET', '/pipelines');
    expect(listed.body).toMatchObject({
      data: [{ id: 'pip_default', pipeline_key: 'dk_live_0123456789abcdef', rate_limit_rps: 1000 }],
      next_cursor: null,
      has_more: false,
    });
    const shown = await ask('GET', PIPELINE);
    expect(shown.body).toMatchObject({ pipeline_key_secret_prefix: 'sk_live_cana' });
    expect(listed.text + shown.text).not.toContain('canary0123456789');
  });

  it('changes only what is named', async () => {
    const { ask } = await startManagement();
    const change = { labels: ['shop'], parameters: { brand: 'mugs' }, enabled: false };
    const { body } = await ask('PATCH', PIPELINE, change);
    expect(body).toMatchObject({ ...change, name: 'Default', rate_limit_rps: 1000 });
    expect((await ask('GET', PIPELINE)).body).toEqual(body);
  });

  it('refuses each wrong field', async () => {
    const { ask } = await startManagement();
    const answer = await ask('PATCH', PIPELINE, {
      name: ' ',
      rate_limit_rps: 0,
      pipeline_key: 'dk_live_mine',
    });
    expect(answer.status).toBe(422);
    expect([...wrongPaths(answer)].sort()).toEqual(['name', 'pipeline_key', 'rate_limit_rps']);
  });

  it('gets a new key and a new secret, which is told once', async () => {
    const { ask } = await startManagement();
    const { status, body } = await ask('POST', `${PIPELINE}/rotate-key`);
    expect(status).toBe(200);
    const secret = textAt(body, 'pipeline_key_secret');
    expect(secret).toMatch(/^sk_live_[0-9a-f]{48}$/);
    const shown = await ask('GET', PIPELINE);
    expect(at(shown.body, 'pipeline_key')).toBe(at(body, 'pipeline', 'pipeline_key'));
    expect(at(shown.body, 'pipeline_key')).not.toBe('dk_live_0123456789abcdef');
    expect(at(shown.body, 'pipeline_key_secret_prefix')).toBe(secret.slice(0, 12));
    expect(shown.text).not.toContain(secret);
  });

  it('that there is not is 404', async () => {
    const { ask } = await startManagement();
    expect((await ask('GET', '/pipelines/pip_9')).status).toBe(404);
    expect((await ask('PATCH', '/pipelines/pip_9', { enabled: true })).status).toBe(404);
    expect((await ask('POST', '/pipelines/pip_9/rotate-key')).status).toBe(404);
  });
});

describe('a pipeline integration', () => {
  const install = async () => {
    const fixture = await startManagement();
    const { body } = await fixture.ask('POST', INSTALL_PATH, INSTALL);
    return {
      ...fixture,
      template: textAt(body, 'template', 'id'),
      revision: textAt(body, 'revision', 'id'),
      id: textAt(body, 'pipeline_integration', 'id'),
    };
  };

  it('is listed by pipeline and by integration', async () => {
    const { ask, template, id } = await install();
    const found = async (query: string) =>
      at((await ask('GET', `/pipeline-integrations${query}`)).body, 'data');
    expect(await found('')).toMatchObject([{ id, integration_id: template, vendor: 'activecampaign' }]);
    expect(await found('?pipeline_id=pip_default')).toHaveLength(1);
    expect(await found('?pipeline_id=pip_9')).toEqual([]);
    expect(await found(`?integration_id=${template}`)).toHaveLength(1);
    expect(await found('?integration_id=tmpl_9')).toEqual([]);
  });

  it('switched off, it sends nothing of what comes after', async () => {
    const { ask, id, receive } = await install();
    const { body } = await ask('PATCH', `/pipeline-integrations/${id}`, { enabled: false });
    expect(at(body, 'enabled')).toBe(false);
    await receive({ type: 'identify', userId: 'u', traits: { email: 'jane@example.com' } });
    const events = await ask('GET', '/events');
    expect(at(events.body, 'data', 0, 'verdicts', 0)).toMatchObject({
      state: 'skipped',
      code: 'INTEGRATION_DISABLED',
    });
  });

  it('can be detached and attached again, but not twice', async () => {
    const { ask, template, revision, id } = await install();
    const attachment = { pipeline_id: 'pip_default', integration_id: template };
    expect((await ask('POST', '/pipeline-integrations', attachment)).status).toBe(409);
    expect((await ask('DELETE', `/pipeline-integrations/${id}`)).status).toBe(204);
    expect((await ask('GET', `/pipeline-integrations/${id}`)).status).toBe(404);
    const again = await ask('POST', '/pipeline-integrations', { ...attachment, enabled: false });
    expect(again).toMatchObject({ status: 201, body: { revision_id: revision, enabled: false } });
  });

  it('names things that there are', async () => {
    const { ask, id, template } = await install();
    const wrong = { pipeline_id: 'pip_9', integration_id: 'tmpl_9' };
    expect(wrongPaths(await ask('POST', '/pipeline-integrations', wrong))).toEqual([
      'pipeline_id',
      'integration_id',
    ]);
    const revision = { pipeline_id: 'pip_default', integration_id: template, revision_id: 'rev_9' };
    expect(wrongPaths(await ask('POST', '/pipeline-integrations', revision))).toEqual(['revision_id']);
    const pin = await ask('PATCH', `/pipeline-integrations/${id}`, { revision_id: 'rev_9' });
    expect([pin.status, wrongPaths(pin)]).toEqual([422, ['revision_id']]);
  });
});
