/** The address that an integration's vendor posts to, and asking the vendor to do so. It must not know HTTP nor any vendor. */
import type { ConnectionCheck } from '../../destination/definition.ts';
import { Failure } from '../../event/failure.ts';
import { validationFailed } from './http/body.ts';
import { findIntegration, findTemplate, findVendor, newestRevision } from './lookup.ts';
import type { Ports } from './ports.ts';
import { clearSettings } from './settings.ts';
import type { VendorInbound } from './vendor.ts';

/** The secret path of ingestion that the vendor of this pipeline integration posts to. */
export type InboundPath = (integrationId: string) => string;

export interface WebhookWish {
  readonly public_url: string;
  readonly types?: readonly string[];
}

/** Where to post, what may come, and how it is made to come. Throws NOT_FOUND. */
export async function webhookOf(ports: Ports, inboundPath: InboundPath, integrationId: string) {
  const { inbound } = await postingVendor(ports, integrationId);
  return {
    url: ports.service().ingestUrl + inboundPath(integrationId),
    events: Object.entries(inbound.events).map(([type, event]) => ({
      type,
      event,
      usual: inbound.usualTypes.includes(type),
    })),
    sources: inbound.sources,
    steps: inbound.steps,
  };
}

/** Asks the vendor to post to this integration; asking again changes nothing. Throws NOT_FOUND and VALIDATION_FAILED. */
export async function registerWebhook(
  ports: Ports,
  inboundPath: InboundPath,
  integrationId: string,
  wish: WebhookWish,
): Promise<ConnectionCheck> {
  const { inbound, templateId } = await postingVendor(ports, integrationId);
  const { types = inbound.usualTypes } = wish;
  const unknown = types.filter((type) => !Object.hasOwn(inbound.events, type));
  if (unknown.length > 0)
    throw validationFailed([
      { path: 'types', message: `may only hold ${Object.keys(inbound.events).join(', ')}` },
    ]);
  const url = publicOrigin(wish.public_url) + inboundPath(integrationId);
  const newest = await newestRevision(ports.store.config, templateId);
  const name = `Datafly ${integrationId}`;
  return inbound.register(clearSettings(newest, ports.vault), { url, name, types });
}

/** Vendors post only to https on its own port; whoever stands there must hand the path on unchanged. */
function publicOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin = url !== undefined && url.username === '' && url.pathname === '/' && url.search === '';
  if (isOrigin && url.protocol === 'https:' && url.port === '') return url.origin;
  throw validationFailed([
    {
      path: 'public_url',
      message: 'must be an https origin without a port, e.g. https://events.example.com',
    },
  ]);
}

async function postingVendor(
  ports: Ports,
  integrationId: string,
): Promise<{ readonly inbound: VendorInbound; readonly templateId: string }> {
  const { templateId } = await findIntegration(ports.store.config, integrationId);
  const template = await findTemplate(ports.store.config, templateId);
  const { inbound } = findVendor(ports.vendors, template.catalogVendorKey);
  if (inbound === undefined) throw new Failure('NOT_FOUND', `${template.vendor} posts nothing.`);
  return { inbound, templateId };
}
