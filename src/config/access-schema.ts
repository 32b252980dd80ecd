import { isIP } from 'node:net';
import * as z from 'zod';
import type { FileReader } from './files.js';
import { parseKeySet, parseManifest } from './json-files.js';
import type { Permission, VisibleCustomers } from './types.js';
import {
  boolean,
  either,
  fileContents,
  label,
  list,
  mapping,
  oneOf,
  Rejection,
  scalar,
  url,
  VALUE,
} from './values.js';

const PERMISSIONS: readonly Permission[] = ['read', 'refresh', 'import', 'metrics', 'explore'];

/** With a public and a private key, so that nobody who can check a token can also make one. Source: RFC 7518, RFC 8037. */
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

const HASH_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Who may call the gateway: the section `access`. */
export function access(insecure: boolean, read: FileReader) {
  return mapping({
    apiKeys: list(apiKey(), 'at least one key')
      .min(1, { error: 'is empty; list at least one key (aam-gateway key makes one), or leave it out' })
      .optional(),
    jwt: jwt(insecure, read).optional(),
    trustedDocuments: trustedDocuments(read).optional(),
  });
}

/** A file's path, alone or with what else there is to say of it. */
function trustedDocuments(read: FileReader) {
  const file = fileContents('must be a file with trusted operations', read, parseManifest);
  const whole = mapping({ file, only: boolean().prefault('false') });
  const alone = file.transform((documents) => ({ file: documents, only: false }));
  return either((value) => (typeof value === 'string' ? alone : whole));
}

function apiKey() {
  return mapping({
    name: label(),
    sha256: hash(),
    customers: visibleCustomers().optional(),
    permissions: list(oneOf(PERMISSIONS), `permissions, each one of ${PERMISSIONS.join(', ')}`)
      .min(1, { error: 'is empty; list at least one permission, or leave it out (then it is read)' })
      .prefault(['read']),
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
      // Perhaps the key itself, so it is not shown.
      return new Rejection(
        'must be 64 hexadecimal digits, the SHA-256 of the key; aam-gateway key makes a key and prints it',
      );
    }
    if (text.toLowerCase() !== HASH_OF_NOTHING) return text.toLowerCase();
    return new Rejection(
      'is the SHA-256 of an empty text, not of a key; aam-gateway key makes a key and prints it',
    );
  });
}

function visibleCustomers() {
  const ids = z.array(label(), { error: 'must be a list of customer IDs, or the word all' });
  return either<VisibleCustomers>((value) => (value === 'all' ? z.literal('all') : ids));
}

/** Where pages of a browser come from: scheme, host and port. Source: RFC 6454. */
export function origin() {
  return scalar('must be an origin such as https://reports.example.com, without a path', (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
    // A pattern such as https://*.example.com would look right and let nobody in.
    const isPlain = url.origin === text.toLowerCase() && !url.hostname.includes('*');
    return isPlain ? url.origin : undefined;
  });
}

/** An IP address, or a network as `10.0.0.0/8`. */
export function network() {
  return scalar('must be an IP address or a network such as 10.0.0.0/8', (text) => {
    const [address = '', bits, ...rest] = text.split('/');
    const version = isIP(address);
    const most = version === 4 ? 32 : 128;
    const right = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    return version !== 0 && rest.length === 0 && right
      ? text
      : new Rejection(`must be an IP address or a network such as 10.0.0.0/8, not ${VALUE}`);
  });
}
