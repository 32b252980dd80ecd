import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuthority, issue } from '../support/certificates.js';
import { RunningCommand, TemporaryFolder, runCommand } from '../support/command.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';

function startGateway(tls: Record<string, string> | null = null): Promise<TestGateway> {
  const listen = { port: 0, ...(tls === null ? {} : { tls }) };
  return TestGateway.start({
    simulated: [passwordCustomer('acme', destination(314, 3))],
    config: { listen },
  });
}

describe('health', () => {
  it('finds a gateway by its configuration, mistakes elsewhere notwithstanding, and says that it is ready', async () => {
    await using gateway = await startGateway();
    const { port } = new URL(gateway.gateway.url);
    await gateway.write('gateway.yaml', `listen: { port: ${port} }\ncustomers: 7\n`);
    const result = await runCommand(['health', '--config', `${gateway.folder}/gateway.yaml`]);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toBe(
      `http://127.0.0.1:${port}\n  process   lives\n  requests  ready\n  storage   available\n`,
    );
  });

  it('asks nobody if the configuration does not say where the gateway listens', async () => {
    await using folder = await TemporaryFolder.create();
    const run = (): ReturnType<typeof runCommand> => runCommand(['health'], {}, folder.path);
    const refused = { code: 1, stdout: '' };
    await folder.write('gateway.yaml', 'listen: { port: 8443 }\ncustomers: [\n');
    expect(await run()).toMatchObject(refused);
    const { stderr } = await run();
    expect(stderr).toContain('is not valid YAML at line');
    expect(stderr).toContain('--url');
    await folder.write('gateway.yaml', 'include: [listen.yaml]\ncustomers: []\n');
    await folder.write('listen.yaml', 'listen: { port: 8443\n');
    expect((await run()).stderr).toContain('listen.yaml: is not valid YAML at line');
    await folder.write('listen.yaml', 'listen: { host: "${env:NO_SUCH_HOST}", port: 8443 }\n');
    expect((await run()).stderr).toContain('NO_SUCH_HOST');
  });

  it('reads no further files than it needs', async () => {
    await using gateway = await startGateway();
    const { port } = new URL(gateway.gateway.url);
    await gateway.write('broken.yaml', 'customers: [');
    await gateway.write('listen.yaml', `listen: { port: ${port} }`);
    for (const text of [
      `include: [broken.yaml]\nlisten: { port: ${port} }`,
      'include: [listen.yaml, broken.yaml]',
    ]) {
      await gateway.write('gateway.yaml', text);
      const result = await runCommand(['health', '--config', `${gateway.folder}/gateway.yaml`]);
      expect(result).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it('has its exit code, also if nobody reads what it prints', async () => {
    await using gateway = await startGateway();
    const stopping = gateway.gateway.stop({ delayMs: 5_000 });
    await using command = new RunningCommand(['health', '--url', gateway.gateway.url]);
    command.closeOutput();
    expect(await command.exit).toEqual({ code: 1, signal: null });
    expect(command.stderr).toBe('');
    gateway.clock.advance(5_000);
    await stopping;
  });

  it('says that a gateway is being stopped, with exit code 1, and that its process lives', async () => {
    await using gateway = await startGateway();
    const stopping = gateway.gateway.stop({ delayMs: 5_000 });
    const ready = await runCommand(['health', '--url', gateway.gateway.url]);
    expect(ready.code).toBe(1);
    expect(ready.stdout).toContain('requests  draining: it is being stopped');
    const alive = await runCommand(['health', '--live', '--url', gateway.gateway.url]);
    expect(alive.code).toBe(0);
    gateway.clock.advance(5_000);
    await stopping;
    const ended = await runCommand(['health', '--url', gateway.gateway.url]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/nothing listens there\. Start the gateway/);
  });

  it('accepts the own certificate of a gateway, and says if it is not that of the file', async () => {
    const authority = await createAuthority();
    const [used, other] = [await issue(authority), await issue(authority)];
    await using gateway = await startGateway({ cert: used.cert, key: used.key });
    const { port } = new URL(gateway.gateway.url);
    for (const [{ cert, key }, isOther] of [
      [used, false],
      [other, true],
    ] as const) {
      await gateway.write('cert.pem', cert);
      await gateway.write('key.pem', key);
      await gateway.write(
        'gateway.yaml',
        `listen: { port: ${port}, tls: { cert: cert.pem, key: key.pem } }\n`,
      );
      const result = await runCommand(['health', '--config', `${gateway.folder}/gateway.yaml`]);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout.includes('not the one of listen.tls.cert')).toBe(isOther);
    }
    const byUrl = await runCommand(['health', '--url', gateway.gateway.url]);
    expect(byUrl.code).toBe(1);
    expect(byUrl.stderr).toMatch(/certificate is not valid here/);
  });

  it('gives up what does not answer, and refuses what is no gateway', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/healthz' && !request.headers.host?.startsWith('localhost')) response.end('hello');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const wrong = await runCommand(['health', '--url', `http://127.0.0.1:${port}`]);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('another program may listen there');
    const silent = await runCommand(['health', '--timeout', '300ms', '--url', `http://localhost:${port}`]);
    expect(silent.code).toBe(1);
    expect(silent.stderr).toContain('has not answered within 300 ms');
  });

  it('refuses what is no address, no duration, and half a client certificate', async () => {
    await using folder = await TemporaryFolder.create();
    const key = await folder.write('key.pem', 'x');
    for (const args of [
      ['--url', 'gateway'],
      ['--url', 'https://gateway.example.com/base'],
      ['--timeout', 'soon'],
      ['--timeout', '30d'],
      ['--key', key],
    ]) {
      expect((await runCommand(['health', ...args])).code).toBe(2);
    }
    const notPem = await runCommand(['health', '--url', 'https://127.0.0.1:1', '--cert', key, '--key', key]);
    expect(notPem.code).toBe(1);
    expect(notPem.stderr).toMatch(/cannot be used .*: name PEM files/);
  });
});
