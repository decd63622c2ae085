/** The door: parses events, governs them, appends the good ones to the log. It must not know HTTP, and keeps nothing itself. */
import type { Random } from '../clock.ts';
import type { EventLog, NewEvent } from '../store/ports/event-log.ts';
import { type Governance, govern } from './governance.ts';
import { type Arrival, parseEvent } from './parse-event.ts';
import type { Refusal } from './rejection.ts';

export interface IntakePipeline {
  readonly id: string;
  readonly governance: Governance;
}

export interface Acceptance {
  /** Events that are in the log now, those that were there already included. */
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly Rejection[];
}

/** `index` counts from 0 in the order of sending. */
export interface Rejection extends Refusal {
  readonly index: number;
}

export interface Delivered extends Arrival {
  /** Of the request; judged by the bot filter where an event brings none. */
  readonly userAgent?: string;
}

export interface Intake {
  /**
   * Resolves when every accepted event is durable. One bad event never spoils the others.
   * Rejects as the log does (Failure STORE_UNAVAILABLE): then nothing counts as accepted and the client should come again.
   */
  accept(pipeline: IntakePipeline, events: readonly unknown[], arrival: Delivered): Promise<Acceptance>;
}

export function createIntake(log: Pick<EventLog, 'append'>, random: Pick<Random, 'id'>): Intake {
  return {
    async accept(pipeline, events, arrival) {
      const { good, rejected } = sort(pipeline, events, arrival, random);
      const verdicts = good.length === 0 ? [] : await log.append(good);
      return {
        accepted: good.length,
        duplicates: verdicts.filter((verdict) => verdict === 'duplicate').length,
        rejected,
      };
    },
  };
}

function sort(
  pipeline: IntakePipeline,
  events: readonly unknown[],
  arrival: Delivered,
  random: Pick<Random, 'id'>,
): { readonly good: readonly NewEvent[]; readonly rejected: readonly Rejection[] } {
  const good: NewEvent[] = [];
  const rejected: Rejection[] = [];
  for (const [index, raw] of events.entries()) {
    const parsed = parseEvent(raw, arrival, random);
    const verdict = parsed.ok
      ? govern(parsed.event, parsed.notes, pipeline.governance, arrival.userAgent)
      : parsed;
    if (verdict.ok)
      good.push({ pipelineId: pipeline.id, event: verdict.event, receivedAtMs: arrival.receivedAtMs });
    else rejected.push({ index, code: verdict.code, message: verdict.message, path: verdict.path });
  }
  return { good, rejected };
}
