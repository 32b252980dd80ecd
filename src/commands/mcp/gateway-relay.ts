import type { RelayedAnswer, RelayedRequest } from '../../assistants/stdio-relay.js';
import { ToolError } from '../../assistants/tool.js';
import type { Clock } from '../../base/clock.js';
import { ConfigError } from '../../config/index.js';
import { StorageError } from '../../storage/index.js';
import { KEY_VARIABLE } from '../name-sources/gateway-names.js';
import { jsonObjectIn } from '../json-object.js';
import type { LoneGateway } from './lone-gateway.js';
import { NothingThereError, postMessage, type MessageTarget, type PostedAnswer } from './post-message.js';

/** Which gateways may answer now. */
export interface Gateways {
  /** The running gateway; `null`: none runs, or nobody knows where. */
  readonly running: MessageTarget | null;
  /** An API key or token; empty: there is none. */
  readonly key: string;
  /** Changes with the configuration. A gateway in this process is started anew then. */
  readonly configVersion: string;
}

/** A gateway in this process. */
interface Alone {
  readonly gateway: Promise<LoneGateway>;
  readonly configVersion: string;
  /** Number of requests that it answers now. */
  asked: number;
}

/** What a relay works with. */
export interface RelayOptions {
  /** Finds out who may answer, for each request anew: address, certificate and key may change. @throws {ToolError} */
  readonly find: () => Promise<Gateways>;
  /**
   * Starts a gateway in this process, for the time in which no other one answers; `null`: it must be the running one. Throws a
   * `ToolError`, a `ConfigError` or a `StorageError` if that is not possible.
   */
  readonly startAlone: (() => Promise<LoneGateway>) | null;
  readonly clock: Clock;
  /** Is told what goes wrong when the gateway in this process is stopped. */
  readonly onError: (error: unknown) => void;
}

/**
 * How long the gateway in this process stays without requests, in milliseconds. A newer one may want to update the tables. Longer than
 * an assistant takes to ask once more: it goes on reading meanwhile.
 */
const IDLE_MS = 5 * 60_000;

/** How often the two gateways are asked, if each says that the other one should answer. */
const MAX_TRIES = 2;

/** Sends an assistant's requests to the running gateway, or to one in this process while no other one runs. */
export class GatewayRelay {
  readonly #options: RelayOptions;
  /** The one that gets the next request. */
  #alone: Alone | null = null;
  /** With those that only answer what they were asked before. */
  readonly #started = new Set<Alone>();
  /** Those that are being stopped. */
  #stopping: Promise<void> = Promise.resolve();
  #cancelIdle: (() => void) | null = null;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** @throws {ToolError} if there is no answer */
  async send(request: RelayedRequest, signal: AbortSignal): Promise<RelayedAnswer> {
    const text = JSON.stringify({ jsonrpc: '2.0', id: 1, ...request });
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const gateways = await this.#options.find();
      const { running } = gateways;
      const early = running === null ? null : await this.#askRunning(running, text, signal);
      if (early !== null) return early;
      try {
        // If the one in this process has been stopped meanwhile, the running one answers again.
        const answer = await this.#askAlone(gateways, request, text, signal);
        if (answer !== null) return answer;
      } catch (error) {
        // The running one may just have started, which has kept this one from it.
        const isPassing = error instanceof ToolError && error.code === 'UNAVAILABLE' && !signal.aborted;
        if (!isPassing || tries === MAX_TRIES) throw error;
      }
    }
    throw new ToolError(
      'UNAVAILABLE',
      'A gateway is just starting or stopping; repeat this in a few seconds.',
    );
  }

  /** Stops the gateway in this process, if there is one. Resolves when none is left. */
  async close(): Promise<void> {
    this.#retire();
    for (const alone of this.#started) this.#stop(alone);
    await this.#stopping;
  }

  /** @returns `null` if it does not listen, and another one can be asked @throws {ToolError} */
  async #askRunning(
    running: MessageTarget,
    text: string,
    signal: AbortSignal,
  ): Promise<RelayedAnswer | null> {
    const answer = await ask(running, text, signal, this.#options.startAlone !== null);
    if (answer !== null) this.#retire();
    return answer;
  }

  /** @returns `null` if it has been stopped meanwhile @throws {ToolError} */
  async #askAlone(
    { key, configVersion }: Gateways,
    request: RelayedRequest,
    text: string,
    signal: AbortSignal,
  ): Promise<RelayedAnswer | null> {
    if (this.#alone?.configVersion !== configVersion) this.#retire();
    const alone = (this.#alone ??= this.#start(configVersion));
    alone.asked += 1;
    this.#cancelIdle?.();
    try {
      const { url, key: own, isUnlisted } = await this.#startedOf(alone);
      if (isUnlisted() && needsList(request)) throw new ToolError('UNAVAILABLE', UNLISTED);
      return await ask({ url: `${url}/mcp`, key: own ?? key, pinned: null }, text, signal, true);
    } finally {
      alone.asked -= 1;
      if (alone.asked === 0) this.#rest(alone);
    }
  }

  #start(configVersion: string): Alone {
    const { startAlone } = this.#options;
    if (startAlone === null) throw new Error('bug: a gateway that must not start was asked for');
    const alone = { gateway: startAlone(), configVersion, asked: 0 };
    this.#started.add(alone);
    return alone;
  }

  async #startedOf(alone: Alone): Promise<LoneGateway> {
    try {
      return await alone.gateway;
    } catch (error) {
      // The next request tries again: what is wrong may have been corrected.
      if (this.#alone === alone) this.#alone = null;
      if (!(error instanceof ConfigError) && !(error instanceof StorageError)) throw error;
      throw new ToolError('UNAVAILABLE', `No gateway runs, and none can be started here: ${error.message}`);
    }
  }

  /** Has one that has answered all that it was asked stop: at once, if it gets no further requests. */
  #rest(alone: Alone): void {
    if (this.#alone !== alone) {
      this.#stop(alone);
      return;
    }
    this.#cancelIdle?.();
    this.#cancelIdle = this.#options.clock.schedule(() => this.#retire(), IDLE_MS);
  }

  /** Has the gateway in this process get no further requests, and stop when it has answered those that it has. */
  #retire(): void {
    this.#cancelIdle?.();
    this.#cancelIdle = null;
    const alone = this.#alone;
    this.#alone = null;
    if (alone?.asked === 0) this.#stop(alone);
  }

  #stop(alone: Alone): void {
    if (!this.#started.delete(alone)) return;
    const stopped = alone.gateway
      .then((gateway) => gateway.stop().catch(this.#options.onError))
      .catch(() => undefined);
    this.#stopping = Promise.all([this.#stopping, stopped]).then(() => undefined);
  }
}

const UNLISTED =
  'No gateway runs, and none has listed the destinations of the customers yet, so none are known here. Start the gateway once, or name the destination with destinationId, which looks for it.';

/** Whether a request is about destinations that it does not name. */
function needsList({ method, params }: RelayedRequest): boolean {
  const { arguments: args } = params as { readonly arguments?: { readonly destinationId?: unknown } };
  return method === 'tools/call' && args?.destinationId === undefined;
}

/** @returns `null` if nothing listens there, and another one can be asked @throws {ToolError} */
async function ask(
  target: MessageTarget,
  text: string,
  signal: AbortSignal,
  hasOther: boolean,
): Promise<RelayedAnswer | null> {
  try {
    return answerIn(target.url, await postMessage(target, text, signal));
  } catch (error) {
    if (error instanceof ToolError) throw error;
    if (error instanceof NothingThereError && hasOther) return null;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ToolError(
      'UNAVAILABLE',
      `${target.url} cannot be asked: ${reason}. Check that the gateway runs, and its address.`,
    );
  }
}

/** @throws {ToolError} if it is none of the protocol */
function answerIn(url: string, { status, body }: PostedAnswer): RelayedAnswer {
  const answer: Answer | null = jsonObjectIn(body);
  if (answer?.jsonrpc === '2.0') return answer;
  if (status === 401) {
    throw new ToolError(
      'UNAUTHENTICATED',
      `${url} wants a valid key: set the environment variable ${KEY_VARIABLE} for this command, or name a file with --key-file.`,
    );
  }
  if (status === 404 || status === 405) {
    throw new ToolError(
      'NOT_FOUND',
      `${url} is not there: the gateway is of an older version or has listen.mcp off, or another program listens at its address.`,
    );
  }
  const [error] = answer?.errors ?? [];
  if (error?.message !== undefined)
    throw new ToolError(error.extensions?.code ?? 'UNAVAILABLE', error.message);
  throw new ToolError(
    'UNAVAILABLE',
    `${url} answers with status ${status}, and not as a gateway does: check its address.`,
  );
}

interface Answer extends RelayedAnswer {
  readonly jsonrpc?: string;
  readonly errors?: readonly {
    readonly message?: string;
    readonly extensions?: { readonly code?: string };
  }[];
}
