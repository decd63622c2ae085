/** The event names that the account lists; added where the settings want that. It must not know events. */
import { z } from 'zod';
import { CacheSlot } from '../../destination/cache.ts';
import { OutcomeError } from '../../destination/errors.ts';
import { type Account, cacheKey } from '../account.ts';
import { readAll } from './pages.ts';

export const eventNameRow = z.object({ name: z.string() });

const TTL_MS = 3_600_000;
const names = new CacheSlot<ReadonlySet<string>>(TTL_MS);
const registered = new CacheSlot<true>(TTL_MS);

/** Makes sure that the account lists the name; asks once an hour, adds a name once. */
export async function registerEventName(account: Account, name: string): Promise<void> {
  const listed = await names.fetch(account.cache, cacheKey(account, 'events'), () => load(account));
  if (listed.has(name)) return;
  await registered.fetch(account.cache, cacheKey(account, name), () => add(account, name));
}

async function load(account: Account): Promise<ReadonlySet<string>> {
  const rows = await readAll(account.api, '/eventTrackingEvents', 'eventTrackingEvents', eventNameRow);
  return new Set(rows.map(({ name }) => name));
}

/** What a duplicate is answered with is not known; a refusal is taken for one when the name is listed afterwards. */
async function add(account: Account, name: string): Promise<true> {
  const response = await account.api('/eventTrackingEvents', {
    method: 'POST',
    json: { eventTrackingEvent: { name } },
    expect: 'eventTrackingEvent',
    throwHttpErrors: false,
    repeatable: true,
  });
  if (response.outcome.kind === 'delivered') return true;
  if (response.outcome.kind === 'rejected' && (await load(account)).has(name)) return true;
  throw new OutcomeError(response.outcome);
}
