/** What is stopped, in the words of the management API: what it covers, why, since when, when it is asked next, and what is mended where. It must not know any vendor. */
import type { Endpoint, OutcomeCode } from '../../event/outcome.ts';
import type { LaneStop, Stop } from '../../store/ports/queue.ts';

/** One stop in force, with its place. */
export interface StopInForce extends Stop {
  /** The one integration, the whole account, or one endpoint of it. */
  readonly scope: 'integration' | 'account' | 'endpoint';
  readonly endpoint?: Endpoint;
}

/**
 * Where it is mended: the integration's settings, the vendor's account, the network between, or nowhere: then it goes on
 * by itself.
 */
export interface Mending {
  readonly where: 'settings' | 'account' | 'network' | 'nowhere';
  readonly how: string;
}

/** All that keeps the template's deliveries from leaving: its own stop first, then the account's, then its endpoints'. */
export function stopsInForce(
  ofTemplate: Stop | undefined,
  ofLane: readonly LaneStop[],
): readonly StopInForce[] {
  const own: readonly StopInForce[] =
    ofTemplate === undefined ? [] : [{ ...ofTemplate, scope: 'integration' }];
  return [
    ...own,
    ...ofLane.map(
      (stop): StopInForce => ({ ...stop, scope: stop.endpoint === undefined ? 'account' : 'endpoint' }),
    ),
  ];
}

/** `nextProbeMs` is absent while nothing is to be sent there: then it is asked as soon as something is. */
export function stopView(stop: StopInForce, nextProbeMs: number | undefined) {
  const { scope, endpoint, code, message, sinceMs } = stop;
  return {
    scope,
    ...(endpoint === undefined ? {} : { endpoint }),
    code,
    message,
    since: new Date(sinceMs).toISOString(),
    ...(nextProbeMs === undefined ? {} : { next_probe_at: new Date(nextProbeMs).toISOString() }),
    mend: mendingOf(code, endpoint),
  };
}

const API_URL: Mending = {
  where: 'settings',
  how: 'Correct the API URL in the settings of the integration.',
};
const WAY_TO_TRACKING: Mending = {
  where: 'network',
  how: 'Let this service reach the tracking host: its name, outgoing connections and proxies. The settings of the integration are not the cause.',
};

const MENDING: Readonly<Partial<Record<OutcomeCode, Mending>>> = {
  CREDENTIALS_REFUSED: {
    where: 'settings',
    how: 'Save an API key that the account accepts in the settings of the integration.',
  },
  SETTINGS_UNREADABLE: {
    where: 'settings',
    how: 'Give back the ENCRYPTION_KEY that they were sealed with, or save the settings of the integration again.',
  },
  ACCOUNT_FAILING: {
    where: 'nowhere',
    how: 'Nothing has to be mended here: it goes on within seconds once it answers.',
  },
  ACCOUNT_UNPAID: { where: 'account', how: 'Renew the plan in the vendor’s account.' },
  WRONG_HOST: API_URL,
  DNS_FAILED: API_URL,
  ADDRESS_REFUSED: API_URL,
};

/** The tracking host is nobody's setting, and takes credentials of its own. */
const MENDING_OF_TRACKING: Readonly<Partial<Record<OutcomeCode, Mending>>> = {
  CREDENTIALS_REFUSED: {
    where: 'settings',
    how: 'Save the account’s own event tracking credentials in the settings of the integration.',
  },
  WRONG_HOST: WAY_TO_TRACKING,
  DNS_FAILED: WAY_TO_TRACKING,
  ADDRESS_REFUSED: WAY_TO_TRACKING,
};

const IN_THE_ACCOUNT: Mending = {
  where: 'account',
  how: 'Mend in the vendor’s account what the message says.',
};

function mendingOf(code: OutcomeCode, endpoint: Endpoint | undefined): Mending {
  const ofEndpoint = endpoint === 'tracking' ? MENDING_OF_TRACKING[code] : undefined;
  return ofEndpoint ?? MENDING[code] ?? IN_THE_ACCOUNT;
}
