import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';

/** How messages are signed. */
export interface SignatureSettings {
  /** The header with the signature, in lower case. */
  readonly header: string;
  readonly algorithm: 'SHA-1' | 'SHA-256';
  /** A message may be signed with any of them. */
  readonly secrets: readonly string[];
}

/** What is wrong with a signature; `null`: nothing. */
export type SignatureFault = 'missing' | 'wrong' | null;

const DIGESTS = { 'SHA-1': 'sha1', 'SHA-256': 'sha256' } as const;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Checks the signatures of messages: base64 of an HMAC of the body as it was sent.
 * Source: "Digitally signed HTTP(S) requests"; RFC 2104.
 */
export class SignatureCheck {
  readonly header: string;
  readonly #digest: 'sha1' | 'sha256';
  readonly #keys: readonly KeyObject[];

  constructor({ header, algorithm, secrets }: SignatureSettings) {
    this.header = header;
    this.#digest = DIGESTS[algorithm];
    this.#keys = secrets.map((secret) => createSecretKey(Buffer.from(secret)));
  }

  /**
   * Takes as long for a wrong signature as for a right one.
   *
   * @param given the value of the header; `undefined`: it was not sent
   */
  faultOf(body: Uint8Array, given: string | undefined): SignatureFault {
    if (given === undefined || given === '') return 'missing';
    const signature = BASE64.test(given) ? Buffer.from(given, 'base64') : Buffer.alloc(0);
    let isRight = false;
    for (const key of this.#keys) {
      const expected = createHmac(this.#digest, key).update(body).digest();
      const isEqual = signature.length === expected.length && timingSafeEqual(signature, expected);
      isRight ||= isEqual;
    }
    return isRight ? null : 'wrong';
  }
}
