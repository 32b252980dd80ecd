import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { SimulatorCustomer } from '../../src/simulator/index.js';
import { RunningCommand, TemporaryFolder, runCommand } from '../support/command.js';
import { ConfiguredFolder } from '../support/configured-folder.js';
import { destination, passwordCustomer } from '../support/customers.js';
import type { TestCustomer } from '../support/gateway.js';
import { postQuery } from '../support/graphql-request.js';
import { begun } from '../support/waiting.js';

const SIMULATED: SimulatorCustomer[] = [
  passwordCustomer('acme', destination(314, 3)),
  passwordCustomer('globex', destination(566, 3)),
];

const ACME: TestCustomer = { id: 'acme' };
const GLOBEX: TestCustomer = { id: 'globex' };

const NAME = '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }';
const CUSTOMERS = '{ customers { nodes { id } } }';

describe('serve', () => {
  it('prints its URL, answers queries, and exits with code 0 on SIGTERM', async () => {
    await using place = await ConfiguredFolder.create(SIMULATED);
    await using gateway = place.serve();
    const url = await gateway.url();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/);
    expect(await postQuery(url, NAME)).toEqual({ data: { segment: { label: 'Segment 1' } } });
    gateway.kill('SIGTERM');
    expect(await gateway.exit).toEqual({ code: 0, signal: null });
    expect(gateway.stdout).toContain('gateway has stopped');
    expect(gateway.stderr).toBe('');
  });

  it('stays on SIGUSR2, and says that it has no workers', async () => {
    await using place = await ConfiguredFolder.create(SIMULATED);
    await using gateway = place.serve('--workers', '1');
    const url = await gateway.url();
    gateway.kill('SIGUSR2');
    await gateway.prints(/there are no workers to replace/);
    expect(await postQuery(url, NAME)).toEqual({ data: { segment: { label: 'Segment 1' } } });
  });

  it('goes on without its log if the program that reads it goes away, and says so once', async () => {
    await using place = await ConfiguredFolder.create(SIMULATED);
    await using gateway = place.serve();
    const url = await gateway.url();
    gateway.closeOutput();
    for (let count = 0; count < 3; count += 1) {
      // A query that fails is logged.
      expect(await postQuery(url, '{')).toHaveProperty('errors');
    }
    await gateway.prints(/the log cannot be written/);
    expect(await postQuery(url, NAME)).toEqual({ data: { segment: { label: 'Segment 1' } } });
    gateway.kill('SIGTERM');
    expect(await gateway.exit).toEqual({ code: 0, signal: null });
    expect(gateway.stderr.match(/\n/g)).toHaveLength(1);
  });

  it('finds its configuration by GATEWAY_CONFIG, else as gateway.yaml in the working directory', async () => {
    await using place = await ConfiguredFolder.create(SIMULATED);
    const starts = [
      () => new RunningCommand(['serve'], { GATEWAY_CONFIG: place.config }),
      () => new RunningCommand(['serve'], {}, place.folder.path),
    ];
    // One after the other, because both have the same database.
    for (const start of starts) {
      await using gateway = start();
      expect(await postQuery(await gateway.url(), NAME)).toMatchObject({ data: {} });
    }
  });

  it('completes a request in flight before it stops', async () => {
    await using place = await ConfiguredFolder.create(SIMULATED);
    await using gateway = place.serve();
    const url = await gateway.url();
    let release = (): void => undefined;
    place.simulator.fault({
      endpoint: 'mappings',
      action: { kind: 'hold', until: new Promise((resolve) => (release = resolve)) },
    });
    const arrived = place.simulator.nextCall({ endpoint: 'mappings' });
    const answer = begun(postQuery(url, NAME));
    await arrived;
    gateway.kill('SIGTERM');
    await gateway.prints(/gateway is stopping/);
    await expect(postQuery(url, NAME)).rejects.toThrow();
    release();
    expect(await answer).toEqual({ data: { segment: { label: 'Segment 1' } } });
    expect(await gateway.exit).toEqual({ code: 0, signal: null });
  });

  it('exits at once on a second signal', async () => {
    await using place = await ConfiguredFolder.create(SIMULATED);
    await using gateway = place.serve();
    const url = await gateway.url();
    place.simulator.fault({ endpoint: 'mappings', action: { kind: 'hang' } });
    const arrived = place.simulator.nextCall({ endpoint: 'mappings' });
    const answer = postQuery(url, NAME).catch(() => 'cut off');
    await arrived;
    gateway.kill('SIGTERM');
    await gateway.prints(/gateway is stopping/);
    gateway.kill('SIGTERM');
    expect(await gateway.exit).toEqual({ code: 1, signal: null });
    expect(await answer).toBe('cut off');
  });

  it('applies changed customers on SIGHUP, keeps known names, and refuses an invalid file', async () => {
    await using place = await ConfiguredFolder.create(SIMULATED, {}, [ACME]);
    await using gateway = place.serve();
    const url = await gateway.url();
    await postQuery(url, NAME);

    await place.configure({}, [GLOBEX, ACME]);
    gateway.kill('SIGHUP');
    await gateway.prints(/configuration reloaded/);
    expect(await postQuery(url, CUSTOMERS)).toEqual({
      data: { customers: { nodes: [{ id: 'acme' }, { id: 'globex' }] } },
    });
    expect(await postQuery(url, NAME)).toEqual({ data: { segment: { label: 'Segment 1' } } });
    expect(place.simulator.listings({ customer: 'acme' })).toBe(1);

    await place.folder.write('gateway.yaml', 'customers:\n  - id: ""\n    nmae: X\n');
    gateway.kill('SIGHUP');
    const [, problems] = await gateway.prints(/"problems":(\[.*?\]),"msg":"configuration refused/);
    expect(problems).toContain('customers[0].id');
    expect(problems).toContain('customers[0].nmae');
    expect(await postQuery(url, CUSTOMERS)).toEqual({
      data: { customers: { nodes: [{ id: 'acme' }, { id: 'globex' }] } },
    });
  });

  it('lists every mistake of a configuration, with exit code 1 and no stack trace', async () => {
    await using folder = await TemporaryFolder.create();
    const config = await folder.write(
      'gateway.yaml',
      [
        'listen: { host: 0.0.0.0, port: 70000 }',
        'freshness: { ttl: soon }',
        'customers:',
        '  - id: acme',
        '    credentials: { type: password, username: u, password: "${env:NO_SUCH_VARIABLE}" }',
        '    destinations: [{ id: 314 }, { id: 314 }]',
      ].join('\n'),
    );
    const { code, stdout, stderr } = await runCommand(['serve', '--config', config]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    for (const path of [
      'listen.host',
      'listen.port',
      'freshness.ttl',
      'customers[0].credentials.password',
      'customers[0].destinations[1].id',
      'audienceManager.password.clientId',
    ]) {
      expect(stderr).toContain(path);
    }
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('reports that its port is in use, with exit code 1', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await using place = await ConfiguredFolder.create(SIMULATED, { listen: { port } });
    const { code, stderr } = await place.run(['serve']);
    await new Promise((resolve) => taken.close(resolve));
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      `aam-gateway: Port ${port} of 127.0.0.1 is in use: stop the other program, or choose another listen.port (0 picks a free one).`,
    ]);
  });

  it('listens beyond loopback only with --insecure', async () => {
    await using place = await ConfiguredFolder.create(SIMULATED, { listen: { host: '0.0.0.0', port: 0 } });
    const refused = await place.run(['serve']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('--insecure');
    await using gateway = place.serve('--insecure');
    expect(await gateway.url()).toMatch(/^http:\/\/0\.0\.0\.0:\d+/);
  });
});
