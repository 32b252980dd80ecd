import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Origins of the script, the frame and the images of the Apollo Sandbox page. */
const SANDBOX_SCRIPT = 'https://embeddable-sandbox.cdn.apollographql.com';
const SANDBOX_FRAME = 'https://sandbox.embed.apollographql.com';
const SANDBOX_IMAGES = 'https://apollo-server-landing-page.cdn.apollographql.com';

/** Request headers on which the response depends, besides the CORS header `origin`. */
const VARYING_HEADERS = ['x-api-key', 'authorization', 'accept'] as const;

/** Adds security headers to every response and forbids caching. */
export async function setHeaders(server: FastifyInstance, options: { readonly tls: boolean }): Promise<void> {
  await server.register(helmet, {
    // What browsers render has a policy of its own: the page and the explorer in page-policies.ts, Sandbox in pagePolicy.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    strictTransportSecurity: options.tls,
    xFrameOptions: { action: 'deny' },
    // These headers concern web pages, outdated browsers and plug-ins, not an API. The page and the explorer send the first.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  server.addHook('onRequest', (_request, reply, done) => {
    forbidCaching(reply);
    done();
  });
}

/** Forbids every cache to store the response. */
export function forbidCaching(reply: FastifyReply): void {
  reply.header('cache-control', 'private, no-store');
}

/** Allows the client's own cache to store the response, for requests with the same credentials. */
export function allowClientCaching(reply: FastifyReply, maxAgeMs: number): void {
  reply.header('cache-control', `private, max-age=${Math.floor(maxAgeMs / 1000)}`);
  varyBy(reply, ...VARYING_HEADERS);
}

/** Says on which request headers the response depends, besides those that were named before. */
export function varyBy(reply: FastifyReply, ...names: readonly string[]): void {
  const present = reply.getHeader('vary');
  reply.header('vary', [...(present === undefined ? [] : [present]), ...names].join(', '));
}

/** A content security policy that allows what the Sandbox page needs and nothing else. */
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
