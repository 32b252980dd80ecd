import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Where the script of Apollo Sandbox comes from, its frame, and what its page shows beside them. */
const SANDBOX_SCRIPT = 'https://embeddable-sandbox.cdn.apollographql.com';
const SANDBOX_FRAME = 'https://sandbox.embed.apollographql.com';
const SANDBOX_IMAGES = 'https://apollo-server-landing-page.cdn.apollographql.com';

/** Headers of a request that decide on its answer. */
const VARYING = ['x-api-key', 'authorization', 'accept'] as const;

/** Headers that tell browsers to be careful, and caches to keep nothing. */
export async function setHeaders(server: FastifyInstance, options: { readonly tls: boolean }): Promise<void> {
  await server.register(helmet, {
    // Nothing but the page is ever rendered; it gets a policy of its own.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    strictTransportSecurity: options.tls,
    xFrameOptions: { action: 'deny' },
    // These are about pages and about browsers and plug-ins of the past: they mean nothing to an API.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  server.addHook('onRequest', (_request, reply, done) => {
    keepNothing(reply);
    done();
  });
}

/** No cache keeps the answer. */
export function keepNothing(reply: FastifyReply): void {
  reply.header('cache-control', 'private, no-store');
}

/** Lets the caller's own cache keep an answer, for requests with the same credentials alone. */
export function letCache(reply: FastifyReply, maxAgeMs: number): void {
  reply.header('cache-control', `private, max-age=${Math.floor(maxAgeMs / 1000)}`);
  const present = reply.getHeader('vary');
  reply.header('vary', [...(present === undefined ? [] : [present]), ...VARYING].join(', '));
}

/** A content security policy under which the page of Sandbox works, and nothing else. */
export function pagePolicy(html: string): string {
  const [, nonce = ''] = /<script nonce="([\da-f]+)"/.exec(html) ?? [];
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' ${SANDBOX_SCRIPT}`,
    `style-src 'nonce-${nonce}' ${SANDBOX_SCRIPT} https://fonts.googleapis.com`,
    'font-src https://fonts.gstatic.com',
    `img-src ${SANDBOX_IMAGES}`,
    `manifest-src ${SANDBOX_IMAGES}`,
    `frame-src ${SANDBOX_FRAME}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
