import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { parse, print } from 'graphql';
import { build } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { USER_PAGES, blocksOf } from '../docs/markdown.js';
import { TemporaryFolder } from '../support/command.js';
import type { TestGateway } from '../support/gateway.js';
import { findProgram, needing } from '../support/programs.js';
import { compile } from './compile.js';
import { ADDRESS, KEY, startSampleGateway } from './sample-gateway.js';

const run = promisify(execFile);

const BLOCKS = blocksOf(USER_PAGES.find(({ file }) => file === 'docs/clients.md')!);
const textsOf = (wanted: string): string[] =>
  BLOCKS.filter(({ language }) => language === wanted).map(({ text }) => text);

/** The examples in TypeScript by their file, which the first line names. */
const EXAMPLES = new Map(textsOf('ts').map((text) => [/^\/\/ (\S+)$/m.exec(text)?.[1] ?? '', text]));

const LABEL = 'Cart abandoners – last 7 days';
const PRINTED = `[ '${LABEL}', null ]\n`;

/** As a page's bundler has it. */
const COMPILER_OPTIONS = {
  target: 'ES2022',
  lib: ['ES2023', 'DOM', 'DOM.Iterable'],
  module: 'ESNext',
  moduleResolution: 'Bundler',
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  types: ['node'],
};

const curl = findProgram('curl');

/** The path of Python, if the client is installed there. */
const python = await findPython();

async function findPython(): Promise<string | null> {
  const program = findProgram('python3');
  if (program === null) return null;
  const hasClient = run(program, ['-c', 'import gql.transport.requests']).then(
    () => true,
    () => false,
  );
  return (await hasClient) ? program : null;
}

describe('docs/clients.md', { timeout: 120_000 }, () => {
  let folder: TemporaryFolder;
  let gateway: TestGateway;

  beforeAll(async () => {
    folder = await TemporaryFolder.create();
    await generate();
    const manifest = {
      ...(await manifestOf('src/gql/persisted-documents.json')),
      ...(await manifestOf('persisted-queries.json')),
      names: `query ($ids: [ID!]!) { segments(customerId: "acme", destinationId: "314", segmentIds: $ids) { label } }`,
    };
    gateway = await startSampleGateway(
      { access: { trustedDocuments: 'all.json' } },
      {
        'all.json': JSON.stringify(manifest),
        'codegen.json': await read('src/gql/persisted-documents.json'),
      },
    );
  }, 120_000);

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const read = (path: string): Promise<string> => readFile(folder.pathOf(path), 'utf8');
  const manifestOf = async (path: string) => JSON.parse(await read(path)) as Record<string, string>;

  /** Writes the examples where their first lines say, and runs the generators that they need. */
  async function generate(): Promise<void> {
    const cwd = folder.path;
    await mkdir(folder.pathOf('src/__generated__'), { recursive: true });
    await symlink(resolve('node_modules'), folder.pathOf('node_modules'));
    await copyFile('schema.graphql', folder.pathOf('schema.graphql'));
    for (const [path, text] of EXAMPLES) await writeFile(folder.pathOf(path), text);
    await folder.write('package.json', JSON.stringify({ type: 'module' }));
    await folder.write('relay.config.json', textsOf('json')[0]!);
    await folder.write('persisted-queries.json', '{}');
    const node = (program: string, ...args: string[]) =>
      run(process.execPath, [resolve('node_modules', program), ...args], { cwd });
    await node('@graphql-codegen/cli/cjs/bin.js', '--config', 'codegen.ts', '--silent');
    await node('relay-compiler/cli.js', '--noWatchman', '--output', 'quiet-with-errors', 'relay.config.json');
  }

  /** Bundles an example, as pages are, and runs it. @returns what it prints */
  async function outputOf(path: string, of = gateway): Promise<string> {
    const text = EXAMPLES.get(path)!.replaceAll(ADDRESS, of.gateway.url);
    await writeFile(folder.pathOf(path), withRelay(text));
    const file = folder.pathOf(`${path}.mjs`);
    await build({ input: folder.pathOf(path), platform: 'node', logLevel: 'silent', output: { file } });
    const { stdout } = await run(process.execPath, [file], { cwd: folder.path });
    return stdout;
  }

  it('has examples whose types are right', async () => {
    expect(EXAMPLES.size).toBe(6);
    const config = { compilerOptions: COMPILER_OPTIONS, include: ['codegen.ts', 'src/*.ts'] };
    await folder.write('tsconfig.json', JSON.stringify(config));
    expect(await compile(folder.path)).toBe('');
  });

  it.each([...EXAMPLES.keys()].filter((path) => path !== 'codegen.ts'))(
    'has in %s what gives names',
    async (path) => {
      expect(await outputOf(path)).toBe(PRINTED);
    },
  );

  it('has GET requests of urql with a key', async () => {
    gateway.logLines.length = 0;
    await outputOf('src/urql.ts');
    expect(gateway.log.find(({ method }) => method !== undefined)).toMatchObject({ method: 'GET' });
  });

  it('is right about the manifest of the client preset: it is taken as it is, for hashes and not for texts', async () => {
    const manifest = await read('src/gql/persisted-documents.json');
    await using trusting = await startSampleGateway(
      { access: { trustedDocuments: { file: 'documents.json', only: true } } },
      { 'documents.json': manifest },
    );
    expect(await outputOf('src/persisted.ts', trusting)).toBe(PRINTED);
    const [[hash, text] = ['', '']] = Object.entries(JSON.parse(manifest) as Record<string, string>);
    const ask = async (operation: object): Promise<unknown> =>
      (await trusting.post({ ...operation, variables: { ids: ['80920'] } }, { 'x-api-key': KEY })).body;
    for (const named of [{ documentId: hash }, { doc_id: `sha256:${hash}` }, { id: hash }]) {
      expect(await ask(named)).toMatchObject({
        data: { segments: [{ __typename: 'Segment', label: LABEL }] },
      });
    }
    expect(await ask({ query: print(parse(text)) })).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
  });

  describe.skipIf(curl === null)(needing('has for the shell', { curl }), () => {
    it.each(textsOf('sh'))('%s', async (text) => {
      const command = text.replaceAll(ADDRESS, gateway.gateway.url);
      const { stdout } = await run('sh', ['-c', command]);
      expect(JSON.parse(stdout)).toEqual({ data: { segments: [{ label: LABEL }, null] } });
    });
  });

  it.skipIf(python === null)(
    needing('has in Python what gives names', { 'python3 with the package gql[requests]': python }),
    async () => {
      const file = await folder.write(
        'names.py',
        textsOf('python')[0]!.replaceAll(ADDRESS, gateway.gateway.url),
      );
      const env = { ...process.env, PYTHONIOENCODING: 'utf-8' };
      const { stdout } = await run(python ?? '', [file], { env });
      expect(stdout).toBe(`${LABEL}\nNone\n`);
    },
  );
});

/** What Relay's plugin for bundlers does: it replaces an operation by what the compiler made of it. */
function withRelay(text: string): string {
  const name = /graphql`\s*query (\w+)/.exec(text)?.[1];
  if (!text.includes('relay-runtime') || name === undefined) return text;
  const compiled = `import compiled from './__generated__/${name}.graphql.js';\n`;
  return compiled + text.replace(/graphql`[^`]*`/, 'compiled');
}
