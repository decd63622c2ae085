/** The two actions of the first cut, over the wire that nock sees. */
import nock from 'nock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activecampaign } from '../../src/activecampaign/destination.ts';
import { compileDestination } from '../../src/destination/compile.ts';
import { dispatch } from '../../src/destination/dispatch.ts';
import { createFetchTransport } from '../../src/destination/fetch-transport.ts';

const destination = compileDestination(activecampaign);
const settings = {
  api_url: 'https://acme.api-us1.com/api/3/',
  api_key: 'k-e/y secret',
  event_tracking_account_id: '1',
  event_tracking_key: 'ev-key',
  ensure_contact: false,
};
const transport = createFetchTransport();

beforeAll(() => nock.disableNetConnect());
afterAll(() => nock.enableNetConnect());

describe('syncContact', () => {
  it('posts the contact with its normalised address', async () => {
    let body: unknown;
    const scope = nock('https://acme.api-us1.com', { reqheaders: { 'api-token': 'k-e/y secret' } })
      .post('/api/3/contact/sync', (sent) => {
        body = sent;
        return true;
      })
      .reply(201, { contact: { id: '7' } });
    const checked = destination.actions['syncContact']?.check({
      email: ' Jane@Example.COM ',
      firstName: 'Jane',
      lastName: '',
      phone: null,
    });
    expect(checked).toEqual({
      ok: true,
      payload: { email: ' Jane@Example.COM ', firstName: 'Jane', phone: null },
    });
    if (checked?.ok !== true) return;
    const result = await dispatch({
      destination,
      action: 'syncContact',
      payloads: [checked.payload],
      settings,
      transport,
    });
    expect(result.error).toBeUndefined();
    expect(result.outcomes).toEqual([{ kind: 'delivered', code: 'DELIVERED' }]);
    expect(body).toEqual({ contact: { email: 'jane@example.com', firstName: 'Jane', phone: '' } });
    expect(JSON.stringify(result.exchanges)).not.toContain('k-e/y');
    scope.done();
  });
});

describe('trackEvent', () => {
  it('posts a form with the visit as JSON and never the API key', async () => {
    let body = '';
    const scope = nock('https://trackcmp.net', { badheaders: ['api-token'] })
      .post('/event', (sent) => {
        body = JSON.stringify(sent);
        return true;
      })
      .reply(200, { success: 1, message: 'Event spawned' });
    const payload = {
      email: 'j"a+b@example.com',
      event: 'purchase',
      properties: { order_id: 'o1', revenue: 42.5 },
      consent: { marketing: true, analytics: false },
      at: '2026-01-31T12:00:00.000Z',
    };
    const result = await dispatch({
      destination,
      action: 'trackEvent',
      payloads: [payload],
      settings,
      transport,
    });
    expect(result.outcomes).toEqual([{ kind: 'delivered', code: 'DELIVERED' }]);
    expect(JSON.parse(body)).toEqual({
      actid: '1',
      key: 'ev-key',
      event: 'purchase',
      visit: '{"email":"j\\"a+b@example.com"}',
      eventdata: 'consent=marketing; at=2026-01-31T12:00:00Z; order_id=o1; revenue=42.5',
    });
    scope.done();
  });
});
