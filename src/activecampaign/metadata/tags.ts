/** Tags: names to ids, created once where they are missing. It must not know who is tagged. */
import { z } from 'zod';
import { CacheSlot } from '../../destination/cache.ts';
import { OutcomeError } from '../../destination/errors.ts';
import { own } from '../../event/json.ts';
import { type Account, cacheKey } from '../account.ts';
import { idSchema, readAll } from './pages.ts';

const TTL_MS = 3_600_000;
/** Folded name → id. */
const ids = new CacheSlot<string | undefined>(TTL_MS);

export const tagRow = z.object({ id: idSchema, tag: z.string(), tagType: z.string() });

/** The vendor compares names of tags without regard to letter case; blanks around them are a slip. */
function foldTag(name: string): string {
  return name.trim().toLowerCase();
}

/** Names from a list or a single text; each once as first spelt, in their order, without empty ones. */
export function tagNames(given: string | number | readonly (string | number)[]): readonly string[] {
  const names = (Array.isArray(given) ? given : [given])
    .map((name) => String(name).trim())
    .filter((name) => name !== '');
  return names.filter(
    (name, index) => names.findIndex((other) => foldTag(other) === foldTag(name)) === index,
  );
}

/** The id of a contact tag, by name or id; undefined when there is none. That there is none is not remembered: it may be made any time. */
export async function findTag(account: Account, name: string): Promise<string | undefined> {
  if (/^\d+$/.test(name)) return name;
  const key = cacheKey(account, foldTag(name));
  const id = await ids.fetch(account.cache, key, () => search(account, name));
  if (id === undefined) ids.delete(account.cache, key);
  return id;
}

/** The same, creating the tag where it is missing. Many callers at once create one. */
export async function ensureTag(account: Account, name: string): Promise<string> {
  const found = await findTag(account, name);
  if (found !== undefined) return found;
  return creations.fetch(account.cache, cacheKey(account, foldTag(name)), () => create(account, name));
}

const creations = new CacheSlot<string>(TTL_MS);

/** For when the API says that a tag is gone. */
export function forgetTag(account: Account, name: string): void {
  const key = cacheKey(account, foldTag(name));
  ids.delete(account.cache, key);
  creations.delete(account.cache, key);
}

/** The search finds every tag that contains the text; only a contact tag of exactly this name counts. */
async function search(account: Account, name: string): Promise<string | undefined> {
  const rows = await readAll(account.api, '/tags', 'tags', tagRow, { search: name.trim() });
  return rows.find(({ tag, tagType }) => tagType === 'contact' && foldTag(tag) === foldTag(name))?.id;
}

async function create(account: Account, name: string): Promise<string> {
  const response = await account.api('/tags', {
    method: 'POST',
    json: { tag: { tag: name.trim(), tagType: 'contact', description: '' } },
    expect: 'tag.id',
    throwHttpErrors: false,
    // A second creation is refused, never doubled.
    repeatable: true,
  });
  const id = idSchema.safeParse(own(own(response.data, 'tag'), 'id'));
  if (response.outcome.kind === 'delivered' && id.success) {
    ids.set(account.cache, cacheKey(account, foldTag(name)), id.data);
    return id.data;
  }
  // Someone else may have made it meanwhile: then it is refused as a duplicate, and found now.
  const existing = response.outcome.kind === 'rejected' ? await search(account, name) : undefined;
  if (existing === undefined) throw new OutcomeError(response.outcome);
  ids.set(account.cache, cacheKey(account, foldTag(name)), existing);
  return existing;
}
