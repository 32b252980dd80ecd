import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { key, type KeyOptions } from '../../src/commands/key.js';
import { parse as parseConfig } from '../config/helpers.js';
import { runCommand } from '../support/command.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { withKey } from '../support/keys.js';

interface Printed {
  readonly secret: string;
  /** Lines for the configuration. */
  readonly lines: string;
}

function partsOf(output: string): Printed {
  const [, secret = ''] = /^ {2}(\S+)$/m.exec(output) ?? [];
  return { secret, lines: output.slice(output.indexOf('\naccess:') + 1) };
}

function createKey(options: Partial<KeyOptions> = {}): Printed {
  let output = '';
  key({ name: 'ui', customers: 'all', permissions: 'read', ...options }, (text) => (output += text));
  return partsOf(output);
}

describe('key', () => {
  it('prints a key and the configuration lines that allow it', async () => {
    const { code, stdout, stderr } = await runCommand([
      'key',
      '--name=reporting-ui',
      '--customers=acme, globex',
      '--permissions=read,refresh',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { secret, lines } = partsOf(stdout);
    expect(secret).toMatch(/^agk_[\w-]{43}$/);
    expect(parse(lines)).toEqual({
      access: {
        apiKeys: [
          {
            name: 'reporting-ui',
            sha256: createHash('sha256').update(secret).digest('hex'),
            customers: ['acme', 'globex'],
            permissions: ['read', 'refresh'],
          },
        ],
      },
    });
    expect(stdout.split(secret)).toHaveLength(2);
    expect(stdout).toContain('shown only once');
    expect(stdout).toContain('SIGHUP');
  });

  it('by default creates a key that may read all customers', async () => {
    const { stdout } = await runCommand(['key', '--name', 'ui']);
    expect(parse(partsOf(stdout).lines)).toMatchObject({
      access: { apiKeys: [{ customers: 'all', permissions: ['read'] }] },
    });
  });

  it('creates a key that works once its lines are in the configuration', async () => {
    const { secret, lines } = createKey({ customers: 'acme' });
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 3))],
      config: parse(lines) as { access: Record<string, unknown> },
    });
    const query = '{ segment(customerId: "acme", destinationId: "314", segmentId: "1001") { label } }';
    const { status, body } = await gateway.post({ query }, withKey(secret));
    expect([status, body]).toEqual([200, { data: { segment: { label: 'Segment 1' } } }]);
    expect((await gateway.post({ query }, withKey(`${secret}x`))).status).toBe(401);
  });

  it('never creates the same key twice', () => {
    const secrets = Array.from({ length: 100 }, () => createKey().secret);
    expect(new Set(secrets).size).toBe(100);
  });

  it.each([
    'Reporting: the UI # 2',
    'yes',
    'null',
    '0123',
    'it\'s "quoted"',
    '- a',
    '{ a }',
    '*alias',
    '&anchor',
    '!tag',
    '@home',
    '%',
    'Ünïcode 🛒',
    'x'.repeat(255),
  ])('quotes the name %j so that the configuration contains it unchanged', (name) => {
    const { lines } = createKey({ name, customers: `${name},other` });
    const { access } = parseConfig(`${lines}\ncustomers: [{ id: other }]\n`);
    expect(access?.apiKeys[0]).toMatchObject({ name, customers: [name, 'other'], permissions: ['read'] });
  });

  it.each([
    [['key'], '--name'],
    [['key', '--name='], '--name is empty: give the name of the caller.'],
    [['key', '--name', '  '], '--name is empty: give the name of the caller.'],
    [
      ['key', '--name', 'two\nlines'],
      '--name cannot be used in the configuration: must be 1 to 255 characters',
    ],
    [
      ['key', '--name', 'x'.repeat(256)],
      '--name cannot be used in the configuration: must be 1 to 255 characters',
    ],
    [
      ['key', '--name', '${env:USER}'],
      '--name cannot be used in the configuration: the environment variable',
    ],
    [
      ['key', '--name', 'ui', '--permissions', 'write'],
      '--permissions takes one or more of read, refresh, import, metrics, explore',
    ],
    [['key', '--name', 'ui', '--permissions', 'read,all'], '--permissions takes one or more of'],
    [['key', '--name', 'ui', '--permissions', ','], '--permissions takes one or more of'],
    [
      ['key', '--name', 'ui', '--customers', ' '],
      '--customers takes customer IDs separated by commas, or only the word all.',
    ],
    [
      ['key', '--name', 'ui', '--customers', 'all,acme'],
      '--customers takes customer IDs separated by commas, or only the word all.',
    ],
    [
      ['key', '--name', 'ui', '--customers', 'a\tb'],
      '--customers cannot be used in the configuration: must be 1 to 255 characters',
    ],
    [['key', '--name', 'ui', 'more'], 'too many arguments'],
  ])('%j is one line on standard error and exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await runCommand(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(message);
  });
});
