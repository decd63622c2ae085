/** Paging and filters of list operations: limit 20 to 100, offset from zero. It must not know any resource. */
import { wholeOf } from '../json.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

export interface Page {
  readonly limit: number;
  readonly offset: number;
}

export function pageOf(query: URLSearchParams, defaultLimit = DEFAULT_LIMIT): Page {
  const limit = wholeOf(query.get('limit') ?? undefined) ?? defaultLimit;
  return {
    limit: Math.min(limit === 0 ? defaultLimit : limit, MAX_LIMIT),
    offset: wholeOf(query.get('offset') ?? undefined) ?? 0,
  };
}

export function cut<T>(all: readonly T[], { limit, offset }: Page): readonly T[] {
  return all.slice(offset, offset + limit);
}

type Compare = (value: string, wanted: string) => boolean;

/** Operators of `filters[name][operator]`, as documented for tags and lists; text is compared without case. */
const OPERATORS: { readonly [operator: string]: Compare } = {
  eq: (value, wanted) => value === wanted,
  neq: (value, wanted) => value !== wanted,
  lt: (value, wanted) => value < wanted,
  lte: (value, wanted) => value <= wanted,
  gt: (value, wanted) => value > wanted,
  gte: (value, wanted) => value >= wanted,
  contains: (value, wanted) => value.includes(wanted),
  starts_with: (value, wanted) => value.startsWith(wanted),
};

/** Whether a name passes `filters[<field>]=…` (contains) and every `filters[<field>][<operator>]=…`. */
export function passesNameFilters(query: URLSearchParams, field: string, name: string): boolean {
  const value = name.toLowerCase();
  const plain = query.get(`filters[${field}]`)?.toLowerCase();
  if (plain !== undefined && !value.includes(plain)) return false;
  return Object.entries(OPERATORS).every(([operator, compare]) => {
    const wanted = query.get(`filters[${field}][${operator}]`)?.toLowerCase();
    return wanted === undefined || compare(value, wanted);
  });
}

/** Sorts by `orders[<field>]`: asc, desc, or weight, which puts the exact match of `search` first. */
export function orderByName<T>(
  query: URLSearchParams,
  field: string,
  search: string | undefined,
  rows: readonly T[],
  nameOf: (row: T) => string,
): readonly T[] {
  const order = query.get(`orders[${field}]`)?.toLowerCase();
  if (order === undefined) return rows;
  const name = (row: T): string => nameOf(row).toLowerCase();
  const weight = (row: T): number => (search !== undefined && name(row) === search.toLowerCase() ? 0 : 1);
  const sign = order === 'desc' ? -1 : 1;
  return [...rows].sort((a, b) =>
    order === 'weight' ? weight(a) - weight(b) : sign * compareText(name(a), name(b)),
  );
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
