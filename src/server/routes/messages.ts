import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.js';
import { trimId } from '../../base/trim-id.js';
import type { LimitsConfig } from '../../config/index.js';
import { MessageError, MessageTooLargeError } from '../../delivery/message-error.js';
import { Message } from '../../delivery/message.js';
import { DirectoryError, type Destination, type Directory } from '../../directory/index.js';
import { Deadline, DestinationLoader, idMistake, type ErrorCode } from '../../graphql/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { MessageSignatures } from '../access/message-signatures.js';
import { takeTurn } from '../access/turn-taker.js';
import { requireCaller } from '../access/guard.js';
import { errorBody, refuseForOverload, tooManyWaiting } from '../http/errors.js';
import type { FairTurns } from '../http/fair-turns.js';
import { failedNames, namesOf, type MessageLookup, type MessageNames } from './message-names.js';
import { readMessageQuery, type MessageQuery } from './message-query.js';
import { SlowDestinations } from './slow-destinations.js';

/** The parts that the route for messages needs. */
export interface MessagesRouteOptions {
  readonly clock: Clock;
  readonly limits: Pick<LimitsConfig, 'requestTimeoutMs' | 'ids'>;
  readonly directory: Directory;
  readonly metrics: Metrics;
  readonly signatures: MessageSignatures;
  readonly turns: FairTurns;
}

/**
 * How long a message waits for Audience Manager and the storage, in milliseconds. It has to be answered within 3 s, and the
 * partner needs the rest. Source: "Real-time outbound data transfers", Required responses.
 */
const MAX_WAIT_MS = 1_500;

/**
 * Maximum length of an answer, in characters. Ten thousand segments with names of 255 characters take half of it.
 */
const MAX_ANSWER_LENGTH = 16 * 1024 * 1024;

/** Maximum number of customers that an error names. */
const MAX_NAMED = 5;

/** A message is refused, with this status and code. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Adds `/messages/annotate`: it takes one of Audience Manager's real-time messages, and answers with the same message in
 * which names stand beside the IDs.
 */
export async function addMessagesRoute(
  server: FastifyInstance,
  options: MessagesRouteOptions,
): Promise<void> {
  // In a scope of its own: signatures are made of the body as it was sent, so it must not be parsed before.
  await server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, parsed) => {
      request.processingStartedAt = performance.now();
      parsed(null, body);
    });
    const slow = new SlowDestinations();
    const config = {
      needs: ['read'] as const,
      ifTooLarge: 'Send the users of the message in several messages, or raise limits.body.',
    };
    scope.post('/messages/annotate', { config }, async (request, reply) =>
      answer(request, reply, options, slow),
    );
    done();
  });
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  options: MessagesRouteOptions,
  slow: SlowDestinations,
): Promise<FastifyReply> {
  const { clock, directory, limits, metrics, turns } = options;
  const started = performance.now();
  const deadline = new Deadline(clock, Math.min(limits.requestTimeoutMs, MAX_WAIT_MS));
  request.deadline = deadline;
  const loader = new DestinationLoader(directory, requireCaller(request), metrics, deadline);
  request.loaders.push(loader);
  const hasTurn = await takeTurn(request, bodyOf(request).length, turns);
  // While the message waited, the client has disconnected, or the gateway has stopped.
  if (request.raw.socket.destroyed || reply.sent) return reply.hijack();
  if (!hasTurn) return refuseForOverload(reply, metrics, tooManyWaiting());
  const body = bodyOf(request);
  try {
    checkSignature(request, body, options);
    const query = readMessageQuery(request.query);
    const message = readMessage(body, query, limits);
    const names = await look(loader, message, query, { slow, clock });
    const text = message.annotated(names, MAX_ANSWER_LENGTH);
    request.operation.outcome = names.failure === null ? 'ok' : 'partial';
    if (names.failure !== null) request.operation.codes = [names.failure];
    metrics.messages.inc({ outcome: request.operation.outcome });
    metrics.messageDuration.observe((performance.now() - started) / 1_000);
    return await reply.type('application/json; charset=utf-8').send(text);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === null) throw error;
    request.operation.codes = [refusal.code];
    metrics.messages.inc({ outcome: 'rejected' });
    if (refusal.status === 401) reply.header('www-authenticate', 'HMAC');
    return await reply.code(refusal.status).send(errorBody(refusal.code, refusal.message));
  }
}

function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

function checkSignature(request: FastifyRequest, body: Buffer, options: MessagesRouteOptions): void {
  const { signatures, metrics } = options;
  const fault = signatures.faultOf(body, request.headers);
  if (fault === null) return;
  request.authFailure = `the signature is ${fault}`;
  metrics.rejections.inc({ reason: 'unauthenticated' });
  const header = signatures.header ?? '';
  throw new Refusal(
    401,
    'UNAUTHENTICATED',
    fault === 'missing'
      ? `The message is not signed: it needs its signature in the header ${header}, as messages.signature of the configuration says.`
      : `The signature in the header ${header} does not fit the message. Send the body as it was received, byte by byte, and check messages.signature.`,
  );
}

/** @throws {MessageError} */
function readMessage(
  body: Buffer,
  { idField }: MessageQuery,
  limits: MessagesRouteOptions['limits'],
): Message {
  if (body.length === 0) throw new MessageError('The body is empty; send a message.');
  // Decoding would replace invalid bytes by U+FFFD, and the answer would not be the same message.
  if (!isUtf8(body)) throw new MessageError('The message is not valid UTF-8.');
  return new Message(body.toString(), { idField, maxIds: limits.ids });
}

/** @throws {MessageError}; DirectoryError if there is no such destination */
async function look(
  loader: DestinationLoader,
  message: Message,
  query: MessageQuery,
  services: Pick<MessageLookup, 'slow' | 'clock'>,
): Promise<MessageNames> {
  const destinationId = destinationIdOf(message, query);
  const place = { customerId: query.customer, destinationId };
  try {
    await loader.lookFor([place]);
    const destination = destinationOf(loader, message, query, destinationId);
    return await namesOf({ loader, destination, idType: query.idType, ...services }, message.segmentIds);
  } catch (error) {
    // Nobody can say now whether there is such a destination: the message is not at fault.
    if (!(error instanceof DirectoryError) || isCallersFault(error)) throw error;
    return failedNames(error.code);
  }
}

/** @throws {MessageError} */
function destinationIdOf(message: Message, { destination }: MessageQuery): string {
  const destinationId = message.destinationId === null ? null : trimId(message.destinationId);
  const id = destination ?? destinationId;
  if (id === null) {
    throw new MessageError(
      'The message names no destination: it has no AAM_Destination_Id. Add ?destination=ID to the address.',
    );
  }
  if (destinationId !== null && id !== destinationId) {
    const named = idMistake('destination', destinationId) === null ? ` ${destinationId}` : '';
    throw new MessageError(
      `The message is for another destination${named} than the address says; leave destination out of the address.`,
    );
  }
  const mistake = idMistake('AAM_Destination_Id', id);
  if (mistake !== null) throw new MessageError(mistake.message);
  return id;
}

/**
 * The destination of a message. A message names no customer; where several have the destination, the address has to, or the
 * partner's own name of the customer is the ID of one of them. If that is the ID of another one, the message is not for this
 * gateway's customer with the destination.
 *
 * @throws {MessageError}; DirectoryError as `requireDestination`
 */
function destinationOf(
  loader: DestinationLoader,
  message: Message,
  { customer }: MessageQuery,
  destinationId: string,
): Destination {
  if (customer !== null) return loader.requireDestination(customer, destinationId);
  const candidates = loader.destinationsWithId(destinationId);
  const clientIds = message.clientIds.map(trimId);
  const named = loader.customers().filter(({ id }) => clientIds.includes(id));
  const customers = candidates.map(({ customerId }) => customerId);
  const stranger = named.find(({ id }) => !customers.includes(id));
  if (stranger !== undefined && candidates.length > 0) {
    throw new MessageError(
      `Client_ID names the customer ${stranger.id}, of which no destination ${destinationId} is known; there is one of ${listed(customers)}. If that is meant, add ?customer=ID to the address.`,
    );
  }
  if (candidates.length <= 1) return loader.requireDestination(null, destinationId);
  const [meant, ...others] = candidates.filter(({ customerId }) => clientIds.includes(customerId));
  if (meant !== undefined && others.length === 0) return meant;
  throw new MessageError(
    `There are destinations ${destinationId} of several customers (${listed(customers)}); add ?customer=ID to the address.`,
  );
}

function listed(customers: readonly string[]): string {
  const more = customers.length > MAX_NAMED ? ` and ${customers.length - MAX_NAMED} more` : '';
  return `${customers.slice(0, MAX_NAMED).join(', ')}${more}`;
}

function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  if (error instanceof MessageTooLargeError) return new Refusal(400, 'QUERY_TOO_COMPLEX', error.message);
  if (error instanceof MessageError) return new Refusal(400, 'BAD_USER_INPUT', error.message);
  if (!(error instanceof DirectoryError) || !isCallersFault(error)) return null;
  return new Refusal(error.code === 'NOT_FOUND' ? 404 : 400, error.code, error.message);
}

function isCallersFault({ code }: DirectoryError): boolean {
  return code === 'NOT_FOUND' || code === 'BAD_USER_INPUT';
}
