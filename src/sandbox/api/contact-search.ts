/** Answers which contacts a list request asks for, in order, without a scan for each page. It must not write them out. */
import type { Context } from '../context.ts';
import { wholeOf } from '../json.ts';
import { contactByEmail } from '../state/contacts.ts';
import type { ContactListRow, ContactRow } from '../state/rows.ts';
import { firstAbove, type Row } from '../state/table.ts';
import { compareText, type Page } from './paging.ts';

export interface Matches {
  readonly rows: readonly ContactRow[];
  readonly total: number;
}

/** Query members that only choose a part of an answer; all others decide which contacts match. */
const PAGING = new Set(['limit', 'offset', 'id_greater', 'include', 'api_key']);

/** The newest answers to questions, kept until a row they rest on changes. */
const MAX_REMEMBERED = 32;

interface Remembered {
  readonly version: number;
  readonly ids: readonly number[];
}

/** Finds contacts for one account and remembers the ids of the last few questions. */
export class ContactSearch {
  readonly #remembered = new Map<string, Remembered>();

  find(context: Context, query: URLSearchParams, page: Page): Matches {
    const greater = wholeOf(query.get('id_greater') ?? undefined) ?? 0;
    if (isUnfiltered(query)) return everyContact(context, greater, page);
    const ids = this.#matching(context, query);
    const isAscending = sortOf(query).every(({ by, sign }) => by === 'id' && sign === 1);
    const wanted =
      greater === 0
        ? ids
        : isAscending
          ? ids.slice(firstAbove(ids, greater))
          : ids.filter((id) => id > greater);
    return {
      rows: rowsOf(context, wanted.slice(page.offset, page.offset + page.limit)),
      total: wanted.length,
    };
  }

  #matching(context: Context, query: URLSearchParams): readonly number[] {
    const key = questionOf(query);
    const version = versionOf(context);
    const known = this.#remembered.get(key);
    if (known?.version === version) return known.ids;
    const ids = search(context, query);
    this.#remembered.delete(key);
    this.#remembered.set(key, { version, ids });
    const oldest = this.#remembered.keys().next();
    if (this.#remembered.size > MAX_REMEMBERED && oldest.value !== undefined)
      this.#remembered.delete(oldest.value);
    return ids;
  }
}

function isUnfiltered(query: URLSearchParams): boolean {
  for (const [name, value] of query) {
    const isPlainOrder = name === 'orders[id]' && value.toUpperCase() === 'ASC';
    const isAnyStatus = name === 'status' && value === '-1';
    if (!PAGING.has(name) && !isPlainOrder && !isAnyStatus) return false;
  }
  return true;
}

function everyContact({ state }: Context, greater: number, page: Page): Matches {
  const rows: ContactRow[] = [];
  let skip = page.offset;
  for (const row of state.contacts.above(greater)) {
    if (rows.length >= page.limit) break;
    if (skip > 0) skip -= 1;
    else rows.push(row);
  }
  const total = greater === 0 ? state.contacts.size : state.contacts.countAbove(greater);
  return { rows, total };
}

function rowsOf({ state }: Context, ids: readonly number[]): ContactRow[] {
  return ids.flatMap((id) => state.contacts.get(id) ?? []);
}

/** The question without its paging; delayed search and an account's clock make `search` a question of the moment. */
function questionOf(query: URLSearchParams): string {
  const members = [...query].filter(([name]) => !PAGING.has(name)).map(([name, value]) => `${name}=${value}`);
  return members.join('&');
}

function versionOf({ state, settings, now }: Context): number {
  const tables = [state.contacts, state.contactLists, state.contactTags, state.contactAutomations];
  const changes = tables.reduce((sum, table) => sum + table.version, 0);
  return settings().search_delay_ms > 0 ? now() : changes;
}

function search(context: Context, query: URLSearchParams): number[] {
  const tests = testsOf(context, query);
  const found = candidates(context, query).filter((row) => tests.every((test) => test(row)));
  return sorted(found, query).map((row) => row.id);
}

/** The smallest set an index offers; every other member of the query is then tested row by row. */
function candidates(context: Context, query: URLSearchParams): ContactRow[] {
  const { state } = context;
  const email = query.get('email');
  if (email !== null) return [contactByEmail(context, email) ?? []].flat();
  const ids = query.getAll('ids[]').concat(query.getAll('ids'));
  if (ids.length > 0) return rowsOf(context, ascending(ids.flatMap((id) => wholeOf(id) ?? [])));
  const tag = idIn(query, 'tagid');
  if (tag !== undefined) return owners(context, state.contactTagsByTag.find(tag));
  const automation = idIn(query, 'seriesid');
  if (automation !== undefined) return owners(context, state.entriesByAutomation.find(automation));
  const list = idIn(query, 'listid');
  if (list !== undefined) return owners(context, state.contactListsByList.find(list));
  return state.contacts.all();
}

function owners(context: Context, rows: readonly (Row & { readonly contact: number })[]): ContactRow[] {
  return rowsOf(context, ascending(rows.map((row) => row.contact)));
}

function ascending(ids: readonly number[]): number[] {
  return [...new Set(ids)].sort((a, b) => a - b);
}

type Test = (row: ContactRow) => boolean;

function testsOf(context: Context, query: URLSearchParams): Test[] {
  return [
    ...textTests(context, query),
    ...idTests(query),
    ...membershipTests(context, query),
    ...dateTests(query),
  ];
}

function textTests(context: Context, query: URLSearchParams): Test[] {
  const tests: Test[] = [];
  const seen = context.now() - context.settings().search_delay_ms;
  const like = query.get('email_like')?.toLowerCase();
  if (like !== undefined)
    tests.push((row) => row.createdAt <= seen && row.email.toLowerCase().includes(like));
  const phone = query.get('phone');
  if (phone !== null) tests.push((row) => row.phone.startsWith(phone));
  const text = query.get('search')?.toLowerCase();
  if (text) {
    tests.push(
      (row) =>
        row.createdAt <= seen &&
        `${row.firstName} ${row.lastName}\n${row.phone}\n${row.email}`.toLowerCase().includes(text),
    );
  }
  return tests;
}

function idTests(query: URLSearchParams): Test[] {
  const less = idIn(query, 'id_less');
  const excluded = idIn(query, 'exclude');
  return [
    ...(less === undefined ? [] : [(row: ContactRow) => row.id < less]),
    ...(excluded === undefined ? [] : [(row: ContactRow) => row.id !== excluded]),
  ];
}

/** `status` counts on the list that is named, or on any list. -1, and no status at all, is every status. */
function membershipTests({ state }: Context, query: URLSearchParams): Test[] {
  const tests: Test[] = [];
  const list = idIn(query, 'listid');
  const tag = idIn(query, 'tagid');
  const status = wholeOf(query.get('status') ?? undefined);
  const fits = (row: ContactListRow): boolean =>
    (list === undefined || row.list === list) && (status === undefined || row.status === status);
  if (list !== undefined || status !== undefined)
    tests.push((row) => state.contactListsByContact.find(row.id).some(fits));
  if (tag !== undefined)
    tests.push((row) => state.contactTagsByContact.find(row.id).some((owned) => owned.tag === tag));
  return tests;
}

function dateTests(query: URLSearchParams): Test[] {
  const at = (name: string): number | undefined => {
    const parsed = Date.parse(query.get(`filters[${name}]`) ?? '');
    return Number.isNaN(parsed) ? undefined : parsed;
  };
  const [createdBefore, createdAfter] = [at('created_before'), at('created_after')];
  const [updatedBefore, updatedAfter] = [at('updated_before'), at('updated_after')];
  return [
    ...(createdBefore === undefined ? [] : [(row: ContactRow) => row.createdAt < createdBefore]),
    ...(createdAfter === undefined ? [] : [(row: ContactRow) => row.createdAt > createdAfter]),
    ...(updatedBefore === undefined ? [] : [(row: ContactRow) => row.updatedAt < updatedBefore]),
    ...(updatedAfter === undefined ? [] : [(row: ContactRow) => row.updatedAt > updatedAfter]),
  ];
}

/** An id of zero is no filter, as the `page_input` of recorded answers shows. */
function idIn(query: URLSearchParams, name: string): number | undefined {
  return wholeOf(query.get(name) ?? undefined) || undefined;
}

type SortField = 'id' | 'cdate' | 'email' | 'first_name' | 'last_name' | 'name' | 'score';

const COMPARE: { readonly [F in SortField]: (a: ContactRow, b: ContactRow) => number } = {
  id: (a, b) => a.id - b.id,
  cdate: (a, b) => a.createdAt - b.createdAt,
  email: (a, b) => compareText(a.email.toLowerCase(), b.email.toLowerCase()),
  first_name: (a, b) => compareText(a.firstName.toLowerCase(), b.firstName.toLowerCase()),
  last_name: (a, b) => compareText(a.lastName.toLowerCase(), b.lastName.toLowerCase()),
  name: (a, b) =>
    compareText(`${a.firstName} ${a.lastName}`.toLowerCase(), `${b.firstName} ${b.lastName}`.toLowerCase()),
  // Scores are not simulated: every contact has none, so they are all equal.
  score: () => 0,
};

function sortOf(query: URLSearchParams): { readonly by: SortField; readonly sign: 1 | -1 }[] {
  return [...query].flatMap(([name, value]) => {
    const field = /^orders\[(\w+)\]$/.exec(name)?.[1];
    return field !== undefined && isSortField(field)
      ? [{ by: field, sign: value.toUpperCase() === 'DESC' ? -1 : 1 } as const]
      : [];
  });
}

function isSortField(name: string): name is SortField {
  return Object.hasOwn(COMPARE, name);
}

function sorted(rows: ContactRow[], query: URLSearchParams): ContactRow[] {
  const orders = sortOf(query);
  if (orders.length === 0) return rows;
  return rows.sort((a, b) => {
    for (const { by, sign } of orders) {
      const order = COMPARE[by](a, b) * sign;
      if (order !== 0) return order;
    }
    return a.id - b.id;
  });
}
