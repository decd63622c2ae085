/** What happens when an order or a cart changes: its products, and the triggers that fire. It must not know how a request asked for it. */
import type { Context } from '../context.ts';
import { contactByEmail } from './contacts.ts';
import { recordTrigger } from './memberships.ts';
import type { OrderProductRow, OrderRow } from './rows.ts';

/** Products are rows of their own; new ones take new ids. */
export function replaceProducts(
  { state, now }: Context,
  order: OrderRow,
  products: readonly Omit<OrderProductRow, 'id' | 'order' | 'connection' | 'createdAt'>[],
): void {
  for (const row of state.productsByOrder.find(order.id)) state.orderProducts.remove(row.id);
  for (const product of products) {
    state.orderProducts.add((id) => ({
      ...product,
      id,
      order: order.id,
      connection: order.connection,
      createdAt: now(),
    }));
  }
}

/** Only what happens now fires anything; what is handed in as history does not. */
export function recordOrderChange(context: Context, before: OrderRow | undefined, row: OrderRow): void {
  const contact = contactByEmail(context, row.email);
  if (row.source !== 1 || !contact || before?.state === row.state) return;
  if (row.state === 2) recordTrigger(context, 'abandons_cart', row.externalcheckoutid ?? '', contact.id);
  if (row.state === 1 || row.state === 3)
    recordTrigger(context, 'makes_purchase', row.externalid ?? '', contact.id);
}
