/** Asks consent again, against the newest decisions, right before something is sent. It must not know what is sent. */
import { judgeConsent, newestChoices } from '../event/consent.ts';
import { parseEmail } from '../event/email.ts';
import type { Ledger } from '../store/ports/ledger.ts';
import type { PendingJob } from '../store/ports/queue.ts';
import type { Target } from './target.ts';

export type Refusal = 'CONSENT_WITHDRAWN' | 'CONSENT_UNKNOWN';

/** Why the job must not leave, by everything known of its contacts now; undefined when it may. */
export async function refusalOf(
  ledger: Ledger,
  job: PendingJob,
  target: Target,
): Promise<Refusal | undefined> {
  for (const email of job.contacts.flatMap((contact) => parseEmail(contact) ?? [])) {
    const decisions = await ledger.decisionsOf(job.pipelineId, email, job.subjects);
    const judgement = judgeConsent(newestChoices([decisions]), target.consentCategories);
    if (judgement === 'denied') return 'CONSENT_WITHDRAWN';
    if (judgement === 'unknown' && target.missingConsent === 'deny') return 'CONSENT_UNKNOWN';
  }
  return undefined;
}
