import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseConfig } from '../../../src/config/index.js';
import { rsaCertificate, type Certificate } from '../../support/certificates.js';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway, configTextFor } from '../../support/gateway.js';

const SIMULATED = [passwordCustomer('acme', destination(314, 3))];

let certificate: Certificate;
let renewed: Certificate;
beforeAll(async () => {
  [certificate, renewed] = [await rsaCertificate('first'), await rsaCertificate('second')];
});

async function start(): Promise<{ gateway: TestGateway; port: number }> {
  const config = { listen: { port: 0, tls: certificate } };
  const gateway = await TestGateway.start({ simulated: SIMULATED, config });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  return { gateway, port: Number(new URL(gateway.url).port) };
}

/** A connection as this client wants it. Rejects if the two cannot agree. */
async function secure(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: [certificate.cert, renewed.cert],
    ...options,
  });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

/** Lets a client use what is out of date. */
const OLD = ':@SECLEVEL=0';

const REFUSED: readonly (readonly [string, ConnectionOptions])[] = [
  ['CBC', { maxVersion: 'TLSv1.2', ciphers: `ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA${OLD}` }],
  [
    'a key exchange with RSA',
    { maxVersion: 'TLSv1.2', ciphers: `AES256-GCM-SHA384:AES128-GCM-SHA256${OLD}` },
  ],
  ['a key exchange with DHE', { maxVersion: 'TLSv1.2', ciphers: `DHE-RSA-AES256-GCM-SHA384${OLD}` }],
  ['TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: `DEFAULT${OLD}` }],
];

const ACCEPTED: readonly (readonly [string, ConnectionOptions, RegExp])[] = [
  ['TLS 1.3', { minVersion: 'TLSv1.3' }, /^TLS_/],
  ['TLS 1.2', { maxVersion: 'TLSv1.2' }, /^ECDHE-.*(GCM|CHACHA20)/],
  [
    'TLS 1.2 and AES-128',
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256' },
    /^ECDHE-.*AES128-GCM/,
  ],
  [
    'TLS 1.2 and ChaCha20',
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-CHACHA20-POLY1305' },
    /CHACHA20/,
  ],
];

describe.each([
  ['from the start', false],
  ['after its certificate was renewed', true],
])('a gateway with TLS, %s,', (_, isRenewed) => {
  async function started(): Promise<number> {
    const { gateway, port } = await start();
    if (!isRenewed) return port;
    const text = configTextFor(gateway.simulator, SIMULATED, undefined, {
      listen: { port: 0, tls: renewed },
    });
    gateway.gateway.reload(parseConfig(text, { file: join(gateway.folder, 'gateway.yaml'), env: {} }));
    return port;
  }

  it.each(REFUSED)('refuses a client that offers only %s', async (_name, options) => {
    await expect(secure(await started(), options)).rejects.toThrow(/alert|handshake|no ciphers|protocol/i);
  });

  it.each(ACCEPTED)('accepts %s', async (_name, options, cipher) => {
    const socket = await secure(await started(), options);
    expect(socket.getCipher().name).toMatch(cipher);
  });

  it('does not negotiate a second time', async () => {
    const socket = await secure(await started(), { maxVersion: 'TLSv1.2' });
    const error = await new Promise<Error | null>((resolve) => {
      socket.on('error', resolve);
      socket.renegotiate({}, resolve);
    });
    expect(error?.message).toMatch(/renegotiation/i);
  });
});

describe('the clients of these tests', () => {
  it('would get what they want from a server that allows everything', async () => {
    const server = createServer({
      ...certificate,
      minVersion: 'TLSv1',
      ciphers: `ALL${OLD}`,
      dhparam: 'auto',
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    for (const [, options] of REFUSED) expect((await secure(port, options)).encrypted).toBe(true);
    const socket = await secure(port, { maxVersion: 'TLSv1.2' });
    const error = await new Promise<Error | null>((resolve) => socket.renegotiate({}, resolve));
    expect(error).toBeNull();
  });
});
