import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AccountRegistry } from './account-registry.js';
import { type CallFilter, CallLog, callMatches, type RecordedCall } from './call-log.js';
import { type MappingEdit, MappingEditor } from './edits.js';
import { applyChanges, cutOf, performWaits, realDelay, replacementResponse } from './fault-effects.js';
import { FaultRegistry } from './fault-registry.js';
import type { ActiveFault, Fault } from './faults.js';
import { encodeBody, encodingFor, readBody, sendEncoded, sendHuge, sendResponse } from './http.js';
import { createDelivery, type DeliveryOptions } from './outbound/delivery.js';
import { JobLog } from './outbound/job-log.js';
import { createMessage, type MessageOptions } from './outbound/messages.js';
import type { DeliveredFile } from './outbound/types.js';
import { type ParsedRequest, parseRequest } from './parse-request.js';
import { HttpError, oauthError, responseOfError, type SimulatorResponse } from './response.js';
import { RestApi } from './rest-api.js';
import { API_PATH, methodOf, PASSWORD_TOKEN_PATH, SERVER_TO_SERVER_TOKEN_PATH } from './routes.js';
import { TokenEndpoint } from './token-endpoint.js';
import { TokenStore } from './token-store.js';
import type { AccountRefusal, PartnerClient, SimulatorDestination, SimulatorOptions } from './types.js';

const DEFAULT_PARTNER: PartnerClient = { clientId: 'partner-client', clientSecret: 'partner-secret' };
// Source: "Getting started with Audience Manager REST APIs", password requirements.
const DEFAULT_LOCK_AFTER = 5;
// Longer than clients keep idle connections, so that the server never closes one while a request is sent on it.
const KEEP_ALIVE_MS = 75_000;

/**
 * A simulated Audience Manager over real HTTP: both token endpoints, and the endpoints of the REST API for reading
 * destinations, their mappings and the history of what was sent. It also makes the files and messages that a partner
 * receives. Faults can be added on demand. All customers share one base URL; the access token selects
 * the customer.
 */
export class AudienceManagerSimulator {
  /** The partner's own OAuth2 client, for the password token endpoint. */
  readonly partner: PartnerClient;
  readonly #options: SimulatorOptions;
  readonly #now: () => number;
  readonly #delay: (ms: number) => Promise<void>;
  readonly #accounts: AccountRegistry;
  readonly #tokens: TokenStore;
  readonly #tokenEndpoint: TokenEndpoint;
  readonly #api: RestApi;
  readonly #faults = new FaultRegistry();
  readonly #log = new CallLog();
  readonly #editor = new MappingEditor();
  readonly #jobs = new JobLog();
  readonly #server: Server;
  #url = '';

  private constructor(options: SimulatorOptions) {
    this.#options = options;
    this.partner = options.partner ?? DEFAULT_PARTNER;
    this.#now = options.now ?? Date.now;
    this.#delay = options.delay ?? realDelay;
    this.#accounts = new AccountRegistry(options.customers);
    this.#tokens = new TokenStore(this.#now);
    this.#tokenEndpoint = new TokenEndpoint(this.#accounts, this.#tokens, {
      partner: this.partner,
      refreshTokens: options.refreshTokens ?? true,
      lifetimeSeconds: options.tokenLifetimeSeconds,
      lockAfter: options.lockAfter ?? DEFAULT_LOCK_AFTER,
    });
    this.#api = new RestApi(this.#accounts, this.#tokens, this.#jobs, options.maxPageSize);
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      void this.#serve(request, response);
    });
  }

  /** Starts a simulator. @throws the error of the listening socket, such as EADDRINUSE. */
  static async start(options: SimulatorOptions): Promise<AudienceManagerSimulator> {
    const simulator = new AudienceManagerSimulator(options);
    await simulator.#listen(options.host ?? '127.0.0.1', options.port ?? 0);
    return simulator;
  }

  /** The origin, such as `http://127.0.0.1:4001`. */
  get url(): string {
    return this.#url;
  }

  /** The base URL of the REST API, for customers of both types. */
  get baseUrl(): string {
    return this.#url + API_PATH;
  }

  get passwordTokenUrl(): string {
    return this.#url + PASSWORD_TOKEN_PATH;
  }

  get serverToServerTokenUrl(): string {
    return this.#url + SERVER_TO_SERVER_TOKEN_PATH;
  }

  /** All received requests, in order. */
  get calls(): readonly RecordedCall[] {
    return this.#log.calls;
  }

  /** Number of received requests that match a filter. */
  count(filter: CallFilter = {}): number {
    return this.#log.count(filter);
  }

  /** Number of listings that were started: requests for mappings without paging options or for page 0. */
  listings(filter: Pick<CallFilter, 'customer' | 'destinationId'> = {}): number {
    const mappings: CallFilter = { ...filter, endpoint: 'mappings' };
    return this.calls.filter((call) => (call.page ?? 0) === 0 && callMatches(call, mappings)).length;
  }

  /** Forgets all received requests. */
  resetCalls(): void {
    this.#log.clear();
  }

  /** Resolves with the next request that matches the filter. Earlier requests do not count. */
  nextCall(filter: Omit<CallFilter, 'status'> = {}): Promise<RecordedCall> {
    return this.#log.next(filter);
  }

  /** A destination, to read or change. Changes are visible in the next response. @throws if there is none. */
  destination(customerKey: string, id: number): SimulatorDestination {
    return this.#accounts.destination(customerKey, id);
  }

  /**
   * Changes the mappings of a destination, all at once. Pages of a listing that are computed later show the changes,
   * pages that were computed before do not, as with Audience Manager itself; `edits` of a call says which.
   *
   * @returns how often the destination was edited so far, this time included
   * @throws Error, with nothing changed, if there is no such mapping, or already one with the ID of an added one
   */
  edit(customerKey: string, id: number, ...edits: MappingEdit[]): number {
    return this.#editor.edit(this.destination(customerKey, id), edits, this.#now());
  }

  /** @throws if the customer already has a destination with that ID. */
  addDestination(customerKey: string, destination: SimulatorDestination): void {
    this.#accounts.addDestination(customerKey, destination);
  }

  /** @throws if the customer has no such destination. */
  removeDestination(customerKey: string, id: number): void {
    this.#accounts.removeDestination(customerKey, id);
  }

  /**
   * Makes the files of a delivery to a server-to-server destination, the `.info` file last. `history/outbound` lists it
   * from now on.
   *
   * @throws if there is no such destination
   */
  deliver(customerKey: string, id: number, options: DeliveryOptions = {}): readonly DeliveredFile[] {
    const destination = this.destination(customerKey, id);
    const account = this.#accounts.get(customerKey);
    const number = this.#jobs.of(destination).length;
    const { files, job } = createDelivery(account, destination, { at: this.#now(), number, ...options });
    this.#jobs.add(destination, job);
    return files;
  }

  /** Makes a real-time message to a server-to-server destination. @throws if there is no such destination */
  message(customerKey: string, id: number, options: MessageOptions = {}): string {
    const destination = this.destination(customerKey, id);
    return createMessage(this.#accounts.get(customerKey), destination, { at: this.#now(), ...options });
  }

  /** Adds a fault. It stays active until it is removed or has affected `times` calls. */
  fault(fault: Fault): ActiveFault {
    return this.#faults.add(fault);
  }

  /** Removes every fault. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** Revokes the access tokens of one customer, or of all: requests with them get 401. */
  revokeTokens(customerKey?: string): void {
    this.#tokens.revokeAccess(customerKey);
  }

  /** Revokes the refresh tokens of one customer, or of all. */
  revokeRefreshTokens(customerKey?: string): void {
    this.#tokens.revokeRefresh(customerKey);
  }

  /** Changes a password. Tokens that were issued before, including refresh tokens, stay valid. */
  setPassword(customerKey: string, password: string): void {
    const { credentials } = this.#accounts.get(customerKey);
    if (credentials.type !== 'password') throw new Error(`${customerKey} has no password`);
    credentials.password = password;
  }

  /** Changes a client secret. Tokens that were issued before stay valid. */
  setSecret(customerKey: string, clientSecret: string): void {
    const { credentials } = this.#accounts.get(customerKey);
    if (credentials.type !== 'server-to-server') throw new Error(`${customerKey} has no client secret`);
    credentials.clientSecret = clientSecret;
  }

  /**
   * Refuses an account from now on, although its credentials are right; `null`: no more. The token endpoint refuses a
   * user as `locked` by itself after too many failed log-ins, which `null` forgets.
   */
  refuse(customerKey: string, refusal: AccountRefusal | null): void {
    const account = this.#accounts.get(customerKey);
    account.refusal = refusal;
    if (refusal === null) account.failedLogIns = 0;
  }

  /** Number of failed log-ins of a user in a row. */
  failedLogIns(customerKey: string): number {
    return this.#accounts.get(customerKey).failedLogIns;
  }

  /** All access and refresh tokens that were ever issued to a customer. */
  tokensIssued(customerKey: string): string[] {
    return this.#tokens.issuedTo(customerKey);
  }

  /** Stops the server and ends all connections, including those with requests in flight. May be called twice. */
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

  async #serve(request: IncomingMessage, target: ServerResponse): Promise<void> {
    const disconnected = new Promise<void>((resolve) => target.once('close', resolve));
    try {
      await this.#respond(request, target, disconnected);
    } catch (error) {
      // Either the client disconnected, or the transform function of a fault threw: the test must see the latter.
      if (target.headersSent || target.destroyed) target.destroy();
      else await sendResponse(target, responseOfError(error), 'identity');
    }
  }

  async #respond(
    request: IncomingMessage,
    target: ServerResponse,
    disconnected: Promise<void>,
  ): Promise<void> {
    const body = await readBody(request);
    const parsed = parseRequest(request, body, this.#now(), this.#tokens, this.#tokenEndpoint);
    const { call } = parsed;
    this.#log.add(call);
    const waits = this.#faults.waits(call);
    const replacement = this.#faults.replacement(call);
    const latencyMs = this.#options.latencyMs ?? 0;
    // Starts now, so that the simulator's own processing time is part of the latency and not added to it.
    const latency = latencyMs > 0 ? this.#delay(latencyMs) : null;
    if (waits.length > 0) await Promise.race([performWaits(waits, this.#delay), disconnected]);
    const isDisconnected = (): boolean => target.destroyed;
    if (isDisconnected()) return;

    const encoding = encodingFor(this.#options.compression ?? 'auto', call.headers['accept-encoding']);
    if (replacement !== undefined && latency !== null) await Promise.race([latency, disconnected]);
    if (isDisconnected() || replacement?.kind === 'hang') return;
    if (replacement?.kind === 'reset') {
      request.socket.resetAndDestroy();
    } else if (replacement?.kind === 'huge') {
      call.status = 200;
      await sendHuge(target, replacement.bytes, encoding);
    } else if (replacement !== undefined) {
      const response = replacementResponse(replacement);
      call.status = response.status;
      await sendResponse(target, response, encoding);
    } else {
      const normal = this.#normalResponse(parsed);
      const destination = this.#destinationOf(call);
      if (destination !== undefined) call.edits = this.#editor.count(destination);
      const changes = normal.status === 200 ? this.#faults.changes(call) : [];
      const response = applyChanges(normal, changes, destination);
      call.status = response.status;
      const encoded = await encodeBody(response, encoding);
      if (latency !== null) await Promise.race([latency, disconnected]);
      if (!isDisconnected()) sendEncoded(target, response, encoded, encoding, cutOf(changes));
    }
  }

  /** The response to a request that no fault affects. */
  #normalResponse({ call, route, query, form }: ParsedRequest): SimulatorResponse {
    try {
      if (route === undefined) throw new HttpError(404, `There is nothing at ${call.path}`);
      const method = methodOf(route.endpoint);
      if (call.method !== method) throw new HttpError(405, `Only ${method} is allowed`, { allow: method });
      if (route.endpoint !== 'token') return this.#api.respond(route, query, call);
      if (form === undefined) return oauthError(400, 'invalid_request', 'The body is not a form');
      return route.grants === 'password'
        ? this.#tokenEndpoint.respondToPassword(call.headers['authorization'], form)
        : this.#tokenEndpoint.respondToServerToServer(form);
    } catch (error) {
      return responseOfError(error);
    }
  }

  #destinationOf({ customer, destinationId }: RecordedCall): SimulatorDestination | undefined {
    if (customer === undefined || destinationId === undefined) return undefined;
    return this.#accounts.get(customer).destinations.get(Number(destinationId));
  }
}
