/** The lookup of pipelines by key, as ingestion asks for every request. On the real store, in memory. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createPipelineDirectory } from '../../src/runtime/pipelines.ts';
import type { Pipelines } from '../../src/server/ingest/pipeline-access.ts';
import type { ConfigStore } from '../../src/store/ports/config-store.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/open.ts';
import { newPipeline } from '../store/samples.ts';

const pipeline = { ...newPipeline('pl_1'), pipelineKey: 'dk_old' };
const vault = { seal: (text: string) => text, open: (text: string) => text };

let store: SqliteStore;
let asked: number;
let pipelines: Pipelines;

beforeEach(async () => {
  store = openSqliteStore({
    path: ':memory:',
    clock: systemClock,
    dedupeDays: 28,
    retentionDays: 30,
    parkPerVisitor: 100,
  });
  await store.config.putPipeline(pipeline);
  asked = 0;
  const counted: Pick<ConfigStore, 'version' | 'pipelines'> = {
    version: () => {
      asked += 1;
      return store.config.version();
    },
    pipelines: () => store.config.pipelines(),
  };
  pipelines = createPipelineDirectory(counted, vault);
});
afterEach(() => store.close());

it('asks the store once for all requests of a turn, and again in the next', async () => {
  for (let request = 0; request < 10; request += 1) {
    const found = await pipelines.byKey('dk_old');
    expect(found?.id).toBe('pl_1');
  }
  expect(asked).toBe(1);
  await turn();
  await pipelines.byKey('dk_old');
  expect(asked).toBe(2);
});

it('knows a changed key from the next turn on, and forgets the former', async () => {
  await pipelines.byKey('dk_old');
  await store.config.putPipeline({ ...pipeline, pipelineKey: 'dk_new' });
  await turn();
  const of = async (key: string) => (await pipelines.byKey(key))?.id;
  expect([await of('dk_old'), await of('dk_new'), await of('nobody')]).toEqual([
    undefined,
    'pl_1',
    undefined,
  ]);
});
