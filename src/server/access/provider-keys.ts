import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { ageOf, momentOf, type Clock, type Moment } from '../../base/clock.js';
import type { Logger } from '../../telemetry/logs.js';

/** What the keys of an identity provider are fetched with. */
export interface ProviderKeysOptions {
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/** The keys that a token needs cannot be fetched, so that nobody can tell whether the token is good. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';

  /** @param retryAfterMs when the provider will be asked again, in milliseconds from now */
  constructor(readonly retryAfterMs: number) {
    super('the keys of the identity provider cannot be fetched');
  }
}

/** Maximum age of the keys before they are fetched again, in milliseconds. */
const MAX_AGE_MS = 10 * 60_000;

/** Minimum age of the keys before a token with an unknown key has them fetched again, in milliseconds. */
const UNKNOWN_KEY_COOLDOWN_MS = 30_000;

/** Minimum time between a failed fetch and the next one, in milliseconds. */
const FAILURE_COOLDOWN_MS = 10_000;

/** Maximum duration of a fetch, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** Maximum size of a key set, in characters. */
const MAX_LENGTH = 1024 * 1024;

/**
 * The public keys of an identity provider. They are fetched when a token needs them. While the provider fails, the keys
 * that are known go on being used, however old, and the provider is asked again every 10 seconds at most.
 *
 * jose's own `createRemoteJWKSet` uses no keys past their age and remembers no failure.
 */
export class ProviderKeys {
  readonly uri: string;
  readonly #options: ProviderKeysOptions;
  #keys: ReturnType<typeof createLocalJWKSet> | null = null;
  /** `null`: they have to be fetched before they are used. */
  #fetchedAt: Moment | null = null;
  /** When the last fetch failed; `null` if it succeeded, or if there was none. */
  #failedAt: Moment | null = null;
  /** The fetch in flight. All requests share it. */
  #fetching: Promise<void> | null = null;

  constructor(uri: string, options: ProviderKeysOptions) {
    this.uri = uri;
    this.#options = options;
  }

  /** Has the keys fetched again before the next token is verified, because the configuration was reloaded. */
  expire(): void {
    this.#fetchedAt = null;
  }

  /**
   * Finds the key of a token, in the form that jose takes.
   *
   * @throws KeysUnavailable if the key is not known and the provider fails
   * @throws errors.JOSEError if the provider has no such key
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (!this.#isYoungerThan(MAX_AGE_MS)) {
      // Requests do not wait for a provider that fails, if they can do with the keys that are known.
      const mustWait = this.#keys === null || this.#failedAt === null;
      const fetching = this.#fetch();
      if (mustWait) await fetching;
    }
    try {
      return await this.#known()(header, token);
    } catch (error) {
      const isUnknown = error instanceof errors.JWKSNoMatchingKey;
      if (!isUnknown || (this.#failedAt === null && this.#isYoungerThan(UNKNOWN_KEY_COOLDOWN_MS)))
        throw error;
    }
    await this.#fetch();
    if (this.#failedAt !== null) throw this.#unavailable();
    return await this.#known()(header, token);
  };

  #known(): ReturnType<typeof createLocalJWKSet> {
    if (this.#keys === null) throw this.#unavailable();
    return this.#keys;
  }

  #unavailable(): KeysUnavailable {
    return new KeysUnavailable(Math.max(0, FAILURE_COOLDOWN_MS - this.#since(this.#failedAt)));
  }

  #isYoungerThan(ms: number): boolean {
    return this.#since(this.#fetchedAt) < ms;
  }

  /** Milliseconds since a moment; infinitely many since none. */
  #since(moment: Moment | null): number {
    return moment === null ? Number.POSITIVE_INFINITY : ageOf(moment, this.#options.clock);
  }

  /** Fetches the keys, unless the last fetch failed a moment ago. Never rejects. */
  async #fetch(): Promise<void> {
    if (this.#fetching === null) {
      if (this.#since(this.#failedAt) < FAILURE_COOLDOWN_MS) return;
      this.#fetching = this.#fetchNow().finally(() => {
        this.#fetching = null;
      });
    }
    await this.#fetching;
  }

  async #fetchNow(): Promise<void> {
    const { clock, logger } = this.#options;
    try {
      this.#keys = createLocalJWKSet(JSON.parse(await this.#read()) as JSONWebKeySet);
      this.#fetchedAt = momentOf(clock);
      if (this.#failedAt !== null) {
        logger.info({ jwksUri: this.uri }, 'the keys of the identity provider can be fetched again');
      }
      this.#failedAt = null;
    } catch (error) {
      this.#failedAt = momentOf(clock);
      logger.warn(
        { jwksUri: this.uri, reason: reasonOf(error), knowsKeys: this.#keys !== null },
        'the keys of the identity provider cannot be fetched: only tokens with keys that are known already are accepted; check access.jwt.jwksUri and the provider',
      );
    }
  }

  async #read(): Promise<string> {
    const { clock, fetch } = this.#options;
    const timeout = new AbortController();
    const cancel = clock.schedule(() => timeout.abort(new FetchFailure('it took too long')), TIMEOUT_MS);
    try {
      const response = await fetch(this.uri, {
        headers: { accept: 'application/json, application/jwk-set+json' },
        redirect: 'manual',
        signal: timeout.signal,
      });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new FetchFailure(`its status was ${response.status}`);
      }
      return await textOf(response);
    } finally {
      cancel();
    }
  }
}

/** A fetch that failed for a known reason, which is fit for the log. */
class FetchFailure extends Error {}

async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_LENGTH) throw new FetchFailure('its answer was longer than 1 MiB');
  }
  return text + decoder.decode();
}

/** The reason for the log. Other messages may contain parts of the answer. */
function reasonOf(error: unknown): string {
  if (error instanceof FetchFailure) return error.message;
  if (error instanceof SyntaxError || error instanceof errors.JWKSInvalid) return 'its answer was no key set';
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? `the connection failed: ${code}` : 'the connection failed';
}
