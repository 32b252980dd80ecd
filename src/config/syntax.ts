import {
  LineCounter,
  Parser,
  isAlias,
  parseDocument,
  visit,
  type Alias,
  type CST,
  type ErrorCode,
  type Node,
} from 'yaml';
import type { Finding } from './findings.js';

/** Deeper than any configuration, and far from what would exhaust the stack. */
const MAX_DEPTH = 32;

const EXPLANATIONS: Partial<Record<ErrorCode, string>> = {
  BAD_SCALAR_START: 'a value cannot begin with this character; put the value in quotes',
  TAB_AS_INDENT: 'tabs cannot indent; use spaces',
  MISSING_CHAR: 'a closing quote, a bracket, a comma or a colon is missing',
  BAD_INDENT: 'the indentation does not fit the lines above, or a bracket is not closed',
  BLOCK_AS_IMPLICIT_KEY:
    'a key cannot stand here; indent it like its neighbours, and quote a value that contains ": "',
  MULTILINE_IMPLICIT_KEY:
    'a key cannot stand here; indent it like its neighbours, and quote a value that contains ": "',
  BAD_DQ_ESCAPE: 'double quotes know no such escape; use single quotes, or double the backslash',
  MULTIPLE_DOCS: 'a second document begins here; keep one document in the file',
  TAG_RESOLVE_FAILED: 'tags have no meaning here; quote a value that begins with !',
  BAD_DIRECTIVE: 'directives have no meaning here; remove the line that begins with %',
};
const UNEXPLAINED = 'this cannot stand here; quote a value that contains quotes, brackets, commas, : or #';
const NO_ANCHOR = 'no anchor of this name stands before; quote a value that begins with *';

/** A YAML document taken apart. */
export interface SyntaxTree {
  /** null where there is nothing but comments. */
  readonly root: Node | null;
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<Alias, Node>;
  /** The line, from 1, of an offset. */
  line(offset: number): number;
}

/**
 * Parses one YAML document in which every scalar stays the text that was written. The messages are our
 * own: the library's quote the source, which may be a password that lacks its quotes.
 */
export function parseSyntax(text: string): SyntaxTree | { readonly findings: readonly Finding[] } {
  if (isTooDeep(text)) {
    return { findings: [{ path: [], message: `is nested more than ${MAX_DEPTH} levels deep` }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    resolveKnownTags: false,
    merge: false,
    // Reported with their paths when the document is read.
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
  });
  const faults = [...document.errors, ...document.warnings].map((error) => ({
    offset: error.pos[0],
    message: EXPLANATIONS[error.code] ?? UNEXPLAINED,
  }));
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node(_key, node) {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.set(node.anchor, node);
        return;
      }
      const target = anchors.get(node.source);
      if (target === undefined) faults.push({ offset: node.range?.[0] ?? 0, message: NO_ANCHOR });
      else targets.set(node, target);
    },
  });
  if (faults.length === 0) {
    return { root: document.contents, targets, line: (offset) => lines.linePos(offset).line };
  }
  // One slip often makes the parser stumble several times in a line.
  const firstOfLine = new Map<number, Finding>();
  for (const { offset, message } of faults.sort((a, b) => a.offset - b.offset)) {
    const { line, col } = lines.linePos(offset);
    if (firstOfLine.has(line)) continue;
    firstOfLine.set(line, {
      path: [],
      message: `is not valid YAML at line ${line}, column ${col}: ${message}`,
    });
  }
  return { findings: [...firstOfLine.values()] };
}

/** Looks at the brackets and indents alone, without recursion: composing the document is recursive. */
function isTooDeep(text: string): boolean {
  const pending: { readonly token: CST.Token; readonly depth: number }[] = [];
  for (const token of new Parser().parse(text)) pending.push({ token, depth: 0 });
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
