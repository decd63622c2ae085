/** The one form of an event after the door. It must not know how it arrived or where it goes. */
import type { JsonObject } from './json.ts';

export const EVENT_TYPES = ['track', 'page', 'screen', 'identify', 'group', 'alias'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/**
 * A validated event. Times are ISO 8601 in UTC with milliseconds: `timestamp` is corrected by the client's clock
 * difference (`timestamp = receivedAt − (sentAt − originalTimestamp)`), never later than `receivedAt`.
 * At least one of `userId` and `anonymousId` is there.
 */
export interface CanonicalEvent {
  readonly type: EventType;
  readonly messageId: string;
  /** Name of a track event. */
  readonly event?: string;
  /** Name of a page or screen. */
  readonly name?: string;
  readonly category?: string;
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly groupId?: string;
  /** The former id, of an alias. */
  readonly previousId?: string;
  readonly properties: JsonObject;
  readonly traits: JsonObject;
  readonly context: JsonObject;
  readonly integrations?: JsonObject;
  readonly timestamp: string;
  readonly originalTimestamp?: string;
  readonly sentAt?: string;
  readonly receivedAt: string;
}
