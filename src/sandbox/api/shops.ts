/** Shops that send orders ("connections") and their customers. It must not know orders. Sources: the OpenAPI file, and where it is silent the vendor's guides as the names of errors say. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import { flagOf, type JsonObject, memberOf } from '../json.ts';
import { contactByEmail, createContact, isAddress } from '../state/contacts.ts';
import type { ConnectionRow, ShopCustomerRow } from '../state/rows.ts';
import { linksBelow } from './contact-body.ts';
import { badAddress, badRequest, errors, invalid } from './errors.ts';
import {
  type ApiRequest,
  type ApiRoute,
  attribute,
  get,
  hasAttribute,
  idAttribute,
  idOf,
  post,
  put,
  remove,
} from './operation.ts';
import { cut, pageOf } from './paging.ts';
import { pageAnswer, type Resource, reading, removing } from './resource.ts';

const CONNECTION: Resource<ConnectionRow> = {
  one: 'connection',
  rows: (state) => state.connections,
  body: newConnectionBody,
  absent: badRequest,
};

const CUSTOMER: Resource<ShopCustomerRow> = {
  one: 'ecomCustomer',
  rows: (state) => state.shopCustomers,
  body: customerBody,
  absent: badRequest,
};

export const shopRoutes: readonly ApiRoute[] = [
  get('/connections', listConnections),
  post('/connections', createConnection),
  get('/connections/{id}', reading(CONNECTION)),
  put('/connections/{id}', updateConnection),
  remove('/connections/{id}', removing(CONNECTION)),
  get('/ecomCustomers', listCustomers),
  post('/ecomCustomers', createCustomer),
  get('/ecomCustomers/{id}', reading(CUSTOMER)),
  put('/ecomCustomers/{id}', updateCustomer),
  remove('/ecomCustomers/{id}', removing(CUSTOMER)),
];

function listConnections(context: Context, request: ApiRequest): Answer {
  const [service, externalid] = ['service', 'externalid'].map((name) =>
    request.query.get(`filters[${name}]`),
  );
  const rows = context.state.connections
    .all()
    .filter((row) => service === null || row.service === service)
    .filter((row) => externalid === null || row.externalid === externalid);
  return pageAnswer(request, 'connections', rows, (row) => connectionBody(context, row));
}

const REQUIRED = ['service', 'externalid', 'name', 'logoUrl', 'linkUrl'] as const;

function createConnection(context: Context, request: ApiRequest): Answer {
  const given = (name: string): string => attribute(request, 'connection', name) ?? '';
  const missing = REQUIRED.filter((name) => given(name) === '');
  if (missing.length > 0)
    return errors(422, ...missing.map((name) => ({ title: `The connection ${name} was not provided.` })));
  const [service, externalid] = [given('service'), given('externalid')];
  const isTaken = context.state.connections
    .all()
    .some((row) => row.service === service && row.externalid === externalid);
  if (isTaken) return errors(422, { title: 'The integration already exists in the system.' });
  const at = context.now();
  const row = context.state.connections.add((id) => ({
    id,
    service,
    externalid,
    name: given('name'),
    logoUrl: given('logoUrl'),
    linkUrl: given('linkUrl'),
    listId: given('listId') === '' ? '0' : given('listId'),
    status: 1,
    syncStatus: 0,
    createdAt: at,
    updatedAt: at,
  }));
  return jsonAnswer(200, { connection: newConnectionBody(context, row) });
}

function updateConnection(context: Context, request: ApiRequest): Answer {
  const before = context.state.connections.get(idOf(request));
  if (!before) return badRequest();
  const given = (name: 'service' | 'externalid' | 'name' | 'logoUrl' | 'linkUrl' | 'listId'): string =>
    attribute(request, 'connection', name) ?? before[name];
  const row: ConnectionRow = {
    ...before,
    service: given('service'),
    externalid: given('externalid'),
    name: given('name'),
    logoUrl: given('logoUrl'),
    linkUrl: given('linkUrl'),
    listId: given('listId'),
    status: idAttribute(request, 'connection', 'status') ?? before.status,
    syncStatus: idAttribute(request, 'connection', 'syncStatus') ?? before.syncStatus,
    updatedAt: context.now(),
  };
  context.state.connections.put(row);
  return jsonAnswer(200, { connection: connectionBody(context, row) });
}

function connectionBody(context: Context, row: ConnectionRow): JsonObject {
  const dates = context.dates();
  return {
    service: row.service,
    externalid: row.externalid,
    name: row.name,
    isInternal: '0',
    status: String(row.status),
    syncStatus: String(row.syncStatus),
    lastSync: null,
    logoUrl: row.logoUrl,
    linkUrl: row.linkUrl,
    listId: row.listId,
    cdate: dates.iso(row.createdAt),
    udate: dates.iso(row.updatedAt),
    links: linksBelow(context, `/connections/${row.id}`, ['customers']),
    id: String(row.id),
  };
}

/** One connection by itself is documented with a number and without its states. */
function newConnectionBody(context: Context, row: ConnectionRow): JsonObject {
  const { status: _, syncStatus: __, lastSync: ___, ...body } = connectionBody(context, row);
  return { ...body, isInternal: 0 };
}

/** As it stands beside an order, with more columns. */
export function embeddedConnectionBody(context: Context, row: ConnectionRow): JsonObject {
  return {
    ...connectionBody(context, row),
    connectionType: 'ecommerce',
    sync_request_time: null,
    sync_start_time: null,
    credentialExpiration: null,
    serviceName: row.service,
    links: linksBelow(context, `/connections/${row.id}`, ['options', 'customers']),
  };
}

/** For an address there is one more row, that sums up all shops. */
function listCustomers(context: Context, request: ApiRequest): Answer {
  const { query } = request;
  const email = query.get('filters[email]')?.toLowerCase();
  const [connection, externalid] = [query.get('filters[connectionid]'), query.get('filters[externalid]')];
  const rows = context.state.shopCustomers
    .all()
    .filter((row) => email === undefined || row.email.toLowerCase() === email)
    .filter((row) => connection === null || String(row.connection) === connection)
    .filter((row) => externalid === null || row.externalid === externalid);
  const bodies = rows.map((row) => customerBody(context, row));
  const first = rows[0];
  const isWhole = email !== undefined && connection === null && externalid === null;
  if (first && isWhole) bodies.push(sumBody(context, first, rows));
  return jsonAnswer(200, {
    ecomCustomers: cut(bodies, pageOf(query)),
    meta: { total: String(bodies.length) },
  });
}

/** Makes the contact of the address where there is none. */
function createCustomer(context: Context, request: ApiRequest): Answer {
  const connection = idAttribute(request, 'ecomCustomer', 'connectionid');
  const externalid = attribute(request, 'ecomCustomer', 'externalid') ?? '';
  const email = attribute(request, 'ecomCustomer', 'email') ?? '';
  if (!context.state.connections.get(connection) || connection === undefined)
    return invalid('The related connection does not exist.', 'related_missing', 'connectionid');
  if (externalid === '') return invalid('The externalid was not provided.', 'field_missing', 'externalid');
  if (!isAddress(email)) return badAddress();
  if (context.state.shopCustomersByExternal.first(`${connection}/${externalid}`))
    return invalid('The customer already exists in the system.', 'duplicate', 'externalid');
  if (!contactByEmail(context, email)) createContact(context, email, {});
  const row = context.state.shopCustomers.add((id) => ({
    id,
    connection,
    externalid,
    email,
    acceptsMarketing: flagOf(memberOf(memberOf(request.body, 'ecomCustomer'), 'acceptsMarketing')) ?? false,
    updatedAt: context.now(),
  }));
  const { connectionid, links, id, connection: at } = customerBody(context, row);
  return jsonAnswer(201, {
    ecomCustomer: {
      connectionid: connectionid ?? '',
      externalid,
      email,
      links: links ?? {},
      id: id ?? '',
      connection: at ?? '',
    },
  });
}

/** Totals cannot be written: the account works them out. */
function updateCustomer(context: Context, request: ApiRequest): Answer {
  const before = context.state.shopCustomers.get(idOf(request));
  if (!before) return badRequest();
  const row: ShopCustomerRow = {
    ...before,
    externalid: attribute(request, 'ecomCustomer', 'externalid') ?? before.externalid,
    email: attribute(request, 'ecomCustomer', 'email') ?? before.email,
    acceptsMarketing: hasAttribute(request, 'ecomCustomer', 'acceptsMarketing')
      ? (flagOf(memberOf(memberOf(request.body, 'ecomCustomer'), 'acceptsMarketing')) ?? false)
      : before.acceptsMarketing,
    updatedAt: context.now(),
  };
  context.state.shopCustomers.put(row);
  return jsonAnswer(200, { ecomCustomer: customerBody(context, row) });
}

function customerBody(context: Context, row: ShopCustomerRow): JsonObject {
  return {
    connectionid: String(row.connection),
    externalid: row.externalid,
    email: row.email,
    ...totals(context, [row]),
    avgProductCategory: '',
    tstamp: context.dates().iso(row.updatedAt),
    acceptsMarketing: row.acceptsMarketing ? '1' : '0',
    links: linksBelow(context, `/ecomCustomers/${row.id}`, ['connection', 'orders']),
    id: String(row.id),
    connection: String(row.connection),
  };
}

function sumBody(context: Context, first: ShopCustomerRow, rows: readonly ShopCustomerRow[]): JsonObject {
  return {
    ...customerBody(context, first),
    ...totals(context, rows),
    connectionid: '0',
    externalid: '0',
    connection: null,
  };
}

function totals({ state }: Context, rows: readonly ShopCustomerRow[]): JsonObject {
  const orders = rows
    .flatMap((row) => state.ordersByCustomer.find(row.id))
    .filter(({ externalid }) => externalid !== null);
  const revenue = orders.reduce((sum, { totalPrice }) => sum + totalPrice, 0);
  const products = orders.reduce((sum, { id }) => sum + state.productsByOrder.count(id), 0);
  return {
    totalRevenue: String(revenue),
    totalOrders: String(orders.length),
    totalProducts: String(products),
    avgRevenuePerOrder: String(orders.length === 0 ? 0 : Math.round(revenue / orders.length)),
  };
}
