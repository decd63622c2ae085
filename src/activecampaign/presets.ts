/** Ready mappings for quick set-up as a library, where events come as clients send them. It must not know actions' insides. */
import type { Preset } from '../destination/definition.ts';
import { defaultMapping } from '../destination/prepare.ts';
import { setAccount } from './actions/set-account.ts';
import { syncContact } from './actions/sync-contact.ts';
import { trackEvent } from './actions/track-event.ts';
import { firstOf } from './input-fields.ts';

/** The runtime of this project puts the known address at `$.email`; plain events have it among the traits. */
const EMAIL = firstOf('$.email', '$.traits.email', '$.context.traits.email', '$.properties.email');
const CONSENT = firstOf('$.consent', '$.context.consent.canonical', '$.context.consent.categoryPreferences');

export const presets: readonly Preset[] = [
  {
    type: 'automatic',
    name: 'Sync contacts from identify',
    partnerAction: 'syncContact',
    subscribe: 'type = "identify"',
    mapping: { ...defaultMapping(syncContact.fields), email: EMAIL },
  },
  {
    type: 'automatic',
    name: 'Send tracked events',
    partnerAction: 'trackEvent',
    subscribe: 'type = "track"',
    mapping: { ...defaultMapping(trackEvent.fields), email: EMAIL, consent: CONSENT },
  },
  {
    type: 'automatic',
    name: 'Send page views',
    partnerAction: 'trackEvent',
    subscribe: 'type = "page"',
    mapping: {
      ...defaultMapping(trackEvent.fields),
      email: EMAIL,
      consent: CONSENT,
      event: 'page_view',
      properties: {
        url: firstOf('$.properties.url', '$.context.page.url'),
        title: firstOf('$.properties.title', '$.context.page.title'),
      },
    },
  },
  {
    type: 'automatic',
    name: 'Set accounts from group',
    partnerAction: 'setAccount',
    subscribe: 'type = "group"',
    mapping: { ...defaultMapping(setAccount.fields), email: firstOf('$.email', '$.context.traits.email') },
  },
];
