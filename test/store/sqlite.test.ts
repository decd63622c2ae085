/**
 * Runs the store's contract on SQLite: in memory, where a crash is an image, and in a file, where it is a new connection.
 * What a test leaves behind in memory is searched for contradictions.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/open.ts';
import { CONTRACT_SETTINGS, queueModelContract, type StoreUnderTest, storeContract } from './contract.ts';
import { START_MS } from './samples.ts';
import { contradictionsIn } from './sqlite/audit.ts';

interface SettableClock extends Clock {
  set(nowMs: number): void;
}

function settableClock(): SettableClock {
  let now = START_MS;
  return {
    now: () => now,
    set: (nowMs) => {
      now = nowMs;
    },
    after: () => {
      throw new Error('The store needs no timers of the clock.');
    },
  };
}

async function openInMemory(): Promise<StoreUnderTest> {
  const clock = settableClock();
  const settings = { path: ':memory:', clock, ...CONTRACT_SETTINGS };
  let store = openSqliteStore(settings);
  return {
    store,
    setTime: (nowMs) => clock.set(nowMs),
    restart: async () => {
      const image = store.serialize();
      await store.close();
      store = openSqliteStore({ ...settings, image });
      return store;
    },
    dispose: async () => {
      const image = new Database(store.serialize());
      expect(contradictionsIn(image)).toEqual([]);
      image.close();
      await store.close();
    },
  };
}

async function openInFile(): Promise<StoreUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  const clock = settableClock();
  const open = (): SqliteStore =>
    openSqliteStore({ path: join(folder, 'signal.db'), clock, ...CONTRACT_SETTINGS });
  let store = open();
  return {
    store,
    setTime: (nowMs) => clock.set(nowMs),
    restart: async () => {
      await store.close();
      store = open();
      return store;
    },
    dispose: async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

storeContract('SQLite in memory', openInMemory);
storeContract('SQLite in a file', openInFile);
queueModelContract('SQLite in memory, against a model', openInMemory);
