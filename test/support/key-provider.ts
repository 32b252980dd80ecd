import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload } from 'jose';

/** A key pair that signs JWTs. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: string;
  /** Public key in the format of a JWKS. */
  readonly publicJwk: JWK;
  readonly publicPem: string;
  readonly sign: (claims: JWTPayload, header?: Record<string, unknown>) => Promise<string>;
}

/** Creates a key pair. */
export async function signingKey(algorithm: string, kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return {
    kid,
    algorithm,
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' },
    publicPem: await exportSPKI(publicKey),
    sign: (claims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg: algorithm, kid, ...header }).sign(privateKey),
  };
}

/** JWKS with the public keys, as JSON text. */
export function keySetOf(...keys: readonly SigningKey[]): string {
  return JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) });
}

/** An HTTP server on loopback that serves the JWKS of an identity provider. */
export class KeyProvider implements AsyncDisposable {
  /** Response to every request. */
  answer: { readonly status: number; readonly body: string };
  /** Where the key set is. */
  uri = '';
  /** Whether requests are left without a response. */
  isSilent = false;
  /** Number of requests so far. */
  requests = 0;
  readonly #server: Server;

  private constructor(body: string) {
    this.answer = { status: 200, body };
    this.#server = createServer((_request, response) => {
      this.requests += 1;
      if (this.isSilent) return;
      response.writeHead(this.answer.status, { 'content-type': 'application/json', connection: 'close' });
      response.end(this.answer.body);
    });
  }

  static async start(body: string): Promise<KeyProvider> {
    const provider = new KeyProvider(body);
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve));
    provider.uri = `http://127.0.0.1:${(provider.#server.address() as AddressInfo).port}/keys`;
    return provider;
  }

  /** Resolves when there have been this many requests. */
  async received(requests: number): Promise<void> {
    while (this.requests < requests) await once(this.#server, 'request');
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
