/** Why the door refuses an event: the closed table of codes. It must not know how a refusal is answered. */

/** Code → what it means and what to do, shown to people. The rejection itself carries the exact place and value. */
export const REJECTIONS = {
  NOT_AN_OBJECT: 'An event is a JSON object.',
  TYPE_MISSING: 'The event needs a type: track, page, screen, identify, group or alias.',
  TYPE_UNKNOWN: 'The type is none of track, page, screen, identify, group, alias.',
  EVENT_NAME_MISSING: 'A track event needs its name in `event`.',
  GROUP_ID_MISSING: 'A group event needs `groupId`.',
  PREVIOUS_ID_MISSING: 'An alias needs `previousId` and `userId`.',
  ID_MISSING: 'An event needs `userId` or `anonymousId`.',
  ID_INVALID: 'An id is a string, or a whole number that JavaScript can hold exactly.',
  FIELD_INVALID: 'A member has a value of the wrong kind.',
  FIELD_TOO_LONG: 'A member is longer than allowed.',
  TIMESTAMP_INVALID: 'A timestamp is ISO 8601 text, or milliseconds since 1970.',
  EVENT_TOO_LARGE: 'The event is larger than 32 KB of JSON.',
  EVENT_TOO_DEEP: 'Objects and arrays are nested more than 32 deep.',
  EVENT_TOO_WIDE: 'The event has more than 5,000 members and items.',
  BOT_FILTERED: 'The user agent names a crawler, and the pipeline’s bot filter is on.',
} as const satisfies Record<string, string>;

export type RejectionCode = keyof typeof REJECTIONS;

/** One refusal. `path` is the dotted place inside the event, empty for the event itself. `message` holds no value of the event. */
export interface Refusal {
  readonly code: RejectionCode;
  readonly message: string;
  readonly path: string;
}

/** Limits of one event, after batch-level members were merged in. */
export const EVENT_LIMITS = {
  bytes: 32 * 1024,
  depth: 32,
  members: 5_000,
  idChars: 512,
  nameChars: 512,
  messageIdChars: 100,
  /** Longer strings inside properties, traits and context are cut to this, and the cut is noted. */
  stringChars: 8_192,
} as const;
