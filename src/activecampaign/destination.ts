/** The ActiveCampaign destination: what it is called, takes and can do. Its actions are files of their own. */
import type { DestinationDefinition } from '../destination/definition.ts';
import { openAccount } from './account.ts';
import { addNote } from './actions/add-note.ts';
import { addTags } from './actions/add-tags.ts';
import { addToAutomation } from './actions/add-to-automation.ts';
import { deleteByAddress, deleteContact } from './actions/delete-contact.ts';
import { recordCart } from './actions/record-cart.ts';
import { recordOrder } from './actions/record-order.ts';
import { refundOrder } from './actions/refund-order.ts';
import { removeFromAutomation } from './actions/remove-from-automation.ts';
import { removeTags } from './actions/remove-tags.ts';
import { resubscribe } from './actions/resubscribe.ts';
import { setAccount } from './actions/set-account.ts';
import { setTags } from './actions/set-tags.ts';
import { subscribe } from './actions/subscribe.ts';
import { syncContact } from './actions/sync-contact.ts';
import { EVENTS_NEED, trackEvent } from './actions/track-event.ts';
import { unsubscribe } from './actions/unsubscribe.ts';
import { requireEmail } from './address.ts';
import { createApi } from './api.ts';
import { catalogVendor } from './catalog.ts';
import { testConnection } from './connection.ts';
import { activecampaignConfigSchema } from './generated/activecampaign-config.ts';
import { imagine } from './imagine.ts';
import { inbound } from './inbound.ts';
import { judge } from './judge.ts';
import { presets } from './presets.ts';
import {
  type ActiveCampaignSettings,
  accountOf,
  authenticationFields,
  checkSettings,
  trackingCredentials,
  trackingUrl,
} from './settings.ts';

export const activecampaign: DestinationDefinition<ActiveCampaignSettings> = {
  name: 'ActiveCampaign',
  slug: 'activecampaign',
  mode: 'cloud',
  description: catalogVendor.description,
  authentication: {
    scheme: 'custom',
    fields: authenticationFields,
    testAuthentication: (request, { settings }) =>
      createApi(request, settings)('/users/me', { expect: 'user.id' }),
  },
  // An event without an account is answered, refused and recorded nowhere: activecampaign-core §4.1.
  testTracking: (request, { settings, context }) =>
    request(trackingUrl(settings, context), {
      method: 'POST',
      body: new URLSearchParams(),
      budget: 'tracking',
      repeatable: true,
    }),
  actions: {
    syncContact,
    trackEvent,
    addTags,
    removeTags,
    setTags,
    subscribe,
    unsubscribe,
    resubscribe,
    addNote,
    addToAutomation,
    removeFromAutomation,
    setAccount,
    recordOrder,
    recordCart,
    refundOrder,
    deleteContact,
  },
  presets,
  onDelete: (request, data) => deleteByAddress(openAccount(request, data), addressOf(data.payload)),
  testConnection,
  catalog: catalogVendor,
  settings: { schema: activecampaignConfigSchema, check: checkSettings },
  account: accountOf,
  // Requests: activecampaign-core §1.4; imports: §3. The vendor says nothing of tracking, so that it is treated as the API.
  limits: {
    api: { requests: 5, perMs: 1_000 },
    tracking: { requests: 5, perMs: 1_000 },
    bulk: { requests: 100, perMs: 60_000 },
    bulkSingle: { requests: 20, perMs: 60_000 },
  },
  judge,
  imagine,
  inbound,
  available: (action, settings) =>
    action === 'trackEvent' && trackingCredentials(settings) === undefined ? EVENTS_NEED : undefined,
};

/** A deletion names ids; where one of them is the address itself, that is it. */
function addressOf({ email, userId }: { readonly email?: string; readonly userId?: string }): string {
  return requireEmail(email ?? userId);
}
