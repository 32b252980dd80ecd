import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mistakes, refusal } from './helpers.js';
import { parseConfig, type Config } from '../../src/config/index.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-config-'));
  file = join(folder, 'gateway.yaml');
});
afterEach(() => rm(folder, { recursive: true }));

function withName(value: string, env: NodeJS.ProcessEnv = {}): Config {
  return parseConfig(`customers:\n  - id: a\n    name: ${value}\n`, { file, env });
}
function nameOf(value: string, env: NodeJS.ProcessEnv = {}): string {
  return withName(value, env).customers[0]!.name;
}
function mistakesOf(value: string, env: NodeJS.ProcessEnv = {}): string[] {
  return refusal(`customers:\n  - id: a\n    name: ${value}\n`, { file, env }).problems.map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

describe('a reference', () => {
  it('is replaced by an environment variable', () => {
    expect(nameOf('${env:WHO}', { WHO: 'Acme' })).toBe('Acme');
  });

  it('is replaced by a file beside the configuration, without byte order mark and final line break', async () => {
    await mkdir(join(folder, 'secrets'));
    for (const [content, expected] of [
      ['Acme', 'Acme'],
      ['Acme\n', 'Acme'],
      ['\uFEFFAcme\r\n', 'Acme'],
    ] as const) {
      await writeFile(join(folder, 'secrets', 'who'), content);
      expect(nameOf('${file:secrets/who}')).toBe(expected);
      expect(nameOf(`\${file:${join(folder, 'secrets', 'who')}}`)).toBe(expected);
    }
  });

  it('may be anywhere in a value, and several times', async () => {
    await writeFile(join(folder, 'b'), 'B');
    expect(nameOf('"x-${env:A}-${file:b}-${env:A}"', { A: 'A' })).toBe('x-A-B-A');
  });

  it('may be used for numbers, durations and words', () => {
    const text =
      'listen: { port: "${env:PORT}" }\nfreshness: { ttl: "${env:N}h" }\ncustomers: [{ id: "${env:N}" }]';
    const config = parseConfig(text, { file, env: { PORT: '0', N: '2' } });
    expect([config.listen.port, config.freshness.ttlMs, config.customers[0]!.id]).toEqual([
      0,
      7_200_000,
      '2',
    ]);
  });

  it('inserts its value literally', () => {
    expect(nameOf('${env:A}', { A: '${env:B} $& $1 {x: y} # z' })).toBe('${env:B} $& $1 {x: y} # z');
  });

  it('does not begin with ${ alone', () => {
    expect(nameOf('"a${b"')).toBe('a${b');
  });

  it('that cannot be resolved is a mistake, reported with the variable or file', async () => {
    await writeFile(join(folder, 'empty'), '\n');
    await writeFile(join(folder, 'large'), 'x'.repeat(64 * 1024 + 1));
    await writeFile(join(folder, 'binary'), Buffer.from([0xff, 0xfe, 0x00]));
    const at = 'customers[0].name: ';
    const fileMistake = (name: string, problem: string): string[] => [
      `${at}the file ${join(folder, name)} ${problem}`,
    ];
    const remedy = '; ${file:PATH} needs a text file with the value';
    expect(mistakesOf('${env:WHO}')).toEqual([
      `${at}the environment variable WHO is not set; set it before starting`,
    ]);
    expect(mistakesOf('${env:WHO}', { WHO: '' })).toEqual([
      `${at}the environment variable WHO is empty; give it a value`,
    ]);
    expect(mistakesOf('${env:constructor}')).toHaveLength(1);
    expect(mistakesOf('${file:absent}')).toEqual(fileMistake('absent', `does not exist${remedy}`));
    expect(mistakesOf('${file:.}')).toEqual([`${at}the file ${folder} is a directory${remedy}`]);
    expect(mistakesOf('${file:empty}')).toEqual(fileMistake('empty', 'is empty; put the value into it'));
    expect(mistakesOf('${file:large}')).toEqual(fileMistake('large', `is larger than 64 KiB${remedy}`));
    expect(mistakesOf('${file:binary}')).toEqual(fileMistake('binary', `is not UTF-8 text${remedy}`));
  });

  it('may insert 64 KiB', async () => {
    await writeFile(join(folder, 'fits'), `${'x'.repeat(64 * 1024 - 1)}\n`);
    const text =
      'customers: [{ id: a, credentials: { type: server-to-server, clientId: c, clientSecret: "${file:fits}", orgId: o } }]';
    const credentials = parseConfig(text, { file, env: {} }).customers[0]!.credentials;
    expect(credentials).toMatchObject({ clientSecret: 'x'.repeat(64 * 1024 - 1) });
  });

  it.each([
    '${WHO}',
    '${env:}',
    '${env:a-b}',
    '${file:}',
    '${ENV:WHO}',
    '${}',
    '"${env:WHO"',
    '"${env: WHO}"',
  ])('that is malformed is a mistake: %s', (value) => {
    const [mistake, ...others] = mistakesOf(value, { WHO: 'Acme' });
    expect(mistake).toContain(
      'customers[0].name: contains a ${…} that is neither ${env:NAME} nor ${file:PATH}',
    );
    expect(others).toEqual([]);
  });

  it('is one mistake for each missing variable of a value', () => {
    expect(mistakesOf('"${env:A}${env:B}"').map((mistake) => /variable (\w)/.exec(mistake)?.[1])).toEqual([
      'A',
      'B',
    ]);
  });

  it('that cannot be resolved causes no other mistake, as an ID, a section, a list or a type', () => {
    expect(
      mistakes(
        'listen: "${env:A}"\naudienceManager: { password: { clientId: "${env:B}", clientSecret: "${env:C}" } }\n' +
          'customers: [{ id: "${env:D}", credentials: { type: "${env:E}" } }, { id: "${env:F}", destinations: "${env:G}" }]',
      ),
    ).toEqual(
      [
        ['listen', 'A'],
        ['audienceManager.password.clientId', 'B'],
        ['audienceManager.password.clientSecret', 'C'],
        ['customers[0].id', 'D'],
        ['customers[0].credentials.type', 'E'],
        ['customers[1].id', 'F'],
        ['customers[1].destinations', 'G'],
      ].map(([path, name]) => `${path}: the environment variable ${name} is not set; set it before starting`),
    );
  });

  it('reads the environment of the process by default', () => {
    const [name] =
      Object.entries(process.env).find(([key, value]) => /^\w+$/.test(key) && /^\w+$/.test(value ?? '')) ??
      [];
    const text = `customers: [{ id: "\${env:${name}}" }]`;
    expect(parseConfig(text, { file }).customers[0]!.id).toBe(process.env[name!]);
  });
});
