/** The shops that an account knows, which the vendor calls connections: made once each. It must not know orders. */
import { z } from 'zod';
import { CacheSlot } from '../../destination/cache.ts';
import { OutcomeError } from '../../destination/errors.ts';
import { own } from '../../event/json.ts';
import { type Account, cacheKey } from '../account.ts';
import { idSchema, readAll } from '../metadata/pages.ts';
import { apiRoot } from '../settings.ts';

/** What the vendor calls the platform of a shop. Ours for all, so that no other integration's shop is taken for one. */
const SERVICE = 'datafly';
const DEFAULT_SHOP = 'Online store';

export interface Shop {
  /** As people call it; shops of the same name in other letter case are one. */
  readonly name?: string;
  readonly url?: string;
}

const TTL_MS = 3_600_000;
const ids = new CacheSlot<string>(TTL_MS);
const row = z.object({ id: idSchema, service: z.string(), externalid: z.string() });

function nameOf({ name }: Shop): string {
  return name === undefined || name.trim() === '' ? DEFAULT_SHOP : name.trim();
}

function keyOf(shop: Shop): string {
  return nameOf(shop).toLowerCase();
}

/** The id of the shop's connection; undefined where there is none. */
export async function findConnection(account: Account, shop: Shop): Promise<string | undefined> {
  const known = await ids.peek(account.cache, cacheKey(account, keyOf(shop)));
  return known ?? find(account, shop);
}

/** The same, making it where there is none; many callers at once make one. */
export function ensureConnection(account: Account, shop: Shop): Promise<string> {
  return ids.fetch(
    account.cache,
    cacheKey(account, keyOf(shop)),
    async () => (await find(account, shop)) ?? create(account, shop),
  );
}

export function forgetConnection(account: Account, shop: Shop): void {
  ids.delete(account.cache, cacheKey(account, keyOf(shop)));
}

/** The ids of all shops that were connected this way. */
export async function ourConnections(account: Account): Promise<readonly string[]> {
  const rows = await readAll(account.api, '/connections', 'connections', row, {
    'filters[service]': SERVICE,
  });
  return rows.filter(({ service }) => service === SERVICE).map(({ id }) => id);
}

async function find(account: Account, shop: Shop): Promise<string | undefined> {
  const rows = await readAll(account.api, '/connections', 'connections', row, {
    'filters[service]': SERVICE,
    'filters[externalid]': keyOf(shop),
  });
  return rows.find(({ service, externalid }) => service === SERVICE && externalid === keyOf(shop))?.id;
}

/** Logo and link are required: where no address of the shop is known, they are the account's own. */
async function create(account: Account, shop: Shop): Promise<string> {
  const linkUrl = originOf(shop.url) ?? apiRoot(account.settings.api_url);
  const response = await account.api('/connections', {
    method: 'POST',
    json: {
      connection: {
        service: SERVICE,
        externalid: keyOf(shop),
        name: nameOf(shop),
        logoUrl: `${linkUrl}/favicon.ico`,
        linkUrl,
      },
    },
    expect: 'connection.id',
    throwHttpErrors: false,
    // A second creation is refused.
    repeatable: true,
  });
  const id = idSchema.safeParse(own(own(response.data, 'connection'), 'id'));
  if (response.outcome.kind === 'delivered' && id.success) return id.data;
  const existing = response.outcome.kind === 'rejected' ? await find(account, shop) : undefined;
  if (existing === undefined) throw new OutcomeError(response.outcome);
  return existing;
}

function originOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { origin, protocol } = new URL(url);
  return /^https?:$/.test(protocol) ? origin : undefined;
}
