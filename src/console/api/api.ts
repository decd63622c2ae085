/** Every route of the management API that the console uses, typed. It must not know what is done with the answers. */
import type {
  Action,
  CatalogVendor,
  Choice,
  ConnectionReport,
  Delivery,
  DeliveryDetail,
  Installed,
  JsonObject,
  Page,
  Person,
  PersonDetail,
  Pipeline,
  PipelineIntegration,
  PreviewAnswer,
  ReasonCount,
  ReceivedEvent,
  RemovedTemplate,
  Replay,
  ReplayEstimate,
  ReplayMapping,
  Revision,
  RevisionDiff,
  ServiceInfo,
  StatsBucket,
  TemplateStatus,
  TransformWord,
} from './answers.ts';
import type { Client } from './client.ts';

export interface EventFilter {
  /** Whatever somebody types: an address, an id, or how the event's name begins. */
  readonly q?: string | undefined;
  readonly type?: string | undefined;
  readonly event?: string | undefined;
  readonly user?: string | undefined;
  readonly email?: string | undefined;
  readonly status?: string | undefined;
  readonly integration_id?: string | undefined;
  readonly since?: string | undefined;
}

export interface DeliveryFilter {
  readonly status?: string | undefined;
  readonly integration_id?: string | undefined;
  readonly action?: string | undefined;
  readonly code?: string | undefined;
  readonly email?: string | undefined;
  readonly since?: string | undefined;
  readonly replayed?: 'true' | 'false' | undefined;
}

/** What a replay or a cancellation is about: some deliveries, or all that fit a filter. */
export type Selection = { readonly ids: readonly string[] } | { readonly filter: DeliveryFilter };

/** As `Selection`, of events. */
export type EventSelection =
  | { readonly ids: readonly string[] }
  | { readonly filter: Omit<EventFilter, 'q' | 'type' | 'user'> };

export interface InstallRequest {
  readonly name: string;
  readonly variant?: string;
  readonly blueprint?: JsonObject;
  readonly config: JsonObject;
  readonly delivery_mode: 'server_side';
}

export interface PreviewRequest {
  readonly blueprint?: JsonObject;
  readonly event?: JsonObject;
  readonly event_ids?: readonly string[];
}

export interface ErasedSubject {
  readonly email?: string;
  readonly userId?: string;
  readonly anonymousId?: string;
}

export type Api = ReturnType<typeof createApi>;

const at = encodeURIComponent;

export function createApi({ call }: Client) {
  return {
    service: () => call<ServiceInfo>('GET', '/service'),
    catalog: () => call<Page<CatalogVendor>>('GET', '/integration-catalog', { query: { limit: 100 } }),
    vendor: (key: string) => call<CatalogVendor>('GET', `/integration-catalog/${at(key)}`),
    install: (key: string, body: InstallRequest) =>
      call<Installed>('POST', `/integration-catalog/${at(key)}/install`, { body }),
    testNewConnection: (key: string, config: JsonObject) =>
      call<ConnectionReport>('POST', `/integration-catalog/${at(key)}/test-connection`, { body: { config } }),
    ...templateRoutes(call),
    ...pipelineRoutes(call),
    ...activityRoutes(call),
    ...peopleRoutes(call),
  };
}

function templateRoutes(call: Client['call']) {
  const place = (id: string): string => `/integration-templates/${at(id)}`;
  return {
    templates: () => call<Page<TemplateStatus>>('GET', '/integration-templates', { query: { limit: 100 } }),
    template: (id: string) => call<TemplateStatus>('GET', place(id)),
    patchTemplate: (id: string, body: { readonly name?: string; readonly description?: string }) =>
      call<TemplateStatus>('PATCH', place(id), { body }),
    deleteTemplate: (id: string, keepalive = false) => call<undefined>('DELETE', place(id), { keepalive }),
    removedTemplates: () =>
      call<{ readonly data: readonly RemovedTemplate[] }>('GET', '/removed-integration-templates'),
    undelete: (id: string) => call<TemplateStatus>('POST', `${place(id)}/undelete`),
    resume: (id: string) => call<TemplateStatus>('POST', `${place(id)}/resume`),
    testConnection: (id: string, config: JsonObject) =>
      call<ConnectionReport>('POST', `${place(id)}/test-connection`, { body: { config } }),
    revisions: (id: string, cursor?: string) =>
      call<Page<Revision>>('GET', `${place(id)}/revisions`, { query: { limit: 50, cursor } }),
    revision: (id: string, number: number) => call<Revision>('GET', `${place(id)}/revisions/${number}`),
    revise: (
      id: string,
      body: {
        readonly blueprint?: JsonObject;
        readonly config?: JsonObject;
        readonly change_summary: string;
        readonly publish?: boolean;
      },
    ) => call<Revision>('POST', `${place(id)}/revisions`, { body }),
    restore: (id: string, number: number, change_summary: string) =>
      call<Revision>('POST', `${place(id)}/revisions/${number}/restore`, { body: { change_summary } }),
    revisionDiff: (id: string, number: number, against: number) =>
      call<RevisionDiff>('GET', `${place(id)}/revisions/${number}/diff`, { query: { against } }),
    draftDiff: (id: string, body: { readonly blueprint?: JsonObject; readonly config?: JsonObject }) =>
      call<RevisionDiff>('POST', `${place(id)}/diff`, { body }),
    preview: (id: string, body: PreviewRequest, signal?: AbortSignal) =>
      call<PreviewAnswer>('POST', `${place(id)}/preview`, { body, signal }),
    actions: (id: string) => call<{ readonly data: readonly Action[] }>('GET', `${place(id)}/actions`),
    choices: (id: string, action: string, field: string, query: string) =>
      call<Page<Choice>>('GET', `${place(id)}/actions/${at(action)}/fields/${at(field)}/choices`, {
        query: { query },
      }),
    vocabulary: () => call<{ readonly transforms: readonly TransformWord[] }>('GET', '/blueprint-vocabulary'),
  };
}

function pipelineRoutes(call: Client['call']) {
  return {
    pipelines: () => call<Page<Pipeline>>('GET', '/pipelines', { query: { limit: 100 } }),
    rotateKey: (id: string) =>
      call<{ readonly pipeline: Pipeline; readonly pipeline_key_secret: string }>(
        'POST',
        `/pipelines/${at(id)}/rotate-key`,
      ),
    sendTestEvent: (id: string, event: JsonObject) =>
      call<{ readonly message_id: string }>('POST', `/pipelines/${at(id)}/test-event`, { body: { event } }),
    attachments: () =>
      call<Page<PipelineIntegration>>('GET', '/pipeline-integrations', { query: { limit: 100 } }),
    patchAttachment: (id: string, body: { readonly enabled?: boolean; readonly revision_id?: string }) =>
      call<PipelineIntegration>('PATCH', `/pipeline-integrations/${at(id)}`, { body }),
  };
}

function activityRoutes(call: Client['call']) {
  return {
    events: (filter: EventFilter, limit: number, cursor?: string) =>
      call<Page<ReceivedEvent>>('GET', '/events', { query: { ...filter, limit, cursor } }),
    event: (id: string) => call<ReceivedEvent>('GET', `/events/${at(id)}`),
    deliveries: (filter: DeliveryFilter, limit: number, cursor?: string) =>
      call<Page<Delivery>>('GET', '/deliveries', { query: { ...filter, limit, cursor } }),
    delivery: (id: string) => call<DeliveryDetail>('GET', `/deliveries/${at(id)}`),
    reasons: (query: { readonly since?: string; readonly integration_id?: string }) =>
      call<{ readonly data: readonly ReasonCount[] }>('GET', '/deliveries/reasons', { query }),
    estimateReplay: (selection: Selection, mapping: ReplayMapping) =>
      call<ReplayEstimate>('POST', '/deliveries/replay', { body: { ...selection, mapping, estimate: true } }),
    replay: (selection: Selection, mapping: ReplayMapping) =>
      call<Replay>('POST', '/deliveries/replay', { body: { ...selection, mapping } }),
    estimateEventReplay: (selection: EventSelection) =>
      call<ReplayEstimate>('POST', '/events/replay', { body: { ...selection, estimate: true } }),
    replayEvents: (selection: EventSelection) => call<Replay>('POST', '/events/replay', { body: selection }),
    replays: () => call<Page<Replay>>('GET', '/replays', { query: { limit: 50 } }),
    replayState: (id: string) => call<Replay>('GET', `/replays/${at(id)}`),
    cancelReplay: (id: string) => call<undefined>('DELETE', `/replays/${at(id)}`),
    discard: (selection: Selection) =>
      call<{ readonly cancelled: number }>('POST', '/deliveries/cancel', { body: selection }),
    stats: (query: {
      readonly since: string;
      readonly bucket_s: number;
      readonly integration_id?: string | undefined;
    }) => call<Page<StatsBucket>>('GET', '/stats', { query }),
  };
}

function peopleRoutes(call: Client['call']) {
  return {
    people: (query: string) => call<Page<Person>>('GET', '/people', { query: { query } }),
    person: (id: string) => call<PersonDetail>('GET', `/people/${at(id)}`),
    erase: (subject: ErasedSubject) => call<JsonObject>('POST', '/privacy/erase', { body: subject }),
  };
}
