import type { FastifyReply } from 'fastify';
import { failureOf, type ErrorCode } from '../../graphql/index.js';
import { errorBody } from '../http/errors.js';

/** Answers with the status and the error of a failure of the directory or the storage. @throws any other error */
export function sendFailure(reply: FastifyReply, error: unknown): void {
  const { code, message } = failureOf(error);
  // A bug: the log gets its details, and the client the request ID.
  if (code === 'INTERNAL_SERVER_ERROR') throw error;
  reply.request.operation.codes = [code];
  void reply.code(statusOf(code)).send(errorBody(code, message));
}

/** The HTTP status of a failure, where one request is one answer. */
export function statusOf(code: ErrorCode): number {
  if (code === 'NOT_FOUND') return 404;
  if (code === 'BAD_USER_INPUT') return 400;
  if (code === 'FORBIDDEN') return 403;
  if (code === 'STORAGE_UNAVAILABLE') return 503;
  // The destination was never listed, and Audience Manager refuses or does not answer.
  return code.startsWith('AAM_') ? 502 : 500;
}
