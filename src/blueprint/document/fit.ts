/** Whether a kind of value can fit a field, by the coercions that payloads get. It must not know rules. */
import type { FieldShape } from '../action-shape.ts';
import { didYouMean } from '../nearest.ts';
import type { Kind } from '../transforms.ts';

const TEXT_TYPES = new Set(['string', 'text', 'password', 'datetime']);
const NAMES: Readonly<Record<Kind, string>> = {
  text: 'a text',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  object: 'an object',
  any: 'anything',
};

export function kindOfValue(value: unknown): Kind {
  if (value === null || value === undefined) return 'any';
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return 'object';
  }
}

/** Why a value of that kind cannot fit the field, as the rest of a sentence; undefined when it can. */
export function misfit(
  field: FieldShape,
  kind: Kind,
  constant?: { readonly value: unknown },
): string | undefined {
  if (kind === 'any' || (kind === 'list' && field.multiple === true)) return undefined;
  if (kind === 'object' || field.type === 'object')
    return kind === field.type ? undefined : `takes ${wanted(field)}, and ${NAMES[kind]} cannot fit.`;
  if (kind === 'list')
    return `takes ${wanted(field)}, and a list cannot fit; use a transform such as first or join.`;
  return constant === undefined ? undefined : constantMisfit(field, constant.value);
}

function constantMisfit(field: FieldShape, value: unknown): string | undefined {
  const choice = choiceMisfit(field, value);
  if (choice !== undefined) return choice;
  const text = String(value);
  if (field.type === 'number' || field.type === 'integer') return numberMisfit(field, value);
  if (field.type === 'boolean')
    return ['true', 'false', '1', '0'].includes(text)
      ? undefined
      : `takes true or false, not ${JSON.stringify(value)}.`;
  if (TEXT_TYPES.has(field.type) && field.maximum !== undefined && text.length > field.maximum)
    return `can have ${field.maximum} characters; ${JSON.stringify(value)} has ${text.length}.`;
  return undefined;
}

function choiceMisfit(field: FieldShape, value: unknown): string | undefined {
  if (field.choices === undefined) return undefined;
  const choices = field.choices.map((each) => String(typeof each === 'string' ? each : each.value));
  if (choices.includes(String(value))) return undefined;
  return `takes one of ${choices.join(', ')}, not ${JSON.stringify(value)}.${didYouMean(String(value), choices)}`;
}

function numberMisfit(field: FieldShape, value: unknown): string | undefined {
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isNaN(number)) return `takes ${wanted(field)}, not ${JSON.stringify(value)}.`;
  if (field.type === 'integer' && !Number.isInteger(number))
    return `takes a whole number, not ${JSON.stringify(value)}.`;
  if (field.minimum !== undefined && number < field.minimum)
    return `takes ${field.minimum} or more, not ${number}.`;
  if (field.maximum !== undefined && number > field.maximum)
    return `takes ${field.maximum} or less, not ${number}.`;
  return undefined;
}

function wanted(field: FieldShape): string {
  if (field.type === 'object') return 'an object';
  if (field.type === 'number' || field.type === 'integer') return 'a number';
  return field.type === 'boolean' ? 'true or false' : 'a text';
}
