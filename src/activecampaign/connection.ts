/** Tries out what the settings promise and says how to mend what does not hold. It must not know who asks. */
import type { ConnectionCheck, RequestClient, TestAuthenticationInput } from '../destination/definition.ts';
import { outcomeOfError } from '../destination/dispatch.ts';
import { own } from '../event/json.ts';
import type { Outcome } from '../event/outcome.ts';
import { type Account, openAccount } from './account.ts';
import { type ActiveCampaignSettings, apiRoot, trackingCredentials, trackingUrl } from './settings.ts';

type Input = TestAuthenticationInput<ActiveCampaignSettings>;

/** One check each for address, key, plan, event tracking, event key, fields and lists, in this order. None throws. */
export async function testConnection(
  request: RequestClient,
  data: Input,
): Promise<readonly ConnectionCheck[]> {
  const account = openAccount(request, data);
  const checks = accountChecks(await outcomeOf(() => account.api('/users/me', { expect: 'user.id' })));
  if (checks.some((check) => !check.ok)) return checks;
  return [
    ...checks,
    ...(await trackingChecks(account, request, data)),
    await readable(account, 'fields', 'Custom fields'),
    await readable(account, 'lists', 'Lists'),
  ];
}

async function outcomeOf(run: () => Promise<{ readonly outcome: Outcome }>): Promise<Outcome> {
  try {
    return (await run()).outcome;
  } catch (error) {
    return outcomeOfError(error, true);
  }
}

const good = (name: string, message: string): ConnectionCheck => ({ name, ok: true, message });
const bad = (name: string, message: string, fix: string): ConnectionCheck => ({
  name,
  ok: false,
  message,
  fix,
});

const REACHED = good('API URL', 'The API URL answers.');
const URL_FIX = 'Copy the API URL from ActiveCampaign, Settings > Developer, exactly as it stands there.';
const KEY_FIX =
  'Copy the API key from ActiveCampaign, Settings > Developer, of the same account as the API URL.';

/** What one request for the key's own user tells of address, key and plan. */
function accountChecks(outcome: Outcome): readonly ConnectionCheck[] {
  const message = outcome.message ?? '';
  switch (outcome.code) {
    case 'DELIVERED':
      return [
        REACHED,
        good('API key', 'ActiveCampaign accepts the key.'),
        good('Plan', 'The account is active.'),
      ];
    case 'CREDENTIALS_REFUSED':
    case 'FORBIDDEN':
    case 'FORBIDDEN_EMPTY':
      return [REACHED, bad('API key', message, KEY_FIX)];
    case 'ACCOUNT_UNPAID':
      return [
        REACHED,
        bad('Plan', message, 'Renew the plan in ActiveCampaign’s billing settings, then test again.'),
      ];
    case 'RATE_LIMITED':
    case 'VENDOR_BUSY':
      return [
        REACHED,
        bad('API key', message, 'Nothing is wrong with the settings: test again in a minute.'),
      ];
    case 'ADDRESS_REFUSED':
      return [
        bad(
          'API URL',
          message,
          'Use the public https address, or let the operator add the origin to ALLOWED_API_ORIGINS.',
        ),
      ];
    default:
      return [bad('API URL', message, URL_FIX)];
  }
}

async function trackingChecks(
  account: Account,
  request: RequestClient,
  data: Input,
): Promise<readonly ConnectionCheck[]> {
  const credentials = trackingCredentials(data.settings);
  if (credentials === undefined) {
    return [good('Event tracking', 'No event tracking credentials are set: only contacts are sent.')];
  }
  return [await trackingSwitch(account), await eventKey(request, data, credentials)];
}

const TRACKING_PLACE = 'Website > Site Tracking (scroll down to Event tracking)';

async function trackingSwitch(account: Account): Promise<ConnectionCheck> {
  const name = 'Event tracking';
  try {
    const response = await account.api('/eventTracking', { expect: 'eventTracking' });
    const enabled = own(own(response.data, 'eventTracking'), 'enabled');
    if (enabled === true || enabled === 1 || enabled === '1') return good(name, 'Event tracking is on.');
    return bad(
      name,
      'Event tracking is off, so that ActiveCampaign drops every event.',
      `Switch it on in ActiveCampaign, ${TRACKING_PLACE}.`,
    );
  } catch (error) {
    return bad(
      name,
      outcomeOfError(error, true).message ?? '',
      'Give the key’s user the right to read the tracking settings, or switch event tracking on and ignore this.',
    );
  }
}

/** The account's own tracking credentials by the older API, where it answers; else a call that names nobody, so that nothing is recorded. */
async function eventKey(
  request: RequestClient,
  { settings, context }: Input,
  credentials: { readonly accountId: string; readonly key: string },
): Promise<ConnectionCheck> {
  const name = 'Event key';
  const fix = `Copy actid and Event Key from ActiveCampaign, ${TRACKING_PLACE}.`;
  const real = await ownCredentials(request, settings);
  if (real !== undefined) {
    if (real.accountId !== credentials.accountId)
      return bad(name, 'The Event Tracking Account ID is not this account’s.', fix);
    return real.key === credentials.key
      ? good(name, 'Account ID and event key are this account’s.')
      : bad(name, 'The Event Tracking Key is not this account’s.', fix);
  }
  const body = new URLSearchParams({
    actid: credentials.accountId,
    key: credentials.key,
    event: 'connection_test',
  });
  const outcome = await outcomeOf(() =>
    request(trackingUrl(settings, context), {
      method: 'POST',
      body,
      expect: 'success',
      repeatable: true,
      budget: 'tracking',
    }),
  );
  return outcome.kind === 'delivered'
    ? good(name, 'The tracking endpoint accepts the event key.')
    : bad(name, outcome.message ?? '', fix);
}

/** `user_me` of the older API names `trackid` and `eventkey` (activecampaign-core §1.2); undefined where it does not answer so. */
async function ownCredentials(
  request: RequestClient,
  settings: ActiveCampaignSettings,
): Promise<{ readonly accountId: string; readonly key: string } | undefined> {
  try {
    const response = await request(`${apiRoot(settings.api_url)}/admin/api.php`, {
      searchParams: { api_action: 'user_me', api_output: 'json' },
      headers: { 'api-token': settings.api_key, accept: 'application/json' },
      throwHttpErrors: false,
    });
    const [accountId, key] = [own(response.data, 'trackid'), own(response.data, 'eventkey')];
    const isGiven =
      (typeof accountId === 'string' || typeof accountId === 'number') &&
      typeof key === 'string' &&
      key !== '';
    return isGiven && response.ok ? { accountId: String(accountId), key } : undefined;
  } catch (error) {
    // The older API may be closed or cut off: then the tracking endpoint itself is asked. Our own mistakes are not hidden.
    if (outcomeOfError(error, true).code === 'INTERNAL_ERROR') throw error;
    return undefined;
  }
}

async function readable(
  account: Account,
  resource: 'fields' | 'lists',
  name: string,
): Promise<ConnectionCheck> {
  const outcome = await outcomeOf(() =>
    account.api(`/${resource}`, { searchParams: { limit: 1 }, expect: resource }),
  );
  if (outcome.kind === 'delivered') return good(name, `The account’s ${resource} can be read.`);
  return bad(
    name,
    outcome.message ?? '',
    `Give the key’s user the right to read ${resource} (ActiveCampaign’s user groups), or use another user’s key.`,
  );
}
