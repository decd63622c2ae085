/** Whose waiting jobs a step takes back, because it taught that consent is refused. Pure. It must not know the queue. */
import { judgeConsent } from '../event/consent.ts';
import { type Email, parseEmail } from '../event/email.ts';
import type { Withdrawal } from '../store/ports/steps.ts';
import type { Integration } from './configuration.ts';
import type { PersonBook } from './person-book.ts';

/**
 * The people of whom the step learnt a refusal, or a further id that may carry one, with the integrations that the
 * newest of all their decisions denies. One who consents again within the step is not among them.
 */
export function withdrawalsOf(
  book: PersonBook,
  integrations: readonly Integration[],
  nowMs: number,
): readonly Withdrawal[] {
  const emails = new Set<Email>();
  for (const { subject, decisions } of book.decisions) {
    if (!subject.startsWith('e:') || Object.values(decisions).every(({ granted }) => granted)) continue;
    const email = parseEmail(subject.slice(2));
    if (email !== undefined) emails.add(email);
  }
  for (const { link } of book.links) if (link.email !== undefined) emails.add(link.email);
  return [...emails].flatMap((email) => {
    const choices = book.choicesOf(email);
    return integrations
      .filter(({ consentCategories }) => judgeConsent(choices, consentCategories) === 'denied')
      .map(({ id }) => ({ integrationId: id, email, nowMs }));
  });
}
