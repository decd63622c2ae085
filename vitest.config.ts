import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default'],
    // Most of the long tests wait for a clock or a browser, so more of them than cores go side by side.
    maxWorkers: 4,
  },
});
