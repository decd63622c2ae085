/** The tour of `npm start`: installs the simulated account through the catalog endpoint and sends a short visit through the datafly client. It must not know how either works inside. */
import { Failure } from './event/failure.ts';
import { createDatafly } from './sdk/node.ts';
import type { Attempt, PendingJob } from './store/ports/queue.ts';

export interface TourOptions {
  readonly adminUrl: string;
  readonly ingestUrl: string;
  readonly adminToken: string;
  readonly pipelineKey: string;
  /** Origin of the simulated account. */
  readonly sandboxUrl: string;
  /** Prints one line. */
  readonly say: (line: string) => void;
}

const TOUR_INTEGRATION = 'ActiveCampaign (simulated)';

/** The credentials that the simulated account answers to. */
function simulatedAccount(sandboxUrl: string): Record<string, string> {
  return {
    api_url: sandboxUrl,
    api_key: 'sandbox-key',
    event_tracking_account_id: '1000001',
    event_tracking_key: 'sandbox-event-key',
  };
}

/** Resolves when the visit's events are in the log; their deliveries follow at the account's pace. */
export async function takeTour(options: TourOptions): Promise<void> {
  const { say } = options;
  say(`Installing "${TOUR_INTEGRATION}" through the catalog endpoint …`);
  await install(options);
  say('A visit, sent through the datafly client:');
  await visit(options);
}

async function install({ adminUrl, adminToken, sandboxUrl }: TourOptions): Promise<void> {
  const response = await fetch(`${adminUrl}/v1/admin/integration-catalog/activecampaign/install`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: TOUR_INTEGRATION,
      variant: 'default',
      config: simulatedAccount(sandboxUrl),
      delivery_mode: 'server_side',
    }),
  });
  if (response.status === 201) return;
  throw new Failure(
    'INTERNAL',
    `The catalog endpoint answered ${response.status} to the tour's install: ${await response.text()}`,
  );
}

async function visit({ ingestUrl, pipelineKey, say }: TourOptions): Promise<void> {
  const datafly = createDatafly({ pipelineKey, endpoint: ingestUrl });
  const step = (call: string, note: string): void => say(`  ${call.padEnd(66)} ${note}`);

  step('datafly.setConsent({ marketing: true })', 'consent first: without it nothing is sent');
  await datafly.setConsent({ marketing: true });
  step('datafly.page()', 'waits until the visitor has an e-mail address');
  await datafly.page(undefined, { url: 'https://shop.example.com/mugs', title: 'Mugs' });
  step(
    'datafly.identify("user-123", { email: "jane@example.com", … })',
    'the contact; the page view follows it',
  );
  await datafly.identify('user-123', {
    email: 'jane@example.com',
    first_name: 'Jane',
    last_name: 'Doe',
    phone: '+15551234567',
  });
  step('datafly.track("Product Viewed", { name: "Mug", … })', 'event product_viewed');
  await datafly.track('Product Viewed', { product_id: 'mug-1', name: 'Mug', price: 12.5, currency: 'EUR' });
  step('datafly.track("Order Completed", { order_id: "o-991", … })', 'event purchase');
  await datafly.track('Order Completed', { order_id: 'o-991', revenue: 25, currency: 'EUR' });
  await datafly.close();
}

const SIGNS: Readonly<Record<string, string>> = {
  delivered: '✓',
  rejected: '✗',
  stop: '■',
  pause: '…',
  retry: '↻',
  unknown: '?',
};

/** One line for a person about one try. */
export function deliveryLine(attempt: Attempt, job: PendingJob): string {
  const sign = SIGNS[attempt.outcome] ?? '·';
  const what =
    typeof job.payload['event'] === 'string' ? `${job.action} ${job.payload['event']}` : job.action;
  const status = attempt.exchanges.map((exchange) => exchange['status'] ?? '–').join(', ');
  const next =
    attempt.nextAtMs === undefined
      ? ''
      : `, again in ${Math.max(0, Math.ceil((attempt.nextAtMs - attempt.atMs) / 1000))} s`;
  const reason = attempt.outcome === 'delivered' ? '' : ` ${attempt.code}${next}`;
  return `  ${sign} ${what.padEnd(28)} ${job.contacts.join(' → ').padEnd(26)} ${status} in ${attempt.durationMs} ms${reason}`;
}
