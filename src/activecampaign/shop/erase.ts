/** Takes away what this integration recorded of a person's orders. It must not know who asked. */
import { z } from 'zod';
import { outcomeOfError } from '../../destination/dispatch.ts';
import type { Account } from '../account.ts';
import { removeRow } from '../memberships.ts';
import { idSchema, readAll } from '../metadata/pages.ts';
import { ourConnections } from './connections.ts';
import { forgetCustomerOf } from './customers.ts';

const customerRow = z.object({ id: idSchema, connectionid: idSchema, externalid: z.string() });
const orderRow = z.object({ id: idSchema, customerid: idSchema });

/**
 * Whether orders go with their contact is not documented (activecampaign-retail §6), so that they are deleted first, and
 * then their customers. Shops that others connected are left alone.
 */
export async function eraseShopData(account: Account, email: string): Promise<void> {
  const ours = await connectionsIfAny(account);
  if (ours.length === 0) return;
  const customers = await readAll(account.api, '/ecomCustomers', 'ecomCustomers', customerRow, {
    'filters[email]': email,
  });
  for (const { id, connectionid, externalid } of customers.filter((row) => ours.includes(row.connectionid))) {
    const orders = await readAll(account.api, '/ecomOrders', 'ecomOrders', orderRow, {
      'filters[customerid]': id,
    });
    for (const order of orders.filter(({ customerid }) => customerid === id))
      await removeRow(account, `/ecomOrders/${order.id}`);
    await removeRow(account, `/ecomCustomers/${id}`);
    forgetCustomerOf(account, connectionid, externalid);
  }
}

/** An account whose plan has no shop data refuses to tell: then there is none. */
async function connectionsIfAny(account: Account): Promise<readonly string[]> {
  try {
    return await ourConnections(account);
  } catch (error) {
    if (outcomeOfError(error, true).kind !== 'rejected') throw error;
    return [];
  }
}
