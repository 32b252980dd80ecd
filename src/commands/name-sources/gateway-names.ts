import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import {
  MAX_LOOKED_UP,
  type NameScope,
  type NameSource,
  type NameSources,
  type Named,
} from '../../delivery/name-source.js';
import type { SegmentIdType, SegmentStatus } from '../../segments/index.js';
import type { Redactor } from '../../telemetry/redaction.js';
import { CommandError } from '../command-error.js';
import { jsonObjectIn } from '../json-object.js';

/** Flags that say which gateway is asked. */
export interface GatewayOptions {
  /** Its address. */
  readonly gateway?: string;
  /** An API key or token. */
  readonly key?: string;
  /** A file that holds it, so that it shows neither in the list of processes nor in the history of a shell. */
  readonly keyFile?: string;
}

/** The environment variable with the key of a gateway. */
export const KEY_VARIABLE = 'AAM_GATEWAY_KEY';

/** How long a gateway is waited for, in milliseconds. */
export interface GatewayPatience {
  /** For the answer to one request. A first listing of a large destination takes long. */
  readonly requestMs: number;
  /** For one answer that can be used, over all repetitions. */
  readonly totalMs: number;
  /** Before a request is repeated: the gateway is busy, starting, or reads the destination first. */
  readonly delaysMs: readonly number[];
}

const PATIENCE: GatewayPatience = {
  requestMs: 60_000,
  totalMs: 120_000,
  delaysMs: [500, 1_000, 2_000, 4_000, 8_000, 16_000],
};

/** Failures of a destination that go away by themselves. */
const PASSING = new Set(['AAM_UNAVAILABLE', 'AAM_RATE_LIMITED', 'STORAGE_UNAVAILABLE', 'OVERLOADED']);

const LOOKUP = `query AnnotateFile($keys: [SegmentKey!]!) {
  lookupSegments(keys: $keys) { status idType segment { name status } error { code message } }
}`;

const DESTINATION = `query AnnotatedDestination($customerId: ID, $destinationId: ID!) {
  destination(customerId: $customerId, destinationId: $destinationId) { segmentIdType }
}`;

interface Lookup {
  readonly status: 'FOUND' | 'AMBIGUOUS' | 'UNKNOWN' | 'UNCHECKED' | 'FAILED';
  readonly idType: SegmentIdType | null;
  readonly segment: { readonly name: string | null; readonly status: SegmentStatus } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/**
 * The names that a running gateway knows.
 *
 * @param patience how long it is waited for; tests wait for less
 * @throws {CommandError} if the address or the key cannot be used
 */
export async function gatewayNames(
  options: GatewayOptions & { readonly gateway: string },
  redactor: Redactor,
  patience = PATIENCE,
): Promise<NameSources> {
  const gateway = new GatewayClient(endpointOf(options.gateway), await keyOf(options), patience);
  redactor.add(gateway.key);
  return {
    open: async ({ customerId, destinationId }) => {
      const { destination } = await gateway.ask<{ destination: { segmentIdType: SegmentIdType } | null }>(
        DESTINATION,
        { customerId, destinationId },
      );
      if (destination === null) throw noDestination(gateway.url, { customerId, destinationId });
      return namesOf(gateway, { customerId, destinationId }, destination.segmentIdType);
    },
  };
}

function namesOf(gateway: GatewayClient, scope: NameScope, segmentIdType: SegmentIdType): NameSource {
  /** How many IDs the gateway takes at once, as far as that is known: its configuration may say less than usual. */
  let most = MAX_LOOKED_UP;
  const lookUp = async (ids: readonly string[], idType?: SegmentIdType): Promise<readonly Named[]> => {
    if (ids.length > most) {
      const half = Math.ceil(ids.length / 2);
      return [...(await lookUp(ids.slice(0, half), idType)), ...(await lookUp(ids.slice(half), idType))];
    }
    try {
      return await lookUpOnce(ids, idType);
    } catch (error) {
      if (!(error instanceof TooMuchError) || ids.length === 1) throw error;
      most = Math.min(most, Math.ceil(ids.length / 2));
      return await lookUp(ids, idType);
    }
  };
  const lookUpOnce: typeof lookUp = async (ids, idType) => {
    const { customerId, destinationId } = scope;
    const keys = ids.map((segmentId) => ({
      destinationId,
      segmentId,
      ...(customerId === null ? {} : { customerId }),
      ...(idType === undefined ? {} : { idType }),
    }));
    const attempts = gateway.attempts();
    for (;;) {
      const { lookupSegments } = await gateway.ask<{ lookupSegments: readonly Lookup[] }>(
        LOOKUP,
        { keys },
        attempts,
      );
      if (lookupSegments.length !== ids.length) throw gateway.noGateway('answers for other IDs');
      const failure = lookupSegments.find(({ status }) => status === 'FAILED')?.error ?? null;
      if (failure === null) return lookupSegments.map((lookup, index) => namedOf(ids[index] ?? '', lookup));
      if (!PASSING.has(failure.code) || !(await attempts.next())) throw new CommandError(failure.message);
    }
  };
  return { segmentIdType, format: null, lookUp };
}

function namedOf(id: string, { status, idType, segment }: Lookup): Named {
  if (status === 'FOUND' && segment !== null && idType !== null) {
    return { id, outcome: 'FOUND', name: segment.name, status: segment.status, idType };
  }
  return { id, outcome: status === 'AMBIGUOUS' || status === 'UNKNOWN' ? status : 'UNCHECKED' };
}

function noDestination(url: string, { customerId, destinationId }: NameScope): CommandError {
  const whose = customerId === null ? '' : ` of customer ${customerId}`;
  return new CommandError(
    `${url} knows no destination ${destinationId}${whose} that this key may see: check --destination, --customer and --key.`,
  );
}

/** Statuses of a gateway that is busy or starting, and of a proxy before one that restarts. */
const PASSING_STATUSES = new Set([429, 502, 503, 504]);

/** The gateway takes no operation of this size. */
class TooMuchError extends CommandError {}

/** The gateway did not answer. */
class NoAnswerError extends CommandError {}

/** The attempts to get one answer: how long to wait between them, and until when they may go on. */
class Attempts {
  readonly #until: number;
  readonly #delays: number[];
  readonly #patience: GatewayPatience;

  constructor(patience: GatewayPatience) {
    this.#patience = patience;
    this.#until = performance.now() + patience.totalMs;
    this.#delays = [...patience.delaysMs];
  }

  /** How long the next request may take, in milliseconds. */
  get requestMs(): number {
    return Math.max(1, Math.ceil(Math.min(this.#patience.requestMs, this.#until - performance.now())));
  }

  /** Waits until the next attempt. @returns `false`: there is none */
  async next(): Promise<boolean> {
    const delay = this.#delays.shift();
    if (delay === undefined || performance.now() + delay >= this.#until) return false;
    await setTimeout(delay);
    return true;
  }
}

/** Asks a gateway over GraphQL. */
class GatewayClient {
  readonly url: string;
  readonly key: string;
  readonly #patience: GatewayPatience;
  /** Before the first answer, the address may be wrong. */
  #hasAnswered = false;

  constructor(url: string, key: string, patience: GatewayPatience) {
    this.url = url;
    this.key = key;
    this.#patience = patience;
  }

  attempts(): Attempts {
    return new Attempts(this.#patience);
  }

  /** @throws {CommandError} with cause and remedy */
  async ask<T>(query: string, variables: object, attempts = this.attempts()): Promise<T> {
    for (;;) {
      const answer = await this.#trySend(query, variables, attempts.requestMs);
      if (answer instanceof NoAnswerError) {
        if (!(await attempts.next())) throw answer;
      } else if (!PASSING_STATUSES.has(answer.status) || !(await attempts.next())) {
        return this.#read(answer) as T;
      }
    }
  }

  noGateway(reason: string): CommandError {
    return new CommandError(`${this.url} ${reason}: check --gateway; another program may listen there.`);
  }

  /** @returns the error if there is no answer this time */
  async #trySend(query: string, variables: object, timeoutMs: number): Promise<Reply | NoAnswerError> {
    try {
      const answer = await this.#send(query, variables, timeoutMs);
      this.#hasAnswered = true;
      return answer;
    } catch (error) {
      if (error instanceof NoAnswerError && this.#hasAnswered) return error;
      throw error;
    }
  }

  async #send(query: string, variables: object, timeoutMs: number): Promise<Reply> {
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(this.key === '' ? {} : { 'x-api-key': this.key }),
        },
        body: JSON.stringify({ query, variables }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { status: response.status, body: await response.text() };
    } catch (error) {
      throw new NoAnswerError(
        `${this.url} cannot be asked (${reasonOf(error, timeoutMs)}): check --gateway, and that the gateway runs.`,
      );
    }
  }

  #read({ status, body }: Reply): unknown {
    if (status === 401) {
      throw new CommandError(
        `${this.url} wants a valid key: give it with --key, --key-file or the environment variable ${KEY_VARIABLE}.`,
      );
    }
    // It may be the gateway's own limit, or that of a proxy before it.
    if (status === 413) {
      throw new TooMuchError(
        `${this.url} takes no request of this size (status 413): raise limits.body of the gateway, or the limit of the proxy before it.`,
      );
    }
    const answer: Answer | null = jsonObjectIn(body);
    const mistake = answer?.errors?.[0];
    const message = mistake?.message ?? answer?.error?.message;
    if (message !== undefined && mistake?.extensions?.code === 'QUERY_TOO_COMPLEX') {
      throw new TooMuchError(`${this.url}: ${message}`);
    }
    if (PASSING_STATUSES.has(status) && message === undefined) {
      throw new CommandError(
        `${this.url} still answers with status ${status}, after several attempts: check that the gateway runs, and repeat the command.`,
      );
    }
    if (answer?.data === undefined || answer.data === null) {
      throw message === undefined
        ? this.noGateway(`answers with status ${status}, and not as a gateway does`)
        : new CommandError(`${this.url}: ${message}`);
    }
    if (message !== undefined) throw new CommandError(`${this.url}: ${message}`);
    return answer.data;
  }
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message?: string;
    readonly extensions?: { readonly code?: string };
  }[];
  readonly error?: { readonly message?: string };
}

/** The GraphQL endpoint. The address may be that of the gateway, or the endpoint itself. */
function endpointOf(address: string): string {
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    throw new CommandError('--gateway takes an address such as http://127.0.0.1:4000.', 2);
  }
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') {
    throw new CommandError('--gateway takes no user and password: the key goes into --key-file.', 2);
  }
  if (url.pathname === '/') url.pathname = '/graphql';
  return url.href;
}

/**
 * The key for a gateway; empty: there is none.
 *
 * @throws {CommandError} without the key, which is a secret
 */
export async function keyOf(options: GatewayOptions): Promise<string> {
  const key = await readKey(options);
  if (PRINTABLE.test(key)) return key;
  throw new CommandError(
    `The key has characters that keys do not have, such as a line break or a letter with an accent: check --key, --key-file or ${KEY_VARIABLE}.`,
    2,
  );
}

/** What a header can carry. */
const PRINTABLE = /^[\x20-\x7e]*$/;

async function readKey({ key, keyFile }: GatewayOptions): Promise<string> {
  if (key !== undefined && keyFile !== undefined) {
    throw new CommandError('--key and --key-file exclude each other.', 2);
  }
  if (keyFile === undefined) return (key ?? process.env[KEY_VARIABLE] ?? '').trim();
  const text = await readFile(keyFile, 'utf8').catch((error: unknown) => {
    throw new CommandError(`${keyFile} cannot be read (${reasonOf(error)}): check --key-file.`);
  });
  return text.trim();
}

function reasonOf(error: unknown, timeoutMs = 0): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${Math.ceil(timeoutMs / 1_000)} s`;
  const { cause } = error;
  const code = (cause ?? error) as NodeJS.ErrnoException;
  return code.code ?? (cause instanceof Error ? cause.message : error.message);
}
