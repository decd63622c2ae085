/** Types and schema of schemas/catalog.schema.json. Written by `npm run generate`; do not edit. */
/**
 * What can be installed: one vendor object each.
 */
export interface Catalog {
  vendors: CatalogVendor[];
}
export interface CatalogVendor {
  /**
   * Used in API paths.
   */
  key: string;
  name: string;
  description: string;
  category:
    | "advertising"
    | "analytics"
    | "attribution"
    | "cdp"
    | "cloud_storage"
    | "crm"
    | "marketing_automation"
    | "notifications"
    | "other";
  status: "ga" | "beta" | "alpha";
  website: string;
  config_fields: CatalogField[];
  /**
   * @minItems 1
   */
  variants: CatalogVariant[];
}
export interface CatalogField {
  key: string;
  label: string;
  /**
   * list: several texts.
   */
  type: "string" | "secret" | "select" | "textarea" | "boolean" | "number" | "list";
  required: boolean;
  placeholder?: string;
  help_text: string;
  /**
   * The choices of a select.
   */
  options?: {
    value: string;
    label: string;
  }[];
  /**
   * What holds when the field is left out.
   */
  default?: string | boolean | number | string[];
}
export interface CatalogVariant {
  /**
   * Names a shipped blueprint.
   */
  key: string;
  name: string;
  description: string;
  /**
   * Settings that the variant starts from.
   */
  default_config: {};
}

export const catalogSchema = {
  "$schema": "http://json-schema.org/draft-07/schema#",
  "$id": "catalog",
  "title": "Integration catalog",
  "description": "What can be installed: one vendor object each.",
  "type": "object",
  "required": [
    "vendors"
  ],
  "additionalProperties": false,
  "properties": {
    "vendors": {
      "type": "array",
      "items": {
        "$ref": "#/definitions/CatalogVendor"
      }
    }
  },
  "definitions": {
    "CatalogVendor": {
      "type": "object",
      "required": [
        "key",
        "name",
        "description",
        "category",
        "status",
        "website",
        "config_fields",
        "variants"
      ],
      "additionalProperties": false,
      "properties": {
        "key": {
          "type": "string",
          "pattern": "^[a-z0-9_-]+$",
          "description": "Used in API paths."
        },
        "name": {
          "type": "string",
          "minLength": 1
        },
        "description": {
          "type": "string",
          "minLength": 1
        },
        "category": {
          "type": "string",
          "enum": [
            "advertising",
            "analytics",
            "attribution",
            "cdp",
            "cloud_storage",
            "crm",
            "marketing_automation",
            "notifications",
            "other"
          ]
        },
        "status": {
          "type": "string",
          "enum": [
            "ga",
            "beta",
            "alpha"
          ]
        },
        "website": {
          "type": "string",
          "format": "uri"
        },
        "config_fields": {
          "type": "array",
          "items": {
            "$ref": "#/definitions/CatalogField"
          }
        },
        "variants": {
          "type": "array",
          "minItems": 1,
          "items": {
            "$ref": "#/definitions/CatalogVariant"
          }
        }
      }
    },
    "CatalogField": {
      "type": "object",
      "required": [
        "key",
        "label",
        "type",
        "required",
        "help_text"
      ],
      "additionalProperties": false,
      "properties": {
        "key": {
          "type": "string",
          "minLength": 1
        },
        "label": {
          "type": "string",
          "minLength": 1
        },
        "type": {
          "type": "string",
          "enum": [
            "string",
            "secret",
            "select",
            "textarea",
            "boolean",
            "number",
            "list"
          ],
          "description": "list: several texts."
        },
        "required": {
          "type": "boolean"
        },
        "placeholder": {
          "type": "string"
        },
        "help_text": {
          "type": "string",
          "minLength": 1
        },
        "options": {
          "type": "array",
          "description": "The choices of a select.",
          "items": {
            "type": "object",
            "required": [
              "value",
              "label"
            ],
            "additionalProperties": false,
            "properties": {
              "value": {
                "type": "string"
              },
              "label": {
                "type": "string"
              }
            }
          }
        },
        "default": {
          "type": [
            "string",
            "boolean",
            "number",
            "array"
          ],
          "items": {
            "type": "string"
          },
          "description": "What holds when the field is left out."
        }
      }
    },
    "CatalogVariant": {
      "type": "object",
      "required": [
        "key",
        "name",
        "description",
        "default_config"
      ],
      "additionalProperties": false,
      "properties": {
        "key": {
          "type": "string",
          "pattern": "^[a-z0-9_-]+$",
          "description": "Names a shipped blueprint."
        },
        "name": {
          "type": "string",
          "minLength": 1
        },
        "description": {
          "type": "string",
          "minLength": 1
        },
        "default_config": {
          "type": "object",
          "description": "Settings that the variant starts from."
        }
      }
    }
  }
} as const;
