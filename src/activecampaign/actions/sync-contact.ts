/** Creates a contact or updates the one with the same address. It must not know which events lead here. */
import { createHash } from 'node:crypto';
import type { ActionDefinition, Settings } from '../../destination/definition.ts';
import { outcomeOfError } from '../../destination/dispatch.ts';
import { OutcomeError } from '../../destination/errors.ts';
import { type Account, openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { BATCH, importContacts, pollImport } from '../bulk-import.ts';
import { fieldChoices, listChoices, tagChoices } from '../choices.ts';
import { type ContactValues, contactBody } from '../contact-fields.ts';
import {
  acknowledge,
  acknowledged,
  type ContactBody,
  findContact,
  forgetContact,
  knownContact,
  rememberContact,
  unacknowledge,
  upsertContact,
} from '../contacts.ts';
import { EMAIL_FIELD, LISTS_FIELD, TAGS_FIELD } from '../input-fields.ts';
import { errorCodes } from '../judge.ts';
import { fieldIndex, fieldIndexAnew } from '../metadata/fields.ts';
import type { ActiveCampaignSettings } from '../settings.ts';
import { joiningOf, joinLists, warnOfRefused } from '../subscriptions.ts';
import { putTags } from '../tagging.ts';

export type SyncContactPayload = ContactValues & {
  readonly previousEmail?: string;
  readonly tags?: readonly string[];
  readonly lists?: readonly string[];
};

export const syncContact: ActionDefinition<ActiveCampaignSettings, SyncContactPayload> = {
  title: 'Sync Contact',
  description:
    'Create a contact, or update the one with this e-mail address. What is not mapped stays as it is.',
  defaultSubscription: 'type = "identify"',
  repeatable: true,
  budget: 'api',
  restField: 'fields',
  fields: {
    email: EMAIL_FIELD,
    previousEmail: {
      label: 'Previous email',
      description:
        'The address that the contact had until now. Its contact gets the new address; where both have one, the new one’s is updated.',
      type: 'string',
      format: 'email',
      category: 'identifier',
      default: { '@path': '$.previous_email' },
    },
    firstName: {
      label: 'First name',
      description: 'A missing or blank name is left as it is; null takes it away.',
      type: 'string',
      allowNull: true,
      default: { '@path': '$.traits.first_name' },
    },
    lastName: {
      label: 'Last name',
      description: 'A missing or blank name is left as it is; null takes it away.',
      type: 'string',
      allowNull: true,
      default: { '@path': '$.traits.last_name' },
    },
    phone: {
      label: 'Phone',
      description:
        'Any form; E.164 (+15551234567) is best. Missing or blank is left as it is; null takes it away.',
      type: 'string',
      allowNull: true,
      default: { '@path': '$.traits.phone' },
    },
    fields: {
      label: 'Custom fields',
      description:
        'Values by the field’s id, personalisation tag or title, in any letter case. They are put in the form that the field’s type takes; null empties.',
      type: 'object',
      additionalProperties: true,
      dynamic: true,
      defaultObjectUI: 'keyvalue',
    },
    tags: {
      ...TAGS_FIELD,
      required: false,
      description: 'Tags to add: names or ids, one or a list. Missing ones are made.',
    },
    lists: {
      ...LISTS_FIELD,
      description:
        'Lists to subscribe to: names or ids, one or a list. Who unsubscribed or bounced stays so, unless the settings say otherwise.',
    },
  },
  dynamicFields: { fields: { __keys__: fieldChoices }, tags: tagChoices, lists: listChoices },
  contactKey: (payload) => addressKey(payload.previousEmail, payload.email),
  merge: (earlier, later) => ({
    ...earlier,
    ...later,
    ...(earlier.fields === undefined && later.fields === undefined
      ? {}
      : { fields: mergedFields(earlier.fields, later.fields) }),
    ...union('tags', earlier, later),
    ...union('lists', earlier, later),
  }),
  batch: { ...BATCH, accepts: fitsImport },
  async perform(request, data) {
    const account = openAccount(request, data);
    const { payload } = data;
    const email = requireEmail(payload.email);
    await update(account, email, payload);
    await putTags(account, email, payload.tags ?? []);
    if (payload.lists !== undefined && payload.lists.length > 0) {
      warnOfRefused(account, await joinLists(account, email, payload.lists, joiningOf(account)));
    }
  },
  performBatch: importContacts,
  performPoll: pollImport,
};

/** Brings the contact's own values up to date, unless that would change nothing. */
async function update(account: Account, email: string, payload: SyncContactPayload): Promise<void> {
  const body = await contactBody(account, email, payload);
  try {
    await bring(account, email, body, payload.previousEmail);
  } catch (error) {
    if (body.fieldValues === undefined || outcomeOfError(error, true).kind !== 'rejected') throw error;
    // A field or choice that is remembered may be gone by now.
    await fieldIndexAnew(account, await fieldIndex(account));
    const fresh = await contactBody(account, email, payload);
    if (hashOf(fresh) === hashOf(body)) throw error;
    await bring(account, email, fresh, payload.previousEmail);
  }
}

async function bring(
  account: Account,
  email: string,
  body: ContactBody,
  previousEmail: string | undefined,
): Promise<void> {
  const previous = previousEmail === undefined ? email : requireEmail(previousEmail);
  if (previous !== email && (await renamed(account, previous, body))) return;
  const hash = hashOf(body);
  const known = await knownContact(account, email);
  if (known !== undefined && (await acknowledged(account, known, 'sync')) === hash) return;
  if (known !== undefined) unacknowledge(account, known, 'sync');
  const id = await upsertContact(account, body);
  acknowledge(account, id, 'sync', hash);
}

/** What both ask for, each once. */
function union(
  name: 'tags' | 'lists',
  earlier: SyncContactPayload,
  later: SyncContactPayload,
): Pick<SyncContactPayload, 'tags' | 'lists'> {
  if (earlier[name] === undefined && later[name] === undefined) return {};
  return { [name]: [...new Set([...(earlier[name] ?? []), ...(later[name] ?? [])])] };
}

/** Custom fields merge one by one; the names of both are compared as the account would. */
function mergedFields(
  earlier: ContactValues['fields'] = {},
  later: ContactValues['fields'] = {},
): Record<string, unknown> {
  const names = new Set(Object.keys(later).map((name) => name.trim().toLowerCase()));
  const kept = Object.entries(earlier).filter(([name]) => !names.has(name.trim().toLowerCase()));
  return { ...Object.fromEntries(kept), ...later };
}

/** An import can set values, but neither clear them nor change an address nor bring back who left; it takes tags by name only. */
function fitsImport(
  { previousEmail, fields = {}, tags = [], lists = [], ...values }: SyncContactPayload,
  settings: Settings,
): boolean {
  return (
    (lists.length === 0 || settings['resubscribe'] !== true) &&
    tags.every((tag) => !/^\d+$/.test(tag.trim())) &&
    (previousEmail === undefined || previousEmail === values.email) &&
    Object.values(values).every((value) => value !== null) &&
    Object.values(fields).every((value) => value !== null)
  );
}

function hashOf(body: ContactBody): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('base64');
}

/** Gives the contact of the previous address the new one. False when there is none, or the new address has a contact already: then that is updated. */
async function renamed(account: Account, previous: string, body: ContactBody): Promise<boolean> {
  const isRemembered = (await knownContact(account, previous)) !== undefined;
  const id = await findContact(account, previous);
  if (id === undefined) return false;
  unacknowledge(account, id, 'sync');
  const response = await account.api(`/contacts/${id}`, {
    method: 'PUT',
    json: { contact: body },
    expect: 'contact.id',
    repeatable: true,
    throwHttpErrors: false,
  });
  const isTaken =
    response.status === 422 && errorCodes(response.data).some((code) => code.startsWith('duplicate'));
  if (response.outcome.kind !== 'delivered' && !isTaken && response.status !== 404)
    throw new OutcomeError(response.outcome);
  forgetContact(account, previous);
  // The id may have been another's before: what was only remembered is looked up once.
  if (response.status === 404 && isRemembered) return renamed(account, previous, body);
  if (response.outcome.kind !== 'delivered') return false;
  rememberContact(account, body.email, id);
  acknowledge(account, id, 'sync', hashOf(body));
  return true;
}
