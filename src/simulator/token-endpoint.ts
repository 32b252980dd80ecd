import type { Account, AccountRegistry } from './account-registry.js';
import { oauthError, type SimulatorResponse } from './response.js';
import type { TokenStore } from './token-store.js';
import type { PartnerClient } from './types.js';

/** Default lifetime of access tokens, by grant. */
const PASSWORD_LIFETIME_SECONDS = 21922;
const CLIENT_CREDENTIALS_LIFETIME_SECONDS = 86399;

interface TokenEndpointOptions {
  readonly partner: PartnerClient;
  /** Whether the password endpoint issues refresh tokens. */
  readonly refreshTokens: boolean;
  /** Lifetime of access tokens; −1: endless; `null`: so too, and not stated. Default: depends on the grant. */
  readonly lifetimeSeconds?: number | null | undefined;
  /** After how many failed log-ins in a row a user is locked. */
  readonly lockAfter: number;
}

/** Both token endpoints: legacy OAuth of Audience Manager, and client credentials of Adobe Developer. */
export class TokenEndpoint {
  readonly #accounts: AccountRegistry;
  readonly #tokens: TokenStore;
  readonly #options: TokenEndpointOptions;

  constructor(accounts: AccountRegistry, tokens: TokenStore, options: TokenEndpointOptions) {
    this.#accounts = accounts;
    this.#tokens = tokens;
    this.#options = options;
  }

  /** The key of the customer that the credentials in a form belong to, even if they are wrong. */
  customerOf(form: URLSearchParams): string | undefined {
    const account =
      this.#accounts.withUsername(form.get('username') ?? undefined) ??
      this.#accounts.withClientId(form.get('client_id') ?? undefined);
    return account?.key ?? this.#tokens.refreshTokenOwner(form.get('refresh_token') ?? '');
  }

  /** Handles the password and refresh token grants. The partner's own client must authenticate. */
  respondToPassword(authorization: string | undefined, form: URLSearchParams): SimulatorResponse {
    const { clientId, clientSecret } = this.#options.partner;
    if (!authorization?.startsWith('Basic ')) {
      return oauthError(401, 'unauthorized', 'Full authentication is required to access this resource');
    }
    const sent = Buffer.from(authorization.slice('Basic '.length), 'base64').toString();
    if (sent !== `${clientId}:${clientSecret}`) {
      return oauthError(401, 'invalid_client', 'Bad client credentials');
    }
    switch (form.get('grant_type')) {
      case 'password':
        return this.#passwordGrant(form);
      case 'refresh_token':
        return this.#refreshGrant(form);
      case null:
        return oauthError(400, 'invalid_request', 'Missing grant type');
      default:
        return oauthError(400, 'unsupported_grant_type', 'Unsupported grant type');
    }
  }

  /** Handles the client credentials grant. Each customer has a client of its own. */
  respondToServerToServer(form: URLSearchParams): SimulatorResponse {
    if (form.get('grant_type') !== 'client_credentials') {
      return oauthError(400, 'unsupported_grant_type', 'Only client_credentials is supported');
    }
    const account = this.#accounts.withClientId(form.get('client_id') ?? undefined);
    if (account?.credentials.type !== 'server-to-server') {
      return oauthError(400, 'invalid_client', 'invalid client_id parameter');
    }
    if (form.get('client_secret') !== account.credentials.clientSecret) {
      return oauthError(400, 'invalid_client', 'invalid client_secret parameter');
    }
    const scopes = (form.get('scope') ?? '').split(',').filter((scope) => scope !== '');
    if (scopes.length === 0) return oauthError(400, 'invalid_scope', 'scope is missing');
    if (account.refusal === 'scope') {
      return oauthError(400, 'invalid_scope', `The client may not ask for the scope ${scopes[0]}`);
    }
    const { lifetime, stated } = this.#lifetime(CLIENT_CREDENTIALS_LIFETIME_SECONDS);
    return tokenResponse({
      access_token: this.#tokens.issueJwt(account.key, lifetime),
      token_type: 'bearer',
      ...stated,
    });
  }

  #lifetime(byDefault: number): { readonly lifetime: number; readonly stated: { expires_in?: number } } {
    const { lifetimeSeconds = byDefault } = this.#options;
    return {
      lifetime: lifetimeSeconds ?? -1,
      stated: lifetimeSeconds === null ? {} : { expires_in: lifetimeSeconds },
    };
  }

  #passwordGrant(form: URLSearchParams): SimulatorResponse {
    const account = this.#accounts.withUsername(form.get('username') ?? undefined);
    if (account?.credentials.type !== 'password') return oauthError(400, 'invalid_grant', 'Bad credentials');
    if (account.refusal === 'locked') return oauthError(400, 'invalid_grant', 'User account is locked');
    if (account.credentials.password !== form.get('password')) {
      account.failedLogIns += 1;
      if (account.failedLogIns >= this.#options.lockAfter) account.refusal = 'locked';
      return oauthError(400, 'invalid_grant', 'Bad credentials');
    }
    if (account.refusal === 'expired') {
      return oauthError(400, 'invalid_grant', 'User credentials have expired');
    }
    account.failedLogIns = 0;
    return this.#issue(account);
  }

  #refreshGrant(form: URLSearchParams): SimulatorResponse {
    if (!this.#options.refreshTokens) {
      return oauthError(401, 'invalid_client', 'Unauthorized grant type: refresh_token');
    }
    const token = form.get('refresh_token') ?? '';
    const customer = this.#tokens.consumeRefresh(token);
    if (customer === undefined) return oauthError(400, 'invalid_grant', `Invalid refresh token: ${token}`);
    return this.#issue(this.#accounts.get(customer));
  }

  #issue(account: Account): SimulatorResponse {
    const { lifetime, stated } = this.#lifetime(PASSWORD_LIFETIME_SECONDS);
    return tokenResponse({
      access_token: this.#tokens.issueOpaque(account.key, lifetime),
      token_type: 'bearer',
      ...(this.#options.refreshTokens && { refresh_token: this.#tokens.issueRefresh(account.key) }),
      ...stated,
      scope: 'read write',
    });
  }
}

function tokenResponse(json: object): SimulatorResponse {
  return { status: 200, headers: { 'cache-control': 'no-store' }, json };
}
