import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { errorBody } from './errors.js';

/** Takes bodies as JSON in UTF-8 alone. What is sent otherwise is refused by name, before it is looked at. */
export function readJsonBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  // A key like __proto__ or constructor.prototype can change what an object is, and none of ours is named so.
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    request.workSince = performance.now();
    // Otherwise its place would be taken by U+FFFD, and somebody would get the wrong name or none.
    if (!isUtf8(body)) done(new BadBody('The body is not valid UTF-8.'));
    else void parse(request, body.toString(), done);
  });
  server.addHook('preParsing', (request, reply, _payload, done) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding.toLowerCase() === 'identity') done();
    else {
      const message = `A body in the encoding ${encoding.slice(0, 50)} is not read; send it uncompressed.`;
      void reply.code(415).send(errorBody('BAD_USER_INPUT', message));
    }
  });
}

class BadBody extends Error {
  readonly statusCode = 400;
}
