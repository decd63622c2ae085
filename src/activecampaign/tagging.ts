/** Puts tags on contacts by name. It must not know which action wants it. */
import type { Account } from './account.ts';
import { ensureContact, forgetContact, withFreshIds } from './contacts.ts';
import { addTag } from './memberships.ts';
import { ensureTag, forgetTag, tagNames } from './metadata/tags.ts';

/** One tag after the other, so that a retry finds the former ones acknowledged. Makes tags and the contact where there are none. */
export async function putTags(account: Account, email: string, tags: readonly string[]): Promise<void> {
  for (const name of tagNames(tags)) {
    const forget = (): void => {
      forgetContact(account, email);
      forgetTag(account, name);
    };
    await withFreshIds(forget, async () =>
      addTag(account, await ensureContact(account, email), await ensureTag(account, name)),
    );
  }
}
