/** Types and schema of schemas/event.schema.json. Written by `npm run generate`; do not edit. */
/**
 * One event as it may arrive on the wire. Members that are not named here are allowed and ignored; null counts as absent. Routes that name the type (/v1/t, /v1/identify …) supply `type` themselves. Besides this an event may have at most 32 KB of JSON, 32 levels and 5,000 members.
 */
export type EventDocument = (
  | {
      userId: PresentId;
    }
  | {
      anonymousId: PresentId;
    }
) & {
  /**
   * What kind of event it is.
   */
  type: "track" | "page" | "screen" | "identify" | "group" | "alias";
  /**
   * Name of a track event; required there.
   */
  event?: string | null;
  /**
   * Name of a page or screen.
   */
  name?: string | null;
  /**
   * Category of a page or screen.
   */
  category?: string | null;
  /**
   * The user's id in your system. This or anonymousId is required, not both.
   */
  userId?: string | number | null;
  /**
   * The visitor's id before it is known who it is.
   */
  anonymousId?: string | number | null;
  /**
   * The group's id; required in a group event.
   */
  groupId?: string | number | null;
  /**
   * The former id; required in an alias.
   */
  previousId?: string | number | null;
  /**
   * Unique per event: an event that arrives twice under one messageId counts once. Without it that cannot be recognised.
   */
  messageId?: string | number | null;
  /**
   * What is to be known of the event.
   */
  properties?: {
    [k: string]: unknown;
  } | null;
  /**
   * What is to be known of the user or group.
   */
  traits?: {
    [k: string]: unknown;
  } | null;
  /**
   * Page, campaign, locale, user agent, consent and the like. `context.governance` belongs to the door and is replaced.
   */
  context?: {
    [k: string]: unknown;
  } | null;
  /**
   * Segment's switches per integration, kept as sent.
   */
  integrations?: {
    [k: string]: unknown;
  } | null;
  /**
   * When it happened, by the sender's clock.
   */
  timestamp?: string | number | null;
  /**
   * As timestamp; it wins where both are there.
   */
  originalTimestamp?: string | number | null;
  /**
   * When it was sent, by the same clock: the difference to the receipt corrects the timestamp. What is not a time is ignored.
   */
  sentAt?: {
    [k: string]: unknown;
  };
};
/**
 * An id that is there: not blank, and none of the texts that broken callers send for a missing one.
 */
export type PresentId = string | number;

export const eventSchema = {
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "event.schema.json",
  "title": "EventDocument",
  "description": "One event as it may arrive on the wire. Members that are not named here are allowed and ignored; null counts as absent. Routes that name the type (/v1/t, /v1/identify …) supply `type` themselves. Besides this an event may have at most 32 KB of JSON, 32 levels and 5,000 members.",
  "type": "object",
  "required": [
    "type"
  ],
  "properties": {
    "type": {
      "description": "What kind of event it is.",
      "enum": [
        "track",
        "page",
        "screen",
        "identify",
        "group",
        "alias"
      ]
    },
    "event": {
      "$ref": "#/$defs/name",
      "description": "Name of a track event; required there."
    },
    "name": {
      "$ref": "#/$defs/name",
      "description": "Name of a page or screen."
    },
    "category": {
      "$ref": "#/$defs/name",
      "description": "Category of a page or screen."
    },
    "userId": {
      "$ref": "#/$defs/id",
      "description": "The user's id in your system. This or anonymousId is required, not both."
    },
    "anonymousId": {
      "$ref": "#/$defs/id",
      "description": "The visitor's id before it is known who it is."
    },
    "groupId": {
      "$ref": "#/$defs/id",
      "description": "The group's id; required in a group event."
    },
    "previousId": {
      "$ref": "#/$defs/id",
      "description": "The former id; required in an alias."
    },
    "messageId": {
      "description": "Unique per event: an event that arrives twice under one messageId counts once. Without it that cannot be recognised.",
      "type": [
        "string",
        "number",
        "null"
      ],
      "maxLength": 100
    },
    "properties": {
      "description": "What is to be known of the event.",
      "type": [
        "object",
        "null"
      ],
      "additionalProperties": true
    },
    "traits": {
      "description": "What is to be known of the user or group.",
      "type": [
        "object",
        "null"
      ],
      "additionalProperties": true
    },
    "context": {
      "description": "Page, campaign, locale, user agent, consent and the like. `context.governance` belongs to the door and is replaced.",
      "type": [
        "object",
        "null"
      ],
      "additionalProperties": true
    },
    "integrations": {
      "description": "Segment's switches per integration, kept as sent.",
      "type": [
        "object",
        "null"
      ],
      "additionalProperties": true
    },
    "timestamp": {
      "$ref": "#/$defs/time",
      "description": "When it happened, by the sender's clock."
    },
    "originalTimestamp": {
      "$ref": "#/$defs/time",
      "description": "As timestamp; it wins where both are there."
    },
    "sentAt": {
      "description": "When it was sent, by the same clock: the difference to the receipt corrects the timestamp. What is not a time is ignored."
    }
  },
  "allOf": [
    {
      "anyOf": [
        {
          "required": [
            "userId"
          ],
          "properties": {
            "userId": {
              "$ref": "#/$defs/presentId"
            }
          }
        },
        {
          "required": [
            "anonymousId"
          ],
          "properties": {
            "anonymousId": {
              "$ref": "#/$defs/presentId"
            }
          }
        }
      ]
    },
    {
      "if": {
        "properties": {
          "type": {
            "const": "track"
          }
        }
      },
      "then": {
        "required": [
          "event"
        ],
        "properties": {
          "event": {
            "type": "string",
            "pattern": "\\S"
          }
        }
      }
    },
    {
      "if": {
        "properties": {
          "type": {
            "const": "group"
          }
        }
      },
      "then": {
        "required": [
          "groupId"
        ],
        "properties": {
          "groupId": {
            "$ref": "#/$defs/presentId"
          }
        }
      }
    },
    {
      "if": {
        "properties": {
          "type": {
            "const": "alias"
          }
        }
      },
      "then": {
        "required": [
          "previousId",
          "userId"
        ],
        "properties": {
          "previousId": {
            "$ref": "#/$defs/presentId"
          },
          "userId": {
            "$ref": "#/$defs/presentId"
          }
        }
      }
    }
  ],
  "$defs": {
    "name": {
      "type": [
        "string",
        "null"
      ],
      "maxLength": 512
    },
    "id": {
      "type": [
        "string",
        "integer",
        "null"
      ],
      "maxLength": 512,
      "minimum": -9007199254740991,
      "maximum": 9007199254740991
    },
    "presentId": {
      "description": "An id that is there: not blank, and none of the texts that broken callers send for a missing one.",
      "type": [
        "string",
        "integer"
      ],
      "pattern": "\\S",
      "not": {
        "enum": [
          "undefined",
          "null",
          "NaN",
          "[object Object]"
        ]
      }
    },
    "time": {
      "description": "ISO 8601 (without a zone it counts as UTC), or milliseconds since 1970.",
      "type": [
        "string",
        "number",
        "null"
      ],
      "pattern": "^\\s*(?:\\d{12,14}|\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])(?:[Tt ](?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d)?(?:[.,]\\d{1,9})? ?(?:[Zz]|[+-](?:[01]\\d|2[0-3])(?::?[0-5]\\d)?)?)?)\\s*$",
      "minimum": -62167219200000,
      "maximum": 253402300799999
    }
  }
} as const;
