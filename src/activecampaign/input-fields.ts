/** Input fields that several actions have alike. */
import type { InputField } from '../destination/definition.ts';
import type { JsonObject, JsonValue } from '../event/json.ts';

/** The first of these paths that holds something, as a default of a field. */
export function firstOf(path: string, ...others: readonly string[]): JsonValue {
  const [next, ...rest] = others;
  const found: JsonObject = { '@path': path };
  if (next === undefined) return found;
  // biome-ignore lint/suspicious/noThenProperty: `then` is a word of the mapping language.
  return { '@if': { exists: found, then: found, else: firstOf(next, ...rest) } };
}

export const EMAIL_FIELD: InputField = {
  label: 'Email',
  description: 'The contact’s address. It is trimmed and put in lower case.',
  type: 'string',
  format: 'email',
  required: true,
  category: 'identifier',
  default: { '@path': '$.email' },
};

export const TAGS_FIELD: InputField = {
  label: 'Tags',
  description: 'Names or ids, one or a list. Blanks around a name and letter case do not matter.',
  type: 'string',
  multiple: true,
  required: true,
  dynamic: true,
};

export const LISTS_FIELD: InputField = {
  label: 'Lists',
  description: 'Names or ids, one or a list. Without any, the lists of the integration’s settings.',
  type: 'string',
  multiple: true,
  dynamic: true,
};
