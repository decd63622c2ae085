/** JSON Schemas of answers about the service, its words, an integration's actions, and people. It must not know any handler. */
import type { JsonObject } from '../../event/json.ts';
import { arrayOf, boolean, integer, number, object, ref, string, strings, time } from './schema-words.ts';

const choice = object({ value: string, label: string, 'description?': string });

const person = {
  id: string,
  'email?': string,
  user_ids: strings,
  anonymous_ids: strings,
  pipeline_id: string,
  'last_seen_at?': time,
};

export const SERVICE_SCHEMAS: Readonly<Record<string, JsonObject>> = {
  Service: object({
    version: string,
    ingest_url: string,
    sandbox_url: { type: ['string', 'null'] },
    limits: object({ requests_per_second: number, tracking_per_second: number }),
    retention_days: number,
  }),
  TestEvent: object({ message_id: string }),
  Vocabulary: object({
    transforms: arrayOf(
      object({
        name: string,
        description: string,
        accepts: string,
        gives: string,
        'format?': object({ description: string, required: boolean }),
      }),
    ),
  }),
  ActionField: object({
    key: string,
    label: string,
    description: string,
    type: string,
    required: boolean,
    'format?': string,
    'choices?': arrayOf(choice),
    'dynamic?': boolean,
    'multiple?': boolean,
    'properties?': arrayOf(ref('ActionField')),
  }),
  Action: object({
    slug: string,
    title: string,
    description: string,
    repeatable: boolean,
    available: boolean,
    'unavailable_reason?': string,
    'rest_field?': string,
    'event_name_field?': string,
    fields: arrayOf(ref('ActionField')),
  }),
  ActionList: object({ data: arrayOf(ref('Action')) }),
  ChoiceList: object({
    data: arrayOf(choice),
    next_cursor: { type: ['string', 'null'] },
    has_more: boolean,
    'error?': object({ code: string, message: string }),
  }),
  RemovedTemplateList: object({
    data: arrayOf(object({ id: string, name: string, vendor: string, removed_at: time, until: time })),
  }),
  Person: object(person),
  PersonDetail: object({
    ...person,
    consent: arrayOf(
      object({ category: string, granted: boolean, at: time, subject: string, 'event_id?': string }),
    ),
    consent_history: arrayOf(
      object({
        category: string,
        granted: boolean,
        at: time,
        subjects: strings,
        'event?': object({
          id: string,
          type: string,
          'name?': string,
          'library?': string,
          'page?': string,
        }),
      }),
    ),
  }),
  DraftDiff: object({ from: integer, to: { type: 'null' }, changes: strings }),
};
