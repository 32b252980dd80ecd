import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { NewConnections } from '../../../src/server/http/new-connections.js';
import { Metrics } from '../../../src/telemetry/metrics.js';
import { createAuthority, issue, type Certificate } from '../../support/certificates.js';
import { destination, passwordCustomer } from '../../support/customers.js';
import { FakeClock } from '../../support/fake-clock.js';
import { TestGateway } from '../../support/gateway.js';
import { onFastify } from '../fast-path-support.js';

const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
const IDLE_MS = 75_000;

let authority: Certificate;
let certificate: Certificate;
beforeAll(async () => {
  authority = await createAuthority();
  certificate = await issue(authority, { name: 'localhost' });
});

interface World {
  readonly gateway: TestGateway;
  readonly server: HttpServer;
  readonly port: number;
}

async function start(listen: object = {}): Promise<World> {
  const instances: FastifyInstance[] = [];
  using _ = onFastify((instance) => instances.push(instance));
  const gateway = await TestGateway.start({
    simulated: [passwordCustomer('acme', destination(314, 3))],
    config: { listen: { port: 0, ...listen } },
  });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  return { gateway, server: instances[0]!.server, port: Number(new URL(gateway.url).port) };
}

/** A connection, and what came of it. */
interface Connection {
  readonly socket: Socket;
  received: string;
  isClosed: boolean;
}

function watch(socket: Socket): Connection {
  const connection: Connection = { socket, received: '', isClosed: false };
  socket.on('error', () => undefined);
  socket.on('data', (data: Buffer) => (connection.received += data.toString()));
  socket.on('close', () => (connection.isClosed = true));
  onTestFinished(() => void socket.destroy());
  return connection;
}

async function open(port: number): Promise<Connection> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return watch(socket);
}

async function openTls(port: number): Promise<Connection> {
  const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: authority.cert });
  await once(socket, 'secureConnect');
  return watch(socket);
}

/** Waits until `happened`, while whoever needs the event loop gets it. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await setImmediate();
}

/** Sends a request, so that the gateway has seen whatever was sent before on other connections. */
async function ask({ socket }: Connection): Promise<string> {
  let text = '';
  socket.on('data', (data: Buffer) => (text += data.toString()));
  socket.write(HEALTH);
  await until(() => text.includes('"ok"'));
  return text;
}

const KINDS = [
  ['plain HTTP', () => start(), open],
  ['TLS', () => start({ tls: certificate }), openTls],
] as const;

describe.each(KINDS)('a new connection, by %s', (_, startGateway, connectTo) => {
  it('that is silent gets no answer, lasts, and can be used later', async () => {
    const { gateway, server, port } = await startGateway();
    const silent = await connectTo(port);
    const halting = await connectTo(port);
    halting.socket.write('POST /graphql HTTP/1.1\r\nHost: lo');
    // Node.js gives up headers after so long, and at once looks for connections where they are late.
    server.headersTimeout = 1;
    await until(() => halting.isClosed);
    expect(halting.received).toMatch(/^HTTP\/1\.1 408 /);
    expect(silent).toMatchObject({ received: '', isClosed: false });
    server.headersTimeout = 10_000;
    gateway.clock.advance(IDLE_MS - 1_000);
    await setImmediate();
    expect(await ask(silent)).toMatch(/^HTTP\/1\.1 200 /);
    gateway.clock.advance(10 * IDLE_MS);
    expect(await ask(silent)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('that is silent for too long is closed without an answer', async () => {
    const { gateway, port } = await startGateway();
    const silent = await connectTo(port);
    const used = await connectTo(port);
    await ask(used);
    gateway.clock.advance(IDLE_MS - 1_000);
    await setImmediate();
    expect(silent.isClosed).toBe(false);
    gateway.clock.advance(2_000);
    await until(() => silent.isClosed);
    expect(silent.received).toBe('');
    expect(await ask(used)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('that has sent nothing but line breaks does not last longer', async () => {
    const { gateway, port } = await startGateway();
    const connection = await connectTo(port);
    const other = await connectTo(port);
    connection.socket.write('\r\n');
    await ask(other);
    gateway.clock.advance(IDLE_MS + 1_000);
    await until(() => connection.isClosed);
    expect(connection.received).toBe('');
  });

  it('does not hold up the end of the gateway', async () => {
    const { gateway, port } = await startGateway();
    const silent = await connectTo(port);
    const used = await connectTo(port);
    await ask(used);
    const before = performance.now();
    await gateway.gateway.stop();
    expect(performance.now() - before).toBeLessThan(5_000);
    await until(() => silent.isClosed && used.isClosed);
  });
});

describe('a connection between two requests', () => {
  it('lasts for listen.idleTimeout', async () => {
    const { server } = await start({ idleTimeout: '90s' });
    expect(server.keepAliveTimeout).toBe(90_000);
  });

  it('gives up headers that are late', async () => {
    const { server, port } = await start();
    const connection = await open(port);
    await ask(connection);
    server.headersTimeout = 1;
    connection.socket.write('GET /healthz HTT');
    await until(() => connection.isClosed);
    expect(connection.received).toMatch(/HTTP\/1\.1 408 /);
  });
});

describe('a TLS handshake', () => {
  it('may begin late, but may not stall', async () => {
    const { gateway, port } = await start({ tls: certificate });
    const silent = await open(port);
    const stalling = await open(port);
    // The beginning of a client's first message.
    stalling.socket.write(Buffer.from('16030100c8010000c40303', 'hex'));
    const used = await openTls(port);
    await ask(used);
    gateway.clock.advance(1_000);
    gateway.clock.advance(5_000);
    await until(() => stalling.isClosed);
    expect(silent.isClosed).toBe(false);
    const secure = connectTls({ socket: silent.socket, servername: 'localhost', ca: authority.cert });
    await once(secure, 'secureConnect');
    expect(await ask(watch(secure))).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('does not hold up the end of the gateway', async () => {
    const { gateway, port } = await start({ tls: certificate });
    const silent = await open(port);
    const used = await openTls(port);
    await ask(used);
    const before = performance.now();
    await gateway.gateway.stop();
    expect(performance.now() - before).toBeLessThan(5_000);
    await until(() => silent.isClosed);
  });
});

describe('more connections than the gateway takes', () => {
  it('cost those their connection that have opened it first and have not used it', async () => {
    const metrics = new Metrics();
    const connections = new NewConnections({
      idleTimeoutMs: IDLE_MS,
      maxConnections: 3,
      clock: new FakeClock(),
      metrics,
    });
    const server = createServer((request, response) => {
      connections.used(request.socket);
      response.end('ok');
    });
    connections.superviseAll(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      connections.close(0);
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const used = await open(port);
    used.socket.write(HEALTH);
    await until(() => used.received !== '');
    const first = await open(port);
    const second = await open(port);
    const third = await open(port);
    await until(() => first.isClosed);
    expect([used, second, third].map(({ isClosed }) => isClosed)).toEqual([false, false, false]);
    for (const connection of [second, third]) {
      connection.socket.write(HEALTH);
      await until(() => connection.received !== '');
    }
    // All are used: there is no room.
    const last = await open(port);
    await until(() => last.isClosed);
    expect((await metrics.rejections.get()).values.filter(({ value }) => value > 0)).toMatchObject([
      { labels: { reason: 'too_many_connections' }, value: 2 },
    ]);
  });
});
