/** Contacts: make, sync, read, list, change, delete. Sources: the vendor's OpenAPI file and exchanges recorded in May 2026. */
import { createHash } from 'node:crypto';
import type { Context } from '../context.ts';
import { type Answer, each, jsonAnswer, rowsAnswer } from '../http/exchange.ts';
import { type JsonObject, listOf, memberOf, textOf, wholeOf } from '../json.ts';
import {
  type ContactChanges,
  changeContact,
  contactByEmail,
  createContact,
  exclusionOf,
  type FieldAssignment,
  isAddress,
  removeContact,
  setFieldValue,
} from '../state/contacts.ts';
import type { ContactRow } from '../state/rows.ts';
import { contactBody, newContactBody, syncedContactBody } from './contact-body.ts';
import { ContactSearch } from './contact-search.ts';
import { badAddress, duplicateAddress, noResult, titled } from './errors.ts';
import { badFieldValue, fitsField } from './field-values.ts';
import { included } from './include.ts';
import {
  type ApiRequest,
  type ApiRoute,
  attribute,
  get,
  idOf,
  idText,
  patch,
  post,
  put,
  remove,
} from './operation.ts';
import { type Page, pageOf } from './paging.ts';
import { contactRelations, fieldValueBody, sideLoadedContact } from './related-bodies.ts';

/** One account has one set of remembered searches, so the routes are made anew for each. */
export function contactRoutes(): readonly ApiRoute[] {
  const search = new ContactSearch();
  return [
    post('/contact/sync', sync),
    post('/contacts', create),
    get('/contacts', (context, request) => list(context, request, search)),
    get('/contacts/{id}', read),
    put('/contacts/{id}', update),
    patch('/contacts/{id}', update),
    remove('/contacts/{id}', destroy),
  ];
}

function sync(context: Context, request: ApiRequest): Answer {
  const email = attribute(request, 'contact', 'email') ?? '';
  if (email === '') return titled(400, 'Bad Request', 'Contact email must be provided for sync');
  if (!isAddress(email)) return badAddress();
  const values = fieldValuesOf(context, request);
  if (!values.every((value) => fitsField(context, value))) return badFieldValue();
  if (context.settings().exclusions_block_sync && exclusionOf(context, email)) return badAddress();
  const before = contactByEmail(context, email);
  const changes = changesOf(request);
  if (!before) {
    const row = createContact(context, email, changes);
    return jsonAnswer(201, contactAnswer(context, row, values, newContactBody));
  }
  const row = changeContact(context, before, changes, false);
  return jsonAnswer(
    Number(context.settings().sync_update_status),
    contactAnswer(context, row, values, syncedContactBody),
  );
}

function create(context: Context, request: ApiRequest): Answer {
  const email = attribute(request, 'contact', 'email') ?? '';
  if (!isAddress(email)) return badAddress();
  if (contactByEmail(context, email)) return duplicateAddress();
  const values = fieldValuesOf(context, request);
  if (!values.every((value) => fitsField(context, value))) return badFieldValue();
  const row = createContact(context, email, changesOf(request));
  return jsonAnswer(201, contactAnswer(context, row, values, newContactBody));
}

function update(context: Context, request: ApiRequest): Answer {
  const before = context.state.contacts.get(idOf(request));
  if (!before) return noResult('Subscriber', idText(request));
  const email = attribute(request, 'contact', 'email');
  if (email !== undefined && email !== before.email) {
    if (!isAddress(email)) return badAddress();
    const other = contactByEmail(context, email);
    if (other && other.id !== before.id) return duplicateAddress();
  }
  const values = fieldValuesOf(context, request);
  if (!values.every((value) => fitsField(context, value))) return badFieldValue();
  const row = changeContact(
    context,
    before,
    { ...changesOf(request), ...(email === undefined ? {} : { email }) },
    true,
  );
  return jsonAnswer(200, contactAnswer(context, row, values, contactBody));
}

function read(context: Context, request: ApiRequest): Answer {
  const id = idOf(request);
  const row = context.state.contacts.get(id);
  if (row)
    return jsonAnswer(200, { ...contactRelations(context, row), contact: sideLoadedContact(context, row) });
  const wasDeleted = id !== undefined && id > 0 && id <= context.state.contacts.lastId;
  if (wasDeleted && context.settings().deleted_contacts === 'tombstone')
    return jsonAnswer(200, tombstone(context, id));
  return noResult('Subscriber', idText(request));
}

function destroy(context: Context, request: ApiRequest): Answer {
  const id = idOf(request);
  if (id === undefined || !context.state.contacts.get(id)) {
    return jsonAnswer(404, { message: `No result found for contact with id ${idText(request)}` });
  }
  removeContact(context, id);
  return jsonAnswer(200, {});
}

function list(context: Context, request: ApiRequest, search: ContactSearch): Answer {
  const page = pageOf(request.query);
  const { rows, total } = search.find(context, request.query, page);
  const extra = { scoreValues: [], accountContacts: [] };
  const sideLoads = included(context, request.query, rows);
  return rowsAnswer(200, {
    scoreValues: [],
    ...sideLoads.rows,
    contacts: each(rows, (row) => contactBody(context, row, { ...extra, ...sideLoads.idsOf(row) })),
    meta: { page_input: pageInput(request.query, page), total: String(total), sortable: true },
  });
}

/** What the vendor understood of the query, as recorded. */
function pageInput(query: URLSearchParams, { limit, offset }: Page): JsonObject {
  const id = (name: string): number => wholeOf(query.get(name) ?? undefined) ?? 0;
  return {
    segmentid: query.get('segmentid'),
    formid: id('formid'),
    listid: id('listid'),
    tagid: id('tagid'),
    limit,
    offset,
    search: query.get('search'),
    sort: null,
    seriesid: id('seriesid'),
    waitid: id('waitid'),
    status: wholeOf(query.get('status') ?? undefined) ?? -1,
    forceQuery: id('forceQuery'),
    cacheid: createHash('md5').update(query.toString()).digest('hex'),
  };
}

type Body = (context: Context, row: ContactRow, extra?: JsonObject) => JsonObject;

/** Field values appear, at the top and as ids, only where some were sent. */
function contactAnswer(
  context: Context,
  row: ContactRow,
  values: readonly FieldAssignment[],
  body: Body,
): JsonObject {
  if (values.length === 0) return { contact: body(context, row) };
  const rows = values.map((value) => setFieldValue(context, row.id, value));
  return {
    fieldValues: rows.map((value) => fieldValueBody(context, value)),
    contact: body(context, row, { fieldValues: rows.map((value) => String(value.id)) }),
  };
}

function tombstone(context: Context, id: number): JsonObject {
  const row: ContactRow = {
    id,
    email: `deleted+${id}@example.com`,
    firstName: '',
    lastName: '',
    phone: '',
    createdAt: 0,
    updatedAt: 0,
    rewritten: true,
  };
  return { ...contactRelations(context, row), contact: sideLoadedContact(context, row) };
}

/** Absent attributes stay; blank ones, and null, overwrite with nothing. */
function changesOf(request: ApiRequest): ContactChanges {
  const contact = memberOf(request.body, 'contact');
  const sent = (name: 'firstName' | 'lastName' | 'phone'): string | undefined => {
    const value = memberOf(contact, name);
    return value === null ? '' : textOf(value);
  };
  const [firstName, lastName, phone] = [sent('firstName'), sent('lastName'), sent('phone')];
  return {
    ...(firstName === undefined ? {} : { firstName }),
    ...(lastName === undefined ? {} : { lastName }),
    ...(phone === undefined ? {} : { phone }),
  };
}

/** Values of fields that do not exist are passed over. */
function fieldValuesOf({ state }: Context, request: ApiRequest): readonly FieldAssignment[] {
  const sent = listOf(memberOf(memberOf(request.body, 'contact'), 'fieldValues')) ?? [];
  return sent.flatMap((entry) => {
    const field = state.fields.get(wholeOf(memberOf(entry, 'field')));
    const value = textOf(memberOf(entry, 'value')) ?? '';
    return field === undefined ? [] : [{ field: field.id, value }];
  });
}
