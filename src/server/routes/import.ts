import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.js';
import type { LimitsConfig } from '../../config/index.js';
import {
  DirectoryError,
  importContent,
  importCounts,
  type Destination,
  type Directory,
  type ImportOutcome,
} from '../../directory/index.js';
import { Deadline, DestinationLoader, failureOf, idMistake } from '../../graphql/index.js';
import {
  FileError,
  HeaderError,
  readFileContent,
  type FileContent,
  type FileOptions,
} from '../../import-export/index.js';
import type { Metrics } from '../../telemetry/metrics.js';
import { audit } from '../access/audit.js';
import { requireCaller } from '../access/guard.js';
import { DEFECT_LOG_MESSAGE, errorBody } from '../http/errors.js';
import { isForeignPage } from '../http/foreign-pages.js';
import { HeldFiles, type HeldFile } from '../http/held-files.js';
import { ClientLeft, FileRefusal, receiveFile, tooManyWaiting } from '../http/receive-file.js';
import { fileNameIn } from '../http/sent-file-name.js';
import type { SuperviseBody } from '../http/slow-bodies.js';
import { sendFailure, statusOf } from './failures.js';
import { ImportAnswer } from './import-answer.js';
import { importChoices, type ImportChoices } from './import-choices.js';
import { ImportEnd } from './import-end.js';
import { ImportLanes } from './import-lanes.js';
import { importResult } from './import-result.js';

/** The parts that the import route needs. */
export interface ImportRouteOptions {
  readonly clock: Clock;
  readonly limits: Pick<LimitsConfig, 'requestTimeoutMs'>;
  readonly directory: Directory;
  readonly metrics: Metrics;
  readonly superviseBody: SuperviseBody;
  /** Origins of other web pages that may send requests. */
  readonly origins: readonly string[];
}

interface ImportRoute {
  readonly Params: { readonly customer: string; readonly destination: string };
  readonly Querystring: Readonly<Record<string, unknown>>;
}

/**
 * Adds `POST /import/{customer}/{destination}`, for callers with the permission import. The body is the file as it is; the
 * parameters of the address are those of `importChoices`.
 */
export async function addImportRoute(server: FastifyInstance, options: ImportRouteOptions): Promise<void> {
  const files = new HeldFiles();
  const lanes = new ImportLanes();
  // A scope of its own: only here, bodies are of any type and are not read by Fastify.
  await server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    scope.post<ImportRoute>(
      '/import/:customer/:destination',
      { config: { needs: ['import'], receivesBody: true } },
      async (request, reply) => {
        const held = files.hold(requireCaller(request).id);
        try {
          await answer(request, reply, { ...options, held, lanes });
        } finally {
          held.release();
        }
        return reply;
      },
    );
    done();
  });
}

interface Parts extends ImportRouteOptions {
  readonly held: HeldFile;
  readonly lanes: ImportLanes;
}

async function answer(
  request: FastifyRequest<ImportRoute>,
  reply: FastifyReply,
  parts: Parts,
): Promise<void> {
  const startedAt = parts.clock.now();
  try {
    refuseWrongSenders(request, parts.origins);
    const choices = importChoices(request.query);
    const destination = await findDestination(request, parts);
    parts.superviseBody(request, reply);
    const bytes = await receiveFile(request.raw, parts.held);
    refuseSpoiltBodies(request, bytes);
    const fileName = choices.fileName ?? fileNameIn(request.headers['content-disposition']);
    await importBytes(request, reply, {
      ...parts,
      destination,
      bytes,
      startedAt,
      choices: { ...choices, fileName },
    });
  } catch (error) {
    // The request was refused while its body was received.
    if (reply.sent) return;
    if (error instanceof ClientLeft) reply.hijack();
    else if (error instanceof FileRefusal) refuse(reply, error, parts.metrics);
    else sendFailure(reply, error);
  }
}

function refuse(
  reply: FastifyReply,
  { status, code, message, headers }: FileRefusal,
  metrics: Metrics,
): void {
  if (status === 503) metrics.rejections.inc({ reason: 'overloaded' });
  reply.request.operation.codes = [code];
  void reply.code(status).headers(headers).send(errorBody(code, message));
}

/** @throws FileRefusal for web pages of others, and for bodies that wrap the file */
function refuseWrongSenders(request: FastifyRequest, origins: readonly string[]): void {
  const { headers } = request;
  if (isForeignPage(request, origins)) {
    throw new FileRefusal(
      403,
      'FORBIDDEN',
      'Web pages of other origins may not import files; see listen.cors in the configuration.',
    );
  }
  if (/^\s*multipart\//i.test(headers['content-type'] ?? '')) {
    throw new FileRefusal(
      415,
      'BAD_USER_INPUT',
      'The body must be the file itself, not a form; use curl --data-binary @FILE instead of curl -F.',
    );
  }
}

/** @throws FileRefusal for bodies that are empty, or of which the client has left something out */
function refuseSpoiltBodies({ headers }: FastifyRequest, bytes: Uint8Array): void {
  if (bytes.length === 0) {
    throw new FileRefusal(
      400,
      'BAD_USER_INPUT',
      'The body is empty; send the file as the body, such as with curl --data-binary @FILE.',
    );
  }
  // curl leaves them out of a file that is given by -d, and says that it sends a form.
  const isForm = /^\s*application\/x-www-form-urlencoded/i.test(headers['content-type'] ?? '');
  if (isForm && !bytes.includes(10) && !bytes.includes(13)) {
    throw new FileRefusal(
      400,
      'BAD_USER_INPUT',
      'The file has no line breaks; curl -d leaves them out: use curl --data-binary @FILE.',
    );
  }
}

async function findDestination(
  request: FastifyRequest<ImportRoute>,
  { clock, directory, limits, metrics }: ImportRouteOptions,
): Promise<Destination> {
  const { customer: customerId, destination: destinationId } = request.params;
  const mistake = idMistake('customer', customerId) ?? idMistake('destination', destinationId);
  if (mistake !== null) throw mistake;
  request.deadline = new Deadline(clock, limits.requestTimeoutMs);
  const loader = new DestinationLoader(directory, requireCaller(request), metrics, request.deadline);
  request.loaders.push(loader);
  await loader.lookFor([{ customerId, destinationId }]);
  return loader.requireDestination(customerId, destinationId);
}

interface ReceivedImport extends Parts {
  readonly destination: Destination;
  readonly bytes: Uint8Array;
  /** When the request arrived, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly choices: ImportChoices;
}

/** Imports a file that was received. A client that leaves has imported nothing, unless its file was being stored already. */
async function importBytes(
  request: FastifyRequest,
  reply: FastifyReply,
  received: ReceivedImport,
): Promise<void> {
  const { bytes, clock, destination, choices } = received;
  const caller = requireCaller(request);
  // The destination was found in time. What follows has a limit of its own.
  request.deadline?.end();
  const turns = await received.lanes.of(bytes);
  if (reply.raw.destroyed) throw new ClientLeft();
  if (!turns.hasRoom(caller.id)) throw tooManyWaiting();
  const end = new ImportEnd(reply.raw, clock);
  const sent = new ImportAnswer(reply, clock);
  const { customerId: customer, id } = destination;
  const entry = { audit: 'import', customer, destination: id, ...choices } as const;
  try {
    const begin = async (): Promise<ImportOutcome> => {
      end.startTime();
      return await importNow(request, received, sent, end.signal);
    };
    const outcome = await turns.run(caller.id, begin, end.signal);
    audit(request, { ...entry, outcome: 'ok', ...importCounts(outcome) });
    const isRefused = !outcome.applied && !choices.dryRun;
    request.operation.outcome = isRefused ? 'error' : 'ok';
    sent.end(isRefused ? 422 : 200, importResult(outcome));
  } catch (error) {
    if (error instanceof ClientLeft || request.raw.socket.destroyed) throw new ClientLeft();
    const { code, message } = error instanceof FileRefusal ? error : failureOf(error);
    const isDefect = code === 'INTERNAL_SERVER_ERROR';
    audit(request, { ...entry, outcome: isDefect ? 'failed' : code });
    if (isDefect) request.log.error({ err: error }, DEFECT_LOG_MESSAGE);
    request.operation.codes = [code];
    request.operation.outcome = 'error';
    const status = error instanceof FileRefusal ? error.status : statusOf(code);
    sent.fail(status, errorBody(code, message, isDefect ? request.id : undefined, columnsIn(error)));
  } finally {
    end.stopTime();
    sent.stop();
  }
}

/** Longer titles are not offered to choose from, in characters: they are no titles. */
const MAX_TITLE_LENGTH = 200;

/** What a client needs to choose columns or another sheet, if the header of the file was not clear. */
function columnsIn(error: unknown): Readonly<Record<string, unknown>> {
  const cause = error instanceof DirectoryError ? error.cause : null;
  if (!(cause instanceof HeaderError)) return {};
  const { columns, line, sheets } = cause;
  const titles = columns.filter((title) => title.trim() !== '' && title.length <= MAX_TITLE_LENGTH);
  return { columns: titles, line, ...sheets };
}

async function importNow(
  request: FastifyRequest,
  { bytes, choices, destination, startedAt }: ReceivedImport,
  sent: ImportAnswer,
  signal: AbortSignal,
): Promise<ImportOutcome> {
  signal.throwIfAborted();
  sent.progress('READING');
  const caller = requireCaller(request);
  const { sheet, encoding, ...options } = choices;
  const content = await readContent(bytes, {
    fileName: choices.fileName,
    signal,
    ...(sheet === null ? {} : { sheet }),
    ...(encoding === null ? {} : { encoding }),
  });
  return await importContent(destination, content, {
    ...options,
    mayRead: caller.may('read'),
    by: caller.author,
    startedAt,
    signal,
    onProgress: (read, total) => {
      if (read < total) sent.progress('READING', read / total);
      else sent.progress('APPLYING');
    },
  });
}

/** @throws DirectoryError BAD_USER_INPUT if the file as a whole cannot be read */
async function readContent(bytes: Uint8Array, options: FileOptions): Promise<FileContent> {
  try {
    return await readFileContent(bytes, options);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new DirectoryError('BAD_USER_INPUT', error.message, error);
  }
}
