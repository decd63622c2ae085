/** The route of the event stream. It must not know how activity is stored. */
import { Failure } from '../../../event/failure.ts';
import { text } from '../http/query.ts';
import { type Route, route } from '../http/route.ts';
import type { Ports } from '../ports.ts';
import { readableActivity, startOf } from '../stream.ts';

/** Readers at the same time; each looks at the feed by itself. */
const MAX_STREAMS = 32;

export function streamRoutes(ports: Ports): readonly Route[] {
  let open = 0;
  return [
    route({
      method: 'GET',
      path: '/events/stream',
      tag: 'Events',
      summary: 'Follow events and deliveries as they happen',
      description:
        'Server-sent events: `event.processed` carries an event, `delivery.updated` a delivery, as the lists do. The id of each is its position: send the last one as Last-Event-ID to go on where the connection ended.',
      query: {
        last_event_id: text('The same as the header Last-Event-ID, for clients that cannot send it.'),
      },
      success: {
        status: 200,
        description: 'The stream; it begins with what happens next.',
        schema: { type: 'string' },
        contentType: 'text/event-stream',
      },
      failures: [400],
      handle: async ({ query, lastEventId, closing }) => {
        if (open >= MAX_STREAMS) {
          throw new Failure('RATE_LIMITED', `More than ${MAX_STREAMS} streams are open; close one first.`, {
            retryAfterS: 5,
          });
        }
        const after = await startOf(ports.store, lastEventId ?? query.last_event_id);
        const stream = readableActivity({ store: ports.store, clock: ports.clock, after, closing });
        open += 1;
        stream.once('close', () => {
          open -= 1;
        });
        return stream;
      },
    }),
  ];
}
