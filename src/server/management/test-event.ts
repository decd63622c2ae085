/** Receives an event that somebody tries a pipeline out with. It must not know HTTP. */
import { Failure } from '../../event/failure.ts';
import type { JsonObject } from '../../event/json.ts';
import { governanceOf } from '../../intake/governance.ts';
import { createIntake } from '../../intake/intake.ts';
import { validationFailed } from './http/body.ts';
import { findPipeline } from './lookup.ts';
import type { Ports } from './ports.ts';

/**
 * Takes the event in as ingestion does and resolves with its message id once it is durable in the pipeline's log.
 * Throws NOT_FOUND, CONFLICT for a pipeline that is switched off, VALIDATION_FAILED for an event that intake refuses.
 */
export async function receiveTestEvent(ports: Ports, pipelineId: string, event: JsonObject): Promise<string> {
  const pipeline = await findPipeline(ports.store.config, pipelineId);
  if (!pipeline.enabled) {
    throw new Failure('CONFLICT', `The pipeline ${pipeline.name} is switched off; switch it on first.`);
  }
  const given = event['messageId'];
  const messageId = typeof given === 'string' && given !== '' ? given : `test-${ports.random.id()}`;
  const { rejected } = await createIntake(ports.store.log, ports.random).accept(
    { id: pipeline.id, governance: governanceOf(pipeline.config) },
    [{ ...event, messageId }],
    { receivedAtMs: ports.clock.now() },
  );
  const [refusal] = rejected;
  if (refusal === undefined) return messageId;
  const path = refusal.path === '' ? 'event' : `event.${refusal.path}`;
  throw validationFailed([{ path, message: refusal.message, code: refusal.code }]);
}
