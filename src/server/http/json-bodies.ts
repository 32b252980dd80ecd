import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { errorBody } from './errors.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Length of the JSON body, in bytes; 0: there is none. */
    bodyBytes: number;
  }
}

/**
 * Accepts only uncompressed JSON in UTF-8 as request bodies; rejects all others with a message that says so. Routes with
 * `receivesBody` accept what they want.
 */
export function readJsonBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.decorateRequest('bodyBytes', 0);
  // Rejects the keys __proto__ and constructor.prototype, which could change the prototype of objects.
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    request.processingStartedAt = performance.now();
    request.bodyBytes = body.length;
    // Decoding would replace invalid bytes by U+FFFD, so an ID could match the wrong segment or none.
    if (!isUtf8(body)) done(new InvalidBody('The body is not valid UTF-8.'));
    else void parse(request, body.toString(), done);
  });
  server.addHook('preParsing', (request, reply, _payload, done) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    const isOther = request.routeOptions.config.receivesBody === true;
    if (isOther || encoding.toLowerCase() === 'identity') done();
    else {
      const message = `The content encoding ${encoding.slice(0, 50)} is not supported; send the body uncompressed.`;
      void reply.code(415).send(errorBody('BAD_USER_INPUT', message));
    }
  });
}

class InvalidBody extends Error {
  /** Fastify responds with this HTTP status. */
  readonly statusCode = 400;
}
