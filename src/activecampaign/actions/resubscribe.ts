/** Subscribes a contact again who had left, on a new opt-in. It must not know which events lead here. */
import type { ActionDefinition } from '../../destination/definition.ts';
import { addressKey } from '../address.ts';
import { listChoices } from '../choices.ts';
import { EMAIL_FIELD, LISTS_FIELD } from '../input-fields.ts';
import type { ActiveCampaignSettings } from '../settings.ts';
import { changeLists, type ListsPayload } from './subscribe.ts';

export const resubscribe: ActionDefinition<ActiveCampaignSettings, ListsPayload> = {
  title: 'Resubscribe to Lists',
  description:
    'Subscribe a contact to lists, also one who unsubscribed or bounced. Only for people who have just opted in again.',
  repeatable: true,
  budget: 'api',
  fields: { email: EMAIL_FIELD, lists: LISTS_FIELD },
  dynamicFields: { lists: listChoices },
  contactKey: (payload) => addressKey(payload.email),
  perform: (request, data) => changeLists(request, data, 'resubscribe'),
};
