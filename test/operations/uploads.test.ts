import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { needing } from '../support/programs.js';
import { Balancer, NGINX } from './balancers.js';

const MIB = 1024 * 1024;

describe.skipIf(NGINX === null)(needing('nginx in front of gateways', { nginx: NGINX }), () => {
  it('lets through the largest file of a customer, and nothing of this size to other addresses', async () => {
    // Stands for a gateway: says how much has arrived, and as which host it was called.
    const server = createServer((request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => (bytes += chunk.length));
      request.on('end', () => response.end(JSON.stringify({ bytes, host: request.headers.host })));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const port = await freePort();
    try {
      await using balancer = await Balancer.nginx(port, [(server.address() as AddressInfo).port]);
      const send = (path: string, size: number): Promise<Response> =>
        fetch(new URL(path, balancer.url), { method: 'POST', body: new Uint8Array(size) });
      const file = await send('/import/acme/314', 64 * MIB);
      expect(await file.json()).toEqual({ bytes: 64 * MIB, host: `127.0.0.1:${port}` });
      expect((await send('/graphql', MIB)).status).toBe(200);
      expect((await send('/graphql', 3 * MIB)).status).toBe(413);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
