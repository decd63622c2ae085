/** Removes what counts as empty from a mapped payload, guided by the action's fields. It must not know any action. */
import { isObject } from '../event/json.ts';
import type { InputField, Payload } from './definition.ts';

const TEXT_TYPES: readonly string[] = ['string', 'text', 'password', 'datetime'];

/**
 * A copy without empty values: null where the field does not allow it; '' at the top level, and below it where the type is
 * not text; elements of lists by the same rules. Values that no field describes are left as they are. Single payloads and
 * batches are treated alike. Every object and list that a field describes is a new one, which the check may then change.
 */
export function withoutEmptyValues(
  payload: Payload,
  fields: Readonly<Record<string, InputField>>,
): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(payload)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (value === undefined || value === '') continue;
    if (field === undefined) kept[name] = value;
    else if (!isEmpty(value, field)) kept[name] = cleaned(value, field);
  }
  return kept;
}

function isEmpty(value: unknown, field: InputField): boolean {
  if (value === undefined) return true;
  if (value === null) return field.allowNull !== true;
  return value === '' && !TEXT_TYPES.includes(field.type);
}

function cleaned(value: unknown, field: InputField): unknown {
  if (Array.isArray(value)) {
    if (field.multiple !== true) return value;
    const { allowNull: _, multiple: __, ...element } = field;
    return value.filter((item) => !isEmpty(item, element)).map((item) => cleaned(item, element));
  }
  if (!isObject(value)) return value;
  if (field.properties !== undefined) return cleanedObject(value, field.properties);
  return field.type === 'object' && field.additionalProperties !== true ? { ...value } : value;
}

function cleanedObject(
  value: Payload,
  properties: Readonly<Record<string, InputField>>,
): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const field = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (field === undefined) kept[name] = inner;
    else if (!isEmpty(inner, field)) kept[name] = cleaned(inner, field);
  }
  return kept;
}
