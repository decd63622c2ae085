/** What happens when an event of a contact is tracked. It must not know which endpoint heard of it. */
import type { Context } from '../context.ts';
import { contactByEmail, createContact, isAddress } from './contacts.ts';
import { recordTrigger } from './memberships.ts';
import type { TrackingLogRow } from './rows.ts';

/** Keeps the event of the address, or quietly does not: tracking off, no such contact, a name that is not listed. */
export function recordEvent(
  context: Context,
  email: string | undefined,
  name: string,
  value: string,
): TrackingLogRow | undefined {
  const settings = context.settings();
  if (!settings.event_tracking_enabled || email === undefined || email === '') return undefined;
  const type = cut(name, settings.event_name_limit);
  const isListed = context.state.eventNamesByName.count(type) > 0;
  if (!isListed && settings.event_names === 'listed') return undefined;
  const contact = contactByEmail(context, email) ?? madeFor(context, email);
  if (!contact) return undefined;
  if (!isListed) context.state.eventNames.add((id) => ({ id, name: type }));
  const row = context.state.trackingLogs.add((id) => ({
    id,
    contact: contact.id,
    type,
    value: cut(value, settings.event_value_limit),
    createdAt: context.now(),
  }));
  recordTrigger(context, 'event_recorded', type, contact.id);
  return row;
}

function madeFor(context: Context, email: string) {
  const makes = context.settings().unknown_contact_event === 'create' && isAddress(email);
  return makes ? createContact(context, email, {}) : undefined;
}

/** By characters, never through one; a limit of 0 keeps all. */
function cut(text: string, limit: number): string {
  return limit === 0 || text.length <= limit ? text : [...text].slice(0, limit).join('');
}
