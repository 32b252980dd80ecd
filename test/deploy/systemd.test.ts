import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { blocksOf } from '../docs/markdown.js';
import { TemporaryFolder } from '../support/command.js';
import { findProgram, mayBeMissing, needing } from '../support/programs.js';

const run = promisify(execFile);
const analyze = findProgram('systemd-analyze');

const NAME = 'aam-gateway.service';
const UNIT = readFileSync(`deploy/systemd/${NAME}`, 'utf8');

/** The values of a setting, in their order. */
const settings = (name: string): string[] =>
  [...UNIT.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);

describe('the unit for systemd', () => {
  it('starts the installed package, and reads its configuration again on reload', () => {
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: Record<string, string> };
    expect(settings('ExecStart')).toEqual([
      `/usr/bin/node /opt/aam-gateway/node_modules/aam-segment-gateway/${bin['aam-gateway']} serve --config /etc/aam-gateway/gateway.yaml`,
    ]);
    expect(settings('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
  });

  it('waits longer for the end than the gateway takes, and does not repeat a mistake of the command line', () => {
    expect(Number.parseInt(settings('TimeoutStopSec')[0] ?? '', 10)).toBeGreaterThan(25);
    expect([settings('Restart'), settings('RestartPreventExitStatus')]).toEqual([['on-failure'], ['2']]);
  });

  it('runs as a user of its own, with secrets at paths that commands find as well', () => {
    expect([settings('User'), settings('Group')]).toEqual([['aam-gateway'], ['aam-gateway']]);
    expect([settings('DynamicUser'), settings('LoadCredential')]).toEqual([[], []]);
    const page = { file: 'docs/deploy.md', text: readFileSync('docs/deploy.md', 'utf8') };
    const steps = blocksOf(page).find(({ text }) => text.startsWith('useradd'))?.text ?? '';
    expect(steps).toContain('useradd --system --user-group');
    expect(steps).toContain('install -d -m 700 -o aam-gateway -g aam-gateway /var/lib/aam-gateway\n');
    expect(steps).toContain(
      'ln -s /opt/aam-gateway/node_modules/.bin/aam-gateway /usr/local/bin/aam-gateway\n',
    );
  });

  it('starts again if it is reloaded before it listens to signals', () => {
    // Else systemd takes the end by SIGHUP for a clean one.
    expect(settings('RestartForceExitStatus')).toEqual(['SIGHUP']);
  });

  it('lets V8 make machine code, which it needs', () => {
    expect(settings('MemoryDenyWriteExecute')).toEqual([]);
  });
});

describe.skipIf(mayBeMissing(analyze))(
  needing('the unit, to systemd-analyze', { 'systemd-analyze': analyze }),
  () => {
    it('is valid', async () => {
      await using folder = await TemporaryFolder.create();
      // The program has to exist, and Node.js is not everywhere where packages put it.
      const file = await folder.write(NAME, UNIT.replace('/usr/bin/node', process.execPath));
      const { stdout, stderr } = await run(analyze ?? '', ['verify', file]);
      expect(stdout + stderr).toBe('');
      const wrong = await folder.write(`wrong-${NAME}`, UNIT.replace('ProtectSystem', 'ProtectsSystem'));
      await expect(run(analyze ?? '', ['verify', wrong])).resolves.toMatchObject({
        stderr: expect.stringContaining('ProtectsSystem') as string,
      });
    });

    it('exposes little of the machine', async () => {
      // Of 100, where 100 is a service without any limits.
      const args = ['security', '--offline=true', '--threshold=20', `deploy/systemd/${NAME}`];
      expect((await run(analyze ?? '', args)).stdout).toContain('Overall exposure level');
      await using folder = await TemporaryFolder.create();
      const open = await folder.write(
        NAME,
        UNIT.replaceAll(/^(Protect|Private|Restrict|SystemCall|Capability).*$/gm, ''),
      );
      await expect(run(analyze ?? '', [...args.slice(0, 3), open])).rejects.toThrow();
    });
  },
);
