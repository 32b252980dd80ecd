import { HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import { GraphQLScalarType, type GraphQLObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { Turns } from '../../src/base/turns.js';
import {
  ANYONE,
  Admission,
  Deadline,
  FastResponder,
  createApolloServer,
  createSchema,
  type DestinationLoader,
  type GatewayContext,
} from '../../src/graphql/index.js';
import { LongLists } from '../../src/graphql/request/long-lists.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { SMALLEST, parse } from '../config/helpers.js';

const fail = (): never => {
  throw new TypeError('the inside of the gateway');
};

const broken = {
  customer: fail,
  requireDestination: fail,
  lookFor: () => Promise.resolve(),
  turns: () => new Turns(),
  lists: new LongLists({ signal: new AbortController().signal }),
} as unknown as DestinationLoader;

/** Apollo Server with a gateway behind it that does not work, and what it logs. */
function setUp(schema = createSchema()) {
  const lines: string[] = [];
  const logger = createLogger({ redactor: new Redactor(), sink: { write: (line) => lines.push(line) } });
  const { limits } = parse(SMALLEST);
  const admission = new Admission(limits, null);
  const metrics = new Metrics();
  const responder = new FastResponder({ schema, limits, admission, metrics, maxResponseBytes: 0 });
  const apollo = createApolloServer({
    schema,
    logger,
    metrics,
    limits,
    admission,
    responder,
    samples: [],
  });
  const context: GatewayContext = {
    caller: ANYONE,
    limits,
    deadline: new Deadline(systemClock, limits.requestTimeoutMs),
    audit: () => undefined,
    loader: broken,
    record: { operation: null, outcome: null, codes: [] },
    requestId: 'request-7',
    now: () => 0,
    logger: logger.child({ requestId: 'request-7' }),
  };
  const run = async (query: string): Promise<unknown> =>
    (await apollo.executeOperation({ query }, { contextValue: context })).body;
  /** The same by HTTP, which needs the server to be started. */
  const post = async (query: string): Promise<HTTPGraphQLResponse> => {
    await apollo.start();
    return await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: 'POST',
        headers: new HeaderMap([['content-type', 'application/json']]),
        search: '',
        body: { query },
      },
      context: () => Promise.resolve(context),
    });
  };
  return { run, post, context, lines };
}

describe('a defect of the gateway', () => {
  it('is told to the client as a request ID alone, which the log has with all the rest', async () => {
    const { run, context, lines } = setUp();
    const body = await run('{ customer(id: "acme") { id } }');
    expect(body).toMatchObject({
      kind: 'single',
      singleResult: {
        data: { customer: null },
        errors: [
          {
            message: 'Something went wrong inside the gateway; its log has the details.',
            path: ['customer'],
            extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'request-7' },
          },
        ],
      },
    });
    expect(JSON.stringify(body)).not.toContain('the inside');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      {
        level: 'error',
        requestId: 'request-7',
        err: { type: 'TypeError', message: 'the inside of the gateway' },
      },
    ]);
    expect(context.record).toMatchObject({ outcome: 'error', codes: ['INTERNAL_SERVER_ERROR'] });
  });

  it('is the failure of a key alone in lookupSegments, and logged as well', async () => {
    const { run, lines } = setUp();
    const query =
      '{ lookupSegments(keys: [{ destinationId: 1, segmentId: 2 }]) { customerId segmentId status idType error { code message } } }';
    const result = {
      customerId: null,
      segmentId: '2',
      status: 'FAILED',
      idType: null,
      error: {
        code: 'INTERNAL_SERVER_ERROR',
        message: 'Something went wrong inside the gateway; its log has the details.',
      },
    };
    expect(await run(query)).toEqual({
      kind: 'single',
      singleResult: { data: { lookupSegments: [result] } },
    });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'error', requestId: 'request-7', err: { type: 'TypeError' } },
    ]);
  });

  it('is an answer that cannot be written, which the log tells as well', async () => {
    const schema = createSchema();
    const name = (schema.getType('Customer') as GraphQLObjectType).getFields()['name']!;
    name.resolve = () => '';
    name.type = new GraphQLScalarType({ name: 'Unwritable', serialize: () => ({ toJSON: fail }) });
    const { post, context, lines } = setUp(schema);
    const loader: Pick<DestinationLoader, 'lists'> = { lists: broken.lists };
    Object.assign(context, { loader: { ...loader, customer: () => ({}) } });
    const answer = await post('{ customer(id: "acme") { name } }');
    expect(answer.status).toBe(500);
    expect(JSON.parse((answer.body as { string: string }).string)).toEqual({
      errors: [
        {
          message: 'Something went wrong inside the gateway; its log has the details.',
          extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'request-7' },
        },
      ],
    });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      {
        level: 'error',
        requestId: 'request-7',
        err: { type: 'TypeError', message: 'the inside of the gateway' },
      },
    ]);
    expect(context.record).toMatchObject({ outcome: 'error', codes: ['INTERNAL_SERVER_ERROR'] });
  });

  it.each([
    '{',
    '{ nothing }',
    'query ($id: ID!) { customer(id: $id) { id } }',
    '{ customer(id: "") { id } }',
  ])('is none where the client is to blame: %s', async (query) => {
    const { run, lines } = setUp();
    expect(JSON.stringify(await run(query))).not.toContain('INTERNAL_SERVER_ERROR');
    expect(lines).toEqual([]);
  });
});
