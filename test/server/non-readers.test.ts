import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { beforeAll, afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';

/** More than the operating system takes for a client that does not read, in bytes. */
const ANSWER_BYTES = 16 * 1024 * 1024;
const SEGMENTS = 8_000;
const DESCRIPTION = 'd'.repeat(2_400);
const CHECK_MS = 250;
const KEY = 'key-of-a-reader';

const TOO_SLOW = 'aam_gateway_rejected_requests_total{reason="too_slow"}';

const NAMES = {
  query: `query Long($ids: [ID!]!) {
    segments(customerId: "acme", destinationId: "314", segmentIds: $ids) { mappingId name description }
  }`,
  variables: { ids: Array.from({ length: SEGMENTS }, (_, index) => String(1001 + index)) },
};
const SHORT = { query: '{ customers { totalCount } }' };

describe('a client that does not read', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    const mappings = Array.from({ length: SEGMENTS }, (_, index) => ({
      mappingId: 1001 + index,
      sid: 80_000 + index,
      name: `Segment ${index}`,
      description: DESCRIPTION,
    }));
    gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 0, { mappings }))],
      config: { access: { apiKeys: [entryOf(KEY, 'reader', 'all')] } },
      headers: { 'x-api-key': KEY },
    });
    const { body } = await gateway.post(NAMES);
    expect(JSON.stringify(body).length).toBeGreaterThan(ANSWER_BYTES);
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  /** Sends these bytes, and reads nothing. */
  function send(bytes: string): { socket: Socket; closed: Promise<unknown> } {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.pause();
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    socket.write(bytes);
    // Half of what was sent may have arrived when the gateway closes the connection.
    return { socket, closed: once(socket, 'close') };
  }

  function post(body: object): string {
    const text = JSON.stringify(body);
    return `POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: ${KEY}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
  }

  /** Lets time go by until so many clients were given up in all. */
  async function untilTooSlow(count: number): Promise<number> {
    const before = gateway.clock.now();
    while ((await gateway.metric(TOO_SLOW)) < count) {
      gateway.clock.advance(CHECK_MS);
      await setImmediate();
    }
    return gateway.clock.now() - before;
  }

  it.each([
    ['on the full path', () => post(NAMES)],
    ['on the fast path', () => post(NAMES)],
    ['and sends further requests', () => post(NAMES) + post(SHORT).repeat(5)],
    ['an export as CSV', () => exportOf('csv')],
    ['an export as NDJSON', () => exportOf('ndjson')],
  ])('loses its connection %s', async (_, bytes) => {
    const given = await gateway.metric(TOO_SLOW);
    const short = 'aam_gateway_graphql_requests_total{operation="(anonymous)",outcome="ok"}';
    const answered = await gateway.metric(short);
    const { socket, closed } = send(bytes());
    const ms = await untilTooSlow(given + 1);
    expect(ms).toBeGreaterThanOrEqual(34_000);
    // The end of the connection is noticed when everything before it has been read.
    socket.resume();
    await closed;
    expect(socket.bytesRead).toBeLessThan(ANSWER_BYTES);
    expect(await gateway.metric(short)).toBe(answered);
    expect(gateway.log.find(({ msg }) => String(msg).includes('limits.slowestBody'))).toBeDefined();
    expect((await gateway.post(SHORT)).status).toBe(200);
  });

  it('does not keep others from short answers, and not for long from long ones', async () => {
    const sent = Array.from({ length: 12 }, (_, index) =>
      send(post({ ...NAMES, query: `${NAMES.query} # ${index}` })),
    );
    const refused = 'aam_gateway_rejected_requests_total{reason="overloaded"}';
    while ((await gateway.metric(refused)) === 0) {
      expect((await gateway.post(SHORT)).status).toBe(200);
    }
    gateway.clock.advance(2_000);
    expect((await gateway.post(NAMES)).status).toBe(200);
    for (const { socket } of sent) socket.destroy();
  });

  function exportOf(format: string): string {
    return `GET /export/acme/314.${format} HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: ${KEY}\r\n\r\n`;
  }
});
