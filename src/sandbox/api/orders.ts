/** Orders and carts of shops as the API reads and writes them. It must not know who sends them. Sources: the OpenAPI file and the vendor's guides; texts of refusals are ours where neither has them. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import { isObject, type JsonObject, listOf, memberOf, textOf, wholeOf } from '../json.ts';
import { recordOrderChange, replaceProducts } from '../state/orders.ts';
import type { OrderProductRow, OrderRow } from '../state/rows.ts';
import { linksBelow } from './contact-body.ts';
import { invalid, noResult } from './errors.ts';
import { type ApiRequest, type ApiRoute, get, idOf, idText, post, put, remove } from './operation.ts';
import { pageAnswer } from './resource.ts';
import { embeddedConnectionBody } from './shops.ts';

export const orderRoutes: readonly ApiRoute[] = [
  get('/ecomOrders', list),
  post('/ecomOrders', create),
  get('/ecomOrders/{ecomOrderId}', read),
  put('/ecomOrders/{id}', update),
  remove('/ecomOrders/{ecomOrderId}', destroy),
  get('/ecomOrders/{id}/orderProducts', listProducts),
];

const FILTERS: { readonly [name: string]: (row: OrderRow) => string } = {
  connectionid: (row) => String(row.connection),
  externalid: (row) => row.externalid ?? '',
  externalcheckoutid: (row) => row.externalcheckoutid ?? '',
  email: (row) => row.email.toLowerCase(),
  state: (row) => String(row.state),
  customerid: (row) => String(row.customer),
};

/** With `cart_filter` on `ignored`, the filter of the cart's id lets everything pass, as has been reported. */
function list(context: Context, request: ApiRequest): Answer {
  const isIgnored = context.settings().cart_filter === 'ignored';
  const wanted = Object.entries(FILTERS).flatMap(([name, columnOf]) => {
    const value = request.query.get(`filters[${name}]`);
    if (value === null || (isIgnored && name === 'externalcheckoutid')) return [];
    return [{ columnOf, value: name === 'email' ? value.toLowerCase() : value }];
  });
  const rows = context.state.orders
    .all()
    .filter((row) => wanted.every(({ columnOf, value }) => columnOf(row) === value));
  return pageAnswer(request, 'ecomOrders', rows, (row) => orderBody(context, row));
}

type Sent = { readonly [name: string]: unknown };

function sentOf(request: ApiRequest): Sent {
  const sent = memberOf(request.body, 'ecomOrder');
  return isObject(sent) ? sent : {};
}

const AMOUNTS = ['totalPrice', 'shippingAmount', 'taxAmount', 'discountAmount'] as const;

/** What is wrong with what was sent, whether it makes or changes a row. */
function problem(sent: Sent): Answer | undefined {
  const bad = AMOUNTS.find((name) => sent[name] !== undefined && wholeOf(sent[name]) === undefined);
  if (bad !== undefined) return invalid(`The ${bad} is not valid.`, 'field_invalid', bad);
  const dates = ['externalCreatedDate', 'externalUpdatedDate', 'abandonedDate'];
  const undated = dates.find((name) => sent[name] !== undefined && dateOf(sent[name]) === undefined);
  return undated === undefined
    ? undefined
    : invalid(`The ${undated} is not valid.`, 'field_invalid', undated);
}

function create(context: Context, request: ApiRequest): Answer {
  const { state } = context;
  const sent = sentOf(request);
  const text = (name: string): string => textOf(sent[name]) ?? '';
  const isOrder = text('externalid') !== '';
  const needed = [
    'source',
    'email',
    'totalPrice',
    'currency',
    'connectionid',
    'customerid',
    'externalCreatedDate',
  ];
  if (!isOrder) needed.push('externalcheckoutid', 'abandonedDate');
  const missing = needed.find((name) => text(name) === '');
  if (missing !== undefined)
    return invalid(`The order ${missing} was not provided.`, 'field_missing', missing);
  const wrong = problem(sent);
  if (wrong) return wrong;
  const connection = state.connections.get(wholeOf(sent['connectionid']));
  const customer = state.shopCustomers.get(wholeOf(sent['customerid']));
  if (!connection)
    return invalid('The related connection does not exist.', 'related_missing', 'connectionid');
  if (!customer) return invalid('The related customer does not exist.', 'related_missing', 'customerid');
  if (isOrder && state.ordersByExternal.first(`${connection.id}/${text('externalid')}`))
    return invalid('The order already exists in the system.', 'duplicate', 'externalid');
  const at = context.now();
  const blank: OrderRow = {
    id: 0,
    connection: connection.id,
    customer: customer.id,
    externalid: null,
    externalcheckoutid: null,
    source: wholeOf(sent['source']) ?? 0,
    state: 0,
    email: '',
    currency: '',
    totalPrice: 0,
    shippingAmount: 0,
    taxAmount: 0,
    discountAmount: 0,
    orderNumber: '',
    orderUrl: '',
    shippingMethod: '',
    discounts: [],
    externalCreatedAt: dateOf(sent['externalCreatedDate']) ?? at,
    externalUpdatedAt: null,
    abandonedAt: null,
    createdAt: at,
    updatedAt: at,
  };
  const row = state.orders.add((id) => changed({ ...blank, id, state: isOrder ? 1 : 2 }, sent, at));
  replaceProducts(context, row, productsOf(sent));
  recordOrderChange(context, undefined, row);
  return jsonAnswer(201, {
    connections: [embeddedConnectionBody(context, connection)],
    ecomOrderProducts: productsOf(sent).map((product) => ({ ...product })),
    ecomOrderDiscounts: discountBodies(context, row),
    ecomOrder: writtenBody(context, row),
  });
}

/** What was not sent stays; products that are sent replace those there are. A cart that is given an order's id was recovered. */
function update(context: Context, request: ApiRequest): Answer {
  const before = context.state.orders.get(idOf(request));
  if (!before) return noResult('EcomOrder', idText(request));
  const sent = sentOf(request);
  const wrong = problem(sent);
  if (wrong) return wrong;
  const next = changed(before, sent, context.now());
  const other =
    next.externalid && context.state.ordersByExternal.first(`${next.connection}/${next.externalid}`);
  if (other && other.id !== next.id)
    return invalid('The order already exists in the system.', 'duplicate', 'externalid');
  const isRecovered = before.externalid === null && next.externalid !== null;
  const row: OrderRow = isRecovered ? { ...next, state: before.state === 2 ? 3 : 1 } : next;
  context.state.orders.put(row);
  if (sent['orderProducts'] !== undefined) replaceProducts(context, row, productsOf(sent));
  recordOrderChange(context, before, row);
  return jsonAnswer(200, {
    ecomOrderProducts: productBodies(context, row),
    ecomOrderDiscounts: discountBodies(context, row),
    ecomOrder: { ...writtenBody(context, row), state: String(row.state) },
  });
}

function read(context: Context, request: ApiRequest): Answer {
  const row = context.state.orders.get(idOf(request, 'ecomOrderId'));
  return row
    ? jsonAnswer(200, { ecomOrder: orderBody(context, row) })
    : noResult('EcomOrder', idText(request, 'ecomOrderId'));
}

function destroy(context: Context, request: ApiRequest): Answer {
  const row = context.state.orders.get(idOf(request, 'ecomOrderId'));
  if (!row) return noResult('EcomOrder', idText(request, 'ecomOrderId'));
  replaceProducts(context, row, []);
  context.state.orders.remove(row.id);
  return jsonAnswer(200, {});
}

function listProducts(context: Context, request: ApiRequest): Answer {
  const row = context.state.orders.get(idOf(request));
  return row
    ? jsonAnswer(200, { ecomOrderProducts: productBodies(context, row) })
    : noResult('EcomOrder', idText(request));
}

/** Milliseconds of an ISO date, with or without an offset. */
function dateOf(value: unknown): number | undefined {
  const atMs = Date.parse(textOf(value) ?? '');
  return Number.isNaN(atMs) ? undefined : atMs;
}

function changed(before: OrderRow, sent: Sent, at: number): OrderRow {
  const text = (name: string): string | undefined => textOf(sent[name]);
  return {
    ...before,
    externalid: text('externalid') ?? before.externalid,
    externalcheckoutid: text('externalcheckoutid') ?? before.externalcheckoutid,
    email: text('email') ?? before.email,
    currency: text('currency') ?? before.currency,
    totalPrice: wholeOf(sent['totalPrice']) ?? before.totalPrice,
    shippingAmount: wholeOf(sent['shippingAmount']) ?? before.shippingAmount,
    taxAmount: wholeOf(sent['taxAmount']) ?? before.taxAmount,
    discountAmount: wholeOf(sent['discountAmount']) ?? before.discountAmount,
    orderNumber: text('orderNumber') ?? before.orderNumber,
    orderUrl: text('orderUrl') ?? before.orderUrl,
    shippingMethod: text('shippingMethod') ?? before.shippingMethod,
    discounts: listOf(sent['orderDiscounts'])?.filter(isObject).map(discountOf) ?? before.discounts,
    externalUpdatedAt: dateOf(sent['externalUpdatedDate']) ?? before.externalUpdatedAt,
    abandonedAt: dateOf(sent['abandonedDate']) ?? before.abandonedAt,
    updatedAt: at,
  };
}

function discountOf(sent: Sent): JsonObject {
  return {
    name: textOf(sent['name']) ?? '',
    type: textOf(sent['type']) ?? 'order',
    discountAmount: textOf(sent['discountAmount']) ?? '0',
  };
}

type Product = Omit<OrderProductRow, 'id' | 'order' | 'connection' | 'createdAt'>;

function productsOf(sent: Sent): readonly Product[] {
  return (listOf(sent['orderProducts']) ?? []).filter(isObject).map((product) => ({
    externalid: textOf(product['externalid']) ?? '',
    name: textOf(product['name']) ?? '',
    price: wholeOf(product['price']) ?? 0,
    quantity: wholeOf(product['quantity']) ?? 0,
    category: textOf(product['category']) ?? '',
    sku: textOf(product['sku']) ?? '',
    description: textOf(product['description']) ?? '',
    imageUrl: textOf(product['imageUrl']) ?? '',
    productUrl: textOf(product['productUrl']) ?? '',
  }));
}

const LINKS = ['connection', 'customer', 'orderProducts', 'orderDiscounts', 'orderActivities'];

/** Reads give amounts and states as text; dates are in the account's own zone. */
function orderBody(context: Context, row: OrderRow): JsonObject {
  const { iso } = context.dates();
  const when = (atMs: number | null): string | null => (atMs === null ? null : iso(atMs));
  return {
    customerid: String(row.customer),
    connectionid: String(row.connection),
    state: String(row.state),
    source: String(row.source),
    externalid: row.externalid,
    externalcheckoutid: row.externalcheckoutid,
    orderNumber: row.orderNumber,
    email: row.email,
    totalPrice: String(row.totalPrice),
    discountAmount: String(row.discountAmount),
    shippingAmount: String(row.shippingAmount),
    taxAmount: String(row.taxAmount),
    totalProducts: String(context.state.productsByOrder.count(row.id)),
    currency: row.currency,
    shippingMethod: row.shippingMethod,
    orderUrl: row.orderUrl,
    externalCreatedDate: iso(row.externalCreatedAt),
    externalUpdatedDate: when(row.externalUpdatedAt),
    abandonedDate: when(row.abandonedAt),
    createdDate: iso(row.createdAt),
    updatedDate: iso(row.updatedAt),
    orderDate: iso(row.externalCreatedAt),
    tstamp: iso(row.updatedAt),
    links: linksBelow(context, `/ecomOrders/${row.id}`, LINKS),
    id: String(row.id),
    connection: String(row.connection),
    customer: String(row.customer),
  };
}

/** Writes give amounts and states as numbers, and the ids of products. */
function writtenBody(context: Context, row: OrderRow): JsonObject {
  return {
    ...orderBody(context, row),
    totalPrice: row.totalPrice,
    discountAmount: row.discountAmount,
    shippingAmount: row.shippingAmount,
    taxAmount: row.taxAmount,
    totalProducts: context.state.productsByOrder.count(row.id),
    state: row.state,
    orderProducts: context.state.productsByOrder.find(row.id).map(({ id }) => String(id)),
    orderDiscounts: row.discounts.map((_, index) => String(index + 1)),
  };
}

function productBodies(context: Context, order: OrderRow): JsonObject[] {
  const { iso } = context.dates();
  return context.state.productsByOrder.find(order.id).map((row) => ({
    orderid: String(row.order),
    connectionid: String(row.connection),
    externalid: row.externalid,
    sku: row.sku,
    name: row.name,
    description: row.description,
    price: String(row.price),
    quantity: String(row.quantity),
    category: row.category,
    imageUrl: row.imageUrl,
    productUrl: row.productUrl,
    createdDate: iso(row.createdAt),
    updatedDate: iso(row.createdAt),
    tstamp: iso(row.createdAt),
    links: linksBelow(context, `/ecomOrderProducts/${row.id}`, ['ecomOrder']),
    id: String(row.id),
    ecomOrder: String(row.order),
  }));
}

function discountBodies(context: Context, row: OrderRow): JsonObject[] {
  const { iso } = context.dates();
  return row.discounts.map((discount, index) => ({
    ...discount,
    orderid: String(row.id),
    id: String(index + 1),
    createdDate: iso(row.createdAt),
    updatedDate: iso(row.updatedAt),
  }));
}
