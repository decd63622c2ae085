/** Takes an order back, in whole or in part. It must not know which events lead here. */
import type { ActionDefinition } from '../../destination/definition.ts';
import { OutcomeError, PayloadValidationError } from '../../destination/errors.ts';
import { openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { withFreshIds } from '../contacts.ts';
import { EMAIL_FIELD } from '../input-fields.ts';
import type { ActiveCampaignSettings } from '../settings.ts';
import { findConnection, forgetConnection } from '../shop/connections.ts';
import { shopOf } from '../shop/customer-of.ts';
import { STORE_FIELDS } from '../shop/fields.ts';
import { currencyOf, minorUnits } from '../shop/money.ts';
import { changeOrder, findOrder, forgetSent } from '../shop/orders.ts';

export type RefundPayload = {
  readonly email: string;
  readonly orderId: string;
  readonly remaining?: number;
  readonly currency?: string;
  readonly store?: string;
};

export const refundOrder: ActionDefinition<ActiveCampaignSettings, RefundPayload> = {
  title: 'Refund or Cancel Order',
  description:
    'Reduce a recorded order to what it is still worth: nothing, where it was refunded in full or cancelled. ActiveCampaign’s orders have no state for either, so that it is the total that changes. An order that is not there is not made.',
  repeatable: true,
  budget: 'api',
  fields: {
    email: EMAIL_FIELD,
    orderId: {
      label: 'Order id',
      description: 'The shop’s id of the order.',
      type: 'string',
      required: true,
      minimum: 1,
      default: { '@path': '$.properties.order_id' },
    },
    remaining: {
      label: 'Remaining total',
      description: 'What the order is worth after a refund in part: 12.50, not cents. Without it, nothing.',
      type: 'number',
    },
    currency: {
      label: 'Currency',
      description: 'The code of three letters of the remaining total’s currency.',
      type: 'string',
      default: { '@path': '$.properties.currency' },
    },
    ...STORE_FIELDS,
  },
  contactKey: (payload) => addressKey(payload.email),
  async perform(request, data) {
    const account = openAccount(request, data);
    const { orderId, remaining = 0, currency } = data.payload;
    requireEmail(data.payload.email);
    if (remaining !== 0 && currency === undefined)
      throw new PayloadValidationError('currency is required with a remaining total.');
    const totalPrice = remaining === 0 ? 0 : minorUnits(remaining, currencyOf(currency ?? ''));
    const shop = shopOf(data.payload);
    await withFreshIds(
      () => forgetConnection(account, shop),
      async () => {
        const connection = await findConnection(account, shop);
        const order =
          connection === undefined ? undefined : await findOrder(account, connection, { orderId });
        if (order === undefined) throw new OutcomeError(NO_ORDER);
        forgetSent(account, order, { orderId });
        await changeOrder(account, order.id, { totalPrice });
      },
    );
  },
};

const NO_ORDER = {
  kind: 'rejected',
  code: 'NOT_FOUND',
  message: 'The account has no such order of this store. Record the order first, then send this again.',
} as const;
