/** Pages of ids, newest first, with opaque cursors and bounded work. It must not know what the ids name. */
import { Failure } from '../../../event/failure.ts';
import type { Page } from '../../ports/reads.ts';

/** Ids follow the order of receipt, times nearly do: a clock that was set back is forgiven up to this. */
export const CLOCK_SLACK_MS = 3_600_000;

/** Ids below `before`, descending, at most `limit`. */
export type Descent = (before: number, limit: number) => readonly number[];

const CHUNK = 200;

/**
 * Walks down the ids, keeps what `load` finds to fit, until the page is full, the ids end or are too old, or `scanLimit`
 * were looked at.
 * `kind` keeps a cursor of one list from being used with another.
 */
export function page<T extends object>(
  kind: string,
  descent: Descent,
  load: (id: number) => T | undefined | 'too old',
  bounds: { readonly limit: number; readonly scanLimit: number; readonly cursor: string | undefined },
): Page<T> {
  const data: T[] = [];
  let before = bounds.cursor === undefined ? Number.MAX_SAFE_INTEGER : idIn(kind, bounds.cursor);
  for (let looked = 0; looked < bounds.scanLimit; ) {
    const ids = descent(before, Math.min(CHUNK, bounds.limit + 1));
    if (ids.length === 0) return { data, nextCursor: null };
    for (const id of ids) {
      // Asked only when one more fits: a page that is just full at the end has no next one.
      const found = load(id);
      if (found === 'too old') return { data, nextCursor: null };
      if (found !== undefined && data.length === bounds.limit)
        return { data, nextCursor: cursorAt(kind, before) };
      if (found !== undefined) data.push(found);
      before = id;
      looked += 1;
    }
  }
  return { data, nextCursor: cursorAt(kind, before) };
}

function cursorAt(kind: string, before: number): string {
  return Buffer.from(`${kind}:${before}`).toString('base64url');
}

function idIn(kind: string, cursor: string): number {
  const [prefix, digits = ''] = Buffer.from(cursor, 'base64url').toString().split(':');
  if (prefix === kind && /^\d{1,16}$/.test(digits)) return Number(digits);
  throw new Failure('INVALID_REQUEST', 'The cursor is not one of this list; start again without it.', {
    details: [{ path: 'cursor', message: 'must be the next_cursor of the page before' }],
  });
}
