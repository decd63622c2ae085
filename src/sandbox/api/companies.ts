/** Accounts in the vendor's sense, that is companies, and which contacts belong to them. Sources: the OpenAPI file and recorded exchanges. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import { isObject, type JsonObject, listOf, memberOf, textOf, wholeOf } from '../json.ts';
import type { CompanyContactRow, CompanyRow } from '../state/rows.ts';
import { OWNER_ID } from '../state/state.ts';
import { linksBelow } from './contact-body.ts';
import { badRequest, invalid, noResult } from './errors.ts';
import {
  type ApiRequest,
  type ApiRoute,
  attribute,
  get,
  hasAttribute,
  idAttribute,
  idOf,
  idText,
  patch,
  post,
  put,
  remove,
} from './operation.ts';
import { cut, pageOf } from './paging.ts';
import { absentAs, pageAnswer, type Resource, reading, removing } from './resource.ts';

const COMPANY: Resource<CompanyRow> = {
  one: 'account',
  rows: (state) => state.companies,
  body: companyBody,
  absent: absentAs('CustomerAccount'),
};

const ASSOCIATION: Resource<CompanyContactRow> = {
  one: 'accountContact',
  rows: (state) => state.companyContacts,
  body: companyContactBody,
  absent: noAssociation,
};

export const companyRoutes: readonly ApiRoute[] = [
  get('/accounts', list),
  post('/accounts', create),
  get('/accounts/{id}', reading(COMPANY)),
  put('/accounts/{id}', update),
  patch('/accounts/{id}', update),
  remove('/accounts/{id}', destroy),
  get('/accountContacts', listAssociations),
  post('/accountContacts', associate),
  get('/accountContacts/{id}', reading(ASSOCIATION)),
  put('/accountContacts/{id}', changeAssociation),
  remove('/accountContacts/{id}', removing(ASSOCIATION)),
];

function list(context: Context, request: ApiRequest): Answer {
  const search = request.query.get('search')?.toLowerCase();
  const rows = context.state.companies
    .all()
    .filter((row) => search === undefined || row.name.toLowerCase().includes(search));
  const page = cut(rows, pageOf(request.query));
  const counted = page.map((row) => companyBody(context, row, countsOf(context, row, request)));
  return jsonAnswer(200, { accounts: counted, meta: { total: String(rows.length) } });
}

/** Recorded answers, which did not ask for counts, hold zeros. */
function countsOf({ state }: Context, row: CompanyRow, request: ApiRequest): JsonObject {
  const isCounted = request.query.get('count_deals') === 'true';
  return {
    contactCount: isCounted ? String(state.companyContactsByCompany.count(row.id)) : '0',
    dealCount: isCounted ? String(state.dealsByCompany.count(row.id)) : '0',
  };
}

function create(context: Context, request: ApiRequest): Answer {
  const name = attribute(request, 'account', 'name') ?? '';
  if (name === '') return invalid('The account name was not provided.', 'field_missing', 'name');
  if (context.state.companiesByName.first(name.toLowerCase())) return nameTaken(name);
  const row = createCompany(context, name, {
    accountUrl: attribute(request, 'account', 'accountUrl') ?? null,
    owner: idAttribute(request, 'account', 'owner') ?? OWNER_ID,
    fields: fieldsOf(request),
  });
  return jsonAnswer(201, { account: writtenCompanyBody(context, row) });
}

function createCompany(
  context: Context,
  name: string,
  rest: Pick<CompanyRow, 'accountUrl' | 'owner' | 'fields'>,
): CompanyRow {
  const at = context.now();
  return context.state.companies.add((id) => ({ id, name, ...rest, createdAt: at, updatedAt: at }));
}

function update(context: Context, request: ApiRequest): Answer {
  const before = context.state.companies.get(idOf(request));
  if (!before) return noResult('CustomerAccount', idText(request));
  const name = attribute(request, 'account', 'name') ?? before.name;
  const other = context.state.companiesByName.first(name.toLowerCase());
  if (other && other.id !== before.id) return nameTaken(name);
  const row: CompanyRow = {
    ...before,
    name,
    accountUrl: attribute(request, 'account', 'accountUrl') ?? before.accountUrl,
    owner: idAttribute(request, 'account', 'owner') ?? before.owner,
    fields: [...before.fields, ...fieldsOf(request)],
    updatedAt: context.now(),
  };
  context.state.companies.put(row);
  return jsonAnswer(200, { account: writtenCompanyBody(context, row) });
}

function destroy(context: Context, request: ApiRequest): Answer {
  const id = idOf(request);
  if (id === undefined || !context.state.companies.remove(id)) return badRequest();
  for (const row of context.state.companyContactsByCompany.find(id))
    context.state.companyContacts.remove(row.id);
  return jsonAnswer(200, {});
}

function nameTaken(name: string): Answer {
  return invalid(`An account named "${name}" already exists. Please choose a new name.`, 'duplicate', 'name');
}

/** Field values of a company are kept as sent; their definitions are not simulated. */
function fieldsOf(request: ApiRequest): JsonObject[] {
  const sent = listOf(memberOf(memberOf(request.body, 'account'), 'fields')) ?? [];
  return sent.filter(isObject).map((field) => ({
    customFieldId: wholeOf(field['customFieldId']) ?? 0,
    fieldValue: textOf(field['fieldValue']) ?? '',
    ...(textOf(field['fieldCurrency']) !== undefined && {
      fieldCurrency: textOf(field['fieldCurrency']) ?? '',
    }),
  }));
}

const LINKS = [
  'notes',
  'accountCustomFieldData',
  'accountContacts',
  'emailActivities',
  'contactEmails',
  'owner',
];

function companyBody(context: Context, row: CompanyRow, extra: JsonObject = {}): JsonObject {
  const dates = context.dates();
  return {
    name: row.name,
    accountUrl: row.accountUrl,
    createdTimestamp: dates.iso(row.createdAt),
    updatedTimestamp: dates.iso(row.updatedAt),
    owner: String(row.owner),
    ...extra,
    links: linksBelow(context, `/accounts/${row.id}`, LINKS),
    id: String(row.id),
  };
}

function writtenCompanyBody(context: Context, row: CompanyRow): JsonObject {
  const fields = row.fields.map((field) => ({ ...field, accountId: String(row.id) }));
  return companyBody(context, row, { customFieldSaveStatus: { status: 'success' }, fields });
}

function listAssociations(context: Context, request: ApiRequest): Answer {
  const { state } = context;
  const contact = request.query.get('filters[contact]');
  const account = request.query.get('filters[account]');
  const rows = state.companyContacts
    .all()
    .filter(
      (row) =>
        (contact === null || row.contact === Number(contact)) &&
        (account === null || row.account === Number(account)),
    );
  return pageAnswer(request, 'accountContacts', rows, (row) => companyContactBody(context, row));
}

function associate(context: Context, request: ApiRequest): Answer {
  for (const name of ['account', 'contact']) {
    const title = `The ${name} attribute was not provided`;
    if (!hasAttribute(request, 'accountContact', name)) return invalid(title, 'field_missing', name);
  }
  const account = context.state.companies.get(idAttribute(request, 'accountContact', 'account'));
  if (!account) return invalid('The related account does not exist.', 'related_missing', 'account');
  const contact = context.state.contacts.get(idAttribute(request, 'accountContact', 'contact'));
  if (!contact) return invalid('The related contact does not exist.', 'related_missing', 'contact');
  if (context.state.companyContactsByContact.count(contact.id) > 0) return alreadyAssociated();
  const row = addCompanyContact(
    context,
    account.id,
    contact.id,
    attribute(request, 'accountContact', 'jobTitle') ?? '',
  );
  const body = companyContactBody(context, row);
  return jsonAnswer(201, { accountContact: { ...body, account: row.account, contact: row.contact } });
}

function addCompanyContact(
  context: Context,
  account: number,
  contact: number,
  jobTitle: string,
): CompanyContactRow {
  const at = context.now();
  return context.state.companyContacts.add((id) => ({
    id,
    account,
    contact,
    jobTitle,
    createdAt: at,
    updatedAt: at,
  }));
}

function alreadyAssociated(): Answer {
  const title =
    'This contact is already associated with an account. We currently do not support contacts on multiple accounts.';
  return invalid(title, 'field_invalid', 'account,contact');
}

function changeAssociation(context: Context, request: ApiRequest): Answer {
  const before = context.state.companyContacts.get(idOf(request));
  if (!before) return noAssociation(request);
  const row: CompanyContactRow = {
    ...before,
    jobTitle: attribute(request, 'accountContact', 'jobTitle') ?? before.jobTitle,
    account:
      context.state.companies.get(idAttribute(request, 'accountContact', 'account'))?.id ?? before.account,
    updatedAt: context.now(),
  };
  context.state.companyContacts.put(row);
  return jsonAnswer(200, { accountContact: companyContactBody(context, row) });
}

function noAssociation(request: ApiRequest): Answer {
  return noResult('CustomerAccountSubscriber', idText(request));
}

export function companyContactBody(context: Context, row: CompanyContactRow): JsonObject {
  const dates = context.dates();
  return {
    account: String(row.account),
    contact: String(row.contact),
    jobTitle: row.jobTitle,
    createdTimestamp: dates.iso(row.createdAt),
    updatedTimestamp: dates.iso(row.updatedAt),
    links: linksBelow(context, `/accountContacts/${row.id}`, ['account', 'contact']),
    id: String(row.id),
  };
}
