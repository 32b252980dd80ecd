import { describe, expect, it } from 'vitest';
import {
  ANYONE,
  createApolloServer,
  type DestinationLoader,
  type GatewayContext,
} from '../../src/graphql/index.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { Redactor } from '../../src/telemetry/redaction.js';

const broken = {
  customer: () => {
    throw new TypeError('the inside of the gateway');
  },
} as unknown as DestinationLoader;

describe('a defect of the gateway', () => {
  it('is told to the client as a request ID alone, which the log has with all the rest', async () => {
    const lines: string[] = [];
    const logger = createLogger({ redactor: new Redactor(), sink: { write: (line) => lines.push(line) } });
    const apollo = createApolloServer({ logger, metrics: new Metrics(), samples: [] });
    const contextValue: GatewayContext = {
      caller: ANYONE,
      loader: broken,
      record: { operation: null, outcome: null, codes: [] },
      requestId: 'request-7',
      logger: logger.child({ requestId: 'request-7' }),
    };
    const { body } = await apollo.executeOperation(
      { query: '{ customer(id: "acme") { id } }' },
      { contextValue },
    );
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
    expect(contextValue.record).toMatchObject({ outcome: 'error', codes: ['INTERNAL_SERVER_ERROR'] });
    await apollo.stop();
  });

  it('is none where the client is to blame', async () => {
    const lines: string[] = [];
    const logger = createLogger({ redactor: new Redactor(), sink: { write: (line) => lines.push(line) } });
    const apollo = createApolloServer({ logger, metrics: new Metrics(), samples: [] });
    const contextValue: GatewayContext = {
      caller: ANYONE,
      loader: broken,
      record: { operation: null, outcome: null, codes: [] },
      requestId: 'request-8',
      logger,
    };
    for (const query of [
      '{',
      '{ nothing }',
      'query ($id: ID!) { customer(id: $id) { id } }',
      '{ customer(id: "") { id } }',
    ]) {
      const { body } = await apollo.executeOperation({ query }, { contextValue });
      expect(JSON.stringify(body)).not.toContain('INTERNAL_SERVER_ERROR');
    }
    expect(lines).toEqual([]);
    await apollo.stop();
  });
});
