/** Custom fields with their options and their relations to lists. Sources: the OpenAPI file and exchanges recorded in May 2026. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import { flagOf, isObject, type JsonObject, listOf, memberOf, textOf, wholeOf } from '../json.ts';
import type { FieldOptionRow, FieldRelRow, FieldRow } from '../state/rows.ts';
import { OWNER_ID } from '../state/state.ts';
import { linksBelow } from './contact-body.ts';
import { badRequest, errors, forbidden, noResult } from './errors.ts';
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

export const fieldRoutes: readonly ApiRoute[] = [
  get('/fields', list),
  post('/fields', create),
  get('/fields/{id}', read),
  put('/fields/{id}', update),
  patch('/fields/{id}', update),
  remove('/fields/{id}', destroy),
  post('/fieldRels', relate),
  remove('/fieldRels/{fieldRelId}', unrelate),
  post('/fieldOption/bulk', addOptions),
];

const TYPES = new Set([
  'dropdown',
  'hidden',
  'checkbox',
  'date',
  'text',
  'datetime',
  'textarea',
  'NULL',
  'listbox',
  'radio',
  'number',
]);

function list(context: Context, request: ApiRequest): Answer {
  const perstag = request.query.get('filters[perstag]');
  const rows = context.state.fields.all().filter((row) => perstag === null || row.perstag === perstag);
  const page = cut(rows, pageOf(request.query, context.settings().fields_page_size));
  return jsonAnswer(200, {
    ...partsOf(context, page),
    fields: page.map((row) => fieldBody(context, row)),
    meta: { total: String(rows.length), selected: null },
  });
}

function read(context: Context, request: ApiRequest): Answer {
  const row = context.state.fields.get(idOf(request));
  return row
    ? jsonAnswer(200, { ...partsOf(context, [row]), field: fieldBody(context, row) })
    : noResult('Field', idText(request));
}

function create(context: Context, request: ApiRequest): Answer {
  const title = attribute(request, 'field', 'title') ?? '';
  const type = attribute(request, 'field', 'type') ?? '';
  if (title === '' || !TYPES.has(type)) return forbidden();
  if (context.state.fieldsByTitle.first(title.toLowerCase())) return duplicateTitle(title);
  const at = context.now();
  const row = context.state.fields.add((id) => ({
    id,
    title,
    type,
    descript: attribute(request, 'field', 'descript') ?? null,
    perstag: unusedPerstag(context, attribute(request, 'field', 'perstag') || title),
    defval: attribute(request, 'field', 'defval') ?? null,
    visible: flagAttribute(request, 'visible') ?? true,
    isrequired: flagAttribute(request, 'isrequired') ?? false,
    service: attribute(request, 'field', 'service') ?? '',
    ordernum: idAttribute(request, 'field', 'ordernum') ?? context.state.fields.size + 1,
    createdAt: at,
    updatedAt: at,
  }));
  return jsonAnswer(201, { field: newFieldBody(context, row) });
}

function update(context: Context, request: ApiRequest): Answer {
  const before = context.state.fields.get(idOf(request));
  if (!before) return forbidden();
  const title = attribute(request, 'field', 'title') ?? before.title;
  const other = context.state.fieldsByTitle.first(title.toLowerCase());
  if (other && other.id !== before.id) return duplicateTitle(title);
  const row: FieldRow = {
    ...before,
    title,
    type: attribute(request, 'field', 'type') ?? before.type,
    descript: attribute(request, 'field', 'descript') ?? before.descript,
    perstag: attribute(request, 'field', 'perstag') ?? before.perstag,
    defval: attribute(request, 'field', 'defval') ?? before.defval,
    visible: flagAttribute(request, 'visible') ?? before.visible,
    ordernum: idAttribute(request, 'field', 'ordernum') ?? before.ordernum,
    updatedAt: context.now(),
  };
  context.state.fields.put(row);
  return jsonAnswer(200, { field: changedFieldBody(context, row) });
}

function destroy(context: Context, request: ApiRequest): Answer {
  const row = context.state.fields.get(idOf(request));
  if (!row) return noResult('Field', idText(request));
  for (const option of context.state.optionsByField.find(row.id))
    context.state.fieldOptions.remove(option.id);
  for (const rel of context.state.relsByField.find(row.id)) context.state.fieldRels.remove(rel.id);
  for (const value of context.state.valuesByField.find(row.id)) context.state.fieldValues.remove(value.id);
  context.state.fields.remove(row.id);
  return jsonAnswer(200, {});
}

function relate(context: Context, request: ApiRequest): Answer {
  const field = context.state.fields.get(idAttribute(request, 'fieldRel', 'field'));
  const relid = idAttribute(request, 'fieldRel', 'relid') ?? 0;
  if (!field || (relid !== 0 && !context.state.lists.get(relid))) return forbidden();
  const row = context.state.fieldRels.add((id) => ({ id, field: field.id, relid, createdAt: context.now() }));
  const cdate = context.dates().iso(row.createdAt);
  return jsonAnswer(201, { fieldRel: { relid, field: field.id, cdate, links: [], id: String(row.id) } });
}

function unrelate(context: Context, request: ApiRequest): Answer {
  const id = idOf(request, 'fieldRelId');
  return id !== undefined && context.state.fieldRels.remove(id) ? jsonAnswer(200, {}) : forbidden();
}

/** The refusal is recorded with `errors` as plain text; an option without a field or a value has no recorded answer. */
function addOptions(context: Context, request: ApiRequest): Answer {
  const sent = listOf(memberOf(request.body, 'fieldOptions'));
  if (!sent || sent.length === 0 || !sent.every(isObject)) {
    return jsonAnswer(422, {
      errors: 'Bulk operation failed. Request must contain an array of fieldOption objects.',
    });
  }
  const isWhole = sent.every(
    (option) =>
      context.state.fields.get(wholeOf(option['field'])) !== undefined &&
      textOf(option['value']) !== undefined,
  );
  if (!isWhole) return badRequest();
  const at = context.now();
  const rows = sent.map((option, place) =>
    context.state.fieldOptions.add((id) => ({
      id,
      field: wholeOf(option['field']) ?? 0,
      orderid: wholeOf(option['orderid']) ?? place + 1,
      value: textOf(option['value']) ?? '',
      label: textOf(option['label']) ?? textOf(option['value']) ?? '',
      isdefault: flagOf(option['isdefault']) ?? false,
      createdAt: at,
    })),
  );
  return jsonAnswer(201, { fieldOptions: rows.map((row) => newOptionBody(context, row)) });
}

function duplicateTitle(title: string): Answer {
  const detail = `There is already a field named '${title}' -- choose another name`;
  return errors(422, { title: 'There is already a field with this title', detail, code: 'duplicate' });
}

function flagAttribute(request: ApiRequest, name: string): boolean | undefined {
  return flagOf(memberOf(memberOf(request.body, 'field'), name));
}

/** Upper case with `_` for all but letters and digits; a number follows where that is taken. */
function unusedPerstag({ state }: Context, title: string): string {
  const wanted = title.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '_');
  let perstag = wanted;
  for (let next = 1; state.fieldsByPerstag.first(perstag); next += 1) perstag = `${wanted}_${next}`;
  return perstag;
}

function partsOf(context: Context, fields: readonly FieldRow[]): JsonObject {
  const { state } = context;
  return {
    fieldOptions: fields.flatMap(({ id }) =>
      state.optionsByField.find(id).map((row) => optionBody(context, row)),
    ),
    fieldRels: fields.flatMap(({ id }) => state.relsByField.find(id).map((row) => relBody(context, row))),
  };
}

function fieldBody(context: Context, row: FieldRow): JsonObject {
  const dates = context.dates();
  return {
    title: row.title,
    descript: row.descript,
    type: row.type,
    isrequired: row.isrequired ? '1' : '0',
    perstag: row.perstag,
    defval: row.defval,
    show_in_list: '0',
    rows: '0',
    cols: '0',
    visible: row.visible ? '1' : '0',
    service: row.service,
    ordernum: String(row.ordernum),
    cdate: dates.iso(row.createdAt),
    udate: dates.iso(row.updatedAt),
    created_timestamp: dates.local(row.createdAt),
    updated_timestamp: dates.local(row.updatedAt),
    created_by: String(OWNER_ID),
    updated_by: String(OWNER_ID),
    options: context.state.optionsByField.find(row.id).map((option) => String(option.id)),
    relations: context.state.relsByField.find(row.id).map((rel) => String(rel.id)),
    links: fieldLinks(context, row),
    id: String(row.id),
  };
}

/** What the answer to a POST holds, as recorded; the documented example shows the shape of a list instead. */
function newFieldBody(context: Context, row: FieldRow): JsonObject {
  const dates = context.dates();
  return {
    title: row.title,
    type: row.type,
    created_by: String(OWNER_ID),
    updated_by: String(OWNER_ID),
    cdate: dates.iso(row.createdAt),
    udate: dates.iso(row.updatedAt),
    perstag: row.perstag,
    ordernum: row.ordernum,
    links: fieldLinks(context, row),
    id: String(row.id),
  };
}

/** A PUT answers numbers where a GET has text, as documented. */
function changedFieldBody(context: Context, row: FieldRow): JsonObject {
  const dates = context.dates();
  return {
    title: row.title,
    descript: row.descript,
    type: row.type,
    isrequired: row.isrequired ? 1 : 0,
    perstag: row.perstag,
    defval: row.defval,
    show_in_list: 0,
    rows: 0,
    cols: 0,
    visible: row.visible ? 1 : 0,
    service: row.service,
    ordernum: row.ordernum,
    cdate: dates.iso(row.createdAt),
    udate: dates.iso(row.updatedAt),
    links: fieldLinks(context, row),
    id: String(row.id),
  };
}

function fieldLinks(context: Context, row: FieldRow): JsonObject {
  return linksBelow(context, `/fields/${row.id}`, ['options', 'relations']);
}

function optionBody(context: Context, row: FieldOptionRow): JsonObject {
  return {
    field: String(row.field),
    orderid: String(row.orderid),
    value: row.value,
    label: row.label,
    isdefault: row.isdefault ? '1' : '0',
    cdate: null,
    udate: null,
    links: linksBelow(context, `/fieldOptions/${row.id}`, ['field']),
    id: String(row.id),
  };
}

function newOptionBody(context: Context, row: FieldOptionRow): JsonObject {
  const at = context.dates().iso(row.createdAt);
  return {
    orderid: row.orderid,
    value: row.value,
    label: row.label,
    isdefault: row.isdefault ? 1 : 0,
    field: String(row.field),
    cdate: at,
    udate: at,
    links: linksBelow(context, `/fieldOptions/${row.id}`, ['field']),
    id: String(row.id),
  };
}

function relBody(context: Context, row: FieldRelRow): JsonObject {
  return {
    field: String(row.field),
    relid: String(row.relid),
    dorder: '0',
    cdate: context.dates().iso(row.createdAt),
    links: [],
    id: String(row.id),
  };
}
