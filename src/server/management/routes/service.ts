/** Routes about the service as a whole: what it is, the words that blueprints may use, events sent to try it out. It must not know the console. */
import type { JsonObject } from '../../../event/json.ts';
import { ref } from '../answer-schemas.ts';
import { bodyOf } from '../http/body.ts';
import { NO_QUERY, type Route, route, routeWithBody } from '../http/route.ts';
import type { Ports } from '../ports.ts';
import { receiveTestEvent } from '../test-event.ts';
import { vocabulary } from '../vocabulary.ts';

const testEventBody = bodyOf<{ readonly event: JsonObject }>({
  type: 'object',
  additionalProperties: false,
  required: ['event'],
  properties: {
    event: { type: 'object', description: 'An event as a client would send it, with its type.' },
  },
});

export function serviceRoutes(ports: Ports): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/service',
      tag: 'Service',
      summary: 'Tell what this service is: version, addresses, limits',
      query: NO_QUERY,
      success: { status: 200, description: 'The service.', schema: ref('Service') },
      handle: async () => {
        const facts = ports.service();
        return {
          version: facts.version,
          ingest_url: facts.ingestUrl,
          sandbox_url: facts.sandboxUrl ?? null,
          limits: {
            requests_per_second: facts.requestsPerSecond,
            tracking_per_second: facts.trackingPerSecond,
          },
          retention_days: facts.retentionDays,
        };
      },
    }),
    route({
      method: 'GET',
      path: '/blueprint-vocabulary',
      tag: 'Service',
      summary: 'List the transforms that a blueprint can name',
      query: NO_QUERY,
      success: { status: 200, description: 'The words.', schema: ref('Vocabulary') },
      handle: async () => vocabulary(),
    }),
    routeWithBody({
      method: 'POST',
      path: '/pipelines/{id}/test-event',
      tag: 'Pipelines',
      summary: 'Receive an event as if a client had sent it',
      description:
        'The event is checked, processed and delivered as if a client had sent it. It is found in the event list by its message id.',
      params: { id: 'Id of the pipeline, pip_….' },
      query: NO_QUERY,
      body: testEventBody,
      success: { status: 202, description: 'It is in the log.', schema: ref('TestEvent') },
      failures: [400, 404, 409, 413, 422],
      handle: async ({ params, body }) => ({
        message_id: await receiveTestEvent(ports, params['id'] ?? '', body.event),
      }),
    }),
  ];
}
