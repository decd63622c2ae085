/** Persons in answers, and the ids that they are asked for by. It must not know HTTP. */

import type { ConsentSubject } from '../../store/ports/ledger.ts';
import type { PersonRecord, PersonSummary } from '../../store/ports/people.ts';
import { iso } from './views.ts';

/** The id names pipeline and person, so that it needs no table and stays the same. It is as personal as an address: it is not logged. */
function personId({ pipelineId, subject }: Pick<PersonSummary, 'pipelineId' | 'subject'>): string {
  return `per_${Buffer.from(JSON.stringify([pipelineId, subject])).toString('base64url')}`;
}

/** Undefined for what is no id of a person. */
export function readPersonId(
  id: string,
): { readonly pipelineId: string; readonly subject: ConsentSubject } | undefined {
  if (!id.startsWith('per_')) return undefined;
  const parts = parsed(Buffer.from(id.slice('per_'.length), 'base64url').toString());
  if (!Array.isArray(parts) || parts.length !== 2) return undefined;
  const [pipelineId, subject]: readonly unknown[] = parts;
  return typeof pipelineId === 'string' && isSubject(subject) ? { pipelineId, subject } : undefined;
}

function isSubject(value: unknown): value is ConsentSubject {
  return typeof value === 'string' && /^[uae]:./s.test(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function personView(person: PersonSummary) {
  return {
    id: personId(person),
    ...(person.email === undefined ? {} : { email: person.email }),
    user_ids: person.userIds,
    anonymous_ids: person.anonymousIds,
    pipeline_id: person.pipelineId,
    ...(person.lastSeenAtMs === undefined ? {} : { last_seen_at: iso(person.lastSeenAtMs) }),
  };
}

/** A person with the newest decision of each id on each category, and how they came about. */
export function personDetailView(person: PersonRecord) {
  return {
    ...personView(person),
    consent: person.consent.map(({ category, granted, atMs, subject, eventId }) => ({
      category,
      granted,
      at: iso(atMs),
      subject,
      ...(eventId === undefined ? {} : { event_id: eventId }),
    })),
    consent_history: person.consentHistory.map(({ category, granted, atMs, subjects, event }) => ({
      category,
      granted,
      at: iso(atMs),
      subjects,
      ...(event === undefined ? {} : { event }),
    })),
  };
}
