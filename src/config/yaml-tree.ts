import {
  Composer,
  LineCounter,
  Parser,
  isAlias,
  visit,
  type Alias,
  type CST,
  type Document,
  type ErrorCode,
  type Node,
} from 'yaml';
import type { Mistake } from './mistake.js';

/**
 * Maximum depth of nested values. Far more than a configuration needs, and far less than exhausts the stack.
 */
const MAX_DEPTH = 32;

const MISPLACED_KEY =
  'a key is not expected here; indent it like the keys beside it, and quote a value that contains ": "';

/** Explanations of the syntax errors that the YAML parser reports, by its error codes. */
const EXPLANATIONS: Partial<Record<ErrorCode, string>> = {
  BAD_SCALAR_START: 'a value cannot begin with this character; put the value in quotes',
  TAB_AS_INDENT: 'tabs cannot indent; use spaces',
  MISSING_CHAR: 'a closing quote, a bracket, a comma or a colon is missing',
  BAD_INDENT: 'the indentation does not fit the lines above, or a bracket is not closed',
  BLOCK_AS_IMPLICIT_KEY: MISPLACED_KEY,
  MULTILINE_IMPLICIT_KEY: MISPLACED_KEY,
  BAD_DQ_ESCAPE: 'this is not an escape of double quotes; use single quotes, or double the backslash',
  MULTIPLE_DOCS: 'a second document begins here; keep one document in the file',
  TAG_RESOLVE_FAILED: 'tags are not supported; quote a value that begins with !',
  BAD_DIRECTIVE: 'directives are not supported; remove the line that begins with %',
};
const OTHER_ERROR = 'unexpected text; quote a value that contains quotes, brackets, commas, : or #';
const UNKNOWN_ANCHOR = 'there is no anchor of this name in the lines above; quote a value that begins with *';

/** A parsed YAML document. */
export interface YamlTree {
  /** `null` if the document is empty or contains only comments. */
  readonly root: Node | null;
  /** The node that each alias refers to. */
  readonly targets: ReadonlyMap<Alias, Node>;
  /** The line of an offset in the text; the first line is 1. */
  line(offset: number): number;
}

/**
 * Parses one YAML document. Every scalar stays the text that was written. The messages of the YAML library
 * are replaced by our own, because the library quotes the source, which may be a password without its quotes.
 */
export function parseYaml(text: string): YamlTree | { readonly mistakes: readonly Mistake[] } {
  const lines = new LineCounter();
  const parsed = compose(text, lines);
  if (parsed === null) {
    return { mistakes: [{ path: [], message: `is nested more than ${MAX_DEPTH} levels deep` }] };
  }
  const [document, next] = parsed;
  const errors = [...document.errors, ...document.warnings].map((error) => ({
    offset: error.pos[0],
    message: EXPLANATIONS[error.code] ?? OTHER_ERROR,
  }));
  if (next !== undefined) {
    errors.push({ offset: next.range[0], message: EXPLANATIONS.MULTIPLE_DOCS ?? OTHER_ERROR });
  }
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  // Walking through a large document takes long, and an alias begins with this character.
  if (text.includes('*')) {
    visit(document, {
      Node(_key, node) {
        if (!isAlias(node)) {
          if (node.anchor !== undefined) anchors.set(node.anchor, node);
          return;
        }
        const target = anchors.get(node.source);
        if (target === undefined) errors.push({ offset: node.range?.[0] ?? 0, message: UNKNOWN_ANCHOR });
        else targets.set(node, target);
      },
    });
  }
  if (errors.length === 0) {
    return { root: document.contents, targets, line: (offset) => lines.linePos(offset).line };
  }
  // One mistake often causes several errors in its line, so only the first one of each line is reported.
  const firstOfLine = new Map<number, Mistake>();
  for (const { offset, message } of errors.sort((a, b) => a.offset - b.offset)) {
    const { line, col } = lines.linePos(offset);
    if (firstOfLine.has(line)) continue;
    firstOfLine.set(line, {
      path: [],
      message: `is not valid YAML at line ${line}, column ${col}: ${message}`,
    });
  }
  return { mistakes: [...firstOfLine.values()] };
}

/** @returns one document, and a second one if there is; `null` if they are nested too deep */
function compose(text: string, lines: LineCounter): readonly [Document.Parsed, Document.Parsed?] | null {
  const composer = new Composer({
    schema: 'failsafe',
    resolveKnownTags: false,
    merge: false,
    // Duplicate keys are reported with their paths when the document is read.
    uniqueKeys: false,
    prettyErrors: false,
  });
  const documents: Document.Parsed[] = [];
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    if (isTooDeep(token)) return null;
    documents.push(...composer.next(token));
  }
  documents.push(...composer.end(true, text.length));
  const [first, second] = documents;
  if (first === undefined) throw new Error('bug: the YAML parser made no document');
  return second === undefined ? [first] : [first, second];
}

/** Checks the depth without recursion, before the recursive composer could exhaust the stack. */
function isTooDeep(document: CST.Token): boolean {
  const pending = [{ token: document, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { token, depth } = next;
    if (depth > MAX_DEPTH) return true;
    if (token.type === 'document' && token.value !== undefined) pending.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    for (const { key, value } of token.items) {
      if (key) pending.push({ token: key, depth: depth + 1 });
      if (value) pending.push({ token: value, depth: depth + 1 });
    }
  }
  return false;
}
