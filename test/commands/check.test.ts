import { describe, expect, it } from 'vitest';
import type { SimulatorCustomer } from '../../src/simulator/index.js';
import { ConfiguredFolder } from '../support/configured-folder.js';
import { destination, passwordCustomer, serverToServerCustomer } from '../support/customers.js';
import type { TestCustomer } from '../support/gateway.js';

const SIMULATED: SimulatorCustomer[] = [
  passwordCustomer('acme', destination(314, 3), destination(315, 4, { type: 'PUSH' })),
  serverToServerCustomer('globex', destination(566, 5), destination(569, 1, { forbidden: true })),
  passwordCustomer('hooli', destination(800, 1)),
];

const ALL: TestCustomer[] = [
  { id: 'acme' },
  { id: 'globex', destinations: [{ id: 566 }, { id: 569 }, { id: 999 }] },
  { id: 'hooli', credentials: { type: 'password', username: 'hooli-user', password: 'a wrong password' } },
  { id: 'initech', credentials: null, destinations: [{ id: 900, name: 'CRM' }] },
];

describe('check', () => {
  it('prints which destinations can be read, and remedies for the others, with exit code 1', async () => {
    await using place = await ConfiguredFolder.create(SIMULATED, {}, ALL);
    const { code, stdout, stderr } = await place.run(['check']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const tableLineOf = (id: string): string =>
      stdout.split('\n').find((line) => line.includes(` ${id} `)) ?? '';
    expect(tableLineOf('314')).toMatch(/acme.*Destination 314.*SERVER_TO_SERVER.* 3 .* ms .*ok/);
    expect(tableLineOf('315')).toMatch(/URL.* 4 .*ok/);
    expect(tableLineOf('566')).toMatch(/globex.* 5 .*ok/);
    expect(tableLineOf('569')).toContain('AAM_FORBIDDEN');
    expect(tableLineOf('999')).toContain('AAM_NOT_FOUND');
    expect(tableLineOf('800')).toContain('AAM_AUTH_FAILED');
    expect(tableLineOf('900')).toContain('manual');
    expect(stdout).toContain('3 of 7 failed.');
    for (const remedy of ['AAM_FORBIDDEN: Ask', 'AAM_NOT_FOUND: Check', 'AAM_AUTH_FAILED: Check']) {
      expect(stdout).toContain(remedy);
    }
    expect(stdout).not.toContain('a wrong password');
    expect(place.simulator.count({ endpoint: 'token' })).toBe(3);
  });

  it('waits for the retries of a host that cannot be reached, and prints the other hosts too', async () => {
    const customers = [{ id: 'acme' }, { id: 'globex', destinations: [{ id: 566 }] }];
    await using place = await ConfiguredFolder.create(SIMULATED);
    const tokenUrl = place.simulator.serverToServerTokenUrl;
    const serverToServer = { baseUrl: 'http://127.0.0.1:9/v1', tokenUrl };
    await place.configure({ audienceManager: { serverToServer } }, customers);
    const { code, stdout, stderr } = await place.run(['check']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/acme.* 314 .*ok/);
    expect(stdout).toMatch(/globex.* 566 .*AAM_UNAVAILABLE/);
    expect(stdout).toContain('ECONNREFUSED');
  });

  it('prints the same as JSON, with exit code 0 if everything can be read', async () => {
    const customers = [{ id: 'acme' }, { id: 'hooli', destinations: [] }, ALL[3]!];
    await using place = await ConfiguredFolder.create(SIMULATED, {}, customers);
    const { code, stdout } = await place.run(['check', '--json']);
    expect(code).toBe(0);
    const results = JSON.parse(stdout) as Record<string, unknown>[];
    expect(results).toMatchObject([
      {
        customer: 'acme',
        destination: '314',
        type: 'SERVER_TO_SERVER',
        status: 'ok',
        segments: 3,
        code: null,
      },
      { customer: 'acme', destination: '315', type: 'URL', status: 'ok', segments: 4 },
      { customer: 'hooli', destination: null, status: 'ok', segments: null },
      { customer: 'initech', destination: '900', name: 'CRM', status: 'manual' },
    ]);
  });
});
