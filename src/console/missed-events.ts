/** Which events can be mapped anew, because less was sent of them than could be. It must not know any page. */
import type { Verdict, VerdictState } from './api/answers.ts';
import type { EventFilter, EventSelection } from './api/api.ts';
import { rulesOf } from './event-outcomes.ts';
import { textAt } from './json.ts';

const MISSED: ReadonlySet<string> = new Set<VerdictState>(['invalid', 'skipped', 'expired', 'dropped']);

/** Whole, or of a rule beside others that were sent. */
export function mayMapAnew(verdict: Pick<Verdict, 'state' | 'detail'>): boolean {
  if (verdict.state !== 'mapped') return MISSED.has(verdict.state);
  return rulesOf(verdict).some(
    (rule) => textAt(rule, 'outcome') === 'invalid' || textAt(rule, 'code') === 'ACTION_UNAVAILABLE',
  );
}

/** The events of the list that this filter makes; undefined where they were sent, or cannot be named so. */
export function missedEvents(filter: EventFilter): EventSelection | undefined {
  const { status, q, type, user, ...rest } = filter;
  if (status === undefined || !MISSED.has(status)) return undefined;
  if (q !== undefined || type !== undefined || user !== undefined) return undefined;
  return { filter: { ...rest, status } };
}
