/** Writes the rows that hang on a contact as the API shows them. It must not decide anything. */
import type { Context } from '../context.ts';
import type { JsonObject } from '../json.ts';
import type {
  ContactAutomationRow,
  ContactListRow,
  ContactRow,
  ContactTagRow,
  FieldValueRow,
  TrackingLogRow,
} from '../state/rows.ts';
import { companyContactBody } from './companies.ts';
import { contactBody, linksBelow } from './contact-body.ts';
import { readDealBody } from './deals.ts';
import { standInHash } from './stand-in.ts';

export function fieldValueBody(context: Context, row: FieldValueRow): JsonObject {
  const dates = context.dates();
  return {
    contact: String(row.contact),
    field: String(row.field),
    value: row.value,
    cdate: dates.iso(row.createdAt),
    udate: dates.iso(row.updatedAt),
    created_by: null,
    updated_by: null,
    links: linksBelow(context, `/fieldValues/${row.id}`, ['owner', 'field']),
    id: String(row.id),
    owner: String(row.contact),
  };
}

export function contactTagBody(context: Context, row: ContactTagRow): JsonObject {
  const dates = context.dates();
  return {
    contact: String(row.contact),
    tag: String(row.tag),
    cdate: dates.iso(row.createdAt),
    created_timestamp: dates.local(row.createdAt),
    updated_timestamp: dates.local(row.createdAt),
    created_by: null,
    updated_by: null,
    links: linksBelow(context, `/contactTags/${row.id}`, ['tag', 'contact']),
    id: String(row.id),
  };
}

const CONTACT_LIST_LINKS = [
  'automation',
  'list',
  'contact',
  'form',
  'autosyncLog',
  'campaign',
  'unsubscribeAutomation',
  'message',
];

/** A membership as it is read. A flat literal, for the reason that `contactBody` gives. */
export function contactListBody(context: Context, row: ContactListRow): JsonObject {
  const dates = context.dates();
  const contact = context.state.contacts.get(row.contact);
  const by = contact?.rewritten ? '0' : null;
  return {
    contact: String(row.contact),
    list: String(row.list),
    form: null,
    seriesid: '0',
    sdate: row.subscribedAt === null ? null : dates.iso(row.subscribedAt),
    udate: row.unsubscribedAt === null ? null : dates.iso(row.unsubscribedAt),
    status: String(row.status),
    responder: '1',
    sync: '0',
    unsubreason: '',
    campaign: null,
    message: null,
    first_name: contact?.firstName ?? '',
    last_name: contact?.lastName ?? '',
    ip4Sub: '0',
    sourceid: String(row.sourceid),
    autosyncLog: null,
    ip4_last: '0',
    ip4Unsub: '0',
    created_timestamp: dates.local(row.createdAt),
    updated_timestamp: dates.local(row.updatedAt),
    created_by: by,
    updated_by: by,
    unsubscribeAutomation: null,
    channel: 'email',
    links: linksBelow(context, `/contactLists/${row.id}`, CONTACT_LIST_LINKS),
    id: String(row.id),
    automation: null,
  };
}

/** Columns that a row lacks in the answer that made or changed it, as documented. */
const NOT_CHANGED = ['created_timestamp', 'updated_timestamp', 'created_by', 'updated_by'];

/**
 * A membership as POST answers it: status as a number, no channel. A row that was just made or changed lacks the
 * later columns (documented); one that had the status already carries them (recorded).
 */
export function writtenContactListBody(
  context: Context,
  row: ContactListRow,
  isChanged: boolean,
): JsonObject {
  const hasLeft = row.unsubscribedAt !== null;
  const absent = new Set([
    'channel',
    ...(isChanged ? NOT_CHANGED : []),
    ...(isChanged && !hasLeft ? ['udate'] : []),
  ]);
  const rewritten = { status: row.status, ...(isChanged ? {} : { created_by: null, updated_by: null }) };
  const members = Object.entries({ ...contactListBody(context, row), ...rewritten });
  return Object.fromEntries(members.filter(([name]) => !absent.has(name)));
}

/** One tracked event. The vendor's hash looks like a SHA-1 of unknown make; ours is a stand-in. */
export function trackingLogBody(context: Context, row: TrackingLogRow): JsonObject {
  return {
    subscriberid: String(row.contact),
    type: row.type,
    value: row.value,
    tstamp: context.dates().iso(row.createdAt),
    hash: standInHash('event', row.id, 40),
    links: linksBelow(context, `/trackingLogs/${row.id}`, ['contact']),
    id: String(row.id),
    contact: String(row.contact),
  };
}

const CONTACT_AUTOMATION_LINKS = ['automation', 'contact', 'contactGoals', 'automationLogs'];

/** One entry into an automation. Steps are not simulated: every entry is there and has not moved. */
export function contactAutomationBody(context: Context, row: ContactAutomationRow): JsonObject {
  const at = context.dates().iso(row.createdAt);
  return {
    contact: String(row.contact),
    seriesid: String(row.automation),
    startid: '0',
    status: '1',
    batchid: null,
    adddate: at,
    remdate: null,
    timespan: null,
    lastblock: '0',
    lastlogid: '0',
    lastdate: at,
    completedElements: '0',
    totalElements: '0',
    completed: 0,
    completeValue: 100,
    links: linksBelow(context, `/contactAutomations/${row.id}`, CONTACT_AUTOMATION_LINKS),
    id: String(row.id),
    automation: String(row.automation),
  };
}

/** The rows that reading one contact brings along, at the top of the answer. Tags are not among them. */
export function contactRelations(context: Context, { id }: ContactRow): JsonObject {
  const { state } = context;
  return {
    contactAutomations: state.automationsByContact.find(id).map((row) => contactAutomationBody(context, row)),
    contactLists: state.contactListsByContact.find(id).map((row) => contactListBody(context, row)),
    deals: state.dealsByContact.find(id).map((row) => readDealBody(context, row)),
    fieldValues: state.valuesByContact.find(id).map((row) => fieldValueBody(context, row)),
    geoIps: [],
    accountContacts: state.companyContactsByContact.find(id).map((row) => companyContactBody(context, row)),
  };
}

/** The contact that goes with them, holding their ids. */
export function sideLoadedContact(context: Context, row: ContactRow): JsonObject {
  const { state } = context;
  return contactBody(context, row, {
    contactAutomations: ids(state.automationsByContact.find(row.id)),
    contactLists: ids(state.contactListsByContact.find(row.id)),
    fieldValues: ids(state.valuesByContact.find(row.id)),
    geoIps: [],
    deals: ids(state.dealsByContact.find(row.id)),
    accountContacts: ids(state.companyContactsByContact.find(row.id)),
  });
}

function ids(rows: readonly { readonly id: number }[]): string[] {
  return rows.map((row) => String(row.id));
}
