import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { closeOnlyWhenSent } from '../../../src/server/http/closing.js';

/** More than the operating system takes for a client that does not read. */
const LONG = 24 * 1024 * 1024;

it('an answer is sent to its end, although the server closes its idle connections', async () => {
  const sending = new Set<Socket>();
  const server = createServer((request, response) => {
    if (request.url === '/long') {
      sending.add(request.socket);
      response.once('close', () => sending.delete(request.socket));
    }
    response.end(request.url === '/long' ? Buffer.alloc(LONG) : 'short', () => undefined);
  });
  closeOnlyWhenSent(server, () => sending);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const idle = connect(port, '127.0.0.1');
  idle.write('GET /short HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(idle, 'data');
  const slow = connect(port, '127.0.0.1');
  slow.pause();
  const asked = once(server, 'request');
  slow.write('GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await asked;
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  await once(idle, 'close');
  let received = 0;
  slow.on('data', (bytes: Buffer) => (received += bytes.length));
  slow.resume();
  await once(slow, 'close');
  expect(received).toBeGreaterThan(LONG);
  await closed;
});
