/** What one webhook says, in our words (activecampaign-core §5.3, §5.4). It must not know how it arrives or who hears of it. */
import type { InboundMessage } from '../destination/definition.ts';
import { parseEmail } from '../event/email.ts';
import type { JsonObject, JsonValue } from '../event/json.ts';
import { type Form, parseForm, textOf } from './form-body.ts';

/** Type of the webhook → name of the event. */
export const EVENTS = {
  subscribe: 'ActiveCampaign Subscribed',
  unsubscribe: 'ActiveCampaign Unsubscribed',
  update: 'ActiveCampaign Contact Updated',
  contact_tag_added: 'ActiveCampaign Tag Added',
  contact_tag_removed: 'ActiveCampaign Tag Removed',
  bounce: 'ActiveCampaign Email Bounced',
  subscriber_note: 'ActiveCampaign Note Added',
  contact_task_add: 'ActiveCampaign Task Added',
  account_contact_add: 'ActiveCampaign Contact Added To Account',
  account_contact_update: 'ActiveCampaign Account Contact Updated',
  sent: 'ActiveCampaign Campaign Sent',
  open: 'ActiveCampaign Email Opened',
  click: 'ActiveCampaign Link Clicked',
  reply: 'ActiveCampaign Email Replied',
  forward: 'ActiveCampaign Email Forwarded',
  share: 'ActiveCampaign Email Shared',
  sms_sent: 'ActiveCampaign SMS Sent',
  sms_reply: 'ActiveCampaign SMS Replied',
  sms_unsub: 'ActiveCampaign SMS Unsubscribed',
} as const;

/** For types that are not in the table: `properties.type` says which it is. */
const OTHER_EVENT = 'ActiveCampaign Webhook';

/** Reads what was posted, whoever may have written it. Undefined for what has no type. */
export function readMessage(body: string): InboundMessage | undefined {
  const form = parseForm(body);
  const type = short(textOf(form, 'type'));
  if (type === undefined) return undefined;
  const contactId = idIn(form, 'contact[id]', 'subscriber[id]');
  const campaignId = idIn(form, 'campaign[id]');
  const subject = contactId === undefined ? named('campaign', campaignId) : named('contact', contactId);
  const timestamp = zonedTime(textOf(form, 'date_time'));
  return {
    type,
    event: isKnown(type) ? EVENTS[type] : OTHER_EVENT,
    ...(subject === undefined ? {} : { subject }),
    ...(contactId === undefined ? {} : { contactId }),
    ...(timestamp === undefined ? {} : { timestamp }),
    properties: propertiesOf(form, type, contactId),
  };
}

function isKnown(type: string): type is keyof typeof EVENTS {
  return Object.hasOwn(EVENTS, type);
}

const named = (kind: string, id: string | undefined): string | undefined =>
  id === undefined ? undefined : `${kind}:${id}`;

/** Property → fields that give it; the first that is there. In 2013 the block was named after the subscriber. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  date_time: ['date_time'],
  initiated_from: ['initiated_from'],
  initiated_by: ['initiated_by', 'initiated_from'],
  first_name: ['contact[first_name]', 'subscriber[first_name]'],
  last_name: ['contact[last_name]', 'subscriber[last_name]'],
  phone: ['contact[phone]', 'subscriber[phone]', 'sms[phone]'],
  tag: ['tag'],
  form_id: ['form[id]'],
  reason: ['unsubscribe[reason]'],
  note: ['note'],
  campaign_id: ['campaign[id]'],
  campaign: ['campaign[name]'],
  campaign_subject: ['campaign[message][subject]'],
  link_id: ['link[id]'],
  link: ['link[url]'],
  message: ['message', 'sms[reply]'],
  forward_count: ['forward[count]'],
  share_network: ['share[network]'],
  share_content: ['share[content]'],
  bounce_type: ['bounce[type]'],
  bounce_code: ['bounce[code]'],
  bounce_description: ['bounce[description]'],
  task_id: ['task[id]'],
  task_title: ['task[title]'],
  task_note: ['task[note]'],
  task_due: ['task[duedate_iso]', 'task[duedate]', 'task[dueDate]'],
  account_id: ['account[id]'],
  account_name: ['account[name]'],
  job_title: ['accountContact[job_title]'],
  sms_id: ['sms[id]'],
};

function propertiesOf(form: Form, type: string, contactId: string | undefined): JsonObject {
  const texts = Object.entries(TEXTS).flatMap(([property, names]): [string, JsonValue][] => {
    const text = short(textOf(form, ...names));
    return text === undefined ? [] : [[property, text]];
  });
  const email = parseEmail(textOf(form, 'contact[email]', 'subscriber[email]'));
  const lists = listsIn(form);
  const tags = tagsIn(form);
  const fields = fieldsIn(form);
  const [list] = lists;
  return {
    type,
    ...(email === undefined ? {} : { email }),
    ...(contactId === undefined ? {} : { contact_id: contactId }),
    ...Object.fromEntries(texts),
    ...(list === undefined ? {} : { list, lists }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(fields.length === 0 ? {} : { fields: Object.fromEntries(fields) }),
  };
}

/** Of one text, so that a message always fits into an event. */
const MAX_CHARS = 500;

function short(text: string | undefined): string | undefined {
  // Half of a pair of surrogates is no character.
  return text?.slice(0, MAX_CHARS).replace(/[\uD800-\uDBFF]$/, '');
}

const ID = /^[1-9]\d{0,18}$/;

function idIn(form: Form, ...names: readonly string[]): string | undefined {
  const text = textOf(form, ...names);
  return text !== undefined && ID.test(text) ? text : undefined;
}

/** `list=2`, `list[][id]=2`, `list[0][id]=2`; how the brackets are filled is not documented, and 0 is none. */
const LIST = /^list(?:\[\d{0,9}\])?(?:\[id\])?$/;
const MAX_LISTS = 100;

function listsIn(form: Form): readonly string[] {
  const ids = [...form].flatMap(([name, values]) => (LIST.test(name) ? values : []));
  return [...new Set(ids.map((id) => id.trim()).filter((id) => ID.test(id)))].slice(0, MAX_LISTS);
}

const MAX_TAGS = 50;

/** One text, `tag1, tag2`; a tag with a comma in it cannot be told from two. */
function tagsIn(form: Form): readonly string[] {
  const tags = textOf(form, 'contact[tags]', 'subscriber[tags]')?.split(',') ?? [];
  return tags.flatMap((tag) => short(tag.trim()) || []).slice(0, MAX_TAGS);
}

const FIELD = /^(?:contact|subscriber)\[fields\]\[(\d{1,10})\]$/;
/** Of all custom fields together; those behind are left out. */
const MAX_FIELD_CHARS = 4_000;

/** Field id → value as sent, several values as `||a||b||`. */
function fieldsIn(form: Form): readonly (readonly [string, string])[] {
  let left = MAX_FIELD_CHARS;
  return [...form].flatMap(([name, values]): [string, string][] => {
    const id = FIELD.exec(name)?.[1];
    const value = short(values.at(-1)) ?? '';
    if (id === undefined || value === '' || value.length > left) return [];
    left -= value.length;
    return [[id, value]];
  });
}

const ZONED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/;

/** `2024-02-28T07:16:48-06:00`. The form of 2013 (`2013-01-02 09:28:42`) names no zone, so it says no moment. */
function zonedTime(text: string | undefined): string | undefined {
  if (text === undefined || !ZONED.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
