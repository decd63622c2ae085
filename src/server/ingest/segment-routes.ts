/** What Segment's browser client asks besides sending events. It must not know the events. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Reception } from './reception.ts';

/**
 * `GET /v1/projects/{key}/settings`: exactly one integration, since more make the client load code that we do not have;
 * metrics off. `POST /v1/m` takes what is sent nevertheless and keeps nothing.
 */
export function segmentRoutes(app: FastifyInstance, reception: Reception): void {
  app.get<{ Params: { key: string } }>('/v1/projects/:key/settings', async (request, reply) => {
    const { key } = request.params;
    await reception.admit(request, key);
    reply.header('cache-control', 'private, max-age=300');
    return {
      integrations: {
        'Segment.io': { apiKey: key, apiHost: `${request.host}/v1`, protocol: protocolOf(request) },
      },
      metrics: { sampleRate: 0 },
    };
  });
  app.post('/v1/m', async () => ({ success: true }));
}

/** Behind a proxy that ends TLS the client came by https, and it must keep doing so. */
function protocolOf(request: FastifyRequest): string {
  return request.headers['x-forwarded-proto'] === 'https' ? 'https' : request.protocol;
}
