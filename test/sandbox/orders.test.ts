/** Shops, their customers, orders and carts of the simulated account. */
import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { account, at, call } from './account.ts';

const SHOP = {
  service: 'shop',
  externalid: 'de',
  name: 'Shop DE',
  logoUrl: 'https://a.example/logo.png',
  linkUrl: 'https://a.example',
};
const JANE = { connectionid: '1', externalid: 'u1', email: 'jane@example.com' };
const PAID = {
  source: '1',
  email: 'jane@example.com',
  totalPrice: 4900,
  currency: 'EUR',
  connectionid: '1',
  customerid: '1',
  externalCreatedDate: '2026-05-13T17:41:39-04:00',
  orderProducts: [{ externalid: 'p1', name: 'Lamp', price: 4900, quantity: 1 }],
};
const ABANDONED = { ...PAID, externalcheckoutid: 'c1', abandonedDate: '2026-05-13T18:41:39-04:00' };

async function shop(): Promise<Sandbox> {
  const sandbox = await account();
  await call(sandbox, 'POST', '/connections', { connection: SHOP });
  await call(sandbox, 'POST', '/ecomCustomers', { ecomCustomer: JANE });
  return sandbox;
}

const triggers = (sandbox: Sandbox) =>
  sandbox.account().triggers.map(({ name, subject }) => `${name} ${subject}`);

describe('a connection', () => {
  it('needs its five fields and is refused a second time', async () => {
    const sandbox = await account();
    const bare = await call(sandbox, 'POST', '/connections', { connection: { name: 'x' } });
    expect([bare.status, at(bare.json, 'errors', 0, 'title')]).toEqual([
      422,
      'The connection service was not provided.',
    ]);
    expect((await call(sandbox, 'POST', '/connections', { connection: SHOP })).status).toBe(200);
    const again = await call(sandbox, 'POST', '/connections', { connection: SHOP });
    expect([again.status, at(again.json, 'errors', 0, 'title')]).toEqual([
      422,
      'The integration already exists in the system.',
    ]);
    const found = await call(sandbox, 'GET', '/connections?filters[service]=shop&filters[externalid]=fr');
    expect(at(found.json, 'connections')).toEqual([]);
  });
});

describe('a customer', () => {
  it('makes the contact, is refused a second time, and has one row over all shops', async () => {
    const sandbox = await shop();
    expect(sandbox.account().contacts).toMatchObject([{ email: 'jane@example.com' }]);
    expect((await call(sandbox, 'POST', '/ecomCustomers', { ecomCustomer: JANE })).status).toBe(422);
    await call(sandbox, 'POST', '/ecomOrders', { ecomOrder: { ...PAID, externalid: 'o1' } });
    const { json } = await call(sandbox, 'GET', '/ecomCustomers?filters[email]=jane@example.com');
    expect(at(json, 'ecomCustomers')).toMatchObject([
      { connectionid: '1', totalRevenue: '4900', totalOrders: '1' },
      { connectionid: '0', externalid: '0', connection: null, totalRevenue: '4900' },
    ]);
  });
});

describe('an order', () => {
  it('is made once, changed in part, and its products are replaced as a whole', async () => {
    const sandbox = await shop();
    const made = await call(sandbox, 'POST', '/ecomOrders', { ecomOrder: { ...PAID, externalid: 'o1' } });
    expect(made.status).toBe(201);
    expect(at(made.json, 'ecomOrder')).toMatchObject({ state: 1, totalPrice: 4900, orderProducts: ['1'] });
    const again = await call(sandbox, 'POST', '/ecomOrders', { ecomOrder: { ...PAID, externalid: 'o1' } });
    expect([again.status, at(again.json, 'errors', 0, 'code')]).toEqual([422, 'duplicate']);
    await call(sandbox, 'PUT', '/ecomOrders/1', { ecomOrder: { totalPrice: 100 } });
    const read = await call(sandbox, 'GET', '/ecomOrders/1');
    expect(at(read.json, 'ecomOrder')).toMatchObject({ totalPrice: '100', currency: 'EUR', state: '1' });
    const products = [{ externalid: 'p2', name: 'Hat', price: 100, quantity: 1 }];
    await call(sandbox, 'PUT', '/ecomOrders/1', { ecomOrder: { orderProducts: products } });
    const { json } = await call(sandbox, 'GET', '/ecomOrders/1/orderProducts');
    expect(at(json, 'ecomOrderProducts')).toMatchObject([{ id: '2', name: 'Hat' }]);
    expect((await call(sandbox, 'PUT', '/ecomOrders/9', { ecomOrder: {} })).status).toBe(404);
  });

  it.each([
    ['a negative amount', { totalPrice: -1 }],
    ['no connection', { connectionid: '9' }],
    ['no customer', { customerid: '9' }],
    ['no currency', { currency: undefined }],
    ['neither id', { externalid: undefined }],
    ['no date', { externalCreatedDate: 'someday' }],
  ])('with %s is refused', async (_, change) => {
    const sandbox = await shop();
    const order = { ...PAID, externalid: 'o1', ...change };
    expect((await call(sandbox, 'POST', '/ecomOrders', { ecomOrder: order })).status).toBe(422);
  });

  it('fires its trigger once, and never as history', async () => {
    const sandbox = await shop();
    await call(sandbox, 'POST', '/ecomOrders', { ecomOrder: { ...PAID, externalid: 'old', source: '0' } });
    await call(sandbox, 'POST', '/ecomOrders', { ecomOrder: { ...PAID, externalid: 'new' } });
    await call(sandbox, 'PUT', '/ecomOrders/2', { ecomOrder: { totalPrice: 1 } });
    expect(triggers(sandbox)).toEqual(['makes_purchase new']);
  });
});

describe('a cart', () => {
  it('is abandoned until it is given the id of an order; then it was recovered', async () => {
    const sandbox = await shop();
    await call(sandbox, 'POST', '/ecomOrders', { ecomOrder: ABANDONED });
    expect(sandbox.account()).toMatchObject({ orders: [], carts: [{ externalcheckoutid: 'c1', state: 2 }] });
    await call(sandbox, 'PUT', '/ecomOrders/1', { ecomOrder: { externalid: 'o1' } });
    expect(sandbox.account()).toMatchObject({ orders: [{ externalid: 'o1', state: 3 }], carts: [] });
    expect(triggers(sandbox)).toEqual(['abandons_cart c1', 'makes_purchase o1']);
  });
});
