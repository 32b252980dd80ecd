import { z } from 'zod';
import type { Clock } from '../base/clock.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Redactor } from '../telemetry/redaction.js';
import { accountKey, type Account } from './account.js';
import { AudienceManagerError } from './errors.js';
import type { Http, HttpRequest, HttpResponse } from './http.js';
import { parseAnswer } from './json.js';
import type { SharedToken, TokenVault } from './token-vault.js';

export interface TokensOptions {
  readonly http: Http;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Gets every token, so that none appears in the log. */
  readonly redactor: Redactor;
  /** Shares tokens with other processes. Default: tokens are not shared. */
  readonly vault?: TokenVault;
}

type Grant = 'password' | 'client_credentials' | 'refresh_token';

/** Credentials that the token endpoint rejected. */
interface Rejection {
  /** Not used again before this time, in milliseconds since the epoch. */
  readonly until: number;
  readonly pauseMs: number;
}

interface Entry {
  token: SharedToken | null;
  /** The secrets of the previous token, which calls in flight may still use. */
  outdated: string[];
  rejection: Rejection | null;
  pending: Promise<string> | null;
}

/** A token is renewed when a tenth of its lifetime is left, but not earlier than 60 s before it expires. */
const MARGIN_SHARE = 0.1;
const MAX_MARGIN_MS = 60_000;
/** Pause after rejected credentials: 60 s, doubled after each further rejection, 15 min at most. */
const FIRST_PAUSE_MS = 60_000;
const MAX_PAUSE_MS = 15 * 60_000;
/** Lifetime of a token without `expires_in`, which RFC 6749 only recommends. In seconds. */
const UNSTATED_LIFETIME_S = 300;

/** Printable ASCII (RFC 6749, A.12 and A.17) without spaces, which a header cannot hold. */
const tokenText = z
  .string()
  .max(16_384)
  .regex(/^[\x21-\x7e]+$/);

const tokenAnswer = z.object({
  access_token: tokenText,
  refresh_token: tokenText.nullish().catch(null),
  expires_in: z.coerce.number().positive().max(31_536_000).catch(UNSTATED_LIFETIME_S),
});

/**
 * Access tokens, one per account. Concurrent callers share one request (single-flight). A token is renewed before it
 * expires, with the refresh token first. Rejected credentials are not used again for a while.
 * Source: "Getting started with Audience Manager REST APIs", OAuth.
 */
export class Tokens {
  readonly #options: TokensOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  /**
   * A valid token.
   *
   * @throws AudienceManagerError AAM_AUTH_FAILED for rejected credentials, else as `Http.request`
   */
  async get(account: Account): Promise<string> {
    const entry = this.#entry(account);
    const now = this.#options.clock.now();
    if (entry.token !== null && now < entry.token.renewAt) return entry.token.access;
    entry.pending ??= this.#renew(account, entry).finally(() => {
      entry.pending = null;
    });
    return entry.pending;
  }

  /** Drops `token` after a 401, unless it has been replaced already. */
  invalidate(account: Account, token: string): void {
    const entry = this.#entry(account);
    if (entry.token?.access !== token) return;
    // The refresh token is kept: it can still be exchanged for a new access token.
    entry.token = { ...entry.token, expiresAt: 0, renewAt: 0 };
  }

  /** Removes the tokens of all other accounts. */
  retain(accounts: Iterable<Account>): void {
    const keys = new Set<string>();
    for (const account of accounts) keys.add(accountKey(account));
    for (const [key, entry] of this.#entries) {
      if (keys.has(key)) continue;
      this.#entries.delete(key);
      for (const secret of [...entry.outdated, ...secretsOf(entry.token)])
        this.#options.redactor.remove(secret);
    }
  }

  #entry(account: Account): Entry {
    const key = accountKey(account);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { token: null, outdated: [], rejection: null, pending: null };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  async #renew(account: Account, entry: Entry): Promise<string> {
    const { clock, logger } = this.#options;
    if (entry.rejection !== null && clock.now() < entry.rejection.until) {
      throw rejectedCredentials(entry.rejection.until - clock.now());
    }
    const shared = await this.#options.vault?.load(accountKey(account));
    if (shared !== null && shared !== undefined && isNewer(shared, entry, clock.now())) {
      return this.#take(entry, shared);
    }
    try {
      return (await this.#refresh(account, entry)) ?? (await this.#logIn(account, entry));
    } catch (error) {
      const rejected = error instanceof AudienceManagerError && error.code === 'AAM_AUTH_FAILED';
      if (rejected || entry.token === null || clock.now() >= entry.token.expiresAt) throw error;
      logger.warn(
        { error: (error as Error).message },
        'an access token could not be renewed; the current one is still valid and is used',
      );
      return entry.token.access;
    }
  }

  /** Uses the refresh token. @returns `null` if there is none or it was rejected */
  async #refresh(account: Account, entry: Entry): Promise<string | null> {
    const refresh = entry.token?.refresh;
    if (account.type !== 'password' || refresh === null || refresh === undefined) return null;
    const response = await this.#ask('refresh_token', account, { refresh_token: refresh });
    if (isRejection(response)) {
      this.#options.logger.debug('a refresh token was rejected; logging in again');
      entry.token = entry.token && { ...entry.token, refresh: null };
      entry.outdated.push(refresh);
      return null;
    }
    return await this.#accept(account, entry, response, refresh);
  }

  async #logIn(account: Account, entry: Entry): Promise<string> {
    const response =
      account.type === 'password'
        ? await this.#ask('password', account, { username: account.username, password: account.password })
        : await this.#ask('client_credentials', account, {
            client_id: account.clientId,
            client_secret: account.clientSecret,
            scope: account.scopes.join(','),
          });
    if (isRejection(response)) throw this.#reject(entry, response);
    return await this.#accept(account, entry, response, null);
  }

  async #ask(grant: Grant, account: Account, fields: Record<string, string>): Promise<HttpResponse> {
    const { http, metrics } = this.#options;
    const headers: Record<string, string> = {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    };
    if (account.type === 'password') {
      headers['authorization'] =
        `Basic ${Buffer.from(`${account.clientId}:${account.clientSecret}`).toString('base64')}`;
    }
    const body = new URLSearchParams({ grant_type: grant, ...fields }).toString();
    const request: HttpRequest = { method: 'POST', url: account.tokenUrl, headers, body };
    try {
      const response = await http.request('token', request);
      metrics.tokenGrants.inc({ grant, outcome: isRejection(response) ? 'rejected' : 'granted' });
      return response;
    } catch (error) {
      metrics.tokenGrants.inc({ grant, outcome: 'failed' });
      throw error;
    }
  }

  async #accept(
    account: Account,
    entry: Entry,
    response: HttpResponse,
    previousRefresh: string | null,
  ): Promise<string> {
    const { clock, vault } = this.#options;
    const answer = parseAnswer(response.body, tokenAnswer, 'a token answer');
    const now = clock.now();
    const lifetimeMs = answer.expires_in * 1000;
    const token: SharedToken = {
      access: answer.access_token,
      // Without this field in the answer, the previous refresh token stays valid (RFC 6749, 6).
      refresh: answer.refresh_token ?? previousRefresh,
      expiresAt: now + lifetimeMs,
      renewAt: now + lifetimeMs - Math.min(lifetimeMs * MARGIN_SHARE, MAX_MARGIN_MS),
    };
    this.#take(entry, token);
    await vault?.save(accountKey(account), token);
    return token.access;
  }

  #take(entry: Entry, token: SharedToken): string {
    const { redactor } = this.#options;
    for (const secret of secretsOf(token)) redactor.add(secret);
    for (const secret of entry.outdated) redactor.remove(secret);
    entry.outdated = secretsOf(entry.token);
    entry.token = token;
    entry.rejection = null;
    return token.access;
  }

  #reject(entry: Entry, response: HttpResponse): AudienceManagerError {
    const { clock, logger } = this.#options;
    const pauseMs = Math.min(
      MAX_PAUSE_MS,
      entry.rejection === null ? FIRST_PAUSE_MS : entry.rejection.pauseMs * 2,
    );
    entry.rejection = { pauseMs, until: clock.now() + pauseMs };
    logger.warn(
      { status: response.status, reason: rejectionReason(response), pauseMs },
      'credentials were rejected',
    );
    return rejectedCredentials(pauseMs);
  }
}

/** Whether the shared token is valid and replaces the token of this process. */
function isNewer(shared: SharedToken, { token, outdated }: Entry, now: number): boolean {
  return shared.access !== token?.access && !outdated.includes(shared.access) && now < shared.renewAt;
}

function rejectedCredentials(retryAfterMs: number): AudienceManagerError {
  return new AudienceManagerError('AAM_AUTH_FAILED', 'Audience Manager rejected the credentials.', {
    retryAfterMs,
  });
}

/** After any 4xx, repeating the same request at once is useless. */
function isRejection(response: HttpResponse): boolean {
  return response.status >= 400;
}

const KNOWN_REASONS: ReadonlySet<string> = new Set([
  'invalid_grant',
  'invalid_client',
  'invalid_request',
  'invalid_scope',
  'unauthorized',
  'unauthorized_client',
  'unsupported_grant_type',
]);

/** The OAuth error code. The rest of the answer is not used, because it may repeat credentials. */
function rejectionReason(response: HttpResponse): string {
  try {
    const { error } = parseAnswer(response.body, z.object({ error: z.string() }), 'an error');
    return KNOWN_REASONS.has(error) ? error : 'other';
  } catch {
    return 'other';
  }
}

function secretsOf(token: SharedToken | null): string[] {
  if (token === null) return [];
  return token.refresh === null ? [token.access] : [token.access, token.refresh];
}
