/** JSON Schemas of answers about sending again and forgetting. It must not know any handler. */
import type { JsonObject } from '../../event/json.ts';
import { arrayOf, integer, object, string, strings, time } from './schema-words.ts';

export const REPAIR_SCHEMAS: Readonly<Record<string, JsonObject>> = {
  Replay: object({
    id: string,
    state: { type: 'string', enum: ['running', 'done', 'cancelled', 'failed'] },
    of: { type: 'string', enum: ['deliveries', 'events'] },
    mapping: { type: 'string', enum: ['as_mapped', 'current'] },
    total: integer,
    done: integer,
    skipped: integer,
    created_at: time,
    'finished_at?': time,
    'message?': string,
  }),
  ReplayEstimate: object({ count: integer, 'oldest_at?': time, seconds_at_account_limit: integer }),
  Cancelled: object({ cancelled: integer }),
  ReasonList: object({
    data: arrayOf(object({ state: string, code: string, count: integer, newest_at: time })),
  }),
  Erasure: object({
    id: string,
    state: { type: 'string', enum: ['running', 'done'] },
    erased_at: time,
    subject: object({ 'email?': string, emails: strings, user_ids: strings, anonymous_ids: strings }),
    events: integer,
    deliveries: integer,
    decisions: integer,
    cancelled: integer,
    vendor: arrayOf(object({ integration_id: string, delivery_id: string })),
  }),
};
