import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Served {
  readonly url: string;
  /** Resolves when a connection is closed by the client. */
  readonly closed: Promise<void>;
  readonly asked: Promise<unknown>;
}

/** Serves on loopback until the test ends. */
export async function serve(listener: RequestListener): Promise<Served> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const closed = new Promise<void>((resolve) => {
    server.on('connection', (socket) => socket.on('close', () => resolve()));
  });
  const asked = once(server, 'request');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, closed, asked };
}
