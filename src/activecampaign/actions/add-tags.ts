/** Puts tags on a contact. It must not know which events lead here. */
import type { ActionDefinition } from '../../destination/definition.ts';
import { openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { tagChoices } from '../choices.ts';
import { EMAIL_FIELD, TAGS_FIELD } from '../input-fields.ts';
import type { ActiveCampaignSettings } from '../settings.ts';
import { putTags } from '../tagging.ts';

export type TagsPayload = {
  readonly email: string;
  readonly tags: readonly string[];
};

export const addTags: ActionDefinition<ActiveCampaignSettings, TagsPayload> = {
  title: 'Add Tags',
  description:
    'Put tags on a contact. Tags that do not exist are made; a contact that does not exist is made of its address.',
  repeatable: true,
  budget: 'api',
  fields: { email: EMAIL_FIELD, tags: { ...TAGS_FIELD, default: { '@path': '$.properties.tags' } } },
  dynamicFields: { tags: tagChoices },
  contactKey: (payload) => addressKey(payload.email),
  async perform(request, data) {
    const account = openAccount(request, data);
    const email = requireEmail(data.payload.email);
    await putTags(account, email, data.payload.tags);
  },
};
