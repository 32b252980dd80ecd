import { stringifyDocument } from '@urql/preact';
import { ViewerDocument, type ViewerQuery } from '../generated/operations.js';
import type { ConnectionWatch } from './connection.js';
import { explorerStorage } from './explorer-storage.js';
import { keepKey, keyHeaders, readKey } from './key.js';
import { plainProblem, problemOfResponse, type Problem } from './problem.js';
import { Store } from './store.js';

/** The caller, as the gateway knows it by the key. */
export type Viewer = ViewerQuery['viewer'] & {
  /** Whether there is no access control, so that everybody is the same caller. */
  readonly isAnyone: boolean;
};

/** Who works with the page. */
export interface SessionState {
  /**
   * `starting`: the gateway was not heard yet. `asking`: a key is needed. `ready`: the gateway knows the caller.
   */
  readonly phase: 'starting' | 'asking' | 'ready';
  /** The caller; also while a new key is asked for in mid-session. */
  readonly viewer: Viewer | null;
  /** Whether the key that was used last is not accepted any more. */
  readonly isRefused: boolean;
  /** Why the start failed, apart from a missing or wrong key; `forbidden`: the key does not allow this page. */
  readonly problem: Problem | null;
}

/** The caller's key, and all requests to the gateway. */
export class Session {
  readonly state = new Store<SessionState>({
    phase: 'starting',
    viewer: null,
    isRefused: false,
    problem: null,
  });
  /** Goes up with each sign-in and sign-out: what was read before belongs to another caller, maybe. */
  readonly callers = new Store(0);
  readonly #connection: ConnectionWatch;
  #waiting: Waiting[] = [];

  constructor(connection: ConnectionWatch) {
    this.#connection = connection;
  }

  /** Finds out who the caller is, and whether a key is needed. */
  async start(): Promise<void> {
    const key = readKey();
    const found = await this.#ask(key);
    if ('viewer' in found) this.#enter(found.viewer);
    else if (found.problem.kind === 'signedOut') this.#askForKey(key !== null);
    // Only another key helps, so the form is shown, and not only the reason.
    else if (found.problem.kind === 'forbidden') this.#askForKey(false, found.problem);
    else this.state.set({ ...this.state.value, problem: found.problem });
  }

  /**
   * Tries a key, and keeps it if the gateway accepts it. What was waiting for a key goes on if it is the same person's:
   * nothing that one person has begun is done in the name of another.
   *
   * @returns why it was not accepted; `null` if it was
   */
  async signIn(key: string): Promise<Problem | null> {
    const found = await this.#ask(key);
    if ('problem' in found) return found.problem;
    keepKey(key);
    this.callers.set(this.callers.value + 1);
    this.#enter(found.viewer);
    return null;
  }

  /** Forgets the key, and what was done in the explorer. */
  signOut(): void {
    keepKey(null);
    explorerStorage.clear();
    this.callers.set(this.callers.value + 1);
    this.state.set({ phase: 'asking', viewer: null, isRefused: false, problem: null });
  }

  /**
   * Sends a request to the gateway with the key. If the key is not accepted, a new one is asked for, and the request is
   * sent again with it: so nothing is lost that the person has done.
   */
  readonly fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    for (;;) {
      const key = readKey();
      const response = await this.#send(input, init, key);
      if (response.status !== 401) return response;
      if (key === readKey()) {
        this.#askForKey(key !== null);
        await this.#nextKey(init.signal ?? null);
      }
    }
  };

  async #send(input: RequestInfo | URL, init: RequestInit, key: string | null): Promise<Response> {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(key === null ? {} : keyHeaders(key))) headers.set(name, value);
    try {
      const response = await fetch(input, { ...init, headers, cache: 'no-store', redirect: 'error' });
      if (response.status === 502 || response.status === 504) this.#connection.failed();
      else this.#connection.answered();
      return response;
    } catch (error) {
      if (init.signal?.aborted !== true) this.#connection.failed();
      throw error;
    }
  }

  async #ask(key: string | null): Promise<{ viewer: Viewer } | { problem: Problem }> {
    let response: Response;
    try {
      response = await this.#send(
        '/graphql',
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query: stringifyDocument(ViewerDocument) }),
        },
        key,
      );
    } catch (error) {
      // A key with characters that no header can have.
      if (key !== null && !/^[\x20-\x7e]+$/.test(key)) return { problem: plainProblem('signedOut') };
      return { problem: problemOfResponse(null, error) };
    }
    const body = (await response.json().catch(() => null)) as { data?: ViewerQuery | null } | null;
    const data = body?.data;
    if (data === undefined || data === null) return { problem: problemOfResponse(response, body) };
    return { viewer: { ...data.viewer, isAnyone: !data.gateway.hasAccessControl } };
  }

  #enter(viewer: Viewer): void {
    const { viewer: before } = this.state.value;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.state.set({ phase: 'ready', viewer, isRefused: false, problem: null });
    for (const each of waiting) {
      if (before?.name === viewer.name) each.goOn();
      else each.giveUp();
    }
  }

  #askForKey(isRefused: boolean, problem: Problem | null = null): void {
    const { phase, viewer } = this.state.value;
    if (phase !== 'asking') this.state.set({ phase: 'asking', viewer, isRefused, problem });
  }

  async #nextKey(signal: AbortSignal | null): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => reject(new DOMException('The request was given up.', 'AbortError'));
      this.#waiting.push({ goOn: resolve, giveUp });
      signal?.addEventListener('abort', giveUp);
    });
  }
}

/** A request that waits for a key. */
interface Waiting {
  readonly goOn: () => void;
  readonly giveUp: () => void;
}
