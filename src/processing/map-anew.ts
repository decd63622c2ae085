/** Maps a recorded event once more, with today's blueprint, identity and consent; nothing is learnt. Pure but for the ledger it reads. It must not know replays' progress. */
import { readConsent } from '../event/consent.ts';
import type { Email } from '../event/email.ts';
import type { LoggedEvent } from '../store/ports/event-log.ts';
import type { ConsentSubject, Ledger } from '../store/ports/ledger.ts';
import type { NewJob } from '../store/ports/queue.ts';
import type { Verdict } from '../store/ports/steps.ts';
import type { Integration, PipelineRules } from './configuration.ts';
import { judged } from './decide.ts';
import { aliasedKeys, mentionedEmails, PersonBook, visitorKeys } from './person-book.ts';
import { isErased } from './tombstone.ts';

export interface MappedAnew {
  readonly verdict: Verdict;
  /** In the order of the blueprint's rules, under the replay's id. */
  readonly jobs: readonly NewJob[];
  /** Of the event's person. */
  readonly email: Email | undefined;
}

const subjectOf = (email: string): ConsentSubject => `e:${email}`;

/** Undefined for an event of somebody who was erased; whatever of another's concerns somebody who was is left out. */
export async function mapAnew(
  logged: LoggedEvent,
  integration: Integration,
  context: {
    readonly rules: PipelineRules;
    readonly ledger: Ledger;
    readonly replayId: string;
    readonly nowMs: number;
    /** Told of a mistake of ours, which makes the verdict INTERNAL_ERROR. */
    readonly onError: (error: unknown) => void;
  },
): Promise<MappedAnew | undefined> {
  const { rules, ledger, replayId } = context;
  const { event, pipelineId } = logged;
  const keys = [...visitorKeys(event), ...aliasedKeys(event)];
  const emails = mentionedEmails(event);
  const erased = await ledger.erasedThrough([...keys, ...emails.map(subjectOf)]);
  if (isErased(logged, erased)) return undefined;
  const snapshot = await ledger.load(pipelineId, keys, emails, []);
  const book = new PersonBook(pipelineId, snapshot);
  const email = book.emailOf(event);
  const said = readConsent(event.context, rules.consentCodeMap);
  const choices = { ...said, ...book.recordedChoices(event, email) };
  const jobs: NewJob[] = [];
  // What the event changed an address from is not recorded: where nothing was sent then, the former contact stays as it is.
  const person = { email, formerEmail: undefined, choices };
  const verdict = judged(logged, integration, person, context, jobs);
  const gone = await ledger.erasedThrough(jobs.flatMap(({ contacts }) => contacts.map(subjectOf)));
  const isGone = (email: string): boolean => logged.seq <= (gone.get(subjectOf(email)) ?? 0);
  const left = jobs.filter(({ contacts }) => !contacts.some(isGone));
  return { verdict, email, jobs: left.map((job) => ({ ...job, replayId })) };
}
