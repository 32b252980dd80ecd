import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { check } from '../../src/commands/check.js';
import type { CheckResult } from '../../src/commands/check-report.js';
import { parseConfig } from '../../src/config/index.js';
import { Gateway } from '../../src/gateway.js';
import { AudienceManagerSimulator, type FaultAction } from '../../src/simulator/index.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { createAuthority, issue, type IssueOptions } from '../support/certificates.js';
import { TemporaryFolder } from '../support/command.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { configTextFor, type FurtherConfig } from '../support/gateway.js';
import { TlsFront } from '../support/tls-front.js';

/** The rows of the page: failure, code, and words of the message. */
const ROWS = [
  ...readFileSync('docs/failures.md', 'utf8').matchAll(/^\| ([^|`]+?) +\| `(AAM_\w+)` +\| `([^`]+)` +\|/gm),
].map(([, failure = '', code = '', words = '']) => ({ failure, code, words }));

/** What goes wrong: the rest of the configuration, after the simulator was made to fail. */
type Failing = (simulator: AudienceManagerSimulator) => FurtherConfig | Promise<FurtherConfig>;

const faulty =
  (action: FaultAction): Failing =>
  (simulator) => {
    for (const endpoint of ['mappings', 'destination'] as const) simulator.fault({ endpoint, action });
    return {};
  };

const at = (url: string): FurtherConfig => ({
  audienceManager: { password: { baseUrl: `${url}/v1`, tokenUrl: `${url}/oauth/token`, ...CLIENT } },
});

const CLIENT = { clientId: 'partner-client', clientSecret: 'partner-secret' };
const PAGE = '<!DOCTYPE html><html><body>Access denied</body></html>';

/** A server on a port that nobody listens on any more. */
async function closedPort(): Promise<number> {
  const server: Server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const tls =
  (options: IssueOptions, isTrusted = true): Failing =>
  async (simulator) => {
    const authority = await createAuthority();
    const front = await TlsFront.start(simulator.url, await issue(authority, options));
    onTestFinished(() => front[Symbol.asyncDispose]());
    const url = `https://localhost:${front.port}`;
    return { ...at(url), ...(isTrusted && { outbound: { ca: authority.cert } }) };
  };

const FAILURES: Readonly<Record<string, Failing>> = {
  'host name unknown': () => at('https://no-such-host.invalid'),
  'connection refused': async () => at(`http://127.0.0.1:${await closedPort()}`),
  'connection reset': faulty({ kind: 'reset' }),
  'no answer in time': faulty({ kind: 'hang' }),
  'server error': faulty({ kind: 'status', status: 503 }),
  'certificate not trusted': tls({}, false),
  'certificate expired': tls({
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: new Date('2021-01-01T00:00:00Z'),
  }),
  'certificate of another host': tls({ hosts: ['elsewhere.example'] }),
  'web page instead of an answer': faulty({ kind: 'body', body: PAGE, contentType: 'text/html' }),
  'redirect to a log-in page': faulty({ kind: 'redirect', location: 'https://login.example/' }),
  "firewall's 403": faulty({
    kind: 'status',
    status: 403,
    body: PAGE,
    headers: { 'content-type': 'text/html' },
  }),
  "Audience Manager's 403": (simulator) => {
    simulator.destination('acme', 1).forbidden = true;
    return {};
  },
  'destination unknown': (simulator) => {
    simulator.removeDestination('acme', 1);
    return {};
  },
  'wrong client secret': (simulator) => ({
    audienceManager: {
      password: {
        baseUrl: simulator.baseUrl,
        tokenUrl: simulator.passwordTokenUrl,
        ...CLIENT,
        clientSecret: 'a wrong secret',
      },
    },
  }),
  'wrong password': (simulator) => {
    simulator.setPassword('acme', 'another one');
    return {};
  },
};

/** A file with a configuration in which Audience Manager fails. */
async function place(fail: Failing): Promise<{ readonly file: string; readonly text: string }> {
  const customer = passwordCustomer('acme', destination(1, 3));
  const simulator = await AudienceManagerSimulator.start({ customers: [customer] });
  const folder = await TemporaryFolder.create();
  onTestFinished(async () => {
    await simulator.stop();
    await folder[Symbol.asyncDispose]();
  });
  const { audienceManager = {}, ...others } = await fail(simulator);
  const text = configTextFor(simulator, [customer], [{ id: 'acme', destinations: [{ id: 1 }] }], {
    storage: { sqlite: 'gateway.db' },
    freshness: { refreshEvery: '0', coldTimeout: '60s' },
    limits: { requestTimeout: '60s' },
    ...others,
    audienceManager: { retries: 0, requestTimeout: '2s', ...audienceManager },
  });
  return { text, file: await folder.write('gateway.yaml', text) };
}

async function checked(file: string): Promise<CheckResult | undefined> {
  let printed = '';
  await check({ config: file, json: true }, (text) => (printed += text), new Redactor());
  return (JSON.parse(printed) as CheckResult[])[0];
}

/** What a gateway answers, logs and counts. */
async function served(
  file: string,
  text: string,
): Promise<{ answer: unknown; log: unknown[]; metrics: string }> {
  const log: unknown[] = [];
  const gateway = await Gateway.start(parseConfig(text, { file, env: {} }), {
    logSink: { write: (line: string) => log.push(JSON.parse(line)) },
  });
  onTestFinished(() => gateway.stop());
  const query = '{ segment(customerId: "acme", destinationId: "1", segmentId: "1001") { name } }';
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { errors } = (await response.json()) as { errors: unknown[] };
  return { answer: errors[0], log, metrics: await gateway.metrics.registry.metrics() };
}

describe('docs/failures.md', () => {
  it('has a row for each failure that is tested, and for no other', () => {
    expect(ROWS.map(({ failure }) => failure).sort()).toEqual(Object.keys(FAILURES).sort());
  });

  it.each(ROWS)('is right about $failure', { timeout: 90_000 }, async ({ failure, code, words }) => {
    const { file, text } = await place(FAILURES[failure] as Failing);
    const result = await checked(file);
    expect(result).toMatchObject({ status: 'failed', code });
    expect(result?.message).toContain(words);
    expect(result?.remedy).toMatch(/^[A-Z].*\.$/);
    const { answer, log, metrics } = await served(file, text);
    expect(answer).toMatchObject({ message: expect.stringContaining(words), extensions: { code } });
    expect(log).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        code,
        error: expect.stringContaining(words),
        msg: 'destination could not be read',
      }),
    );
    expect(metrics).toMatch(
      new RegExp(`^aam_gateway_refreshes_total\\{.*reason="cold".*outcome="${code}".*\\} 1$`, 'm'),
    );
  });
});
