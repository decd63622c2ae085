/** Checks request bodies against JSON Schema and words what is wrong, one entry per field. It must not know any route. */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { Failure, type Problem } from '../../../event/failure.ts';
import type { JsonObject } from '../../../event/json.ts';
import { count } from './query.ts';

/** A body's schema together with the type that it proves. */
export interface BodySpec<B> {
  readonly schema: JsonObject;
  fits(value: unknown): value is B;
  /** One entry per wrong field, in the order of the document; empty when it fits. */
  problems(value: unknown): readonly Problem[];
}

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
addFormats.default(ajv);

/** Compiles a body's schema; `B` must say what the schema says. */
export function bodyOf<B>(schema: JsonObject): BodySpec<B> {
  const validate = ajv.compile<B>(schema);
  return {
    schema,
    fits: validate,
    problems: (value) => (validate(value) ? [] : problemsOf(validate.errors ?? [])),
  };
}

/** The body, proven; throws INVALID_REQUEST when it is not an object at all, VALIDATION_FAILED with one entry per wrong field. */
export function readBody<B>(spec: BodySpec<B>, body: unknown): B {
  requireObject(body);
  if (spec.fits(body)) return body;
  throw validationFailed(spec.problems(body));
}

/** Throws INVALID_REQUEST unless the body is a JSON object. */
export function requireObject(body: unknown): void {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Failure(
      'INVALID_REQUEST',
      'The body must be a JSON object, sent with content-type application/json.',
    );
  }
}

/** The one form of "these fields are wrong". */
export function validationFailed(problems: readonly Problem[]): Failure {
  return new Failure(
    'VALIDATION_FAILED',
    `Nothing was saved: ${count(problems.length, 'field')} ${problems.length === 1 ? 'is' : 'are'} wrong. See details.`,
    { details: problems },
  );
}

/** Words ajv's errors, the first one of each path. */
export function problemsOf(errors: readonly ErrorObject[]): readonly Problem[] {
  const byPath = new Map<string, Problem>();
  for (const error of errors) {
    const path = pathOf(error);
    if (error.keyword !== 'if' && !byPath.has(path)) byPath.set(path, { path, message: wordsOf(error) });
  }
  return [...byPath.values()];
}

function pathOf(error: ErrorObject): string {
  const names = error.instancePath
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (error.keyword === 'required') names.push(String(error.params['missingProperty']));
  if (error.keyword === 'additionalProperties') names.push(String(error.params['additionalProperty']));
  return names.join('.');
}

function wordsOf(error: ErrorObject): string {
  const limit = String(error.params['limit']);
  switch (error.keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return 'is not a field of this request';
    case 'type':
      return `must be ${article(error.params['type'])}`;
    case 'enum':
      return `must be one of ${listOf(error.params['allowedValues'])}`;
    case 'const':
      return `must be ${JSON.stringify(error.params['allowedValue'])}`;
    case 'minLength':
      return limit === '1' ? 'must not be empty' : `must have at least ${limit} characters`;
    case 'maxLength':
      return `must have at most ${limit} characters`;
    case 'minItems':
      return `must have at least ${count(Number(limit), 'entry').replace('entrys', 'entries')}`;
    case 'maxItems':
      return `must have at most ${limit} entries`;
    case 'minProperties':
      return 'must name at least one field to change';
    case 'minimum':
      return `must be at least ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    case 'uniqueItems':
      return 'must not name anything twice';
    case 'pattern':
      return 'must contain more than spaces';
    default:
      return error.message ?? 'is not valid';
  }
}

function article(types: unknown): string {
  const names = Array.isArray(types) ? types.map(String) : [String(types)];
  return names.map((name) => `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`).join(' or ');
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.map(String).join(', ') : String(values);
}
