/** Values of custom fields on contacts, one by one. Source: the vendor's OpenAPI file. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import type { JsonObject } from '../json.ts';
import { type FieldAssignment, setFieldValue, touchContact } from '../state/contacts.ts';
import type { FieldValueRow } from '../state/rows.ts';
import { contactBody } from './contact-body.ts';
import { forbidden, titled } from './errors.ts';
import {
  type ApiRequest,
  type ApiRoute,
  attribute,
  get,
  idAttribute,
  idOf,
  post,
  put,
  remove,
} from './operation.ts';
import { fieldValueBody } from './related-bodies.ts';
import { absentAs, pageAnswer, type Resource, reading } from './resource.ts';

const FIELD_VALUE: Resource<FieldValueRow> = {
  one: 'fieldValue',
  rows: (state) => state.fieldValues,
  body: fieldValueBody,
  absent: absentAs('FieldValue', 403),
};

export const fieldValueRoutes: readonly ApiRoute[] = [
  get('/fieldValues', list),
  post('/fieldValues', write),
  get('/fieldValues/{id}', reading(FIELD_VALUE)),
  put('/fieldValues/{id}', write),
  remove('/fieldValues/{id}', destroy),
];

function list(context: Context, request: ApiRequest): Answer {
  const { state } = context;
  const field = request.query.get('filters[fieldid]');
  const value = request.query.get('filters[val]');
  const all = field === null ? state.fieldValues.all() : state.valuesByField.find(Number(field));
  const rows = all.filter((row) => value === null || row.value === value);
  return pageAnswer(request, 'fieldValues', rows, (row) => fieldValueBody(context, row));
}

/** POST and PUT alike make or change the value of the contact's field; both answer 200. */
function write(context: Context, request: ApiRequest): Answer {
  const contact = context.state.contacts.get(idAttribute(request, 'fieldValue', 'contact'));
  const field = context.state.fields.get(idAttribute(request, 'fieldValue', 'field'));
  if (!contact || !field) return forbidden();
  const assignment = { field: field.id, value: attribute(request, 'fieldValue', 'value') ?? '' };
  if (!fitsField(context, assignment)) return badFieldValue();
  const row = setFieldValue(context, contact.id, assignment);
  touchContact(context, contact.id);
  const touched = context.state.contacts.get(contact.id) ?? contact;
  return jsonAnswer(200, {
    contacts: [contactBody(context, touched)],
    fieldValue: writtenBody(context, row),
  });
}

/** Ids come back as numbers from a write, as documented. */
function writtenBody(context: Context, row: FieldValueRow): JsonObject {
  return { ...fieldValueBody(context, row), contact: row.contact, field: row.field, owner: row.contact };
}

function destroy(context: Context, request: ApiRequest): Answer {
  const row = context.state.fieldValues.get(idOf(request));
  if (!row) return forbidden();
  context.state.fieldValues.remove(row.id);
  touchContact(context, row.contact);
  return jsonAnswer(200, {});
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/;

/** Whether the account takes the value: it takes anything unless it is set to refuse unknown options and bad dates. */
export function fitsField({ state, settings }: Context, { field, value }: FieldAssignment): boolean {
  const row = state.fields.get(field);
  if (!row || value === '' || settings().bad_option_value === 'accept') return true;
  if (row.type === 'date') return DAY.test(value);
  if (row.type === 'datetime') return MOMENT.test(value) || DAY.test(value);
  const isChoice = row.type === 'dropdown' || row.type === 'radio';
  const isMultiple = row.type === 'checkbox' || row.type === 'listbox';
  if (!isChoice && !isMultiple) return true;
  const offered = new Set(state.optionsByField.find(field).map((option) => option.value));
  const parts = isMultiple ? value.split('||').filter((part) => part !== '') : [value];
  return parts.every((part) => offered.has(part));
}

/** A 422 is claimed by one third party; its text is not known, so this one is ours. */
export function badFieldValue(): Answer {
  return titled(422, 'Invalid attribute', 'The value does not fit the field');
}
