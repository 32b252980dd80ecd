import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/index.js';
import { Deadline, type FastResponder } from '../../graphql/index.js';
import { takeTurn } from '../access/turn-taker.js';
import type { FastPath } from '../fast-path.js';
import { refuseForOverload, tooManyLargeAnswers, tooManyWaiting } from '../http/errors.js';
import { isLongRequest } from '../http/fair-turns.js';
import { forbidCaching, allowClientCaching, pagePolicy } from '../http/headers.js';
import type { UnsentAnswers } from '../http/unsent-answers.js';
import { sendBatch, type BatchOptions } from './batch.js';
import { executeOperation } from './execute-operation.js';
import { httpRequestOf } from './operation-request.js';

/** The parts that the GraphQL route needs. */
export interface GraphqlRouteOptions extends Omit<BatchOptions, 'deadline'> {
  readonly config: Pick<Config, 'listen' | 'limits'>;
  readonly responder: FastResponder;
  readonly fastPath: FastPath;
  readonly answers: UnsentAnswers;
}

/** Adds `/graphql`, where Apollo Server answers, with or without a slash at the end. */
export function addGraphqlRoute(server: FastifyInstance, options: GraphqlRouteOptions): void {
  const { config, fastPath } = options;
  for (const url of ['/graphql', '/graphql/']) {
    server.route({
      method: ['GET', 'POST'],
      // Apollo Server has no answer to HEAD.
      exposeHeadRoute: false,
      url,
      config: { needs: ['read', 'refresh', 'import'], page: config.listen.sandbox, compressed: true },
      handler: (request, reply) => execute(request, reply, options),
      onResponse: function learnHeaders(request, reply, done) {
        // The headers are read after the response was sent, because an onSend hook may have changed them.
        // The answer to a list of operations has a type of its own.
        const isSingle = request.operation.operations === undefined;
        if (isSingle && isSuccessfulPost(request, reply)) {
          fastPath.learnHeaders(request.raw, () => reply.getHeaders());
        }
        done();
      },
    });
  }
}

/** Lets Apollo Server execute a request, and sends its answer. */
async function execute(
  request: FastifyRequest,
  reply: FastifyReply,
  options: GraphqlRouteOptions,
): Promise<FastifyReply> {
  const { answers, clock, config, fastPath, metrics, responder, turns } = options;
  const { bodyBytes, raw } = request;
  const begun = fastPath.deadlineOf(raw);
  const deadline = begun ?? new Deadline(clock, config.limits.requestTimeoutMs);
  request.deadline = deadline;
  // While it waits, it would be in memory twice.
  if (begun === undefined && isLongRequest(bodyBytes)) fastPath.forgetBody(raw);
  const hasTurn = begun !== undefined || (await takeTurn(request, bodyBytes, turns));
  // While the request waited, the client has disconnected, or the gateway has stopped.
  if (raw.socket.destroyed || reply.sent) return reply.hijack();
  if (!hasTurn || deadline.leftMs === 0) return refuseForOverload(reply, metrics, tooManyWaiting());
  if (isLongRequest(bodyBytes) && answers.isFull) {
    return refuseForOverload(reply, metrics, tooManyLargeAnswers());
  }
  const { body } = request;
  if (Array.isArray(body)) return await sendBatch(request, reply, body, { ...options, deadline });
  const { version } = responder;
  const answer = executeOperation(request, httpRequestOf(request), request.operation, {
    ...options,
    deadline,
  });
  const { status, headers, text } = await answer;
  for (const [name, value] of headers) reply.header(name, value);
  reply.code(status);
  const { getMaxAgeMs } = config.listen;
  const isCacheable = request.operation.outcome === 'ok' && request.method === 'GET' && getMaxAgeMs > 0;
  if (isCacheable) allowClientCaching(reply, getMaxAgeMs);
  else forbidCaching(reply);
  if (headers.get('content-type')?.startsWith('text/html') === true) {
    reply.header('content-security-policy', pagePolicy(text));
  }
  if (isSuccessfulPost(request, reply)) remember(request, text, version, options);
  return reply.send(text);
}

/** Whether a request was a POST and had no errors. The fast path gives only such responses. */
function isSuccessfulPost(request: FastifyRequest, reply: FastifyReply): boolean {
  return request.method === 'POST' && request.operation.outcome === 'ok' && reply.statusCode === 200;
}

/** Offers a response to the response cache, if the fast path has read the request's body and can find it again. */
function remember(
  request: FastifyRequest,
  response: string,
  version: number,
  { fastPath, responder }: GraphqlRouteOptions,
): void {
  const { caller, raw } = request;
  const [loader] = request.loaders;
  const requestBody = fastPath.bodyOf(raw);
  if (requestBody === undefined || caller === null || loader === undefined) return;
  const { operation } = request.operation;
  const bytes = Buffer.byteLength(response);
  responder.remember(requestBody, caller, { body: response, bytes, operation }, loader.readSet, version);
}
