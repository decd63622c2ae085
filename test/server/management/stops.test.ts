/** What the management API says of stops: what each covers, why, since when, when it is asked next, and where it is mended. */
import { describe, expect, it } from 'vitest';
import type { Endpoint, OutcomeCode } from '../../../src/event/outcome.ts';
import { ACCOUNT, at, INSTALL, INSTALL_PATH, START_MS, startManagement, textAt } from './fixture.ts';

interface StopCase {
  readonly endpoint?: Endpoint;
  readonly isOfIntegration?: true;
  readonly code: OutcomeCode;
}

const IDENTIFY = {
  type: 'identify',
  userId: 'user-123',
  traits: { email: 'jane@example.com' },
  context: { consent: { marketing: true } },
};
const NEXT_MS = START_MS + 60_000;

/** An installed integration with one waiting delivery, and whatever is stopped. */
async function stopped(...stops: readonly StopCase[]) {
  const asked: unknown[] = [];
  const fixture = await startManagement({
    hooks: {
      nextProbeMs: (lane, { templateId, endpoint }) => {
        asked.push([lane, templateId ?? endpoint ?? 'account']);
        return endpoint === 'api' ? undefined : NEXT_MS;
      },
    },
  });
  const { body } = await fixture.ask('POST', INSTALL_PATH, INSTALL);
  const id = textAt(body, 'template', 'id');
  await fixture.receive(IDENTIFY);
  const [lease] = await fixture.store.queue.claim('test', START_MS, 60_000);
  if (lease === undefined) throw new Error('no lease');
  for (const [index, { endpoint, isOfIntegration, code }] of stops.entries()) {
    await fixture.store.queue.settle({
      lease,
      nowMs: START_MS + index,
      changes: [],
      attempts: [],
      stop: {
        code,
        message: `Why ${index}.`,
        ...(endpoint === undefined ? {} : { endpoint }),
        ...(isOfIntegration === true ? { templateId: id } : {}),
      },
    });
  }
  const status = async () => (await fixture.ask('GET', `/integration-templates/${id}`)).body;
  return { ...fixture, id, asked, status };
}

describe('an integration of which nothing is stopped', () => {
  it('has no stops', async () => {
    const { status, asked } = await stopped();
    expect(at(await status(), 'delivery')).toEqual({ state: 'ok', account: ACCOUNT, waiting: 1, stops: [] });
    expect(asked).toEqual([]);
  });
});

describe('each stop', () => {
  it.each<[string, StopCase, object]>([
    [
      'of the tracking endpoint',
      { endpoint: 'tracking', code: 'ACCOUNT_FAILING' },
      { scope: 'endpoint', endpoint: 'tracking' },
    ],
    ['of the API', { endpoint: 'api', code: 'ACCOUNT_FAILING' }, { scope: 'endpoint', endpoint: 'api' }],
    ['of the account', { code: 'ACCOUNT_UNPAID' }, { scope: 'account' }],
    ['of the integration', { isOfIntegration: true, code: 'CREDENTIALS_REFUSED' }, { scope: 'integration' }],
  ])('%s says what it covers, why and since when', async (_, stop, covers) => {
    const { status } = await stopped(stop);
    const since = new Date(START_MS).toISOString();
    const why = { code: stop.code, message: 'Why 0.', since };
    const delivery = at(await status(), 'delivery');
    expect(delivery).toMatchObject({ state: 'stopped', waiting: 1, ...why });
    expect(at(delivery, 'stops')).toEqual([
      {
        ...covers,
        ...why,
        ...(stop.endpoint === 'api' ? {} : { next_probe_at: new Date(NEXT_MS).toISOString() }),
        mend: { where: expect.any(String), how: expect.stringMatching(/\.$/) },
      },
    ]);
  });

  it('is there by itself: the integration’s first, then the account’s, then its endpoints’', async () => {
    const { status, asked, id } = await stopped(
      { endpoint: 'tracking', code: 'WRONG_HOST' },
      { endpoint: 'api', code: 'ACCOUNT_FAILING' },
      { code: 'DNS_FAILED' },
      { isOfIntegration: true, code: 'CREDENTIALS_REFUSED' },
    );
    const body = await status();
    expect(at(body, 'delivery', 'stops')).toMatchObject([
      { scope: 'integration', code: 'CREDENTIALS_REFUSED' },
      { scope: 'account', code: 'DNS_FAILED' },
      { endpoint: 'api', code: 'ACCOUNT_FAILING' },
      { endpoint: 'tracking', code: 'WRONG_HOST' },
    ]);
    expect(at(body, 'delivery', 'code')).toBe('CREDENTIALS_REFUSED');
    expect(asked).toEqual([id, 'account', 'api', 'tracking'].map((what) => [ACCOUNT, what]));
  });

  it.each<[OutcomeCode, Endpoint | undefined, string]>([
    ['CREDENTIALS_REFUSED', undefined, 'settings'],
    ['CREDENTIALS_REFUSED', 'tracking', 'settings'],
    ['SETTINGS_UNREADABLE', undefined, 'settings'],
    ['WRONG_HOST', undefined, 'settings'],
    ['WRONG_HOST', 'tracking', 'network'],
    ['DNS_FAILED', undefined, 'settings'],
    ['DNS_FAILED', 'tracking', 'network'],
    ['ADDRESS_REFUSED', undefined, 'settings'],
    ['ADDRESS_REFUSED', 'tracking', 'network'],
    ['ACCOUNT_UNPAID', undefined, 'account'],
    ['ACCOUNT_FAILING', 'api', 'nowhere'],
    ['ACCOUNT_FAILING', 'tracking', 'nowhere'],
    ['FORBIDDEN', undefined, 'account'],
  ])('for %s (%s) says where it is mended: %s', async (code, endpoint, where) => {
    const { status } = await stopped({ code, ...(endpoint === undefined ? {} : { endpoint }) });
    expect(at(await status(), 'delivery', 'stops', 0, 'mend', 'where')).toBe(where);
  });
});

describe('going on by hand', () => {
  it('lifts every stop at once', async () => {
    const { ask, id } = await stopped(
      { endpoint: 'tracking', code: 'WRONG_HOST' },
      { endpoint: 'api', code: 'ACCOUNT_FAILING' },
      { isOfIntegration: true, code: 'CREDENTIALS_REFUSED' },
    );
    const { body } = await ask('POST', `/integration-templates/${id}/resume`);
    expect(at(body, 'delivery')).toMatchObject({ state: 'ok', stops: [] });
  });
});
