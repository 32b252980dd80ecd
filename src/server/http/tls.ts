import { X509Certificate, constants } from 'node:crypto';
import { Server as HttpsServer } from 'node:https';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../base/clock.js';
import type { TlsConfig } from '../../config/index.js';
import type { Logger } from '../../telemetry/logs.js';

/**
 * Ciphers for TLS 1.2: with forward secrecy (ECDHE) and authenticated encryption (AEAD). Those of TLS 1.3 all have both.
 * Source: RFC 9325, section 4.2.
 */
const CIPHERS =
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20';

/** What a new certificate brings along: certificate, key, and what connections with it must be like. */
export function secureContextOptions({ cert, key, clientCa }: TlsConfig): SecureContextOptions {
  return {
    cert,
    key,
    ...(clientCa === null ? {} : { ca: clientCa }),
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    // A client could make the server compute a new key exchange again and again.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
}

/** What stays for as long as the server runs. */
export function handshakeOptions({ clientCa }: TlsConfig, idleTimeoutMs: number): TlsOptions {
  return {
    // The time includes the silence before the first byte. NewConnections limits the handshake itself.
    handshakeTimeout: idleTimeoutMs,
    ...(clientCa === null ? {} : { requestCert: true, rejectUnauthorized: true }),
  };
}

/** The server's certificate. It can be replaced while the server runs. */
export class ServerCertificate {
  #current: TlsConfig | null;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(current: TlsConfig | null, clock: Clock, logger: Logger) {
    this.#current = current;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * Uses the certificate in `next` for new connections; open connections are not affected.
   *
   * @returns the configuration keys whose change only takes effect after a restart
   */
  renew(http: FastifyInstance, next: TlsConfig | null): readonly string[] {
    const current = this.#current;
    if (current === null || next === null) return current === next ? [] : ['listen.tls'];
    // Whether a server requests client certificates cannot be changed after it was created.
    const needsRestart = (current.clientCa === null) !== (next.clientCa === null);
    const used = needsRestart ? { ...next, clientCa: current.clientCa } : next;
    this.#current = used;
    const server: unknown = http.server;
    if (server instanceof HttpsServer) server.setSecureContext(secureContextOptions(used));
    this.warnIfExpired();
    return needsRestart ? ['listen.tls.clientCa'] : [];
  }

  /** When the certificate expires, in milliseconds since the epoch; `null` if there is none. */
  get expiresAt(): number | null {
    return this.#current === null ? null : Date.parse(new X509Certificate(this.#current.cert).validTo);
  }

  /** Logs a warning if the certificate has expired, because only clients would notice otherwise. */
  warnIfExpired(): void {
    if (this.#current === null) return;
    const { validTo } = new X509Certificate(this.#current.cert);
    if (Date.parse(validTo) <= this.#clock.now()) {
      this.#logger.warn({ validTo }, 'the certificate in listen.tls.cert has expired; renew it');
    }
  }
}
