/** Shop and customer as payloads of orders and carts name them. It must not know orders. */
import type { Shop } from './connections.ts';
import type { Customer } from './customers.ts';

export type ShopPayload = {
  readonly email: string;
  readonly customerId?: string;
  readonly acceptsMarketing?: boolean;
  readonly store?: string;
  readonly storeUrl?: string;
};

export function shopOf({ store, storeUrl }: Pick<ShopPayload, 'store' | 'storeUrl'>): Shop {
  return {
    ...(store === undefined ? {} : { name: store }),
    ...(storeUrl === undefined ? {} : { url: storeUrl }),
  };
}

/** `email` is the normalised address. */
export function customerOf({ customerId, acceptsMarketing }: ShopPayload, email: string): Customer {
  return {
    email,
    ...(customerId === undefined ? {} : { id: customerId }),
    ...(acceptsMarketing === undefined ? {} : { acceptsMarketing }),
  };
}
