/** Whether an event is one of somebody who was erased after it was received. Pure. It must not know how erased people are remembered. */

import type { LoggedEvent, Seq } from '../store/ports/event-log.ts';
import type { ConsentSubject } from '../store/ports/ledger.ts';
import { mentionedEmails } from './person-book.ts';

/**
 * A user or an address that was erased decides; a device alone only where the event names no other user, because a
 * device may have several.
 */
export function isErased(
  { event, seq }: LoggedEvent,
  erasedThrough: ReadonlyMap<ConsentSubject, Seq> | undefined,
): boolean {
  if (erasedThrough === undefined || erasedThrough.size === 0) return false;
  const isStopped = (subject: ConsentSubject): boolean => seq <= (erasedThrough.get(subject) ?? 0);
  if (event.userId !== undefined && isStopped(`u:${event.userId}`)) return true;
  if (mentionedEmails(event).some((email) => isStopped(`e:${email}`))) return true;
  return event.userId === undefined && event.anonymousId !== undefined && isStopped(`a:${event.anonymousId}`);
}
