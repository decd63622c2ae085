/** Whether the door takes what was read of a message as it is. It must not hold claims. */
import type { InboundMessage } from '../../src/destination/definition.ts';
import { parseEvent } from '../../src/intake/parse-event.ts';

export function acceptedWhole(message: InboundMessage | undefined): boolean {
  const { event, timestamp, properties } = message ?? {};
  const raw = {
    type: 'track',
    event,
    anonymousId: 'a',
    properties,
    ...(timestamp === undefined ? {} : { timestamp }),
  };
  const parsed = parseEvent(raw, { receivedAtMs: Date.now() }, { id: () => 'm' });
  return parsed.ok && Object.keys(parsed.notes).length === 0;
}
