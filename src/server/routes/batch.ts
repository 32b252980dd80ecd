import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OperationRecord } from '../../graphql/index.js';
import { rateLimitError } from '../access/guard.js';
import type { RateLimiter } from '../access/rate-limiter.js';
import { waitForTurn } from '../access/turn-taker.js';
import { errorBody } from '../http/errors.js';
import type { FairTurns } from '../http/fair-turns.js';
import { forbidCaching } from '../http/headers.js';
import { executeOperation, type ExecutionOptions } from './execute-operation.js';
import { httpRequestOf, isRecord } from './operation-request.js';

/** What executing a batch needs. */
export interface BatchOptions extends ExecutionOptions {
  readonly rates: RateLimiter;
  readonly turns: FairTurns;
}

/**
 * Answers a list of operations with the list of their answers. Each operation has the limits of a request of its own, counts as one,
 * fails alone, and takes a turn of its own. None waits for the answer of another one, as in Apollo Server.
 */
export async function sendBatch(
  request: FastifyRequest,
  reply: FastifyReply,
  operations: readonly unknown[],
  options: BatchOptions,
): Promise<FastifyReply> {
  forbidCaching(reply);
  const mistake = mistakeOf(operations, options.config.limits.batch);
  if (mistake !== null) {
    options.metrics.rejections.inc({ reason: 'bad_user_input' });
    request.operation.codes = ['BAD_USER_INPUT'];
    return reply.code(400).send(errorBody('BAD_USER_INPUT', mistake));
  }
  const records = operations.map((): OperationRecord => ({ operation: null, outcome: null, codes: [] }));
  const answers = await Promise.all(
    records.map((record, index) => answerOne(request, operations[index], record, index > 0, options)),
  );
  // While operations waited, the client has disconnected, or the gateway has stopped.
  if (request.raw.socket.destroyed || reply.sent) return reply.hijack();
  request.operation = summaryOf(records);
  return reply
    .code(200)
    .type('application/json; charset=utf-8')
    .send(`[${answers.map((answer) => answer.trimEnd()).join(',')}]\n`);
}

function mistakeOf(operations: readonly unknown[], max: number): string | null {
  const { length } = operations;
  if (max === 0) {
    return 'Lists of operations are not accepted; send one operation, or several fields in one. See limits.batch.';
  }
  if (length === 0) return 'The list of operations is empty.';
  if (length > max) return `A request may have ${max} operations; this one has ${length}. See limits.batch.`;
  if (!operations.every(isRecord)) return 'Each item of a list of operations has to be an object.';
  return null;
}

/**
 * @param isFurther whether the operation has not been counted with its request, and has not had its turn
 * @returns the answer as JSON; empty if nobody waits for it any more
 */
async function answerOne(
  request: FastifyRequest,
  operation: unknown,
  record: OperationRecord,
  isFurther: boolean,
  options: BatchOptions,
): Promise<string> {
  const { config, metrics, rates, turns } = options;
  // As a request of its own, with the headers and the address of this one.
  const counted = { headers: request.headers, socket: request.raw.socket };
  const waitMs = isFurther ? await rates.decideOnce(counted, request.caller, request.ip) : 0;
  if (waitMs > 0) {
    metrics.rejections.inc({ reason: 'rate_limited' });
    record.outcome = 'error';
    record.codes = ['RATE_LIMITED'];
    return JSON.stringify(rateLimitError(waitMs, config.limits));
  }
  const hasTurn = !isFurther || (await waitForTurn(request, 0, turns));
  if (!hasTurn || request.raw.socket.destroyed) return '';
  const { text } = await executeOperation(request, httpRequestOf(request, operation), record, options);
  return text;
}

/** What the log line of a request says of its operations. */
export function summaryOf(records: readonly OperationRecord[]): OperationRecord {
  const outcomes = new Set(records.map(({ outcome }) => outcome ?? 'error'));
  const [first] = outcomes;
  return {
    operation: null,
    outcome: outcomes.size === 1 ? (first ?? null) : 'partial',
    codes: [...new Set(records.flatMap(({ codes }) => codes))],
    operations: records.length,
  };
}
