/** Automations and the contacts that entered them; every entry counts anew. Sources: the OpenAPI file and recorded exchanges. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import type { JsonObject } from '../json.ts';
import { enterAutomation } from '../state/memberships.ts';
import type { AutomationRow, ContactAutomationRow } from '../state/rows.ts';
import { OWNER_ID } from '../state/state.ts';
import { contactBody, linksBelow } from './contact-body.ts';
import { forbidden } from './errors.ts';
import { type ApiRequest, type ApiRoute, get, idAttribute, post, remove } from './operation.ts';
import { cut, pageOf } from './paging.ts';
import { contactAutomationBody } from './related-bodies.ts';
import { absentAs, type Resource, reading, removing } from './resource.ts';

const AUTOMATION: Resource<AutomationRow> = {
  one: 'automation',
  rows: (state) => state.automations,
  body: automationBody,
  absent: absentAs('Series'),
};

const ENTRY: Resource<ContactAutomationRow> = {
  one: 'contactAutomation',
  rows: (state) => state.contactAutomations,
  body: contactAutomationBody,
  absent: absentAs('SubscriberSeries'),
};

export const automationRoutes: readonly ApiRoute[] = [
  get('/automations', list),
  get('/automations/{id}', reading(AUTOMATION), 'recorded, and listed in the vendor’s later OpenAPI file'),
  get('/contactAutomations', listEntries),
  post('/contactAutomations', enter),
  get('/contactAutomations/{id}', reading(ENTRY)),
  // A missing entry answers 403 here and 404 when read, as documented.
  remove('/contactAutomations/{id}', removing({ ...ENTRY, absent: absentAs('SubscriberSeries', 403) })),
];

function list(context: Context, request: ApiRequest): Answer {
  const rows = context.state.automations.all();
  const page = cut(rows, pageOf(request.query));
  const automations = page.map((row) => ({ ...automationBody(context, row), ...PICTURES }));
  return jsonAnswer(200, {
    automations,
    meta: { total: String(rows.length), starts: [], filtered: false, smsLogs: [] },
  });
}

function listEntries(context: Context, request: ApiRequest): Answer {
  const rows = context.state.contactAutomations.all();
  const page = cut(rows, pageOf(request.query));
  return jsonAnswer(200, {
    contactAutomations: page.map((row) => contactAutomationBody(context, row)),
    meta: { total: String(rows.length), showcase_stats: [] },
  });
}

function enter(context: Context, request: ApiRequest): Answer {
  const contact = context.state.contacts.get(idAttribute(request, 'contactAutomation', 'contact'));
  const automation = context.state.automations.get(idAttribute(request, 'contactAutomation', 'automation'));
  if (!contact || !automation) return forbidden('Could not create SubscriberSeries');
  const row = enterAutomation(context, contact.id, automation.id);
  const contactAutomation = { ...contactAutomationBody(context, row), startid: 0, status: 1 };
  return jsonAnswer(201, { contacts: [contactBody(context, contact)], contactAutomation });
}

const LINKS = [
  'campaigns',
  'contactGoals',
  'contactAutomations',
  'blocks',
  'goals',
  'sms',
  'sitemessages',
  'triggers',
];

/** Only a list of automations shows these. */
const PICTURES: JsonObject = { defaultscreenshot: 'http://img-us1.com/default-series.gif', screenshot: '' };

function automationBody(context: Context, row: AutomationRow): JsonObject {
  const at = context.dates().iso(row.createdAt);
  return {
    name: row.name,
    cdate: at,
    mdate: at,
    userid: String(OWNER_ID),
    status: '1',
    entered: String(context.state.entriesByAutomation.count(row.id)),
    exited: '0',
    hidden: '0',
    entitlements_violation: '0',
    source: '0',
    description: row.description,
    exit_on_unsubscribe: '0',
    exit_on_conversion: '0',
    multientry: '1',
    links: linksBelow(context, `/automations/${row.id}`, LINKS),
    id: String(row.id),
  };
}
