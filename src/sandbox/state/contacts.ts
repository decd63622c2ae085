/** What happens to contacts and their field values: making, changing, finding and removing them. It must not know how a request asked for it. */
import type { Context } from '../context.ts';
import type { ContactRow, FieldValueRow } from './rows.ts';

/** What a write may carry; an attribute that is absent stays, a blank one overwrites. */
export interface ContactChanges {
  readonly email?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly phone?: string;
}

export interface FieldAssignment {
  readonly field: number;
  readonly value: string;
}

/** What the vendor accepts is not documented; this takes what RFC 5321 allows, a quoted local part included. */
const ADDRESS = /^(?:[^\s@"(),:;<>[\\\]]+|"(?:[^"\\\r\n]|\\.)+")@[^\s@.]+(\.[^\s@.]+)+$/;
const MAX_ADDRESS = 254;

export function isAddress(email: string): boolean {
  return email.length <= MAX_ADDRESS && ADDRESS.test(email);
}

/** The contact of an address, compared as the account's `email_case` says. */
export function contactByEmail(context: Context, email: string): ContactRow | undefined {
  const found = context.state.contactsByEmail.find(email.toLowerCase());
  return context.settings().email_case === 'fold' ? found[0] : found.find((row) => row.email === email);
}

export function createContact(context: Context, email: string, changes: ContactChanges): ContactRow {
  const at = context.now();
  return context.state.contacts.add((id) => ({
    id,
    email,
    firstName: changes.firstName ?? '',
    lastName: changes.lastName ?? '',
    phone: changes.phone ?? '',
    createdAt: at,
    updatedAt: at,
    rewritten: false,
  }));
}

/** `rewritten` is true for PUT and PATCH, after which the vendor shows zero values where it showed nulls. */
export function changeContact(
  context: Context,
  row: ContactRow,
  changes: ContactChanges,
  rewritten: boolean,
): ContactRow {
  const next: ContactRow = {
    ...row,
    ...changes,
    updatedAt: context.now(),
    rewritten: row.rewritten || rewritten,
  };
  context.state.contacts.put(next);
  return next;
}

/** Tags, notes and field values move a contact's `udate`. */
export function touchContact(context: Context, id: number): void {
  const row = context.state.contacts.get(id);
  if (row) context.state.contacts.put({ ...row, updatedAt: context.now() });
}

export function setFieldValue(
  context: Context,
  contact: number,
  { field, value }: FieldAssignment,
): FieldValueRow {
  const at = context.now();
  const before = context.state.valuesByContact.find(contact).find((row) => row.field === field);
  if (!before) {
    return context.state.fieldValues.add((id) => ({
      id,
      contact,
      field,
      value,
      createdAt: at,
      updatedAt: at,
    }));
  }
  const next = { ...before, value, updatedAt: at };
  context.state.fieldValues.put(next);
  return next;
}

/** Removes the contact with everything that hangs on it. */
export function removeContact({ state }: Context, id: number): void {
  for (const row of state.valuesByContact.find(id)) state.fieldValues.remove(row.id);
  for (const row of state.contactTagsByContact.find(id)) state.contactTags.remove(row.id);
  for (const row of state.contactListsByContact.find(id)) state.contactLists.remove(row.id);
  for (const row of state.automationsByContact.find(id)) state.contactAutomations.remove(row.id);
  for (const row of state.companyContactsByContact.find(id)) state.companyContacts.remove(row.id);
  for (const row of state.logsByContact.find(id)) state.trackingLogs.remove(row.id);
  for (const row of state.notesByOwner.find(`Subscriber/${id}`)) state.notes.remove(row.id);
  for (const row of state.dealsByContact.find(id)) state.deals.put({ ...row, contact: null });
  state.contacts.remove(id);
}

/** The first exclusion that holds this address. */
export function exclusionOf({ state }: Context, email: string): boolean {
  const address = email.toLowerCase();
  return [...state.exclusions.above(0)].some(({ matchPhrase, matchType, channel }) => {
    const phrase = matchPhrase.toLowerCase();
    if (channel === 'allSms') return false;
    if (matchType === 'begin') return address.startsWith(phrase);
    return matchType === 'end' ? address.endsWith(phrase) : address === phrase;
  });
}
