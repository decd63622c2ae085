/** Notes on contacts and deals; posting one twice makes two. Sources: the OpenAPI file and exchanges recorded in May 2026. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import type { Json, JsonObject } from '../json.ts';
import { touchContact } from '../state/contacts.ts';
import type { NoteRow } from '../state/rows.ts';
import { OWNER_ID } from '../state/state.ts';
import { contactBody, linksBelow } from './contact-body.ts';
import { readDealBody } from './deals.ts';
import { badRequest, noResult } from './errors.ts';
import {
  type ApiRequest,
  type ApiRoute,
  attribute,
  get,
  idAttribute,
  idOf,
  idText,
  patch,
  post,
  put,
  remove,
} from './operation.ts';
import { cut, pageOf } from './paging.ts';
import { absentAs, type Resource, reading, removing } from './resource.ts';

const NOTE: Resource<NoteRow> = {
  one: 'note',
  rows: (state) => state.notes,
  body: noteBody,
  absent: absentAs('Note', 403),
};

export const noteRoutes: readonly ApiRoute[] = [
  get('/notes', list),
  post('/notes', create),
  get('/notes/{id}', reading(NOTE)),
  put('/notes/{id}', update),
  patch('/notes/{id}', update),
  remove('/notes/{id}', removing(NOTE)),
  post('/deals/{id}/notes', createForDeal),
];

/** What `owner.type` says for each `reltype`. Those of contacts, deals and activities are documented. */
const OWNER_TYPES: { readonly [reltype: string]: string } = {
  Subscriber: 'contact',
  Deal: 'deal',
  Activity: 'activity',
  DealTask: 'dealTask',
  CustomerAccount: 'customerAccount',
};

function list(context: Context, request: ApiRequest): Answer {
  const rows = context.state.notes.all();
  const page = cut(rows, pageOf(request.query));
  return jsonAnswer(200, { notes: page.map((row) => noteBody(context, row)), meta: { total: rows.length } });
}

function create(context: Context, request: ApiRequest): Answer {
  const note = attribute(request, 'note', 'note') ?? '';
  const reltype = attribute(request, 'note', 'reltype') ?? '';
  const relid = idAttribute(request, 'note', 'relid');
  if (note === '' || relid === undefined || !Object.hasOwn(OWNER_TYPES, reltype)) return badRequest();
  const contact = reltype === 'Subscriber' ? context.state.contacts.get(relid) : undefined;
  if (reltype === 'Subscriber' && !contact) return noResult('Subscriber', String(relid), 403);
  const at = context.now();
  const row = context.state.notes.add((id) => ({ id, note, reltype, relid, createdAt: at, updatedAt: at }));
  if (!contact) return jsonAnswer(201, { note: newNoteBody(context, row) });
  touchContact(context, contact.id);
  const touched = context.state.contacts.get(contact.id) ?? contact;
  return jsonAnswer(201, { contacts: [contactBody(context, touched)], note: newNoteBody(context, row) });
}

function createForDeal(context: Context, request: ApiRequest): Answer {
  const deal = context.state.deals.get(idOf(request));
  if (!deal) return noResult('Deal', idText(request));
  const note = attribute(request, 'note', 'note') ?? '';
  if (note === '') return badRequest();
  const at = context.now();
  const row = context.state.notes.add((id) => ({
    id,
    note,
    reltype: 'Deal',
    relid: deal.id,
    createdAt: at,
    updatedAt: at,
  }));
  return jsonAnswer(201, { deals: [readDealBody(context, deal)], note: noteBody(context, row) });
}

/** A missing note is told as a missing contact, as documented. */
function update(context: Context, request: ApiRequest): Answer {
  const before = context.state.notes.get(idOf(request));
  if (!before) return noResult('Subscriber', idText(request), 403);
  const row: NoteRow = {
    ...before,
    note: attribute(request, 'note', 'note') ?? before.note,
    updatedAt: context.now(),
  };
  context.state.notes.put(row);
  return jsonAnswer(200, { note: noteBody(context, row) });
}

const LINKS = ['activities', 'user', 'mentions', 'notes', 'owner'];

export function noteBody(context: Context, row: NoteRow): JsonObject {
  const dates = context.dates();
  return {
    relid: String(row.relid),
    reltype: row.reltype,
    userid: String(OWNER_ID),
    is_draft: '0',
    cdate: dates.iso(row.createdAt),
    mdate: dates.iso(row.updatedAt),
    note: row.note,
    links: linksBelow(context, `/notes/${row.id}`, LINKS),
    id: String(row.id),
    user: String(OWNER_ID),
    owner: ownerOf(row, String(row.relid)),
  };
}

/** As recorded: ids as numbers and an empty draft mark. */
function newNoteBody(context: Context, row: NoteRow): JsonObject {
  return { ...noteBody(context, row), relid: row.relid, owner: ownerOf(row, row.relid), is_draft: '' };
}

function ownerOf(row: NoteRow, id: Json): JsonObject {
  return { type: OWNER_TYPES[row.reltype] ?? 'contact', id };
}
