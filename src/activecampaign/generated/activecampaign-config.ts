/** Types and schema of schemas/activecampaign-config.schema.json. Written by `npm run generate`; do not edit. */
/**
 * The settings of an installed ActiveCampaign integration. The page's four come first; all others are optional.
 */
export interface ActiveCampaignConfig {
  /**
   * Your account's own API address, exactly as ActiveCampaign shows it under Settings > Developer.
   */
  api_url: string;
  /**
   * The key of one user, in ActiveCampaign under Settings > Developer. It may do what that user may do.
   */
  api_key: string;
  /**
   * The number named actid, in ActiveCampaign under Website > Site Tracking (scroll down to Event tracking). Needed for events; contacts work without it.
   */
  event_tracking_account_id?: string;
  /**
   * The Event Key, in ActiveCampaign under Website > Site Tracking (scroll down to Event tracking, which must be switched on there). Needed for events, together with the account ID.
   */
  event_tracking_key?: string;
  /**
   * Categories that a visitor must all have granted before anything is sent for them. An empty list sends without asking.
   *
   * @maxItems 20
   */
  consent_categories?: string[];
  /**
   * deny: unknown means no. allow: send until the visitor refuses.
   */
  missing_consent?: "deny" | "allow";
  /**
   * hold: show it and wait for a person, so that nothing is sent twice. resend: send it again, so that nothing is missing.
   */
  unknown_outcome?: "hold" | "resend";
  /**
   * report: leave them out and say so, with the nearest name. create: make them in the account, visible on all contacts.
   */
  unknown_fields?: "report" | "create";
  /**
   * On: a null that is sent for a contact's value empties it in ActiveCampaign. Off: it is left as it is. Blank and missing values never empty anything.
   */
  null_clears?: boolean;
  /**
   * On: what ActiveCampaign confirmed within a day is not sent again. Off: everything is sent, which also undoes changes that people made in ActiveCampaign.
   */
  skip_unchanged?: boolean;
  /**
   * On: for an address that was not seen in the account within a day, a contact update of the address alone goes before the event. Off: an event of an address that is no contact may get lost in ActiveCampaign.
   */
  ensure_contact?: boolean;
  /**
   * On: an event name that the account does not list is added to its list before the first event of that name is sent.
   */
  register_events?: boolean;
  /**
   * Off: people who unsubscribed or bounced stay so, unless the Resubscribe action is used. On: subscribing subscribes them again, too. Use it only where each subscription is a new opt-in.
   */
  resubscribe?: boolean;
  /**
   * Names or ids of the lists that Subscribe uses where the event names none.
   *
   * @maxItems 50
   */
  default_lists?: string[];
  /**
   * On: contacts that are imported in bulk do not start automations that begin with a list subscription. Off: they do, as single updates do.
   */
  exclude_automations?: boolean;
  /**
   * pairs: text such as order_id=o1; revenue=42.5, good for conditions in automations. json: a JSON object in text. ActiveCampaign keeps about 250 characters of either.
   */
  eventdata_format?: "pairs" | "json";
}

export const activecampaignConfigSchema = {
  "$schema": "http://json-schema.org/draft-07/schema#",
  "$id": "activecampaign-config",
  "title": "ActiveCampaign settings",
  "description": "The settings of an installed ActiveCampaign integration. The page's four come first; all others are optional.",
  "type": "object",
  "required": [
    "api_url",
    "api_key"
  ],
  "additionalProperties": false,
  "properties": {
    "api_url": {
      "type": "string",
      "minLength": 1,
      "maxLength": 2000,
      "title": "API URL",
      "description": "Your account's own API address, exactly as ActiveCampaign shows it under Settings > Developer.",
      "examples": [
        "https://your-account.api-us1.com"
      ]
    },
    "api_key": {
      "type": "string",
      "minLength": 1,
      "maxLength": 500,
      "writeOnly": true,
      "title": "API Key",
      "description": "The key of one user, in ActiveCampaign under Settings > Developer. It may do what that user may do.",
      "examples": [
        "0123456789abcdef…"
      ]
    },
    "event_tracking_account_id": {
      "type": "string",
      "minLength": 1,
      "maxLength": 50,
      "pattern": "^[0-9]+$",
      "title": "Event Tracking Account ID",
      "description": "The number named actid, in ActiveCampaign under Website > Site Tracking (scroll down to Event tracking). Needed for events; contacts work without it.",
      "examples": [
        "1000001"
      ]
    },
    "event_tracking_key": {
      "type": "string",
      "minLength": 1,
      "maxLength": 500,
      "writeOnly": true,
      "title": "Event Tracking Key",
      "description": "The Event Key, in ActiveCampaign under Website > Site Tracking (scroll down to Event tracking, which must be switched on there). Needed for events, together with the account ID.",
      "examples": [
        "0123456789abcdef…"
      ]
    },
    "consent_categories": {
      "type": "array",
      "items": {
        "type": "string",
        "minLength": 1,
        "maxLength": 100
      },
      "maxItems": 20,
      "uniqueItems": true,
      "default": [
        "marketing"
      ],
      "title": "Consent categories",
      "description": "Categories that a visitor must all have granted before anything is sent for them. An empty list sends without asking."
    },
    "missing_consent": {
      "type": "string",
      "enum": [
        "deny",
        "allow"
      ],
      "default": "deny",
      "title": "When nothing is known of a visitor's consent",
      "description": "deny: unknown means no. allow: send until the visitor refuses."
    },
    "unknown_outcome": {
      "type": "string",
      "enum": [
        "hold",
        "resend"
      ],
      "default": "hold",
      "title": "When nobody can know whether an event arrived",
      "description": "hold: show it and wait for a person, so that nothing is sent twice. resend: send it again, so that nothing is missing."
    },
    "unknown_fields": {
      "type": "string",
      "enum": [
        "report",
        "create"
      ],
      "default": "report",
      "title": "Custom fields that the account does not have",
      "description": "report: leave them out and say so, with the nearest name. create: make them in the account, visible on all contacts."
    },
    "null_clears": {
      "type": "boolean",
      "default": true,
      "title": "null empties a value",
      "description": "On: a null that is sent for a contact's value empties it in ActiveCampaign. Off: it is left as it is. Blank and missing values never empty anything."
    },
    "skip_unchanged": {
      "type": "boolean",
      "default": true,
      "title": "Leave out what would change nothing",
      "description": "On: what ActiveCampaign confirmed within a day is not sent again. Off: everything is sent, which also undoes changes that people made in ActiveCampaign."
    },
    "ensure_contact": {
      "type": "boolean",
      "default": true,
      "title": "Make the contact before its first event",
      "description": "On: for an address that was not seen in the account within a day, a contact update of the address alone goes before the event. Off: an event of an address that is no contact may get lost in ActiveCampaign."
    },
    "register_events": {
      "type": "boolean",
      "default": false,
      "title": "Register event names first",
      "description": "On: an event name that the account does not list is added to its list before the first event of that name is sent."
    },
    "resubscribe": {
      "type": "boolean",
      "default": false,
      "title": "Subscribing brings back people who unsubscribed",
      "description": "Off: people who unsubscribed or bounced stay so, unless the Resubscribe action is used. On: subscribing subscribes them again, too. Use it only where each subscription is a new opt-in."
    },
    "default_lists": {
      "type": "array",
      "items": {
        "type": "string",
        "minLength": 1,
        "maxLength": 200
      },
      "maxItems": 50,
      "uniqueItems": true,
      "default": [],
      "title": "Lists to subscribe to",
      "description": "Names or ids of the lists that Subscribe uses where the event names none."
    },
    "exclude_automations": {
      "type": "boolean",
      "default": false,
      "title": "Imports start no automations",
      "description": "On: contacts that are imported in bulk do not start automations that begin with a list subscription. Off: they do, as single updates do."
    },
    "eventdata_format": {
      "type": "string",
      "enum": [
        "pairs",
        "json"
      ],
      "default": "pairs",
      "title": "Form of event values",
      "description": "pairs: text such as order_id=o1; revenue=42.5, good for conditions in automations. json: a JSON object in text. ActiveCampaign keeps about 250 characters of either."
    }
  }
} as const;
