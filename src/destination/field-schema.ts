/** From an action's fields to the JSON Schema that its payloads must fit. It must not know any action. */

import { own } from '../event/json.ts';
import type {
  Choice,
  DependsOnConditions,
  FieldCondition,
  InputField,
  Payload,
  SyncMode,
} from './definition.ts';

export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** An object schema of the fields. Unknown keys are dropped by the validator unless `additionalProperties`. */
export function schemaOfFields(
  fields: Readonly<Record<string, InputField>>,
  additionalProperties = false,
): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, schemaOfField(field)]),
    ),
    required: Object.entries(fields).flatMap(([name, field]) => (field.required === true ? [name] : [])),
    additionalProperties,
  };
}

function schemaOfField(field: InputField): JsonSchema {
  const item = { ...schemaOfType(field), ...choicesOf(field), ...boundsOf(field) };
  const base = field.multiple === true ? { type: 'array', items: item } : item;
  return field.allowNull === true ? allowNull(base) : base;
}

function allowNull(schema: JsonSchema): JsonSchema {
  const types = Array.isArray(schema['type']) ? schema['type'] : [schema['type']];
  const values = schema['enum'];
  return {
    ...schema,
    type: [...types, 'null'],
    ...(Array.isArray(values) ? { enum: [...values, null] } : {}),
  };
}

function schemaOfType(field: InputField): JsonSchema {
  switch (field.type) {
    case 'string':
      return { type: 'string', ...(field.format === undefined ? {} : { format: field.format }) };
    case 'text':
    case 'password':
      return { type: 'string', format: field.format ?? field.type };
    case 'datetime':
      return { type: ['string', 'number'], format: field.format ?? 'date-like' };
    case 'number':
    case 'integer':
    case 'boolean':
      return { type: field.type };
    case 'object':
      return field.properties === undefined
        ? { type: 'object', additionalProperties: field.additionalProperties ?? false }
        : schemaOfFields(field.properties, field.additionalProperties ?? false);
    default:
      return unreachable(field.type);
  }
}

function choicesOf({ choices }: InputField): JsonSchema {
  if (choices === undefined || choices.length === 0) return {};
  return {
    enum: choices.map((choice: string | Choice) => (typeof choice === 'string' ? choice : choice.value)),
  };
}

function boundsOf({ type, minimum, maximum }: InputField): JsonSchema {
  if (type === 'number' || type === 'integer') {
    return { ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) };
  }
  return {
    ...(minimum === undefined ? {} : { minLength: minimum }),
    ...(maximum === undefined ? {} : { maxLength: maximum }),
  };
}

/** Whether conditions hold for a payload. They decide which fields are required (or shown). */
export function conditionsHold(when: DependsOnConditions, payload: Payload, syncMode?: SyncMode): boolean {
  const holds = (condition: DependsOnConditions['conditions'][number]): boolean => {
    if (condition.type === 'syncMode')
      return (condition.value === syncMode) === (condition.operator === 'is');
    return fieldEquals(condition, payload) === (condition.operator === 'is');
  };
  return when.match === 'any' ? when.conditions.some(holds) : when.conditions.every(holds);
}

function fieldEquals({ fieldKey, value }: FieldCondition, payload: Payload): boolean {
  const found = fieldKey.split('.').reduce<unknown>((at, key) => own(at, key), payload);
  if (value === undefined) return found === undefined || found === null || found === '';
  return Array.isArray(value) ? value.includes(found) : value === found;
}

function unreachable(value: never): never {
  throw new Error(`There is no field type ${JSON.stringify(value)}.`);
}
