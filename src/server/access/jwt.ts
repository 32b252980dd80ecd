import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import type { Clock } from '../../base/clock.js';
import type { JwtConfig, Permission, VisibleCustomers } from '../../config/index.js';
import { callerOf, type Caller } from '../../graphql/index.js';

/** Dependencies of the verification of JSON Web Tokens. */
export interface JwtOptions {
  readonly clock: Clock;
  /** Fetches the issuer's public keys. */
  readonly fetch: typeof fetch;
}

/** A token that is not accepted. The message is the reason, and contains no part of the token. */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken';
}

/** Maximum difference between the issuer's clock and ours, in seconds. */
const CLOCK_TOLERANCE_S = 30;

/** Maximum age of the issuer's keys before they are fetched again, in milliseconds. */
const KEYS_MAX_AGE_MS = 10 * 60_000;

/** Minimum time between fetches that are caused by tokens with an unknown key, in milliseconds. */
const KEYS_COOLDOWN_MS = 30_000;

/** Timeout of fetching the issuer's keys, in milliseconds. */
const KEYS_TIMEOUT_MS = 5_000;

const PERMISSIONS: ReadonlySet<string> = new Set<Permission>([
  'read',
  'refresh',
  'import',
  'metrics',
  'explore',
]);

/** Verifies JSON Web Tokens and creates callers from their claims. */
export class JwtVerifier {
  readonly #config: JwtConfig;
  readonly #keys: JWTVerifyGetKey;
  readonly #clock: Clock;

  constructor(config: JwtConfig, options: JwtOptions) {
    this.#config = config;
    this.#clock = options.clock;
    const { keys } = config;
    this.#keys =
      'uri' in keys
        ? createRemoteJWKSet(new URL(keys.uri), {
            cacheMaxAge: KEYS_MAX_AGE_MS,
            cooldownDuration: KEYS_COOLDOWN_MS,
            timeoutDuration: KEYS_TIMEOUT_MS,
            [customFetch]: options.fetch,
          })
        : createLocalJWKSet({ keys: keys.set.keys.map((key) => ({ ...key, kty: String(key['kty']) })) });
  }

  /** @throws InvalidToken */
  async verify(token: string): Promise<Caller> {
    const { issuer, audience, algorithms, customersClaim, permissionsClaim } = this.#config;
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(this.#clock.now()),
        // A token without an expiry date could never be revoked.
        requiredClaims: ['exp'],
      });
      return callerOf(
        nameOf(payload),
        customersOf(payload[customersClaim]),
        wordsOf(payload[permissionsClaim]).filter(isPermission),
      );
    } catch (error) {
      throw new InvalidToken(reasonOf(error));
    }
  }
}

/** The subject of the token, else the client program. Source: RFC 7519, RFC 9068. */
function nameOf({ sub, client_id: client, azp }: JWTPayload): string {
  const name = [sub, client, azp].find((claim) => typeof claim === 'string' && claim !== '');
  return typeof name === 'string' ? name : '(no subject)';
}

/** The claim is a list of IDs, a text of IDs separated by blanks, or `all`. */
function customersOf(claim: unknown): VisibleCustomers {
  const words = wordsOf(claim);
  return words.length === 1 && words[0] === 'all' ? 'all' : words;
}

function wordsOf(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(/\s+/).filter((word) => word !== '');
  return Array.isArray(claim) ? claim.filter((word) => typeof word === 'string') : [];
}

function isPermission(word: string): word is Permission {
  return PERMISSIONS.has(word);
}

/** The reason for the log. The messages of jose cannot be used, because they can contain claims of the token. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `its claim ${error.claim} is missing or not accepted`;
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not allowed';
  if (error instanceof errors.JWKSNoMatchingKey) return 'its key is not among those of the issuer';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  if (error instanceof errors.JWKSTimeout) return "the issuer's keys could not be fetched in time";
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) return 'it is malformed';
  return "the issuer's keys could not be fetched, or the token cannot be verified with them";
}
