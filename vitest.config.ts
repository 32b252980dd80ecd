import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** Files that take longest, most of it in processes, repetitions or random requests. */
const SOAK = [
  // Kills a gateway with SIGKILL in twelve rounds of a refresh.
  'test/end-to-end/restart.test.ts',
  // Runs three replicas on one PostgreSQL in this process, then two as processes.
  'test/end-to-end/replicas.test.ts',
  // Sends 400 operations of 250 KB each, three times over, and measures the heap.
  'test/graphql/memory.test.ts',
  // Starts the program about 35 times and searches everything that it prints and writes.
  'test/security/canary-processes.test.ts',
  // Holds the time that others have to wait while a gateway executes large operations.
  'test/security/costly-operations.test.ts',
  // Compares the answers of several gateways to hundreds of random requests.
  'test/security/visibility.test.ts',
  // Runs gateways behind load balancers, connection poolers and monitoring, and restarts them under load.
  'test/operations/**/*.test.ts',
  // Kills a writing process with SIGKILL in fifteen rounds, for each storage engine.
  'test/storage/kill.test.ts',
];

/** Breaks Audience Manager, storages and gateways two thousand times, and compares the answers with what is true. */
const CHAOS = ['test/soak/chaos.test.ts'];

/** Files that start the program as a process, or drive a whole gateway over HTTP from a user's point of view. */
const END_TO_END = [
  'test/end-to-end/**/*.test.ts',
  'test/clients/**/*.test.ts',
  'test/commands/**/*.test.ts',
  'test/deploy/**/*.test.ts',
  'test/docs/**/*.test.ts',
  'test/federation/**/*.test.ts',
  'test/package/**/*.test.ts',
  'test/web/**/*.test.ts',
];

/**
 * In CI, a test that fails is run once more: other work may have taken the processors. `.ci/run` names such tests at its end. An
 * input for which a random test fails is a failure at once, because the second run may not draw it.
 */
const REPEATED = {
  count: process.env['CI'] === 'true' ? 1 : 0,
  condition: /^(?!Property failed after)/,
};

function project(
  name: string,
  include: string[],
  exclude: string[],
  more: TestProjectInlineConfiguration['test'] = {},
): TestProjectInlineConfiguration {
  return {
    resolve: {
      // Vite would resolve `graphql` to another file than Node.js does, and classes of two copies of GraphQL.js do
      // not recognize each other.
      alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
    },
    test: {
      name,
      include,
      exclude: [...configDefaults.exclude, ...exclude],
      setupFiles: ['test/support/setup.ts'],
      // A page in a browser takes longer than the second that is the default, where the machine is busy.
      expect: { poll: { timeout: 30_000 } },
      testTimeout: 60_000,
      hookTimeout: 60_000,
      retry: REPEATED,
      restoreMocks: true,
      ...more,
    },
  };
}

export default defineConfig({
  test: {
    // Once for all projects.
    globalSetup: ['test/support/build.ts'],
    // The default is one worker less than there are processors; many tests wait for processes, so two fit on two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      // The files of one worker share the modules: loading them again for each file would take a third of all the time.
      project('unit', ['test/**/*.test.ts'], [...END_TO_END, ...SOAK, ...CHAOS], { isolate: false }),
      project('end-to-end', END_TO_END, SOAK),
      // Two processes of a file at once: more would slow down the timed tests of other files.
      project('soak', SOAK, [], { maxConcurrency: 2, retry: 0 }),
      // After all others, because it holds how soon things come right again against the time that has passed.
      project('chaos', CHAOS, [], { maxConcurrency: 2, retry: 0, sequence: { groupOrder: 1 } }),
    ],
    // Measures src/ in the test workers only: code that runs in a process or worker thread started by a test (the
    // commands, the background worker, the thread of SQLite) does not count. No threshold is enforced.
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['html'],
      reportsDirectory: 'coverage',
    },
  },
});
