import { onTestFinished } from 'vitest';
import { print } from 'graphql';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { Clock } from '../../src/base/clock.js';
import { parseConfig } from '../../src/config/index.js';
import { Gateway } from '../../src/gateway.js';
import { AudienceManagerSimulator, type SimulatorCustomer } from '../../src/simulator/index.js';
import { FakeClock } from './fake-clock.js';
import { configTextFor, type Answer } from './gateway.js';

/** A gateway that a test starts and stops by itself, several beside or after each other on one storage. */
export interface Instance {
  readonly url: string;
  readonly logLines: readonly string[];
  query<T = Record<string, unknown>>(query: string, variables?: Record<string, unknown>): Promise<Answer<T>>;
  run<T, V>(document: TypedDocumentNode<T, V>, variables: V): Promise<Answer<T>>;
  get(path: string): Promise<{ status: number; body: string }>;
  /** Once is enough; the end of the test does it too. */
  stop(): Promise<void>;
}

/** What several gateways have in common. */
export interface World {
  readonly clock: FakeClock;
  readonly simulator: AudienceManagerSimulator;
  /** Starts a gateway; `more` are further keys of its configuration. */
  readonly start: (more?: Record<string, Record<string, unknown>>, clock?: Clock) => Promise<Instance>;
}

/** A simulator on a clock of the test's own, and gateways with one storage in front of it. */
export async function startWorld(
  customers: SimulatorCustomer[],
  config: Record<string, Record<string, unknown>>,
): Promise<World> {
  const clock = new FakeClock();
  const simulator = await AudienceManagerSimulator.start({ customers, now: () => clock.now() });
  onTestFinished(() => simulator.stop());
  return {
    clock,
    simulator,
    start: async (more = {}, ownClock = clock) => {
      const text = configTextFor(simulator, customers, undefined, {
        ...config,
        ...more,
        audienceManager: { retries: 0, ...config['audienceManager'], ...more['audienceManager'] },
      });
      const logLines: string[] = [];
      const gateway = await Gateway.start(parseConfig(text, { file: '/none/gateway.yaml', env: {} }), {
        clock: ownClock,
        random: () => 0.5,
        logSink: { write: (line) => logLines.push(line) },
      });
      let stopping: Promise<void> | undefined;
      const stop = (): Promise<void> => (stopping ??= gateway.stop());
      onTestFinished(stop);
      const query = async <T>(text: string, variables: Record<string, unknown> = {}): Promise<Answer<T>> => {
        const response = await fetch(`${gateway.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query: text, variables }),
        });
        return (await response.json()) as Answer<T>;
      };
      return {
        url: gateway.url,
        logLines,
        query,
        run: (document, variables) => query(print(document), variables as Record<string, unknown>),
        get: async (path) => {
          const response = await fetch(`${gateway.url}${path}`);
          return { status: response.status, body: await response.text() };
        },
        stop,
      };
    },
  };
}

/** Goes round the event loop, through real input and output, until something holds; fails after so long. */
export async function eventually(holds: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${String(holds)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
