import type { Counter, Gauge, Histogram } from 'prom-client';
import { expect, onTestFinished } from 'vitest';
import { AudienceManagerClient, type ClientOptions } from '../../src/audience-manager/client.js';
import { Http, type HttpOptions } from '../../src/audience-manager/http.js';
import {
  AudienceManagerError,
  Tokens,
  type Account,
  type AudienceManagerErrorCode,
  type TokenVault,
} from '../../src/audience-manager/index.js';
import type { Clock } from '../../src/base/clock.js';
import {
  AudienceManagerSimulator,
  type SimulatorCustomer,
  type SimulatorOptions,
} from '../../src/simulator/index.js';
import { createLogger, type Logger } from '../../src/telemetry/logs.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { FakeClock } from './fake-clock.js';

/** Of one attempt, unless a test says otherwise: longer than every wait between two attempts. */
export const REQUEST_TIMEOUT_MS = 60_000;

/** A Retry-After that asks for more ends the call. */
const MAX_WAIT_MS = 30_000;

export const SCOPES = ['openid', 'AdobeID', 'read_organizations'];

export interface ConnectOptions {
  readonly clock?: Clock;
  readonly http?: Partial<Omit<HttpOptions, 'clock' | 'logger' | 'metrics'>>;
  readonly client?: Partial<Pick<ClientOptions, 'pageSize' | 'includeDeleted'>>;
  readonly vault?: TokenVault;
}

/** All parts that talk to Audience Manager, as the gateway wires them, with what they say captured. */
export interface Connection {
  readonly http: Http;
  readonly tokens: Tokens;
  readonly client: AudienceManagerClient;
  readonly metrics: Metrics;
  readonly redactor: Redactor;
  readonly logger: Logger;
  /** Every line that was logged, from level trace. */
  readonly logLines: string[];
}

/** Wires them up with a random of 0.5 and 3 retries; everything is closed when the test ends. */
export function connect(options: ConnectOptions & { clock: Clock }): Connection {
  const { clock } = options;
  const logLines: string[] = [];
  const metrics = new Metrics();
  const redactor = new Redactor();
  const logger = createLogger({ redactor, level: 'trace', sink: { write: (line) => logLines.push(line) } });
  const http = new Http({
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    retries: 3,
    concurrency: 8,
    random: () => 0.5,
    ...options.http,
    clock,
    logger,
    metrics,
  });
  onTestFinished(() => http.close());
  const sharing = options.vault === undefined ? {} : { vault: options.vault };
  const tokens = new Tokens({ http, clock, logger, metrics, redactor, ...sharing });
  const client = new AudienceManagerClient({
    pageSize: 1000,
    includeDeleted: true,
    ...options.client,
    http,
    tokens,
    logger,
    metrics,
  });
  return { http, tokens, client, metrics, redactor, logger, logLines };
}

export interface Upstream extends Connection {
  readonly clock: FakeClock;
  readonly simulator: AudienceManagerSimulator;
  /** What it takes to call the simulator for that customer. */
  account(key: string): Account;
}

export interface UpstreamOptions extends Omit<ConnectOptions, 'clock'> {
  readonly customers: SimulatorCustomer[];
  readonly simulator?: Omit<SimulatorOptions, 'customers' | 'now'>;
}

/** A simulator and a connection to it, both on one clock that the test moves. */
export async function startUpstream(options: UpstreamOptions): Promise<Upstream> {
  const clock = new FakeClock();
  const simulator = await AudienceManagerSimulator.start({
    ...options.simulator,
    customers: options.customers,
    now: () => clock.now(),
  });
  onTestFinished(() => simulator.stop());
  const account = (key: string): Account => {
    const customer = options.customers.find((candidate) => candidate.key === key);
    if (customer === undefined) throw new Error(`no simulated customer ${key}`);
    return accountFor(simulator, customer);
  };
  return { ...connect({ ...options, clock }), clock, simulator, account };
}

/** The hosts and credentials that the simulator accepts for a customer. */
export function accountFor(simulator: AudienceManagerSimulator, customer: SimulatorCustomer): Account {
  const { baseUrl } = simulator;
  if (customer.type === 'password') {
    const { username, password } = customer;
    const { clientId, clientSecret } = simulator.partner;
    const tokenUrl = simulator.passwordTokenUrl;
    return { type: 'password', baseUrl, tokenUrl, clientId, clientSecret, username, password };
  }
  const { clientId, clientSecret, orgId } = customer;
  const tokenUrl = simulator.serverToServerTokenUrl;
  return { type: 'server-to-server', baseUrl, tokenUrl, scopes: SCOPES, clientId, clientSecret, orgId };
}

/**
 * Lets the waits between the attempts of a call pass at once, until the call has settled.
 *
 * @returns the waits in milliseconds, in order
 */
export async function passWaits(clock: FakeClock, call: Promise<unknown>): Promise<number[]> {
  const waits: number[] = [];
  const settled = call.then(
    () => 'settled' as const,
    () => 'settled' as const,
  );
  for (;;) {
    const next = await Promise.race([settled, clock.timer((ms) => ms <= MAX_WAIT_MS)]);
    if (next === 'settled') return waits;
    waits.push(next);
    clock.advance(next);
  }
}

/** The error that a call ends with, its waits passed at once where there is a clock. */
export async function failureOf(call: Promise<unknown>, clock?: FakeClock): Promise<AudienceManagerError> {
  const outcome = call.then(
    () => new Error('the call succeeded'),
    (error: unknown) => error,
  );
  if (clock !== undefined) await passWaits(clock, outcome);
  const error = await outcome;
  expect(error).toBeInstanceOf(AudienceManagerError);
  return error as AudienceManagerError;
}

/** The code of the error that a call ends with, its waits passed at once where there is a clock. */
export async function codeOf(call: Promise<unknown>, clock?: FakeClock): Promise<AudienceManagerErrorCode> {
  return (await failureOf(call, clock)).code;
}

/** What a fault of kind `hold` waits for, and what lets it go on. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** The logged objects of a level. */
export function logged(connection: Connection, level: string): Record<string, unknown>[] {
  return connection.logLines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line['level'] === level);
}

/** The value of a counter or gauge, or a histogram's count, summed over the label values not given. */
export async function metricValue(
  metric: Counter | Gauge | Histogram,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { values, type } = (await metric.get()) as Awaited<ReturnType<Histogram['get']>>;
  return values
    .filter((value) => String(type) !== 'histogram' || value.metricName?.endsWith('_count'))
    .filter((value) =>
      Object.entries(labels).every(([name, text]) =>
        Object.entries(value.labels).some(([key, found]) => key === name && String(found) === text),
      ),
    )
    .reduce((sum, { value }) => sum + value, 0);
}
