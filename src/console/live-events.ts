/** Keeps events of the stream up to date with the deliveries that the stream tells of later. It must not know how either is shown. */
import type { Delivery, ReceivedEvent } from './api/answers.ts';
import type { StreamEntry } from './api/stream.ts';

export interface EventTracker {
  /**
   * The events that these entries concern, as they are now. `known` finds one that is shown already; others are found
   * as long as they are among the last that the stream told.
   */
  apply(
    entries: readonly StreamEntry[],
    known: (id: string) => ReceivedEvent | undefined,
  ): readonly ReceivedEvent[];
}

/** A delivery follows its event within seconds; that many events can come in between. */
export const MAX_TRACKED = 2_000;

export function createEventTracker(): EventTracker {
  const tracked = new Map<string, ReceivedEvent>();
  const track = (event: ReceivedEvent): void => {
    tracked.delete(event.id);
    tracked.set(event.id, event);
    if (tracked.size <= MAX_TRACKED) return;
    const [oldest] = tracked.keys();
    if (oldest !== undefined) tracked.delete(oldest);
  };
  return {
    apply: (entries, known) => {
      const changed = new Map<string, ReceivedEvent>();
      for (const entry of entries) {
        const id = entry.kind === 'event' ? entry.event.id : entry.delivery.event_id;
        const present = changed.get(id) ?? tracked.get(id) ?? known(id);
        const event =
          entry.kind === 'event'
            ? entry.event
            : present === undefined
              ? undefined
              : withDelivery(present, entry.delivery);
        if (event === undefined) continue;
        changed.set(id, event);
        track(event);
      }
      return [...changed.values()];
    },
  };
}

function withDelivery(event: ReceivedEvent, delivery: Delivery): ReceivedEvent {
  const isThere = event.deliveries.some(({ id }) => id === delivery.id);
  return {
    ...event,
    deliveries: isThere
      ? event.deliveries.map((each) => (each.id === delivery.id ? delivery : each))
      : [...event.deliveries, delivery],
  };
}
