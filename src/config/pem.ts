import { X509Certificate, createPrivateKey } from 'node:crypto';
import { createSecureContext } from 'node:tls';

/**
 * The part of a PEM text that was looked for, or why it cannot be used (completes the sentence "the file …").
 */
export type PemResult = { readonly text: string } | { readonly error: string };

/** Whether a value is PEM text itself, and not the path of a PEM file. */
export function isPem(value: string): boolean {
  return value.includes('-----BEGIN');
}

/** Extracts all certificates of a PEM text. Other parts, such as a private key, are left out. */
export function certificatesIn(text: string): PemResult {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
  if (blocks.length === 0) return { error: 'contains no certificate (-----BEGIN CERTIFICATE-----)' };
  const malformed = blocks.findIndex((block) => !isCertificate(block));
  if (malformed === -1) return { text: blocks.join('\n') };
  const which = blocks.length === 1 ? '' : ` (number ${malformed + 1} of ${blocks.length})`;
  return { error: `contains a malformed certificate${which}; export it again` };
}

/** Extracts the first private key of a PEM text. Encrypted keys are not accepted. */
export function privateKeyIn(text: string): PemResult {
  const [key] = /-----BEGIN ([A-Z]+ )?PRIVATE KEY-----.*?-----END \1?PRIVATE KEY-----/s.exec(text) ?? [];
  if (key === undefined) return { error: 'contains no private key (-----BEGIN PRIVATE KEY-----)' };
  if (key.includes('ENCRYPTED')) {
    return {
      error:
        'contains an encrypted private key; decrypt it (openssl pkey -in encrypted.key -out plain.key) ' +
        'and make the decrypted file readable for this user only',
    };
  }
  try {
    createPrivateKey(key);
    return { text: key };
  } catch {
    return { error: 'contains a malformed private key; export it again' };
  }
}

/** @returns why a server cannot use `key` with the first certificate in `cert`; `undefined` if it can */
export function keyPairProblem(cert: string, key: string): string | undefined {
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    return 'does not belong to the first certificate in listen.tls.cert; give the key that it was issued for';
  }
  try {
    createSecureContext({ cert, key });
    return undefined;
  } catch (error) {
    return `cannot be used with the certificate in listen.tls.cert (${codeOf(error)}); issue both again`;
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

/** The code of an OpenSSL error. Its message is not used, because it may repeat parts of the key. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
