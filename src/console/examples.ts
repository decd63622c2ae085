/** Events that anybody can send to try things out. It must not know where they go. */
import type { JsonObject } from './api/answers.ts';

export interface Example {
  readonly key: string;
  readonly label: string;
  /** The event of the person with this address, as a client would send it; consent is given. */
  event(email: string): JsonObject;
}

const CONTEXT = { consent: { marketing: true, analytics: true } };

/** Each person of a test is one visitor. */
const visitor = (email: string): JsonObject => ({ userId: `test-${email}` });

/** First the one that needs nothing else. */
export const EXAMPLES: readonly [Example, ...Example[]] = [
  {
    key: 'identify',
    label: 'A new contact (identify)',
    event: (email) => ({
      type: 'identify',
      ...visitor(email),
      traits: { email, first_name: 'Jane', last_name: 'Doe', phone: '+15551234567' },
      context: CONTEXT,
    }),
  },
  {
    key: 'product',
    label: 'A product view (Product Viewed)',
    event: (email) => ({
      type: 'track',
      event: 'Product Viewed',
      ...visitor(email),
      properties: { product_id: 'mug-1', name: 'Blue mug', price: 12.5, currency: 'EUR' },
      context: { ...CONTEXT, traits: { email } },
    }),
  },
  {
    key: 'order',
    label: 'An order (Order Completed)',
    event: (email) => ({
      type: 'track',
      event: 'Order Completed',
      ...visitor(email),
      properties: {
        order_id: 'test-1001',
        revenue: 25,
        currency: 'EUR',
        products: [{ product_id: 'mug-1', name: 'Blue mug', price: 12.5, quantity: 2 }],
      },
      context: { ...CONTEXT, traits: { email } },
    }),
  },
  {
    key: 'page',
    label: 'A page view (page)',
    event: (email) => ({
      type: 'page',
      name: 'Mugs',
      ...visitor(email),
      properties: { url: 'https://shop.example.com/mugs', title: 'Mugs' },
      context: { ...CONTEXT, traits: { email } },
    }),
  },
];
