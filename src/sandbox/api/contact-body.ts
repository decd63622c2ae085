/** Writes contacts as the API shows them; which members appear depends on the operation, as recorded. It must not decide anything. */
import type { Context } from '../context.ts';
import type { JsonObject } from '../json.ts';
import type { ContactRow } from '../state/rows.ts';
import { standInHash } from './stand-in.ts';

const LINKS = [
  'bounceLogs',
  'contactAutomations',
  'contactData',
  'contactGoals',
  'contactLists',
  'contactLogs',
  'contactTags',
  'contactDeals',
  'deals',
  'fieldValues',
  'geoIps',
  'notes',
  'organization',
  'plusAppend',
  'trackingLogs',
  'scoreValues',
  'accountContacts',
  'automationEntryCounts',
] as const;

const LINK_QUERY: { readonly [name: string]: string } = {
  contactAutomations: '?limit=2500&orders%5Blastdate%5D=DESC',
};

/** Links to `names` below `/api/3/<path>`. */
export function linksBelow(context: Context, path: string, names: readonly string[]): JsonObject {
  const base = `${context.link(path)}/`;
  const links: { [name: string]: string } = {};
  for (const name of names) links[name] = base + name + (LINK_QUERY[name] ?? '');
  return links;
}

function contactLinks(context: Context, id: number): JsonObject {
  return linksBelow(context, `/contacts/${id}`, LINKS);
}

/**
 * The row in full. `extra` stands where the operation adds members of its own. Written as one flat literal on
 * purpose: put together from parts, each of the hundred rows of a page leaves kilobytes that outlive the young heap.
 */
export function contactBody(context: Context, row: ContactRow, extra: JsonObject = {}): JsonObject {
  const dates = context.dates();
  const created = dates.local(row.createdAt);
  const updated = dates.local(row.updatedAt);
  const zero = row.rewritten ? '0' : null;
  return {
    cdate: dates.iso(row.createdAt),
    email: row.email,
    phone: row.phone,
    firstName: row.firstName,
    lastName: row.lastName,
    orgid: '0',
    orgname: '',
    segmentio_id: '',
    bounced_hard: '0',
    bounced_soft: '0',
    bounced_date: null,
    ip: '0',
    ua: row.rewritten ? '' : null,
    hash: standInHash('contact', row.id, 32),
    socialdata_lastcheck: null,
    email_local: '',
    email_domain: row.email.slice(row.email.lastIndexOf('@') + 1),
    sentcnt: '0',
    rating_tstamp: null,
    gravatar: '0',
    deleted: '0',
    anonymized: '0',
    adate: null,
    udate: dates.iso(row.updatedAt),
    edate: null,
    deleted_at: null,
    created_utc_timestamp: created,
    updated_utc_timestamp: updated,
    created_timestamp: created,
    updated_timestamp: updated,
    created_by: zero,
    updated_by: zero,
    mpp_tracking: '0',
    last_click_date: null,
    last_open_date: null,
    last_mpp_open_date: null,
    best_send_hour: zero,
    sms_consent: zero,
    sms_consent_updated_at: row.rewritten ? '0000-00-00 00:00:00' : null,
    whatsapp_id: null,
    whatsapp_username: null,
    links: contactLinks(context, row.id),
    id: String(row.id),
    organization: null,
    ...extra,
  };
}

/** Columns that the answer of `contact/sync` does not have, as recorded. */
const NOT_SYNCED = new Set([
  'last_click_date',
  'last_open_date',
  'last_mpp_open_date',
  'whatsapp_id',
  'whatsapp_username',
]);

/** The row as `contact/sync` shows a contact that existed: never rewritten by it, and without the newest columns. */
export function syncedContactBody(context: Context, row: ContactRow, extra: JsonObject = {}): JsonObject {
  const whole = Object.entries(contactBody(context, { ...row, rewritten: false }, extra));
  return Object.fromEntries(whole.filter(([name]) => !NOT_SYNCED.has(name)));
}

/** The few members a contact has in the answer that made it. */
export function newContactBody(context: Context, row: ContactRow, extra: JsonObject = {}): JsonObject {
  const dates = context.dates();
  return {
    email: row.email,
    firstName: row.firstName,
    lastName: row.lastName,
    cdate: dates.iso(row.createdAt),
    udate: dates.iso(row.updatedAt),
    phone: row.phone,
    orgid: '0',
    orgname: '',
    ...extra,
    links: contactLinks(context, row.id),
    id: String(row.id),
    organization: null,
  };
}
