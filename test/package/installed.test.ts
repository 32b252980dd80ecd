import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryFolder } from '../support/command.js';
import { findProgram, needing } from '../support/programs.js';
import { NPM, NPX, pack, registryAnswers } from './npm.js';

const run = promisify(execFile);

/** Release lines of Node.js that have to work, beside the one that runs the tests. */
const LINES = ['20', '22', '24', '26'];

const [OWN_LINE = ''] = process.versions.node.split('.');

/** Runs a command at a terminal of its own. */
const terminal = findProgram('script');

// Where everything has to be tested, a registry that does not answer is a failure.
const canInstall = process.env['TESTS_NEED_PROGRAMS'] === 'true' || (await registryAnswers());

/** A gateway of the installed package, started as its user starts it, in a process group of its own as a terminal does. */
class InstalledDemo implements AsyncDisposable {
  readonly #process;
  readonly #closed: Promise<unknown[]>;
  output = '';

  constructor(command: readonly string[], cwd: string, node: string) {
    const [program = '', ...args] = command;
    this.#process = spawn(program, args, { cwd, env: environmentOf(node), detached: true });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.#closed = once(this.#process, 'close');
  }

  /** The address of its API, as soon as it listens. @throws if the process ends before */
  async url(): Promise<string> {
    for (;;) {
      const found = /GraphQL API +(\S+)/.exec(this.output)?.[1];
      if (found !== undefined && this.output.includes('Press Ctrl+C')) return found;
      const ended = await Promise.race([this.#closed, once(this.#process.stdout, 'data')]);
      if (this.#process.exitCode !== null) throw new Error(`ended with ${String(ended[0])}:\n${this.output}`);
    }
  }

  /** @returns the exit code */
  async end(signal: NodeJS.Signals, to: 'process' | 'terminal'): Promise<unknown> {
    const { pid } = this.#process;
    if (pid !== undefined) process.kill(to === 'process' ? pid : -pid, signal);
    return (await this.#closed)[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null)
      await this.end('SIGKILL', 'terminal');
  }
}

/** The package that a release has packed, in a folder with that of the clients. */
async function packedIn(folder: string): Promise<string> {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  return join(folder, `aam-segment-gateway-${version}.tgz`);
}

/** What a user has in a terminal, with one Node.js first on the path: nothing of npm and the test runner, which run this. */
function environmentOf(node: string): NodeJS.ProcessEnv {
  const own =
    /^(npm_(?!config_(registry|cache|userconfig)$)|VITEST|NODE_(ENV|OPTIONS)$|GATEWAY_CONFIG$|TEST$)/i;
  const inherited = Object.entries(process.env).filter(([name]) => !own.test(name));
  const { PATH = '' } = process.env;
  return { ...Object.fromEntries(inherited), PATH: `${dirname(node)}${delimiter}${PATH}` };
}

describe.skipIf(!canInstall)(
  `the packed package${canInstall ? '' : ' (skipped: the npm registry does not answer)'}`,
  { timeout: 120_000 },
  () => {
    let folder: TemporaryFolder;
    let tarball: string;
    let nodes: ReadonlyMap<string, string>;

    beforeAll(async () => {
      folder = await TemporaryFolder.create();
      const packed = process.env['PACKED'];
      tarball =
        packed === undefined
          ? folder.pathOf((await pack(folder.path)).filename)
          : await packedIn(resolve(packed));
      nodes = await installNodes();
    }, 300_000);

    afterAll(async () => {
      await folder[Symbol.asyncDispose]();
    });

    /** Brings the other lines of Node.js. @returns the program of each */
    async function installNodes(): Promise<ReadonlyMap<string, string>> {
      const place = folder.pathOf('nodes');
      await mkdir(place);
      const others = LINES.filter((line) => line !== OWN_LINE);
      // The package `node` has a script that installs one of these.
      const platform = process.platform === 'win32' ? 'win' : process.platform;
      const packages = others.map((line) => `node${line}@npm:node-${platform}-${process.arch}@${line}`);
      await run(process.execPath, [
        NPM,
        'install',
        '--prefix',
        place,
        '--no-audit',
        '--no-fund',
        ...packages,
      ]);
      const installed = others.map((line): [string, string] => [
        line,
        join(place, `node_modules/node${line}/bin/node`),
      ]);
      return new Map([...installed, [OWN_LINE, process.execPath]]);
    }

    /** Installs the package in an empty folder. @returns the folder, and what npm said */
    async function install(line: string): Promise<{ cwd: string; node: string; said: string }> {
      const cwd = folder.pathOf(`with-${line}`);
      const node = nodes.get(line) ?? '';
      await mkdir(cwd);
      const args = [NPM, 'install', '--no-audit', '--no-fund', '--engine-strict', '--prefix', cwd, tarball];
      const { stdout, stderr } = await run(node, args, { cwd, env: environmentOf(node), timeout: 60_000 });
      return { cwd, node, said: stdout + stderr };
    }

    it.each(LINES)(
      'is installed without a warning by Node.js %s, and its demo runs and ends',
      async (line) => {
        const { cwd, node, said } = await install(line);
        expect((await run(node, ['--version'])).stdout).toMatch(`v${line}.`);
        expect(said).not.toMatch(/warn|EBADENGINE|deprecated/i);

        const bin = join(cwd, 'node_modules/.bin/aam-gateway');
        await using demo = new InstalledDemo([bin, 'demo', '--port', '0'], cwd, node);
        const url = await demo.url();
        const query =
          '{ segments(customerId: "acme", destinationId: "314", segmentIds: ["80920"]) { label } }';
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
        expect(await answer.json()).toEqual({
          data: { segments: [{ label: expect.stringContaining('Cart') as string }] },
        });
        const page = await fetch(new URL('/', url), { headers: { accept: 'text/html' } });
        expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<script')]);
        expect(await demo.end('SIGTERM', 'process')).toBe(0);
      },
    );

    it('brings only the driver of SQLite, and no script that runs at the installation', async () => {
      const modules = folder.pathOf(`with-${OWN_LINE}/node_modules`);
      const scopes = (await readdir(modules)).filter((name) => !name.startsWith('.'));
      expect(scopes.sort()).toEqual(['@libsql', '@neon-rs', 'aam-segment-gateway', 'detect-libc', 'libsql']);
      const lock = JSON.parse(await readFile(join(modules, '.package-lock.json'), 'utf8')) as {
        packages: Record<string, { hasInstallScript?: boolean }>;
      };
      expect(Object.values(lock.packages).filter(({ hasInstallScript }) => hasInstallScript)).toEqual([]);
    });

    it.skipIf(terminal === null)(
      needing('writes its log in colours for a terminal', { script: terminal }),
      async () => {
        const cwd = folder.pathOf(`with-${OWN_LINE}`);
        const command = join(cwd, 'node_modules/.bin/aam-gateway demo --port 0');
        await using demo = new InstalledDemo(
          [terminal ?? '', '-qec', command, '/dev/null'],
          cwd,
          process.execPath,
        );
        await demo.url();
        expect(demo.output).toContain('\u001b[33mWARN\u001b[39m: ');
      },
    );

    it('is run by `npx aam-segment-gateway demo`, until Ctrl+C', async () => {
      const cwd = folder.pathOf(`with-${OWN_LINE}`);
      const command = [process.execPath, NPX, '--no', 'aam-segment-gateway', 'demo', '--port', '0'];
      await using demo = new InstalledDemo(command, cwd, process.execPath);
      expect((await fetch(new URL('/readyz', await demo.url()))).status).toBe(200);
      const file = /(\S+gateway\.yaml)/.exec(demo.output)?.[1] ?? '';
      expect(existsSync(file)).toBe(true);
      await demo.end('SIGINT', 'terminal');
      expect(existsSync(file)).toBe(false);
    });
  },
);
