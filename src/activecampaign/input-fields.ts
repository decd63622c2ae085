/** Input fields that several actions have alike. */
import type { InputField } from '../destination/definition.ts';

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
