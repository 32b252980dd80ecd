import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** One Markdown file of the project. */
export interface Page {
  /** Relative to the project's folder. */
  readonly file: string;
  readonly text: string;
}

/** A fenced code block of a page. */
export interface Block {
  readonly file: string;
  /** The word behind the opening fence, such as `graphql`; empty if there is none. */
  readonly language: string;
  readonly text: string;
}

/** The README and everything in docs/: the pages for users and operators. */
export const USER_PAGES: readonly Page[] = ['README.md', ...markdownFilesIn('docs')].map(readPage);

/** The pages above, and those at the top of the project and in bench/. */
export const ALL_PAGES: readonly Page[] = [
  ...USER_PAGES,
  ...['ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'bench/README.md'].map(readPage),
];

/** All code blocks of a page, in order. */
export function blocksOf({ file, text }: Page): Block[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', block = '']) => ({
    file,
    language,
    text: block,
  }));
}

/** A page's text without its code blocks. */
export function proseOf({ text }: Page): string {
  return text.replaceAll(/^```.*?^```$/gms, '');
}

/** What stands in backticks in a page's prose. */
export function codeSpansOf(page: Page): string[] {
  return [...proseOf(page).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
}

/**
 * The anchors of a page's headings, as GitHub makes them: in lower case, without punctuation, with a hyphen for each
 * space; a number makes repeated ones differ.
 */
export function anchorsOf(page: Page): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(page).matchAll(/^#{1,6} +(.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

function markdownFilesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
    .sort();
}

function readPage(file: string): Page {
  return { file, text: readFileSync(file, 'utf8') };
}
