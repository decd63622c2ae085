/** A place in a mapping while it is compiled: collects every mistake with where it is. It must not know any directive. */
import { isObject } from '../../event/json.ts';
import { didYouMean } from '../nearest.ts';
import { absent, type Node } from './nodes.ts';
import { MAX_DIRECTIVES, MAX_MAPPING_DEPTH } from './run.ts';

/** One mistake of a mapping: the place as a pointer of keys, directive names and field names, and the reason. */
export interface MappingProblem {
  readonly at: readonly (string | number)[];
  readonly reason: string;
}

/** One path that a mapping reads, as it is written, and the place of the directive part that reads it. */
export interface MappingRead {
  readonly at: readonly (string | number)[];
  readonly path: string;
}

/** What one compilation gathers: the mistakes, what works but is hardly meant, and every path that the mapping reads, in order. */
export interface Findings {
  readonly problems: MappingProblem[];
  readonly doubts: MappingProblem[];
  readonly reads: MappingRead[];
  directives: number;
}

export type ValueCompiler = (value: unknown, site: Site) => Node;
/** Reads one part of a directive's value; mistakes go to the site, and undefined means that there was one. */
export type Part<T> = (value: unknown, site: Site) => T | undefined;

export class Site {
  readonly at: readonly (string | number)[];
  readonly #depth: number;
  readonly #findings: Findings;
  readonly #compile: ValueCompiler;
  #isListing = true;

  constructor(
    compile: ValueCompiler,
    findings: Findings,
    at: readonly (string | number)[] = [],
    depth = 0,
    isListing = true,
  ) {
    this.#compile = compile;
    this.#findings = findings;
    this.at = at;
    this.#depth = depth;
    this.#isListing = isListing;
  }

  /** The place of a part: same depth, since depth counts values, not the fields of a directive. */
  part(key: string | number): Site {
    return new Site(this.#compile, this.#findings, [...this.at, key], this.#depth, this.#isListing);
  }

  /** The same place, but what is read below is not listed. */
  unlisted(): Site {
    return new Site(this.#compile, this.#findings, this.at, this.#depth, false);
  }

  report(reason: string): void {
    this.#findings.problems.push({ at: this.at, reason });
  }

  /** Notes what changes nothing but is hardly meant. */
  doubt(reason: string): void {
    this.#findings.doubts.push({ at: this.at, reason });
  }

  /** Notes a path that the mapping reads, as it is written. */
  reads(path: string): void {
    if (this.#isListing && path !== '') this.#findings.reads.push({ at: this.at, path });
  }

  countDirective(): void {
    this.#findings.directives += 1;
    if (this.#findings.directives === MAX_DIRECTIVES + 1)
      this.report(`has more than ${MAX_DIRECTIVES} directives`);
  }

  /** Compiles any value below this place: raw, or a directive. */
  value(value: unknown): Node {
    if (this.#depth >= MAX_MAPPING_DEPTH) {
      this.report(`nests deeper than ${MAX_MAPPING_DEPTH} levels`);
      return absent;
    }
    const inner = new Site(this.#compile, this.#findings, this.at, this.#depth + 1, this.#isListing);
    return this.#compile(value, inner);
  }

  /**
   * Reads the fields of a directive that takes a plain object. Unknown fields are passed over, as they always were, and doubted.
   * Undefined when it is no plain object or a required field is missing; every mistake is reported.
   */
  fields<S extends Record<string, Part<unknown>>>(
    value: unknown,
    parts: S,
    required: readonly (keyof S & string)[] = [],
  ): { [K in keyof S]?: Exclude<ReturnType<S[K]>, undefined> } | undefined {
    if (!isObject(value)) return this.#refuse(`should be an object but it is ${kindOf(value)}`);
    if (directiveKeys(value).length > 0)
      return this.#refuse('should be an object; a directive is not accepted here');
    const found: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const part = Object.hasOwn(parts, key) ? parts[key] : undefined;
      if (part === undefined)
        this.part(key).doubt(`has no effect here.${didYouMean(key, Object.keys(parts))}`);
      else if (value[key] !== undefined) found[key] = part(value[key], this.part(key));
    }
    const missing = required.filter((key) => !Object.hasOwn(value, key) || value[key] === undefined);
    for (const key of missing) this.report(`should have the field "${key}"`);
    if (missing.length > 0) return undefined;
    // The parser's one assertion: each found key was made by the part of the same name.
    return found as { [K in keyof S]?: Exclude<ReturnType<S[K]>, undefined> };
  }

  #refuse(reason: string): undefined {
    this.report(reason);
    return undefined;
  }
}

export function directiveKeys(value: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(value).filter((key) => key.startsWith('@'));
}

export function isDirective(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && directiveKeys(value).length > 0;
}

/** The kind of a value, for sentences: "a string", "an array", "null". */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

export const anyValue: Part<Node> = (value, site) => site.value(value);

export const stringOrDirective: Part<Node> = (value, site) => {
  if (typeof value === 'string' || isDirective(value)) return site.value(value);
  site.report(`should be a string or a directive but it is ${kindOf(value)}`);
  return undefined;
};

export const objectOrDirective: Part<Node> = (value, site) => {
  if (isObject(value)) return site.value(value);
  site.report(`should be an object or a directive but it is ${kindOf(value)}`);
  return undefined;
};

export const boolean: Part<boolean> = (value, site) => {
  if (typeof value === 'boolean') return value;
  site.report(`should be a boolean but it is ${kindOf(value)}`);
  return undefined;
};

export function string(min: number, max: number): Part<string> {
  return (value, site) => {
    if (typeof value !== 'string') {
      site.report(`should be a string but it is ${kindOf(value)}`);
      return undefined;
    }
    if (value.length < min) site.report(`should be a string of ${min} or more characters`);
    if (value.length > max) site.report(`should be a string of ${max} or fewer characters`);
    return value.length < min || value.length > max ? undefined : value;
  };
}

/** One of the given words, in any letter case. */
export function word<W extends string>(...words: readonly W[]): Part<W> {
  return (value, site) => {
    const found = typeof value === 'string' ? words.find((each) => each === value.toLowerCase()) : undefined;
    if (found === undefined) {
      const is = typeof value === 'string' ? JSON.stringify(value) : kindOf(value);
      site.report(`should be one of ${words.join(', ')} but it is ${is}`);
    }
    return found;
  };
}
