/** Pipelines, integrations and their revisions. It must not know which database it is. */
import type { JsonObject } from '../../event/json.ts';
import type { Seq } from './event-log.ts';

export interface Pipeline {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly type: 'web' | 'app' | 'server';
  readonly pipelineKey: string;
  /** Sealed by the vault. */
  readonly sealedSecret: string;
  readonly secretPrefix: string;
  readonly domainAllowlist: readonly string[];
  readonly labels: readonly string[];
  readonly rateLimitRps: number;
  readonly parameters: Readonly<Record<string, string>>;
  /** Free settings: `consent_code_map` and what later releases add. */
  readonly config: JsonObject;
  readonly enabled: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface Template {
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly description: string;
  readonly catalogVendorKey: string;
  readonly catalogVariantKey: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface RemovedTemplate {
  readonly template: Template;
  readonly removedAtMs: number;
}

/** Immutable. `settings` holds no secret; `sealed` holds each secret setting, sealed by the vault. */
export interface Revision {
  readonly id: string;
  readonly templateId: string;
  readonly number: number;
  readonly blueprint: JsonObject;
  readonly settings: JsonObject;
  readonly sealed: Readonly<Record<string, string>>;
  readonly deliveryMode: string;
  readonly changeSummary: string;
  readonly createdBy: string;
  readonly createdAtMs: number;
}

export interface PipelineIntegration {
  readonly id: string;
  readonly pipelineId: string;
  readonly templateId: string;
  readonly revisionId: string;
  readonly enabled: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Which revision (and switch) holds for events after a position, up to the next pin. */
export interface Pin {
  readonly integrationId: string;
  readonly afterSeq: Seq;
  readonly revisionId: string;
  readonly enabled: boolean;
}

/** A change of the account's address: waiting jobs of the template move in the same commit. */
export interface LaneMove {
  readonly templateId: string;
  readonly to: string;
}

/** Names are unique; a taken one is Failure NAME_TAKEN. What a method changes here is one commit. */
export interface ConfigStore {
  /** Increases with every change; readers cache by it. */
  version(): Promise<number>;
  pipelines(): Promise<readonly Pipeline[]>;
  putPipeline(pipeline: Pipeline): Promise<void>;
  templates(): Promise<readonly Template[]>;
  revisions(templateId: string): Promise<readonly Revision[]>;
  revision(id: string): Promise<Revision | undefined>;
  integrations(): Promise<readonly PipelineIntegration[]>;
  pins(): Promise<readonly Pin[]>;
  /** Template, revision 1 and its pipeline integration (pinned from the present head of the log). */
  install(template: Template, revision: Revision, integration: PipelineIntegration): Promise<void>;
  putTemplate(template: Template): Promise<void>;
  /** Adds a revision; pins the given integrations to it from the present head on; moves waiting jobs; lifts the template's stop. */
  addRevision(revision: Revision, pinned: readonly PipelineIntegration[], move?: LaneMove): Promise<void>;
  putIntegration(integration: PipelineIntegration): Promise<void>;
  /**
   * Removes the template with its integrations in one commit, after which none of their jobs leaves any more; what waits
   * or is held is then cancelled, in further commits when it is much. Events, deliveries and revisions stay readable.
   */
  deleteTemplate(id: string, nowMs: number): Promise<void>;
  /**
   * Brings a template back that was removed at that time or later, with its integrations, pinned from the present head
   * on. What was cancelled stays so. Undefined when there is no such template. Failure NAME_TAKEN.
   */
  undeleteTemplate(id: string, removedSinceMs: number): Promise<Template | undefined>;
  /** Templates that were removed at that time or later and may come back, the last removed first, at most 100. */
  removedTemplates(sinceMs: number): Promise<readonly RemovedTemplate[]>;
  deleteIntegration(id: string, nowMs: number): Promise<void>;
  onChange(hint: () => void): () => void;
}
