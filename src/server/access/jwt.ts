import { createHash } from 'node:crypto';
import { createLocalJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { withoutUnprintable } from '../../base/printable.js';
import type { JwtConfig, Permission, VisibleCustomers } from '../../config/index.js';
import { callerOf, type Caller } from '../../graphql/index.js';
import { KeysUnavailable, ProviderKeys, type ProviderKeysOptions } from './provider-keys.js';

/** Dependencies of the verification of JSON Web Tokens. */
export type JwtOptions = ProviderKeysOptions;

/** A token that is not accepted. The message is the reason, and contains no part of the token. */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken';
}

/** Maximum difference between the issuer's clock and ours, in seconds. */
const CLOCK_TOLERANCE_S = 30;

/** Maximum length of a caller's name, in characters. */
const MAX_NAME_LENGTH = 200;

/** Number of hexadecimal digits that tell shortened names apart. */
const DIGEST_LENGTH = 16;

/** Matches names as `shownName` makes them. */
const LOOKS_CHANGED = /~[\da-f]{16}$/;

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
  readonly #options: JwtOptions;
  /** `null`: the keys are in a file. */
  readonly #provider: ProviderKeys | null;
  readonly #findKey: JWTVerifyGetKey;

  /** @param previous the verifier before the configuration was reloaded, whose keys are kept if they are of the same URI */
  constructor(config: JwtConfig, options: JwtOptions, previous: JwtVerifier | null = null) {
    this.#config = config;
    this.#options = options;
    const { keys } = config;
    if ('uri' in keys) {
      const known = previous === null ? null : previous.#provider;
      const isSame = known !== null && known.uri === keys.uri;
      if (isSame) known.expire();
      this.#provider = isSame ? known : new ProviderKeys(keys.uri, options);
      this.#findKey = this.#provider.find;
    } else {
      this.#provider = null;
      this.#findKey = createLocalJWKSet({
        keys: keys.set.keys.map((key) => ({ ...key, kty: String(key['kty']) })),
      });
    }
  }

  /** @throws InvalidToken, KeysUnavailable */
  async verify(token: string): Promise<Caller> {
    const { issuer, audience, algorithms, customersClaim, permissionsClaim } = this.#config;
    try {
      const { payload } = await jwtVerify(token, this.#findKey, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(this.#options.clock.now()),
        // A token without an expiry date could never be revoked.
        requiredClaims: ['exp'],
      });
      return callerOf(
        'jwt',
        nameOf(payload),
        customersOf(payload[customersClaim]),
        wordsOf(payload[permissionsClaim]).filter(isPermission),
      );
    } catch (error) {
      if (error instanceof KeysUnavailable) throw error;
      throw new InvalidToken(reasonOf(error));
    }
  }
}

/** The subject of the token, else the client program. Source: RFC 7519, RFC 9068. */
function nameOf({ sub, client_id: client, azp }: JWTPayload): string {
  const claim = [sub, client, azp].find((each) => typeof each === 'string' && each !== '');
  return typeof claim === 'string' ? shownName(claim) : '(no subject)';
}

/**
 * A name without control characters, of 200 characters at most. A name that was changed ends with a part of its SHA-256,
 * so that two different subjects never have the same name.
 */
function shownName(claim: string): string {
  const clean = withoutUnprintable(claim);
  const isFit = clean === claim && claim.length <= MAX_NAME_LENGTH && !LOOKS_CHANGED.test(claim);
  if (isFit) return claim;
  const digest = createHash('sha256').update(claim).digest('hex').slice(0, DIGEST_LENGTH);
  return `${clean.slice(0, MAX_NAME_LENGTH - DIGEST_LENGTH - 1).toWellFormed()}~${digest}`;
}

/** The claim is a list of IDs, a text of IDs separated by blanks, or the text `all`. In a list, `all` is an ID. */
function customersOf(claim: unknown): VisibleCustomers {
  return claim === 'all' ? 'all' : wordsOf(claim);
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
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) return 'it is malformed';
  return "it cannot be verified with the issuer's keys";
}
