/** Input fields that the actions of orders and carts have alike. */
import type { InputField } from '../../destination/definition.ts';
import { EMAIL_FIELD, firstOf } from '../input-fields.ts';

const CURRENCY_FIELD: InputField = {
  label: 'Currency',
  description: 'Its code of three letters, such as EUR.',
  type: 'string',
  required: true,
  default: { '@path': '$.properties.currency' },
};

export const STORE_FIELDS: Readonly<Record<string, InputField>> = {
  store: {
    label: 'Store',
    description:
      'The shop’s name; each has a connection of its own in ActiveCampaign, made with the first order.',
    type: 'string',
    default: { '@path': '$.properties.affiliation' },
  },
};

/** What orders and carts are made of, each amount in the currency’s main unit. */
export const PURCHASE_FIELDS: Readonly<Record<string, InputField>> = {
  email: EMAIL_FIELD,
  total: {
    label: 'Total',
    description: 'What is paid in all, with tax and shipping: 42.50, not cents.',
    type: 'number',
    required: true,
    default: firstOf('$.properties.total', '$.properties.revenue', '$.properties.value'),
  },
  currency: CURRENCY_FIELD,
  shipping: {
    label: 'Shipping',
    description: 'The part of the total that is for shipping.',
    type: 'number',
    default: { '@path': '$.properties.shipping' },
  },
  tax: {
    label: 'Tax',
    description: 'The part of the total that is tax.',
    type: 'number',
    default: { '@path': '$.properties.tax' },
  },
  discount: {
    label: 'Discount',
    description: 'What was taken off.',
    type: 'number',
    default: { '@path': '$.properties.discount' },
  },
  coupon: {
    label: 'Coupon',
    description: 'The name of the discount.',
    type: 'string',
    default: { '@path': '$.properties.coupon' },
  },
  products: {
    label: 'Products',
    description:
      'A list of objects as Segment’s e-commerce events have them: product_id, name, price of one, quantity, category, sku, url, image_url.',
    type: 'object',
    multiple: true,
    additionalProperties: true,
    defaultObjectUI: 'arrayeditor',
    default: { '@path': '$.properties.products' },
  },
  url: {
    label: 'URL',
    description: 'Where the contact sees the order, or finds the cart again.',
    type: 'string',
    default: firstOf('$.properties.order_url', '$.properties.cart_url'),
  },
  customerId: {
    label: 'Customer id',
    description: 'The shop’s id of the customer. Guests have none.',
    type: 'string',
    category: 'identifier',
    default: { '@path': '$.userId' },
  },
  acceptsMarketing: {
    label: 'Accepts marketing',
    description: 'Whether the customer has opted in to marketing; said when the customer is made.',
    type: 'boolean',
  },
  ...STORE_FIELDS,
  storeUrl: {
    label: 'Store’s address',
    description: 'Used when the store’s connection is made.',
    type: 'string',
  },
};
