import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Copy, DockerfileParser, type Instruction } from 'dockerfile-ast';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryFolder } from '../support/command.js';

const run = promisify(execFile);

const DOCKERFILE = DockerfileParser.parse(readFileSync('Dockerfile', 'utf8'));
const INSTRUCTIONS = DOCKERFILE.getInstructions();
const [BUILD_STAGE, FINAL_STAGE] = stages();

/** Of the image. The folder of its data is theirs. */
const USER = 1000;

/** The instructions of the two stages. */
function stages(): [readonly Instruction[], readonly Instruction[]] {
  const starts = INSTRUCTIONS.flatMap((each, index) => (each.getKeyword() === 'FROM' ? [index] : []));
  const [first = 0, second = 0] = starts;
  return [INSTRUCTIONS.slice(first, second), INSTRUCTIONS.slice(second)];
}

function all(instructions: readonly Instruction[], keyword: string): string[] {
  return instructions
    .filter((each) => each.getKeyword() === keyword)
    .map((each) => each.getRawArgumentsContent() ?? '');
}

/** The one instruction of a kind, whose arguments are a list in JSON. */
function listOf(keyword: string): string[] {
  const [text = ''] = all(FINAL_STAGE, keyword);
  return JSON.parse(text.slice(text.indexOf('['))) as string[];
}

/** What Docker sends to the builder, according to .dockerignore. */
const CONTEXT = readFileSync('.dockerignore', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));

describe('the Dockerfile', () => {
  it('pins its base by the digest, and says the tag that it had', () => {
    const [base = ''] = all(INSTRUCTIONS, 'ARG').filter((text) => text.startsWith('NODE_IMAGE='));
    expect(base).toMatch(/^NODE_IMAGE=node:24\.\d+\.\d+-bookworm-slim@sha256:[\da-f]{64}$/);
    expect(all(INSTRUCTIONS, 'FROM')).toEqual(['${NODE_IMAGE} AS build', '${NODE_IMAGE}']);
  });

  it('needs nothing else that could change: no other syntax, and no build that goes on without compiled code', () => {
    expect(DOCKERFILE.getDirectives()).toEqual([]);
    expect(all(BUILD_STAGE, 'RUN').join('\n')).toContain('test -s /app/dist/commands/program.cjs.cache');
  });

  it('runs as a user who is not root, by number, and owns nothing but the folder for data', () => {
    expect(all(FINAL_STAGE, 'USER')).toEqual([`${USER}:${USER}`]);
    const copies = FINAL_STAGE.filter((each) => each instanceof Copy);
    expect(copies.map((copy) => copy.getFlags().join(' '))).toEqual([
      '--from=build',
      '--from=build --chown=1000:1000',
    ]);
    expect(all(FINAL_STAGE, 'COPY')).toEqual(['/app ./', '/data /data']);
    expect(all(FINAL_STAGE, 'RUN')).toEqual([]);
    expect(all(FINAL_STAGE, 'VOLUME')).toEqual(['/data']);
  });

  it('needs no shell for starting and for its health check', () => {
    expect(listOf('ENTRYPOINT')).toEqual(['node', '/app/dist/main.js']);
    expect(listOf('CMD').slice(0, 1)).toEqual(['serve']);
    expect(listOf('HEALTHCHECK').slice(0, 4)).toEqual(['node', '/app/dist/main.js', 'health', '--live']);
  });

  it('has the labels of the Open Container Initiative, but no address that nobody has', () => {
    const label = all(FINAL_STAGE, 'LABEL').join(' ');
    const names = [...label.matchAll(/org\.opencontainers\.image\.(\w+)=/g)].map(([, name]) => name);
    expect(names).toEqual(['title', 'description', 'licenses', 'version']);
    const { description, license } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
      string,
      string
    >;
    expect(label).toContain(`description="${description}"`);
    expect(label).toContain(`licenses="${license}"`);
  });
});

/** Runs the stages of the Dockerfile in folders of this machine. What Docker would do itself is done here. */
describe.skipIf(process.platform !== 'linux')('the image, built by hand', { timeout: 180_000 }, () => {
  let root: TemporaryFolder;

  beforeAll(async () => {
    root = await TemporaryFolder.create();
    chmodSync(root.path, 0o755);
    await mkdir(root.pathOf('tmp'));
    await mkdir(root.pathOf('source'));
    for (const instruction of BUILD_STAGE) await build(instruction);
  }, 180_000);

  afterAll(async () => {
    await root[Symbol.asyncDispose]();
  });

  async function build(instruction: Instruction): Promise<void> {
    const text = instruction.getRawArgumentsContent() ?? '';
    if (instruction instanceof Copy) await copy(instruction);
    if (instruction.getKeyword() !== 'RUN') return;
    const cwd = root.pathOf('source');
    if (text.startsWith('npm ci ')) {
      // The same packages, which are installed here already. Nothing changes them.
      await symlink(resolve('node_modules'), join(cwd, 'node_modules'));
      return;
    }
    const here = text.replaceAll(/(?<=[\s=])\/(app|tmp|data)\b/g, (path) => root.pathOf(path.slice(1)));
    await run('sh', ['-c', here], { cwd, maxBuffer: 16 * 1024 * 1024 });
  }

  /** @throws if something is not in the context */
  async function copy(instruction: Copy): Promise<void> {
    const names = instruction.getArguments().map((argument) => argument.getValue());
    const sources = names.slice(0, -1);
    for (const source of sources) {
      const name = source.replace(/^\.\//, '');
      expect(CONTEXT).toContain(name);
      await cp(name, join(root.pathOf('source'), name), { recursive: true });
    }
  }

  it('has the program with its compiled code, the page, the driver of the database, and no tools', async () => {
    const packages = (await readdir(root.pathOf('app/node_modules'))).filter((name) => !name.startsWith('.'));
    expect(packages.sort()).toEqual(['@libsql', '@neon-rs', 'libsql']);
    expect(await readdir(root.pathOf('app/dist/commands'))).toEqual(['program.cjs', 'program.cjs.cache']);
    expect(await readdir(root.pathOf('app/dist/web'))).toContain('index.html');
    expect(await readdir(root.pathOf('app'))).not.toContain('src');
  });

  it('serves, is found healthy, and ends with code 0, as a user who may write only its data', async () => {
    const isRoot = process.getuid?.() === 0;
    const identity = isRoot ? { uid: USER, gid: USER } : {};
    const config = await root.write(
      'gateway.yaml',
      JSON.stringify({
        listen: { port: 0 },
        storage: { sqlite: root.pathOf('data/gateway.db') },
        customers: [{ id: 'acme', destinations: [{ id: 314 }] }],
      }),
    );
    if (isRoot) await run('chown', ['1000:1000', root.pathOf('data')]);
    await chmod(root.pathOf('app'), 0o555);
    const before = await listing();
    const command = [...listOf('ENTRYPOINT'), ...listOf('CMD')].map((word) =>
      word.replace(/^\/app\b/, root.pathOf('app')).replace('/etc/aam-gateway/gateway.yaml', config),
    );
    const gateway = spawn(process.execPath, command.slice(1), {
      cwd: root.pathOf('app'),
      env: { NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'inherit'],
      ...identity,
    });
    let output = '';
    gateway.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const closed = once(gateway, 'close');
    while (!output.includes('"url"')) await Promise.race([once(gateway.stdout, 'data'), closed]);
    const [, url = ''] = /"url":"([^"]+)"/.exec(output) ?? [];
    const health = listOf('HEALTHCHECK').map((word) => word.replace(/^\/app\b/, root.pathOf('app')));
    // The configuration says that any port will do, so the address is named.
    const asked = [...health.slice(1, 4), '--url', new URL(url).origin, '--timeout', '3s'];
    expect((await run(process.execPath, asked, identity)).stdout).toContain('lives');
    gateway.kill('SIGTERM');
    expect(await closed).toEqual([0, null]);
    expect(await listing()).toEqual(before);
    expect(await readdir(root.pathOf('data'))).toContain('gateway.db');
  });

  async function listing(): Promise<string> {
    return (
      await run('find', [root.pathOf('app'), '-newermt', '1970-01-01', '-printf', '%p %T@ %s\n'], {
        maxBuffer: 1e8,
      })
    ).stdout;
  }
});
