import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { Server as HttpsServer, type ServerOptions as HttpsOptions } from 'node:https';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../base/clock.js';
import type { TlsConfig } from '../../config/index.js';
import type { Logger } from '../../telemetry/logs.js';

/** Somebody who connects and says nothing must hold up neither a stop nor others. */
const MAX_HANDSHAKE_MS = 5_000;

/** What Fastify is to serve HTTPS with. */
export function httpsOptions({ cert, key, clientCa }: TlsConfig): HttpsOptions {
  const own: HttpsOptions = {
    cert,
    key,
    minVersion: 'TLSv1.2',
    handshakeTimeout: MAX_HANDSHAKE_MS,
  };
  return clientCa === null ? own : { ...own, ca: clientCa, requestCert: true, rejectUnauthorized: true };
}

/**
 * The address to listen on. For localhost Fastify would open a second server of its own, which cannot be
 * given a new certificate; with TLS, the first of its addresses has to do.
 */
export async function addressOf(host: string, tls: TlsConfig | null): Promise<string> {
  if (tls === null || host.toLowerCase() !== 'localhost') return host;
  return (await lookup(host)).address;
}

/** The certificate in use, which may be replaced while the server runs. */
export class ServerCertificate {
  #present: TlsConfig | null;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(present: TlsConfig | null, clock: Clock, logger: Logger) {
    this.#present = present;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * Gives connections from now on the certificate in `next`; those that are open go on.
   *
   * @returns the keys of the configuration whose change takes a restart
   */
  renew(http: FastifyInstance, next: TlsConfig | null): readonly string[] {
    const present = this.#present;
    if (present === null || next === null) return present === next ? [] : ['listen.tls'];
    // Whether clients are asked for a certificate is settled when a server is made.
    const asks = (present.clientCa === null) !== (next.clientCa === null);
    const taken = asks ? { ...next, clientCa: present.clientCa } : next;
    this.#present = taken;
    const server: unknown = http.server;
    if (server instanceof HttpsServer) server.setSecureContext(httpsOptions(taken));
    this.warnIfExpired();
    return asks ? ['listen.tls.clientCa'] : [];
  }

  /** Clients will say so too, but not to whom it may concern. */
  warnIfExpired(): void {
    if (this.#present === null) return;
    const { validTo } = new X509Certificate(this.#present.cert);
    if (Date.parse(validTo) <= this.#clock.now()) {
      this.#logger.warn({ validTo }, 'the certificate in listen.tls.cert has expired; have it renewed');
    }
  }
}
