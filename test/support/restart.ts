import { onTestFinished } from 'vitest';
import { print } from 'graphql';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { Clock } from '../../src/base/clock.js';
import { parseConfig } from '../../src/config/index.js';
import { Gateway } from '../../src/gateway.js';
import { AudienceManagerSimulator, type SimulatorCustomer } from '../../src/simulator/index.js';
import { FakeClock } from './fake-clock.js';
import { configTextFor } from './gateway.js';
import { postQuery, type Answer } from './graphql-request.js';
import { passing } from './waiting.js';

/** A gateway in this process. Several can share one storage, at the same time or one after another. */
export interface Instance {
  readonly url: string;
  readonly logLines: readonly string[];
  query<T = Record<string, unknown>>(query: string, variables?: Record<string, unknown>): Promise<Answer<T>>;
  run<T, V>(document: TypedDocumentNode<T, V>, variables: V): Promise<Answer<T>>;
  get(path: string): Promise<{ status: number; body: string }>;
  /** Idempotent; also called when the test ends. */
  stop(): Promise<void>;
}

/** A simulator and a clock that several gateways share. */
export interface World {
  readonly clock: FakeClock;
  readonly simulator: AudienceManagerSimulator;
  /** Starts a gateway; `more` overrides sections of the configuration. */
  readonly start: (more?: Record<string, Record<string, unknown>>, clock?: Clock) => Promise<Instance>;
}

/** Starts a simulator on a fake clock; gateways are started with the result. `config` holds their sections. */
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
      // A test that fails may leave a request open, which the stop waits for.
      onTestFinished(() => passing(clock, stop()));
      const query = <T>(text: string, variables?: Record<string, unknown>): Promise<Answer<T>> =>
        postQuery<T>(`${gateway.url}/graphql`, text, variables);
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
