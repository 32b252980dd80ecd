import type { SignatureConfig } from '../../config/index.js';
import { SignatureCheck, type SignatureFault } from '../../delivery/signature.js';

/** What messages are checked with, as the configuration says now. */
export class MessageSignatures {
  #check: SignatureCheck | null;

  /** @param config `null`: messages need no signature */
  constructor(config: SignatureConfig | null) {
    this.#check = config === null ? null : new SignatureCheck(config);
  }

  /**
   * Applies a changed configuration. That it asks for no signature any more takes effect at the next start: a line that is
   * missing from the file must not open a running gateway.
   *
   * @returns the configuration keys that stay as they were
   */
  configure(config: SignatureConfig | null): readonly string[] {
    if (config !== null) this.#check = new SignatureCheck(config);
    return config === null && this.#check !== null ? ['messages.signature'] : [];
  }

  /** The header that holds the signature; `null`: messages need none. */
  get header(): string | null {
    return this.#check?.header ?? null;
  }

  /** What is wrong with the signature of a message. */
  faultOf(
    body: Uint8Array,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): SignatureFault {
    if (this.#check === null) return null;
    const given = headers[this.#check.header];
    return this.#check.faultOf(body, Array.isArray(given) ? given.join() : given);
  }
}
