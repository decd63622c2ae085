/** The importer behind bulk imports: takes what is due and turns it into contacts. It must not know how an import was asked for. */
import type { Context } from '../context.ts';
import { type JsonObject, listOf, memberOf, textOf, wholeOf } from '../json.ts';
import {
  type ContactChanges,
  changeContact,
  contactByEmail,
  createContact,
  exclusionOf,
  isAddress,
  setFieldValue,
} from './contacts.ts';
import { addContactTag, contactListOf, setListStatus, tagNamed } from './memberships.ts';
import type { ContactRow, ImportRow } from './rows.ts';
import { OWNER_ID } from './state.ts';

/** Runs every import whose time has come, oldest first, and gives those that are now done. */
export function runDueImports(context: Context): readonly ImportRow[] {
  const due = context.state.pendingImports.find('pending').filter((row) => row.dueAt <= context.now());
  return due.sort((a, b) => a.dueAt - b.dueAt || a.id - b.id).map((row) => runImport(context, row));
}

/** When the next import is due, or undefined where none waits. */
export function nextImportAt({ state }: Context): number | undefined {
  const times = state.pendingImports.find('pending').map((row) => row.dueAt);
  return times.length === 0 ? undefined : Math.min(...times);
}

function runImport(context: Context, row: ImportRow): ImportRow {
  const success: string[] = [];
  const failure: string[] = [];
  for (const contact of row.contacts) {
    const email = textOf(contact['email']) ?? '';
    const isRefused = !isImportable(email) || exclusionOf(context, email);
    if (isRefused) failure.push(email);
    else success.push(String(importContact(context, email, contact, row.excludeAutomations).id));
  }
  const done: ImportRow = { ...row, contacts: [], done: true, success, failure };
  context.state.imports.put(done);
  return done;
}

/** Documented failures are a domain without a dot and an apostrophe. */
function isImportable(email: string): boolean {
  return isAddress(email) && !email.includes("'");
}

function importContact(
  context: Context,
  email: string,
  sent: JsonObject,
  excludesAutomations: boolean,
): ContactRow {
  const changes = changesOf(sent);
  const before = contactByEmail(context, email);
  const row = before
    ? changeContact(context, before, changes, false)
    : createContact(context, email, changes);
  const startsAutomations = !excludesAutomations && sent['exclude_automations'] !== true;
  joinCompany(context, row.id, textOf(sent['customer_acct_name']) ?? '');
  for (const field of listOf(sent['fields']) ?? []) assign(context, row.id, field);
  for (const tag of listOf(sent['tags']) ?? []) {
    const name = textOf(tag) ?? '';
    if (name !== '') addContactTag(context, row.id, tagNamed(context, name));
  }
  for (const list of idsIn(sent['subscribe'])) subscribe(context, row.id, list, startsAutomations);
  for (const list of idsIn(sent['unsubscribe'])) unsubscribe(context, row.id, list);
  return row;
}

function changesOf(sent: JsonObject): ContactChanges {
  const [firstName, lastName, phone] = [
    textOf(sent['first_name']),
    textOf(sent['last_name']),
    textOf(sent['phone']),
  ];
  return {
    ...(firstName === undefined ? {} : { firstName }),
    ...(lastName === undefined ? {} : { lastName }),
    ...(phone === undefined ? {} : { phone }),
  };
}

function assign(context: Context, contact: number, sent: unknown): void {
  const field = context.state.fields.get(wholeOf(memberOf(sent, 'id')));
  const value = textOf(memberOf(sent, 'value'));
  if (field && value !== undefined) setFieldValue(context, contact, { field: field.id, value });
}

/** An import never brings back somebody who unsubscribed, unlike the contactLists endpoint. */
function subscribe(context: Context, contact: number, list: number, startsAutomations: boolean): void {
  const hasLeft = contactListOf(context, contact, list)?.status === 2;
  if (!hasLeft && context.state.lists.get(list))
    setListStatus(context, { contact, list, status: 1, startsAutomations });
}

function unsubscribe(context: Context, contact: number, list: number): void {
  if (context.state.lists.get(list)) setListStatus(context, { contact, list, status: 2 });
}

function joinCompany({ state, now }: Context, contact: number, name: string): void {
  if (name === '' || state.companyContactsByContact.count(contact) > 0) return;
  const at = { createdAt: now(), updatedAt: now() };
  const company =
    state.companiesByName.first(name.toLowerCase()) ??
    state.companies.add((id) => ({ id, name, accountUrl: null, owner: OWNER_ID, fields: [], ...at }));
  state.companyContacts.add((id) => ({ id, account: company.id, contact, jobTitle: '', ...at }));
}

function idsIn(value: unknown): number[] {
  return (listOf(value) ?? []).flatMap((entry) => wholeOf(memberOf(entry, 'listid')) ?? []);
}
