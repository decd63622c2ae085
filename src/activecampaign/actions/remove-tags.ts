/** Takes tags off a contact. It must not know which events lead here. */
import type { ActionDefinition } from '../../destination/definition.ts';
import { openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { tagChoices } from '../choices.ts';
import { findContact, forgetContact, withFreshIds } from '../contacts.ts';
import { EMAIL_FIELD, TAGS_FIELD } from '../input-fields.ts';
import { readTags, removeTag } from '../memberships.ts';
import { findTag, tagNames } from '../metadata/tags.ts';
import type { ActiveCampaignSettings } from '../settings.ts';
import type { TagsPayload } from './add-tags.ts';

export const removeTags: ActionDefinition<ActiveCampaignSettings, TagsPayload> = {
  title: 'Remove Tags',
  description: 'Take tags off a contact. What is not there is left alone; nothing is made.',
  repeatable: true,
  budget: 'api',
  fields: { email: EMAIL_FIELD, tags: { ...TAGS_FIELD, default: { '@path': '$.properties.tags' } } },
  dynamicFields: { tags: tagChoices },
  contactKey: (payload) => addressKey(payload.email),
  async perform(request, data) {
    const account = openAccount(request, data);
    const email = requireEmail(data.payload.email);
    const ids = await Promise.all(tagNames(data.payload.tags).map((name) => findTag(account, name)));
    if (ids.every((id) => id === undefined)) return;
    await withFreshIds(
      () => forgetContact(account, email),
      async () => {
        const contactId = await findContact(account, email);
        if (contactId === undefined) return;
        const present = await readTags(account, contactId);
        for (const row of present.filter(({ tag }) => ids.includes(tag)))
          await removeTag(account, contactId, row);
      },
    );
  },
};
