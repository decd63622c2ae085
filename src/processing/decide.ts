/** What one event means: verdicts, jobs, what is learnt. Pure. It must not know the log's cursor, the database or any vendor. */
import type { CanonicalEvent } from '../event/canonical-event.ts';
import { type ConsentChoices, type ConsentJudgement, judgeConsent, readConsent } from '../event/consent.ts';
import type { Email } from '../event/email.ts';
import type { JsonObject, JsonValue } from '../event/json.ts';
import type { OutcomeCode } from '../event/outcome.ts';
import type { LoggedEvent, Seq } from '../store/ports/event-log.ts';
import type { ConsentSubject } from '../store/ports/ledger.ts';
import type { NewJob } from '../store/ports/queue.ts';
import type { Verdict, VerdictState } from '../store/ports/steps.ts';
import type { Evaluation, Integration, PipelineRules, RuleResult } from './configuration.ts';
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
  const person = personOf(logged, rules, book);
  const { email } = person;
  if (email !== undefined) into.addresses.push({ seq, email });
  const waiting: string[] = [];
  for (const integration of rules.integrationsAt(seq)) {
    const verdict = judged(logged, integration, person, context, into.jobs);
    if (verdict.state === 'parked') waiting.push(integration.id);
    into.verdicts.push(verdict);
  }
  if (waiting.length > 0) book.wait(event, seq, logged.receivedAtMs + context.parkMs, waiting);
  if (email !== undefined && mayRelease(event)) release(event, email, context, into);
}

/** Who the event is from and what they allow, with what the event teaches about both. */
export function personOf(
  logged: LoggedEvent,
  { consentCodeMap }: Pick<PipelineRules, 'consentCodeMap'>,
  book: PersonBook,
): Person {
  const { event } = logged;
  const { email, formerEmail } = book.meet(event, logged.seq);
  const said = readConsent(event.context, consentCodeMap);
  if (said !== undefined) book.decide(logged, said, email);
  return { email, formerEmail, choices: said ?? book.recordedChoices(event, email) };
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
export function judged(
  logged: LoggedEvent,
  integration: Integration,
  person: Person,
  { nowMs, onError }: Pick<DecideContext, 'nowMs' | 'onError'>,
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
  if (!integration.enabled) return verdictOf(logged, integration, 'skipped', 'INTEGRATION_DISABLED');
  const mapped = mapEvent(logged.event, integration, person);
  if (mapped.kind === 'dropped') return verdictOf(logged, integration, 'dropped', 'EVENT_NOT_ENABLED');
  if (mapped.kind === 'refused') {
    const detail = { needed: integration.consentCategories, known: person.choices };
    return verdictOf(logged, integration, 'filtered', mapped.code, detail);
  }
  const rules = mapped.results.map((result) => gate(result, integration));
  if (rules.some(({ kind }) => kind === 'no-address')) {
    return person.email === undefined
      ? verdictOf(logged, integration, 'parked', 'NO_EMAIL')
      : verdictOf(logged, integration, 'invalid', 'NO_EMAIL', details(rules));
  }
  if (rules.some(({ kind }) => kind === 'operation')) {
    addJobs(rules, logged, integration, jobs, nowMs);
    return verdictOf(logged, integration, 'mapped', undefined, details(rules));
  }
  const reason =
    rules.find((rule) => rule.kind === 'invalid') ?? rules.find((rule) => rule.kind === 'skipped');
  return reason === undefined
    ? verdictOf(logged, integration, 'dropped', 'EVENT_NOT_ENABLED')
    : verdictOf(logged, integration, reason.kind, reason.code, details(rules));
}

export type Mapped = Evaluation | { readonly kind: 'refused'; readonly code: OutcomeCode };

/** What an integration's blueprint makes of an event, if it wants it and its person allows it. */
export function mapEvent(event: CanonicalEvent, integration: Integration, person: Person): Mapped {
  if (!integration.mapper.wants(asJson(event))) return UNWANTED;
  const refusal = consentRefusal(judgeConsent(person.choices, integration.consentCategories), integration);
  if (refusal !== undefined) return { kind: 'refused', code: refusal };
  return integration.mapper.evaluate(mappingInput(event, person));
}

const UNWANTED: Mapped = { kind: 'dropped' };

function verdictOf(
  { seq }: LoggedEvent,
  { id, revisionId }: Integration,
  state: VerdictState,
  code?: OutcomeCode,
  detail?: JsonObject,
): Verdict {
  if (code === undefined)
    return detail === undefined
      ? { seq, integrationId: id, revisionId, state }
      : { seq, integrationId: id, revisionId, state, detail };
  return detail === undefined
    ? { seq, integrationId: id, revisionId, state, code }
    : { seq, integrationId: id, revisionId, state, code, detail };
}

function addJobs(
  rules: readonly Gated[],
  { event, seq, pipelineId }: LoggedEvent,
  { id, templateId, revisionId, lane }: Integration,
  jobs: NewJob[],
  enqueuedAtMs: number,
): void {
  const subjects = subjectsOf(event);
  for (const gated of rules) {
    if (gated.kind !== 'operation') continue;
    const { rule, action, payload, contacts } = gated;
    jobs.push({
      lane,
      pipelineId,
      integrationId: id,
      templateId,
      revisionId,
      seq,
      rule,
      replayId: '',
      action,
      payload,
      contacts,
      subjects,
      enqueuedAtMs,
    });
  }
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
function mappingInput(event: CanonicalEvent, { email, formerEmail, choices }: Person): JsonObject {
  // Spreading is ten times slower than assigning for objects that come out of JSON.parse.
  const input: Record<string, JsonValue> = Object.assign({}, asJson(event));
  input['consent'] = choices;
  if (email !== undefined) input['email'] = email;
  if (formerEmail !== undefined) input['previous_email'] = formerEmail;
  return input;
}

/** An event is JSON: its type names the members that every event has. */
function asJson(event: CanonicalEvent): JsonObject {
  return event as unknown as JsonObject;
}
