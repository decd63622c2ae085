/** Records an abandoned cart of a shop on its contact. It must not know which events lead here, nor decide when a cart is abandoned. */
import { parseTime } from '../../destination/date-like.ts';
import type { ActionDefinition } from '../../destination/definition.ts';
import { openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { firstOf } from '../input-fields.ts';
import type { ActiveCampaignSettings } from '../settings.ts';
import { customerOf, type ShopPayload, shopOf } from '../shop/customer-of.ts';
import { PURCHASE_FIELDS } from '../shop/fields.ts';
import { isoTime, type Purchase, purchaseBody } from '../shop/order-body.ts';
import { sendOrder } from '../shop/orders.ts';

export type CartPayload = Omit<Purchase, 'createdAt'> &
  ShopPayload & {
    readonly checkoutId: string;
    readonly createdAt?: string | number;
    readonly abandonedAt: string | number;
  };

export const recordCart: ActionDefinition<ActiveCampaignSettings, CartPayload> = {
  title: 'Record Abandoned Cart',
  description:
    'Record a cart that was left behind, for automations that win it back. Use it for the event that your shop sends when it holds a cart for abandoned: ActiveCampaign does not decide that itself. Record Order with the same cart id ends it.',
  repeatable: true,
  budget: 'api',
  fields: {
    ...PURCHASE_FIELDS,
    checkoutId: {
      label: 'Cart id',
      description: 'The shop’s id of the cart.',
      type: 'string',
      required: true,
      minimum: 1,
      default: firstOf('$.properties.cart_id', '$.properties.checkout_id', '$.properties.order_id'),
    },
    createdAt: {
      label: 'Begun at',
      description: 'When the cart was begun; without it, when it was abandoned.',
      type: 'datetime',
    },
    abandonedAt: {
      label: 'Abandoned at',
      description: 'When the cart was abandoned; never later than now.',
      type: 'datetime',
      required: true,
      default: { '@path': '$.timestamp' },
    },
  },
  contactKey: (payload) => addressKey(payload.email),
  async perform(request, data) {
    const account = openAccount(request, data);
    const { payload, context } = data;
    const email = requireEmail(payload.email);
    const { checkoutId, abandonedAt, createdAt = abandonedAt } = payload;
    const leftAt = Math.min(parseTime(abandonedAt) ?? context.clock.now(), context.clock.now());
    await sendOrder(account, {
      checkoutId,
      shop: shopOf(payload),
      customer: customerOf(payload, email),
      body: {
        ...purchaseBody(account, email, { ...payload, createdAt }),
        abandonedDate: new Date(leftAt).toISOString(),
      },
      birth: { source: '1', externalCreatedDate: isoTime(createdAt, 'createdAt') },
    });
  },
};
