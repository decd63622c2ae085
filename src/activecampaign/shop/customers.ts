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

interface Known {
  readonly id: string;
  /** The address that the vendor has for the customer. */
  readonly email: string;
}

const TTL_MS = 24 * 3_600_000;
const known = new CacheSlot<Known>(TTL_MS);
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

/** The vendor's id of the customer. Its contact is made with it where there is none; a changed address is changed there too. */
export async function ensureCustomer(
  account: Account,
  connection: string,
  customer: Customer,
): Promise<string> {
  const key = cacheKey(account, connection, externalId(customer));
  const { id, email } = await known.fetch(account.cache, key, () => ensure(account, connection, customer));
  if (email.toLowerCase() !== customer.email) {
    await moveTo(account, id, customer);
    known.set(account.cache, key, { id, email: customer.email });
  }
  return id;
}

export function forgetCustomer(account: Account, connection: string, customer: Customer): void {
  forgetCustomerOf(account, connection, externalId(customer));
}

/** For when the customer whom the shop knows by this id is deleted. */
export function forgetCustomerOf(account: Account, connection: string, externalid: string): void {
  known.delete(account.cache, cacheKey(account, connection, externalid));
}

/** Made at once, since most are new; one that is there is refused, and found then. */
async function ensure(account: Account, connection: string, customer: Customer): Promise<Known> {
  try {
    return { id: await create(account, connection, customer), email: customer.email };
  } catch (error) {
    if (outcomeOfError(error, true).kind !== 'rejected') throw error;
    const existing = await find(account, connection, customer);
    if (existing === undefined) throw error;
    return existing;
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
