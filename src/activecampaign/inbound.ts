/** ActiveCampaign's webhooks: which there are, how they are made to come, what they make doubtful. It must not know how they arrive. */
import { z } from 'zod';
import type { InboundContract } from '../destination/definition.ts';
import { outcomeOfError } from '../destination/dispatch.ts';
import { own } from '../event/json.ts';
import { openAccount } from './account.ts';
import { forgetAcknowledged } from './contacts.ts';
import { idSchema } from './metadata/pages.ts';
import type { ActiveCampaignSettings } from './settings.ts';
import { EVENTS, readMessage } from './webhook-message.ts';

/** Those that tell of a change of the contact; the others come in crowds after every mailing. */
const USUAL = ['subscribe', 'unsubscribe', 'update', 'contact_tag_added', 'contact_tag_removed', 'bounce'];

/** Without `api`: our own writes need not come back. */
const SOURCES = ['public', 'admin', 'system'];

export const inbound: InboundContract<ActiveCampaignSettings> = {
  events: EVENTS,
  usualTypes: USUAL,
  sources: SOURCES,
  steps: [
    'Give the ingestion server a public address: ActiveCampaign calls only https on port 443.',
    'Let this service add the webhook: POST to this path with {"public_url": "https://…"}. Or add one in ActiveCampaign by hand, with the URL shown here behind your public address.',
    'Choose the sources public, admin and system. Leave api out, so that what is written from here does not come back.',
    'Tell nobody the URL: ActiveCampaign signs nothing, so whoever knows it can post to it. Detaching and attaching the integration makes a new one.',
  ],
  read: readMessage,
  forget({ type, contactId }, { account, cache }) {
    if (contactId === undefined) return;
    if (type === 'unsubscribe' || type === 'bounce')
      forgetAcknowledged({ name: account, cache }, contactId, 'list:');
    if (type === 'contact_tag_removed') forgetAcknowledged({ name: account, cache }, contactId, 'tag:');
  },
  async register(request, data, { url, name, types }) {
    const { api } = openAccount(request, data);
    try {
      const present = await api('/webhooks', { searchParams: { 'filters[name]': name }, expect: 'webhooks' });
      if (hooksOf(present.data).some((hook) => hook.url === url)) return DONE_BEFORE;
      const webhook = { name, url, events: types, sources: SOURCES };
      await api('/webhooks', { method: 'POST', json: { webhook }, expect: 'webhook.id' });
      return { name: 'Webhook', ok: true, message: 'ActiveCampaign has the webhook now.' };
    } catch (error) {
      const { message = 'ActiveCampaign refused it.' } = outcomeOfError(error, false);
      return { name: 'Webhook', ok: false, message, fix: FIX };
    }
  },
};

const FIX =
  'Test the connection of the integration, then try again; or add the webhook in ActiveCampaign by hand.';
const DONE_BEFORE = {
  name: 'Webhook',
  ok: true,
  message: 'ActiveCampaign had a webhook with this URL; it was left as it is.',
};

const hookRows = z.array(z.object({ id: idSchema, url: z.string() }));

function hooksOf(answer: unknown): z.infer<typeof hookRows> {
  return hookRows.safeParse(own(answer, 'webhooks')).data ?? [];
}
