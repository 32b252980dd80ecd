import { FileFault, type FileReader } from './files.js';
import { certificatesIn, isPem, mismatchOf, privateKeyIn, type Pem } from './pem.js';
import { PROXY_FAULT, parseDirectHost, parseProxyUrl } from './proxy.js';
import { list, mapping, Rejection, scalar, VALUE } from './values.js';

/** How others connect: the section `listen.tls`. */
export function tls(read: FileReader) {
  return mapping({
    cert: pem('the certificate', read, certificatesIn),
    key: pem('the private key', read, privateKeyIn),
    clientCa: pem('certificates', read, certificatesIn).optional(),
  }).superRefine(({ cert, key }, context) => {
    const message = mismatchOf(cert, key);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['key'], message });
  });
}

/** How the gateway connects: the section `outbound`. That noProxy stands beside a proxy is checked between the keys. */
export function outbound(read: FileReader) {
  return mapping({
    ca: pem('certificates', read, certificatesIn).optional(),
    proxy: scalar(PROXY_FAULT, (text) => parseProxyUrl(text) ?? new Rejection(PROXY_FAULT)).optional(),
    noProxy: list(
      scalar('must be a host name or an IP address (IPv6 without brackets)', parseDirectHost),
      'hosts that are called without the proxy',
    ).prefault([]),
  });
}

/** PEM, which a file holds that the text names, or the text itself. */
function pem(what: string, read: FileReader, pick: (text: string) => Pem) {
  const expected = `must be the path of a PEM file with ${what}`;
  const relative = `${expected}, relative to this configuration`;
  return scalar(expected, (text) => {
    if (text === '' || (!isPem(text) && /[\p{Cc}\p{Surrogate}]/u.test(text))) {
      return new Rejection(`${relative}, or PEM itself`);
    }
    try {
      const picked = pick(isPem(text) ? text : read(text));
      return 'text' in picked ? picked.text : new Rejection(picked.fault);
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      return new Rejection(`${relative}; ${VALUE} ${error.message}`);
    }
  });
}
