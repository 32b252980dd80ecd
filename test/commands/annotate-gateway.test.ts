import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { RunningCommand } from '../support/command.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { configTextFor } from '../support/gateway.js';
import { InProcess, objectsOf } from './in-process.js';
import { commandFolder } from './support.js';

/** An API key of a caller. */
const KEY = 'agk_the-key-of-the-report-0123456789';

describe('annotate with a running gateway', () => {
  it('asks it for the names, with a key, and says what the key may not see', async () => {
    const simulated = [
      passwordCustomer('acme', destination(314, 3)),
      passwordCustomer('globex', destination(314, 3), destination(566, 2)),
    ];
    await using simulator = await AudienceManagerSimulator.start({ customers: simulated });
    const sha256 = createHash('sha256').update(KEY).digest('hex');
    const access = { apiKeys: [{ name: 'report', sha256, customers: ['acme'] }] };
    await using place = new InProcess(
      await commandFolder(configTextFor(simulator, simulated, undefined, { access })),
    );
    await using serve = new RunningCommand(['serve'], {}, place.folder.path);
    const { origin } = new URL(await serve.url());
    await place.folder.write('key.txt', `${KEY}\n`);
    const file = 's3_314_iter_1790000000000.sync';
    // Destination 314 has the mapping IDs 1001 to 1003.
    await place.folder.write(file, '38 1001,1003 999999\n39 1002 \n');
    const result = await place.run('annotate', file, '--gateway', origin, '--key-file', 'key.txt');
    expect(result.code, result.stderr).toBe(0);
    const objects = objectsOf(result.stdout) as { segments: { name: string | null; change: string }[] }[];
    expect(
      objects.map(({ segments }) => segments.map(({ name, change }) => `${change} ${name ?? '?'}`)),
    ).toEqual([['ENTERED Segment 1', 'ENTERED Segment 3', 'LEFT ?'], ['ENTERED Segment 2']]);
    const keyless = await place.run('annotate', file, '--gateway', origin);
    expect(keyless).toMatchObject({ code: 1, stdout: '' });
    expect(keyless.stderr).toMatch(/wants a valid key: give it with --key, --key-file or .*AAM_GATEWAY_KEY/);
    const hidden = await place.run(
      'annotate',
      file,
      '--destination',
      '566',
      '--gateway',
      origin,
      '--key',
      KEY,
    );
    expect(hidden.code).toBe(1);
    expect(hidden.stderr).toMatch(/knows no destination 566 that this key may see/);
    expect(hidden.stderr).not.toContain(KEY);
  });
});
