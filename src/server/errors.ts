import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import type { ErrorCode } from '../graphql/index.js';

interface ErrorBody {
  readonly errors: readonly {
    readonly message: string;
    readonly extensions: { readonly code: ErrorCode; readonly requestId?: string };
  }[];
}

/** An error in the form of GraphQL's, for what goes wrong before GraphQL has its turn. */
export function errorBody(code: ErrorCode, message: string, requestId?: string): ErrorBody {
  return { errors: [{ message, extensions: requestId === undefined ? { code } : { code, requestId } }] };
}

/** Gives every failure of HTTP itself a code of the API's and a body that GraphQL clients understand. */
export function answerErrors(server: FastifyInstance): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500) {
      const message = error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? tooLarge(request) : error.message;
      return reply.code(status).send(errorBody('BAD_USER_INPUT', message));
    }
    request.log.error({ err: error }, 'a defect in the gateway');
    const message = 'Something went wrong inside the gateway; its log has the details.';
    return reply.code(500).send(errorBody('INTERNAL_SERVER_ERROR', message, request.id));
  });
  server.setNotFoundHandler((request, reply) => {
    const message = `There is nothing at this address for ${request.method}; the API is at /graphql.`;
    return reply.code(404).send(errorBody('NOT_FOUND', message));
  });
}

/** URLs are made of it further on; a Host header that is none must not look like a defect of ours. */
export function refuseBadHosts(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (URL.canParse(request.url, `${request.protocol}://${request.hostname}/`)) done();
    else void reply.code(400).send(errorBody('BAD_USER_INPUT', 'The Host header is not a host name.'));
  });
}

/** What comes before HTTP has understood a request: there is nothing but the connection to answer on. */
export function answerBrokenRequests(error: ConnectionError, socket: Socket): void {
  // Without a secured connection, an answer would wait for it without end.
  if (!/^(HPE_|ERR_HTTP_)/.test(error.code) || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const [status, message] = brokenAnswer(error.code);
  const body = JSON.stringify(errorBody('BAD_USER_INPUT', message));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function brokenAnswer(code: string): readonly [status: number, message: string] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, 'The request did not arrive in time.'];
    case 'HPE_HEADER_OVERFLOW':
      return [431, 'The headers are too large.'];
    default:
      return [400, 'This is not HTTP as the gateway understands it.'];
  }
}

function tooLarge(request: FastifyRequest): string {
  const kibibytes = Math.floor(request.routeOptions.bodyLimit / 1024);
  return `The request has more than ${kibibytes} KiB. Larger files are imported with the command aam-gateway import.`;
}
