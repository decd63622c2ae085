/** What holds for an event: the integrations of its pipeline at its place in the log. It must not know how blueprints or settings are written. */
import type { ConsentCodeMap } from '../event/consent.ts';
import type { Email } from '../event/email.ts';
import { Failure, type Problem } from '../event/failure.ts';
import type { JsonObject } from '../event/json.ts';
import type { OutcomeCode } from '../event/outcome.ts';
import type {
  ConfigStore,
  Pin,
  PipelineIntegration,
  Revision,
  Template,
} from '../store/ports/config-store.ts';
import type { Seq } from '../store/ports/event-log.ts';

/** What mapping one event gave, rule by rule. The blueprint room's `Evaluation` has this shape. */
export type Evaluation =
  | { readonly kind: 'dropped' }
  | { readonly kind: 'evaluated'; readonly results: readonly RuleResult[] };

export type RuleResult =
  | {
      readonly outcome: 'operation';
      readonly rule: string;
      readonly action: string;
      readonly payload: JsonObject;
    }
  | { readonly outcome: 'skipped'; readonly rule: string; readonly code: OutcomeCode }
  | {
      readonly outcome: 'invalid';
      readonly rule: string;
      readonly code: OutcomeCode;
      readonly problems: readonly Problem[];
    };

/** A compiled blueprint, as processing sees it. */
export interface Mapper {
  /** Cheap: whether some enabled rule is for this event. */
  wants(event: JsonObject): boolean;
  /** Pure; never throws. */
  evaluate(input: JsonObject): Evaluation;
}

/** An action, as processing sees it. */
export interface ActionGate {
  /** Why these settings cannot perform it; undefined when they can. */
  readonly unavailable: string | undefined;
  /** The addresses that the payload belongs to; empty when it names none. */
  contacts(payload: JsonObject): readonly Email[];
  check(
    payload: JsonObject,
  ):
    | { readonly ok: true; readonly payload: JsonObject }
    | { readonly ok: false; readonly problems: readonly Problem[] };
}

/** One revision of one template, made ready. */
export interface CompiledRevision {
  readonly mapper: Mapper;
  readonly actions: ReadonlyMap<string, ActionGate>;
  readonly consentCategories: readonly string[];
  readonly missingConsent: 'deny' | 'allow';
}

/** How the composition root makes a revision ready, with the pipeline's own parameters. Both reject what they cannot use by throwing. */
export interface RevisionCompiler {
  compile(
    template: Template,
    revision: Revision,
    parameters: Readonly<Record<string, string>>,
  ): CompiledRevision;
  /** The account that the newest settings name. */
  lane(template: Template, newest: Revision): string;
}

export interface Integration extends CompiledRevision {
  readonly id: string;
  readonly templateId: string;
  readonly revisionId: string;
  readonly enabled: boolean;
  readonly lane: string;
}

export interface PipelineRules {
  readonly consentCodeMap: ConsentCodeMap;
  /** The integrations as they stand for an event at this place. */
  integrationsAt(seq: Seq): readonly Integration[];
  /** The integrations as they stand now. */
  current(): readonly Integration[];
}

export interface Configuration {
  readonly version: number;
  pipeline(id: string): PipelineRules | undefined;
}

/**
 * Reads the whole configuration and compiles what is new; compiled revisions are kept in the given cache. A revision
 * that cannot be used (any more) is told to `onError` and makes its own integration's events invalid, nobody else's.
 */
export async function loadConfiguration(
  store: ConfigStore,
  compiler: RevisionCompiler,
  cache: Map<string, CompiledRevision>,
  onError: (error: unknown) => void,
): Promise<Configuration> {
  const version = await store.version();
  const [pipelines, templates, integrations, pins] = await Promise.all([
    store.pipelines(),
    store.templates(),
    store.integrations(),
    store.pins(),
  ]);
  const revisions = new Map<string, readonly Revision[]>();
  for (const template of templates) revisions.set(template.id, await store.revisions(template.id));

  const rules = new Map<string, PipelineRules>();
  for (const pipeline of pipelines) {
    const own = integrations.filter((integration) => integration.pipelineId === pipeline.id);
    const timelines = own.flatMap((integration) => {
      const template = templates.find(({ id }) => id === integration.templateId);
      return template === undefined
        ? []
        : [
            timelineOf(
              integration,
              template,
              revisions.get(template.id) ?? [],
              pins,
              pipeline.parameters,
              createWorkshop(compiler, cache, onError),
            ),
          ];
    });
    rules.set(pipeline.id, {
      consentCodeMap: codeMapOf(pipeline.config),
      integrationsAt: byPlace(timelines),
      current: () => timelines.flatMap(({ at }) => at(Number.MAX_SAFE_INTEGER) ?? []),
    });
  }
  return { version, pipeline: (id) => rules.get(id) };
}

/** One integration through the log: how it stands at a place, and behind which places it changes. */
interface Timeline {
  readonly changesAfter: readonly Seq[];
  at(seq: Seq): Integration | undefined;
}

/** The log is read in order, so the answer is the last one until the next change. */
function byPlace(timelines: readonly Timeline[]): PipelineRules['integrationsAt'] {
  const changes = timelines.flatMap(({ changesAfter }) => changesAfter).sort((a, b) => a - b);
  let after = Number.POSITIVE_INFINITY;
  let through = Number.NEGATIVE_INFINITY;
  let integrations: readonly Integration[] = [];
  return (seq) => {
    if (seq > after && seq <= through) return integrations;
    after = changes.findLast((change) => change < seq) ?? Number.NEGATIVE_INFINITY;
    through = changes.find((change) => change >= seq) ?? Number.POSITIVE_INFINITY;
    integrations = timelines.flatMap(({ at }) => at(seq) ?? []);
    return integrations;
  };
}

function timelineOf(
  integration: PipelineIntegration,
  template: Template,
  revisions: readonly Revision[],
  pins: readonly Pin[],
  parameters: Readonly<Record<string, string>>,
  workshop: Workshop,
): Timeline {
  const newest = revisions.reduce<Revision | undefined>(
    (best, revision) => (best === undefined || revision.number > best.number ? revision : best),
    undefined,
  );
  const lane = newest === undefined ? '' : workshop.lane(template, newest);
  const own = pins
    .filter((pin) => pin.integrationId === integration.id)
    .sort((a, b) => a.afterSeq - b.afterSeq);
  const made = new Map<Pin, Integration>();
  const at = (seq: Seq): Integration | undefined => {
    const pin = own.findLast(({ afterSeq }) => afterSeq < seq);
    const revision = revisions.find(({ id }) => id === pin?.revisionId);
    if (pin === undefined || revision === undefined) return undefined;
    const known = made.get(pin);
    if (known !== undefined) return known;
    const entry: Integration = {
      ...(lane === undefined ? UNUSABLE : workshop.compiled(template, revision, parameters)),
      id: integration.id,
      templateId: template.id,
      revisionId: revision.id,
      enabled: pin.enabled,
      lane: lane ?? '',
    };
    made.set(pin, entry);
    return entry;
  };
  return { changesAfter: own.map(({ afterSeq }) => afterSeq), at };
}

interface Workshop {
  compiled(
    template: Template,
    revision: Revision,
    parameters: Readonly<Record<string, string>>,
  ): CompiledRevision;
  /** Undefined when the settings name no account that this program could reach. */
  lane(template: Template, newest: Revision): string | undefined;
}

/** The compiler, with what cannot be used as a value and each revision compiled once. */
function createWorkshop(
  compiler: RevisionCompiler,
  cache: Map<string, CompiledRevision>,
  onError: (error: unknown) => void,
): Workshop {
  const tried = <T>(work: () => T, otherwise: (error: unknown) => T): T => {
    try {
      return work();
    } catch (error) {
      onError(error);
      return otherwise(error);
    }
  };
  return {
    compiled(template, revision, parameters) {
      const key = `${revision.id} ${JSON.stringify(parameters)}`;
      const compiled =
        cache.get(key) ?? tried(() => compiler.compile(template, revision, parameters), unusable);
      cache.set(key, compiled);
      return compiled;
    },
    lane: (template, newest) =>
      tried<string | undefined>(
        () => compiler.lane(template, newest),
        () => undefined,
      ),
  };
}

/** Makes every event invalid, with what is wrong with the revision. */
function unusable(error: unknown): CompiledRevision {
  const known = error instanceof Failure ? (error.details ?? [{ path: '', message: error.message }]) : [];
  const problems = known.length > 0 ? known : [{ path: '', message: 'This revision cannot be used.' }];
  return {
    mapper: {
      wants: () => true,
      evaluate: () => ({
        kind: 'evaluated',
        results: [{ outcome: 'invalid', rule: '*', code: 'MAPPING_FAILED', problems }],
      }),
    },
    actions: new Map(),
    consentCategories: [],
    missingConsent: 'deny',
  };
}

const UNUSABLE = unusable(undefined);

function codeMapOf(config: JsonObject): ConsentCodeMap {
  const map = config['consent_code_map'];
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return {};
  return Object.fromEntries(
    Object.entries(map).flatMap(([code, category]) =>
      typeof category === 'string' ? [[code, category]] : [],
    ),
  );
}
