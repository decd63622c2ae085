/** The address that the vendor posts to, and asking the vendor to do so. */
import { describe, expect, it } from 'vitest';
import { at, INSTALL, INSTALL_PATH, SERVICE, startManagement, textAt, wrongPaths } from './fixture.ts';

async function installed() {
  const fixture = await startManagement();
  const { body } = await fixture.ask('POST', INSTALL_PATH, INSTALL);
  const id = textAt(body, 'pipeline_integration', 'id');
  return { ...fixture, id, path: `/pipeline-integrations/${id}/webhook` };
}

describe('the webhook of an integration', () => {
  it('is told with its address, the events it may bring, and the steps', async () => {
    const { ask, id, path, logged } = await installed();
    const { status, body } = await ask('GET', path);
    expect(status).toBe(200);
    expect(at(body, 'url')).toBe(`${SERVICE.ingestUrl}/v1/inbound/${id}/secret`);
    expect(at(body, 'events')).toContainEqual({
      type: 'unsubscribe',
      event: 'ActiveCampaign Unsubscribed',
      usual: true,
    });
    expect(at(body, 'sources')).toEqual(['public', 'admin', 'system']);
    expect(textAt(body, 'steps', 0)).toContain('https');
    expect(logged.join('')).not.toContain('/v1/inbound');
  });

  it('is not found for an integration that is not there', async () => {
    const { ask } = await installed();
    expect((await ask('GET', '/pipeline-integrations/pi_none/webhook')).status).toBe(404);
    const { status } = await ask('POST', '/pipeline-integrations/pi_none/webhook', {
      public_url: 'https://a.example',
    });
    expect(status).toBe(404);
  });

  it('is asked for at the account, and its refusal is told', async () => {
    const { ask, id, path, sent } = await installed();
    const { status, body } = await ask('POST', path, { public_url: 'https://in.example/' });
    expect([status, at(body, 'ok')]).toEqual([200, false]);
    expect(sent.map(({ method, url }) => [method, new URL(url).pathname])).toEqual([
      ['GET', '/api/3/webhooks'],
    ]);
    expect(sent[0]?.url).toContain(encodeURIComponent(id));
    expect(sent[0]?.url).not.toContain('secret');
  });

  it.each([
    [{ public_url: 'http://in.example' }, 'public_url'],
    [{ public_url: 'https://in.example:8443' }, 'public_url'],
    [{ public_url: 'https://in.example/path' }, 'public_url'],
    [{ public_url: 'https://user@in.example' }, 'public_url'],
    [{ public_url: 'in.example' }, 'public_url'],
    [{ public_url: 'https://in.example', types: ['nothing'] }, 'types'],
    [{ public_url: 'https://in.example', types: ['__proto__'] }, 'types'],
  ])('%j is refused and asks nobody', async (body, path) => {
    const fixture = await installed();
    const answer = await fixture.ask('POST', fixture.path, body);
    expect([answer.status, wrongPaths(answer)]).toEqual([422, [path]]);
    expect(fixture.sent).toEqual([]);
  });
});
