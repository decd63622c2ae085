/**
 * What the program asks of its database: the small ports of `ports/`, which share one transaction. It must not know which
 * database it is.
 *
 * Times are milliseconds since 1970 by the caller's clock. Everything that resolves is durable (fsynced).
 * Every adapter passes `test/store/contract.ts`.
 */
import type { ConfigStore } from './ports/config-store.ts';
import type { Erasure } from './ports/erasure.ts';
import type { EventLog } from './ports/event-log.ts';
import type { Ledger } from './ports/ledger.ts';
import type { Queue } from './ports/queue.ts';
import type { Reads } from './ports/reads.ts';
import type { Replays } from './ports/replays.ts';
import type { Steps } from './ports/steps.ts';
import type { Upkeep } from './ports/upkeep.ts';

export interface Store {
  readonly log: EventLog;
  readonly ledger: Ledger;
  readonly steps: Steps;
  readonly queue: Queue;
  readonly config: ConfigStore;
  readonly reads: Reads;
  readonly upkeep: Upkeep;
  readonly replays: Replays;
  readonly erasure: Erasure;
  close(): Promise<void>;
}
