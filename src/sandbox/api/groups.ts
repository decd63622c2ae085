/** User groups, which a list must be shared with before anybody sees it. Source: the vendor's OpenAPI file. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import type { JsonObject } from '../json.ts';
import type { GroupRow } from '../state/rows.ts';
import { linksBelow } from './contact-body.ts';
import { badRequest } from './errors.ts';
import { type ApiRequest, type ApiRoute, attribute, get, post, remove } from './operation.ts';
import { absentAs, pageAnswer, type Resource, reading, removing } from './resource.ts';

const GROUP: Resource<GroupRow> = {
  one: 'group',
  rows: (state) => state.groups,
  body: groupBody,
  absent: absentAs('Group', 403),
};

export const groupRoutes: readonly ApiRoute[] = [
  get('/groups', list),
  post('/groups', create),
  get('/groups/{id}', reading(GROUP)),
  remove('/groups/{id}', removing({ ...GROUP, absent: badRequest })),
];

function list(context: Context, request: ApiRequest): Answer {
  const rows = context.state.groups.all();
  return pageAnswer(request, 'groups', rows, (row) => groupBody(context, row));
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
