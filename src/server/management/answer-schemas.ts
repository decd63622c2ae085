/** JSON Schemas of the objects in answers, for OpenAPI; a test holds every answer to them. It must not know any handler. */
import { EVENT_TYPES } from '../../event/canonical-event.ts';
import type { JsonObject } from '../../event/json.ts';
import { ENDPOINTS } from '../../event/outcome.ts';
import { REPAIR_SCHEMAS } from './repair-schemas.ts';
import {
  anyObject,
  arrayOf,
  boolean,
  counts,
  integer,
  object,
  ref,
  string,
  strings,
  time,
} from './schema-words.ts';
import { SERVICE_SCHEMAS } from './service-schemas.ts';

export { ref } from './schema-words.ts';

export const VERDICT_STATES = [
  'dropped',
  'filtered',
  'skipped',
  'invalid',
  'parked',
  'expired',
  'mapped',
] as const;
export const JOB_STATES = [
  'waiting',
  'sending',
  'submitted',
  'held',
  'delivered',
  'filtered',
  'dead',
  'cancelled',
] as const;

/** The documented form of a list of these. */
export const listSchema = (name: string): JsonObject =>
  object({ data: arrayOf(ref(name)), next_cursor: { type: ['string', 'null'] }, has_more: boolean });

const template = {
  id: string,
  org_id: string,
  name: string,
  vendor: string,
  description: string,
  catalog_vendor_key: string,
  catalog_variant_key: string,
  created_at: time,
  updated_at: time,
};

const delivery = {
  id: string,
  event_id: string,
  event_name: string,
  pipeline_integration_id: string,
  integration_id: string,
  revision_id: string,
  revision_number: integer,
  rule: string,
  action: string,
  contacts: strings,
  state: { type: 'string', enum: [...JOB_STATES] },
  'code?': string,
  'message?': string,
  attempts: integer,
  enqueued_at: time,
  'settled_at?': time,
  'next_at?': time,
  'replay_id?': string,
  'replayed_by?': string,
};

const outlook = {
  verdict: object({
    state: { type: 'string', enum: [...VERDICT_STATES] },
    'code?': string,
    'message?': string,
    'detail?': anyObject,
  }),
  operations: arrayOf(
    object({
      rule: string,
      action: string,
      payload: anyObject,
      contacts: strings,
      requests: arrayOf(
        object({
          method: string,
          url: string,
          headers: { type: 'object', additionalProperties: string },
          'body?': string,
        }),
      ),
      'note?': string,
    }),
  ),
};

/** Everything under `#/components/schemas`. */
export const ANSWER_SCHEMAS: Readonly<Record<string, JsonObject>> = {
  Error: object({
    error: object({
      code: string,
      message: string,
      'details?': arrayOf({
        type: 'object',
        required: ['path', 'message'],
        properties: { path: string, message: string },
        additionalProperties: true,
      }),
    }),
  }),
  CatalogVendor: {
    type: 'object',
    additionalProperties: true,
    required: ['key', 'name', 'description', 'category', 'status', 'config_fields', 'variants'],
    properties: {
      key: string,
      name: string,
      description: string,
      category: string,
      status: string,
      config_fields: arrayOf(anyObject),
      variants: arrayOf(anyObject),
    },
  },
  ConnectionReport: object({
    ok: boolean,
    checks: arrayOf(ref('ConnectionCheck')),
  }),
  Template: object(template),
  TemplateStatus: object({
    ...template,
    latest_revision: integer,
    delivery: object({
      state: { type: 'string', enum: ['ok', 'paused', 'stopped'] },
      account: string,
      waiting: integer,
      stops: arrayOf(ref('StopInForce')),
      'code?': string,
      'message?': string,
      'since?': time,
      'until?': time,
    }),
  }),
  StopInForce: object({
    scope: { type: 'string', enum: ['integration', 'account', 'endpoint'] },
    'endpoint?': { type: 'string', enum: [...ENDPOINTS] },
    code: string,
    message: string,
    since: time,
    'next_probe_at?': time,
    mend: object({
      where: { type: 'string', enum: ['settings', 'account', 'network', 'nowhere'] },
      how: string,
    }),
  }),
  Revision: object({
    id: string,
    integration_id: string,
    org_id: string,
    revision_number: integer,
    config: anyObject,
    blueprint: anyObject,
    delivery_mode: string,
    change_summary: string,
    created_by: string,
    created_at: time,
  }),
  RevisionDiff: object({ from: integer, to: integer, changes: strings }),
  PipelineIntegration: object({
    id: string,
    pipeline_id: string,
    integration_id: string,
    integration_name: string,
    vendor: string,
    revision_id: string,
    revision_number: integer,
    latest_revision: integer,
    enabled: boolean,
    created_at: time,
    updated_at: time,
  }),
  ConnectionCheck: object({ name: string, ok: boolean, message: string, 'fix?': string }),
  Webhook: object({
    url: string,
    events: arrayOf(object({ type: string, event: string, usual: boolean })),
    sources: strings,
    steps: strings,
  }),
  Installed: object({
    template: ref('Template'),
    revision: ref('Revision'),
    pipeline_integration: ref('PipelineIntegration'),
  }),
  Pipeline: object({
    id: string,
    org_id: string,
    name: string,
    slug: string,
    type: { type: 'string', enum: ['web', 'app', 'server'] },
    pipeline_key: string,
    pipeline_key_secret_prefix: string,
    domain_allowlist: strings,
    labels: strings,
    rate_limit_rps: integer,
    parameters: { type: 'object', additionalProperties: string },
    config: anyObject,
    enabled: boolean,
    created_at: time,
    updated_at: time,
  }),
  RotatedKey: object({ pipeline: ref('Pipeline'), pipeline_key_secret: string }),
  Event: object({
    id: string,
    seq: integer,
    pipeline_id: string,
    type: { type: 'string', enum: [...EVENT_TYPES] },
    'event?': string,
    'name?': string,
    message_id: string,
    'user_id?': string,
    'anonymous_id?': string,
    'email?': string,
    timestamp: time,
    received_at: time,
    verdicts: arrayOf(
      object({
        pipeline_integration_id: string,
        state: { type: 'string', enum: [...VERDICT_STATES] },
        'code?': string,
        'message?': string,
        'revision_id?': string,
        'detail?': anyObject,
      }),
    ),
    deliveries: arrayOf(ref('Delivery')),
    payload: anyObject,
  }),
  Delivery: object(delivery),
  DeliveryDetail: object({
    ...delivery,
    payload: anyObject,
    tries: arrayOf(
      object({
        at: time,
        duration_ms: { type: 'number' },
        outcome: string,
        'code?': string,
        'message?': string,
        exchanges: arrayOf(anyObject),
        'next_at?': time,
      }),
    ),
  }),
  Preview: object({
    data: arrayOf(
      object({
        'event_id?': string,
        event: anyObject,
        notes: anyObject,
        'email?': string,
        consent: object({
          needed: strings,
          known: { type: 'object', additionalProperties: boolean },
          source: { type: 'string', enum: ['event', 'recorded', 'nothing'] },
          judgement: { type: 'string', enum: ['granted', 'denied', 'unknown'] },
        }),
        ...outlook,
        'before?': object(outlook),
      }),
    ),
    problems: arrayOf({
      type: 'object',
      required: ['path', 'message'],
      properties: { path: string, message: string, severity: { type: 'string', enum: ['error', 'warning'] } },
      additionalProperties: true,
    }),
  }),
  ...SERVICE_SCHEMAS,
  ...REPAIR_SCHEMAS,
  StatsBucket: object({
    from: time,
    received: integer,
    verdicts: counts,
    deliveries: counts,
    latency_ms: {
      oneOf: [{ type: 'null' }, object({ p50: integer, p95: integer })],
    },
    requests: integer,
  }),
};
