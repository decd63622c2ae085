/** Takes in what a vendor posts by itself: one message, one event in the log. It must not know HTTP nor any vendor. */
import { createHash } from 'node:crypto';
import type { Random } from '../clock.ts';
import type { InboundMessage } from '../destination/definition.ts';
import { Failure } from '../event/failure.ts';
import { createIntake, type IntakePipeline } from '../intake/intake.ts';
import type { RejectionCode } from '../intake/rejection.ts';
import type { EventLog } from '../store/ports/event-log.ts';
import type { AddressTokens } from './token.ts';

/** A pipeline integration whose vendor posts. */
export interface InboundEndpoint {
  readonly pipeline: IntakePipeline;
  /** The vendor account: subjects are unique in it. */
  readonly account: string;
  read(body: string): InboundMessage | undefined;
  /** Makes what was known of the account give way to what the message says. */
  forget(message: InboundMessage): void;
}

export interface ReceiverDeps {
  readonly log: Pick<EventLog, 'append'>;
  readonly random: Pick<Random, 'id'>;
  readonly tokens: AddressTokens;
  /** Undefined for what is not there, is switched off, or has a vendor that posts nothing. */
  readonly endpoint: (integrationId: string) => Promise<InboundEndpoint | undefined>;
}

/** `recorded`: it is in the log, durably. `refused`: the door did not take the event, and why. */
export interface Receipt {
  readonly recorded: boolean;
  readonly refused?: { readonly pipelineId: string; readonly code: RejectionCode };
}

export interface InboundReceiver {
  /** Throws Failure NOT_FOUND for a wrong address and STORE_UNAVAILABLE when nobody can know or keep it. */
  receive(integrationId: string, token: string, body: string, receivedAtMs: number): Promise<Receipt>;
}

export function createInboundReceiver(deps: ReceiverDeps): InboundReceiver {
  const intake = createIntake(deps.log, deps.random);
  return {
    async receive(integrationId, token, body, receivedAtMs) {
      const endpoint = deps.tokens.fits(integrationId, token)
        ? await orUnavailable(() => deps.endpoint(integrationId))
        : undefined;
      if (endpoint === undefined) throw new Failure('NOT_FOUND', 'There is nothing at this address.');
      const message = endpoint.read(body);
      if (message === undefined) return { recorded: false };
      endpoint.forget(message);
      const event = eventOf(message, endpoint.account, integrationId, body);
      if (event === undefined) return { recorded: false };
      const { pipeline } = endpoint;
      const { rejected } = await orUnavailable(() => intake.accept(pipeline, [event], { receivedAtMs }));
      const [refusal] = rejected;
      if (refusal === undefined) return { recorded: true };
      return { recorded: false, refused: { pipelineId: pipeline.id, code: refusal.code } };
    },
  };
}

/** Nothing links it to a visitor of the site but the address among its properties. */
function eventOf(
  { event, subject, timestamp, properties }: InboundMessage,
  account: string,
  integrationId: string,
  body: string,
): Readonly<Record<string, unknown>> | undefined {
  if (subject === undefined) return undefined;
  return {
    type: 'track',
    event,
    anonymousId: `${account}:${subject}`,
    // Vendors may post a message twice, then with the very same body.
    messageId: `in-${createHash('sha256').update(`${integrationId}\n${body}`).digest('base64url')}`,
    ...(timestamp === undefined ? {} : { timestamp }),
    properties,
    context: { inbound: { integration_id: integrationId } },
  };
}

async function orUnavailable<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof Failure && cause.status === 503) throw cause;
    throw new Failure('STORE_UNAVAILABLE', 'The message could not be stored; send it again.', { cause });
  }
}
