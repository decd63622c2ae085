/** Puts tags on a contact. It must not know which events lead here. */
import type { ActionDefinition } from '../../destination/definition.ts';
import { type Account, openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { tagChoices } from '../choices.ts';
import { ensureContact, forgetContact, withFreshIds } from '../contacts.ts';
import { EMAIL_FIELD, TAGS_FIELD } from '../input-fields.ts';
import { addTag } from '../memberships.ts';
import { ensureTag, forgetTag, tagNames } from '../metadata/tags.ts';
import type { ActiveCampaignSettings } from '../settings.ts';

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
    for (const name of tagNames(data.payload.tags)) await tag(account, email, name);
  },
};

/** One tag at a time, so that a retry finds the former ones acknowledged. */
async function tag(account: Account, email: string, name: string): Promise<void> {
  const forget = (): void => {
    forgetContact(account, email);
    forgetTag(account, name);
  };
  await withFreshIds(forget, async () =>
    addTag(account, await ensureContact(account, email), await ensureTag(account, name)),
  );
}
