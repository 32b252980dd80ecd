import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, oauthError, Refusal, refusalAnswer } from './answer.js';
import { Api } from './api.js';
import { type CallFilter, CallLog, callMatches, type RecordedCall } from './calls.js';
import { Customers } from './customers.js';
import { changedAnswer, faultAnswer, realDelay, waitFor } from './exchange.js';
import { type ActiveFault, type Fault, Faults } from './faults.js';
import { bodyOf, encodingFor, readBody, send, sendBody, sendHuge } from './http.js';
import { type ParsedRequest, parseRequest } from './request.js';
import { API_PATH, methodOf, PASSWORD_TOKEN_PATH, SERVER_TO_SERVER_TOKEN_PATH } from './routes.js';
import { TokenEndpoint } from './token-endpoint.js';
import { Tokens } from './tokens.js';
import type { PartnerClient, SimulatorDestination, SimulatorOptions } from './types.js';

const DEFAULT_PARTNER: PartnerClient = { clientId: 'partner-client', clientSecret: 'partner-secret' };
// Longer than any client keeps an idle connection, so that it is never closed under a request.
const KEEP_ALIVE_MS = 75_000;

/**
 * An Audience Manager on loopback, over real HTTP: both token endpoints and the part of the REST API
 * that is read, with faults on demand. One base URL serves all customers; the access token decides whose
 * data is seen.
 */
export class AudienceManagerSimulator {
  /** The partner's own OAuth2 client, for the password token endpoint. */
  readonly partner: PartnerClient;
  readonly #options: SimulatorOptions;
  readonly #now: () => number;
  readonly #delay: (ms: number) => Promise<void>;
  readonly #customers: Customers;
  readonly #tokens: Tokens;
  readonly #tokenEndpoint: TokenEndpoint;
  readonly #api: Api;
  readonly #faults = new Faults();
  readonly #log = new CallLog();
  readonly #server: Server;
  #url = '';

  private constructor(options: SimulatorOptions) {
    this.#options = options;
    this.partner = options.partner ?? DEFAULT_PARTNER;
    this.#now = options.now ?? Date.now;
    this.#delay = options.delay ?? realDelay;
    this.#customers = new Customers(options.customers);
    this.#tokens = new Tokens(this.#now);
    this.#tokenEndpoint = new TokenEndpoint(this.#customers, this.#tokens, {
      partner: this.partner,
      refreshTokens: options.refreshTokens ?? true,
      lifetimeSeconds: options.tokenLifetimeSeconds,
    });
    this.#api = new Api(this.#customers, this.#tokens, options.maxPageSize);
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      void this.#serve(request, response);
    });
  }

  /** Starts one; rejects where the port cannot be had. */
  static async start(options: SimulatorOptions): Promise<AudienceManagerSimulator> {
    const simulator = new AudienceManagerSimulator(options);
    await simulator.#listen(options.host ?? '127.0.0.1', options.port ?? 0);
    return simulator;
  }

  get url(): string {
    return this.#url;
  }

  /** Of the REST API, for customers of either type. */
  get baseUrl(): string {
    return this.#url + API_PATH;
  }

  get passwordTokenUrl(): string {
    return this.#url + PASSWORD_TOKEN_PATH;
  }

  get serverToServerTokenUrl(): string {
    return this.#url + SERVER_TO_SERVER_TOKEN_PATH;
  }

  /** Every request that arrived, in order. */
  get calls(): readonly RecordedCall[] {
    return this.#log.calls;
  }

  count(filter: CallFilter = {}): number {
    return this.#log.count(filter);
  }

  /** How often reading a destination's mappings was begun: calls for page 0, or without paging. */
  listings(filter: Pick<CallFilter, 'customer' | 'destinationId'> = {}): number {
    const mappings: CallFilter = { ...filter, endpoint: 'mappings' };
    return this.calls.filter((call) => (call.page ?? 0) === 0 && callMatches(call, mappings)).length;
  }

  resetCalls(): void {
    this.#log.clear();
  }

  /** The next request to arrive that agrees with the filter; not one that arrived before. */
  nextCall(filter: Omit<CallFilter, 'status'> = {}): Promise<RecordedCall> {
    return this.#log.next(filter);
  }

  /** The live destination: changes show in the next answer. Throws where there is none. */
  destination(customerKey: string, id: number): SimulatorDestination {
    return this.#customers.destination(customerKey, id);
  }

  addDestination(customerKey: string, destination: SimulatorDestination): void {
    this.#customers.addDestination(customerKey, destination);
  }

  removeDestination(customerKey: string, id: number): void {
    this.#customers.removeDestination(customerKey, id);
  }

  /** Makes something go wrong, until it is removed or used up. */
  fault(fault: Fault): ActiveFault {
    return this.#faults.add(fault);
  }

  /** Removes every fault. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** Outstanding access tokens, of one customer or of all, get 401 from now on. */
  revokeTokens(customerKey?: string): void {
    this.#tokens.revokeAccess(customerKey);
  }

  revokeRefreshTokens(customerKey?: string): void {
    this.#tokens.revokeRefresh(customerKey);
  }

  /** For new tokens; those outstanding, refresh tokens too, stay good. */
  setPassword(customerKey: string, password: string): void {
    const { credentials } = this.#customers.get(customerKey);
    if (credentials.type !== 'password') throw new Error(`${customerKey} has no password`);
    credentials.password = password;
  }

  /** For new tokens; those outstanding stay good. */
  setSecret(customerKey: string, clientSecret: string): void {
    const { credentials } = this.#customers.get(customerKey);
    if (credentials.type !== 'server-to-server') throw new Error(`${customerKey} has no client secret`);
    credentials.clientSecret = clientSecret;
  }

  /** Every access and refresh token that the customer was ever given. */
  tokensIssued(customerKey: string): string[] {
    return this.#tokens.issuedTo(customerKey);
  }

  /** Ends all connections, also those that wait for an answer. Once is enough; again does no harm. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => resolve());
    });
    const { address, port: actual, family } = this.#server.address() as AddressInfo;
    this.#url = `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new Promise<void>((resolve) => response.once('close', resolve));
    try {
      await this.#exchange(request, response, gone);
    } catch (error) {
      // The client left, or a fault's own transform threw: the latter has to be seen.
      if (response.headersSent || response.destroyed) response.destroy();
      else await send(response, refusalAnswer(error), 'identity');
    }
  }

  async #exchange(request: IncomingMessage, response: ServerResponse, gone: Promise<void>): Promise<void> {
    const body = await readBody(request);
    const parsed = parseRequest(request, body, this.#now(), this.#tokens, this.#tokenEndpoint);
    const { call } = parsed;
    this.#log.add(call);
    const waits = this.#faults.waits(call);
    const replacement = this.#faults.replacement(call);
    const latency = this.#options.latencyMs ?? 0;
    // Counted from the arrival, so that the simulator's own work is not added to it.
    const isDue = latency > 0 ? waitFor([{ kind: 'delay', ms: latency }], this.#delay) : null;
    if (waits.length > 0) await Promise.race([waitFor(waits, this.#delay), gone]);
    const isGone = (): boolean => response.destroyed;
    if (isGone()) return;

    const encoding = encodingFor(this.#options.compression ?? 'auto', call.headers['accept-encoding']);
    if (replacement !== undefined && isDue !== null) await Promise.race([isDue, gone]);
    if (isGone() || replacement?.kind === 'hang') return;
    if (replacement?.kind === 'reset') {
      request.socket.resetAndDestroy();
    } else if (replacement?.kind === 'huge') {
      call.status = 200;
      await sendHuge(response, replacement.bytes, encoding);
    } else if (replacement !== undefined) {
      const answer = faultAnswer(replacement);
      call.status = answer.status;
      await send(response, answer, encoding);
    } else {
      const good = this.#answer(parsed);
      const changes = good.status === 200 ? this.#faults.changes(call) : [];
      const answer = changedAnswer(good, changes, this.#destinationOf(call));
      call.status = answer.status;
      const cutShort = changes.some(({ kind }) => kind === 'truncate');
      const sent = await bodyOf(answer, encoding);
      if (isDue !== null) await Promise.race([isDue, gone]);
      if (!isGone()) sendBody(response, answer, sent, encoding, cutShort);
    }
  }

  #answer({ call, route, query, form }: ParsedRequest): Answer {
    try {
      if (route === undefined) throw new Refusal(404, `Nothing lives at ${call.path}`);
      const method = methodOf(route.endpoint);
      if (call.method !== method) throw new Refusal(405, `Only ${method} is allowed`, { allow: method });
      if (route.endpoint !== 'token') return this.#api.answer(route, query, call.headers);
      if (form === undefined) return oauthError(400, 'invalid_request', 'The body is not a form');
      return route.grants === 'password'
        ? this.#tokenEndpoint.answerPassword(call.headers['authorization'], form)
        : this.#tokenEndpoint.answerServerToServer(form);
    } catch (error) {
      return refusalAnswer(error);
    }
  }

  #destinationOf({ customer, destinationId }: RecordedCall): SimulatorDestination | undefined {
    if (customer === undefined || destinationId === undefined) return undefined;
    return this.#customers.get(customer).destinations.get(Number(destinationId));
  }
}
