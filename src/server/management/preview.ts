/** A dry run: what an event would lead to with a blueprint, from its normal form to the requests. It writes nothing and sends nothing. */
import type { Clock } from '../../clock.ts';
import type { Cache } from '../../destination/cache.ts';
import type { CompiledDestination } from '../../destination/compile.ts';
import { type ConsentChoices, judgeConsent, readConsent } from '../../event/consent.ts';
import { Failure, type Problem } from '../../event/failure.ts';
import type { JsonObject } from '../../event/json.ts';
import { parseEvent } from '../../intake/parse-event.ts';
import {
  type Configuration,
  type Integration,
  loadConfiguration,
  type RevisionCompiler,
} from '../../processing/configuration.ts';
import { type Decisions, decideEvent } from '../../processing/decide.ts';
import { aliasedKeys, mentionedEmails, PersonBook, visitorKeys } from '../../processing/person-book.ts';
import type { Pipeline, Revision, Template } from '../../store/ports/config-store.ts';
import type { LoggedEvent } from '../../store/ports/event-log.ts';
import type { NewJob } from '../../store/ports/queue.ts';
import type { Verdict } from '../../store/ports/steps.ts';
import type { Store } from '../../store/store.ts';
import { validationFailed } from './http/body.ts';
import { defaultPipeline, inBlueprint } from './install.ts';
import { findTemplate, findVendor, newestRevision } from './lookup.ts';
import type { Ports } from './ports.ts';
import { createRehearser, type Rehearsal } from './rehearse.ts';
import { clearSettings } from './settings.ts';

/** Stands for an event that was pasted and is in no log. */
export const PASTED_EVENT_ID = 'evt_pasted';

/** Newest events that a draft's sources are held to. */
const SAMPLE_EVENTS = 100;

/** What only a preview needs. */
export interface PreviewPorts {
  readonly compiler: RevisionCompiler;
  readonly destinations: ReadonlyMap<string, CompiledDestination>;
  /** What delivery knows of an account. */
  cacheOf(account: string): Cache;
  readonly allowedOrigins: readonly string[];
  readonly trackingUrl?: string;
}

export interface PreviewRequest {
  readonly blueprint?: JsonObject;
  readonly event?: JsonObject;
  readonly event_ids?: readonly string[];
  readonly pipeline_id?: string;
}

export interface PreviewedOperation extends Rehearsal {
  readonly rule: string;
  readonly action: string;
  readonly payload: JsonObject;
  readonly contacts: readonly string[];
}

/** What one version of the blueprint makes of the event. */
export interface Outlook {
  readonly verdict: Verdict;
  readonly operations: readonly PreviewedOperation[];
}

export interface Trace extends Outlook {
  readonly event: LoggedEvent;
  /** What parsing changed in a pasted event. */
  readonly notes: object;
  readonly email: string | undefined;
  readonly consent: {
    readonly needed: readonly string[];
    readonly known: ConsentChoices;
    readonly source: 'event' | 'recorded' | 'nothing';
    readonly judgement: string;
  };
  /** With the present blueprint, when another was given. */
  readonly before?: Outlook;
}

export interface Preview {
  readonly traces: readonly Trace[];
  /** What is doubtful in a draft; none of it keeps the draft from being used. */
  readonly problems: readonly Problem[];
}

/**
 * Traces a pasted event, or recorded ones, through the newest revision or a draft of its blueprint, with identity and
 * consent as they are now. Throws NOT_FOUND, VALIDATION_FAILED, BLUEPRINT_INVALID.
 */
export async function preview(
  ports: Ports,
  previewPorts: PreviewPorts,
  templateId: string,
  request: PreviewRequest,
): Promise<Preview> {
  const template = await findTemplate(ports.store.config, templateId);
  const newest = await newestRevision(ports.store.config, templateId);
  requireUsable(ports, template, request.blueprint);
  const pipeline = await pipelineFor(ports, templateId, request.pipeline_id);
  const events = await eventsOf(ports, pipeline, request);
  const problems = await warningsOf(ports, template, request.blueprint, events);
  const stage = await stageFor(ports, previewPorts, template, newest);
  const traces: Trace[] = [];
  for (const { logged, notes } of events) {
    const now = await stage.play(logged, request.blueprint ?? newest.blueprint);
    const before = request.blueprint === undefined ? undefined : await stage.play(logged, newest.blueprint);
    traces.push({
      event: logged,
      notes,
      ...now,
      ...(before === undefined ? {} : { before: { verdict: before.verdict, operations: before.operations } }),
    });
  }
  return { traces, problems };
}

/** Throws BLUEPRINT_INVALID with every mistake of a draft. */
function requireUsable(ports: Ports, template: Template, blueprint: JsonObject | undefined): void {
  if (blueprint === undefined) return;
  const mistakes = findVendor(ports.vendors, template.catalogVendorKey).checkBlueprint(blueprint);
  if (mistakes.length === 0) return;
  const { message } = validationFailed(mistakes);
  throw new Failure('BLUEPRINT_INVALID', message, { details: mistakes.map(inBlueprint) });
}

/** What is doubtful in a draft, held to the events that are previewed and to the newest that were received. */
async function warningsOf(
  ports: Ports,
  template: Template,
  blueprint: JsonObject | undefined,
  previewed: readonly Staged[],
): Promise<readonly Problem[]> {
  if (blueprint === undefined) return [];
  const { data } = await ports.store.reads.events({}, SAMPLE_EVENTS);
  const samples = [...previewed.map(({ logged }) => logged), ...data].map(({ event }) => event);
  const vendor = findVendor(ports.vendors, template.catalogVendorKey);
  return vendor.warnings(blueprint, samples).map(inBlueprint);
}

/** The named pipeline; else the first that the integration is attached to; else the default one. */
async function pipelineFor(ports: Ports, templateId: string, id: string | undefined): Promise<Pipeline> {
  const { config } = ports.store;
  const [pipelines, integrations] = await Promise.all([config.pipelines(), config.integrations()]);
  const wanted = id ?? integrations.find((integration) => integration.templateId === templateId)?.pipelineId;
  const found =
    wanted === undefined ? defaultPipeline(pipelines) : pipelines.find((pipeline) => pipeline.id === wanted);
  if (found === undefined) throw validationFailed([{ path: 'pipeline_id', message: 'names no pipeline' }]);
  return found;
}

interface Staged {
  readonly logged: LoggedEvent;
  readonly notes: object;
}

async function eventsOf(
  ports: Ports,
  pipeline: Pipeline,
  request: PreviewRequest,
): Promise<readonly Staged[]> {
  if ((request.event === undefined) === (request.event_ids === undefined)) {
    throw validationFailed([{ path: 'event', message: 'or event_ids is required, and only one of them' }]);
  }
  if (request.event !== undefined) return [await pasted(ports, pipeline, request.event)];
  const found = await Promise.all((request.event_ids ?? []).map((id) => ports.store.reads.event(id)));
  const missing = found.flatMap((event, index) =>
    event === undefined ? [{ path: `event_ids.${index}`, message: 'names no event' }] : [],
  );
  if (missing.length > 0) throw validationFailed(missing);
  return found.flatMap((event) => (event === undefined ? [] : [{ logged: event, notes: {} }]));
}

/** A pasted event is parsed as ingestion parses it. It counts as received now, behind the newest one. */
async function pasted(ports: Ports, pipeline: Pipeline, raw: JsonObject): Promise<Staged> {
  const receivedAtMs = ports.clock.now();
  const parsed = parseEvent(raw, { receivedAtMs }, ports.random);
  if (!parsed.ok) {
    const path = parsed.path === '' ? 'event' : `event.${parsed.path}`;
    throw validationFailed([{ path, message: parsed.message }]);
  }
  const seq = (await ports.store.log.head()) + 1;
  const logged = { id: PASTED_EVENT_ID, seq, pipelineId: pipeline.id, event: parsed.event, receivedAtMs };
  return { logged, notes: parsed.notes };
}

interface Stage {
  play(logged: LoggedEvent, blueprint: JsonObject): Promise<Omit<Trace, 'event' | 'notes' | 'before'>>;
}

/** Everything that stays the same from event to event. */
async function stageFor(
  ports: Ports,
  { compiler, destinations, cacheOf, ...reach }: PreviewPorts,
  template: Template,
  newest: Revision,
): Promise<Stage> {
  const destination = destinations.get(template.catalogVendorKey);
  if (destination === undefined) throw new TypeError(`No destination for ${template.catalogVendorKey}.`);
  const { config } = ports.store;
  const configuration = await loadConfiguration(config, compiler, new Map(), notOurs);
  const pipelines = await config.pipelines();
  const lane = compiler.lane(template, newest);
  const environment = {
    ...reach,
    destination,
    settings: clearSettings(newest, ports.vault),
    cache: cacheOf(lane),
    clock: ports.clock,
  };
  const compiled = new Map<string, Integration>();
  const integrationFor = (pipelineId: string, blueprint: JsonObject): Integration => {
    const key = `${pipelineId} ${blueprint === newest.blueprint}`;
    const parameters = pipelines.find(({ id }) => id === pipelineId)?.parameters ?? {};
    const integration = compiled.get(key) ?? {
      ...compiler.compile(template, { ...newest, blueprint }, parameters),
      id: 'pi_preview',
      templateId: template.id,
      revisionId: newest.id,
      enabled: true,
      lane,
    };
    compiled.set(key, integration);
    return integration;
  };
  return {
    async play(logged, blueprint) {
      const integration = integrationFor(logged.pipelineId, blueprint);
      const ask = (of: Integration): Promise<Decided> =>
        decide(ports.store, configuration, of, logged, ports.clock);
      const decided = await ask(integration);
      const plan = isRefused(decided) ? await ask(consented(integration)) : decided;
      const operations: PreviewedOperation[] = [];
      const rehearser = createRehearser(environment);
      for (const { rule, action, payload, contacts } of plan.jobs) {
        const rehearsal = await rehearser.rehearse(action, payload);
        operations.push({ rule, action, payload, contacts, ...rehearsal });
      }
      const { email, consent, verdict } = decided;
      return { email, consent, verdict: withRulesOf(plan.verdict, verdict), operations };
    },
  };
}

/** Consent stops the sending, not the looking: the mapping is shown as it would be with consent. */
function consented(integration: Integration): Integration {
  return { ...integration, consentCategories: [], missingConsent: 'allow' };
}

function isRefused({ verdict }: Decided): boolean {
  return verdict.code === 'CONSENT_DENIED' || verdict.code === 'CONSENT_UNKNOWN';
}

/** The verdict as it is, with what the rules would have made. */
function withRulesOf({ detail }: Verdict, verdict: Verdict): Verdict {
  const rules = detail?.['rules'];
  return rules === undefined ? verdict : { ...verdict, detail: { ...verdict.detail, rules } };
}

/** Processing tells of other integrations that cannot be used; a preview asks only for its own. */
const notOurs = (): void => {};

/** A preview has nobody to go on for. */
function rethrow(error: unknown): never {
  throw error;
}

interface Decided extends Pick<Trace, 'verdict' | 'email' | 'consent'> {
  readonly jobs: readonly NewJob[];
}

/** The very decision that processing would make, with the person ledger as it is now; nothing of it is written. */
async function decide(
  store: Store,
  configuration: Configuration,
  integration: Integration,
  logged: LoggedEvent,
  clock: Clock,
): Promise<Decided> {
  const { event, seq, pipelineId } = logged;
  const keys = [...visitorKeys(event), ...aliasedKeys(event)];
  const snapshot = await store.ledger.load(pipelineId, keys, mentionedEmails(event), []);
  const book = new PersonBook(pipelineId, snapshot);
  const consentCodeMap = configuration.pipeline(pipelineId)?.consentCodeMap ?? {};
  const rules = {
    consentCodeMap,
    integrationsAt: () => [integration],
    current: () => [integration],
  };
  const into: Decisions = { verdicts: [], jobs: [], addresses: [] };
  const context = { rules, book, parkedEvents: new Map(), nowMs: clock.now(), parkMs: 0, onError: rethrow };
  decideEvent(logged, context, into);
  const verdict = into.verdicts.find((one) => one.seq === seq);
  if (verdict === undefined) throw new TypeError('Processing gave no verdict on the event.');
  const email = into.addresses.find((one) => one.seq === seq)?.email;
  const said = readConsent(event.context, consentCodeMap);
  const known = said ?? book.recordedChoices(event, email);
  const recorded = Object.keys(known).length > 0 ? 'recorded' : 'nothing';
  return {
    verdict,
    email,
    jobs: into.jobs.filter((job) => job.seq === seq),
    consent: {
      needed: integration.consentCategories,
      known,
      source: said === undefined ? recorded : 'event',
      judgement: judgeConsent(known, integration.consentCategories),
    },
  };
}
