/** What the running service tells of itself. It must not know who asks. */
import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { Failure } from '../event/failure.ts';
import { own } from '../event/json.ts';
import type { ServiceFacts } from '../server/management/ports.ts';

/** Read once, at the start. */
export const VERSION = versionIn(new URL('../../package.json', import.meta.url));

function versionIn(file: URL): string {
  const version = own(JSON.parse(readFileSync(file, 'utf8')), 'version');
  if (typeof version === 'string') return version;
  throw new Failure('CONFIG_INVALID', 'package.json names no version.');
}

/** `ingestUrl` is where ingestion really listens, once it does. */
export function serviceFacts(
  config: Config,
  ingestUrl: string | undefined,
  sandboxUrl: string | undefined,
): ServiceFacts {
  return {
    version: VERSION,
    ingestUrl: ingestUrl ?? `http://${config.INGEST_HOST}:${config.INGEST_PORT}`,
    ...(sandboxUrl === undefined ? {} : { sandboxUrl }),
    requestsPerSecond: config.RATE_LIMIT_PER_SECOND,
    trackingPerSecond: config.TRACKING_LIMIT_PER_SECOND,
    retentionDays: config.RETENTION_DAYS,
  };
}
