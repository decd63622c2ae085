/** What the operations of the management API are given. It must not know HTTP. */
import type { Clock, Random } from '../../clock.ts';
import type { Store } from '../../store/port.ts';
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
}

/** What management tells the running parts; all optional, so that it also works alone. */
export interface ManagementHooks {
  /** The credentials of a template changed: try the account at once. */
  probe?(templateId: string): void;
}

/** One organisation per installation; the documented objects carry its id. */
export const ORGANISATION_ID = 'org_default';
