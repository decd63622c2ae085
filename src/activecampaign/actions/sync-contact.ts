/** Creates a contact or updates the one with the same address. It must not know which events lead here. */
import type { ActionDefinition } from '../../destination/definition.ts';
import { addressKey, requireEmail } from '../address.ts';
import { createApi } from '../api.ts';
import type { ActiveCampaignSettings } from '../settings.ts';

export type SyncContactPayload = {
  readonly email: string;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  readonly phone?: string | null;
};

export const syncContact: ActionDefinition<ActiveCampaignSettings, SyncContactPayload> = {
  title: 'Sync Contact',
  description:
    'Create a contact, or update the one with this e-mail address. What is not mapped stays as it is.',
  defaultSubscription: 'type = "identify"',
  repeatable: true,
  budget: 'api',
  fields: {
    email: {
      label: 'Email',
      description: 'The contact’s address. It is trimmed and put in lower case.',
      type: 'string',
      format: 'email',
      required: true,
      category: 'identifier',
      default: { '@path': '$.email' },
    },
    firstName: {
      label: 'First name',
      description: 'null takes the name away; a missing one is left as it is.',
      type: 'string',
      allowNull: true,
      default: { '@path': '$.traits.first_name' },
    },
    lastName: {
      label: 'Last name',
      description: 'null takes the name away; a missing one is left as it is.',
      type: 'string',
      allowNull: true,
      default: { '@path': '$.traits.last_name' },
    },
    phone: {
      label: 'Phone',
      description: 'Any form; E.164 (+15551234567) is best. null takes it away.',
      type: 'string',
      allowNull: true,
      default: { '@path': '$.traits.phone' },
    },
  },
  merge: (earlier, later) => ({ ...earlier, ...later }),
  contactKey: (payload) => addressKey(payload.email),
  async perform(request, { settings, payload }) {
    const api = createApi(request, settings);
    const contact: Record<string, string> = { email: requireEmail(payload.email) };
    for (const name of ['firstName', 'lastName', 'phone'] as const) {
      const value = payload[name];
      if (value === null) contact[name] = '';
      else if (value !== undefined && value.trim() !== '') contact[name] = value.trim();
    }
    const response = await api('/contact/sync', { method: 'POST', json: { contact }, expect: 'contact.id' });
    return response.data;
  },
};
