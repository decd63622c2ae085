/** What hangs on one contact, read below `/contacts/{id}`. Source: the OpenAPI file; what is not simulated is empty. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import type { JsonObject } from '../json.ts';
import type { ContactRow } from '../state/rows.ts';
import { companyContactBody } from './companies.ts';
import { contactBody } from './contact-body.ts';
import { readDealBody } from './deals.ts';
import { noResult } from './errors.ts';
import { noteBody } from './notes.ts';
import { type ApiRequest, type ApiRoute, get, idOf, idText } from './operation.ts';
import {
  contactAutomationBody,
  contactListBody,
  contactTagBody,
  fieldValueBody,
  trackingLogBody,
} from './related-bodies.ts';

type Relation = (context: Context, row: ContactRow) => JsonObject;

/** No paging is documented for these; all rows are answered. */
const RELATIONS: { readonly [name: string]: Relation } = {
  contactLists: (context, { id }) => ({
    contactLists: context.state.contactListsByContact.find(id).map((row) => contactListBody(context, row)),
  }),
  fieldValues: (context, { id }) => ({
    fieldValues: context.state.valuesByContact.find(id).map((row) => fieldValueBody(context, row)),
  }),
  notes: (context, { id }) => ({
    notes: context.state.notesByOwner.find(`Subscriber/${id}`).map((row) => noteBody(context, row)),
  }),
  deals: (context, { id }) => ({
    deals: context.state.dealsByContact.find(id).map((row) => readDealBody(context, row)),
  }),
  accountContacts: (context, { id }) => ({
    accountContacts: context.state.companyContactsByContact
      .find(id)
      .map((row) => companyContactBody(context, row)),
  }),
  contactAutomations: (context, { id }) => ({
    // The two counts are numbers here and text elsewhere, as documented.
    contactAutomations: context.state.automationsByContact
      .find(id)
      .map((row) => ({ ...contactAutomationBody(context, row), completedElements: 0, totalElements: 0 })),
  }),
  automationEntryCounts: (context, { id }) => ({ automationEntryCounts: entryCounts(context, id) }),
  trackingLogs: (context, { id }) => ({
    trackingLogs: context.state.logsByContact.find(id).map((row) => trackingLogBody(context, row)),
  }),
  contactData: (context, row) => ({ contactDatum: contactDatum(context, row) }),
  bounceLogs: () => ({ bounceLogs: [] }),
  contactGoals: () => ({ contactGoals: [] }),
  contactLogs: () => ({ contactLogs: [] }),
  contactDeals: () => ({ contactDeals: [] }),
  geoIps: () => ({ geoIps: [] }),
  scoreValues: () => ({ scoreValues: [] }),
};

export const contactRelationRoutes: readonly ApiRoute[] = [
  ...Object.entries(RELATIONS).map(([name, relation]) => get(`/contacts/{id}/${name}`, ofContact(relation))),
  get(
    '/contacts/{id}/contactTags',
    ofContact((context, { id }) => ({
      contactTags: context.state.contactTagsByContact.find(id).map((row) => contactTagBody(context, row)),
    })),
    'linked from every contact and used by clients to find the id that removes a tag',
  ),
  get('/trackingLogs/{eventId}/contact', contactOfEvent),
];

function ofContact(relation: Relation): ApiRoute['run'] {
  return (context, request) => {
    const row = context.state.contacts.get(idOf(request));
    return row ? jsonAnswer(200, relation(context, row)) : noResult('Subscriber', idText(request));
  };
}

function contactOfEvent(context: Context, request: ApiRequest): Answer {
  const log = context.state.trackingLogs.get(idOf(request, 'eventId'));
  const row = context.state.contacts.get(log?.contact);
  return row
    ? jsonAnswer(200, { contact: contactBody(context, row) })
    : noResult('TrackingLog', idText(request, 'eventId'));
}

function entryCounts({ state }: Context, contact: number): JsonObject[] {
  const entries = state.automationsByContact.find(contact);
  return [...new Set(entries.map((entry) => entry.automation))].map((id) => ({
    id: String(id),
    name: state.automations.get(id)?.name ?? '',
    status: '1',
    hidden: '0',
    contactEntryCount: String(entries.filter((entry) => entry.automation === id).length),
  }));
}

/** Where a contact is and came from; nothing of it is simulated, so it is a row of nothings. */
function contactDatum(context: Context, row: ContactRow): JsonObject {
  return {
    contact: String(row.id),
    tstamp: context.dates().iso(row.updatedAt),
    geoTstamp: null,
    geoIp4: '0',
    geoCountry2: '',
    geo_country: '',
    geoState: '',
    geoCity: '',
    geoZip: '',
    geoArea: '0',
    geoLat: '0.000000',
    geoLon: '0.000000',
    geoTz: '',
    geoTzOffset: '0.00',
    ga_campaign_source: '',
    ga_campaign_name: '',
    ga_campaign_medium: '',
    ga_campaign_term: '',
    ga_campaign_content: '',
    ga_campaign_customsegment: '',
    ga_first_visit: null,
    ga_times_visited: '0',
    fb_id: '0',
    fb_name: '',
    tw_id: '0',
    created_timestamp: '0000-00-00 00:00:00',
    updated_timestamp: '0000-00-00 00:00:00',
    created_by: '0',
    updated_by: '0',
    links: [],
    id: String(row.id),
  };
}
