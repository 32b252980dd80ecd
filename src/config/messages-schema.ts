import type { SignatureAlgorithm } from './types.js';
import { InvalidValue, VALUE_PLACEHOLDER, mapping, oneOf, scalar, secret, section } from './values.js';

const ALGORITHMS: readonly SignatureAlgorithm[] = ['SHA-1', 'SHA-256'];

/** Headers that already mean something else to the gateway or to HTTP itself. */
const TAKEN_HEADERS = new Set([
  'accept',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'origin',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-api-key',
  'x-forwarded-for',
  'x-request-id',
]);

/** The section `messages`. */
export function messages() {
  return mapping({
    signature: section(
      mapping({
        header: headerName(),
        algorithm: oneOf(ALGORITHMS),
        secret: secret(),
        previousSecret: secret().optional(),
      }).optional(),
    ),
  });
}

/** The name of a header, in lower case as Node.js has it. Source: RFC 9110, section 5.6.2. */
function headerName() {
  return scalar('must be the name of a header, such as X-Signature', (text) => {
    if (!/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(text)) return undefined;
    const name = text.toLowerCase();
    return TAKEN_HEADERS.has(name)
      ? new InvalidValue(
          `must be a header of its own, such as X-Signature; ${VALUE_PLACEHOLDER} has another meaning`,
        )
      : name;
  });
}
