/** A store in memory, as much of it as the management API asks: configuration, reads that tests fill, states of accounts. */
import { Failure } from '../../../src/event/failure.ts';
import type {
  Activity,
  DeliveryDetail,
  EventSummary,
  LaneStatus,
  Pin,
  Pipeline,
  PipelineIntegration,
  Revision,
  StatsBucket,
  Stop,
  Store,
  Template,
} from '../../../src/store/port.ts';

export interface MemoryStore extends Store {
  readonly filled: {
    readonly events: EventSummary[];
    readonly deliveries: DeliveryDetail[];
    readonly activity: Activity[];
    readonly stats: StatsBucket[];
    readonly stops: Map<string, Stop>;
    readonly lanes: Map<string, LaneStatus>;
    readonly moves: { readonly templateId: string; readonly to: string }[];
    readonly asked: { filter: unknown; limit: number; cursor: string | undefined }[];
    diskFails: boolean;
  };
}

const missing = (): Promise<never> => Promise.reject(new Error('This store in memory does not do that.'));
const unsubscribe = (): (() => void) => () => undefined;

export function memoryStore(pipelines: readonly Pipeline[]): MemoryStore {
  const filled: MemoryStore['filled'] = {
    events: [],
    deliveries: [],
    activity: [],
    stats: [],
    stops: new Map(),
    lanes: new Map(),
    moves: [],
    asked: [],
    diskFails: false,
  };
  return {
    filled,
    config: memoryConfig(pipelines, filled),
    log: {
      append: missing,
      read: missing,
      readMany: async (seqs) => filled.events.filter(({ seq }) => seqs.includes(seq)),
      head: async () => filled.events.length,
      onAppend: unsubscribe,
    },
    ledger: { load: missing, decisionsOf: missing },
    steps: { cursor: missing, commit: missing, expiredParked: missing, expire: missing },
    queue: {
      claim: missing,
      renew: missing,
      release: missing,
      take: missing,
      markSending: missing,
      settle: missing,
      interrupted: missing,
      lanes: missing,
      resume: missing,
      cancel: missing,
      requeue: missing,
      submitted: missing,
      onWork: unsubscribe,
      status: async (lane) => filled.lanes.get(lane) ?? { lane, waiting: 0, notBeforeMs: 0 },
      stopsOfTemplates: async () => filled.stops,
    },
    reads: {
      events: async (filter, limit, cursor) => {
        filled.asked.push({ filter, limit, cursor });
        return { data: filled.events.slice(0, limit), nextCursor: null };
      },
      event: async (id) => filled.events.find((event) => event.id === id),
      deliveries: async (filter, limit, cursor) => {
        filled.asked.push({ filter, limit, cursor });
        return { data: filled.deliveries.slice(0, limit), nextCursor: null };
      },
      delivery: async (id) => filled.deliveries.find((delivery) => delivery.id === id),
      activity: async (after, limit) =>
        filled.activity.filter(({ position }) => position > after).slice(0, limit),
      activityHead: async () => filled.activity.at(-1)?.position ?? 0,
      stats: async () => filled.stats,
    },
    upkeep: {
      sweep: missing,
      probe: async () => {
        if (filled.diskFails) throw new Failure('STORE_UNAVAILABLE', 'The disk takes no writes.');
      },
    },
    close: async () => undefined,
  };
}

function memoryConfig(made: readonly Pipeline[], filled: MemoryStore['filled']): Store['config'] {
  let version = 0;
  const pipelines = new Map(made.map((pipeline) => [pipeline.id, pipeline]));
  const templates = new Map<string, Template>();
  const revisions: Revision[] = [];
  const integrations = new Map<string, PipelineIntegration>();
  const pins: Pin[] = [];
  const pin = (integration: PipelineIntegration): void => {
    integrations.set(integration.id, integration);
    const { id: integrationId, revisionId, enabled } = integration;
    pins.push({ integrationId, afterSeq: filled.events.length, revisionId, enabled });
    version += 1;
  };
  const put = (template: Template): void => {
    for (const other of templates.values()) {
      if (other.name === template.name && other.id !== template.id) {
        throw new Failure('NAME_TAKEN', `There is already an integration named "${template.name}".`);
      }
    }
    templates.set(template.id, template);
    version += 1;
  };
  return {
    version: async () => version,
    pipelines: async () => [...pipelines.values()],
    putPipeline: async (pipeline) => void pipelines.set(pipeline.id, pipeline),
    templates: async () => [...templates.values()],
    revisions: async (templateId) => revisions.filter((revision) => revision.templateId === templateId),
    revision: async (id) => revisions.find((revision) => revision.id === id),
    integrations: async () => [...integrations.values()],
    pins: async () => pins,
    install: async (template, revision, integration) => {
      put(template);
      revisions.push(revision);
      pin(integration);
    },
    putTemplate: async (template) => put(template),
    addRevision: async (revision, pinned, move) => {
      revisions.push(revision);
      pinned.forEach(pin);
      if (move !== undefined) filled.moves.push(move);
    },
    putIntegration: async (integration) => pin(integration),
    deleteTemplate: async (id) => {
      templates.delete(id);
      for (const integration of integrations.values()) {
        if (integration.templateId === id) integrations.delete(integration.id);
      }
    },
    deleteIntegration: async (id) => void integrations.delete(id),
    onChange: unsubscribe,
  };
}
