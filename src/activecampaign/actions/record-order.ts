/** Records an order of a shop on its contact, or brings it up to date. It must not know which events lead here. */
import type { ActionDefinition } from '../../destination/definition.ts';
import { openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { firstOf } from '../input-fields.ts';
import type { ActiveCampaignSettings } from '../settings.ts';
import { customerOf, type ShopPayload, shopOf } from '../shop/customer-of.ts';
import { PURCHASE_FIELDS } from '../shop/fields.ts';
import { isoTime, type Purchase, purchaseBody } from '../shop/order-body.ts';
import { sendOrder } from '../shop/orders.ts';

export type OrderPayload = Purchase &
  ShopPayload & {
    readonly orderId: string;
    readonly checkoutId?: string;
    readonly orderNumber?: string;
    readonly shippingMethod?: string;
    readonly historical?: boolean;
  };

export const recordOrder: ActionDefinition<ActiveCampaignSettings, OrderPayload> = {
  title: 'Record Order',
  description:
    'Record an order on its contact, with products and amounts, for purchase automations and revenue. An order that is there is brought up to date; a cart that it came from becomes the order. Do not use it beside ActiveCampaign’s own integration of the same shop.',
  repeatable: true,
  budget: 'api',
  fields: {
    ...PURCHASE_FIELDS,
    orderId: {
      label: 'Order id',
      description: 'The shop’s id of the order.',
      type: 'string',
      required: true,
      minimum: 1,
      default: { '@path': '$.properties.order_id' },
    },
    checkoutId: {
      label: 'Cart id',
      description:
        'The shop’s id of the cart that the order came from. A cart recorded under it becomes the order.',
      type: 'string',
      default: firstOf('$.properties.cart_id', '$.properties.checkout_id'),
    },
    orderNumber: {
      label: 'Order number',
      description: 'The number that the customer knows, where it is another than the id.',
      type: 'string',
      default: { '@path': '$.properties.order_number' },
    },
    shippingMethod: {
      label: 'Shipping method',
      description: 'How the order is shipped.',
      type: 'string',
      default: { '@path': '$.properties.shipping_method' },
    },
    createdAt: {
      label: 'Ordered at',
      description: 'When the order was made.',
      type: 'datetime',
      required: true,
      default: { '@path': '$.timestamp' },
    },
    historical: {
      label: 'Historical',
      description: 'Yes for past orders: they count, but start no automation and are not on the dashboard.',
      type: 'boolean',
      default: false,
    },
  },
  contactKey: (payload) => addressKey(payload.email),
  async perform(request, data) {
    const account = openAccount(request, data);
    const { payload } = data;
    const email = requireEmail(payload.email);
    const { orderId, checkoutId, orderNumber, shippingMethod } = payload;
    await sendOrder(account, {
      orderId,
      ...(checkoutId === undefined ? {} : { checkoutId }),
      shop: shopOf(payload),
      customer: customerOf(payload, email),
      body: {
        ...purchaseBody(account, email, payload),
        ...(orderNumber === undefined ? {} : { orderNumber }),
        ...(shippingMethod === undefined ? {} : { shippingMethod }),
      },
      birth: {
        source: payload.historical === true ? '0' : '1',
        externalCreatedDate: isoTime(payload.createdAt, 'createdAt'),
      },
    });
  },
};
