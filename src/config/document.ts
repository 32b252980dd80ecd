import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Finding } from './findings.js';
import { formatPath, quote, type Path } from './printing.js';
import type { Resolver } from './references.js';
import { parseSyntax, type SyntaxTree } from './syntax.js';

/** Far more than 20 customers with 1,000 destinations each need; aliases can multiply without end. */
const MAX_NODES = 100_000;

/** A configuration text as plain data, and what is known about each place in it. */
export interface ConfigDocument {
  /** Texts, lists, and mappings without prototype, so that no key is special. Undefined after a syntax error. */
  readonly data: unknown;
  /** Mistakes in the syntax and the references. */
  readonly findings: readonly Finding[];
  /** Where in the text a path stands; for one that is missing, where its parent stands. */
  offset(path: Path): number;
  /** Whether the value at a path could not be read, which is among the findings, and stands empty in the data. */
  isBroken(path: Path): boolean;
  /** The value at a path as a message may show it; a secret is replaced by words. */
  show(path: Path): string;
}

/** ReadSet a YAML text and follows its references. */
export function readDocument(text: string, resolve: Resolver): ConfigDocument {
  const syntax = parseSyntax(text);
  if ('findings' in syntax) return unreadable(syntax.findings);
  return new Reader(syntax, resolve);
}

function unreadable(findings: readonly Finding[]): ConfigDocument {
  return { data: undefined, findings, offset: () => 0, isBroken: () => false, show: () => '' };
}

/** Thrown to give up on a document as a whole. */
class Unusable extends Error {}

class Reader implements ConfigDocument {
  readonly data: unknown;
  readonly findings: Finding[] = [];
  readonly #tree: SyntaxTree;
  readonly #resolve: Resolver;
  readonly #offsets = new Map<string, number>();
  readonly #broken = new Set<string>();
  readonly #shown = new Map<string, string>();
  /** Anchored nodes that are being expanded: one that holds an alias of itself would never end. */
  readonly #open = new Set<Node>();
  #nodes = 0;

  constructor(tree: SyntaxTree, resolve: Resolver) {
    this.#tree = tree;
    this.#resolve = resolve;
    this.data = this.#readAll();
  }

  offset(path: Path): number {
    for (let length = path.length; length > 0; length -= 1) {
      const offset = this.#offsets.get(formatPath(path.slice(0, length)));
      if (offset !== undefined) return offset;
    }
    return 0;
  }

  show(path: Path): string {
    return this.#shown.get(formatPath(path)) ?? 'the value given (not shown here)';
  }

  isBroken(path: Path): boolean {
    return this.#broken.has(formatPath(path));
  }

  #readAll(): unknown {
    try {
      return this.#readRoot();
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      this.findings.length = 0;
      this.findings.push({ path: [], message: error.message });
      return undefined;
    }
  }

  #readRoot(): unknown {
    const { root } = this.#tree;
    if (root === null || (isScalar(root) && root.value === '')) {
      throw new Unusable('is empty; list at least one customer under customers:');
    }
    if (!isMap(root)) {
      throw new Unusable('must be a mapping at its top level, with a list under customers:');
    }
    return this.#readMapping(root, []);
  }

  #read(node: Node | null, path: Path): unknown {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) {
      throw new Unusable(`holds more than ${MAX_NODES} values, aliases included; split the configuration`);
    }
    if (isAlias(node)) return this.#readAlias(node, path);
    if (isScalar(node)) return this.#readText(String(node.value), path);
    // Under a secret's key even the keys may be pieces of it.
    if (isSecret(path)) return isSeq(node) ? [] : {};
    if (isMap(node)) return this.#readMapping(node, path);
    if (isSeq(node)) return this.#readList(node, path);
    return '';
  }

  #readAlias(alias: Alias, path: Path): unknown {
    const target = this.#tree.targets.get(alias) ?? null;
    if (target === null || this.#open.has(target)) {
      this.#report(path, 'is an alias of something that it is a part of; write the value out');
      this.#broken.add(formatPath(path));
      return '';
    }
    return this.#read(target, path);
  }

  #readText(text: string, path: Path): string {
    const resolved = this.#resolve(text);
    for (const fault of resolved.faults) this.#report(path, fault);
    if (!resolved.referenced && !isSecret(path)) this.#shown.set(formatPath(path), quote(text));
    if (resolved.faults.length === 0) return resolved.text;
    this.#broken.add(formatPath(path));
    return '';
  }

  #readList(list: YAMLSeq, path: Path): unknown[] {
    this.#open.add(list);
    const items = list.items.map((item, index) => {
      const itemPath = [...path, index];
      const node = item as Node | null;
      this.#place(itemPath, node);
      return this.#read(node, itemPath);
    });
    this.#open.delete(list);
    return items;
  }

  #readMapping(mapping: YAMLMap, path: Path): Record<string, unknown> {
    this.#open.add(mapping);
    const data = Object.create(null) as Record<string, unknown>;
    const lines = new Map<string, number>();
    for (const pair of mapping.items as Pair<Node, Node | null>[]) {
      const line = this.#line(pair.key);
      const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
      if (key === undefined) {
        this.#report(path, `has a key that is not plain text at line ${line}`);
        continue;
      }
      if (pair.value === null) {
        // Perhaps the second half of a password that contains a comma, so it is not repeated.
        this.#report(path, `has a word without a value at line ${line}; quote a value that contains a comma`);
        continue;
      }
      const first = lines.get(key);
      const keyPath = [...path, key];
      if (first !== undefined) {
        this.#report(keyPath, `stands twice, at lines ${first} and ${line}; keep one`);
        continue;
      }
      lines.set(key, line);
      this.#place(keyPath, pair.key);
      data[key] = this.#read(pair.value, keyPath);
    }
    this.#open.delete(mapping);
    return data;
  }

  #place(path: Path, node: Node | null): void {
    this.#offsets.set(formatPath(path), node?.range?.[0] ?? this.offset(path));
  }

  #line(node: Node): number {
    return this.#tree.line(node.range?.[0] ?? 0);
  }

  #report(path: Path, message: string): void {
    this.findings.push({ path, message });
  }
}

/** `audienceManager.password` is a section; every other key of that name holds a password. */
function isSecret(path: Path): boolean {
  const key = path.at(-1);
  if (key === 'clientSecret' || key === 'encryptionKey') return true;
  // With user and password in them.
  if (path.length === 2 && path[0] === 'storage' && key === 'postgres') return true;
  if (path.length === 2 && path[0] === 'outbound' && key === 'proxy') return true;
  if (path.length === 3 && path[0] === 'listen' && path[1] === 'tls' && key === 'key') return true;
  return key === 'password' && !(path.length === 2 && path[0] === 'audienceManager');
}
