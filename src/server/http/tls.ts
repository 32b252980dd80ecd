import { X509Certificate } from 'node:crypto';
import { Server as HttpsServer, type ServerOptions as HttpsOptions } from 'node:https';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../base/clock.js';
import type { TlsConfig } from '../../config/index.js';
import type { Logger } from '../../telemetry/logs.js';

/** Timeout of TLS handshakes, in milliseconds: idle connections must not delay a shutdown or other clients. */
const MAX_HANDSHAKE_MS = 5_000;

/** HTTPS options for Fastify. */
export function httpsOptions({ cert, key, clientCa }: TlsConfig): HttpsOptions {
  const own: HttpsOptions = {
    cert,
    key,
    minVersion: 'TLSv1.2',
    handshakeTimeout: MAX_HANDSHAKE_MS,
  };
  return clientCa === null ? own : { ...own, ca: clientCa, requestCert: true, rejectUnauthorized: true };
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
    if (server instanceof HttpsServer) server.setSecureContext(httpsOptions(used));
    this.warnIfExpired();
    return needsRestart ? ['listen.tls.clientCa'] : [];
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
