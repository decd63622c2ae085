/** The paths that take events by POST. It must not know how events are read or kept. */
import type { FastifyInstance } from 'fastify';
import type { Expectation, Reception } from './reception.ts';

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

export function eventRoutes(app: FastifyInstance, reception: Reception): void {
  for (const [path, expected] of Object.entries(EVENT_ROUTES)) {
    app.post(path, async (request, reply) => {
      const answer = await reception.receive(request, expected);
      return reply.type('application/json; charset=utf-8').send(answer);
    });
  }
}
