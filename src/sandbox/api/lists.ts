/** Lists, who may see them, and which contacts are on them. Sources: the OpenAPI file and exchanges recorded in May 2026. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import { flagOf, type JsonObject, memberOf } from '../json.ts';
import { setListStatus } from '../state/memberships.ts';
import type { ListRow, ListStatus } from '../state/rows.ts';
import { OWNER_ID } from '../state/state.ts';
import { contactBody, linksBelow } from './contact-body.ts';
import { badRequest, forbidden, invalid, noResult, relatedMissing } from './errors.ts';
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
  remove,
} from './operation.ts';
import { cut, orderByName, pageOf, passesNameFilters } from './paging.ts';
import { contactListBody, writtenContactListBody } from './related-bodies.ts';
import { absentAs, pageAnswer, type Resource, reading } from './resource.ts';

const LIST: Resource<ListRow> = {
  one: 'list',
  rows: (state) => state.lists,
  body: (context, row) => listBody(context, row),
  absent: absentAs('_List'),
};

export const listRoutes: readonly ApiRoute[] = [
  get('/lists', list),
  post('/lists', create),
  get('/lists/{id}', reading(LIST)),
  patch('/lists/{id}', update),
  remove('/lists/{id}', destroy),
  post('/listGroups', share),
  post('/contactLists', setStatus),
  get('/contactLists', memberships, 'used by clients to read all memberships, though undocumented'),
];

function list(context: Context, request: ApiRequest): Answer {
  const { query } = request;
  const found = context.state.lists.all().filter((row) => passesNameFilters(query, 'name', row.name));
  const wanted = query.get('filters[name]') ?? query.get('filters[name][eq]') ?? undefined;
  const rows = orderByName(query, 'name', wanted, found, (row) => row.name);
  const page = cut(rows, pageOf(query));
  const lists = page.map((row) => listBody(context, row, countsOf(context, row)));
  return jsonAnswer(200, { lists, meta: { total: String(rows.length) } });
}

const REQUIRED = ['name', 'stringid', 'sender_url', 'sender_reminder'];

/** 201 is recorded, 200 is documented. */
function create(context: Context, request: ApiRequest): Answer {
  if (!REQUIRED.every((name) => attribute(request, 'list', name))) return badRequest();
  const at = context.now();
  const row = context.state.lists.add((id) => ({
    id,
    name: attribute(request, 'list', 'name') ?? '',
    stringid: attribute(request, 'list', 'stringid') ?? '',
    senderUrl: attribute(request, 'list', 'sender_url') ?? '',
    senderReminder: attribute(request, 'list', 'sender_reminder') ?? '',
    sendLastBroadcast: flagOf(memberOf(memberOf(request.body, 'list'), 'send_last_broadcast')) ?? false,
    channel: attribute(request, 'list', 'channel') ?? 'email',
    userid: idAttribute(request, 'list', 'user') ?? OWNER_ID,
    createdAt: at,
    updatedAt: at,
  }));
  return jsonAnswer(201, { list: newListBody(context, row) });
}

function update(context: Context, request: ApiRequest): Answer {
  const before = context.state.lists.get(idOf(request));
  if (!before) return noResult('_List', idText(request));
  const row: ListRow = {
    ...before,
    name: attribute(request, 'list', 'name') ?? before.name,
    stringid: attribute(request, 'list', 'stringid') ?? before.stringid,
    senderUrl: attribute(request, 'list', 'sender_url') ?? before.senderUrl,
    senderReminder: attribute(request, 'list', 'sender_reminder') ?? before.senderReminder,
    updatedAt: context.now(),
  };
  context.state.lists.put(row);
  return jsonAnswer(200, { list: listBody(context, row) });
}

/** A list that is not there answers 403 here and 404 when read, as documented. */
function destroy(context: Context, request: ApiRequest): Answer {
  const row = context.state.lists.get(idOf(request));
  if (!row) return noResult('_List', idText(request), 403);
  for (const membership of context.state.contactListsByList.find(row.id))
    context.state.contactLists.remove(membership.id);
  context.state.lists.remove(row.id);
  return jsonAnswer(200, {});
}

function share(context: Context, request: ApiRequest): Answer {
  const list = context.state.lists.get(idAttribute(request, 'listGroup', 'listid'));
  const group = context.state.groups.get(idAttribute(request, 'listGroup', 'groupid'));
  if (!list || !group) return forbidden();
  const row = context.state.listGroups.add((id) => ({ id, list: list.id, group: group.id }));
  const links = linksBelow(context, `/listGroups/${row.id}`, ['list', 'group']);
  return jsonAnswer(201, { listGroup: { list: row.list, group: row.group, links, id: String(row.id) } });
}

function setStatus(context: Context, request: ApiRequest): Answer {
  const needed = ['list', 'contact', 'status'];
  if (!needed.every((name) => hasAttribute(request, 'contactList', name))) return badRequest();
  const contact = context.state.contacts.get(idAttribute(request, 'contactList', 'contact'));
  if (!contact) return relatedMissing('contact');
  const list = context.state.lists.get(idAttribute(request, 'contactList', 'list'));
  if (!list) return relatedMissing('list');
  const status = statusOf(idAttribute(request, 'contactList', 'status'));
  if (status === undefined) return badStatus();
  const sourceid = idAttribute(request, 'contactList', 'sourceid');
  const { row, isChanged } = setListStatus(context, { contact: contact.id, list: list.id, status, sourceid });
  const contactList = writtenContactListBody(context, row, isChanged);
  if (!isChanged) return jsonAnswer(200, { contactList });
  const touched = context.state.contacts.get(contact.id) ?? contact;
  return jsonAnswer(200, { contacts: [contactBody(context, touched)], contactList });
}

/** The title is observed in a client; the rest of the entry is not recorded. */
function badStatus(): Answer {
  return invalid('The value you selected is not a valid choice.', 'field_invalid', 'status');
}

export function statusOf(value: number | undefined): ListStatus | undefined {
  return value === 0 || value === 1 || value === 2 || value === 3 ? value : undefined;
}

function memberships(context: Context, request: ApiRequest): Answer {
  const rows = context.state.contactLists.all();
  return pageAnswer(request, 'contactLists', rows, (row) => contactListBody(context, row));
}

function countsOf({ state }: Context, row: ListRow): JsonObject {
  return {
    non_deleted_subscribers: String(state.contactListsByList.count(row.id)),
    active_subscribers: String(state.activeByList.count(row.id)),
  };
}

/** `extra` is the counts, which only a list of lists has. */
export function listBody(context: Context, row: ListRow, extra: JsonObject = {}): JsonObject {
  const dates = context.dates();
  return {
    stringid: row.stringid,
    userid: String(row.userid),
    name: row.name,
    cdate: dates.iso(row.createdAt),
    ...FIXED_COLUMNS,
    send_last_broadcast: row.sendLastBroadcast ? '1' : '0',
    sender_url: row.senderUrl,
    sender_reminder: row.senderReminder,
    udate: dates.iso(row.updatedAt),
    created_timestamp: dates.local(row.createdAt),
    updated_timestamp: dates.local(row.updatedAt),
    created_by: null,
    updated_by: null,
    channel: row.channel,
    description: '',
    ...extra,
    links: listLinks(context, row),
    id: String(row.id),
    user: String(row.userid),
  };
}

/** Columns no operation of ours changes, with the values recorded of an ordinary list. */
const FIXED_COLUMNS: JsonObject = {
  p_use_tracking: '1',
  p_use_analytics_read: '0',
  p_use_analytics_link: '0',
  p_use_twitter: '0',
  p_use_facebook: '0',
  p_embed_image: '1',
  p_use_captcha: '1',
  send_last_broadcast: '0',
  private: '0',
  analytics_domains: null,
  analytics_source: '',
  analytics_ua: '',
  twitter_token: '',
  twitter_token_secret: '',
  facebook_session: null,
  carboncopy: '',
  subscription_notify: '',
  unsubscription_notify: '',
  require_name: '0',
  get_unsubscribe_reason: '0',
  to_name: 'Subscriber',
  optinoptout: '1',
  sender_name: '',
  sender_addr1: '',
  sender_addr2: '',
  sender_city: '',
  sender_state: '',
  sender_zip: '',
  sender_country: '',
  sender_phone: '',
  sender_url: '',
  sender_reminder: '',
  fulladdress: '',
  optinmessageid: '0',
  optoutconf: '0',
  deletestamp: null,
};

function newListBody(context: Context, row: ListRow): JsonObject {
  const dates = context.dates();
  return {
    name: row.name,
    stringid: row.stringid,
    userid: row.userid,
    cdate: dates.iso(row.createdAt),
    udate: dates.iso(row.updatedAt),
    links: listLinks(context, row),
    id: String(row.id),
    user: String(row.userid),
  };
}

function listLinks(context: Context, row: ListRow): JsonObject {
  return linksBelow(context, `/lists/${row.id}`, ['contactGoalLists', 'user', 'addressLists']);
}
