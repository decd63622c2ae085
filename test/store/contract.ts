/** What every adapter of the store must keep. It must not know any database. */
import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { configClaims } from './contract/config.ts';
import { ledgerClaims } from './contract/ledger.ts';
import { logClaims } from './contract/log.ts';
import { peopleClaims } from './contract/people.ts';
import { queueClaims } from './contract/queue.ts';
import { queueModelClaims } from './contract/queue-model.ts';
import { readClaims } from './contract/reads.ts';
import { repairClaims } from './contract/repair.ts';
import { stepClaims } from './contract/steps.ts';
import { upkeepClaims } from './contract/upkeep.ts';

/** Settings that claims count on. */
export const CONTRACT_SETTINGS = { dedupeDays: 28, retentionDays: 30, parkPerVisitor: 3 } as const;

/** One database for one test. */
export interface StoreUnderTest {
  readonly store: Store;
  /** The time by the store's own clock. */
  setTime(nowMs: number): void;
  /** Ends the process that has the store, as a crash would, and opens its database again. */
  restart(): Promise<Store>;
  dispose(): Promise<void>;
}

/** How a claim reaches the store that was opened for it. */
export type Current = () => StoreUnderTest;

/** Runs all claims against an adapter; `open` gives an empty database. */
export function storeContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let opened: StoreUnderTest | undefined;
    const current = (): StoreUnderTest => {
      if (opened === undefined) throw new Error('no store is open');
      return opened;
    };
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened?.dispose());
    describe('the event log', () => logClaims(current));
    describe('the ledger', () => ledgerClaims(current));
    describe('a step', () => stepClaims(current));
    describe('the queue', () => queueClaims(current));
    describe('the configuration', () => configClaims(current));
    describe('the read side', () => readClaims(current));
    describe('people', () => peopleClaims(current));
    describe('upkeep', () => upkeepClaims(current));
    describe('sending again and forgetting', () => repairClaims(current));
  });
}

/** Compares the adapter's queue with a plain model over many random histories: for the adapter's fastest form. */
export function queueModelContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(name, () => queueModelClaims(open));
}
