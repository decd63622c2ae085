/** What the operations of the management API are given. It must not know HTTP. */
import type { Clock, Random } from '../../clock.ts';
import type { LaneStop } from '../../store/ports/queue.ts';
import type { Store } from '../../store/store.ts';
import type { Vault } from './settings.ts';
import type { Vendor } from './vendor.ts';

export interface Ports {
  readonly store: Store;
  readonly vault: Vault;
  /** By the vendor's key in the catalog. */
  readonly vendors: ReadonlyMap<string, Vendor>;
  readonly clock: Clock;
  readonly random: Random;
  readonly hooks: ManagementHooks;
  readonly service: () => ServiceFacts;
}

/** What a reader must know of the service as a whole. */
export interface ServiceFacts {
  readonly version: string;
  /** `http://HOST:PORT` that events are sent to. */
  readonly ingestUrl: string;
  /** Of the simulated account that runs beside it. */
  readonly sandboxUrl?: string;
  /** Requests that an account gets in a second at most. */
  readonly requestsPerSecond: number;
  readonly trackingPerSecond: number;
  readonly retentionDays: number;
}

/** What management tells the running parts; all optional, so that it also works alone. */
export interface ManagementHooks {
  /** The credentials of a template changed: try the account at once. */
  probe?(templateId: string): void;
  /** When what is stopped in the account is asked again; undefined while nothing is to be sent there. */
  nextProbeMs?(lane: string, stopped: LaneStop & { readonly templateId?: string }): number | undefined;
}

/** One organisation per installation; the documented objects carry its id. */
export const ORGANISATION_ID = 'org_default';
