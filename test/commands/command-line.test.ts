import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../support/command.js';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

describe('the command line', () => {
  it.each([[['--help']], [['serve', '--help']], [['demo', '--help']], [['check', '--help']]])(
    '%o prints help',
    async (args) => {
      const { code, stdout, stderr } = await runCommand(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('Usage: aam-gateway');
    },
  );

  it.each([[['--version']], [['serve', '--version']], [['check', '-V']]])(
    '%o prints the version',
    async (args) => {
      expect(await runCommand(args)).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
    },
  );

  it.each([
    [['serve', '--bogus'], "unknown option '--bogus'"],
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['serve', '--config'], "option '-c, --config <file>' argument missing"],
    [['serve', 'more'], 'too many arguments'],
    [['demo', '--port', 'ninety'], 'A port is a number from 0 to 65535.'],
    [['demo', '--port', '70000'], 'A port is a number from 0 to 65535.'],
    [['serve', '--log-level', 'loud'], 'Allowed choices are'],
  ])('%o prints one line on standard error, with exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await runCommand(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(message);
  });

  it('prints the help if there is no command, with exit code 2', async () => {
    const { code, stderr } = await runCommand([]);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: aam-gateway');
  });

  it('names a configuration file that does not exist', async () => {
    const { code, stderr } = await runCommand(['check', '--config', '/no/such/file.yaml']);
    expect(code).toBe(1);
    expect(stderr).toContain('/no/such/file.yaml');
    expect(stderr).toContain('gateway.example.yaml');
  });

  it('has the commands that the README lists', async () => {
    const { stdout } = await runCommand(['--help']);
    const [, commandList = ''] = stdout.split('\nCommands:\n');
    const commands = [...commandList.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name);
    // The table in the README: one line per command, the first cell is `aam-gateway NAME`, or one of its subcommands.
    const readme = readFileSync('README.md', 'utf8');
    const documented = [...readme.matchAll(/^\| *`aam-gateway ([a-z]+)(?: [a-z]+)?` *\|/gm)].map(
      ([, name]) => name,
    );
    expect(commands).toContain('serve');
    expect([...new Set(documented)].toSorted()).toEqual(commands.toSorted());
  });
});
