import { type Answer, oauthError } from './answer.js';
import type { Account, Customers } from './customers.js';
import type { Tokens } from './tokens.js';
import type { PartnerClient } from './types.js';

const PASSWORD_LIFETIME_SECONDS = 21922;
const CLIENT_CREDENTIALS_LIFETIME_SECONDS = 86399;

export interface TokenEndpointOptions {
  readonly partner: PartnerClient;
  readonly refreshTokens: boolean;
  readonly lifetimeSeconds?: number | undefined;
}

/** Both token endpoints: legacy OAuth of Audience Manager, and the client credentials of Adobe Developer. */
export class TokenEndpoint {
  readonly #customers: Customers;
  readonly #tokens: Tokens;
  readonly #options: TokenEndpointOptions;

  constructor(customers: Customers, tokens: Tokens, options: TokenEndpointOptions) {
    this.#customers = customers;
    this.#tokens = tokens;
    this.#options = options;
  }

  /** Whose credentials a form carries, right or wrong. */
  customerOf(form: URLSearchParams): string | undefined {
    const account =
      this.#customers.withUsername(form.get('username') ?? undefined) ??
      this.#customers.withClientId(form.get('client_id') ?? undefined);
    return account?.key ?? this.#tokens.refreshOwner(form.get('refresh_token') ?? '');
  }

  /** The password and refresh token grants, authenticated by the partner's own client. */
  answerPassword(authorization: string | undefined, form: URLSearchParams): Answer {
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

  /** The client credentials grant: each customer has a client of its own. */
  answerServerToServer(form: URLSearchParams): Answer {
    if (form.get('grant_type') !== 'client_credentials') {
      return oauthError(400, 'unsupported_grant_type', 'Only client_credentials is supported');
    }
    const account = this.#customers.withClientId(form.get('client_id') ?? undefined);
    if (account?.credentials.type !== 'server-to-server') {
      return oauthError(400, 'invalid_client', 'invalid client_id parameter');
    }
    if (form.get('client_secret') !== account.credentials.clientSecret) {
      return oauthError(400, 'invalid_client', 'invalid client_secret parameter');
    }
    const scopes = (form.get('scope') ?? '').split(',').filter((scope) => scope !== '');
    if (scopes.length === 0) return oauthError(400, 'invalid_scope', 'scope is missing');
    const lifetime = this.#options.lifetimeSeconds ?? CLIENT_CREDENTIALS_LIFETIME_SECONDS;
    return tokenAnswer({
      access_token: this.#tokens.issueJwt(account.key, lifetime),
      token_type: 'bearer',
      expires_in: lifetime,
    });
  }

  #passwordGrant(form: URLSearchParams): Answer {
    const account = this.#customers.withUsername(form.get('username') ?? undefined);
    if (account?.credentials.type !== 'password' || account.credentials.password !== form.get('password')) {
      return oauthError(400, 'invalid_grant', 'Bad credentials');
    }
    return this.#issue(account);
  }

  #refreshGrant(form: URLSearchParams): Answer {
    if (!this.#options.refreshTokens) {
      return oauthError(401, 'invalid_client', 'Unauthorized grant type: refresh_token');
    }
    const token = form.get('refresh_token') ?? '';
    const customer = this.#tokens.redeem(token);
    if (customer === undefined) return oauthError(400, 'invalid_grant', `Invalid refresh token: ${token}`);
    return this.#issue(this.#customers.get(customer));
  }

  #issue(account: Account): Answer {
    const lifetime = this.#options.lifetimeSeconds ?? PASSWORD_LIFETIME_SECONDS;
    return tokenAnswer({
      access_token: this.#tokens.issueOpaque(account.key, lifetime),
      token_type: 'bearer',
      ...(this.#options.refreshTokens && { refresh_token: this.#tokens.issueRefresh(account.key) }),
      expires_in: lifetime,
      scope: 'read write',
    });
  }
}

function tokenAnswer(json: object): Answer {
  return { status: 200, headers: { 'cache-control': 'no-store' }, json };
}
