/** Orders and carts of shops in the account: found by the shop's own ids, made or changed. It must not know events. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Account } from '../account.ts';
import { acknowledge, acknowledged, unacknowledge, withFreshIds } from '../contacts.ts';
import { idSchema, readAll } from '../metadata/pages.ts';
import { ensureConnection, forgetConnection, type Shop } from './connections.ts';
import { type Customer, ensureCustomer, forgetCustomer } from './customers.ts';

const row = z.object({
  id: idSchema,
  connectionid: idSchema,
  customerid: idSchema.nullish(),
  externalid: z.string().nullish(),
  externalcheckoutid: z.string().nullish(),
});
export type FoundOrder = z.infer<typeof row>;

export interface OrderIds {
  readonly orderId?: string;
  readonly checkoutId?: string;
}

/** The order of this id, else the cart that it came from. Filters are not trusted: one of them is known to let everything pass. */
export async function findOrder(
  account: Account,
  connection: string,
  { orderId, checkoutId }: OrderIds,
): Promise<FoundOrder | undefined> {
  const search = async (name: 'externalid' | 'externalcheckoutid', id: string) => {
    const rows = await readAll(account.api, '/ecomOrders', 'ecomOrders', row, {
      'filters[connectionid]': connection,
      [`filters[${name}]`]: id,
    });
    return rows.find((found) => found.connectionid === connection && found[name] === id);
  };
  const order = orderId === undefined ? undefined : await search('externalid', orderId);
  if (order !== undefined || checkoutId === undefined) return order;
  return search('externalcheckoutid', checkoutId);
}

export interface OrderToSend extends OrderIds {
  readonly shop: Shop;
  readonly customer: Customer;
  /** What is sent when it is made and when it is changed. */
  readonly body: object;
  /** What is sent only when it is made. */
  readonly birth: object;
}

/** Makes the order or cart, or brings the one that is there up to date. A cart that is given an order's id becomes that order. */
export async function sendOrder(account: Account, order: OrderToSend): Promise<void> {
  const hash = createHash('sha256').update(JSON.stringify(order)).digest('base64');
  let connection = '';
  const forget = (): void => {
    forgetCustomer(account, connection, order.customer);
    forgetConnection(account, order.shop);
  };
  await withFreshIds(forget, async () => {
    connection = await ensureConnection(account, order.shop);
    const customer = await ensureCustomer(account, connection, order.customer);
    const name = sentName(customer, order);
    if ((await acknowledged(account, name, 'sent')) === hash) return;
    unacknowledge(account, name, 'sent');
    await bring(account, order, connection, customer);
    acknowledge(account, name, 'sent', hash);
  });
}

async function bring(
  account: Account,
  order: OrderToSend,
  connection: string,
  customer: string,
): Promise<void> {
  const found = await findOrder(account, connection, order);
  if (found === undefined) return make(account, order, connection, customer);
  // A cart that was ordered meanwhile is a cart no more.
  if (order.orderId === undefined && (found.externalid ?? '') !== '') return;
  await changeOrder(account, found.id, { ...idsOf(order, found), ...order.body });
}

/** What is remembered as sent of an order, or of a cart; it hangs on the customer's id, which never comes back. */
function sentName(customer: string, { orderId, checkoutId = '' }: OrderIds): string {
  return JSON.stringify(
    orderId === undefined ? ['cart', customer, checkoutId] : ['order', customer, orderId],
  );
}

/** For when an order is changed by another way than being sent. */
export function forgetSent(account: Account, { customerid }: FoundOrder, ids: OrderIds): void {
  unacknowledge(account, sentName(customerid ?? '', ids), 'sent');
}

/** Turns a cart into an order. */
function idsOf({ orderId }: OrderIds, found: FoundOrder): object {
  return orderId === undefined || found.externalid === orderId ? {} : { externalid: orderId };
}

/** Repeating is harmless: an order is refused as a duplicate, and each try looks for what is there first. */
async function make(
  account: Account,
  { orderId, checkoutId, body, birth }: OrderToSend,
  connectionid: string,
  customerid: string,
): Promise<void> {
  await account.api('/ecomOrders', {
    method: 'POST',
    json: {
      ecomOrder: {
        ...(orderId === undefined ? { externalcheckoutid: checkoutId } : { externalid: orderId }),
        ...body,
        ...birth,
        connectionid,
        customerid,
      },
    },
    expect: 'ecomOrder.id',
    repeatable: true,
  });
}

export async function changeOrder(account: Account, id: string, changes: object): Promise<void> {
  await account.api(`/ecomOrders/${id}`, {
    method: 'PUT',
    json: { ecomOrder: changes },
    expect: 'ecomOrder.id',
    repeatable: true,
  });
}
