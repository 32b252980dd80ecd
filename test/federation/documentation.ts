import { USER_PAGES, blocksOf } from '../docs/markdown.js';

const BLOCKS = blocksOf(USER_PAGES.find(({ file }) => file === 'docs/federation.md')!);

/** The examples of docs/federation.md by their file, which the first line names. */
const EXAMPLES = new Map(BLOCKS.map(({ text }) => [/^(?:#|\/\/) (\S+)$/m.exec(text)?.[1] ?? '', text]));

/** An example of docs/federation.md. @throws Error if there is none of this name */
export function example(file: string): string {
  const text = EXAMPLES.get(file);
  if (text === undefined) throw new Error(`docs/federation.md has no example ${file}`);
  return text;
}
