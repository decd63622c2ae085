import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Rooms whose tests leave nothing behind in their process: each worker loads what they share once. */
const SHARING = [
  'blueprint',
  'cli',
  'delivery',
  'event',
  'inbound',
  'intake',
  'processing',
  'runtime',
  'sandbox',
  'server',
  'store',
  'world',
].map((room) => `test/${room}/**/*.test.ts`);

/** They take a minute or so each, much of it waiting for browsers and services: begun first, they end with the others. */
const LONG =
  /test\/(e2e\/(kill|delivery|main-job)|sdk\/browser|console\/(steering|activity|pages|first-run))\.test\.ts$/;

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    // The only patience of all tests: nothing depends on it but how long a failure takes on a busy machine.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 120_000, interval: 25 } },
    reporters: ['default'],
    // Most of the long tests wait for a clock or a browser, so more of them than cores go side by side.
    maxWorkers: 5,
    sequence: { sequencer: LongFirst },
    projects: [
      { extends: true, test: { name: 'sharing', include: SHARING, isolate: false } },
      { extends: true, test: { name: 'alone', include: ['test/**/*.test.ts'], exclude: SHARING } },
    ],
  },
});
