/** Types and schema of schemas/blueprint.schema.json. Written by `npm run generate`; do not edit. */
export type Mapping = Mapping1 & {
  /**
   * Where the value comes from: a path such as properties.order_id, or a list of which the first that is there wins.
   */
  source?: Text | Text[];
  /**
   * A mapping expression, for example {"@template": "{{traits.plan}}"}, or a constant.
   */
  value?: {
    [k: string]: unknown;
  };
  /**
   * Where the value goes: a field of the action, or a name of your own.
   */
  target: string;
  transform?: Transform;
  format?: Format;
  /**
   * Text of the value → what it becomes; * is for every other value and for none.
   */
  value_map?: {
    [k: string]: string | number | boolean | null;
  };
  /**
   * Stands in for a value that is absent, null or blank.
   */
  default?: {
    [k: string]: unknown;
  };
  /**
   * Whether the operation is refused when there is no value.
   */
  required?: boolean;
};
export type Mapping1 = {
  [k: string]: unknown;
};
export type Text = string;
/**
 * The name of a transform, or a list of transforms that run one after the other.
 */
export type Transform =
  | Text
  | (
      | Text
      | {
          name: Text;
          format?: Format;
        }
    )[];
/**
 * What the transform does in detail; each says what it takes.
 */
export type Format = string | number;
/**
 * @maxItems 500
 */
export type Mappings = Mapping[];
/**
 * @maxItems 500
 */
export type TargetTransforms = {
  target: Text;
  transform: Transform;
  format?: Format;
}[];
/**
 * A condition in FQL, for example properties.total >= 100. The rule is skipped when it is false.
 */
export type When = string;
/**
 * Mappings that only fill what the mappings left empty.
 *
 * @maxItems 500
 */
export type Mappings1 = Mapping[];
/**
 * Changes of finished targets.
 *
 * @maxItems 500
 */
export type TargetTransforms1 = {
  target: Text;
  transform: Transform;
  format?: Format;
}[];

/**
 * Which events become which operations, with which fields. Version 2. JSON or YAML.
 */
export interface BlueprintDocument {
  $schema?: string;
  version: 2;
  /**
   * What the blueprint is for, for people.
   */
  description?: string;
  delivery_mode?: "server_side";
  /**
   * Whether a key also matches the same event under its other documented names (Title Case, snake_case, GA4) and in other letter case.
   */
  aliases?: boolean;
  /**
   * Texts for {{pipeline_param.KEY}}. The pipeline's own parameters go before these.
   */
  parameters?: {
    [k: string]: string;
  };
  global?: Layer;
  /**
   * What happens to events that have no entry under events.
   */
  defaults?: {
    /**
     * drop, or the action of every event without an entry.
     */
    action?: string;
    vendor_event_name?: Text;
    when?: When;
    mappings?: Mappings;
    enrichments?: Mappings;
    transforms?: TargetTransforms;
  };
  /**
   * Event → rule or list of rules. The keys page, screen, identify, group and alias match the type of an event; all others name tracked events.
   */
  events: {
    [k: string]: Rule | Rule[];
  };
}
/**
 * Applies to every rule, below what the rule says itself.
 */
export interface Layer {
  mappings?: Mappings;
  enrichments?: Mappings;
  transforms?: TargetTransforms;
}
export interface Rule {
  /**
   * What the rule is for, for people.
   */
  description?: string;
  enabled?: boolean;
  /**
   * What to do. Without it, identify syncs the contact and anything else tracks an event.
   */
  action?: string;
  /**
   * The name of the event in the vendor's account. Without it, the event's own name.
   */
  vendor_event_name?: string;
  when?: When;
  mappings?: Mappings;
  enrichments?: Mappings1;
  transforms?: TargetTransforms1;
}

export const blueprintSchema = {
  "$schema": "http://json-schema.org/draft-07/schema#",
  "$id": "blueprint.schema.json",
  "title": "Blueprint",
  "description": "Which events become which operations, with which fields. Version 2. JSON or YAML.",
  "type": "object",
  "additionalProperties": false,
  "required": [
    "version",
    "events"
  ],
  "properties": {
    "$schema": {
      "type": "string"
    },
    "version": {
      "const": 2
    },
    "description": {
      "$ref": "#/definitions/text",
      "description": "What the blueprint is for, for people."
    },
    "delivery_mode": {
      "const": "server_side"
    },
    "aliases": {
      "type": "boolean",
      "default": false,
      "description": "Whether a key also matches the same event under its other documented names (Title Case, snake_case, GA4) and in other letter case."
    },
    "parameters": {
      "type": "object",
      "additionalProperties": {
        "type": "string"
      },
      "description": "Texts for {{pipeline_param.KEY}}. The pipeline's own parameters go before these."
    },
    "global": {
      "$ref": "#/definitions/layer",
      "description": "Applies to every rule, below what the rule says itself."
    },
    "defaults": {
      "type": "object",
      "additionalProperties": false,
      "description": "What happens to events that have no entry under events.",
      "properties": {
        "action": {
          "$ref": "#/definitions/text",
          "default": "drop",
          "description": "drop, or the action of every event without an entry."
        },
        "vendor_event_name": {
          "$ref": "#/definitions/text"
        },
        "when": {
          "$ref": "#/definitions/when"
        },
        "mappings": {
          "$ref": "#/definitions/mappings"
        },
        "enrichments": {
          "$ref": "#/definitions/mappings"
        },
        "transforms": {
          "$ref": "#/definitions/targetTransforms"
        }
      }
    },
    "events": {
      "type": "object",
      "description": "Event → rule or list of rules. The keys page, screen, identify, group and alias match the type of an event; all others name tracked events.",
      "additionalProperties": {
        "anyOf": [
          {
            "$ref": "#/definitions/rule"
          },
          {
            "type": "array",
            "items": {
              "$ref": "#/definitions/rule"
            }
          }
        ]
      }
    }
  },
  "definitions": {
    "text": {
      "type": "string",
      "minLength": 1
    },
    "when": {
      "type": "string",
      "minLength": 1,
      "maxLength": 10000,
      "description": "A condition in FQL, for example properties.total >= 100. The rule is skipped when it is false."
    },
    "layer": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "mappings": {
          "$ref": "#/definitions/mappings"
        },
        "enrichments": {
          "$ref": "#/definitions/mappings"
        },
        "transforms": {
          "$ref": "#/definitions/targetTransforms"
        }
      }
    },
    "rule": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "description": {
          "$ref": "#/definitions/text",
          "description": "What the rule is for, for people."
        },
        "enabled": {
          "type": "boolean",
          "default": true
        },
        "action": {
          "$ref": "#/definitions/text",
          "description": "What to do. Without it, identify syncs the contact and anything else tracks an event."
        },
        "vendor_event_name": {
          "$ref": "#/definitions/text",
          "description": "The name of the event in the vendor's account. Without it, the event's own name."
        },
        "when": {
          "$ref": "#/definitions/when"
        },
        "mappings": {
          "$ref": "#/definitions/mappings"
        },
        "enrichments": {
          "$ref": "#/definitions/mappings",
          "description": "Mappings that only fill what the mappings left empty."
        },
        "transforms": {
          "$ref": "#/definitions/targetTransforms",
          "description": "Changes of finished targets."
        }
      }
    },
    "mappings": {
      "type": "array",
      "maxItems": 500,
      "items": {
        "$ref": "#/definitions/mapping"
      }
    },
    "mapping": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "target"
      ],
      "anyOf": [
        {
          "required": [
            "source"
          ]
        },
        {
          "required": [
            "value"
          ]
        },
        {
          "required": [
            "default"
          ]
        }
      ],
      "not": {
        "required": [
          "source",
          "value"
        ]
      },
      "properties": {
        "source": {
          "description": "Where the value comes from: a path such as properties.order_id, or a list of which the first that is there wins.",
          "anyOf": [
            {
              "$ref": "#/definitions/text"
            },
            {
              "type": "array",
              "minItems": 1,
              "items": {
                "$ref": "#/definitions/text"
              }
            }
          ]
        },
        "value": {
          "description": "A mapping expression, for example {\"@template\": \"{{traits.plan}}\"}, or a constant."
        },
        "target": {
          "$ref": "#/definitions/text",
          "description": "Where the value goes: a field of the action, or a name of your own."
        },
        "transform": {
          "$ref": "#/definitions/transform"
        },
        "format": {
          "$ref": "#/definitions/format"
        },
        "value_map": {
          "type": "object",
          "description": "Text of the value → what it becomes; * is for every other value and for none.",
          "additionalProperties": {
            "type": [
              "string",
              "number",
              "boolean",
              "null"
            ]
          }
        },
        "default": {
          "description": "Stands in for a value that is absent, null or blank."
        },
        "required": {
          "type": "boolean",
          "default": false,
          "description": "Whether the operation is refused when there is no value."
        }
      }
    },
    "transform": {
      "description": "The name of a transform, or a list of transforms that run one after the other.",
      "anyOf": [
        {
          "$ref": "#/definitions/text"
        },
        {
          "type": "array",
          "items": {
            "anyOf": [
              {
                "$ref": "#/definitions/text"
              },
              {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "name"
                ],
                "properties": {
                  "name": {
                    "$ref": "#/definitions/text"
                  },
                  "format": {
                    "$ref": "#/definitions/format"
                  }
                }
              }
            ]
          }
        }
      ]
    },
    "format": {
      "description": "What the transform does in detail; each says what it takes.",
      "type": [
        "string",
        "number"
      ]
    },
    "targetTransforms": {
      "type": "array",
      "maxItems": 500,
      "items": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "target",
          "transform"
        ],
        "properties": {
          "target": {
            "$ref": "#/definitions/text"
          },
          "transform": {
            "$ref": "#/definitions/transform"
          },
          "format": {
            "$ref": "#/definitions/format"
          }
        }
      }
    }
  }
} as const;
