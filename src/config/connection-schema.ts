import { certificatesIn, isPem, keyPairProblem, privateKeyIn, type PemResult } from './pem.js';
import { INVALID_PROXY_MESSAGE, parseNoProxyHost, parseProxyUrl } from './proxy.js';
import { UnreadableFileError, type FileReader } from './text-files.js';
import { InvalidValue, VALUE_PLACEHOLDER, list, mapping, scalar } from './values.js';

/** The section `listen.tls`. */
export function tls(read: FileReader) {
  return mapping({
    cert: pem('the certificate', read, certificatesIn),
    key: pem('the private key', read, privateKeyIn),
    clientCa: pem('certificates', read, certificatesIn).optional(),
  }).superRefine(({ cert, key }, context) => {
    const message = keyPairProblem(cert, key);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['key'], message });
  });
}

/** The section `outbound`. `findInconsistencies` checks that noProxy is only given together with proxy. */
export function outbound(read: FileReader) {
  return mapping({
    ca: pem('certificates', read, certificatesIn).optional(),
    proxy: scalar(
      INVALID_PROXY_MESSAGE,
      (text) => parseProxyUrl(text) ?? new InvalidValue(INVALID_PROXY_MESSAGE),
    ).optional(),
    noProxy: list(
      scalar('must be a host name or an IP address (IPv6 without brackets)', parseNoProxyHost),
      'hosts that are called without the proxy',
    ).prefault([]),
  });
}

/**
 * PEM text, or the path of a PEM file.
 *
 * @param what names the expected content for messages
 * @param extract takes the needed part out of the PEM text
 */
function pem(what: string, read: FileReader, extract: (text: string) => PemResult) {
  const expected = `must be the path of a PEM file with ${what}`;
  const relative = `${expected}, relative to this configuration`;
  return scalar(expected, (text) => {
    if (text === '' || (!isPem(text) && /[\p{Cc}\p{Surrogate}]/u.test(text))) {
      return new InvalidValue(`${relative}, or PEM itself`);
    }
    try {
      const result = extract(isPem(text) ? text : read(text));
      return 'text' in result ? result.text : new InvalidValue(result.error);
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw error;
      return new InvalidValue(`${relative}; ${VALUE_PLACEHOLDER} ${error.message}`);
    }
  });
}
