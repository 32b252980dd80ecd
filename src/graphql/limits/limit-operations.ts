import type { ApolloServerPlugin, GraphQLRequestContextDidResolveOperation } from '@apollo/server';
import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Metrics } from '../../telemetry/metrics.js';
import type { GatewayContext } from '../request/context.js';
import { codeOfError, refusal } from '../request/errors.js';
import type { Admission } from './admission.js';
import { estimateCost, variableValues } from './cost.js';
import { documentBytes } from './document-store.js';
import { excessError } from './excess.js';
import { HeavyTurns, QueueFullError, type HeavyTurn } from './heavy-turns.js';
import { sizesFor } from './sizes.js';
import type { Weight } from './weight.js';

/** Learns operations that passed validation and all limits. */
interface OperationLearner {
  learn(
    text: string,
    requestedName: string | null,
    document: DocumentNode,
    operation: OperationDefinitionNode,
  ): void;
}

/** The parts that the limits need. */
export interface LimitOptions {
  readonly schema: GraphQLSchema;
  readonly metrics: Metrics;
  readonly admission: Admission;
  readonly responder: OperationLearner;
}

type ResolvedOperation = GraphQLRequestContextDidResolveOperation<GatewayContext>;

/** Operations that cost more than this take turns. Lighter ones hold the thread for a few milliseconds. */
const HEAVY_COST = 2_000;

/** Operations whose searches look at more segments than this take turns. */
const HEAVY_SCAN = 5_000;

/** Estimated memory of a request's variables for each byte of its body, in bytes. */
const BYTES_PER_BODY_BYTE = 4;

/** When a caller that was refused a turn may try again, in seconds. */
const RETRY_SECONDS = '2';

/**
 * Creates the plugin that refuses operations which the caller may not send or which could exceed a limit with their
 * variables, and lets the heavy ones take turns.
 */
export function limitOperations(options: LimitOptions): ApolloServerPlugin<GatewayContext> {
  const turns = new HeavyTurns();
  return {
    requestDidStart: () => {
      let turn: HeavyTurn | null = null;
      return Promise.resolve({
        validationDidStart: ({ document, source }) => {
          // graphql-js counts lines from the start of the text for each location of each error. Without the text it
          // treats the document as one line, so a long document with many errors does not block the event loop.
          if (document.loc !== undefined && !hasLocations(source)) document.loc.source.body = '';
          return Promise.resolve();
        },
        didResolveOperation: async (context) => {
          try {
            if (isHeavy(check(context, options))) turn = await takeTurn(turns, context);
          } catch (error) {
            options.metrics.rejections.inc({ reason: codeOfError(error).toLowerCase() });
            throw error;
          }
        },
        willSendResponse: () => {
          // The response becomes text before the event loop goes on. That is part of the turn.
          setImmediate(() => turn?.end());
          return Promise.resolve();
        },
      });
    },
  };
}

/** Documents with more lines or characters than these get no exact locations in their errors. */
const MAX_LINES_WITH_LOCATIONS = 250;
const MAX_CHARACTERS_WITH_LOCATIONS = 10_000;

function hasLocations(text: string): boolean {
  if (text.length > MAX_CHARACTERS_WITH_LOCATIONS) return false;
  const lineBreak = /[\n\r]/g;
  for (let lines = 1; lines <= MAX_LINES_WITH_LOCATIONS; lines += 1) {
    if (!lineBreak.test(text)) return true;
  }
  return false;
}

/** @returns what the operation asks for @throws GraphQLError where it is refused */
function check(context: ResolvedOperation, { schema, admission, responder }: LimitOptions): Weight {
  const { request, source, document, operation, operationName, contextValue } = context;
  const { caller, limits, loader, isOwnOperation } = contextValue;
  // The text of a persisted query may have been stored by a caller with other permissions.
  admission.checkTrust(source, caller, isOwnOperation);
  if (operation?.operation === OperationTypeNode.SUBSCRIPTION) {
    throw refusal(
      'BAD_USER_INPUT',
      'There are no subscriptions; send a query, as often as you need it.',
      400,
    );
  }
  const isQuery = operation?.operation === OperationTypeNode.QUERY;
  if (isQuery && !caller.may('read') && !isAboutCaller(operation)) {
    throw refusal('FORBIDDEN', 'This needs the permission read.', 403);
  }
  // A mutation has to be executed each time.
  if (operation?.operation !== OperationTypeNode.QUERY) loader.readSet.unrepeatable();
  const sent = { schema, document, operationName, variables: request.variables ?? {} };
  const variables = variableValues(sent, limits);
  if (variables instanceof GraphQLError) throw variables;
  const { weight, excess } = estimateCost({ ...sent, variables }, limits, sizesFor(loader));
  if (excess !== null) throw excessError(excess);
  if (operation !== undefined) {
    responder.learn(source, request.operationName ?? null, document, operation);
  }
  return weight;
}

/** What every caller may know, whatever it may do: who it is, and what the gateway is. */
const ABOUT_CALLER: ReadonlySet<string> = new Set(['viewer', 'gateway']);

/** Whether a query only asks who the caller is and what it may do, and what the gateway is. */
function isAboutCaller({ selectionSet }: OperationDefinitionNode): boolean {
  const names = selectionSet.selections.map((each) => (each.kind === Kind.FIELD ? each.name.value : ''));
  return (
    names.some((name) => ABOUT_CALLER.has(name)) &&
    names.every((name) => ABOUT_CALLER.has(name) || name === '__typename')
  );
}

function isHeavy({ cost, scanned }: Weight): boolean {
  return cost > HEAVY_COST || scanned > HEAVY_SCAN;
}

/** @throws GraphQLError RATE_LIMITED if the operation cannot get a turn in its time */
async function takeTurn(
  turns: HeavyTurns,
  { request, document, contextValue }: ResolvedOperation,
): Promise<HeavyTurn> {
  const { caller, deadline, limits } = contextValue;
  // A body in chunks can be as long as any.
  const longest = request.http?.method === 'POST' ? limits.bodyBytes : 0;
  const bodyBytes = Number(request.http?.headers.get('content-length') ?? longest);
  const bytes = documentBytes(document) + bodyBytes * BYTES_PER_BODY_BYTE;
  try {
    return await turns.begin({ caller: caller.id, bytes, signal: deadline.signal });
  } catch (error) {
    if (!(error instanceof QueueFullError) && !deadline.signal.aborted) throw error;
    throw refusal(
      'RATE_LIMITED',
      'Too many large operations wait for their turn; try again in a few seconds, or ask for fewer items at once.',
      503,
      { 'retry-after': RETRY_SECONDS },
    );
  }
}
