/** Pipelines for ingestion: looked up by key, and the default one made at first start. It must not know HTTP. */
import type { Clock } from '../clock.ts';
import type { Pipelines, PipelineView } from '../server/ingest/pipeline-access.ts';
import { pipelineSecretAad, type Vault } from '../server/management/settings.ts';
import type { ConfigStore, Pipeline } from '../store/ports/config-store.ts';

const DEFAULT_PIPELINE_ID = 'pip_default';

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

/**
 * Finds pipelines by key; reads them anew when the configuration changed. The store is asked once for all requests of a
 * turn of the event loop: a key that was changed counts from the next turn on.
 */
export function createPipelineDirectory(
  store: Pick<ConfigStore, 'version' | 'pipelines'>,
  vault: Vault,
): Pipelines {
  let newest: Directory | undefined;
  let ofThisTurn: Directory | undefined;
  const forget = (): void => {
    ofThisTurn = undefined;
  };
  const read = async (): Promise<Directory> => {
    const version = await store.version();
    if (newest?.version !== version) newest = directoryOf(version, await store.pipelines(), vault);
    if (ofThisTurn === undefined) setImmediate(forget);
    ofThisTurn = newest;
    return newest;
  };
  return {
    byKey: (key) => ofThisTurn?.byKey.get(key) ?? read().then(({ byKey }) => byKey.get(key)),
  };
}

interface Directory {
  readonly version: number;
  readonly byKey: ReadonlyMap<string, PipelineView>;
}

function directoryOf(version: number, pipelines: readonly Pipeline[], vault: Vault): Directory {
  return {
    version,
    byKey: new Map(pipelines.map((pipeline) => [pipeline.pipelineKey, viewOf(pipeline, vault)])),
  };
}

function viewOf(pipeline: Pipeline, vault: Vault): PipelineView {
  const { id, enabled, rateLimitRps, domainAllowlist, config } = pipeline;
  return { id, enabled, rateLimitRps, domainAllowlist, config, secret: () => opened(pipeline, vault) };
}
