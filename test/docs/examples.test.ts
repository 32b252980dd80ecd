import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig, type Config } from '../../src/config/index.js';
import { sampleCustomers } from '../../src/simulator/index.js';
import { createAuthority, issue } from '../support/certificates.js';
import { TemporaryFolder } from '../support/command.js';
import { TestGateway, type TestCustomer } from '../support/gateway.js';
import { USER_PAGES, blocksOf, type Block } from './markdown.js';

const BLOCKS = USER_PAGES.flatMap(blocksOf);

/** Names an example in a test's title by its file and the beginning of its text. */
function titled(blocks: readonly Block[]): [title: string, block: Block][] {
  return blocks.map((block) => [`${block.file}: ${block.text.replaceAll(/\s+/g, ' ').slice(0, 60)}`, block]);
}

describe('queries and mutations in the documentation', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    const { customers, gatewayCustomers } = sampleCustomers();
    const configured = gatewayCustomers.map((customer): TestCustomer => ({
      ...customer,
      credentials: customer.credentials === undefined ? null : { ...customer.credentials },
      // The gateway's own default, which is not that of test gateways.
      destinations: customer.destinations.map((each) => ({ segmentIdType: 'AUTO', ...each })),
    }));
    gateway = await TestGateway.start({ simulated: customers, customers: configured });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  /** A JSON block directly behind an operation holds its answer (`data`) or its variables. */
  function jsonBehind(block: Block): Record<string, unknown> {
    const next = BLOCKS[BLOCKS.indexOf(block) + 1];
    if (next?.language !== 'json' || next.file !== block.file) return {};
    return JSON.parse(next.text) as Record<string, unknown>;
  }

  const operations = BLOCKS.filter(({ language }) => language === 'graphql');

  it('are there, the first of the README with its answer', () => {
    expect(operations.length).toBeGreaterThanOrEqual(10);
    expect(operations[0]?.file).toBe('README.md');
    expect(jsonBehind(operations[0]!)).toHaveProperty('data');
  });

  it.each(titled(operations))('%s', async (_, block) => {
    const json = jsonBehind(block);
    const hasAnswer = 'data' in json;
    const answer = await gateway.query(block.text, hasAnswer ? {} : json);
    expect(answer.errors).toBeUndefined();
    if (hasAnswer) expect(answer).toEqual(json);
    for (const value of Object.values(answer.data ?? {})) expect(value).not.toBeNull();
    if (/\blabel\b/.test(block.text)) expect(JSON.stringify(answer.data)).toMatch(/"label":"\S/);
  });
});

describe('configurations in the documentation', () => {
  const SMALLEST = { customers: [{ id: 'acme' }, { id: 'globex' }] };
  let folder: TemporaryFolder;

  beforeAll(async () => {
    folder = await TemporaryFolder.create();
    await mkdir(join(folder.path, 'customers'));
  });

  afterAll(async () => {
    await folder[Symbol.asyncDispose]();
  });

  /** Writes what an example refers to beside the configuration; environment variables get values. */
  async function surroundingsOf(text: string): Promise<NodeJS.ProcessEnv> {
    const authority = await createAuthority();
    const { cert, key } = await issue(authority);
    const files = new Map([
      ['gateway.crt', cert],
      ['gateway.key', key],
      ['clients.crt', authority.cert],
      ['company.crt', authority.cert],
      ['persisted-documents.json', JSON.stringify({ abc: 'query Customers { customers { totalCount } }' })],
      [
        'access.yaml',
        "access: { apiKeys: [{ name: ui, sha256: '" + '0'.repeat(64) + "', customers: all }] }",
      ],
      ['customers/initech.yaml', 'customers: [{ id: initech }]'],
    ]);
    const referred = [...text.matchAll(/\$\{file:([^}]+)\}/g)].map(([, path = '']) => path);
    for (const [name, content] of files) await folder.write(name, content);
    for (const path of referred)
      await folder.write(baseName(path), 'a secret of more than thirty-two characters');
    const variables = [...text.matchAll(/\$\{env:(\w+)\}/g)].map(([, name = '']) => name);
    return Object.fromEntries(
      variables.map((name) => [
        name,
        name.endsWith('_URL') ? 'postgres://user:password@host/names' : 'value',
      ]),
    );
  }

  /** An example may be a whole configuration or some sections of one. */
  async function parseExample(text: string): Promise<Config> {
    const env = await surroundingsOf(text);
    // The folder has no folders.
    const flat = text.replaceAll(/\b(?:tls|secrets)\/(?=[\w.-]+)/g, '');
    const isWhole = 'customers' in (parse(flat) as object);
    const whole = isWhole ? flat : `${flat}\ncustomers: ${JSON.stringify(SMALLEST.customers)}\n`;
    return parseConfig(whole, { file: join(folder.path, 'gateway.yaml'), env });
  }

  const examples = BLOCKS.filter(({ language }) => language === 'yaml');

  it.each(titled(examples))('%s', async (_, { text }) => {
    expect((await parseExample(text)).customers.length).toBeGreaterThan(0);
  });

  it('are there, one of them in the README', () => {
    expect(examples.length).toBeGreaterThanOrEqual(6);
    expect(examples.some(({ file }) => file === 'README.md')).toBe(true);
  });

  it('are checked: one with an unknown key fails', async () => {
    await expect(parseExample('limits: { depht: 3 }')).rejects.toThrow('did you mean depth?');
  });
});

it('the configuration for several gateways in compose/ is valid and has the sample customers that work', () => {
  const env = {
    POSTGRES_PASSWORD: 'password',
    DATABASE_URL: 'postgres://gateway:password@postgres/names',
    TOKEN_ENCRYPTION_KEY: 'a key of at least thirty-two characters',
  };
  const file = 'compose/gateway.yaml';
  const config = parseConfig(readFileSync(file, 'utf8'), { file, env, insecure: true });
  expect(config.storage.engine).toBe('postgres');
  const { gatewayCustomers } = sampleCustomers();
  const works = (key: string): boolean => !['hooli 800', 'globex 569'].includes(key);
  const keysOf = (customers: readonly { id: string; destinations: readonly { id: unknown }[] }[]): string[] =>
    customers.flatMap(({ id, destinations }) => destinations.map((each) => `${id} ${String(each.id)}`));
  expect(keysOf(config.customers)).toEqual(keysOf(gatewayCustomers).filter(works));
});

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
