import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // The bundler's idea of this package's entry is another file than Node.js's own, and two copies of
    // GraphQL's classes do not know each other.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    restoreMocks: true,
    // By default all processors but one are used, which is half of two; and many tests wait for other processes.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
