/** Reads query parameters and describes them for OpenAPI, from one declaration. It must not know any route. */
import { Failure, type Problem } from '../../../event/failure.ts';
import type { JsonObject } from '../../../event/json.ts';

/** One query parameter: how it is described, and how its text becomes a value or a sentence on what is wrong. */
export interface QueryParameter<T> {
  readonly description: string;
  readonly schema: JsonObject;
  /** What holds when it is not given; without it the parameter is then absent. */
  readonly absent?: T;
  parse(text: string): { readonly value: T } | { readonly wrong: string };
}

/** A parameter that always has a value. */
export interface DefaultedParameter<T> extends QueryParameter<T> {
  readonly absent: T;
}

export type QuerySpec = Readonly<Record<string, QueryParameter<unknown>>>;
type ValueOf<P> = P extends QueryParameter<infer T> ? T : never;
export type QueryOf<Q extends QuerySpec> = {
  readonly [K in keyof Q as Q[K] extends DefaultedParameter<unknown> ? K : never]: ValueOf<Q[K]>;
} & {
  readonly [K in keyof Q as Q[K] extends DefaultedParameter<unknown> ? never : K]?: ValueOf<Q[K]>;
};

/** Free text. */
export function text(description: string): QueryParameter<string> {
  return {
    description,
    schema: { type: 'string', maxLength: 512 },
    parse: (given) => (given.length > 512 ? { wrong: 'is longer than 512 characters' } : { value: given }),
  };
}

/** One of a closed list of words. */
export function oneOf<T extends string>(description: string, words: readonly T[]): QueryParameter<T> {
  return {
    description,
    schema: { type: 'string', enum: [...words] },
    parse: (given) => {
      const value = words.find((word) => word === given);
      return value === undefined ? { wrong: `must be one of ${words.join(', ')}` } : { value };
    },
  };
}

/** One or several of a closed list of words, with commas between them. */
export function someOf<T extends string>(
  description: string,
  words: readonly T[],
): QueryParameter<readonly T[]> {
  const one = `(${words.join('|')})`;
  return {
    description: `${description} Several with commas between them: ${words.slice(0, 2).join(',')}.`,
    schema: { type: 'string', pattern: `^${one}(,${one})*$` },
    parse: (given) => {
      const parts = given.split(',').map((part) => words.find((word) => word === part.trim()));
      const value = parts.filter((part) => part !== undefined);
      return value.length === parts.length
        ? { value: [...new Set(value)] }
        : { wrong: `must be one or several of ${words.join(', ')}` };
    },
  };
}

/** A whole number, at least `minimum`. More than `maximum` counts as `maximum`. */
export function whole(
  description: string,
  bounds: { readonly minimum: number; readonly maximum: number; readonly absent: number },
): DefaultedParameter<number> {
  return {
    description,
    schema: { type: 'integer', minimum: bounds.minimum, default: bounds.absent },
    absent: bounds.absent,
    parse: (given) =>
      /^\d{1,15}$/.test(given) && Number(given) >= bounds.minimum
        ? { value: Math.min(Number(given), bounds.maximum) }
        : { wrong: `must be a whole number from ${bounds.minimum} to ${bounds.maximum}` },
  };
}

export const NO_MOMENT = 'must be a time in ISO 8601, for example 2026-01-31T12:00:00Z';

/** Milliseconds since 1970, from these or from ISO 8601. */
export function parseMoment(given: string): number | undefined {
  const value = /^\d{1,15}$/.test(given) ? Number(given) : Date.parse(given);
  return Number.isFinite(value) ? value : undefined;
}

/** A moment: ISO 8601, or milliseconds since 1970. */
export function moment(description: string): QueryParameter<number> {
  return {
    description: `${description} ISO 8601, or milliseconds since 1970.`,
    schema: { type: 'string' },
    parse: (given) => {
      const value = parseMoment(given);
      return value === undefined ? { wrong: NO_MOMENT } : { value };
    },
  };
}

/** The two parameters of every list. */
export const PAGING = {
  limit: whole('How many rows at most; 100 is the most a page holds.', {
    minimum: 1,
    maximum: 100,
    absent: 50,
  }),
  cursor: text('`next_cursor` of the page before.'),
};

/** Parses the whole query. Throws INVALID_REQUEST with one entry per wrong or unknown parameter. */
export function readQuery<Q extends QuerySpec>(
  spec: Q,
  query: Readonly<Record<string, unknown>>,
): QueryOf<Q> {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { absent }] of Object.entries(spec)) if (absent !== undefined) values[name] = absent;
  for (const [name, given] of Object.entries(query)) {
    const parameter = Object.hasOwn(spec, name) ? spec[name] : undefined;
    if (parameter === undefined) {
      problems.push({ path: name, message: `is not a parameter of this route${known(spec)}` });
    } else if (typeof given !== 'string') {
      problems.push({ path: name, message: 'must be given once' });
    } else {
      const parsed = parameter.parse(given);
      if ('wrong' in parsed) problems.push({ path: name, message: parsed.wrong });
      else values[name] = parsed.value;
    }
  }
  if (problems.length > 0) {
    throw new Failure('INVALID_REQUEST', `The query has ${count(problems.length, 'wrong parameter')}.`, {
      details: problems,
    });
  }
  return values as QueryOf<Q>;
}

function known(spec: QuerySpec): string {
  const names = Object.keys(spec);
  return names.length === 0 ? '; it takes none' : `; it takes ${names.join(', ')}`;
}

/** "1 wrong field", "3 wrong fields". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
