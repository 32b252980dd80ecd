import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from '../docs/markdown.js';
import { TemporaryFolder } from '../support/command.js';
import type { TestGateway } from '../support/gateway.js';
import { needing } from '../support/programs.js';
import { installedBrowser } from '../web/browser.js';
import { compile } from './compile.js';
import { ADDRESS, KEY, startSampleGateway } from './sample-gateway.js';

const run = promisify(execFile);

const README = 'src/client/README.md';
const BLOCKS = blocksOf({ file: README, text: readFileSync(README, 'utf8') });
const EXAMPLES = BLOCKS.filter(({ language }) => language === 'ts');
const MANIFEST_COMMAND = BLOCKS.find(({ language }) => language === 'sh')!.text;

/** What is stricter than most users' settings. */
const COMPILER_OPTIONS = {
  target: 'ES2022',
  lib: ['ES2023', 'DOM', 'DOM.Iterable'],
  module: 'NodeNext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  typeRoots: [resolve('node_modules/@types')],
  types: ['node'],
  rootDir: '.',
  outDir: 'out',
};

/** The HTML of a report with IDs in it. */
const REPORT = `<!doctype html><meta charset="utf-8"><title>Report</title>
  <script type="importmap">
    { "imports": { "aam-segment-gateway-client": "/node_modules/aam-segment-gateway-client/index.js" } }
  </script>
  <table><tr><td data-segment="80920">80920</td><td data-segment="1">1</td></tr></table>
  <script type="module" src="/out/report-page.js"></script>`;

describe('the package for clients', { timeout: 120_000 }, () => {
  let folder: TemporaryFolder;
  let pages: Server;
  let gateway: TestGateway;
  let label: string;

  beforeAll(async () => {
    folder = await TemporaryFolder.create();
    pages = createServer((request, response) => {
      const path = new URL(request.url ?? '', 'http://page').pathname;
      const type = path.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8';
      const content = path === '/' ? Promise.resolve(REPORT) : readFile(join(folder.path, path), 'utf8');
      content.then(
        (text) => response.writeHead(200, { 'content-type': type }).end(text),
        () => response.writeHead(204).end(),
      );
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    gateway = await startSampleGateway({ listen: { port: 0, cors: [origin()] } });
    const query = '{ segment(customerId: "acme", destinationId: "314", segmentId: "80920") { label } }';
    const { body } = await gateway.post({ query }, { 'x-api-key': KEY });
    ({ label } = (body as { data: { segment: { label: string } } }).data.segment);
    await install();
  }, 120_000);

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    pages.closeAllConnections();
    await new Promise((resolve) => pages.close(resolve));
    await folder[Symbol.asyncDispose]();
  });

  const origin = (): string => `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;

  /** Packs and installs it as users do, and compiles the examples of its README there. */
  async function install(): Promise<void> {
    const cwd = folder.path;
    await run('npm', ['pack', '--silent', resolve('dist/client')], { cwd });
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    await folder.write('package.json', JSON.stringify({ type: 'module', private: true }));
    const tarball = `./aam-segment-gateway-client-${version}.tgz`;
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd });
    for (const { text } of EXAMPLES) {
      const name = /^\/\/ (\S+)$/m.exec(text)?.[1] ?? '';
      await writeFile(folder.pathOf(name), text.replaceAll(ADDRESS, gateway.gateway.url));
    }
    await folder.write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['*.ts'] }),
    );
    expect(await compile(cwd)).toBe('');
  }

  it('has nothing but its code, types, README and licence, and depends on nothing', async () => {
    const installed = folder.pathOf('node_modules/aam-segment-gateway-client');
    const { dependencies, exports, license, version, sideEffects } = JSON.parse(
      await readFile(join(installed, 'package.json'), 'utf8'),
    ) as Record<string, unknown>;
    expect({ dependencies, license, sideEffects }).toEqual({ license: 'Apache-2.0', sideEffects: false });
    const gateway = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect(version).toBe(gateway.version);
    expect(exports).toBeDefined();
    for (const file of ['README.md', 'LICENSE', 'index.d.ts']) await readFile(join(installed, file));
    const code = await readFile(join(installed, 'index.js'), 'utf8');
    expect(code).not.toMatch(/^\s*import\b|\bimport\(|\brequire\(|\bprocess\b|\bBuffer\b/m);
  });

  it('gives names in Node.js, as the first example says', async () => {
    const { stdout } = await run(process.execPath, ['out/names.js'], { cwd: folder.path });
    expect(stdout).toBe(`80920 ${label} FOUND\n1 1 UNKNOWN\n`);
  });

  it('gives names to a stream processor, as the example says', async () => {
    const batch = [
      { userId: 'a', destinationId: '314', segmentIds: ['80920', '1'] },
      { userId: 'b', destinationId: '566', segmentIds: ['600000'] },
    ];
    await folder.write(
      'run.mjs',
      `const { withNames } = await import('./out/stream.js');
       console.log(JSON.stringify(await withNames(${JSON.stringify(batch)})));`,
    );
    const env = { ...process.env, GATEWAY_KEY: KEY };
    const { stdout, stderr } = await run(process.execPath, ['run.mjs'], { cwd: folder.path, env });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject([
      { userId: 'a', segments: [{ label }, { id: '1', label: '1', status: null }] },
      { userId: 'b', segments: [{ id: '600000', label: expect.not.stringMatching('600000') as string }] },
    ]);
  });

  it('has a stream processor try a batch again for whatever its names are missing, but for IDs that are none', async () => {
    await folder.write(
      'failing.mjs',
      `const { withNames } = await import('./out/stream.js');
       const segments = async (...segmentIds) =>
         await withNames([{ userId: 'a', destinationId: '314', segmentIds }]).then(
           ([message]) => message.segments.map(({ label }) => label), ({ code }) => code);
       console.log(JSON.stringify([await segments(''), await segments('80920')]));`,
    );
    const outcomes = async (key: string): Promise<unknown> => {
      const env = { ...process.env, GATEWAY_KEY: key };
      const { stdout, stderr } = await run(process.execPath, ['failing.mjs'], { cwd: folder.path, env });
      return {
        outcomes: JSON.parse(stdout) as unknown,
        log: [...new Set(stderr.match(/^.*: [A-Z_]+(?=:)/gm))],
      };
    };
    expect(await outcomes(KEY)).toEqual({ outcomes: [[''], [label]], log: [] });
    expect(await outcomes('no')).toEqual({
      outcomes: ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
      log: ['Names are missing: UNAUTHENTICATED'],
    });
  });

  it('has a command that writes the manifest for a gateway that takes only known operations', async () => {
    const cwd = folder.path;
    await run('sh', ['-c', MANIFEST_COMMAND], { cwd });
    const manifest = await readFile(folder.pathOf('client-documents.json'), 'utf8');
    const file = 'documents.json';
    await using strict = await startSampleGateway(
      { access: { trustedDocuments: { file, only: true } } },
      { [file]: manifest },
    );
    await folder.write(
      'strict.mjs',
      `import { createClient } from 'aam-segment-gateway-client';
       const client = createClient({ url: '${strict.url}', key: '${KEY}' });
       const [{ lookup, error }] = await client.names({ destinationId: '314' }, ['80920']);
       console.log(lookup, error);`,
    );
    expect((await run(process.execPath, ['strict.mjs'], { cwd })).stdout).toBe('FOUND null\n');
    expect((await strict.post({ query: '{ __typename }' }, { 'x-api-key': KEY })).body).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
  });

  it.skipIf(installedBrowser === null)(
    needing('gives names to a report page in a browser, from another origin', { chromium: installedBrowser }),
    async () => {
      const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
      const browser = await chromium.launch({ executablePath: installedBrowser ?? '', args });
      try {
        const page = await browser.newPage();
        const errors: string[] = [];
        page.on('console', (message) => errors.push(message.text()));
        page.on('pageerror', (error) => errors.push(error.message));
        await page.goto(origin());
        const cells = page.locator('td');
        await expect.poll(() => cells.allTextContents()).toEqual([label, '1']);
        expect(errors).toEqual([]);
        // What a gateway asks to wait for can be read from another origin as well.
        await using limited = await startSampleGateway({
          listen: { port: 0, cors: [origin()] },
          limits: { requestsPerMinute: 1 },
        });
        const waits = await page.evaluate(`(async () => {
          const { createClient } = await import('/node_modules/aam-segment-gateway-client/index.js');
          const client = createClient({ url: '${limited.url}', key: '${KEY}' });
          const ask = async (id) => (await client.names({ destinationId: '314' }, [id]))[0].error?.retryAfterMs;
          return [await ask('80920'), await ask('1')];
        })()`);
        expect(waits).toEqual([undefined, 60_000]);
      } finally {
        await browser.close();
      }
    },
  );
});
