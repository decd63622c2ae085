/** The ActiveCampaign destination: what it is called, takes and can do. Its actions are files of their own. */
import type { DestinationDefinition } from '../destination/definition.ts';
import { syncContact } from './actions/sync-contact.ts';
import { EVENTS_NEED, trackEvent } from './actions/track-event.ts';
import { createApi } from './api.ts';
import { catalogVendor } from './catalog.ts';
import { activecampaignConfigSchema } from './generated/activecampaign-config.ts';
import { judge } from './judge.ts';
import {
  type ActiveCampaignSettings,
  accountOf,
  authenticationFields,
  checkSettings,
  trackingCredentials,
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
  actions: { syncContact, trackEvent },
  presets: [
    { type: 'automatic', name: 'Sync Contact', partnerAction: 'syncContact', subscribe: 'type = "identify"' },
    { type: 'automatic', name: 'Track Event', partnerAction: 'trackEvent', subscribe: 'type = "track"' },
  ],
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
  available: (action, settings) =>
    action === 'trackEvent' && trackingCredentials(settings) === undefined ? EVENTS_NEED : undefined,
};
