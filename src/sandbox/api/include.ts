/** Side-loads related rows into a list of contacts, as `include=` asks. Not in the OpenAPI file, but used by many clients. It must not choose contacts. */
import type { Context } from '../context.ts';
import type { JsonObject } from '../json.ts';
import type { ContactRow } from '../state/rows.ts';
import { companyContactBody } from './companies.ts';
import { readDealBody } from './deals.ts';
import { listBody } from './lists.ts';
import { contactAutomationBody, contactListBody, contactTagBody, fieldValueBody } from './related-bodies.ts';
import { tagBody } from './tags.ts';

export interface SideLoads {
  /** The related rows by the name they have at the top of the answer. */
  readonly rows: JsonObject;
  /** The ids of one contact's own, by the same names. */
  idsOf(contact: ContactRow): JsonObject;
}

type Bodies = (context: Context, contact: number) => readonly JsonObject[];

const RELATIONS: { readonly [name: string]: Bodies } = {
  contactLists: (context, id) =>
    context.state.contactListsByContact.find(id).map((row) => contactListBody(context, row)),
  fieldValues: (context, id) =>
    context.state.valuesByContact.find(id).map((row) => fieldValueBody(context, row)),
  contactTags: (context, id) =>
    context.state.contactTagsByContact.find(id).map((row) => contactTagBody(context, row)),
  accountContacts: (context, id) =>
    context.state.companyContactsByContact.find(id).map((row) => companyContactBody(context, row)),
  contactAutomations: (context, id) =>
    context.state.automationsByContact.find(id).map((row) => contactAutomationBody(context, row)),
  deals: (context, id) => context.state.dealsByContact.find(id).map((row) => readDealBody(context, row)),
};

export function included(
  context: Context,
  query: URLSearchParams,
  contacts: readonly ContactRow[],
): SideLoads {
  const wanted = (query.get('include') ?? '').split(',').map((name) => name.trim());
  const names = [...new Set(wanted.map((name) => name.split('.')[0] ?? ''))].filter((name) =>
    Object.hasOwn(RELATIONS, name),
  );
  const loaded = new Map(
    names.map((name) => [
      name,
      new Map(contacts.map(({ id }) => [id, RELATIONS[name]?.(context, id) ?? []])),
    ]),
  );
  const rows = [...loaded].map(([name, byContact]) => [name, [...byContact.values()].flat()] as const);
  return {
    rows: { ...Object.fromEntries(rows), ...nested(context, wanted, contacts) },
    idsOf: ({ id }) =>
      Object.fromEntries(
        [...loaded].map(([name, byContact]) => [
          name,
          (byContact.get(id) ?? []).map((row) => row['id'] ?? null),
        ]),
      ),
  };
}

/** `contactLists.list` and `contactTags.tag` bring the lists and tags themselves. */
function nested(context: Context, wanted: readonly string[], contacts: readonly ContactRow[]): JsonObject {
  const { state } = context;
  const lists = contacts.flatMap(({ id }) => state.contactListsByContact.find(id).map((row) => row.list));
  const tags = contacts.flatMap(({ id }) => state.contactTagsByContact.find(id).map((row) => row.tag));
  return {
    ...(wanted.includes('contactLists.list') && {
      lists: [...new Set(lists)]
        .flatMap((id) => state.lists.get(id) ?? [])
        .map((row) => listBody(context, row)),
    }),
    ...(wanted.includes('contactTags.tag') && {
      tags: [...new Set(tags)].flatMap((id) => state.tags.get(id) ?? []).map((row) => tagBody(context, row)),
    }),
  };
}
