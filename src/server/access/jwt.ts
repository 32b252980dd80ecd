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

/** How JWTs are checked besides what the configuration says. */
export interface JwtOptions {
  readonly clock: Clock;
  /** For the provider's keys. */
  readonly fetch: typeof fetch;
}

/** Why a token lets nobody in. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

/** How far the provider's clock may be off, in seconds. */
const CLOCK_TOLERANCE_S = 30;

/** The provider's keys are asked for again when this old, in milliseconds, … */
const KEYS_MAX_AGE_MS = 10 * 60_000;
/** … and when a token names one that is not among them, but not more often than this. */
const KEYS_COOLDOWN_MS = 30_000;
const KEYS_TIMEOUT_MS = 5_000;

const PERMISSIONS: ReadonlySet<string> = new Set<Permission>([
  'read',
  'refresh',
  'import',
  'metrics',
  'explore',
]);

/** Finds the callers behind JSON Web Tokens. */
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

  /** @throws TokenRefused, whose message says why without a word of the token */
  async verify(token: string): Promise<Caller> {
    const { issuer, audience, algorithms, customersClaim, permissionsClaim } = this.#config;
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(this.#clock.now()),
        // A token that never ends could never be taken back.
        requiredClaims: ['exp'],
      });
      return callerOf(
        nameOf(payload),
        customersOf(payload[customersClaim]),
        wordsOf(payload[permissionsClaim]).filter(isPermission),
      );
    } catch (error) {
      throw new TokenRefused(reasonOf(error));
    }
  }
}

/** Who the token was made for, or which program. Source: RFC 7519, RFC 9068. */
function nameOf({ sub, client_id: client, azp }: JWTPayload): string {
  const name = [sub, client, azp].find((claim) => typeof claim === 'string' && claim !== '');
  return typeof name === 'string' ? name : '(no subject)';
}

/** A list of IDs, IDs with blanks between them, or the word `all`. */
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

/** For the log: jose's own messages can hold claims of the token. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `its claim ${error.claim} does not fit`;
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not allowed';
  if (error instanceof errors.JWKSNoMatchingKey) return 'its key is not among those of the issuer';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  if (error instanceof errors.JWKSTimeout) return "the issuer's keys could not be had in time";
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) return 'it is malformed';
  return "the issuer's keys could not be had, or it cannot be checked with them";
}
