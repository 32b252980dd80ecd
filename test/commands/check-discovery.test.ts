import { describe, expect, it } from 'vitest';
import { RunningCommand } from '../support/command.js';
import { ConfiguredFolder } from '../support/configured-folder.js';
import { destination, passwordCustomer } from '../support/customers.js';

const ACME = passwordCustomer('acme', destination(1, 3), destination(2, 4));
const HOOLI = passwordCustomer('hooli', destination(7, 1));
const DISCOVERING = [{ id: 'acme', discovery: { exclude: { ids: [2] } } }, { id: 'hooli' }];

describe('check of a customer whose destinations are discovered', () => {
  it('reads those that Audience Manager lists and the configuration selects', async () => {
    await using place = await ConfiguredFolder.create([ACME, HOOLI], {}, DISCOVERING);
    const { code, stdout } = await place.run(['check']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/acme.* 1 .*Destination 1.* 3 .*ok, discovered/);
    expect(stdout).toMatch(/hooli.* 7 .*ok/);
    expect(stdout).not.toContain('Destination 2');
  });

  it('warns where none are listed or selected, with exit code 0', async () => {
    await using place = await ConfiguredFolder.create([passwordCustomer('acme'), HOOLI], {}, [
      { id: 'acme', discovery: {} },
      { id: 'hooli', discovery: { include: { ids: [99] } } },
    ]);
    const { code, stdout } = await place.run(['check']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/acme.*ok, but no destinations/);
    expect(stdout).toContain('Warning: Audience Manager lists no destinations');
    expect(stdout).toContain(
      'Warning: Audience Manager lists destinations, but none that include and exclude',
    );
  });

  it('says why they cannot be listed, and checks the others', async () => {
    await using place = await ConfiguredFolder.create([ACME, HOOLI], {}, DISCOVERING);
    place.simulator.fault({ endpoint: 'destinations', action: { kind: 'status', status: 403 } });
    const { code, stdout } = await place.run(['check']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/acme.*\(none\).*AAM_FORBIDDEN/);
    expect(stdout).toContain('The credentials may not list destinations');
    expect(stdout).toMatch(/hooli.* 7 .*ok/);
  });

  it('prints what is known at Ctrl-C, with exit code 1', async () => {
    await using place = await ConfiguredFolder.create([ACME, HOOLI], {}, DISCOVERING);
    place.simulator.fault({ customer: 'hooli', endpoint: 'mappings', action: { kind: 'hang' } });
    const listed = place.simulator.nextCall({ customer: 'acme', endpoint: 'mappings' });
    const hanging = place.simulator.nextCall({ customer: 'hooli', endpoint: 'mappings' });
    await using command = new RunningCommand(['check', '--config', place.config]);
    await Promise.all([listed, hanging]);
    command.kill('SIGINT');
    const { code } = await command.exit;
    await command.prints(/hooli.* 7 .*not finished/);
    expect(code).toBe(1);
  });
});

describe('leftovers of a customer whose destinations are discovered', () => {
  it('are not those that were found and are served', async () => {
    await using place = await ConfiguredFolder.create([ACME], {}, [{ id: 'acme', discovery: {} }]);
    const query = (at: string): string =>
      `{ segment(customerId: "acme", destinationId: "${at}", segmentId: "1001") { name } }`;
    {
      await using gateway = place.serve();
      const url = await gateway.url();
      for (const at of ['1', '2']) {
        const body = JSON.stringify({ query: query(at) });
        const headers = { 'content-type': 'application/json' };
        expect(await (await fetch(url, { method: 'POST', headers, body })).json()).toEqual({
          data: { segment: { name: 'Segment 1' } },
        });
      }
      gateway.kill('SIGTERM');
      await gateway.exit;
    }
    expect((await place.run(['leftovers'])).stdout).toContain('Nothing is left over');
    await place.configure({}, DISCOVERING.slice(0, 1));
    expect((await place.run(['leftovers'])).stdout).toMatch(/acme .* 2 /);
  });
});
