/** Pipelines and what is attached to them. It must not know HTTP. */
import { Failure, type Problem } from '../../event/failure.ts';
import type { JsonObject } from '../../event/json.ts';
import type { Pipeline, PipelineIntegration } from '../../store/ports/config-store.ts';
import { validationFailed } from './http/body.ts';
import { findIntegration, findPipeline, revisionsOf } from './lookup.ts';
import type { Ports } from './ports.ts';
import { pipelineSecretAad } from './settings.ts';

export interface PipelinePatch {
  readonly name?: string;
  readonly domain_allowlist?: readonly string[];
  readonly labels?: readonly string[];
  readonly rate_limit_rps?: number;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly config?: JsonObject;
  readonly enabled?: boolean;
}

/** Changes what is named; lists, parameters and config are replaced as a whole. */
export async function patchPipeline(ports: Ports, id: string, change: PipelinePatch): Promise<Pipeline> {
  const former = await findPipeline(ports.store.config, id);
  const pipeline: Pipeline = {
    ...former,
    name: change.name?.trim() ?? former.name,
    domainAllowlist: change.domain_allowlist ?? former.domainAllowlist,
    labels: change.labels ?? former.labels,
    rateLimitRps: change.rate_limit_rps ?? former.rateLimitRps,
    parameters: change.parameters ?? former.parameters,
    config: change.config ?? former.config,
    enabled: change.enabled ?? former.enabled,
    updatedAtMs: ports.clock.now(),
  };
  await ports.store.config.putPipeline(pipeline);
  return pipeline;
}

export interface RotatedKey {
  readonly pipeline: Pipeline;
  /** Told once, here; only its sealed form is kept. */
  readonly secret: string;
}

/** Gives the pipeline a new key and a new secret. The old ones are refused from then on. */
export async function rotateKey(ports: Ports, id: string): Promise<RotatedKey> {
  const former = await findPipeline(ports.store.config, id);
  const secret = `sk_live_${ports.random.token(24)}`;
  const pipeline: Pipeline = {
    ...former,
    pipelineKey: `dk_live_${ports.random.token(16)}`,
    sealedSecret: ports.vault.seal(secret, pipelineSecretAad(id)),
    secretPrefix: secretPrefix(secret),
    updatedAtMs: ports.clock.now(),
  };
  await ports.store.config.putPipeline(pipeline);
  return { pipeline, secret };
}

/** As much of a secret as answers show, so that people can tell two apart. */
export function secretPrefix(secret: string): string {
  return secret.slice(0, 'sk_live_'.length + 4);
}

export interface AttachRequest {
  readonly pipeline_id: string;
  readonly integration_id: string;
  readonly revision_id?: string;
  readonly enabled?: boolean;
}

/** Attaches a template to a pipeline, pinned to a revision (the newest by default). Twice the same pair is CONFLICT. */
export async function attach(ports: Ports, request: AttachRequest): Promise<PipelineIntegration> {
  const { config } = ports.store;
  const [pipelines, templates, integrations] = await Promise.all([
    config.pipelines(),
    config.templates(),
    config.integrations(),
  ]);
  const problems: Problem[] = [];
  if (!pipelines.some(({ id }) => id === request.pipeline_id)) {
    problems.push({ path: 'pipeline_id', message: 'names no pipeline' });
  }
  const hasTemplate = templates.some(({ id }) => id === request.integration_id);
  if (!hasTemplate) problems.push({ path: 'integration_id', message: 'names no integration template' });
  const revisions = hasTemplate ? await revisionsOf(config, request.integration_id) : [];
  const revision =
    request.revision_id === undefined
      ? revisions.at(-1)
      : revisions.find(({ id }) => id === request.revision_id);
  if (hasTemplate && revision === undefined) problems.push(wrongRevision);
  if (problems.length > 0 || revision === undefined) throw validationFailed(problems);
  if (
    integrations.some(
      (other) => other.pipelineId === request.pipeline_id && other.templateId === request.integration_id,
    )
  ) {
    throw new Failure('CONFLICT', 'This integration is already attached to this pipeline.');
  }
  const nowMs = ports.clock.now();
  const integration: PipelineIntegration = {
    id: `pi_${ports.random.token(12)}`,
    pipelineId: request.pipeline_id,
    templateId: request.integration_id,
    revisionId: revision.id,
    enabled: request.enabled ?? true,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  await config.putIntegration(integration);
  return integration;
}

const wrongRevision: Problem = { path: 'revision_id', message: 'names no revision of this integration' };

/** Pins another revision, or switches on or off; both hold from the present end of the event log on. */
export async function patchIntegration(
  ports: Ports,
  id: string,
  change: { readonly revision_id?: string; readonly enabled?: boolean },
): Promise<PipelineIntegration> {
  const { config } = ports.store;
  const former = await findIntegration(config, id);
  if (change.revision_id !== undefined) {
    const revisions = await config.revisions(former.templateId);
    if (!revisions.some((revision) => revision.id === change.revision_id)) {
      throw validationFailed([wrongRevision]);
    }
  }
  const integration: PipelineIntegration = {
    ...former,
    revisionId: change.revision_id ?? former.revisionId,
    enabled: change.enabled ?? former.enabled,
    updatedAtMs: ports.clock.now(),
  };
  await config.putIntegration(integration);
  return integration;
}

/** Detaches; waiting jobs of this pipeline integration are cancelled. */
export async function detach(ports: Ports, id: string): Promise<void> {
  await findIntegration(ports.store.config, id);
  await ports.store.config.deleteIntegration(id, ports.clock.now());
}
