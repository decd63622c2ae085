/** User groups, which a list must be shared with before anybody sees it. Source: the vendor's OpenAPI file. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import type { JsonObject } from '../json.ts';
import type { GroupRow } from '../state/rows.ts';
import { linksBelow } from './contact-body.ts';
import { badRequest, noResult } from './errors.ts';
import { type ApiRequest, type ApiRoute, attribute, get, idOf, idText, post, remove } from './operation.ts';
import { cut, pageOf } from './paging.ts';

export const groupRoutes: readonly ApiRoute[] = [
  get('/groups', list),
  post('/groups', create),
  get('/groups/{id}', read),
  remove('/groups/{id}', destroy),
];

function list(context: Context, request: ApiRequest): Answer {
  const rows = context.state.groups.all();
  const page = cut(rows, pageOf(request.query));
  return jsonAnswer(200, {
    groups: page.map((row) => groupBody(context, row)),
    meta: { total: String(rows.length) },
  });
}

function create(context: Context, request: ApiRequest): Answer {
  const title = attribute(request, 'group', 'title') ?? '';
  if (title === '') return badRequest();
  const descript = attribute(request, 'group', 'descript') ?? '';
  const row = context.state.groups.add((id) => ({ id, title, descript, createdAt: context.now() }));
  return jsonAnswer(200, {
    group: { title, p_admin: 1, links: groupLinks(context, row), id: String(row.id) },
  });
}

function read(context: Context, request: ApiRequest): Answer {
  const row = context.state.groups.get(idOf(request));
  return row ? jsonAnswer(200, { group: groupBody(context, row) }) : noResult('Group', idText(request), 403);
}

function destroy(context: Context, request: ApiRequest): Answer {
  const id = idOf(request);
  return id !== undefined && context.state.groups.remove(id) ? jsonAnswer(200, {}) : badRequest();
}

/** Everything is permitted: permissions are not simulated. */
const PERMISSIONS = [
  ...['pgListAdd', 'pgListEdit', 'pgListDelete', 'pgListHeaders', 'pgListEmailaccount', 'pgListBounce'],
  ...['pgMessageAdd', 'pgMessageEdit', 'pgMessageDelete', 'pgMessageSend'],
  ...[
    'pgContactAdd',
    'pgContactEdit',
    'pgContactDelete',
    'pgContactMerge',
    'pgContactImport',
    'pgContactApprove',
  ],
  ...['pgContactExport', 'pgContactSync', 'pgContactFilters', 'pgContactActions', 'pgContactFields'],
  ...['pg_user_add', 'pg_user_edit', 'pg_user_delete', 'pgGroupAdd', 'pgGroupEdit', 'pgGroupDelete'],
  ...['pgTemplateAdd', 'pgTemplateEdit', 'pgTemplateDelete', 'pgAutomationManage', 'pgFormEdit'],
];

function groupBody(context: Context, row: GroupRow): JsonObject {
  return {
    title: row.title,
    descript: row.descript,
    unsubscribelink: '0',
    optinconfirm: '0',
    p_admin: '1',
    ...Object.fromEntries(PERMISSIONS.map((name) => [name, '1'])),
    sdate: context.dates().iso(row.createdAt),
    reqApproval: '0',
    reqApproval1st: '2',
    reqApprovalNotify: '',
    socialdata: '0',
    links: groupLinks(context, row),
    id: String(row.id),
  };
}

function groupLinks(context: Context, row: GroupRow): JsonObject {
  const names = [
    'userGroups',
    'groupLimit',
    'dealGroupGroups',
    'listGroups',
    'addressGroups',
    'automationGroups',
  ];
  return linksBelow(context, `/groups/${row.id}`, names);
}
