import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, configFilePath, configSecrets, loadConfig } from '../../src/config/index.js';
import { parse, SMALLEST } from './helpers.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-config-'));
  file = join(folder, 'gateway.yaml');
});
afterEach(() => rm(folder, { recursive: true }));

async function refusalOf(path: string): Promise<ConfigError> {
  const outcome: unknown = await loadConfig(path, { env: {} }).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(ConfigError);
  return outcome as ConfigError;
}

describe('a configuration file', () => {
  it('is read with and without a byte order mark', async () => {
    await writeFile(file, `\uFEFF${SMALLEST}`);
    const { storage: _, ...expected } = parse(SMALLEST);
    expect(await loadConfig(file, { env: {} })).toMatchObject(expected);
  });

  it('that does not exist is refused with the remedy', async () => {
    const { problems, message } = await refusalOf(file);
    expect(problems).toEqual([
      {
        file: 'gateway.yaml',
        path: '',
        message:
          'there is no such file; copy gateway.example.yaml to this place and adapt it, or name another file with --config',
      },
    ]);
    expect(message).toContain(file);
  });

  it('that is a directory, too large or not UTF-8 is refused', async () => {
    const message = async (path: string): Promise<string[]> =>
      (await refusalOf(path)).problems.map((problem) => problem.message);
    expect(await message(folder)).toEqual(['is a directory']);
    await writeFile(file, '#'.repeat(16 * 2 ** 20 + 1));
    expect(await message(file)).toEqual(['is larger than 16 MiB']);
    await writeFile(file, Buffer.from(SMALLEST, 'utf16le').fill(0xff, 0, 1));
    expect(await message(file)).toEqual(['is not UTF-8 text']);
  });

  it('may have 3 MiB', async () => {
    const destinations = Array.from(
      { length: 100_000 },
      (_, index) => `      - { id: ${index}, name: D${index} }`,
    );
    await writeFile(file, `customers:\n  - id: acme\n    destinations:\n${destinations.join('\n')}\n`);
    expect((await stat(file)).size).toBeGreaterThan(3 * 2 ** 20);
    const { customers } = await loadConfig(file, { env: {} });
    expect(customers[0]!.destinations).toHaveLength(100_000);
    expect(customers[0]!.destinations.at(-1)).toMatchObject({ id: '99999', name: 'D99999' });
  });

  it('with mistakes is refused with all of them', async () => {
    await writeFile(file, 'listen: { port: x, host: 0.0.0.0 }\ncustomers: []');
    const { problems } = await refusalOf(file);
    expect(problems.map(({ path }) => path)).toEqual(['listen.port', 'listen.host', 'customers']);
  });

  it('may allow other machines to call with the option insecure', async () => {
    await writeFile(file, `listen: { host: 0.0.0.0 }\n${SMALLEST}`);
    expect((await loadConfig(file, { env: {}, insecure: true })).listen.host).toBe('0.0.0.0');
  });
});

describe('the example file', () => {
  it('is a valid configuration with the default values, once its secrets exist', async () => {
    await writeFile(file, await readFile(resolve(import.meta.dirname, '../../gateway.example.yaml')));
    await mkdir(join(folder, 'secrets'));
    await writeFile(join(folder, 'secrets', 'globex'), 'globex-secret\n');
    const env = {
      AAM_CLIENT_ID: 'partner',
      AAM_CLIENT_SECRET: 'partner-secret',
      ACME_AAM_PASSWORD: 'acme-secret',
    };
    const config = await loadConfig(file, { env });

    const { customers, audienceManager, ...rest } = config;
    const { customers: _, audienceManager: defaultAudienceManager, ...defaultRest } = parse(SMALLEST);
    const storage = { ...defaultRest.storage, path: join(folder, 'data', 'gateway.db') };
    expect(rest).toEqual({ ...defaultRest, storage });
    expect(audienceManager).toEqual({
      ...defaultAudienceManager,
      password: {
        baseUrl: 'https://api.demdex.com/v1',
        tokenUrl: 'https://api.demdex.com/oauth/token',
        clientId: 'partner',
        clientSecret: 'partner-secret',
      },
    });
    expect(configSecrets(config)).toEqual(['partner-secret', 'acme-secret', 'globex-secret']);
    expect(customers.map(({ id, name, destinations }) => [id, name, destinations])).toEqual([
      [
        'acme',
        'Acme Retail',
        [
          { id: '314', name: null, type: null, segmentIdType: 'SID', format: null },
          { id: '315', name: 'Acme onsite retargeting', type: null, segmentIdType: 'AUTO', format: null },
        ],
      ],
      [
        'globex',
        'Globex Media',
        [{ id: '566', name: null, type: null, segmentIdType: 'AUTO', format: null }],
      ],
      [
        'initech',
        'Initech',
        [
          {
            id: '900',
            name: 'Initech CRM audiences',
            type: 'SERVER_TO_SERVER',
            segmentIdType: 'AUTO',
            format: null,
          },
        ],
      ],
    ]);
    expect(customers[2]!.credentials).toBeNull();
  });

  it('is refused with its missing secrets', async () => {
    await writeFile(file, await readFile(resolve(import.meta.dirname, '../../gateway.example.yaml')));
    expect((await refusalOf(file)).problems.map(({ path }) => path)).toEqual([
      'audienceManager.password.clientId',
      'audienceManager.password.clientSecret',
      'customers[0].credentials.password',
      'customers[1].credentials.clientSecret',
    ]);
  });
});

describe('the path of the configuration file', () => {
  it('is taken from the command line, else the environment, else it is gateway.yaml in the working directory', () => {
    const env = { GATEWAY_CONFIG: 'from-env.yaml' };
    expect(configFilePath('/etc/flag.yaml', env, '/srv')).toBe('/etc/flag.yaml');
    expect(configFilePath('flag.yaml', env, '/srv')).toBe('/srv/flag.yaml');
    expect(configFilePath(undefined, env, '/srv')).toBe('/srv/from-env.yaml');
    expect(configFilePath(undefined, { GATEWAY_CONFIG: '' }, '/srv')).toBe('/srv/gateway.yaml');
    expect(configFilePath(undefined, {}, '/srv')).toBe('/srv/gateway.yaml');
  });
});
