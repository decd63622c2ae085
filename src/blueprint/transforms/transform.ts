/** What a named transform is. It must not know any single one, nor who calls it. */

/** Kinds of values, for judging whether a transform's result can fit a field. */
export type Kind = 'text' | 'number' | 'boolean' | 'list' | 'object' | 'any';

/** Turns a value that is there (never absent, never null) into another; undefined when it makes no sense of it. */
export type Apply = (value: unknown) => unknown;

/** A prepared transform, or the reason why its format cannot be used. */
export type Prepared = Apply | { readonly reason: string };

export interface Transform {
  readonly name: string;
  /** One plain sentence for people who write blueprints. */
  readonly doc: string;
  /** The kind of value it takes; others give nothing. */
  readonly accepts: Kind;
  readonly gives: Kind;
  /** What `format` means to it, and whether it must be there. Without this member it takes no format. */
  readonly format?: { readonly doc: string; readonly required?: boolean };
  /** How many ordinary steps one call takes, besides one for each character of a text. Default 1. */
  readonly cost?: number;
  prepare(format: string | undefined): Prepared;
}

/** A transform of text; numbers and booleans are taken as their text, anything else gives nothing. */
export function ofText(apply: (text: string) => unknown): Apply {
  return (value) => {
    const text = asText(value);
    return text === undefined ? undefined : apply(text);
  };
}

export function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
