import { ageOf, momentOf, type Clock, type Moment } from '../base/clock.js';
import type { Logger } from '../telemetry/logs.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Redactor } from '../telemetry/redaction.js';
import { accountKey, type Account } from './account.js';
import { notTriedError, rejectionMessage } from './advice.js';
import { AudienceManagerError } from './errors.js';
import type { Http, HttpRequest, HttpResponse } from './http.js';
import { LogIns, type LogInLedger, type LogInPause } from './log-ins.js';
import { knownCode, refusalOf } from './refusal.js';
import { RefreshPriority, type Priority } from './priority.js';
import { parseToken } from './token-answer.js';
import type { SharedToken, TokenVault } from './token-vault.js';

export interface TokensOptions {
  readonly http: Http;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Gets every token, so that none appears in the log, and removes all secrets from what is repeated. */
  readonly redactor: Redactor;
  /** Shares tokens with other processes. Default: tokens are not shared. */
  readonly vault?: TokenVault;
  /** Counts log-ins for all processes, over restarts. Default: this process counts for itself. */
  readonly ledger?: LogInLedger;
}

type Grant = 'password' | 'client_credentials' | 'refresh_token';

/** Whose token is asked for, and how urgently. */
interface TokenRequest {
  readonly account: Account;
  readonly priority: RefreshPriority;
}

interface Entry {
  token: SharedToken | null;
  /** When the token was taken: its dates are by the clock as it was then. */
  takenAt: Moment | null;
  /** The secrets of the previous token, which calls in flight may still use. */
  outdated: string[];
  pending: PendingToken | null;
}

/** A token that is being asked for. */
interface PendingToken {
  readonly token: Promise<string>;
  /** That of the most urgent call that waits for it. */
  readonly priority: RefreshPriority;
}

/**
 * Access tokens, one per account. Concurrent callers share one request (single-flight). A token is renewed before it
 * expires, with the refresh token first. Rejected credentials are tried a few times only: `LogIns` says when.
 * Source: "Getting started with Audience Manager REST APIs", OAuth.
 */
export class Tokens {
  readonly #options: TokensOptions;
  readonly #logIns: LogIns;
  readonly #entries = new Map<string, Entry>();

  constructor(options: TokensOptions) {
    this.#options = options;
    const { clock, logger, ledger } = options;
    this.#logIns = new LogIns({ clock, logger, ledger });
  }

  /** Removes all secrets from texts of Audience Manager. */
  get redactor(): Redactor {
    return this.#options.redactor;
  }

  /**
   * A valid token.
   *
   * @param needed how urgent the call is that needs it
   * @throws AudienceManagerError AAM_AUTH_FAILED for rejected credentials, else as `Http.request`
   */
  async get(account: Account, needed: Priority | RefreshPriority = 'lookup'): Promise<string> {
    const entry = this.#entry(account);
    if (entry.token !== null && !this.#isOver(entry, entry.token.renewAt)) return entry.token.access;
    const pending = (entry.pending ??= this.#begin(account, entry, needed));
    const stopFollowing = pending.priority.follow(RefreshPriority.of(needed));
    try {
      return await pending.token;
    } finally {
      stopFollowing();
    }
  }

  /** Drops `token` after a 401, unless it has been replaced already. */
  invalidate(account: Account, token: string): void {
    const entry = this.#entry(account);
    if (entry.token?.access !== token) return;
    // The refresh token is kept: it can still be exchanged for a new access token.
    entry.token = { ...entry.token, expiresAt: 0, renewAt: 0 };
  }

  /** Has credentials that were rejected too often tried once more, with the next call that needs a token. */
  allowOneTry(account: Account): void {
    this.#logIns.allowOne(accountKey(account));
  }

  /** Removes the tokens of all other accounts. */
  retain(accounts: Iterable<Account>): void {
    const keys = new Set<string>();
    for (const account of accounts) keys.add(accountKey(account));
    this.#logIns.retain(keys);
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
      entry = { token: null, takenAt: null, outdated: [], pending: null };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #begin(account: Account, entry: Entry, needed: Priority | RefreshPriority): PendingToken {
    const priority = new RefreshPriority(RefreshPriority.of(needed).priority);
    const token = this.#renew({ account, priority }, entry).finally(() => {
      entry.pending = null;
    });
    return { token, priority };
  }

  async #renew(request: TokenRequest, entry: Entry): Promise<string> {
    const { account } = request;
    const { logger } = this.#options;
    const shared = await this.#loadShared(account, entry);
    if (shared !== null) return shared;
    try {
      return (await this.#refresh(request, entry)) ?? (await this.#logIn(request, entry));
    } catch (error) {
      if (entry.token === null || this.#isOver(entry, entry.token.expiresAt)) throw error;
      logger.warn(
        { error: (error as Error).message },
        'an access token could not be renewed; the current one is still valid and is used',
      );
      // Rejected credentials are not tried before this time anyway.
      const retryAfterMs = error instanceof AudienceManagerError ? (error.retryAfterMs ?? 0) : 0;
      const renewAt = this.#now(entry) + retryAfterMs;
      entry.token = { ...entry.token, renewAt: Math.min(entry.token.expiresAt, renewAt) };
      return entry.token.access;
    }
  }

  /** Whether a time of the entry's token has come. */
  #isOver(entry: Entry, time: number): boolean {
    return this.#now(entry) >= time;
  }

  /** The current time, by the clock as it was when the entry's token was taken. */
  #now({ takenAt }: Entry): number {
    const { clock } = this.#options;
    return takenAt === null ? clock.now() : takenAt.date + ageOf(takenAt, clock);
  }

  /** Takes a token that another process has shared. @returns `null` if there is none that is newer */
  async #loadShared(account: Account, entry: Entry): Promise<string | null> {
    const { clock, vault } = this.#options;
    const shared = (await vault?.load(accountKey(account))) ?? null;
    return shared !== null && isNewer(shared, entry, clock.now()) ? this.#take(entry, shared) : null;
  }

  /** Uses the refresh token. @returns `null` if there is none or it was rejected */
  async #refresh(request: TokenRequest, entry: Entry): Promise<string | null> {
    const { account } = request;
    const refresh = entry.token?.refresh;
    if (account.type !== 'password' || refresh === null || refresh === undefined) return null;
    const response = await this.#ask('refresh_token', request, { refresh_token: refresh });
    if (!isGranted(response)) {
      this.#options.logger.debug('a refresh token was rejected; logging in again');
      entry.token = entry.token && { ...entry.token, refresh: null };
      entry.outdated.push(refresh);
      return null;
    }
    return await this.#accept(account, entry, response, refresh);
  }

  async #logIn(request: TokenRequest, entry: Entry): Promise<string> {
    const { account } = request;
    const key = accountKey(account);
    const decision = await this.#logIns.begin(key);
    if (decision.pause !== null) throw this.#notTried(decision.pause);
    try {
      const access =
        (decision.hasWaited ? await this.#loadShared(account, entry) : null) ??
        (await this.#requestToken(request, entry));
      await this.#logIns.succeeded(key);
      return access;
    } catch (error) {
      if (error instanceof Rejected) throw await this.#reject(account, error.response);
      await this.#logIns.unanswered(key);
      throw error;
    }
  }

  /** @throws Rejected */
  async #requestToken(request: TokenRequest, entry: Entry): Promise<string> {
    const { account } = request;
    const response =
      account.type === 'password'
        ? await this.#ask('password', request, { username: account.username, password: account.password })
        : await this.#ask('client_credentials', request, {
            client_id: account.clientId,
            client_secret: account.clientSecret,
            scope: account.scopes.join(','),
          });
    if (isRejection(response)) throw new Rejected(response);
    if (!isGranted(response)) {
      const answer = `answered with status ${response.status}; check tokenUrl`;
      throw new AudienceManagerError('AAM_BAD_RESPONSE', `Audience Manager's token endpoint ${answer}.`);
    }
    return await this.#accept(account, entry, response, null);
  }

  async #ask(
    grant: Grant,
    { account, priority }: TokenRequest,
    fields: Record<string, string>,
  ): Promise<HttpResponse> {
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
    const { customer = '', tokenUrl } = account;
    const request: HttpRequest = { method: 'POST', url: tokenUrl, headers, body, customer };
    try {
      const response = await http.request('token', request, { priority });
      metrics.tokenGrants.inc({ customer, grant, outcome: isGranted(response) ? 'granted' : 'rejected' });
      return response;
    } catch (error) {
      metrics.tokenGrants.inc({ customer, grant, outcome: 'failed' });
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
    const token = parseToken(response.body, response.headers['content-type'], previousRefresh, clock.now());
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
    entry.takenAt = momentOf(this.#options.clock);
    return token.access;
  }

  async #reject(account: Account, response: HttpResponse): Promise<AudienceManagerError> {
    const { redactor, logger } = this.#options;
    const { status } = response;
    const refusal = refusalOf(response);
    const message = rejectionMessage(account, refusal, redactor);
    const pause = await this.#logIns.rejected(accountKey(account), message);
    const { rejections, until } = pause;
    logger.warn(
      {
        status,
        reason: knownCode(refusal) ?? 'other',
        error: message,
        rejections,
        nextTryAt: new Date(until).toISOString(),
      },
      'credentials were rejected',
    );
    return this.#notTried(pause);
  }

  #notTried(pause: LogInPause): AudienceManagerError {
    // A process that counts for itself ends soon, as `check` does; it promises no further tries.
    return this.#options.ledger === undefined
      ? new AudienceManagerError('AAM_AUTH_FAILED', pause.message, { retryAfterMs: pause.retryAfterMs })
      : notTriedError(pause);
  }
}

/** The token endpoint rejected the credentials. */
class Rejected extends Error {
  readonly response: HttpResponse;

  constructor(response: HttpResponse) {
    super('the credentials were rejected');
    this.response = response;
  }
}

/** Whether the shared token is valid and replaces the token of this process. */
function isNewer(shared: SharedToken, { token, outdated }: Entry, now: number): boolean {
  return shared.access !== token?.access && !outdated.includes(shared.access) && now < shared.renewAt;
}

function isGranted(response: HttpResponse): boolean {
  return response.status < 400;
}

/** Other 4xx statuses say nothing about the credentials. */
function isRejection({ status }: HttpResponse): boolean {
  return status === 400 || status === 401 || status === 403;
}

function secretsOf(token: SharedToken | null): string[] {
  if (token === null) return [];
  return token.refresh === null ? [token.access] : [token.access, token.refresh];
}
