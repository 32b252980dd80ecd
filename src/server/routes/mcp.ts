import { HeaderMap } from '@apollo/server';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { MessageAnswer } from '../../assistants/http-messages.js';
import { INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR, SERVER_ERROR } from '../../assistants/json-rpc.js';
import { withTimeout } from '../../base/clock.js';
import type { Ask, OperationResult } from '../../assistants/tool.js';
import type { Config } from '../../config/index.js';
import { Deadline, type OperationRecord } from '../../graphql/index.js';
import { rateLimitMessage } from '../access/guard.js';
import { takeTurn, waitForTurn } from '../access/turn-taker.js';
import {
  DEFECT_LOG_MESSAGE,
  errorBody,
  httpErrorMessage,
  refuseForOverload,
  tooManyLargeAnswers,
  tooManyWaiting,
} from '../http/errors.js';
import { isLongRequest } from '../http/fair-turns.js';
import { isForeignPage } from '../http/foreign-pages.js';
import type { UnsentAnswers } from '../http/unsent-answers.js';
import { summaryOf, type BatchOptions } from './batch.js';
import { executeOperation } from './execute-operation.js';
import { isRecord } from './operation-request.js';

/** The parts that the route for assistants needs. */
export interface McpRouteOptions extends Omit<BatchOptions, 'deadline'> {
  readonly config: Pick<Config, 'listen' | 'limits'>;
  readonly answers: UnsentAnswers;
  /** Other origins whose pages may send requests. */
  readonly origins: readonly string[];
}

/**
 * How long a message may take beyond the deadline of its request, in milliseconds. Whatever an operation waits for ends at the
 * deadline, so what is left then is a defect.
 */
const GRACE_MS = 5_000;

/**
 * Adds `/mcp`, with or without a slash at the end, where assistants call tools by the Model Context Protocol (streamable
 * HTTP). There are no sessions and no streams, so there is nothing to GET or to DELETE. What the tools ask for is executed as
 * operations of `/graphql` are.
 */
export async function addMcpRoute(server: FastifyInstance, options: McpRouteOptions): Promise<void> {
  await server.register((scope, _options, done) => {
    scope.setErrorHandler((error: FastifyError, request, reply) => {
      const { statusCode: status = 500 } = error;
      // The handler of the server logs it.
      if (status < 400 || status >= 500) throw error;
      reply.removeHeader('connection');
      const code = status === 400 ? PARSE_ERROR : SERVER_ERROR;
      return reply.code(status).send(rpcError(code, 'BAD_USER_INPUT', httpErrorMessage(error, request)));
    });
    for (const url of ['/mcp', '/mcp/']) {
      scope.post(
        url,
        {
          config: {
            needs: ['read'],
            compressed: true,
            ifTooLarge: 'Ask for fewer IDs in one call, or raise limits.body.',
            ifEmpty: 'The body is empty; send a message of the Model Context Protocol.',
          },
        },
        async (request, reply) => await answer(request, reply, options),
      );
    }
    done();
  });
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  options: McpRouteOptions,
): Promise<FastifyReply> {
  const { answers, clock, config, metrics, origins, turns } = options;
  const { body, bodyBytes, raw } = request;
  if (isForeignPage(request, origins)) {
    request.operation.codes = ['FORBIDDEN'];
    metrics.rejections.inc({ reason: 'forbidden' });
    const message =
      'Web pages of other origins may not send messages here; see listen.cors in the configuration.';
    return reply.code(403).send(errorBody('FORBIDDEN', message));
  }
  const deadline = new Deadline(clock, config.limits.requestTimeoutMs);
  request.deadline = deadline;
  const hasTurn = await takeTurn(request, bodyBytes, turns);
  // While the request waited, the client has disconnected, or the gateway has stopped.
  if (raw.socket.destroyed || reply.sent) return reply.hijack();
  if (!hasTurn || deadline.leftMs === 0) return refuseForOverload(reply, metrics, tooManyWaiting());
  if (isLongRequest(bodyBytes) && answers.isFull) {
    return refuseForOverload(reply, metrics, tooManyLargeAnswers());
  }
  const parts = { ...options, deadline, isOwnOperation: true };
  return Array.isArray(body)
    ? await sendList(request, reply, body, parts)
    : await sendOne(request, reply, body, parts);
}

type Parts = McpRouteOptions & BatchOptions;

async function sendOne(
  request: FastifyRequest,
  reply: FastifyReply,
  message: unknown,
  parts: Parts,
): Promise<FastifyReply> {
  const { status, text } = await answerOne(request, message, request.operation, parts);
  if (request.raw.socket.destroyed || reply.sent) return reply.hijack();
  return send(reply, status, text);
}

/**
 * Answers a list of messages, which older versions of the protocol have, with the list of their answers. Each counts as a request, as
 * those of a list of operations do.
 */
async function sendList(
  request: FastifyRequest,
  reply: FastifyReply,
  messages: readonly unknown[],
  parts: Parts,
): Promise<FastifyReply> {
  const mistake = mistakeOf(messages, parts.config.limits.batch);
  if (mistake !== null) {
    parts.metrics.rejections.inc({ reason: 'bad_user_input' });
    request.operation.codes = ['BAD_USER_INPUT'];
    return reply.code(400).send(rpcError(INVALID_REQUEST, 'BAD_USER_INPUT', mistake));
  }
  const records = messages.map((): OperationRecord => ({ operation: null, outcome: null, codes: [] }));
  const given = await Promise.all(
    records.map((record, index) =>
      index === 0
        ? answerOne(request, messages[index], record, parts)
        : answerFurther(request, messages[index], record, parts),
    ),
  );
  if (request.raw.socket.destroyed || reply.sent) return reply.hijack();
  request.operation = summaryOf(records);
  const texts = given.map(({ text }) => text.trimEnd()).filter((text) => text !== '');
  return texts.length === 0 ? send(reply, 202, '') : send(reply, 200, `[${texts.join(',')}]\n`);
}

function mistakeOf(messages: readonly unknown[], max: number): string | null {
  const { length } = messages;
  if (max === 0) return 'Lists of messages are not accepted; send one message. See limits.batch.';
  if (length === 0 || length > max) {
    return `A list may have 1 to ${max} messages; this one has ${length}. See limits.batch.`;
  }
  // Above all no list: its messages would be executed without being counted.
  if (!messages.every(isRecord)) return 'Each item of a list of messages has to be an object.';
  return null;
}

function send(reply: FastifyReply, status: number, text: string): FastifyReply {
  reply.code(status);
  return text === '' ? reply.send() : reply.type('application/json; charset=utf-8').send(text);
}

/** Answers a message that has not been counted with its request, and has not had its turn. */
async function answerFurther(
  request: FastifyRequest,
  message: unknown,
  record: OperationRecord,
  parts: Parts,
): Promise<MessageAnswer> {
  const { config, metrics, rates, turns } = parts;
  // As a request of its own, with the headers and the address of this one.
  const counted = { headers: request.headers, socket: request.raw.socket };
  const waitMs = await rates.decideOnce(counted, request.caller, request.ip);
  if (waitMs > 0) {
    metrics.rejections.inc({ reason: 'rate_limited' });
    return refusal(message, record, rateLimitMessage(waitMs, config.limits));
  }
  const hasTurn = await waitForTurn(request, 0, turns);
  if (request.raw.socket.destroyed) return { status: 202, text: '' };
  if (!hasTurn) {
    metrics.rejections.inc({ reason: 'overloaded' });
    return refusal(
      message,
      record,
      tooManyWaiting()
        .error.errors.map((each) => each.message)
        .join(' '),
    );
  }
  return await answerOne(request, message, record, parts);
}

/** Tells a message of a list that it is not executed now. One that wants no answer gets none. */
function refusal(message: unknown, record: OperationRecord, reason: string): MessageAnswer {
  record.outcome = 'error';
  record.codes = ['RATE_LIMITED'];
  const refused = rpcError(SERVER_ERROR, 'RATE_LIMITED', reason, idOf(message));
  return { status: 200, text: hasId(message) ? JSON.stringify(refused) : '' };
}

async function answerOne(
  request: FastifyRequest,
  message: unknown,
  record: OperationRecord,
  parts: Parts,
): Promise<MessageAnswer> {
  // Only now: most gateways are never asked by an assistant, and loading it takes as long as a third of their start.
  const { answerMessage } = await import('../../assistants/http-messages.js');
  const onDefect = (error: unknown): void => {
    record.outcome = 'error';
    record.codes = ['INTERNAL_SERVER_ERROR'];
    request.log.error({ err: error }, DEFECT_LOG_MESSAGE);
  };
  const ask: Ask = async (query, variables) => {
    const http = {
      method: 'POST',
      headers: new HeaderMap([
        ['content-type', 'application/json'],
        ['accept', 'application/json'],
      ]),
      search: '',
      body: { query, variables },
    };
    return resultIn((await executeOperation(request, http, record, parts)).text);
  };
  const { clock, config, deadline, metrics } = parts;
  const isLate = new AbortController();
  const answering = answerMessage(message, protocolHeaders(request), {
    ask,
    maxFirst: config.limits.first,
    onDefect,
    onError: (error) =>
      request.log.debug({ err: error }, 'an assistant sent what is no message, or has gone'),
    signal: isLate.signal,
  });
  const given = await withTimeout(clock, answering, deadline.leftMs + GRACE_MS, () => {
    isLate.abort();
    onDefect(new Error('a message of an assistant was not answered in time'));
    const late = rpcError(INTERNAL_ERROR, 'INTERNAL_SERVER_ERROR', LATE_MESSAGE, idOf(message));
    return hasId(message) ? { status: 200, text: JSON.stringify(late) } : { status: 202, text: '' };
  });
  if (given.status >= 400 && given.status < 500) {
    record.outcome = 'error';
    record.codes = ['BAD_USER_INPUT'];
    metrics.rejections.inc({ reason: 'bad_user_input' });
  }
  // A message that executes nothing, such as one that asks for the list of tools.
  if (given.status < 400) record.outcome ??= 'ok';
  return given;
}

const LATE_MESSAGE = 'The gateway did not answer in time; its log has the details.';

/** Matches what clients accept that take JSON. */
const TAKES_JSON = /(?:application|\*)\/(?:json|\*)/i;

/** What the library of the protocol wants clients to accept. Only JSON is sent. */
const ACCEPTED = 'application/json, text/event-stream';

/** The headers that belong to the protocol. Its library gets no others, and so no credentials. */
function protocolHeaders({ headers }: FastifyRequest): Record<string, string> {
  const isOfProtocol = (name: string): boolean =>
    name === 'accept' || name === 'content-type' || name.startsWith('mcp-');
  const own = Object.entries(headers).filter(([name]) => isOfProtocol(name));
  const { accept = '*/*' } = headers;
  return {
    ...Object.fromEntries(own.map(([name, value]) => [name, String(value)])),
    accept: TAKES_JSON.test(accept) ? ACCEPTED : accept,
  };
}

/** What an answer of Apollo Server says. */
function resultIn(text: string): OperationResult {
  const { data = null, errors = [] } = JSON.parse(text) as {
    readonly data?: unknown;
    readonly errors?: readonly {
      readonly message: string;
      readonly path?: readonly (string | number)[];
      readonly extensions?: { readonly code?: string };
    }[];
  };
  return {
    data,
    errors: errors.map(({ message, path = [], extensions }) => ({
      code: extensions?.code ?? 'INTERNAL_SERVER_ERROR',
      message,
      path,
    })),
  };
}

type MessageId = string | number | null;

/** An error as a message of the protocol. */
function rpcError(code: number, apiCode: string, message: string, id: MessageId = null): object {
  return { jsonrpc: '2.0', id, error: { code, message, data: { code: apiCode } } };
}

/** Whether a message wants an answer. */
function hasId(message: unknown): boolean {
  return isRecord(message) && 'id' in message;
}

function idOf(message: unknown): MessageId {
  const id = isRecord(message) ? message['id'] : null;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}
