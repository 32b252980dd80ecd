import type { Counter, Gauge, Histogram } from 'prom-client';
import { expect, onTestFinished } from 'vitest';
import { AudienceManagerClient, type ClientOptions } from '../../src/audience-manager/client.js';
import { Http, type HttpOptions } from '../../src/audience-manager/http.js';
import {
  AudienceManagerError,
  Tokens,
  type Account,
  type AudienceManagerErrorCode,
  type DestinationDetails,
  type LogInLedger,
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
import { destination, passwordCustomer, serverToServerCustomer } from './customers.js';
import { FakeClock } from './fake-clock.js';

/** Default timeout of one attempt, in milliseconds; longer than every wait between two attempts. */
export const REQUEST_TIMEOUT_MS = 60_000;

/** Longest wait between two attempts, in milliseconds. */
const MAX_WAIT_MS = 30_000;

/** A customer with destination 314, which has three segments. */
export const ACME = passwordCustomer('acme', destination(314, 3));

/** A customer with destination 566, which has three segments. */
const GLOBEX = serverToServerCustomer('globex', destination(566, 3));

/** Scopes that server-to-server accounts request. */
export const SCOPES = ['openid', 'AdobeID', 'read_organizations'];

/** Overrides of the defaults of {@link connect}. */
export interface ConnectOptions {
  readonly clock?: Clock;
  readonly http?: Partial<Omit<HttpOptions, 'clock' | 'logger' | 'metrics'>>;
  readonly client?: Partial<Pick<ClientOptions, 'pageSize' | 'includeDeleted' | 'maxListingBytes'>>;
  readonly vault?: TokenVault;
  readonly ledger?: LogInLedger;
}

/** The parts that talk to Audience Manager, wired as in the gateway, with their logs and metrics. */
export interface Connection {
  readonly http: Http;
  readonly tokens: Tokens;
  readonly client: AudienceManagerClient;
  readonly metrics: Metrics;
  readonly redactor: Redactor;
  readonly logger: Logger;
  /** All logged lines, from level `trace` up. */
  readonly logLines: string[];
}

/** Wires the parts together with 3 retries and a random number of 0.5; closed when the test ends. */
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
  const { vault, ledger } = options;
  const sharing = { ...(vault === undefined ? {} : { vault }), ...(ledger === undefined ? {} : { ledger }) };
  const tokens = new Tokens({ http, clock, logger, metrics, redactor, ...sharing });
  const client = new AudienceManagerClient({
    pageSize: 1000,
    includeDeleted: true,
    ...options.client,
    clock,
    http,
    tokens,
    logger,
    metrics,
  });
  return { http, tokens, client, metrics, redactor, logger, logLines };
}

/** A simulator, and a connection to it. */
export interface Upstream extends Connection {
  readonly clock: FakeClock;
  readonly simulator: AudienceManagerSimulator;
  /** The customer's hosts and credentials. */
  readonly account: (key: string) => Account;
}

/** What the simulator holds, and overrides of defaults. */
export interface UpstreamOptions extends Omit<ConnectOptions, 'clock'> {
  /** Default: {@link ACME} and {@link GLOBEX}. */
  readonly customers?: SimulatorCustomer[];
  readonly simulator?: Omit<SimulatorOptions, 'customers' | 'now'>;
}

/** Starts a simulator and a connection to it, both on one clock that the test moves. */
export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  // Copies, because tests change them and other files have the same ones.
  const customers = structuredClone(options.customers ?? [ACME, GLOBEX]);
  const clock = new FakeClock();
  const simulator = await AudienceManagerSimulator.start({
    ...options.simulator,
    customers,
    now: () => clock.now(),
  });
  onTestFinished(() => simulator.stop());
  const account = (key: string): Account => {
    const customer = customers.find((candidate) => candidate.key === key);
    if (customer === undefined) throw new Error(`no simulated customer ${key}`);
    return accountFor(simulator, customer);
  };
  return { ...connect({ ...options, clock }), clock, simulator, account };
}

/** Starts as {@link startUpstream} does, gets a token for Acme, and forgets the calls made for that. */
export async function startLoggedIn(options: UpstreamOptions = {}): Promise<Upstream> {
  const upstream = await startUpstream(options);
  await upstream.tokens.get(upstream.account('acme'));
  upstream.simulator.resetCalls();
  return upstream;
}

/** Reads a destination of Acme. */
export function readDestination(
  { client, account }: Upstream,
  id = '314',
  signal?: AbortSignal,
): Promise<DestinationDetails> {
  return client.readDestination(account('acme'), id, { signal });
}

/** Hosts and credentials that the simulator accepts for a customer. */
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
 * Advances the clock over every wait between the attempts of a call, until the call has settled.
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

/** The error that a call fails with. With a clock, waits between attempts are skipped. */
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

/** The code of the error that a call fails with. With a clock, waits between attempts are skipped. */
export async function codeOf(call: Promise<unknown>, clock?: FakeClock): Promise<AudienceManagerErrorCode> {
  return (await failureOf(call, clock)).code;
}

/** A promise for a fault of kind `hold` to wait for, and the function that resolves it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Log objects of one level. */
export function logged(connection: Connection, level: string): Record<string, unknown>[] {
  return connection.logLines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line['level'] === level);
}

/** Value of a counter or gauge, or a histogram's count, summed over all labels that are not given. */
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
