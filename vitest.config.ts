import { defineConfig } from 'vitest/config';

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

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default'],
    // Most of the long tests wait for a clock or a browser, so more of them than cores go side by side.
    maxWorkers: 6,
    projects: [
      { extends: true, test: { name: 'sharing', include: SHARING, isolate: false } },
      { extends: true, test: { name: 'alone', include: ['test/**/*.test.ts'], exclude: SHARING } },
    ],
  },
});
