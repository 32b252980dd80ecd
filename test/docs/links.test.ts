import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALL_PAGES, anchorsOf, codeSpansOf, proseOf, type Page } from './markdown.js';

/** A path of the project in backticks, such as `src/gateway.ts` or `docs/`. */
const PROJECT_PATH = /^(src|test|docs|bench|compose|\.ci)\/[\w./-]*$/;

function brokenPathsOf(page: Page): string[] {
  return codeSpansOf(page).filter((span) => PROJECT_PATH.test(span) && !existsSync(span));
}

/** An identifier that cannot be an ordinary word: with a capital inside, an underscore or parentheses. */
const IDENTIFIER = /^(?=.*[a-z][A-Z]|.*_|.*\(\)|[A-Z]+[a-z])[A-Za-z_]\w*(\(\))?$/;

const WORDS_OF_CODE: ReadonlySet<string> = new Set(
  ['src', 'test/support', 'test/storage'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/\w+/g) ?? []),
  ),
);

function unknownIdentifiersOf(page: Page): string[] {
  return codeSpansOf(page).filter(
    (span) => IDENTIFIER.test(span) && !WORDS_OF_CODE.has(span.replace('()', '')),
  );
}

function brokenLinksOf(page: Page): string[] {
  const targets = [...proseOf(page).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(page, target));
}

function leadsSomewhere(page: Page, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  if (path === '') return anchorsOf(page).has(anchor ?? '');
  const file = join(dirname(page.file), path);
  if (!existsSync(file)) return false;
  if (anchor === undefined) return true;
  return file.endsWith('.md') && anchorsOf({ file, text: readFileSync(file, 'utf8') }).has(anchor);
}

describe.each(ALL_PAGES.map((page) => [page.file, page] as const))('%s', (_, page) => {
  it('names only files and folders that exist', () => {
    expect(brokenPathsOf(page)).toEqual([]);
  });

  it('links only to pages and headings that exist', () => {
    expect(brokenLinksOf(page)).toEqual([]);
  });
});

describe('ARCHITECTURE.md', () => {
  const page = ALL_PAGES.find(({ file }) => file === 'ARCHITECTURE.md')!;

  it('names many files, so that the checks above mean something', () => {
    expect(codeSpansOf(page).filter((span) => PROJECT_PATH.test(span)).length).toBeGreaterThan(80);
  });
});

/** Pages that name functions, types and constants. */
const CODE_PAGES = ALL_PAGES.filter(
  ({ file }) => file === 'ARCHITECTURE.md' || file.startsWith('docs/decisions/'),
);

describe.each(CODE_PAGES.map((page) => [page.file, page] as const))('%s', (_, page) => {
  it('names only identifiers that are in the code', () => {
    expect(unknownIdentifiersOf(page)).toEqual([]);
  });
});

describe('the check of links', () => {
  it('finds a file, an identifier, a page and a heading that do not exist', () => {
    const text = [
      '# A page: with a heading',
      'See `src/gateway.ts`, `src/no-such-file.ts`, [one](CHANGELOG.md), [two](no-such-page.md),',
      '[three](#a-page-with-a-heading), [four](#no-such-heading), [five](SECURITY.md#no-such-heading).',
    ].join('\n\n');
    const page = { file: 'EXAMPLE.md', text };
    expect(brokenPathsOf(page)).toEqual(['src/no-such-file.ts']);
    expect(
      unknownIdentifiersOf({ ...page, text: '`noSuchFunction`, `createSchema` and `no_such()`' }),
    ).toEqual(['noSuchFunction', 'no_such()']);
    expect(brokenLinksOf(page)).toEqual([
      'no-such-page.md',
      '#no-such-heading',
      'SECURITY.md#no-such-heading',
    ]);
  });
});
