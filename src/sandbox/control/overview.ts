/** What the page shows at a glance: counts and the newest of everything, whatever the size of the account. It must not draw. */
import type { Context } from '../context.ts';
import type { Faults } from '../http/faults.ts';
import type { RequestLog } from '../http/request-log.ts';
import type { ContactRow, TriggerName } from '../state/rows.ts';
import { contactView, instant } from './account-view.ts';

const MAX_CONTACTS = 50;
const MAX_ACTIVITY = 100;
const MAX_REQUESTS = 100;
const MAX_NAMED = 200;

const TRIGGER_WORDS: { readonly [N in TriggerName]: string } = {
  subscribes: 'subscribed to',
  unsubscribes: 'unsubscribed from',
  tag_added: 'got the tag',
  tag_removed: 'lost the tag',
  event_recorded: 'did',
  enters_automation: 'entered',
  makes_purchase: 'bought',
  abandons_cart: 'abandoned the cart',
};

interface Activity {
  readonly key: string;
  readonly at: string;
  readonly contact_id: string;
  readonly email: string;
  readonly words: string;
  readonly subject: string;
  readonly detail: string;
}

export function overview(context: Context, faults: Faults, log: RequestLog, search: string) {
  const { state } = context;
  return {
    counts: {
      contacts: state.contacts.size,
      events: state.trackingLogs.size,
      tags: state.tags.size,
      lists: state.lists.size,
      requests: log.total,
    },
    contacts: found(context, search).map((row) => contactView(context, row)),
    activity: activity(context),
    requests: log.newest(MAX_REQUESTS),
    tags: state.tags
      .newest(MAX_NAMED)
      .map((row) => ({ id: String(row.id), name: row.tag, contacts: state.contactTagsByTag.count(row.id) })),
    lists: state.lists.newest(MAX_NAMED).map(({ id, name }) => ({
      id: String(id),
      name,
      active: state.activeByList.count(id),
      contacts: state.contactListsByList.count(id),
    })),
    faults: faults.rules,
    settings: context.settings(),
  };
}

function found({ state }: Context, search: string): ContactRow[] {
  if (search === '') return state.contacts.newest(MAX_CONTACTS);
  const wanted = search.toLowerCase();
  const rows: ContactRow[] = [];
  for (const row of state.contacts.above(0)) {
    if (`${row.firstName} ${row.lastName} ${row.email} ${row.phone}`.toLowerCase().includes(wanted))
      rows.push(row);
    if (rows.length === MAX_CONTACTS) break;
  }
  return rows;
}

/** Newest first: contacts that came, and what happened to them. */
function activity(context: Context): Activity[] {
  const { state } = context;
  const came = state.contacts.newest(MAX_ACTIVITY).map((row) => ({
    order: row.createdAt,
    item: itemOf(`contact ${row.id}`, row.createdAt, row.id, row.email, 'became a contact', '', ''),
  }));
  const tracked = state.trackingLogs.newest(MAX_ACTIVITY).map((row) => {
    const email = state.contacts.get(row.contact)?.email ?? '';
    return {
      order: row.createdAt,
      item: itemOf(
        `event ${row.id}`,
        row.createdAt,
        row.contact,
        email,
        TRIGGER_WORDS.event_recorded,
        row.type,
        row.value,
      ),
    };
  });
  const triggered = state.triggers
    .newest(MAX_ACTIVITY)
    .filter((row) => row.name !== 'event_recorded')
    .map((row) => ({
      order: row.createdAt,
      item: itemOf(
        `trigger ${row.id}`,
        row.createdAt,
        row.contact,
        row.email,
        TRIGGER_WORDS[row.name],
        row.subject,
        '',
      ),
    }));
  const all = [...triggered, ...tracked, ...came].sort((a, b) => b.order - a.order);
  return all.slice(0, MAX_ACTIVITY).map(({ item }) => item);
}

function itemOf(
  key: string,
  atMs: number,
  contact: number,
  email: string,
  words: string,
  subject: string,
  detail: string,
): Activity {
  return { key, at: instant(atMs), contact_id: String(contact), email, words, subject, detail };
}

const MAX_EVENTS_OF_ONE = 200;

/** Everything about one contact, or undefined. */
export function contactDetail(context: Context, id: number | undefined) {
  const { state } = context;
  const row = state.contacts.get(id);
  if (!row) return undefined;
  const logs = state.logsByContact.find(row.id).slice(-MAX_EVENTS_OF_ONE).reverse();
  return {
    ...contactView(context, row),
    created: instant(row.createdAt),
    updated: instant(row.updatedAt),
    events: logs.map((log) => ({ event: log.type, eventdata: log.value, at: instant(log.createdAt) })),
    notes: state.notesByOwner
      .find(`Subscriber/${row.id}`)
      .map(({ note, createdAt }) => ({ note, at: instant(createdAt) })),
  };
}
