/** What happens between contacts and tags, lists and automations, and which automations each would start. It must not know how a request asked for it. */
import type { Context } from '../context.ts';
import { touchContact } from './contacts.ts';
import type {
  ContactAutomationRow,
  ContactListRow,
  ContactTagRow,
  ListStatus,
  TagRow,
  TriggerName,
} from './rows.ts';

/** Adds the tag; a contact that has it already keeps the row it has, and nothing starts. */
export function addContactTag(
  context: Context,
  contact: number,
  tag: TagRow,
): { readonly row: ContactTagRow; readonly isNew: boolean } {
  const before = contactTagOf(context, contact, tag.id);
  if (before) return { row: before, isNew: false };
  const at = context.now();
  const row = context.state.contactTags.add((id) => ({ id, contact, tag: tag.id, createdAt: at }));
  context.state.tags.put({ ...tag, updatedAt: at });
  touchContact(context, contact);
  recordTrigger(context, 'tag_added', tag.tag, contact);
  return { row, isNew: true };
}

function contactTagOf({ state }: Context, contact: number, tag: number): ContactTagRow | undefined {
  return state.contactTagsByContact.find(contact).find((row) => row.tag === tag);
}

export function removeContactTag(context: Context, row: ContactTagRow): void {
  context.state.contactTags.remove(row.id);
  touchContact(context, row.contact);
  const tag = context.state.tags.get(row.tag);
  if (tag) recordTrigger(context, 'tag_removed', tag.tag, row.contact);
}

/** The tag of that name in any case, or a new one. */
export function tagNamed(context: Context, name: string): TagRow {
  return context.state.tagsByName.first(name.toLowerCase()) ?? createTag(context, name, 'contact', '');
}

export function createTag(context: Context, tag: string, tagType: string, description: string): TagRow {
  const at = context.now();
  return context.state.tags.add((id) => ({ id, tag, tagType, description, createdAt: at, updatedAt: at }));
}

export interface ListChange {
  readonly contact: number;
  readonly list: number;
  readonly status: ListStatus;
  readonly sourceid?: number | undefined;
  /** False where the vendor was told to start no automations. */
  readonly startsAutomations?: boolean;
}

/**
 * Puts the contact on the list with that status, an unsubscriber too. A status it has already changes nothing,
 * neither dates nor source, and starts nothing.
 */
export function setListStatus(
  context: Context,
  change: ListChange,
): { readonly row: ContactListRow; readonly isChanged: boolean } {
  const before = contactListOf(context, change.contact, change.list);
  if (before?.status === change.status) return { row: before, isChanged: false };
  const at = context.now();
  const dates = {
    subscribedAt: change.status === 1 || change.status === 0 ? at : (before?.subscribedAt ?? null),
    unsubscribedAt: change.status === 2 ? at : change.status === 1 ? null : (before?.unsubscribedAt ?? null),
    updatedAt: at,
  };
  const { contact, list, status } = change;
  const sourceid = change.sourceid ?? before?.sourceid ?? 0;
  const row = before
    ? { ...before, ...dates, status, sourceid }
    : context.state.contactLists.add((id) => ({
        id,
        contact,
        list,
        status,
        sourceid,
        createdAt: at,
        ...dates,
      }));
  if (before) context.state.contactLists.put(row);
  if (context.settings().list_change_touches_contact) touchContact(context, contact);
  if (change.startsAutomations ?? true) announce(context, row);
  return { row, isChanged: true };
}

export function contactListOf({ state }: Context, contact: number, list: number): ContactListRow | undefined {
  return state.contactListsByContact.find(contact).find((row) => row.list === list);
}

/** Every entry is a new row, for an automation may be entered many times. */
export function enterAutomation(context: Context, contact: number, automation: number): ContactAutomationRow {
  const row = context.state.contactAutomations.add((id) => ({
    id,
    contact,
    automation,
    createdAt: context.now(),
  }));
  recordTrigger(context, 'enters_automation', context.state.automations.get(automation)?.name ?? '', contact);
  return row;
}

export function recordTrigger(context: Context, name: TriggerName, subject: string, contact: number): void {
  const email = context.state.contacts.get(contact)?.email ?? '';
  context.state.triggers.add((id) => ({ id, name, subject, contact, email, createdAt: context.now() }));
}

function announce(context: Context, { contact, list, status }: ContactListRow): void {
  const name = context.state.lists.get(list)?.name ?? '';
  if (status === 1) recordTrigger(context, 'subscribes', name, contact);
  if (status === 2) recordTrigger(context, 'unsubscribes', name, contact);
}
