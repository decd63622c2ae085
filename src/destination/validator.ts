/** Compiles JSON Schemas to checks that coerce, drop what is unknown and collect every error as a Problem. It must not know any schema. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parseEmail } from '../event/email.ts';
import type { Problem } from '../event/failure.ts';
import { parseTime } from './date-like.ts';

export interface ValidatorOptions {
  /** Unknown keys of closed objects: dropped, or each a problem. */
  readonly unknownKeys: 'drop' | 'problem';
  readonly useDefaults: boolean;
}

/** Changes the value it is given (coerces, drops, fills in defaults); returns every problem, none when it fits. */
export type Validate = (value: object) => readonly Problem[];

/** Throws at once for a schema that is wrong. */
export function compileSchema(schema: object, options: ValidatorOptions): Validate {
  const validate: ValidateFunction = compilerFor(options).compile(schema);
  return (value) => (validate(value) ? [] : (validate.errors ?? []).map(problemOf));
}

/** One for each way of checking: what it costs to make one (the schema of schemas, above all) is paid once. */
const compilers = new Map<string, Ajv>();

function compilerFor(options: ValidatorOptions): Ajv {
  const way = JSON.stringify([options.unknownKeys, options.useDefaults]);
  const known = compilers.get(way);
  if (known !== undefined) return known;
  const made = createCompiler(options);
  compilers.set(way, made);
  return made;
}

function createCompiler(options: ValidatorOptions): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    allowUnionTypes: true,
    strictRequired: false,
    coerceTypes: 'array',
    removeAdditional: options.unknownKeys === 'drop',
    useDefaults: options.useDefaults,
    // Two destinations may well use the same name for their schemas.
    addUsedSchema: false,
  });
  addFormats.default(ajv);
  ajv.addFormat('email', (text: string) => parseEmail(text) !== undefined);
  ajv.addFormat('text', true);
  ajv.addFormat('password', true);
  ajv.addFormat('date-like', (text: string) => parseTime(text) !== undefined);
  return ajv;
}

function problemOf(error: ErrorObject): Problem {
  const path = pathOf(error);
  return { path, message: sentence(error), keyword: error.keyword };
}

function pathOf(error: ErrorObject): string {
  const parts = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (error.keyword === 'required') parts.push(String(error.params['missingProperty']));
  if (error.keyword === 'additionalProperties') parts.push(String(error.params['additionalProperty']));
  return parts.join('.');
}

const FORMAT_WORDS: Readonly<Record<string, string>> = {
  email: 'an e-mail address',
  'date-like': 'a date, a date with time, or a Unix time',
  uri: 'a URL',
};

/** Says what is wanted, never what was given: that may be personal. */
function sentence(error: ErrorObject): string {
  const params: Readonly<Record<string, unknown>> = error.params;
  switch (error.keyword) {
    case 'required':
      return 'It is required and was not given.';
    case 'additionalProperties':
      return 'There is no such field.';
    case 'type':
      return `It must be of type ${String(params['type']).replaceAll(',', ' or ')}.`;
    case 'format':
      return `It must be ${FORMAT_WORDS[String(params['format'])] ?? `of the format ${String(params['format'])}`}.`;
    case 'enum':
      return `It must be one of: ${choicesText(params['allowedValues'])}.`;
    case 'minLength':
      return params['limit'] === 1
        ? 'It must not be empty.'
        : `It must have at least ${String(params['limit'])} characters.`;
    case 'maxLength':
      return `It must have at most ${String(params['limit'])} characters.`;
    default:
      return `It ${error.message ?? 'does not fit'}.`;
  }
}

function choicesText(allowed: unknown): string {
  return Array.isArray(allowed) ? allowed.filter((value) => value !== null).join(', ') : '';
}
