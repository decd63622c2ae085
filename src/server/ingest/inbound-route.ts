/** Where vendors post what happens at theirs. It must not know any vendor, nor how a message becomes an event. */
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../clock.ts';
import type { InboundReceiver } from '../../inbound/receiver.ts';
import { REJECTIONS } from '../../intake/rejection.ts';
import { decompress } from './bodies.ts';
import type { Seldom } from './seldom.ts';

export interface InboundRouteDeps {
  readonly inbound: InboundReceiver;
  readonly clock: Pick<Clock, 'now'>;
  readonly seldom: Seldom;
  readonly maxPayloadSize: number;
}

interface InboundRequest {
  Params: { integration: string; token: string };
}

/** The path that a vendor posts to; whoever knows it may post. */
export function inboundPath(integrationId: string, token: string): string {
  return `/v1/inbound/${integrationId}/${token}`;
}

/**
 * 200 when the message is durable or says nothing that is kept, 404 for a wrong address, 413, and 503 when the disk fails.
 * Never a redirect, and never 410, which makes vendors stop for good. No line of the log has the address. Verified
 * messages are not counted against the pipeline's rate, since nobody sends them again.
 */
export function inboundRoute(app: FastifyInstance, deps: InboundRouteDeps): void {
  app.post<InboundRequest>(inboundPath(':integration', ':token'), async (request, reply) => {
    const receivedAtMs = deps.clock.now();
    const { integration, token } = request.params;
    const wire = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const bytes = await decompress(wire, request.headers['content-encoding'], deps.maxPayloadSize);
    const { recorded, refused } = await deps.inbound.receive(
      integration,
      token,
      bytes.toString('utf8'),
      receivedAtMs,
    );
    if (refused !== undefined) {
      const { pipelineId, code } = refused;
      deps.seldom(`rejected ${pipelineId} ${code}`, (times) =>
        request.log.warn({ pipeline: pipelineId, code, times }, REJECTIONS[code]),
      );
    }
    return reply.send({ success: true, recorded });
  });
}
