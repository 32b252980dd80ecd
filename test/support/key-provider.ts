import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload } from 'jose';

/** A pair of keys to sign tokens with. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: string;
  /** As an identity provider publishes it. */
  readonly publicJwk: JWK;
  readonly publicPem: string;
  readonly sign: (claims: JWTPayload, header?: Record<string, unknown>) => Promise<string>;
}

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

/** What a provider publishes of these keys. */
export function keySetOf(...keys: readonly SigningKey[]): string {
  return JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) });
}

/** The part of an identity provider that publishes its keys, on loopback. */
export class KeyProvider implements AsyncDisposable {
  /** What it answers. */
  answer: { readonly status: number; readonly body: string };
  requests = 0;
  readonly #server: Server;

  private constructor(body: string) {
    this.answer = { status: 200, body };
    this.#server = createServer((_request, response) => {
      this.requests += 1;
      response.writeHead(this.answer.status, { 'content-type': 'application/json', connection: 'close' });
      response.end(this.answer.body);
    });
  }

  static async start(body: string): Promise<KeyProvider> {
    const provider = new KeyProvider(body);
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys`;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise((resolve) => this.#server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
