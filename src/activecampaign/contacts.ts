/** Contacts by address: their ids, remembered; what was acknowledged of them, remembered. It must not know why. */
import { z } from 'zod';
import { CacheSlot } from '../destination/cache.ts';
import { HTTPError } from '../destination/errors.ts';
import { own } from '../event/json.ts';
import { type Account, cacheKey } from './account.ts';
import { idSchema } from './metadata/pages.ts';

/** How long something that ActiveCampaign confirmed is taken for granted. */
const TTL_MS = 24 * 3_600_000;
const ids = new CacheSlot<string>(TTL_MS);
/** What was confirmed of a contact, each under its own key: the last sync, a tag, a list. */
const acknowledgements = new CacheSlot<string>(TTL_MS);

export function rememberContact(account: Account, email: string, id: string): void {
  ids.set(account.cache, cacheKey(account, email), id);
}

/** For when the API says that the contact is gone. What was confirmed of it hangs on its id, which never comes back. */
export function forgetContact(account: Account, email: string): void {
  ids.delete(account.cache, cacheKey(account, email));
}

/** The id of an address that was seen in the account within a day. Asks nobody. */
export function knownContact(account: Account, email: string): Promise<string | undefined> {
  return ids.peek(account.cache, cacheKey(account, email));
}

/** What was confirmed of the contact under this key within a day, if the settings let that count. */
export async function acknowledged(
  account: Account,
  contactId: string,
  what: string,
): Promise<string | undefined> {
  if (account.settings.skip_unchanged === false) return undefined;
  return acknowledgements.peek(account.cache, cacheKey(account, contactId, what));
}

export function acknowledge(account: Account, contactId: string, what: string, value: string): void {
  acknowledgements.set(account.cache, cacheKey(account, contactId, what), value);
}

export function unacknowledge(account: Account, contactId: string, what: string): void {
  acknowledgements.delete(account.cache, cacheKey(account, contactId, what));
}

/** Forgets all that was confirmed of the contact under keys that begin so, e.g. `list:`. */
export function forgetAcknowledged(
  account: Pick<Account, 'name' | 'cache'>,
  contactId: string,
  what: string,
): void {
  const beginning = cacheKey(account, contactId, what).slice(0, -'"]'.length);
  acknowledgements.deleteWhere(account.cache, (key) => key.startsWith(beginning));
}

/** The id of the contact with this address, from memory or by one read; undefined when there is no such contact. */
export async function findContact(account: Account, email: string): Promise<string | undefined> {
  const known = await knownContact(account, email);
  if (known !== undefined) return known;
  const response = await account.api('/contacts', { searchParams: { email }, expect: 'contacts' });
  const rows = z
    .array(z.object({ id: idSchema, email: z.string() }))
    .safeParse(own(response.data, 'contacts'));
  // A deleted contact may still be found, under an address that begins with "deleted+".
  const row = rows.data?.find((contact) => contact.email.trim().toLowerCase() === email);
  if (row !== undefined) rememberContact(account, email, row.id);
  return row?.id;
}

export interface ContactBody {
  readonly email: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly phone?: string;
  readonly fieldValues?: readonly { readonly field: string; readonly value: string }[];
}

/** Creates or updates by address, in one request; gives the id. Repeating it is harmless. */
export async function upsertContact(account: Account, contact: ContactBody): Promise<string> {
  const response = await account.api('/contact/sync', {
    method: 'POST',
    json: { contact },
    expect: 'contact.id',
    repeatable: true,
  });
  const id = idSchema.parse(own(own(response.data, 'contact'), 'id'));
  rememberContact(account, contact.email, id);
  return id;
}

/** The id of the contact, made of its address alone where the account does not have it. */
export async function ensureContact(account: Account, email: string): Promise<string> {
  return (await knownContact(account, email)) ?? upsertContact(account, { email });
}

/** Runs; when the API says that an id is not (any longer) one, forgets what was remembered and runs once more with fresh ids. */
export async function withFreshIds<T>(forget: () => void, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof HTTPError) || !(error.outcome.code === 'NOT_FOUND' || error.status === 422))
      throw error;
    forget();
    return run();
  }
}
