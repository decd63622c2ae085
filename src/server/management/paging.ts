/** Cuts lists that are held in memory into pages with opaque cursors. It must not know what the rows are. */
import { Failure } from '../../event/failure.ts';
import { own } from '../../event/json.ts';
import type { Page } from '../../store/ports/reads.ts';

/** The page after the row that the cursor names. A cursor whose row is gone is INVALID_REQUEST. */
export function pageOf<T extends { readonly id: string }>(
  rows: readonly T[],
  limit: number,
  cursor: string | undefined,
): Page<T> {
  const start = cursor === undefined ? 0 : rows.findIndex(({ id }) => id === idIn(cursor)) + 1;
  if (cursor !== undefined && start === 0) throw wrongCursor();
  const data = rows.slice(start, start + limit);
  const last = data.at(-1);
  const more = last !== undefined && start + limit < rows.length;
  return { data, nextCursor: more ? cursorAt(last.id) : null };
}

function cursorAt(id: string): string {
  return Buffer.from(JSON.stringify({ id })).toString('base64url');
}

function idIn(cursor: string): unknown {
  try {
    return own(JSON.parse(Buffer.from(cursor, 'base64url').toString()), 'id');
  } catch (error) {
    if (error instanceof SyntaxError) throw wrongCursor();
    throw error;
  }
}

function wrongCursor(): Failure {
  return new Failure('INVALID_REQUEST', 'The cursor is not one of this list; start again without it.', {
    details: [{ path: 'cursor', message: 'must be the next_cursor of the page before' }],
  });
}

/** The documented form of a list. */
export function listOf<T, V>(page: Page<T>, view: (row: T) => V) {
  return { data: page.data.map(view), next_cursor: page.nextCursor, has_more: page.nextCursor !== null };
}
