import { TestGateway, type FurtherConfig } from '../support/gateway.js';
import { ALL_PERMISSIONS, apiKeyOf, callerWith, type Tenant, type TestCaller } from './tenants.js';

const DAY_MS = 86_400_000;

/** Who brings a realm to where the tests begin. */
export const OPERATOR = callerWith('operator', 'all', ALL_PERMISSIONS);

/** One request, ready to be sent to several gateways. */
export interface TestRequest {
  readonly method: 'GET' | 'POST';
  /** With its query string. */
  readonly path: string;
  readonly body?: unknown;
}

export interface TestResponse {
  readonly status: number;
  /** Without what differs between any two answers. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A gateway that has these customers and no others, with a past. */
export class Realm implements AsyncDisposable {
  readonly tenants: readonly Tenant[];
  readonly #gateway: TestGateway;

  private constructor(tenants: readonly Tenant[], gateway: TestGateway) {
    this.tenants = tenants;
    this.#gateway = gateway;
  }

  /** Each has a simulator of its own, and lives through the same three days. */
  static async start(
    tenants: readonly Tenant[],
    callers: readonly TestCaller[],
    config: FurtherConfig = {},
  ): Promise<Realm> {
    const realm = await Realm.startUnread(tenants, callers, config);
    await realm.#live();
    return realm;
  }

  /** The same before anything was ever read. */
  static async startUnread(
    tenants: readonly Tenant[],
    callers: readonly TestCaller[],
    config: FurtherConfig = {},
  ): Promise<Realm> {
    const everybody = [OPERATOR, ...tenants.map(({ author }) => author), ...callers];
    const gateway = await TestGateway.start({
      simulated: tenants.flatMap(({ source }) => (source === null ? [] : structuredClone(source))),
      customers: tenants.map(({ configured }) => configured),
      config: {
        access: { apiKeys: everybody.map(apiKeyOf) },
        audienceManager: { retries: 0 },
        freshness: { refreshEvery: '0' },
        // Low, so that what an operation is reckoned to cost is told too.
        limits: { cost: 5000, requestsPerMinute: '0' },
        ...config,
      },
    });
    return new Realm(tenants, gateway);
  }

  /** How many calls Audience Manager has had. */
  get upstreamCalls(): number {
    return this.#gateway.simulator.calls.length;
  }

  get logLines(): readonly string[] {
    return this.#gateway.logLines;
  }

  async send({ method, path, body }: TestRequest, key: string | null): Promise<TestResponse> {
    const response = await fetch(new URL(path, this.#gateway.url), {
      method,
      headers: {
        'content-type': 'application/json',
        'x-request-id': 'the-request',
        // What clients of assistants have to send.
        ...(path === '/mcp' ? { accept: 'application/json, text/event-stream' } : {}),
        ...(key === null ? {} : { 'x-api-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const {
      date: _date,
      'keep-alive': _keepAlive,
      'content-length': _length,
      ...headers
    } = Object.fromEntries(response.headers);
    return { status: response.status, headers, body: await response.text() };
  }

  /** The data of an operation that must succeed. */
  async query(query: string, variables: Record<string, unknown>, caller: TestCaller): Promise<unknown> {
    const { body } = await this.send(
      { method: 'POST', path: '/graphql', body: { query, variables } },
      caller.key,
    );
    const answer = JSON.parse(body) as { data?: unknown; errors?: unknown };
    if (answer.errors !== undefined) throw new Error(`${query}\n${body}`);
    return answer.data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway[Symbol.asyncDispose]();
  }

  /** A first reading, a second one after everything has changed, names by hand, and a third one. */
  async #live(): Promise<void> {
    await this.#readAll();
    for (const [day, change] of [0, 1].entries()) {
      this.#gateway.clock.advance(DAY_MS);
      for (const tenant of this.tenants) this.#change(tenant, change);
      await this.#readAll();
      if (day === 0) await this.#importAll();
    }
    await this.query(
      `{ customers { nodes { destinations {
        name description type active segments { totalCount } sync { status segmentCount lastError { message } }
      } } } }`,
      {},
      OPERATOR,
    ).catch(() => undefined);
  }

  async #readAll(): Promise<void> {
    for (const { id, configured, source } of this.tenants) {
      if (source === null) continue;
      for (const destination of configured.destinations ?? []) {
        await this.send(
          {
            method: 'POST',
            path: '/graphql',
            body: {
              query:
                'mutation ($a: ID!, $b: ID!) { refreshDestination(customerId: $a, destinationId: $b) { id } }',
              variables: { a: id, b: String(destination.id) },
            },
          },
          OPERATOR.key,
        );
      }
    }
  }

  #change({ id, source, later, failures }: Tenant, stage: number): void {
    if (source === null) return;
    const { simulator } = this.#gateway;
    for (const [destination, mappings] of later[stage] ?? []) {
      simulator.destination(id, destination).mappings = structuredClone([...mappings]);
    }
    if (stage > 0) return;
    for (const { destinationId, body } of failures) {
      simulator.fault({ customer: id, destinationId, action: { kind: 'status', status: 500, body } });
    }
  }

  async #importAll(): Promise<void> {
    const query = `mutation ($a: ID!, $csv: String!) {
      importSegments(customerId: $a, destinationId: "314", csv: $csv) { applied }
    }`;
    for (const { id, csv, author } of this.tenants) await this.query(query, { a: id, csv }, author);
  }
}
