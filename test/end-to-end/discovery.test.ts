import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { destinationGlobalId } from '../../src/graphql/global-ids.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway, type TestGatewayOptions } from '../support/gateway.js';
import { hold } from '../support/directory.js';

const MINUTE = 60_000;

async function start(options: Partial<TestGatewayOptions> = {}): Promise<TestGateway> {
  const gateway = await TestGateway.start({
    simulated: [passwordCustomer('acme', destination(1, 3), destination(2, 3))],
    customers: [{ id: 'acme', discovery: {} }],
    ...options,
  });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  return gateway;
}

const NAME =
  'query ($at: ID!) { segment(customerId: "acme", destinationId: $at, segmentId: "1001") { name } }';
const LIST = '{ customer(id: "acme") { destinations { destinationId name type } } }';

/** The name of a segment, or the code of the error. */
async function name(gateway: TestGateway, at: string, query = NAME): Promise<unknown> {
  const { data, errors } = await gateway.query(query, { at });
  const segment = data?.['segment'] as { name: string } | null | undefined;
  return errors?.[0]?.extensions.code ?? segment?.name ?? null;
}

describe('a gateway that discovers destinations', () => {
  it('answers the first question after the start, and lists what it has found', async () => {
    const gateway = await start();
    expect(await name(gateway, '2')).toBe('Segment 1');
    expect((await gateway.query(LIST)).data).toEqual({
      customer: {
        destinations: [
          { destinationId: '1', name: 'Destination 1', type: 'SERVER_TO_SERVER' },
          { destinationId: '2', name: 'Destination 2', type: 'SERVER_TO_SERVER' },
        ],
      },
    });
    expect(gateway.simulator.count({ endpoint: 'destination' })).toBe(0);
  });

  it('waits for the first list where all destinations are asked for', async () => {
    const gateway = await start();
    const { data } = await gateway.query(LIST);
    expect((data?.['customer'] as { destinations: unknown[] }).destinations).toHaveLength(2);
  });

  it('finds a new destination when somebody asks for it, with or without the customer, in every kind of lookup', async () => {
    const gateway = await start();
    const questions = [
      'query ($at: ID!) { segment(destinationId: $at, segmentId: "1001") { name } }',
      'query ($at: ID!) { segments(customerId: "acme", destinationId: $at, segmentIds: ["1001"]) { name } }',
      'query ($at: ID!) { segmentsByKey(keys: [{ destinationId: $at, segmentId: "1001" }]) { name } }',
      'query ($at: ID!) { lookupSegments(keys: [{ customerId: "acme", destinationId: $at, segmentId: "1001" }]) { segment { name } } }',
      'query ($at: ID!) { searchSegments(destinationId: $at, text: "segment 1") { nodes { name } } }',
      'query ($at: ID!) { destination(customerId: "acme", destinationId: $at) { segments(first: 1) { nodes { name } } } }',
      'query ($at: ID!) { customer(id: "acme") { destination(destinationId: $at) { segments(first: 1) { nodes { name } } } } }',
    ];
    expect(await name(gateway, '1')).toBe('Segment 1');
    for (const [index, question] of questions.entries()) {
      gateway.clock.advance(2 * MINUTE);
      const id = 100 + index;
      gateway.simulator.addDestination('acme', destination(id, 1));
      const answer = await gateway.query(question, { at: String(id) });
      expect(JSON.stringify(answer)).toContain('"name":"Segment 1"');
    }
  });

  it('says NOT_FOUND for one that does not exist, and that nobody can say while the list cannot be read', async () => {
    const gateway = await start();
    expect(await name(gateway, '99')).toBe('NOT_FOUND');
    gateway.clock.advance(2 * MINUTE);
    gateway.simulator.fault({ endpoint: 'destinations', action: { kind: 'status', status: 403 } });
    expect(await name(gateway, '98')).toBe('AAM_FORBIDDEN');
    expect(await name(gateway, '1')).toBe('Segment 1');
    const { errors } = await gateway.query('{ destination(destinationId: "98") { id } }');
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining('The destinations of customer acme cannot be listed: '),
      extensions: { code: 'AAM_FORBIDDEN' },
    });
  });

  it('sends no kept answer again that lacks a new destination', async () => {
    const gateway = await start();
    const count = async (): Promise<number> => {
      const { data } = await gateway.query(LIST);
      return (data?.['customer'] as { destinations: unknown[] }).destinations.length;
    };
    expect([await count(), await count(), await count()]).toEqual([2, 2, 2]);
    gateway.simulator.addDestination('acme', destination(3, 1));
    gateway.clock.advance(2 * MINUTE);
    expect(await name(gateway, '3')).toBe('Segment 1');
    expect(await count()).toBe(3);
  });

  it.each([
    '{ destination(customerId: "acme", destinationId: "3") { destinationId } }',
    '{ destination(destinationId: "3") { destinationId } }',
    '{ customer(id: "acme") { destination(destinationId: "3") { destinationId } } }',
    '{ lookupSegments(keys: [{ customerId: "acme", destinationId: "3", segmentId: "1001" }]) { segment { name } } }',
    `{ node(id: "${destinationGlobalId({ customerId: 'acme', destinationId: '3' })}") { id } }`,
  ])('keeps no answer that lacks a destination which may be added: %s', async (question) => {
    const gateway = await start();
    const known = /"destinationId":"3"|Segment 1|"node":\{/;
    gateway.clock.advance(2 * MINUTE);
    for (let times = 0; times < 6; times++) {
      expect(JSON.stringify(await gateway.query(question))).not.toMatch(known);
    }
    gateway.simulator.addDestination('acme', destination(3, 1));
    gateway.clock.advance(10 * MINUTE);
    expect(JSON.stringify(await gateway.query(question))).toMatch(known);
  });

  it('says of each object by its ID that nobody can say whether there is one while the list cannot be read', async () => {
    const gateway = await start();
    expect(await name(gateway, '1')).toBe('Segment 1');
    gateway.clock.advance(2 * MINUTE);
    gateway.simulator.fault({ endpoint: 'destinations', action: { kind: 'status', status: 403 } });
    const ids = ['98', '1'].map((id) => destinationGlobalId({ customerId: 'acme', destinationId: id }));
    const { data, errors } = await gateway.query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });
    expect(data).toEqual({ nodes: [null, { id: ids[1] }] });
    expect(errors).toMatchObject([{ path: ['nodes', 0], extensions: { code: 'AAM_FORBIDDEN' } }]);
  });

  it('keeps what it has found over a reload, and takes out what is excluded', async () => {
    const gateway = await start({
      customers: [{ id: 'acme', discovery: { exclude: { names: ['* 2'] } } }],
    });
    expect(await name(gateway, '1')).toBe('Segment 1');
    expect(await name(gateway, '2')).toBe('NOT_FOUND');
    gateway.reload({});
    expect(await name(gateway, '1')).toBe('Segment 1');
    expect(gateway.simulator.count({ endpoint: 'destinations' })).toBe(1);
    const metric = 'aam_gateway_discovered_destinations{customer="acme"}';
    expect(await gateway.metric(metric)).toBe(1);
  });

  it('asks for nothing on behalf of a caller who may not see the customer, and lets nobody wait for it', async () => {
    const sha256 = createHash('sha256').update('other-key').digest('hex');
    const gateway = await start({
      simulated: [passwordCustomer('acme', destination(1, 3)), passwordCustomer('globex', destination(7, 3))],
      customers: [{ id: 'acme', discovery: {} }, { id: 'globex' }],
      config: { access: { apiKeys: [{ name: 'other', sha256, customers: ['globex'] }] } },
      headers: { 'x-api-key': 'other-key' },
    });
    const gate = hold(gateway.simulator, { endpoint: 'destinations' });
    gateway.clock.advance(2 * MINUTE);
    expect(await name(gateway, '99')).toBe('NOT_FOUND');
    expect(await name(gateway, '1')).toBe('NOT_FOUND');
    expect(
      await name(gateway, '1', 'query ($at: ID!) { segment(destinationId: $at, segmentId: "1") { name } }'),
    ).toBe('NOT_FOUND');
    gate.open();
  });
});
