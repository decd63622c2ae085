/** The package: the destination, and a runtime in one's own process. It must not know the sandbox. */
import pino, { type Logger } from 'pino';
import { activecampaign } from './activecampaign/destination.ts';
import { loadConfig, loadSecrets } from './config.ts';
import type { DestinationDefinition } from './destination/definition.ts';
import { createRuntime as compose, type Runtime } from './runtime/runtime.ts';

export { activecampaign } from './activecampaign/destination.ts';
export type { Config, Environment } from './config.ts';
export type { DestinationDefinition } from './destination/definition.ts';
export type { CanonicalEvent } from './event/canonical-event.ts';
export { Failure } from './event/failure.ts';
export type { Outcome } from './event/outcome.ts';
export type { Addresses, Runtime } from './runtime/runtime.ts';
export type { Store } from './store/store.ts';

export interface RuntimeSettings {
  /** Variables as in the README's table, in place of the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Destinations to install from. Default: ActiveCampaign. */
  readonly destinations?: readonly DestinationDefinition[];
  readonly logger?: Logger;
}

/**
 * The whole service in this process: `start` listens and works, `stop` drains and closes.
 * @throws Failure CONFIG_INVALID, STORE_LOCKED (another process has the data folder) or STORE_UNSAFE.
 */
export async function createRuntime(settings: RuntimeSettings = {}): Promise<Runtime> {
  const config = loadConfig(settings.environment ?? process.env);
  return compose({
    config,
    secrets: loadSecrets(config),
    destinations: settings.destinations ?? [activecampaign],
    logger: settings.logger ?? pino({ level: config.LOG_LEVEL }),
  });
}
