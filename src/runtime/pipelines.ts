/** Pipelines for ingestion: looked up by key, and the default one made at first start. It must not know HTTP. */
import type { Clock } from '../clock.ts';
import type { Pipelines, PipelineView } from '../server/ingest/pipeline-access.ts';
import { pipelineSecretAad, type Vault } from '../server/management/settings.ts';
import type { ConfigStore, Pipeline } from '../store/ports/config-store.ts';

export const DEFAULT_PIPELINE_ID = 'pip_default';

export interface PipelineKeys {
  readonly pipelineKey: string;
  readonly pipelineSecret: string;
  /** The operator named them in the environment, so they replace what is stored. */
  readonly areGiven: boolean;
}

/** Makes the default pipeline when there is none; keys that the environment names replace its own. */
export async function ensureDefaultPipeline(
  store: ConfigStore,
  keys: PipelineKeys,
  vault: Vault,
  clock: Clock,
  rateLimitRps: number,
): Promise<void> {
  const known = (await store.pipelines()).find(({ id }) => id === DEFAULT_PIPELINE_ID);
  const { pipelineKey, pipelineSecret, areGiven } = keys;
  if (
    known !== undefined &&
    (!areGiven || (known.pipelineKey === pipelineKey && opened(known, vault) === pipelineSecret))
  )
    return;
  const nowMs = clock.now();
  const sealed = {
    pipelineKey,
    sealedSecret: vault.seal(pipelineSecret, pipelineSecretAad(DEFAULT_PIPELINE_ID)),
    secretPrefix: pipelineSecret.slice(0, 12),
    updatedAtMs: nowMs,
  };
  await store.putPipeline(
    known === undefined ? { ...blank(nowMs, rateLimitRps), ...sealed } : { ...known, ...sealed },
  );
}

function blank(
  createdAtMs: number,
  rateLimitRps: number,
): Omit<Pipeline, 'pipelineKey' | 'sealedSecret' | 'secretPrefix' | 'updatedAtMs'> {
  return {
    id: DEFAULT_PIPELINE_ID,
    name: 'Default',
    slug: 'default',
    type: 'web',
    domainAllowlist: [],
    labels: [],
    rateLimitRps,
    parameters: {},
    config: {},
    enabled: true,
    createdAtMs,
  };
}

function opened(pipeline: Pipeline, vault: Vault): string {
  return vault.open(pipeline.sealedSecret, pipelineSecretAad(pipeline.id));
}

/** Finds pipelines by key; reads them anew when the configuration changed. */
export function createPipelineDirectory(store: ConfigStore, vault: Vault): Pipelines {
  let known: { readonly version: number; readonly byKey: ReadonlyMap<string, PipelineView> } | undefined;
  return {
    async byKey(key) {
      const version = await store.version();
      if (known?.version !== version) {
        const pipelines = await store.pipelines();
        known = {
          version,
          byKey: new Map(pipelines.map((pipeline) => [pipeline.pipelineKey, viewOf(pipeline, vault)])),
        };
      }
      return known.byKey.get(key);
    },
  };
}

function viewOf(pipeline: Pipeline, vault: Vault): PipelineView {
  const { id, enabled, rateLimitRps, domainAllowlist, config } = pipeline;
  return { id, enabled, rateLimitRps, domainAllowlist, config, secret: () => opened(pipeline, vault) };
}
