/** The paths that take events by POST. It must not know how events are read or kept. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { EventHandler } from './event-handler.ts';
import type { Expectation } from './reception.ts';

const event = (type: NonNullable<Expectation['type']>): Expectation => ({ form: 'event', type });
const batch: Expectation = { form: 'batch' };

/** Path → what it takes. Segment's and Datafly's names, short and long. */
export const EVENT_ROUTES: Readonly<Record<string, Expectation>> = {
  '/v1/t': event('track'),
  '/v1/track': event('track'),
  '/v1/p': event('page'),
  '/v1/page': event('page'),
  '/v1/i': event('identify'),
  '/v1/identify': event('identify'),
  '/v1/g': event('group'),
  '/v1/group': event('group'),
  '/v1/s': event('screen'),
  '/v1/screen': event('screen'),
  '/v1/a': event('alias'),
  '/v1/alias': event('alias'),
  '/v1/batch': batch,
  '/v1/b': batch,
  '/v1/import': batch,
  '/v1/events': { form: 'either', needsSignature: true },
};

/** What a request brings that is spelt as the table has it. All others go through the framework's router. */
export function plainlyExpected({ method, url = '' }: IncomingMessage): Expectation | undefined {
  return method === 'POST' && Object.hasOwn(EVENT_ROUTES, url) ? EVENT_ROUTES[url] : undefined;
}

/** The same paths with a query, a slash more, or letters spelt as %XX. The same handler answers. */
export async function eventRoutes(app: FastifyInstance, handle: EventHandler): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _leftUnread, done) => done(null));
  for (const [path, expected] of Object.entries(EVENT_ROUTES)) {
    app.post(path, (request, reply) => {
      reply.hijack();
      handle(request.raw, reply.raw, expected, request.query);
    });
  }
}
