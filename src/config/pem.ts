import { X509Certificate, createPrivateKey } from 'node:crypto';
import { createSecureContext } from 'node:tls';

/** The part of a PEM text that was looked for, or why it cannot be used. */
export type Pem = { readonly text: string } | { readonly fault: string };

/** Whether a value is PEM itself and not the path of a file with it. */
export function isPem(value: string): boolean {
  return value.includes('-----BEGIN');
}

/** All certificates of a PEM text and nothing else of it: a file may hold a private key as well. */
export function certificatesIn(text: string): Pem {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
  if (blocks.length === 0) return { fault: 'holds no certificate (-----BEGIN CERTIFICATE-----)' };
  const broken = blocks.findIndex((block) => !isCertificate(block));
  if (broken === -1) return { text: blocks.join('\n') };
  const which = blocks.length === 1 ? '' : ` (number ${broken + 1} of ${blocks.length})`;
  return { fault: `holds a certificate that cannot be read${which}; export it again` };
}

/** The first private key of a PEM text. */
export function privateKeyIn(text: string): Pem {
  const [key] = /-----BEGIN ([A-Z]+ )?PRIVATE KEY-----.*?-----END \1?PRIVATE KEY-----/s.exec(text) ?? [];
  if (key === undefined) return { fault: 'holds no private key (-----BEGIN PRIVATE KEY-----)' };
  if (key.includes('ENCRYPTED')) {
    return {
      fault:
        'holds a private key that is encrypted; decrypt it first (openssl pkey -in encrypted.key -out plain.key) ' +
        'and let only this user read it',
    };
  }
  try {
    createPrivateKey(key);
    return { text: key };
  } catch {
    return { fault: 'holds a private key that cannot be read; export it again' };
  }
}

/** What keeps a server from using a key with a certificate, the first of `cert`; undefined where nothing does. */
export function mismatchOf(cert: string, key: string): string | undefined {
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    return 'does not belong to the first certificate in listen.tls.cert; give the key that it was issued for';
  }
  try {
    createSecureContext({ cert, key });
    return undefined;
  } catch (error) {
    return `cannot be used with the certificate in listen.tls.cert (${codeOf(error)}); have both issued anew`;
  }
}

function isCertificate(block: string): boolean {
  try {
    new X509Certificate(block);
    return true;
  } catch {
    return false;
  }
}

/** OpenSSL's code alone: its messages may repeat what they are about. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
