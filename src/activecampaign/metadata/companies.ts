/** The vendor's "accounts", the companies that contacts belong to: by name, made where they are missing. It must not know contacts. */
import { z } from 'zod';
import { CacheSlot } from '../../destination/cache.ts';
import { OutcomeError } from '../../destination/errors.ts';
import { own } from '../../event/json.ts';
import { type Account, cacheKey } from '../account.ts';
import { namedRow } from './named.ts';
import { idSchema, readAll } from './pages.ts';

const TTL_MS = 3_600_000;
const ids = new CacheSlot<string>(TTL_MS);

function keyOf(account: Account, name: string): string {
  return cacheKey(account, 'company', name.trim().toLowerCase());
}

/** The id of the company of this name; many callers at once make one. */
export function ensureCompany(account: Account, name: string, url?: string): Promise<string> {
  return ids.fetch(
    account.cache,
    keyOf(account, name),
    async () => (await find(account, name)) ?? create(account, name, url),
  );
}

export function forgetCompany(account: Account, name: string): void {
  ids.delete(account.cache, keyOf(account, name));
}

/** The search finds more than this very name. */
async function find(account: Account, name: string): Promise<string | undefined> {
  const rows = await readAll(account.api, '/accounts', 'accounts', z.object(namedRow.shape), {
    search: name.trim(),
  });
  return rows.find((row) => row.name.trim().toLowerCase() === name.trim().toLowerCase())?.id;
}

async function create(account: Account, name: string, url: string | undefined): Promise<string> {
  const response = await account.api('/accounts', {
    method: 'POST',
    json: { account: { name: name.trim(), ...(url === undefined ? {} : { accountUrl: url }) } },
    expect: 'account.id',
    throwHttpErrors: false,
    // A second creation is refused as a duplicate name.
    repeatable: true,
  });
  const id = idSchema.safeParse(own(own(response.data, 'account'), 'id'));
  if (response.outcome.kind === 'delivered' && id.success) return id.data;
  const existing = response.outcome.kind === 'rejected' ? await find(account, name) : undefined;
  if (existing === undefined) throw new OutcomeError(response.outcome);
  return existing;
}
