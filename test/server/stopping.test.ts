import { describe, expect, it, vi } from 'vitest';
import { FairTurns, type Turn } from '../../src/server/http/fair-turns.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway, type FurtherConfig } from '../support/gateway.js';
import { RawConnection } from '../support/raw-connection.js';

const QUERY = '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }';
const REFUSAL = {
  errors: [{ message: expect.stringContaining('being stopped'), extensions: { code: 'RATE_LIMITED' } }],
};

function startGateway(config: FurtherConfig = {}): Promise<TestGateway> {
  return TestGateway.start({ simulated: [passwordCustomer('acme', destination(314, 3))], config });
}

/** A request on the wire, on a connection that stays open. */
function post(query: string): string {
  const body = JSON.stringify({ query });
  return `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

const READY = 'GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n';

async function open(gateway: TestGateway): Promise<RawConnection> {
  return await RawConnection.open(gateway.gateway.url);
}

async function quickAnswers(gateway: TestGateway): Promise<number> {
  let sum = 0;
  for (const kind of ['segments', 'repeated']) {
    sum += await gateway.metric(`aam_gateway_quick_answers_total{kind="${kind}"}`);
  }
  return sum;
}

describe('a gateway that is told to stop, during the delay', () => {
  it('is not ready at once, and still answers', async () => {
    await using gateway = await startGateway();
    using health = await open(gateway);
    const stopping = gateway.gateway.stop({ delayMs: 5_000 });
    health.send(READY);
    const answer = await health.answer();
    expect(answer).toMatchObject({ status: 503 });
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ status: 'draining' });
    expect((await gateway.query(QUERY)).data).toEqual({ segment: { label: 'Segment 1' } });
    gateway.clock.advance(5_000);
    await stopping;
    await expect(gateway.query(QUERY)).rejects.toThrow();
  });

  it('has each answer be the last one of its connection, on both paths and for errors', async () => {
    await using gateway = await startGateway();
    using before = await open(gateway);
    // From the second one on, it is answered on the fast path.
    for (let times = 0; times < 3; times++) {
      before.send(post(QUERY));
      expect((await before.answer())?.headers.get('connection')).toBe('keep-alive');
    }
    const quick = await quickAnswers(gateway);
    expect(quick).toBeGreaterThan(0);
    const stopping = gateway.gateway.stop({ delayMs: 5_000 });
    for (const request of [
      post(QUERY),
      post('{ viewer { name } }'),
      post('{'),
      'GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n',
    ]) {
      using connection = await open(gateway);
      connection.send(request);
      const answer = await connection.answer();
      expect(answer?.headers.get('connection')).toBe('close');
      await connection.closed();
    }
    expect(await quickAnswers(gateway)).toBe(quick + 1);
    gateway.clock.advance(5_000);
    await stopping;
  });

  it('starts no scheduled refresh', async () => {
    await using gateway = await startGateway({ freshness: { refreshEvery: '1m' } });
    await gateway.query(QUERY);
    const calls = gateway.simulator.calls.length;
    const stopping = gateway.gateway.stop({ delayMs: 20_000 });
    gateway.clock.advance(10_000);
    gateway.clock.advance(10_000);
    await stopping;
    expect(gateway.simulator.calls).toHaveLength(calls);
  });
});

describe('a gateway at its end', () => {
  it('closes idle connections at once', async () => {
    await using gateway = await startGateway();
    using used = await open(gateway);
    used.send(post(QUERY));
    expect((await used.answer())?.headers.get('connection')).toBe('keep-alive');
    using silent = await open(gateway);
    await gateway.gateway.stop();
    await used.closed();
    await silent.closed();
  });

  it('answers the first request of a connection that was opened right before', async () => {
    await using gateway = await startGateway();
    await gateway.query(QUERY);
    const stopping = gateway.gateway.stop({ delayMs: 5_000 });
    gateway.clock.advance(4_500);
    using connection = await open(gateway);
    // Connections are accepted in the order in which they were opened.
    await gateway.query(QUERY);
    gateway.clock.advance(500);
    await expect
      .poll(() =>
        gateway.query(QUERY).then(
          () => 'answered',
          () => 'refused',
        ),
      )
      .toBe('refused');
    connection.send(post(QUERY));
    expect(await connection.answer()).toMatchObject({ status: 200 });
    await stopping;
  });

  it('says so to a request that waits for its turn on the fast path', async () => {
    await using gateway = await startGateway({ shutdown: { limit: '10s' } });
    const request = post(`${QUERY} # ${'long '.repeat(2_000)}`);
    using connection = await open(gateway);
    for (let times = 0; times < 3; times++) {
      connection.send(request);
      expect((await connection.answer())?.status).toBe(200);
    }
    const waiting: Turn[] = [];
    vi.spyOn(FairTurns.prototype, 'wait').mockImplementation((turn) => waiting.push(turn) > 0);
    vi.spyOn(FairTurns.prototype, 'end').mockImplementation(() =>
      waiting.forEach(({ refuse }) => refuse?.()),
    );
    connection.send(request);
    await expect.poll(() => waiting.length).toBe(1);
    const stopping = gateway.gateway.stop();
    await gateway.clock.timer((ms) => ms === 5_000);
    gateway.clock.advance(5_000);
    const answer = await connection.answer();
    expect(answer?.status).toBe(503);
    expect(JSON.parse(answer?.body ?? '')).toEqual(REFUSAL);
    await stopping;
  });

  it('answers a request that is not done in time with status 503 and Retry-After', async () => {
    await using gateway = await startGateway({
      shutdown: { limit: '10s' },
      freshness: { coldTimeout: '1m' },
      limits: { requestTimeout: '1m' },
    });
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => (release = resolve));
    gateway.simulator.fault({ endpoint: 'token', action: { kind: 'hold', until } });
    const arrived = gateway.simulator.nextCall({ endpoint: 'token' });
    using connection = await open(gateway);
    connection.send(post(QUERY));
    await arrived;
    const stopping = gateway.gateway.stop();
    await gateway.clock.timer((ms) => ms === 5_000);
    gateway.clock.advance(5_000);
    const answer = await connection.answer();
    expect(answer?.status).toBe(503);
    expect(answer?.headers.get('retry-after')).toBe('2');
    expect(answer?.headers.get('connection')).toBe('close');
    expect(JSON.parse(answer?.body ?? '')).toEqual(REFUSAL);
    await stopping;
    release();
    const line = gateway.log.find(({ path }) => path === '/graphql');
    expect(line).toMatchObject({ status: 503, outcome: 'error', codes: ['RATE_LIMITED'] });
    expect(gateway.log).toContainEqual(expect.objectContaining({ requests: 1, level: 'warn' }));
    expect(await gateway.metric('aam_gateway_rejected_requests_total{reason="stopping"}')).toBe(1);
  });
});
