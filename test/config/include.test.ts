import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, loadConfigWithFiles, type Config } from '../../src/config/index.js';
import { TemporaryFolder } from '../support/command.js';

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await TemporaryFolder.create();
});
afterEach(() => folder[Symbol.asyncDispose]());

async function write(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(folder.pathOf(name)), { recursive: true });
    await writeFile(folder.pathOf(name), content);
  }
}

async function load(files: Readonly<Record<string, string | Buffer>>, env = {}): Promise<Config> {
  await write(files);
  return (await loadConfigWithFiles(folder.pathOf('gateway.yaml'), { env })).config;
}

async function refusal(files: Readonly<Record<string, string | Buffer>>): Promise<ConfigError> {
  const outcome: unknown = await load(files).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(ConfigError);
  return outcome as ConfigError;
}

/** The mistakes as `file: path: message`, with F for the folder. */
async function mistakes(files: Readonly<Record<string, string | Buffer>>): Promise<string[]> {
  const { problems } = await refusal(files);
  return problems.map(({ file, path, message }) =>
    `${file}: ${path}: ${message}`.replaceAll(folder.path, 'F'),
  );
}

const idsOf = ({ customers }: Config): string[] => customers.map(({ id }) => id);

describe('included files', () => {
  it('add their customers in order: those of the file, then those of each pattern by name', async () => {
    const config = await load({
      'gateway.yaml': 'include: [z.yaml, customers/*.yaml]\ncustomers: [{ id: own }]',
      'z.yaml': 'customers: [{ id: z1 }, { id: z2 }]',
      'customers/b.yaml': 'customers: [{ id: b }]',
      'customers/a.yaml': 'include: ["sub/?.yaml"]\ncustomers: [{ id: a }]',
      'customers/sub/x.yaml': 'customers: [{ id: x }]',
    });
    expect(idsOf(config)).toEqual(['own', 'z1', 'z2', 'a', 'x', 'b']);
  });

  it('may hold all customers and any other section', async () => {
    const config = await load({
      'gateway.yaml': 'include: [customers.yaml, limits.yaml]',
      'customers.yaml': 'customers: [{ id: acme }]',
      'limits.yaml': 'limits: { depth: 7 }\nfreshness: { ttl: 5m }',
    });
    expect([idsOf(config), config.limits.depth, config.freshness.ttlMs]).toEqual([['acme'], 7, 300_000]);
  });

  it('have paths relative to themselves, in references and in keys', async () => {
    const config = await load({
      'gateway.yaml':
        'include: [shared/storage.yaml, shared/access.yaml]\ncustomers: [{ id: "${file:name}" }]',
      name: 'own',
      'shared/storage.yaml': 'storage: { sqlite: db/gateway.db }\ncustomers: [{ id: "${file:name}" }]',
      'shared/name': 'shared',
      'shared/access.yaml':
        'access: { jwt: { issuer: i, audience: a, jwksFile: set.json }, trustedDocuments: docs.json }',
      'shared/set.json': '{"keys":[{"kty":"RSA"}]}',
      'shared/docs.json': '{"id":"{ __typename }"}',
    });
    expect(idsOf(config)).toEqual(['own', 'shared']);
    expect(config.storage).toMatchObject({ path: folder.pathOf('shared/db/gateway.db') });
    expect(config.access?.trustedDocuments?.documents).toEqual({ id: '{ __typename }' });
  });

  it('are found by references, by **, through links, and not if their names begin with a dot', async () => {
    await write({
      'volume/..data/linked.yaml': 'customers: [{ id: linked }]',
      'volume/.hidden.yaml': 'customers: [{ id: hidden }]',
      'volume/deep/er/deep.yaml': 'customers: [{ id: deep }]',
      'volume/folder.yaml/note.txt': '',
      'volume/other.yml': 'customers: [{ id: other }]',
    });
    await symlink('..data/linked.yaml', folder.pathOf('volume/linked.yaml'));
    const config = await load(
      { 'gateway.yaml': 'include: ["${env:DIR}/**/*.yaml"]' },
      { DIR: folder.pathOf('volume') },
    );
    expect(idsOf(config)).toEqual(['deep', 'linked']);
  });

  it('that are named twice are read once', async () => {
    await write({ 'a.yaml': 'customers: [{ id: a }]', 'gateway.yaml': '' });
    await symlink('a.yaml', folder.pathOf('b.yaml'));
    const config = await load({ 'gateway.yaml': 'include: [a.yaml, ./a.yaml, b.yaml, "?.yaml"]' });
    expect(idsOf(config)).toEqual(['a']);
  });

  it('may be none: a pattern may match nothing in a folder that exists', async () => {
    await mkdir(folder.pathOf('customers'));
    const config = await load({
      'gateway.yaml': 'include: [customers/*.yaml, customers/*/more.yaml]\ncustomers: [{ id: a }]',
    });
    expect(idsOf(config)).toEqual(['a']);
    expect(idsOf(await load({ 'gateway.yaml': 'include:\ncustomers: [{ id: a }]' }))).toEqual(['a']);
  });

  it('may be links that lead nowhere, but not links that lead to themselves', async () => {
    await mkdir(folder.pathOf('customers'));
    await symlink('nowhere', folder.pathOf('customers/gone.yaml'));
    const files = { 'gateway.yaml': 'include: ["customers/*.yaml"]\ncustomers: [{ id: own }]' };
    expect(idsOf(await load(files))).toEqual(['own']);
    await symlink('loop.yaml', folder.pathOf('customers/loop.yaml'));
    expect(await mistakes(files)).toEqual([
      'gateway.yaml: include[0]: the file F/customers/loop.yaml is a symbolic link that leads to itself; correct it, or move it away',
    ]);
    await write({ 'gateway.yaml': 'include: ["*/x*/*.yaml"]\ncustomers: [{ id: own }]' });
    await symlink('xloop', folder.pathOf('customers/xloop'));
    expect(await mistakes({})).toEqual([
      expect.stringMatching(
        /include\[0\]: the folder of the pattern .* is a symbolic link that leads to itself/,
      ),
    ]);
  });

  it('are reported with everything that was read or looked for', async () => {
    await write({
      'gateway.yaml': 'include: [customers/*.yaml]\nlisten: { tls: { cert: c, key: k } }',
      'customers/a.yaml': 'customers: [{ id: "${file:../id}" }]',
      id: 'acme',
    });
    const { sources } = await refusal({});
    expect([...sources.files.keys()].sort()).toEqual(
      ['gateway.yaml', 'customers/a.yaml', 'id', 'c', 'k'].map((name) => folder.pathOf(name)).sort(),
    );
    expect([...sources.folders.keys()]).toEqual([folder.pathOf('customers')]);
    expect(sources.patterns).toMatchObject([{ files: [folder.pathOf('customers/a.yaml')] }]);
  });
});

describe('a mistake', () => {
  const MAIN = 'include: [customers/*.yaml]\ncustomers: [{ id: own }]\n';

  it.each<[what: string, files: Record<string, string | Buffer>, expected: string[]]>([
    [
      'an ID twice, in two files',
      {
        'gateway.yaml': MAIN,
        'customers/a.yaml': 'customers: [{ id: acme }]',
        'customers/b.yaml': 'customers: [{ id: b }, { id: acme }, { id: own }]',
      },
      [
        'customers/b.yaml: customers[1].id: "acme" is the same as customers[0].id in customers/a.yaml; every customer needs an ID of its own',
        'customers/b.yaml: customers[2].id: "own" is the same as customers[0].id in gateway.yaml; every customer needs an ID of its own',
      ],
    ],
    [
      'an ID twice in one file',
      {
        'gateway.yaml': MAIN,
        'customers/a.yaml':
          'customers: [{ id: a b }, { id: x, destinations: [{ id: 1 }, { id: 1 }] }, { id: a b }]',
      },
      [
        'customers/a.yaml: customers[1].destinations[1].id: "1" is the same as customers[1].destinations[0].id; every destination of a customer needs an ID of its own',
        'customers/a.yaml: customers[2].id: "a b" is the same as customers[0].id; every customer needs an ID of its own',
      ],
    ],
    [
      'a section in two files',
      { 'gateway.yaml': `# first\nlimits: {}\n${MAIN}`, 'customers/a.yaml': '\n\n\nlimits: { depth: 3 }' },
      [
        'customers/a.yaml: limits: is given twice, at line 2 of gateway.yaml and at line 4 of customers/a.yaml; keep one',
      ],
    ],
    [
      'a syntax error in the second file, beside a mistake in the first',
      {
        'gateway.yaml': `listen: { port: x }\n${MAIN}`,
        'customers/a.yaml': 'customers:\n  - id: a\n\tname: b',
      },
      [
        'gateway.yaml: listen.port: must be a whole number from 0 to 65535, not x',
        'customers/a.yaml: : is not valid YAML at line 3, column 1: tabs cannot indent; use spaces',
      ],
    ],
    [
      'a wrong value in the second file',
      {
        'gateway.yaml': MAIN,
        'customers/a.yaml': 'customers: [{ id: a, nmae: x }, { name: "${env:NONE}" }]',
      },
      [
        'customers/a.yaml: customers[0].nmae: is not a known key; did you mean name?',
        'customers/a.yaml: customers[1].id: is missing; it must be 1 to 255 characters without control characters and without blanks at either end',
        'customers/a.yaml: customers[1].name: the environment variable NONE is not set; set it before starting',
      ],
    ],
    [
      'customers that are no list',
      { 'gateway.yaml': MAIN, 'customers/a.yaml': 'customers: { id: a }' },
      ['customers/a.yaml: customers: must be a list of customers'],
    ],
    [
      'an empty file',
      { 'gateway.yaml': MAIN, 'customers/a.yaml': '# not yet\n' },
      ['customers/a.yaml: : is empty; list at least one customer under customers:'],
    ],
    [
      'a binary file',
      { 'gateway.yaml': MAIN, 'customers/a.yaml': Buffer.from([0xff, 0xfe, 0, 1]) },
      [
        'gateway.yaml: include[0]: the file F/customers/a.yaml is not UTF-8 text; correct it, or move it away',
      ],
    ],
    [
      'a file that is too large',
      { 'gateway.yaml': MAIN, 'customers/a.yaml': '#'.repeat(16 * 2 ** 20 + 1) },
      [
        'gateway.yaml: include[0]: the file F/customers/a.yaml is larger than 16 MiB; correct it, or move it away',
      ],
    ],
    [
      'a path that does not exist',
      { 'gateway.yaml': 'include: [b.yaml, no/c.yaml]\ncustomers: [{ id: a }]' },
      [
        'gateway.yaml: include[0]: the file F/b.yaml does not exist; correct the path or the file',
        'gateway.yaml: include[1]: the file F/no/c.yaml does not exist; correct the path or the file',
      ],
    ],
    [
      'a path of a folder',
      { 'gateway.yaml': 'include: [customers]\ncustomers: [{ id: a }]', 'customers/a.yaml': '' },
      ['gateway.yaml: include[0]: the file F/customers is a directory; correct the path or the file'],
    ],
    [
      'a pattern in a folder that does not exist',
      { 'gateway.yaml': 'include: ["nowhere/*.yaml"]\ncustomers: [{ id: a }]' },
      [
        'gateway.yaml: include[0]: the folder of the pattern "nowhere/*.yaml" does not exist; correct it, or create the folder',
      ],
    ],
    [
      'a file that includes itself',
      { 'gateway.yaml': 'include: [gateway.yaml, "*.yaml"]\ncustomers: [{ id: a }]' },
      [
        'gateway.yaml: include[0]: includes this file itself; remove the line',
        'gateway.yaml: include[1]: includes this file itself; put the files to include into a folder of their own',
      ],
    ],
    [
      'a circle',
      {
        'gateway.yaml': 'include: [a/a.yaml]\ncustomers: [{ id: own }]',
        'a/a.yaml': 'include: [b.yaml]',
        'a/b.yaml': 'include: [../gateway.yaml]',
      },
      [
        'a/b.yaml: include[0]: includes the file F/gateway.yaml, which includes this one; remove one of the lines',
      ],
    ],
    [
      'include that is no list',
      { 'gateway.yaml': 'include: a.yaml\ncustomers: [{ id: a }]' },
      ['gateway.yaml: include: must be a list of files or patterns such as customers/*.yaml'],
    ],
    [
      'an item that is no path',
      { 'gateway.yaml': 'include: ["", [a], "${env:NONE}"]\ncustomers: [{ id: a }]' },
      [
        'gateway.yaml: include[0]: must be the path of a file or a pattern such as customers/*.yaml',
        'gateway.yaml: include[1]: must be the path of a file or a pattern such as customers/*.yaml',
        'gateway.yaml: include[2]: the environment variable NONE is not set; set it before starting',
      ],
    ],
  ])('is %s, reported with its file, path and remedy', async (_, files, expected) => {
    expect(await mistakes(files)).toEqual(expected);
  });

  it('in an included file is shown with the names of the files', async () => {
    const { message } = await refusal({
      'gateway.yaml': `limits: { depth: x }\n${MAIN}`,
      'customers/a.yaml': 'customers: [{ id: own }]',
    });
    expect(message.replaceAll(folder.path, 'F').split('\n')).toEqual([
      'F/gateway.yaml and the files that it includes have 2 mistakes:',
      '  gateway.yaml: limits.depth: must be a whole number from 1 to 1000, not x',
      '  customers/a.yaml: customers[0].id: "own" is the same as customers[0].id in gateway.yaml; every customer needs an ID of its own',
    ]);
  });

  it('in an included file never shows a secret', async () => {
    const error = await refusal({
      'gateway.yaml': MAIN,
      'customers/a.yaml':
        'customers: [{ id: a, credentials: { type: password, username: u, password: "cAnArY\\n" } }]\nstorage: { postgres: "cAnArY" }',
    });
    expect(error.problems).toHaveLength(3);
    expect(error.message + JSON.stringify(error)).not.toContain('cAnArY');
  });

  // The superuser may read everything.
  it.skipIf(process.getuid?.() === 0)('is a file or folder that may not be read', async () => {
    await write({ 'gateway.yaml': 'include: [a.yaml, "c/*.yaml"]', 'a.yaml': '', 'c/b.yaml': '' });
    await chmod(folder.pathOf('a.yaml'), 0);
    await chmod(folder.pathOf('c'), 0);
    expect(await mistakes({})).toEqual([
      'gateway.yaml: include[0]: the file F/a.yaml cannot be read (permission denied); correct the path or the file',
      'gateway.yaml: include[1]: the folder of the pattern "c/*.yaml" cannot be read (permission denied); correct it, or create the folder',
    ]);
    await chmod(folder.pathOf('c'), 0o700);
  });
});
