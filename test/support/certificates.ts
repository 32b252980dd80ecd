import { generate } from 'selfsigned';

/** A certificate and its private key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Creates a certificate authority that the machine does not trust. */
export async function createAuthority(name = 'Test authority'): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert, key };
}

export interface IssueOptions {
  /** Common name; default: `localhost`. */
  readonly name?: string;
  /** DNS names; default: `localhost`, 127.0.0.1 and ::1. */
  readonly hosts?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** Issues a certificate for a server or a client, signed by `authority`. */
export async function issue(authority: Certificate, options: IssueOptions = {}): Promise<Certificate> {
  const { name = 'localhost', hosts, notBefore, notAfter } = options;
  const loopback = [
    { type: 2 as const, value: 'localhost' },
    { type: 7 as const, ip: '127.0.0.1' },
    { type: 7 as const, ip: '::1' },
  ];
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: authority,
    ...(notBefore === undefined ? {} : { notBeforeDate: notBefore }),
    ...(notAfter === undefined ? {} : { notAfterDate: notAfter }),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      {
        name: 'subjectAltName',
        altNames: hosts === undefined ? loopback : hosts.map((value) => ({ type: 2 as const, value })),
      },
    ],
  });
  return { cert, key };
}

/** Creates a private key that is encrypted with a passphrase. */
export async function encryptedKey(): Promise<string> {
  return (await generate(undefined, { keyType: 'ec', passphrase: 'open sesame' })).private;
}

/** Creates a self-signed certificate whose key is too short for OpenSSL to accept in a server. */
export async function weakCertificate(): Promise<Certificate> {
  const { cert, private: key } = await generate(undefined, { keySize: 512, algorithm: 'sha256' });
  return { cert, key };
}

/** Creates a self-signed certificate for `localhost` with an RSA key, which all kinds of TLS ciphers can use. */
export async function rsaCertificate(name: string): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  return { cert, key };
}
