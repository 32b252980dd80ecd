import { X509Certificate } from 'node:crypto';
import { readListenAddress } from '../config/index.js';

/** Where the gateway of a configuration can be reached from its own machine. */
export interface OwnAddress {
  /** Without a slash at the end. */
  readonly url: string;
  /** The certificate that it should have, in place of verification: it need not be valid for this address. `null`: without TLS */
  readonly pinned: X509Certificate | null;
}

/** Where a gateway that listens on all addresses can be reached from its own machine. */
const WILDCARDS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * Finds the address of the gateway that runs with a configuration.
 *
 * @throws {ConfigError} as `readListenAddress`
 */
export async function ownAddress(file: string): Promise<OwnAddress> {
  const { host, port, tls, cert } = await readListenAddress(file);
  const reachable = WILDCARDS[host] ?? host;
  return {
    url: `${tls ? 'https' : 'http'}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`,
    pinned: cert === null ? null : new X509Certificate(cert),
  };
}
