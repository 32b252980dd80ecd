import { join } from 'node:path';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { onTestFinished } from 'vitest';
import { TemporaryFolder } from '../support/command.js';
import { destination, passwordCustomer, serverToServerCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import type { PartnerClient, SimulatorCustomer } from '../../src/simulator/index.js';
import { Canaries } from './canaries.js';
import { ALL_PERMISSIONS, apiKeyOf, type TestCaller } from './tenants.js';

const ISSUER = 'https://login.example.com/';
const AUDIENCE = 'aam-segment-gateway';
const HOUR_MS = 3_600_000;

/** Accounts whose passwords and secrets are canaries, one of either kind. */
export interface GuardedAccounts {
  readonly partner: PartnerClient;
  readonly simulated: SimulatorCustomer[];
}

export function createAccounts(canaries: Canaries): GuardedAccounts {
  const acme = { ...passwordCustomer('acme', destination(314, 3)), password: canaries.awkward('a password') };
  const globex = {
    ...serverToServerCustomer('globex', destination(566, 3)),
    clientSecret: canaries.awkward("a customer's client secret"),
  };
  const clientSecret = canaries.awkward("the partner's client secret");
  canaries.add("the partner's client with its secret", `a-partner:${clientSecret}`);
  return { partner: { clientId: 'a-partner', clientSecret }, simulated: [acme, globex] };
}

/** Who may call, with keys and tokens that are canaries. */
export interface GuardedAccess {
  readonly access: Record<string, unknown>;
  readonly key: string;
  readonly metricsKey: string;
  /** What lets nobody in, and a token that does. */
  readonly credentials: readonly string[];
}

/** Makes keys and tokens; the provider's public keys are in `folder`. `now` is in milliseconds. */
export async function createAccess(
  canaries: Canaries,
  folder: TemporaryFolder,
  now: number,
): Promise<GuardedAccess> {
  const [own, foreign] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  const keySet = { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'k', alg: 'ES256' }] };
  const token = (
    key: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'],
    lifetimeMs: number,
    claims: object = {},
  ): Promise<string> =>
    new SignJWT({ customers: 'all', permissions: 'read', sub: 'somebody', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setExpirationTime(Math.floor((now + lifetimeMs) / 1000))
      .sign(key);
  const good = canaries.add('a good token', await token(own.privateKey, HOUR_MS));
  canaries.add("a good token's signature", good.slice(good.lastIndexOf('.') + 1));
  const credentials = [
    good,
    canaries.add('an expired token', await token(own.privateKey, -HOUR_MS)),
    canaries.add('a forged token', await token(foreign.privateKey, HOUR_MS)),
    canaries.add('a token with an odd claim', await token(own.privateKey, HOUR_MS, { nbf: 'never' })),
    canaries.add('half a token', good.slice(0, -100)),
    canaries.add('a token that is none', `eyJ.${canaries.plain('a part of it')}.x`),
    canaries.plain('a key that is none'),
  ];
  const caller = (name: string, permissions: TestCaller['permissions']): TestCaller => ({
    name,
    key: canaries.plain(`the key of ${name}`),
    customers: 'all',
    permissions,
  });
  const [reports, scraper] = [caller('reports', ALL_PERMISSIONS), caller('scraper', ['metrics'])];
  const jwksFile = await folder.write('jwks.json', JSON.stringify(keySet));
  return {
    access: {
      apiKeys: [reports, scraper].map(apiKeyOf),
      jwt: { issuer: ISSUER, audience: AUDIENCE, jwksFile },
    },
    key: reports.key,
    metricsKey: scraper.key,
    credentials,
  };
}

/** A gateway whose every secret is a canary, and everything that comes out of it. */
export class GuardedGateway {
  readonly canaries: Canaries;
  readonly access: GuardedAccess;
  readonly gateway: TestGateway;
  /** Of the configuration's files and the database. */
  readonly folder: TemporaryFolder;
  readonly #answers: string[] = [];

  private constructor(
    canaries: Canaries,
    access: GuardedAccess,
    gateway: TestGateway,
    folder: TemporaryFolder,
  ) {
    this.canaries = canaries;
    this.access = access;
    this.gateway = gateway;
    this.folder = folder;
  }

  /** It stops when the test ends. `more` are further sections of its configuration. */
  static async start(
    canaries = new Canaries(),
    more: Record<string, Record<string, unknown>> = {},
  ): Promise<GuardedGateway> {
    const folder = await TemporaryFolder.create();
    onTestFinished(() => folder[Symbol.asyncDispose]());
    const { partner, simulated } = createAccounts(canaries);
    const access = await createAccess(canaries, folder, Date.UTC(2026, 0, 15, 12));
    const gateway = await TestGateway.start({
      simulated,
      simulator: { partner, tokenLifetimeSeconds: 600 },
      gateway: { logLevel: 'trace' },
      config: {
        access: access.access,
        audienceManager: { retries: 0 },
        freshness: { refreshEvery: '0' },
        ...more,
        storage: {
          sqlite: join(folder.path, 'gateway.db'),
          encryptionKey: canaries.awkward('the encryption key'),
          ...more['storage'],
        },
      },
    });
    onTestFinished(() => gateway[Symbol.asyncDispose]());
    return new GuardedGateway(canaries, access, gateway, folder);
  }

  /** Sends a request and remembers the whole answer. */
  async send(path: string, headers: Record<string, string>, body?: string): Promise<string> {
    const response = await fetch(new URL(path, this.gateway.url), {
      method: body === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    this.remember(`${response.status} ${JSON.stringify([...response.headers])} ${text}`);
    return text;
  }

  /** Runs an operation for the caller that may do everything. */
  async query(query: string): Promise<string> {
    return await this.send('/graphql', { 'x-api-key': this.access.key }, JSON.stringify({ query }));
  }

  /** Something else that came out. */
  remember(text: string): void {
    this.#answers.push(text);
  }

  /** Refreshes and exports all destinations, and queries everything. */
  async askEverything(): Promise<void> {
    // A destination is refreshed on request once in 5 s.
    this.gateway.clock.advance(5_000);
    for (const [customer, id] of [
      ['acme', '314'],
      ['globex', '566'],
    ]) {
      await this.query(
        `mutation { refreshDestination(customerId: "${customer}", destinationId: "${id}") { name } }`,
      );
      await this.query(`{ lookupSegments(keys: [
        { destinationId: "${id}", segmentId: "1001", idType: AUTO }, { destinationId: "${id}", segmentId: "nothing" }
      ]) { status segment { name } error { code message } } }`);
      await this.send(`/export/${customer}/${id}.csv`, { 'x-api-key': this.access.key });
    }
    await this.query(`{ customers { nodes { id name destinations {
      id name description type active sync { status lastError { code message } }
    } } } }`);
    await this.query(`{ searchSegments(text: "") { nodes { id name history { nodes { by name } } } } }`);
    await this.query('{ segment(customerId: "acme", destinationId: "314", segmentId: "1") { name } }');
    await this.query('{ nodes(ids: ["acme", "nothing"]) { id } viewer { name permissions customerCount } }');
  }

  /** Every canary that came out, whatever it looks like; tokens that were issued meanwhile are some too. */
  async escaped(): Promise<string[]> {
    await this.send('/metrics', { 'x-api-key': this.access.metricsKey });
    for (const customer of ['acme', 'globex']) {
      for (const token of this.gateway.simulator.tokensIssued(customer)) {
        this.canaries.add(`a token of ${customer}`, token);
      }
    }
    return this.canaries.foundIn({
      'the log': this.gateway.logLines.join(''),
      'the answers': this.#answers.join('\n'),
    });
  }
}
