/** Says whether events can be taken in. It must not know why not in detail; the log does. */
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../clock.ts';
import { Failure } from '../../event/failure.ts';
import type { Upkeep } from '../../store/ports/upkeep.ts';
import { sendFailure } from './answers.ts';

/** One durable write answers everybody who asks within this time. */
const PROBE_EVERY_MS = 1_000;

/** `GET /healthz`: 200 `{"status":"ok"}` when the disk takes a durable write, otherwise 503. */
export function healthRoute(
  app: FastifyInstance,
  upkeep: Pick<Upkeep, 'probe'>,
  clock: Pick<Clock, 'now'>,
): void {
  let probe: { readonly atMs: number; readonly isWritable: Promise<boolean> } | undefined;
  app.get('/healthz', async (request, reply) => {
    const nowMs = clock.now();
    if (probe === undefined || nowMs - probe.atMs >= PROBE_EVERY_MS) {
      const isWritable = upkeep.probe().then(
        () => true,
        (error: unknown) => {
          request.log.error({ err: error }, 'the store takes no durable write');
          return false;
        },
      );
      probe = { atMs: nowMs, isWritable };
    }
    if (await probe.isWritable) return { status: 'ok' };
    return sendFailure(reply, new Failure('STORE_UNAVAILABLE', 'The store takes no durable write.'));
  });
}
