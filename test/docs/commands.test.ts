import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/command.js';
import { ALL_PAGES, USER_PAGES, blocksOf } from './markdown.js';

/** One command line of a page. */
interface CommandLine {
  readonly file: string;
  readonly words: readonly string[];
}

/** The lines of all shell blocks, without comments; a backslash joins a line with the next one. */
const SHELL_LINES = ALL_PAGES.flatMap(blocksOf)
  .filter(({ language }) => language === 'sh')
  .flatMap(({ file, text }) =>
    text
      .replaceAll('\\\n', ' ')
      .split('\n')
      .map((line) => ({ file, line: line.replace(/(^|\s)#.*$/, '').trim() }))
      .filter(({ line }) => line !== ''),
  );

/** Each `aam-gateway …` of these lines, with its words up to a redirection or the next command. */
const COMMAND_LINES = SHELL_LINES.flatMap(({ file, line }) =>
  line
    .split(/&&|\||;/)
    .map((part) =>
      part
        .replace(/>.*$/, '')
        .trim()
        .replace(/^runuser -u \S+ -- /, '')
        .split(/\s+/),
    )
    .filter(([program]) => program === 'aam-gateway')
    .map(([, ...words]): CommandLine => ({ file, words })),
);

/** The options of each command, as its help lists them, with whether an option takes a value. */
const optionsOf = new Map<string, ReadonlyMap<string, boolean>>();

async function help(...args: string[]): Promise<string> {
  const { code, stdout } = await runCommand([...args, '--help']);
  expect(code).toBe(0);
  return stdout;
}

function optionsIn(text: string): ReadonlyMap<string, boolean> {
  const options = new Map<string, boolean>();
  for (const [, short, long = '', value] of text.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)( <\w+>)?/gm)) {
    options.set(long, value !== undefined);
    if (short !== undefined) options.set(short, value !== undefined);
  }
  return options;
}

/** The commands that a help lists. */
function commandsIn(text: string): string[] {
  const [, list = ''] = /^Commands:\n([\s\S]*)/m.exec(text) ?? [];
  return [...list.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = '']) => name);
}

/** What is wrong with a command line; empty if nothing is. */
function mistakesIn([first = '', ...others]: readonly string[]): string[] {
  const subcommand = `${first} ${others[0] ?? ''}`;
  const [command, words] = optionsOf.has(subcommand) ? [subcommand, others.slice(1)] : [first, others];
  const options = optionsOf.get(command);
  if (options === undefined) return [`there is no command ${command}`];
  return words.flatMap((word, index) => {
    if (!word.startsWith('-')) return [];
    const takesValue = options.get(word);
    if (takesValue === undefined) return [`${command} has no option ${word}`];
    const next = words[index + 1] ?? '-';
    return takesValue && next.startsWith('-') ? [`${word} of ${command} lacks its value`] : [];
  });
}

beforeAll(async () => {
  const overview = await help();
  for (const command of commandsIn(overview)) {
    const text = await help(command);
    const subcommands = commandsIn(text);
    if (subcommands.length === 0) optionsOf.set(command, optionsIn(text));
    for (const each of subcommands) {
      optionsOf.set(`${command} ${each}`, optionsIn(await help(command, each)));
    }
  }
}, 180_000);

describe('command lines in the documentation', () => {
  it('are there', () => {
    expect(COMMAND_LINES.length).toBeGreaterThanOrEqual(8);
  });

  it.each(
    COMMAND_LINES.map(({ file, words }) => [`${file}: aam-gateway ${words.join(' ')}`, words] as const),
  )('%s', (_, words) => {
    expect(mistakesIn(words)).toEqual([]);
  });

  it('are checked: an unknown command, an unknown option and a missing value are found', () => {
    expect(mistakesIn(['frobnicate'])).toEqual(['there is no command frobnicate']);
    expect(mistakesIn(['serve', '--bogus'])).toEqual(['serve has no option --bogus']);
    expect(mistakesIn(['key', '--name', '--customers', 'acme'])).toEqual(['--name of key lacks its value']);
  });

  it('install no package by a name that may be of somebody else', () => {
    const named = USER_PAGES.filter(({ text }) => /aam-segment-gateway(-client)?@(next|latest)\b/.test(text));
    expect(named.map(({ file }) => file)).toEqual([]);
  });

  it('let root use no database under systemd, and name the configuration', () => {
    const lines = SHELL_LINES.filter(({ file }) => file === 'docs/deploy.md').map(({ line }) => line);
    const updating = lines.filter((line) => /aam-gateway (backup|restore|migrate) /.test(line));
    expect(updating.length).toBeGreaterThan(1);
    for (const line of updating) {
      expect(line).toMatch(/^runuser -u aam-gateway -- .* --config \/etc\/aam-gateway\/gateway\.yaml$/);
    }
  });

  it('run only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    const run = SHELL_LINES.flatMap(({ line }) =>
      [...line.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script = '']) => script),
    );
    expect(run.filter((script) => !(script in scripts))).toEqual([]);
  });
});

describe('the table of commands in the README', () => {
  it('has one line for each command that there is', () => {
    const readme = readFileSync('README.md', 'utf8');
    expect(readme).toMatch(/^\| Command +\| What it does +\|$/m);
    const listed = [...readme.matchAll(/^\| `aam-gateway ([a-z ]+)` +\| \S/gm)].map(
      ([, command = '']) => command,
    );
    expect(listed.sort()).toEqual([...optionsOf.keys()].sort());
  });
});

it('the README begins with how to try the demo and the tests', () => {
  const blocks = SHELL_LINES.filter(({ file }) => file === 'README.md').map(({ line }) => line);
  expect(blocks.slice(0, 2)).toEqual(['npm ci && npm run demo', 'npm ci && npm test']);
});
