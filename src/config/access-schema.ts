import { isIP } from 'node:net';
import * as z from 'zod';
import { parseKeySet, parseManifest } from './json-files.js';
import type { FileReader } from './text-files.js';
import type { Permission, VisibleCustomers } from './types.js';
import {
  InvalidValue,
  VALUE_PLACEHOLDER,
  boolean,
  either,
  fileContents,
  label,
  list,
  mapping,
  oneOf,
  scalar,
  url,
} from './values.js';

const PERMISSIONS: readonly Permission[] = ['read', 'refresh', 'import', 'metrics', 'explore'];

/**
 * Algorithms with a public and a private key, so that the key that verifies tokens cannot create them.
 * Sources: RFC 7518, RFC 8037.
 */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** The SHA-256 of an empty text. */
const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** The section `access`. */
export function access(insecure: boolean, read: FileReader) {
  return mapping({
    apiKeys: list(apiKey(), 'at least one key')
      .min(1, { error: 'is empty; list at least one key (aam-gateway key creates one), or leave it out' })
      .optional(),
    jwt: jwt(insecure, read).optional(),
    trustedDocuments: trustedDocuments(read).optional(),
  });
}

interface TrustedDocumentsInput {
  readonly file: Readonly<Record<string, string>>;
  readonly only?: boolean | undefined;
}

/** The path of a manifest, or a mapping with the path and options. */
function trustedDocuments(read: FileReader) {
  const file = fileContents('must be a file with trusted operations', read, parseManifest);
  const withOptions = mapping({ file, only: boolean().optional() });
  const pathOnly = file.transform((documents) => ({ file: documents }));
  return either<TrustedDocumentsInput>((value) => (typeof value === 'string' ? pathOnly : withOptions));
}

function apiKey() {
  return mapping({
    name: keyName(),
    sha256: hash(),
    customers: visibleCustomers().optional(),
    permissions: list(oneOf(PERMISSIONS), `permissions, each one of ${PERMISSIONS.join(', ')}`)
      .min(1, { error: 'is empty; list at least one permission, or leave it out (then it is read)' })
      .prefault(['read']),
  });
}

/** The prefixes tell callers apart in logs and in the history: a key named `jwt:anna` would look like a token of anna. */
function keyName() {
  return label().refine((name) => !/^(key|jwt):/i.test(name), {
    error: 'must not begin with key: or jwt:, which mark callers in the log; choose another name',
  });
}

function jwt(insecure: boolean, read: FileReader) {
  return mapping({
    issuer: label(),
    audience: label(),
    jwksUri: url(insecure).optional(),
    jwksFile: fileContents('must be a file with a JSON Web Key Set', read, parseKeySet).optional(),
    customersClaim: label().prefault('customers'),
    permissionsClaim: label().prefault('permissions'),
    algorithms: list(oneOf(ALGORITHMS), 'at least one algorithm')
      .min(1, { error: 'is empty; list at least one algorithm, or leave it out' })
      .prefault(['RS256', 'PS256', 'ES256', 'EdDSA']),
  });
}

function hash() {
  return scalar('must be 64 hexadecimal digits, the SHA-256 of the key', (text) => {
    if (!/^[\da-f]{64}$/i.test(text)) {
      // The text is not shown: it may be the key itself.
      return new InvalidValue(
        'must be 64 hexadecimal digits, the SHA-256 of the key; aam-gateway key creates a key and prints its SHA-256',
      );
    }
    if (text.toLowerCase() !== EMPTY_HASH) return text.toLowerCase();
    return new InvalidValue(
      'is the SHA-256 of an empty text; aam-gateway key creates a key and prints its SHA-256',
    );
  });
}

function visibleCustomers() {
  const ids = z
    .array(label(), { error: 'must be a list of customer IDs, or the word all' })
    .refine((list) => !list.includes('all'), {
      error:
        'contains the word all; write customers: all, without a list, for all customers, or leave the word out',
    });
  return either<VisibleCustomers>((value) => (value === 'all' ? z.literal('all') : ids));
}

/** The origin of a web page: scheme, host and port. Source: RFC 6454. */
export function origin() {
  return scalar('must be an origin such as https://reports.example.com, without a path', (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
    // Patterns such as https://*.example.com are not supported and would match no origin.
    const isPlain = url.origin === text.toLowerCase() && !url.hostname.includes('*');
    return isPlain ? url.origin : undefined;
  });
}

/** An IP address, or a network such as `10.0.0.0/8`. */
export function network() {
  return scalar('must be an IP address or a network such as 10.0.0.0/8', (text) => {
    const [address = '', bits, ...rest] = text.split('/');
    const version = isIP(address);
    const maxBits = version === 4 ? 32 : 128;
    const isPrefixValid = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= maxBits);
    return version !== 0 && rest.length === 0 && isPrefixValid
      ? text
      : new InvalidValue(`must be an IP address or a network such as 10.0.0.0/8, not ${VALUE_PLACEHOLDER}`);
  });
}
