/** Templates with their newest settings, secrets in clear, ready to send. It must not know any vendor, and keeps no secret longer than its configuration version. */
import type { Clock } from '../clock.ts';
import {
  type ActionFacts,
  type BatchPerformed,
  type BeforeSend,
  endpointOf,
  type Performed,
  type Polled,
  type Target,
  type Targets,
} from '../delivery/target.ts';
import { type Cache, createCache } from '../destination/cache.ts';
import type { CompiledAction, CompiledDestination } from '../destination/compile.ts';
import { dispatch, openSession, outcomeOfError, poll } from '../destination/dispatch.ts';
import type { DepartingRequest, RequestClient } from '../destination/request-client.ts';
import type { Transport } from '../destination/transport.ts';
import { Failure } from '../event/failure.ts';
import type { JsonObject } from '../event/json.ts';
import type { Endpoint, Outcome } from '../event/outcome.ts';
import { settingAad, type Vault } from '../server/management/settings.ts';
import type { ConfigStore, Revision, Template } from '../store/ports/config-store.ts';
import { ERASE_ACTION } from '../store/ports/erasure.ts';
import { factsOfDeletion, performDeletion } from './deletion.ts';
import { consentOf, type Destinations, destinationOf, laneOf, newestOf } from './revision-compiler.ts';

export interface TargetsOptions {
  readonly config: ConfigStore;
  readonly vault: Vault;
  readonly destinations: Destinations;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly allowedOrigins: readonly string[];
  readonly trackingUrl?: string;
}

interface Directory {
  readonly version: number;
  readonly targets: ReadonlyMap<string, Target>;
  readonly templatesOfLane: ReadonlyMap<string, readonly string[]>;
}

/** Looks templates up by the newest configuration; read anew when its version changes. */
export class TargetDirectory {
  readonly #options: TargetsOptions;
  /** What is known of an account (fields, tags, lists) outlives a change of configuration. */
  readonly #caches = new Map<string, Cache>();
  #directory: Directory | undefined;

  constructor(options: TargetsOptions) {
    this.#options = options;
  }

  readonly target: Targets = async (templateId) => (await this.#current()).targets.get(templateId);

  readonly templatesOf = async (lane: string): Promise<readonly string[]> =>
    (await this.#current()).templatesOfLane.get(lane) ?? [];

  /** What is known of an account, for whoever asks about it besides delivery. */
  cacheOf(lane: string): Cache {
    const cache = this.#caches.get(lane) ?? createCache(this.#options.clock);
    this.#caches.set(lane, cache);
    return cache;
  }

  async #current(): Promise<Directory> {
    const { config } = this.#options;
    const version = await config.version();
    if (this.#directory?.version === version) return this.#directory;
    const targets = new Map<string, Target>();
    const templatesOfLane = new Map<string, string[]>();
    for (const template of await config.templates()) {
      const newest = newestOf(await config.revisions(template.id));
      if (newest === undefined) continue;
      try {
        const lane = laneOf(destinationOf(this.#options.destinations, template), newest.settings);
        targets.set(template.id, this.#target(template, newest, lane));
        templatesOfLane.set(lane, [...(templatesOfLane.get(lane) ?? []), template.id]);
      } catch (error) {
        targets.set(template.id, unusableTarget(template, newest, error));
      }
    }
    this.#directory = { version, targets, templatesOfLane };
    return this.#directory;
  }

  #target(template: Template, revision: Revision, lane: string): Target {
    const { destinations, vault, transport, clock, allowedOrigins, trackingUrl } = this.#options;
    const destination = destinationOf(destinations, template);
    const cache = this.cacheOf(lane);
    const settings = (): JsonObject => ({
      ...revision.settings,
      ...Object.fromEntries(
        Object.entries(revision.sealed).map(([name, sealed]) => [
          name,
          vault.open(sealed, settingAad(template.id, name)),
        ]),
      ),
    });
    const environment = () => ({
      destination,
      settings: settings(),
      transport,
      clock,
      cache,
      allowedOrigins,
      ...(trackingUrl === undefined ? {} : { trackingUrl }),
    });
    const facts = factsOf(destination, revision.settings);
    return {
      ...choicesOf(template, revision),
      action: (slug) => (slug === ERASE_ACTION ? factsOfDeletion(destination) : facts.get(slug)),
      actionsOn: (endpoint) => actionsOn(destination, endpoint),
      perform: ({ payload, beforeSend, ...call }) =>
        begun(
          async () =>
            call.action === ERASE_ACTION
              ? performDeletion({ ...environment(), beforeSend: gate(beforeSend) }, payload, vault)
              : performedOf(
                  await dispatch({
                    ...environment(),
                    ...call,
                    payloads: [payload],
                    beforeSend: gate(beforeSend),
                  }),
                ),
          (outcome, error) => ({ exchanges: [], outcome, error }),
        ),
      performBatch: ({ beforeSend, ...call }) =>
        begun(
          async () => batchOf(await dispatch({ ...environment(), ...call, beforeSend: gate(beforeSend) })),
          (outcome, error) => ({ exchanges: [], outcomes: call.payloads.map(() => outcome), error }),
        ),
      poll: ({ beforeSend, ...call }) =>
        begun(
          async () => polledOf(await poll({ ...environment(), ...call, beforeSend: gate(beforeSend) })),
          (outcome, error) => ({
            exchanges: [],
            pending: true,
            outcomes: outcome.kind === 'stop' ? [outcome] : [],
            error,
          }),
        ),
      probe: (endpoint, beforeSend) =>
        begun(
          () => probe({ ...environment(), beforeSend: gate(beforeSend) }, endpoint),
          (outcome) => outcome,
        ),
    };
  }
}

function choicesOf(
  template: Template,
  { settings }: Revision,
): Pick<Target, 'templateId' | 'consentCategories' | 'missingConsent' | 'unknownOutcome'> {
  return {
    templateId: template.id,
    ...consentOf(settings),
    unknownOutcome: settings['unknown_outcome'] === 'resend' ? 'resend' : 'hold',
  };
}

/** Whatever keeps a call from beginning is an outcome too: an exception would leave its jobs to be taken again and again. */
async function begun<T>(
  call: () => Promise<T>,
  otherwise: (outcome: Outcome, error: unknown) => T,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    return otherwise(outcomeOfBeginning(error), error);
  }
}

function outcomeOfBeginning(error: unknown): Outcome {
  if (!(error instanceof Failure)) return outcomeOfError(error, true);
  return { kind: 'stop', scope: 'integration', code: 'SETTINGS_UNREADABLE', message: error.message };
}

/** Answers every try with the stop of its own integration: its jobs wait, those of others go on. */
function unusableTarget(template: Template, revision: Revision, cause: unknown): Target {
  const message =
    cause instanceof Failure ? cause.message : 'This program cannot use the settings of the integration.';
  const outcome: Outcome = { kind: 'stop', scope: 'integration', code: 'SETTINGS_UNREADABLE', message };
  return {
    ...choicesOf(template, revision),
    action: () => ({ repeatable: true, budget: 'api' }),
    actionsOn: () => [],
    perform: async () => ({ exchanges: [], outcome, error: cause }),
    performBatch: async ({ payloads }) => ({
      exchanges: [],
      outcomes: payloads.map(() => outcome),
      error: cause,
    }),
    poll: async () => ({ exchanges: [], pending: true, outcomes: [outcome], error: cause }),
    probe: async () => outcome,
  };
}

const gate = (beforeSend: BeforeSend) => (request: DepartingRequest) => beforeSend(request.budget);

/** By the action's slug: asked for with every job. */
function factsOf({ actions }: CompiledDestination, settings: JsonObject): ReadonlyMap<string, ActionFacts> {
  return new Map(Object.entries(actions).map(([slug, action]) => [slug, factsOfAction(action, settings)]));
}

function factsOfAction(action: CompiledAction, settings: JsonObject): ActionFacts {
  const { merge, batch } = action.definition;
  return {
    repeatable: action.repeatable,
    budget: action.budget,
    ...(merge === undefined ? {} : { merge: (earlier, later) => merge(earlier, later) as JsonObject }),
    ...(batch === undefined
      ? {}
      : { batch: { ...batch, accepts: (payload) => batch.accepts(payload, settings) } }),
  };
}

/** A deletion for an erased person goes to the API too. */
function actionsOn({ actions }: CompiledDestination, endpoint: Endpoint): readonly string[] {
  const own = Object.values(actions).filter(({ budget }) => endpointOf(budget) === endpoint);
  return [...own.map(({ slug }) => slug), ...(endpoint === 'api' ? [ERASE_ACTION] : [])];
}

type Dispatched = Awaited<ReturnType<typeof dispatch>>;

function told({
  exchanges,
  error,
}: Pick<Dispatched, 'exchanges' | 'error'>): Pick<Performed, 'exchanges' | 'error'> {
  return {
    exchanges: exchanges.map((exchange) => ({ ...exchange }) as unknown as JsonObject),
    ...(error === undefined ? {} : { error }),
  };
}

/** What the action asks a person to mend is the message of what was delivered. */
function performedOf(result: Dispatched): Performed {
  const [outcome] = result.outcomes;
  if (outcome === undefined) throw new TypeError('A dispatch of one payload gave no outcome.');
  const isPlain = result.warnings.length === 0 || outcome.kind !== 'delivered';
  return { ...told(result), outcome: isPlain ? outcome : { ...outcome, message: result.warnings.join(' ') } };
}

function batchOf(result: Dispatched): BatchPerformed {
  const { outcomes, submitted } = result;
  return { ...told(result), outcomes, ...(submitted === undefined ? {} : { submitted }) };
}

function polledOf(result: Awaited<ReturnType<typeof poll>>): Polled {
  return { ...told(result), pending: result.pending, outcomes: result.outcomes };
}

/** A lane waits for its probe: an account that does not answer soon is asked again later. */
const PROBE_TIMEOUT_MS = 3_000;

/** The destination's own test of the credentials, or of its tracking endpoint, as an outcome. */
async function probe(environment: Parameters<typeof openSession>[0], endpoint: Endpoint): Promise<Outcome> {
  const { definition } = environment.destination;
  const session = openSession(environment);
  const request: RequestClient = (url, options) =>
    session.request(url, { timeout: PROBE_TIMEOUT_MS, ...options });
  try {
    const asked = { settings: environment.settings, context: session.input.context };
    const testAuthentication = definition.authentication?.testAuthentication;
    if (endpoint === 'tracking' && definition.testTracking !== undefined)
      await definition.testTracking(request, asked);
    else await testAuthentication?.(request, asked);
    return { kind: 'delivered', code: 'DELIVERED' };
  } catch (error) {
    return outcomeOfError(error, true);
  }
}
