/** Which pipeline integrations vendors post to, by the newest configuration. It must not know any vendor. */
import type { Cache } from '../destination/cache.ts';
import type { InboundEndpoint } from '../inbound/receiver.ts';
import { governanceOf } from '../intake/governance.ts';
import type { ConfigStore, PipelineIntegration } from '../store/ports/config-store.ts';
import { type Destinations, laneOf, newestOf } from './revision-compiler.ts';

interface Known {
  readonly version: number;
  readonly endpoints: ReadonlyMap<string, InboundEndpoint>;
}

/** Looks endpoints up by the id of the pipeline integration; reads them anew when the configuration changed. */
export function createInboundDirectory(
  config: ConfigStore,
  destinations: Destinations,
  cacheOf: (lane: string) => Cache,
): (integrationId: string) => Promise<InboundEndpoint | undefined> {
  let known: Known | undefined;
  const read = async (version: number): Promise<Known> => {
    const endpoints = new Map<string, InboundEndpoint>();
    for (const integration of await config.integrations()) {
      const endpoint = await endpointOf(integration, config, destinations, cacheOf);
      if (endpoint !== undefined) endpoints.set(integration.id, endpoint);
    }
    return { version, endpoints };
  };
  return async (integrationId) => {
    const version = await config.version();
    if (known?.version !== version) known = await read(version);
    return known.endpoints.get(integrationId);
  };
}

async function endpointOf(
  { pipelineId, templateId, enabled }: PipelineIntegration,
  config: ConfigStore,
  destinations: Destinations,
  cacheOf: (lane: string) => Cache,
): Promise<InboundEndpoint | undefined> {
  const pipeline = (await config.pipelines()).find(({ id }) => id === pipelineId);
  const template = (await config.templates()).find(({ id }) => id === templateId);
  const destination = destinations.get(template?.catalogVendorKey ?? '');
  const inbound = destination?.definition.inbound;
  const newest = newestOf(await config.revisions(templateId));
  if (!enabled || pipeline?.enabled !== true) return undefined;
  if (destination === undefined || inbound === undefined || newest === undefined) return undefined;
  const account = laneOf(destination, newest.settings);
  return {
    pipeline: { id: pipelineId, governance: governanceOf(pipeline.config) },
    account,
    read: (body) => inbound.read(body),
    forget: (message) => inbound.forget?.(message, { account, cache: cacheOf(account) }),
  };
}
