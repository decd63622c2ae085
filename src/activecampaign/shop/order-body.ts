/** From what a payload says of a purchase to what an order is given. It must not know how orders are sent. */
import { parseTime } from '../../destination/date-like.ts';
import { PayloadValidationError } from '../../destination/errors.ts';
import { isObject } from '../../event/json.ts';
import type { Account } from '../account.ts';
import { currencyOf, minorUnits } from './money.ts';

/** What orders and carts have alike. */
export type Purchase = {
  readonly total: number;
  readonly currency: string;
  readonly shipping?: number;
  readonly tax?: number;
  readonly discount?: number;
  readonly coupon?: string;
  readonly products?: readonly Readonly<Record<string, unknown>>[];
  readonly url?: string;
  readonly createdAt: string | number;
};

/** The members of an order that may be sent when it is made and when it is changed. */
export function purchaseBody(account: Account, email: string, purchase: Purchase): object {
  const currency = currencyOf(purchase.currency);
  const amounts = {
    shippingAmount: purchase.shipping,
    taxAmount: purchase.tax,
    discountAmount: purchase.discount,
  };
  return {
    email,
    currency,
    totalPrice: minorUnits(purchase.total, currency),
    ...Object.fromEntries(
      Object.entries(amounts).flatMap(([name, amount]) =>
        amount === undefined ? [] : [[name, minorUnits(amount, currency)]],
      ),
    ),
    ...(purchase.products === undefined
      ? {}
      : { orderProducts: productsOf(account, purchase.products, currency) }),
    ...discounts(purchase, currency),
    ...(purchase.url === undefined ? {} : { orderUrl: purchase.url }),
  };
}

/** ISO 8601 in UTC. */
export function isoTime(value: string | number, name: string): string {
  const atMs = parseTime(value);
  if (atMs === undefined) throw new PayloadValidationError(`${name} is not a time.`);
  return new Date(atMs).toISOString();
}

function discounts({ coupon, discount }: Purchase, currency: string): object {
  if (coupon === undefined || coupon.trim() === '') return {};
  const discountAmount = minorUnits(discount ?? 0, currency);
  return { orderDiscounts: [{ name: coupon.trim(), type: 'order', discountAmount }] };
}

/** Products by the names that Segment's e-commerce events give their parts. One without id and name says nothing. */
function productsOf(account: Account, products: readonly unknown[], currency: string): readonly object[] {
  const sent = products.filter(isObject).flatMap((product) => {
    const text = (...names: readonly string[]): string | undefined =>
      names.map((name) => textOf(product[name])).find((found) => found !== undefined);
    const externalid = text('product_id', 'productId', 'id', 'sku', 'variant', 'name');
    if (externalid === undefined) return [];
    return {
      externalid,
      name: text('name', 'title') ?? externalid,
      price: minorUnits(numberOf(product['price']) ?? 0, currency),
      quantity: Math.max(1, Math.round(numberOf(product['quantity']) ?? 1)),
      ...optional({
        category: text('category'),
        sku: text('sku'),
        description: text('description'),
        imageUrl: text('image_url', 'imageUrl'),
        productUrl: text('url'),
      }),
    };
  });
  if (sent.length < products.length)
    account.warn(
      `${products.length - sent.length} of the products have neither id nor name; they were left out.`,
    );
  return sent;
}

function optional(members: Readonly<Record<string, string | undefined>>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function textOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
