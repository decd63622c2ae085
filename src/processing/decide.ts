/** What one event means: verdicts, jobs, what is learnt. Pure. It must not know the log's cursor, the database or any vendor. */
import type { CanonicalEvent } from '../event/canonical-event.ts';
import { type ConsentChoices, type ConsentJudgement, judgeConsent, readConsent } from '../event/consent.ts';
import type { Email } from '../event/email.ts';
import type { JsonObject, JsonValue } from '../event/json.ts';
import type { OutcomeCode } from '../event/outcome.ts';
import type { ConsentSubject, LoggedEvent, NewJob, Seq, Verdict, VerdictState } from '../store/port.ts';
import type { Integration, PipelineRules, RuleResult } from './configuration.ts';
import { aliasedKeys, type PersonBook, visitorKeys } from './person-book.ts';

export interface Decisions {
  readonly verdicts: Verdict[];
  readonly jobs: NewJob[];
  /** The address of each event's person, where one is known. */
  readonly addresses: { readonly seq: Seq; readonly email: Email }[];
}

export interface DecideContext {
  readonly rules: PipelineRules;
  readonly book: PersonBook;
  /** Bodies of the events that this stretch of the log may release. */
  readonly parkedEvents: ReadonlyMap<Seq, LoggedEvent>;
  readonly nowMs: number;
  /** How long an event waits for an address. */
  readonly parkMs: number;
  /** Hears of mistakes of our own; the integration's verdict is then `invalid`, and nobody else waits for it. */
  readonly onError: (error: unknown) => void;
}

/** Decides one event of the log: its own jobs first, then those of the events that it releases, in log order. */
export function decideEvent(logged: LoggedEvent, context: DecideContext, into: Decisions): void {
  const { book, rules } = context;
  const { event, seq } = logged;
  const formerEmail = book.formerEmail(event);
  const knownBefore = book.emailOf(event);
  book.learn(event, seq);
  const email = book.emailOf(event) ?? knownBefore;
  if (email !== undefined) into.addresses.push({ seq, email });
  const said = readConsent(event.context, rules.consentCodeMap);
  if (said !== undefined) book.decide(event, said, email, seq);

  const person = { email, formerEmail, choices: said ?? book.recordedChoices(event, email) };
  const waiting: string[] = [];
  for (const integration of rules.integrationsAt(seq)) {
    const verdict = judged(logged, integration, person, context, into.jobs);
    if (verdict.state === 'parked') waiting.push(integration.id);
    into.verdicts.push(verdict);
  }
  if (waiting.length > 0) book.wait(event, seq, logged.receivedAtMs + context.parkMs, waiting);
  if (email !== undefined && mayRelease(event)) release(event, email, context, into);
}

/** Only these tell whose address a visitor has. */
export function mayRelease({ type }: CanonicalEvent): boolean {
  return type === 'identify' || type === 'alias';
}

/** Consent is asked again with what is known now; the revision is the one of the parked event's own place. */
function release(event: CanonicalEvent, email: Email, context: DecideContext, into: Decisions): void {
  const { book, rules, parkedEvents } = context;
  for (const parked of book.release(event)) {
    const logged = parkedEvents.get(parked.seq);
    if (logged === undefined) continue;
    into.addresses.push({ seq: parked.seq, email });
    const said = readConsent(logged.event.context, rules.consentCodeMap);
    const now = book.recordedChoices(logged.event, email);
    const person = { email, formerEmail: undefined, choices: { ...said, ...now } };
    const integrations = rules.integrationsAt(parked.seq);
    for (const integrationId of parked.integrationIds) {
      const integration = integrations.find(({ id }) => id === integrationId);
      into.verdicts.push(
        integration === undefined
          ? { seq: parked.seq, integrationId, state: 'skipped', code: 'INTEGRATION_DISABLED' }
          : judged(logged, integration, person, context, into.jobs),
      );
    }
  }
}

/** What is known of an event's person when it is mapped. */
export interface Person {
  readonly email: Email | undefined;
  readonly formerEmail: Email | undefined;
  readonly choices: ConsentChoices;
}

/** A mistake of our own in one integration must hold up neither the log nor the others. */
function judged(
  logged: LoggedEvent,
  integration: Integration,
  person: Person,
  { nowMs, onError }: DecideContext,
  jobs: NewJob[],
): Verdict {
  try {
    return judge(logged, integration, person, jobs, nowMs);
  } catch (error) {
    onError(error);
    const { id, revisionId } = integration;
    return { seq: logged.seq, integrationId: id, revisionId, state: 'invalid', code: 'INTERNAL_ERROR' };
  }
}

/** One event for one integration. Jobs are appended only when the whole verdict is `mapped`. */
export function judge(
  logged: LoggedEvent,
  integration: Integration,
  person: Person,
  jobs: NewJob[],
  nowMs: number,
): Verdict {
  const { event, seq } = logged;
  const verdict = (state: VerdictState, code?: OutcomeCode, detail?: JsonObject): Verdict => ({
    seq,
    integrationId: integration.id,
    revisionId: integration.revisionId,
    state,
    ...(code === undefined ? {} : { code }),
    ...(detail === undefined ? {} : { detail }),
  });
  if (!integration.enabled) return verdict('skipped', 'INTEGRATION_DISABLED');
  const input = mappingInput(event, person);
  if (!integration.mapper.wants(input)) return verdict('dropped', 'EVENT_NOT_ENABLED');
  const refusal = consentRefusal(judgeConsent(person.choices, integration.consentCategories), integration);
  if (refusal !== undefined)
    return verdict('filtered', refusal, { needed: integration.consentCategories, known: person.choices });

  const evaluation = integration.mapper.evaluate(input);
  if (evaluation.kind === 'dropped') return verdict('dropped', 'EVENT_NOT_ENABLED');
  const rules = evaluation.results.map((result) => gate(result, integration));
  if (rules.some((rule) => rule.kind === 'no-address')) {
    return person.email === undefined
      ? verdict('parked', 'NO_EMAIL')
      : verdict('invalid', 'NO_EMAIL', details(rules));
  }
  const operations = rules.flatMap((rule) => (rule.kind === 'operation' ? [rule] : []));
  for (const { rule, action, payload, contacts } of operations) {
    jobs.push({
      lane: integration.lane,
      pipelineId: logged.pipelineId,
      integrationId: integration.id,
      templateId: integration.templateId,
      revisionId: integration.revisionId,
      seq,
      rule,
      replayId: '',
      action,
      payload,
      contacts,
      subjects: subjectsOf(event),
      enqueuedAtMs: nowMs,
    });
  }
  if (operations.length > 0) return verdict('mapped', undefined, details(rules));
  const invalid = rules.find((rule) => rule.kind === 'invalid');
  if (invalid !== undefined) return verdict('invalid', invalid.code, details(rules));
  const skipped = rules.find((rule) => rule.kind === 'skipped');
  return skipped === undefined
    ? verdict('dropped', 'EVENT_NOT_ENABLED')
    : verdict('skipped', skipped.code, details(rules));
}

type Gated =
  | {
      readonly kind: 'operation';
      readonly rule: string;
      readonly action: string;
      readonly payload: JsonObject;
      readonly contacts: NewJob['contacts'];
    }
  | { readonly kind: 'no-address'; readonly rule: string; readonly action: string }
  | { readonly kind: 'skipped'; readonly rule: string; readonly code: OutcomeCode; readonly message?: string }
  | {
      readonly kind: 'invalid';
      readonly rule: string;
      readonly code: OutcomeCode;
      readonly problems: readonly JsonObject[];
    };

/** Holds a rule's operation against its action: can it be done, whom does it concern, does the payload fit. */
function gate(result: RuleResult, integration: Integration): Gated {
  const { rule } = result;
  if (result.outcome === 'skipped') return { kind: 'skipped', rule, code: result.code };
  if (result.outcome === 'invalid')
    return { kind: 'invalid', rule, code: result.code, problems: result.problems.map(plain) };
  const action = integration.actions.get(result.action);
  if (action === undefined) {
    const problem = { path: 'action', message: `The action ${result.action} does not exist.` };
    return { kind: 'invalid', rule, code: 'PAYLOAD_INVALID', problems: [problem] };
  }
  if (action.unavailable !== undefined)
    return { kind: 'skipped', rule, code: 'ACTION_UNAVAILABLE', message: action.unavailable };
  const [first, second] = action.contacts(result.payload);
  if (first === undefined) return { kind: 'no-address', rule, action: result.action };
  const checked = action.check(result.payload);
  if (!checked.ok)
    return { kind: 'invalid', rule, code: 'PAYLOAD_INVALID', problems: checked.problems.map(plain) };
  const contacts: NewJob['contacts'] = second === undefined ? [first] : [first, second];
  return { kind: 'operation', rule, action: result.action, payload: checked.payload, contacts };
}

const plain = ({ path, message }: { readonly path: string; readonly message: string }): JsonObject => ({
  path,
  message,
});

/** What people are shown of the rules. Payloads are with the jobs, not here. */
function details(rules: readonly Gated[]): JsonObject {
  return {
    rules: rules.map((rule): JsonValue => {
      if (rule.kind === 'operation') return { rule: rule.rule, outcome: 'operation', action: rule.action };
      if (rule.kind === 'no-address') return { rule: rule.rule, outcome: 'no-address', action: rule.action };
      if (rule.kind === 'invalid')
        return { rule: rule.rule, outcome: 'invalid', code: rule.code, problems: rule.problems };
      return {
        rule: rule.rule,
        outcome: 'skipped',
        code: rule.code,
        ...(rule.message === undefined ? {} : { message: rule.message }),
      };
    }),
  };
}

function consentRefusal(judgement: ConsentJudgement, integration: Integration): OutcomeCode | undefined {
  if (judgement === 'denied') return 'CONSENT_DENIED';
  return judgement === 'unknown' && integration.missingConsent === 'deny' ? 'CONSENT_UNKNOWN' : undefined;
}

/** The ids under which this event's consent may be recorded. */
export function subjectsOf(event: CanonicalEvent): readonly ConsentSubject[] {
  return [...visitorKeys(event), ...aliasedKeys(event)];
}

/** What a mapping sees: the event, with `email` (the person's address), `previous_email` (the one that this event changes) and `consent`. */
export function mappingInput(event: CanonicalEvent, person: Person): JsonObject {
  return {
    ...(event as unknown as JsonObject),
    consent: person.choices,
    ...(person.email === undefined ? {} : { email: person.email }),
    ...(person.formerEmail === undefined ? {} : { previous_email: person.formerEmail }),
  };
}
