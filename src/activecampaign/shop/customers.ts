/** Customers of a shop, each joined to the contact of its address: made once each. It must not know orders. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CacheSlot } from '../../destination/cache.ts';
import { outcomeOfError } from '../../destination/dispatch.ts';
import { own } from '../../event/json.ts';
import { type Account, cacheKey } from '../account.ts';
import { idSchema, readAll } from '../metadata/pages.ts';

export interface Customer {
  readonly email: string;
  /** The shop's own id of the customer. */
  readonly id?: string;
  readonly acceptsMarketing?: boolean;
}

const TTL_MS = 24 * 3_600_000;
const ids = new CacheSlot<string>(TTL_MS);
const row = z.object({
  id: idSchema,
  connectionid: idSchema,
  externalid: z.string(),
  email: z.string(),
});

/** Guests have no id at the shop: one that is theirs and tells nobody their address. */
function externalId({ id, email }: Customer): string {
  if (id !== undefined && id.trim() !== '') return id.trim();
  return `guest:${createHash('sha256').update(email).digest('hex')}`;
}

function keyOf(account: Account, connection: string, customer: Customer): string {
  return cacheKey(account, connection, externalId(customer), customer.email);
}

/** The vendor's id of the customer. Its contact is made with it where there is none. */
export function ensureCustomer(account: Account, connection: string, customer: Customer): Promise<string> {
  return ids.fetch(account.cache, keyOf(account, connection, customer), () =>
    ensure(account, connection, customer),
  );
}

export function forgetCustomer(account: Account, connection: string, customer: Customer): void {
  ids.delete(account.cache, keyOf(account, connection, customer));
}

/** For when the customer that the shop knows by this id and address is deleted. */
export function forgetCustomerOf(
  account: Account,
  connection: string,
  externalid: string,
  email: string,
): void {
  ids.delete(account.cache, cacheKey(account, connection, externalid, email));
}

/** Made at once, since most are new; one that is there is refused, and found then. */
async function ensure(account: Account, connection: string, customer: Customer): Promise<string> {
  try {
    return await create(account, connection, customer);
  } catch (error) {
    if (outcomeOfError(error, true).kind !== 'rejected') throw error;
    const existing = await find(account, connection, customer);
    if (existing === undefined) throw error;
    if (existing.email.toLowerCase() !== customer.email) await moveTo(account, existing.id, customer);
    return existing.id;
  }
}

async function create(account: Account, connection: string, customer: Customer): Promise<string> {
  const response = await account.api('/ecomCustomers', {
    method: 'POST',
    json: {
      ecomCustomer: {
        connectionid: connection,
        externalid: externalId(customer),
        email: customer.email,
        ...marketing(customer),
      },
    },
    expect: 'ecomCustomer.id',
    repeatable: true,
  });
  return idSchema.parse(own(own(response.data, 'ecomCustomer'), 'id'));
}

/** Rows that sum up all shops have no connection, so that each row is looked at. */
async function find(account: Account, connection: string, customer: Customer) {
  const rows = await readAll(account.api, '/ecomCustomers', 'ecomCustomers', row, {
    'filters[connectionid]': connection,
    'filters[externalid]': externalId(customer),
  });
  return rows.find(
    ({ connectionid, externalid }) => connectionid === connection && externalid === externalId(customer),
  );
}

async function moveTo(account: Account, id: string, customer: Customer): Promise<void> {
  await account.api(`/ecomCustomers/${id}`, {
    method: 'PUT',
    json: { ecomCustomer: { email: customer.email, ...marketing(customer) } },
    expect: 'ecomCustomer.id',
    repeatable: true,
  });
}

function marketing({ acceptsMarketing }: Customer): object {
  return acceptsMarketing === undefined ? {} : { acceptsMarketing: acceptsMarketing ? '1' : '0' };
}
