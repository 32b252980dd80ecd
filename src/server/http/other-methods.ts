import type { FastifyInstance, HTTPMethods } from 'fastify';
import { errorBody } from './errors.js';

/**
 * Answers methods that an address does not have with status 405 and the header `allow`, instead of as an address that does not exist.
 * Has to be called before the routes are added.
 *
 * @returns to be called when all routes are added
 */
export function refuseOtherMethods(server: FastifyInstance): () => void {
  const methodsOf = new Map<string, Set<string>>();
  server.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    methodsOf.set(url, methods);
  });
  return () => {
    // The plugin for CORS answers OPTIONS, for every address.
    const all = server.supportedMethods.filter((method) => method !== 'OPTIONS') as HTTPMethods[];
    for (const [url, methods] of [...methodsOf]) {
      const others = all.filter((method) => !methods.has(method));
      if (url === '*' || others.length === 0) continue;
      const allowed = [...methods].sort().join(', ');
      const refused = errorBody('BAD_USER_INPUT', `This address only has ${allowed}.`);
      server.route({
        method: others,
        url,
        // Before the body is looked at, whose type would be refused first.
        onRequest: (_request, reply) => void reply.code(405).header('allow', allowed).send(refused),
        handler: (_request, reply) => reply,
      });
    }
  };
}
