/** How events and deliveries look in answers and in the event stream. It must not know HTTP. */
import { OUTCOME_CODES, type OutcomeCode } from '../../event/outcome.ts';
import type { Attempt } from '../../store/ports/queue.ts';
import type { DeliveryDetail, DeliverySummary, EventSummary, StatsBucket } from '../../store/ports/reads.ts';
import type { Verdict } from '../../store/ports/steps.ts';
import { iso } from './views.ts';

/** Number of a job → the id that people see. */
export function deliveryId(jobId: number): string {
  return `dlv_${jobId}`;
}

/** The number in an id that people see, or undefined. */
export function jobIdOf(id: string): number | undefined {
  const digits = /^dlv_(\d{1,15})$/.exec(id)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function reason(code: OutcomeCode | undefined, message?: string) {
  return code === undefined ? {} : { code, message: message ?? OUTCOME_CODES[code] };
}

function verdictView(verdict: Verdict) {
  return {
    pipeline_integration_id: verdict.integrationId,
    state: verdict.state,
    ...reason(verdict.code),
    ...(verdict.revisionId === undefined ? {} : { revision_id: verdict.revisionId }),
    ...(verdict.detail === undefined ? {} : { detail: verdict.detail }),
  };
}

/** A verdict as part of something that says which integration it is of. */
export function bareVerdictView({ state, code, detail }: Verdict) {
  return { state, ...reason(code), ...(detail === undefined ? {} : { detail }) };
}

/** An event with what became of it, integration by integration, and its deliveries. */
export function eventView(event: EventSummary) {
  const { type, messageId, event: eventName, name, userId, anonymousId } = event.event;
  return {
    id: event.id,
    seq: event.seq,
    pipeline_id: event.pipelineId,
    type,
    ...(eventName === undefined ? {} : { event: eventName }),
    ...(name === undefined ? {} : { name }),
    message_id: messageId,
    ...(userId === undefined ? {} : { user_id: userId }),
    ...(anonymousId === undefined ? {} : { anonymous_id: anonymousId }),
    ...(event.email === undefined ? {} : { email: event.email }),
    timestamp: event.event.timestamp,
    received_at: iso(event.receivedAtMs),
    verdicts: event.verdicts.map(verdictView),
    deliveries: event.jobs.map(deliveryView),
    payload: event.event,
  };
}

export function deliveryView(delivery: DeliverySummary) {
  return {
    id: deliveryId(delivery.id),
    event_id: delivery.eventId,
    event_name: delivery.eventName,
    pipeline_integration_id: delivery.integrationId,
    integration_id: delivery.templateId,
    revision_id: delivery.revisionId,
    revision_number: delivery.revisionNumber,
    rule: delivery.rule,
    action: delivery.action,
    contacts: delivery.contacts,
    state: delivery.state,
    ...reason(delivery.code, delivery.message),
    attempts: delivery.attempts,
    enqueued_at: iso(delivery.enqueuedAtMs),
    ...(delivery.settledAtMs === undefined ? {} : { settled_at: iso(delivery.settledAtMs) }),
    ...(delivery.nextAtMs === undefined ? {} : { next_at: iso(delivery.nextAtMs) }),
    ...(delivery.replayId === '' ? {} : { replay_id: delivery.replayId }),
    ...(delivery.replayedBy === undefined ? {} : { replayed_by: delivery.replayedBy }),
  };
}

/** A delivery with its payload and every try. */
export function deliveryDetailView(delivery: DeliveryDetail) {
  return { ...deliveryView(delivery), payload: delivery.payload, tries: delivery.tries.map(attemptView) };
}

function attemptView(attempt: Attempt) {
  return {
    at: iso(attempt.atMs),
    duration_ms: attempt.durationMs,
    outcome: attempt.outcome,
    ...reason(attempt.code, attempt.message),
    exchanges: attempt.exchanges,
    ...(attempt.nextAtMs === undefined ? {} : { next_at: iso(attempt.nextAtMs) }),
  };
}

export function statsView(bucket: StatsBucket) {
  return {
    from: iso(bucket.fromMs),
    received: bucket.received,
    verdicts: bucket.verdicts,
    deliveries: bucket.jobs,
    latency_ms: bucket.latencyMs,
    requests: bucket.requests,
  };
}
