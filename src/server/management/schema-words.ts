/** Words that schemas of answers are written in. It must not know any answer. */
import type { JsonObject } from '../../event/json.ts';

export const string: JsonObject = { type: 'string' };
export const time: JsonObject = { type: 'string', format: 'date-time' };
export const integer: JsonObject = { type: 'integer' };
export const number: JsonObject = { type: 'number' };
export const boolean: JsonObject = { type: 'boolean' };
export const anyObject: JsonObject = { type: 'object', additionalProperties: true };
export const strings: JsonObject = { type: 'array', items: string };
export const counts: JsonObject = { type: 'object', additionalProperties: { type: 'integer' } };

/** A closed object; properties whose name ends in `?` are optional. */
export function object(properties: Readonly<Record<string, JsonObject>>): JsonObject {
  const names = Object.keys(properties);
  return {
    type: 'object',
    additionalProperties: false,
    required: names.filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => [name.replace(/\?$/, ''), schema]),
    ),
  };
}

export const arrayOf = (items: JsonObject): JsonObject => ({ type: 'array', items });
export const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
