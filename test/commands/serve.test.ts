import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { AudienceManagerSimulator, type SimulatorCustomer } from '../../src/simulator/index.js';
import { RunningCommand, TemporaryFolder, runCommand } from '../support/command.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { configTextFor, type TestCustomer } from '../support/gateway.js';

const SIMULATED: SimulatorCustomer[] = [
  passwordCustomer('acme', destination(314, 3)),
  passwordCustomer('globex', destination(566, 3)),
];

const ACME: TestCustomer = { id: 'acme' };
const GLOBEX: TestCustomer = { id: 'globex' };

async function ask(url: string, query: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ query }),
  });
  return await response.json();
}

const NAME = '{ segment(customerId: "acme", destinationId: "314", id: "1001") { label } }';
const CUSTOMERS = '{ customers { nodes { id } } }';

async function urlOf(command: RunningCommand): Promise<string> {
  return (await command.prints(/"url":"([^"]+)"/))[1] ?? '';
}

describe('serve', () => {
  it('prints its URL, answers queries, and exits with code 0 on SIGTERM', async () => {
    await using simulator = await AudienceManagerSimulator.start({ customers: SIMULATED });
    await using folder = await TemporaryFolder.create();
    const config = await folder.write('gateway.yaml', configTextFor(simulator, SIMULATED));
    await using gateway = new RunningCommand(['serve', '--config', config]);
    const url = await urlOf(gateway);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/);
    expect(await ask(url, NAME)).toEqual({ data: { segment: { label: 'Segment 1' } } });
    gateway.kill('SIGTERM');
    expect(await gateway.exit).toEqual({ code: 0, signal: null });
    expect(gateway.stdout).toContain('gateway has stopped');
    expect(gateway.stderr).toBe('');
  });

  it('finds its configuration by GATEWAY_CONFIG, else as gateway.yaml in the working directory', async () => {
    await using simulator = await AudienceManagerSimulator.start({ customers: SIMULATED });
    await using folder = await TemporaryFolder.create();
    const config = await folder.write('gateway.yaml', configTextFor(simulator, SIMULATED));
    await using byVariable = new RunningCommand(['serve'], { GATEWAY_CONFIG: config });
    await using byPlace = new RunningCommand(['serve'], {}, folder.path);
    expect(await ask(await urlOf(byVariable), NAME)).toMatchObject({ data: {} });
    expect(await ask(await urlOf(byPlace), NAME)).toMatchObject({ data: {} });
  });

  it('completes a request in flight before it stops', async () => {
    await using simulator = await AudienceManagerSimulator.start({ customers: SIMULATED });
    await using folder = await TemporaryFolder.create();
    const config = await folder.write('gateway.yaml', configTextFor(simulator, SIMULATED));
    await using gateway = new RunningCommand(['serve', '--config', config]);
    const url = await urlOf(gateway);
    let release = (): void => undefined;
    simulator.fault({
      endpoint: 'mappings',
      action: { kind: 'hold', until: new Promise((resolve) => (release = resolve)) },
    });
    const arrived = simulator.nextCall({ endpoint: 'mappings' });
    const answer = ask(url, NAME);
    await arrived;
    gateway.kill('SIGTERM');
    await gateway.prints(/gateway is stopping/);
    await expect(ask(url, NAME)).rejects.toThrow();
    release();
    expect(await answer).toEqual({ data: { segment: { label: 'Segment 1' } } });
    expect(await gateway.exit).toEqual({ code: 0, signal: null });
  });

  it('exits at once on a second signal', async () => {
    await using simulator = await AudienceManagerSimulator.start({ customers: SIMULATED });
    await using folder = await TemporaryFolder.create();
    const config = await folder.write('gateway.yaml', configTextFor(simulator, SIMULATED));
    await using gateway = new RunningCommand(['serve', '--config', config]);
    const url = await urlOf(gateway);
    simulator.fault({ endpoint: 'mappings', action: { kind: 'hang' } });
    const arrived = simulator.nextCall({ endpoint: 'mappings' });
    const answer = ask(url, NAME).catch(() => 'cut off');
    await arrived;
    gateway.kill('SIGTERM');
    await gateway.prints(/gateway is stopping/);
    gateway.kill('SIGTERM');
    expect(await gateway.exit).toEqual({ code: 1, signal: null });
    expect(await answer).toBe('cut off');
  });

  it('applies changed customers on SIGHUP, keeps known names, and refuses an invalid file', async () => {
    await using simulator = await AudienceManagerSimulator.start({ customers: SIMULATED });
    await using folder = await TemporaryFolder.create();
    const write = (customers: TestCustomer[]): Promise<string> =>
      folder.write('gateway.yaml', configTextFor(simulator, SIMULATED, customers));
    const config = await write([ACME]);
    await using gateway = new RunningCommand(['serve', '--config', config]);
    const url = await urlOf(gateway);
    await ask(url, NAME);

    await write([GLOBEX, ACME]);
    gateway.kill('SIGHUP');
    await gateway.prints(/configuration reloaded/);
    expect(await ask(url, CUSTOMERS)).toEqual({
      data: { customers: { nodes: [{ id: 'acme' }, { id: 'globex' }] } },
    });
    expect(await ask(url, NAME)).toEqual({ data: { segment: { label: 'Segment 1' } } });
    expect(simulator.listings({ customer: 'acme' })).toBe(1);

    await folder.write('gateway.yaml', 'customers:\n  - id: ""\n    nmae: X\n');
    gateway.kill('SIGHUP');
    const [, problems] = await gateway.prints(/"problems":(\[.*?\]),"msg":"configuration refused/);
    expect(problems).toContain('customers[0].id');
    expect(problems).toContain('customers[0].nmae');
    expect(await ask(url, CUSTOMERS)).toEqual({
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
    await using simulator = await AudienceManagerSimulator.start({ customers: SIMULATED });
    await using folder = await TemporaryFolder.create();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const text = configTextFor(simulator, SIMULATED, undefined, { listen: { port } });
    const { code, stderr } = await runCommand([
      'serve',
      '--config',
      await folder.write('gateway.yaml', text),
    ]);
    await new Promise((resolve) => taken.close(resolve));
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      `aam-gateway: Port ${port} of 127.0.0.1 is in use: stop the other program, or choose another listen.port (0 picks a free one).`,
    ]);
  });

  it('listens beyond loopback only with --insecure', async () => {
    await using simulator = await AudienceManagerSimulator.start({ customers: SIMULATED });
    await using folder = await TemporaryFolder.create();
    const text = configTextFor(simulator, SIMULATED, undefined, { listen: { host: '0.0.0.0', port: 0 } });
    const config = await folder.write('gateway.yaml', text);
    const refused = await runCommand(['serve', '--config', config]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('--insecure');
    await using gateway = new RunningCommand(['serve', '--config', config, '--insecure']);
    expect(await urlOf(gateway)).toMatch(/^http:\/\/0\.0\.0\.0:\d+/);
  });
});
