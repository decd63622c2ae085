/** The register of webhooks; sending them is a matter of its own. Source: the vendor's OpenAPI file. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import { type JsonObject, listOf, memberOf, textOf } from '../json.ts';
import type { WebhookRow } from '../state/rows.ts';
import { badRequest, noResult } from './errors.ts';
import {
  type ApiRequest,
  type ApiRoute,
  attribute,
  get,
  hasAttribute,
  idAttribute,
  idOf,
  idText,
  post,
  put,
  remove,
} from './operation.ts';
import { pageAnswer, type Resource, reading, removing } from './resource.ts';

const WEBHOOK: Resource<WebhookRow> = {
  one: 'webhook',
  rows: (state) => state.webhooks,
  body: webhookBody,
  absent: missing,
};

export const webhookRoutes: readonly ApiRoute[] = [
  get('/webhooks', list),
  post('/webhooks', create),
  get('/webhooks/{id}', reading(WEBHOOK)),
  put('/webhooks/{id}', update),
  remove('/webhooks/{id}', removing(WEBHOOK)),
  get('/webhook/events', () =>
    jsonAnswer(200, { webhookEvents: LISTED_EVENTS, meta: { total: LISTED_EVENTS.length } }),
  ),
];

const LISTED_EVENTS = [
  'bounce',
  'click',
  'contact_tag_added',
  'contact_tag_removed',
  'deal_add',
  'deal_note_add',
  'deal_pipeline_add',
  'deal_stage_add',
  'deal_task_add',
  'deal_task_complete',
  'deal_tasktype_add',
  'deal_update',
  'forward',
  'list_add',
  'open',
  'reply',
  'sent',
  'share',
  'sms_reply',
  'sms_sent',
  'sms_unsub',
  'subscribe',
  'subscriber_note',
  'unsubscribe',
  'update',
];

/** Valid besides the listed ones, by the vendor's page on webhooks. */
const UNLISTED_EVENTS = [
  'contact_task_add',
  'account_add',
  'account_update',
  'account_contact_add',
  'account_contact_update',
];
const EVENTS = new Set([...LISTED_EVENTS, ...UNLISTED_EVENTS]);
const SOURCES = new Set(['public', 'admin', 'api', 'system']);

function list(context: Context, request: ApiRequest): Answer {
  const { query } = request;
  const fits = (name: string, value: string): boolean => {
    const wanted = query.get(`filters[${name}]`);
    return wanted === null || wanted === value;
  };
  const rows = context.state.webhooks
    .all()
    .filter((row) => fits('name', row.name) && fits('url', row.url) && fits('listid', String(row.listid)));
  return pageAnswer(request, 'webhooks', rows, (row) => webhookBody(context, row));
}

function create(context: Context, request: ApiRequest): Answer {
  const name = attribute(request, 'webhook', 'name') ?? '';
  const url = attribute(request, 'webhook', 'url') ?? '';
  const events = wordsIn(request, 'events', EVENTS);
  const sources = wordsIn(request, 'sources', SOURCES);
  if (name === '' || url === '' || !events?.length || !sources?.length) return badRequest();
  const row = context.state.webhooks.add((id) => ({
    id,
    name,
    url,
    events,
    sources,
    listid: idAttribute(request, 'webhook', 'listid') ?? 0,
    createdAt: context.now(),
  }));
  return jsonAnswer(201, { webhook: webhookBody(context, row) });
}

function update(context: Context, request: ApiRequest): Answer {
  const before = context.state.webhooks.get(idOf(request));
  if (!before) return missing(request);
  const events = hasAttribute(request, 'webhook', 'events')
    ? wordsIn(request, 'events', EVENTS)
    : before.events;
  const sources = hasAttribute(request, 'webhook', 'sources')
    ? wordsIn(request, 'sources', SOURCES)
    : before.sources;
  if (!events?.length || !sources?.length) return badRequest();
  const row: WebhookRow = {
    ...before,
    name: attribute(request, 'webhook', 'name') ?? before.name,
    url: attribute(request, 'webhook', 'url') ?? before.url,
    listid: idAttribute(request, 'webhook', 'listid') ?? before.listid,
    events,
    sources,
  };
  context.state.webhooks.put(row);
  return jsonAnswer(200, { webhook: webhookBody(context, row) });
}

/** No answer for a missing webhook is documented; this is the form of most others. */
function missing(request: ApiRequest): Answer {
  return noResult('Webhook', idText(request));
}

/** The words of a list attribute, or undefined where one is none of the known. */
function wordsIn(
  request: ApiRequest,
  name: string,
  known: ReadonlySet<string>,
): readonly string[] | undefined {
  const words = listOf(memberOf(memberOf(request.body, 'webhook'), name))?.map((word) => textOf(word) ?? '');
  return words?.every((word) => known.has(word)) ? words : undefined;
}

function webhookBody(context: Context, row: WebhookRow): JsonObject {
  return {
    cdate: context.dates().iso(row.createdAt),
    listid: String(row.listid),
    name: row.name,
    url: row.url,
    events: row.events,
    sources: row.sources,
    links: [],
    id: String(row.id),
  };
}
