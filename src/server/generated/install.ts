/** Types and schema of schemas/install.schema.json. Written by `npm run generate`; do not edit. */
/**
 * Body of POST /v1/admin/integration-catalog/{key}/install.
 */
export interface InstallRequest {
  /**
   * Name of the integration, unique among the installed ones.
   */
  name: string;
  /**
   * One of the vendor's variants; it names the blueprint that is installed.
   */
  variant?: string;
  /**
   * A whole blueprint document in place of the variant's.
   */
  blueprint?: {
    [k: string]: unknown;
  };
  /**
   * Credentials and settings, as the vendor's config_fields declare them.
   */
  config: {
    [k: string]: unknown;
  };
  /**
   * How events reach the vendor. Only the server sends.
   */
  delivery_mode?: "server_side";
  /**
   * The pipeline to attach the integration to. Without it the default pipeline is taken.
   */
  pipeline_id?: string;
  /**
   * Consent categories that must all be granted before an event is sent. Default: marketing.
   *
   * @minItems 1
   * @maxItems 20
   */
  consent_categories?: string[];
}

export const installSchema = {
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "install",
  "title": "InstallRequest",
  "description": "Body of POST /v1/admin/integration-catalog/{key}/install.",
  "type": "object",
  "additionalProperties": false,
  "required": [
    "name",
    "config"
  ],
  "properties": {
    "name": {
      "description": "Name of the integration, unique among the installed ones.",
      "type": "string",
      "minLength": 1,
      "maxLength": 120,
      "pattern": "\\S"
    },
    "variant": {
      "description": "One of the vendor's variants; it names the blueprint that is installed.",
      "type": "string",
      "default": "default"
    },
    "blueprint": {
      "description": "A whole blueprint document in place of the variant's.",
      "type": "object",
      "additionalProperties": true
    },
    "config": {
      "description": "Credentials and settings, as the vendor's config_fields declare them.",
      "type": "object",
      "additionalProperties": true
    },
    "delivery_mode": {
      "description": "How events reach the vendor. Only the server sends.",
      "type": "string",
      "enum": [
        "server_side"
      ],
      "default": "server_side"
    },
    "pipeline_id": {
      "description": "The pipeline to attach the integration to. Without it the default pipeline is taken.",
      "type": "string",
      "minLength": 1
    },
    "consent_categories": {
      "description": "Consent categories that must all be granted before an event is sent. Default: marketing.",
      "type": "array",
      "minItems": 1,
      "maxItems": 20,
      "uniqueItems": true,
      "items": {
        "type": "string",
        "minLength": 1,
        "maxLength": 100
      }
    }
  }
} as const;
