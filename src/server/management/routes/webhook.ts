/** Routes about what an integration's vendor posts to us. It must not know any vendor. */
import { ref } from '../answer-schemas.ts';
import { bodyOf } from '../http/body.ts';
import { NO_QUERY, type Route, route, routeWithBody } from '../http/route.ts';
import type { Ports } from '../ports.ts';
import { type InboundPath, registerWebhook, type WebhookWish, webhookOf } from '../webhook.ts';

const INTEGRATION = { id: 'Id of the pipeline integration, pi_….' };
const TAG = 'Pipeline integrations';
const PATH = '/pipeline-integrations/{id}/webhook';

const wishBody = bodyOf<WebhookWish>({
  type: 'object',
  additionalProperties: false,
  required: ['public_url'],
  properties: {
    public_url: {
      type: 'string',
      minLength: 1,
      maxLength: 253,
      description: 'The https origin under which ingestion can be reached from outside.',
    },
    types: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: { type: 'string' },
      description: 'Which messages; by default the usual ones.',
    },
  },
});

export function webhookRoutes(ports: Ports, inboundPath: InboundPath): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: PATH,
      tag: TAG,
      summary: 'Tell where the vendor posts what happens at its side, and how it is made to',
      description:
        'The URL is a secret: whoever knows it can post. It is made of the id and the encryption key, so it changes with either.',
      params: INTEGRATION,
      query: NO_QUERY,
      success: { status: 200, description: 'The address and the steps.', schema: ref('Webhook') },
      failures: [404],
      handle: async ({ params }) => webhookOf(ports, inboundPath, params['id'] ?? ''),
    }),
    routeWithBody({
      method: 'POST',
      path: PATH,
      tag: TAG,
      summary: 'Ask the vendor to post what happens at its side',
      description: 'Asks the account with its own credentials. Asking again changes nothing.',
      params: INTEGRATION,
      query: NO_QUERY,
      body: wishBody,
      success: { status: 200, description: 'What the vendor said.', schema: ref('ConnectionCheck') },
      failures: [400, 404, 413, 422],
      handle: async ({ params, body }) => registerWebhook(ports, inboundPath, params['id'] ?? '', body),
    }),
  ];
}
