/** Gives a contact exactly these tags. It must not know which events lead here. */
import type { ActionDefinition } from '../../destination/definition.ts';
import { openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { tagChoices } from '../choices.ts';
import { ensureContact, findContact, forgetContact, withFreshIds } from '../contacts.ts';
import { EMAIL_FIELD, TAGS_FIELD } from '../input-fields.ts';
import { addTag, readTags, removeTag } from '../memberships.ts';
import { ensureTag, forgetTag, tagNames } from '../metadata/tags.ts';
import type { ActiveCampaignSettings } from '../settings.ts';
import type { TagsPayload } from './add-tags.ts';

export const setTags: ActionDefinition<ActiveCampaignSettings, TagsPayload> = {
  title: 'Set Tags',
  description:
    'Give a contact exactly these tags: missing ones are put on, all others taken off. An empty list takes off all.',
  repeatable: true,
  budget: 'api',
  fields: { email: EMAIL_FIELD, tags: { ...TAGS_FIELD, default: { '@path': '$.properties.tags' } } },
  dynamicFields: { tags: tagChoices },
  contactKey: (payload) => addressKey(payload.email),
  async perform(request, data) {
    const account = openAccount(request, data);
    const email = requireEmail(data.payload.email);
    const names = tagNames(data.payload.tags);
    const forget = (): void => {
      forgetContact(account, email);
      for (const name of names) forgetTag(account, name);
    };
    await withFreshIds(forget, async () => {
      const wanted = new Set<string>();
      for (const name of names) wanted.add(await ensureTag(account, name));
      const contactId =
        wanted.size === 0 ? await findContact(account, email) : await ensureContact(account, email);
      if (contactId === undefined) return;
      const present = await readTags(account, contactId);
      const had = new Set(present.map(({ tag }) => tag));
      for (const row of present.filter(({ tag }) => !wanted.has(tag)))
        await removeTag(account, contactId, row);
      for (const id of wanted) if (!had.has(id)) await addTag(account, contactId, id);
    });
  },
};
