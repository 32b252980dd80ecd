import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';
import { RawConnection } from '../support/raw-connection.js';

const CONNECTIONS = 1_000;

/**
 * So many requests of the other caller may be answered before one that was sent after all of them: those that were begun at
 * once, those of the turn of the event loop in which this one is begun, and those of the one in which its answer is read.
 */
const MAX_BEFORE = 3 * 64;

const HOSTILE = 'key-of-a-hostile-caller';
const NORMAL = 'key-of-a-normal-caller';
const QUERY = '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }';

function post(key: string, query = QUERY): string {
  const body = JSON.stringify({ query });
  return `POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: ${key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';

describe('a caller with a thousand connections', () => {
  let gateway: TestGateway;
  let crowd: RawConnection[];
  let other: RawConnection;

  beforeAll(async () => {
    gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 3))],
      config: { access: { apiKeys: [entryOf(HOSTILE, 'hostile', 'all'), entryOf(NORMAL, 'normal', 'all')] } },
    });
    const open = (): Promise<RawConnection> => RawConnection.open(gateway.gateway.url);
    other = await open();
    crowd = [];
    while (crowd.length < CONNECTIONS) crowd.push(await open());
    // From the second time on, the fast path answers.
    for (const key of [HOSTILE, NORMAL, HOSTILE, NORMAL]) {
      other.send(post(key));
      expect((await other.answer())?.status).toBe(200);
    }
  });
  afterAll(async () => {
    for (const connection of [...crowd, other]) connection[Symbol.dispose]();
    await gateway[Symbol.asyncDispose]();
  });

  /** Has the crowd send its requests, and then the other one. @returns how many of the crowd were answered before it */
  async function answeredBefore(requestOf: (index: number) => string, request: string): Promise<number> {
    let answered = 0;
    const answers = crowd.map(async (connection, index) => {
      connection.send(requestOf(index));
      const answer = await connection.answer();
      answered += 1;
      return answer?.status;
    });
    other.send(request);
    expect((await other.answer())?.status).toBe(200);
    const before = answered;
    const statuses = new Set(await Promise.all(answers));
    expect(statuses.size).toBe(1);
    return before;
  }

  it('does not make another one wait for what is answered on the fast path', async () => {
    expect(await answeredBefore(() => post(HOSTILE), post(NORMAL))).toBeLessThanOrEqual(MAX_BEFORE);
  });

  it('nor for what is not', async () => {
    const fresh = (index: number): string => post(HOSTILE, `{ customers { totalCount } } #${index}`);
    expect(await answeredBefore(fresh, post(NORMAL))).toBeLessThanOrEqual(MAX_BEFORE);
  });

  it('has one turn, whatever unknown keys it makes up', async () => {
    const unknown = (index: number): string => post(`made-up-key-${index}`);
    expect(await answeredBefore(unknown, post(NORMAL))).toBeLessThanOrEqual(MAX_BEFORE);
  });

  it('does not make a health check wait', async () => {
    expect(await answeredBefore(() => post('made-up-key'), HEALTH)).toBeLessThanOrEqual(MAX_BEFORE);
  });

  it('causes no work with requests whose connections it has closed', async () => {
    const quick = (): Promise<number> => gateway.metric('aam_gateway_quick_answers_total{kind="repeated"}');
    const connections = await Promise.all(
      Array.from({ length: 100 }, () => RawConnection.open(gateway.gateway.url)),
    );
    onTestFinished(() => connections.forEach((connection) => connection[Symbol.dispose]()));
    const before = await quick();
    for (const connection of connections) connection.send(post(HOSTILE));
    for (const connection of connections) connection[Symbol.dispose]();
    for (let turn = 0; turn < 50; turn += 1) await setImmediate();
    expect((await quick()) - before).toBeLessThan(connections.length / 2);
  });
});
