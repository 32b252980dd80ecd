import { join } from 'node:path';
import { print } from 'graphql';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { stringify } from 'yaml';
import { parseConfig, type Config } from '../../src/config/index.js';
import { Gateway, type GatewayOptions } from '../../src/gateway.js';
import {
  AudienceManagerSimulator,
  type SimulatorCustomer,
  type SimulatorOptions,
} from '../../src/simulator/index.js';
import { TemporaryFolder } from './command.js';
import { FakeClock } from './fake-clock.js';
import type { Answer } from './graphql-request.js';
import { passing } from './waiting.js';

export type { Answer };

/** A customer in the configuration file. */
export interface TestCustomer {
  readonly id: string;
  readonly name?: string;
  /** Default: the credentials that the simulator expects; `null`: none. */
  readonly credentials?: Record<string, string> | null;
  readonly destinations?: readonly {
    id: number | string;
    name?: string;
    type?: string;
    /** Default: `MAPPING_ID`, so that most tests make no calls for details. The gateway's own default is `AUTO`. */
    segmentIdType?: string;
  }[];
  /** Replaces the list of destinations: they are discovered, with these options. */
  readonly discovery?: Record<string, unknown>;
}

/** Settings of a configuration file, by section. */
export type FurtherConfig = Record<string, Record<string, unknown>>;

/** What a test gateway starts with. */
export interface TestGatewayOptions {
  readonly simulated: SimulatorCustomer[];
  /** Configured customers; default: all simulated customers with all destinations. */
  readonly customers?: readonly TestCustomer[];
  /** More settings of the configuration file. */
  readonly config?: FurtherConfig;
  /** Contents of files in the folder of the configuration file, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly simulator?: Omit<SimulatorOptions, 'customers' | 'now'>;
  readonly gateway?: Omit<GatewayOptions, 'clock' | 'logSink'>;
}

/** A gateway in front of a simulator, both on loopback and on one clock that the test moves. */
export class TestGateway implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly simulator: AudienceManagerSimulator;
  readonly gateway: Gateway;
  /** All logged lines. */
  readonly logLines: string[];
  readonly #folder: TemporaryFolder;
  readonly #options: TestGatewayOptions;

  private constructor(
    clock: FakeClock,
    simulator: AudienceManagerSimulator,
    gateway: Gateway,
    logLines: string[],
    folder: TemporaryFolder,
    options: TestGatewayOptions,
  ) {
    this.clock = clock;
    this.simulator = simulator;
    this.gateway = gateway;
    this.logLines = logLines;
    this.#folder = folder;
    this.#options = options;
  }

  static async start(options: TestGatewayOptions): Promise<TestGateway> {
    const clock = new FakeClock();
    const simulator = await AudienceManagerSimulator.start({
      ...options.simulator,
      customers: options.simulated,
      now: () => clock.now(),
    });
    const logLines: string[] = [];
    const folder = await TemporaryFolder.create();
    for (const [name, text] of Object.entries(options.files ?? {})) await folder.write(name, text);
    const gateway = await Gateway.start(configOf(simulator, folder, options), {
      random: () => 0.5,
      ...options.gateway,
      clock,
      logSink: { write: (line) => logLines.push(line) },
    });
    return new TestGateway(clock, simulator, gateway, logLines, folder, options);
  }

  get url(): string {
    return `${this.gateway.url}/graphql`;
  }

  /** Path of the folder that holds the configuration file. */
  get folder(): string {
    return this.#folder.path;
  }

  /** All log objects. */
  get log(): Record<string, unknown>[] {
    return this.logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Reloads the configuration with other settings, as SIGHUP does. */
  reload(config: FurtherConfig): void {
    this.gateway.reload(configOf(this.simulator, this.#folder, { ...this.#options, config }));
  }

  /** Writes a file into the folder of the configuration file. */
  async write(name: string, text: string): Promise<void> {
    await this.#folder.write(name, text);
  }

  /** Sends a request to a path of the gateway; redirects are not followed. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers({ ...this.#options.headers });
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    return await fetch(`${this.gateway.url}${path}`, { redirect: 'manual', ...init, headers });
  }

  /** Runs a typed operation over HTTP. */
  async run<T, V>(document: TypedDocumentNode<T, V>, variables: V): Promise<Answer<T>> {
    return (await this.post({ query: print(document), variables })).body as Answer<T>;
  }

  /** Runs an operation over HTTP. */
  async query(
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<Answer<Record<string, unknown>>> {
    return (await this.post({ query, variables })).body as Answer<Record<string, unknown>>;
  }

  /** Sends a POST request to /graphql; a body that is no string is sent as JSON. */
  async post(
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Headers; body: unknown }> {
    const response = await this.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  /** Value of a series such as `name{label="x"}`; 0 if it does not exist. */
  async metric(series: string): Promise<number> {
    const text = await this.gateway.metrics.registry.metrics();
    const line = text.split('\n').find((each) => each.startsWith(`${series} `));
    return Number(line?.slice(series.length) ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A test that fails may leave a request open, which the stop waits for.
    await passing(this.clock, this.gateway.stop());
    await this.simulator.stop();
    await this.#folder[Symbol.asyncDispose]();
  }
}

function configOf(
  simulator: AudienceManagerSimulator,
  folder: TemporaryFolder,
  { simulated, customers, config }: TestGatewayOptions,
): Config {
  const text = configTextFor(simulator, simulated, customers, config);
  return parseConfig(text, { file: join(folder.path, 'gateway.yaml'), env: {} });
}

/**
 * Text of a configuration file for the customers of a simulator. Destinations are of `MAPPING_ID`, calls are not paced, and
 * no request is refused because the machine is busy, or the test on the thread of the gateway, unless the test says otherwise.
 */
export function configTextFor(
  simulator: AudienceManagerSimulator,
  simulated: readonly SimulatorCustomer[],
  customers: readonly TestCustomer[] = simulated.map((customer) => ({ id: customer.key })),
  more: FurtherConfig = {},
): string {
  const { audienceManager = {}, limits = {}, listen = {}, ...others } = more;
  return stringify({
    listen: { port: 0, ...listen },
    limits: { eventLoopDelay: '0', ...limits },
    ...others,
    audienceManager: {
      password: { baseUrl: simulator.baseUrl, tokenUrl: simulator.passwordTokenUrl, ...simulator.partner },
      serverToServer: { baseUrl: simulator.baseUrl, tokenUrl: simulator.serverToServerTokenUrl },
      callsPerSecond: 0,
      ...audienceManager,
    },
    customers: customers.map((customer) => {
      const known = simulated.find(({ key }) => key === customer.id);
      const credentials = customer.credentials === undefined ? credentialsOf(known) : customer.credentials;
      const destinations = customer.destinations ?? known?.destinations.map(({ id }) => ({ id })) ?? [];
      return {
        id: customer.id,
        ...(customer.name === undefined ? {} : { name: customer.name }),
        ...(credentials === null ? {} : { credentials }),
        destinations:
          customer.discovery === undefined
            ? destinations.map((each) => ({ segmentIdType: 'MAPPING_ID', ...each }))
            : { discover: true, segmentIdType: 'MAPPING_ID', ...customer.discovery },
      };
    }),
  });
}

function credentialsOf(customer: SimulatorCustomer | undefined): Record<string, string> | null {
  if (customer === undefined) return null;
  if (customer.type === 'password') {
    const { type, username, password } = customer;
    return { type, username, password };
  }
  const { type, clientId, clientSecret, orgId } = customer;
  return { type, clientId, clientSecret, orgId };
}
