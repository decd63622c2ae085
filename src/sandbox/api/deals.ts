/** Deals, as far as they are recorded; those of a pipeline one may not see are read as little more than a title. Sources: the OpenAPI file and recorded exchanges. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import type { JsonObject } from '../json.ts';
import type { DealRow } from '../state/rows.ts';
import { OWNER_ID } from '../state/state.ts';
import { contactBody, linksBelow } from './contact-body.ts';
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
import { stageBody } from './pipelines.ts';
import { absentAs, type Resource, reading, removing } from './resource.ts';
import { standInHash } from './stand-in.ts';

const DEAL: Resource<DealRow> = {
  one: 'deal',
  rows: (state) => state.deals,
  body: readDealBody,
  absent: absentAs('Deal'),
};

export const dealRoutes: readonly ApiRoute[] = [
  get('/deals', list),
  post('/deals', create),
  get('/deals/{id}', reading(DEAL)),
  put('/deals/{id}', update),
  patch('/deals/{id}', update),
  remove('/deals/{id}', removing(DEAL)),
];

function list(context: Context, request: ApiRequest): Answer {
  const rows = matching(context, request.query);
  const page = cut(rows, pageOf(request.query));
  const meta = { currencies: totalsOf(rows), total: rows.length };
  return jsonAnswer(200, { deals: page.map((row) => readDealBody(context, row)), meta });
}

function matching(context: Context, query: URLSearchParams): readonly DealRow[] {
  const after = Date.parse(query.get('filters[updated_after]') ?? '');
  const is = (name: string, value: number): boolean => {
    const wanted = query.get(`filters[${name}]`);
    return wanted === null || Number(wanted) === value;
  };
  const title = query.get('filters[title]')?.toLowerCase();
  const rows = context.state.deals.all().filter((row) => {
    const isNamed = title === undefined || row.title.toLowerCase().includes(title);
    const isRecent = Number.isNaN(after) || row.updatedAt > after;
    return (
      isNamed && isRecent && is('stage', row.stage) && is('group', row.group) && is('status', row.status)
    );
  });
  return query.get('orders[cdate]')?.toUpperCase() === 'DESC' ? rows.reverse() : rows;
}

function totalsOf(rows: readonly DealRow[]): JsonObject {
  const totals: {
    [currency: string]: { total: string; value: string; currency: string; isDisabled: boolean };
  } = {};
  for (const row of rows) {
    const currency = row.currency.toUpperCase();
    const before = totals[currency];
    const total = String(Number(before?.total ?? 0) + 1);
    totals[currency] = {
      total,
      value: String(Number(before?.value ?? 0) + row.value),
      currency,
      isDisabled: false,
    };
  }
  return totals;
}

function create(context: Context, request: ApiRequest): Answer {
  const contact = context.state.contacts.get(idAttribute(request, 'deal', 'contact'));
  const account = context.state.companies.get(idAttribute(request, 'deal', 'account'));
  const place = placeOf(context, request);
  const title = attribute(request, 'deal', 'title') ?? '';
  if (title === '' || !place || (!contact && !account)) return badRequest();
  const at = context.now();
  const row = context.state.deals.add((id) => ({
    id,
    title,
    description: attribute(request, 'deal', 'description') ?? '',
    contact: contact?.id ?? null,
    account: account?.id ?? null,
    value: idAttribute(request, 'deal', 'value') ?? 0,
    currency: attribute(request, 'deal', 'currency') ?? 'usd',
    ...place,
    owner: idAttribute(request, 'deal', 'owner') ?? OWNER_ID,
    percent: idAttribute(request, 'deal', 'percent') ?? 0,
    status: idAttribute(request, 'deal', 'status') ?? 0,
    rewritten: false,
    createdAt: at,
    updatedAt: at,
  }));
  return jsonAnswer(201, writtenAnswer(context, row, contact ? [contactBody(context, contact)] : undefined));
}

function update(context: Context, request: ApiRequest): Answer {
  const before = context.state.deals.get(idOf(request));
  if (!before) return noResult('Deal', idText(request));
  const row: DealRow = {
    ...before,
    title: attribute(request, 'deal', 'title') ?? before.title,
    description: attribute(request, 'deal', 'description') ?? before.description,
    value: idAttribute(request, 'deal', 'value') ?? before.value,
    currency: attribute(request, 'deal', 'currency') ?? before.currency,
    ...placeOf(context, request),
    percent: idAttribute(request, 'deal', 'percent') ?? before.percent,
    status: idAttribute(request, 'deal', 'status') ?? before.status,
    rewritten: true,
    updatedAt: context.now(),
  };
  context.state.deals.put(row);
  return jsonAnswer(200, writtenAnswer(context, row, undefined));
}

/** A stage names its pipeline; a pipeline alone means its first stage. */
function placeOf(
  { state }: Context,
  request: ApiRequest,
): { readonly group: number; readonly stage: number } | undefined {
  const stage = state.dealStages.get(idAttribute(request, 'deal', 'stage'));
  if (stage) return { group: stage.group, stage: stage.id };
  const group = idAttribute(request, 'deal', 'group');
  const first = group === undefined ? undefined : state.stagesByGroup.first(group);
  return first && { group: first.group, stage: first.id };
}

function writtenAnswer(context: Context, row: DealRow, contacts: JsonObject[] | undefined): JsonObject {
  const stage = context.state.dealStages.get(row.stage);
  return {
    ...(contacts && { contacts }),
    dealStages: stage ? [stageBody(context, stage)] : [],
    deal: {
      ...dealBody(context, row),
      value: row.value,
      status: row.status,
      fields: [],
      customFieldSaveStatus: { status: 'success' },
    },
  };
}

/** What reading shows: the whole row where its pipeline is open to all groups, four members where it is not, as recorded. */
export function readDealBody(context: Context, row: DealRow): JsonObject {
  const isPermitted = context.state.dealGroups.get(row.group)?.allgroups !== 0;
  if (!isPermitted)
    return { title: row.title, status: String(row.status), id: String(row.id), isDisabled: true };
  const body = dealBody(context, row);
  if (row.rewritten) return body;
  const { nextTask: _nextTask, ...read } = body;
  return { ...read, nexttaskid: null };
}

const LINKS = [
  'dealActivities',
  'contact',
  'contactDeals',
  'group',
  'nextTask',
  'notes',
  'account',
  'customerAccount',
  'organization',
  'owner',
  'scoreValues',
  'stage',
  'tasks',
  'dealCustomFieldData',
];

function dealBody(context: Context, row: DealRow) {
  const dates = context.dates();
  const account = row.account === null ? null : String(row.account);
  return {
    hash: standInHash('deal', row.id, 8),
    owner: String(row.owner),
    contact: row.contact === null ? null : String(row.contact),
    organization: null,
    group: String(row.group),
    stage: String(row.stage),
    title: row.title,
    description: row.description,
    percent: String(row.percent),
    cdate: dates.iso(row.createdAt),
    mdate: dates.iso(row.updatedAt),
    nextdate: null,
    nexttaskid: '0',
    value: String(row.value),
    currency: row.currency,
    status: String(row.status),
    activitycount: '0',
    nextdealid: String(row.id),
    edate: null,
    winProbability: null,
    winProbabilityMdate: null,
    links: linksBelow(context, `/deals/${row.id}`, LINKS),
    id: String(row.id),
    isDisabled: false,
    nextTask: null,
    account,
    customerAccount: account,
  };
}
