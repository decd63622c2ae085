/** Campaigns and forms, as far as they are recorded; both come from seeding only. Sources: recorded exchanges and the OpenAPI file. */
import type { Context } from '../context.ts';
import { type Answer, textAnswer } from '../http/exchange.ts';
import type { JsonObject } from '../json.ts';
import type { CampaignRow, FormRow } from '../state/rows.ts';
import { OWNER_ID } from '../state/state.ts';
import { CAMPAIGN_COLUMNS, FORM_COLUMNS } from './campaign-columns.ts';
import { linksBelow } from './contact-body.ts';
import { type ApiRequest, type ApiRoute, get, idOf, remove } from './operation.ts';
import { absentAs, pageAnswer, type Resource, reading } from './resource.ts';

const CAMPAIGN: Resource<CampaignRow> = {
  one: 'campaign',
  rows: (state) => state.campaigns,
  body: campaignBody,
  absent: absentAs('Campaign'),
};

const FORM: Resource<FormRow> = {
  one: 'form',
  rows: (state) => state.forms,
  body: formBody,
  absent: absentAs('Form', 403),
};

export const campaignRoutes: readonly ApiRoute[] = [
  get('/campaigns', listCampaigns),
  get('/campaigns/{id}', reading(CAMPAIGN)),
  remove(
    '/campaigns/{id}/delete',
    destroyCampaign,
    'recorded; the later OpenAPI file documents it as /campaigns/{id}',
  ),
  get('/forms', listForms),
  get('/forms/{id}', reading(FORM)),
];

function listCampaigns(context: Context, request: ApiRequest): Answer {
  const rows = context.state.campaigns.all();
  return pageAnswer(request, 'campaigns', rows, (row) => campaignBody(context, row));
}

/** JSON that calls itself HTML, and a failure that is a 200, as recorded and documented. The failure's text is ours. */
function destroyCampaign(context: Context, request: ApiRequest): Answer {
  const id = idOf(request);
  const isGone = id !== undefined && context.state.campaigns.remove(id);
  const body = isGone
    ? { succeeded: 1, message: 'Campaign deleted.' }
    : { succeeded: 0, message: 'Campaign not deleted.' };
  return textAnswer(200, 'text/html; charset=UTF-8', JSON.stringify(body));
}

function listForms(context: Context, request: ApiRequest): Answer {
  const rows = context.state.forms.all();
  return pageAnswer(request, 'forms', rows, (row) => formBody(context, row));
}

const CAMPAIGN_LINKS = [
  'user',
  'automation',
  'campaignMessage',
  'campaignMessages',
  'links',
  'aggregateRevenues',
  'segment',
  'campaignLists',
];

function campaignBody(context: Context, row: CampaignRow): JsonObject {
  const dates = context.dates();
  return {
    ...CAMPAIGN_COLUMNS,
    seriesid: String(row.automation ?? 0),
    name: row.name,
    cdate: dates.iso(row.createdAt),
    mdate: dates.iso(row.createdAt),
    created_timestamp: dates.local(row.createdAt),
    updated_timestamp: dates.local(row.createdAt),
    campaign_message_id: String(row.id),
    message_id: String(row.id),
    links: linksBelow(context, `/campaigns/${row.id}`, CAMPAIGN_LINKS),
    id: String(row.id),
    user: String(OWNER_ID),
    automation: row.automation === null ? null : String(row.automation),
  };
}

function formBody(context: Context, row: FormRow): JsonObject {
  const at = context.dates().iso(row.createdAt);
  return {
    name: row.name,
    ...FORM_COLUMNS,
    cdate: at,
    udate: at,
    links: linksBelow(context, `/forms/${row.id}`, ['address']),
    id: String(row.id),
    address: null,
  };
}
