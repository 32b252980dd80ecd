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
import { formatPath, quoteValue, type Path } from './message-format.js';
import type { Mistake } from './mistake.js';
import type { Resolver } from './references.js';
import { parseYaml, type YamlTree } from './yaml-tree.js';

/** Maximum number of values, aliases expanded. 20 customers with 1,000 destinations each need far fewer. */
const MAX_VALUES = 100_000;

/** A configuration as plain data, with what is known of each place in its text. */
export interface ConfigDocument {
  /**
   * Texts, lists and mappings, with references and aliases resolved. Mappings have no prototype, so that no
   * key is special. `undefined` if the text cannot be parsed.
   */
  readonly data: unknown;
  /** Mistakes in the syntax and the references. */
  readonly mistakes: readonly Mistake[];
  /** The offset of a key or list item in the text; if it does not exist, the offset of its closest parent. */
  offset(path: Path): number;
  /** Whether the value could not be resolved. The mistake is reported, and the value is empty in `data`. */
  isUnresolved(path: Path): boolean;
  /** The value formatted for a message; a phrase instead of a value that may be secret. */
  show(path: Path): string;
}

/** Parses a configuration text and resolves its references. */
export function readDocument(text: string, resolve: Resolver): ConfigDocument {
  const tree = parseYaml(text);
  if ('mistakes' in tree) return unparsedDocument(tree.mistakes);
  return new TreeReader(tree, resolve);
}

function unparsedDocument(mistakes: readonly Mistake[]): ConfigDocument {
  return { data: undefined, mistakes, offset: () => 0, isUnresolved: () => false, show: () => '' };
}

/** A mistake after which nothing else of the document is checked. */
class FatalMistake extends Error {}

class TreeReader implements ConfigDocument {
  readonly data: unknown;
  readonly mistakes: Mistake[] = [];
  readonly #tree: YamlTree;
  readonly #resolve: Resolver;
  readonly #offsets = new Map<string, number>();
  readonly #unresolved = new Set<string>();
  /** The formatted values that may be shown, by path. */
  readonly #shown = new Map<string, string>();
  /** Nodes that are being read: an alias of one of them would be expanded without end. */
  readonly #open = new Set<Node>();
  #values = 0;

  constructor(tree: YamlTree, resolve: Resolver) {
    this.#tree = tree;
    this.#resolve = resolve;
    this.data = this.#readDocument();
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

  isUnresolved(path: Path): boolean {
    return this.#unresolved.has(formatPath(path));
  }

  #readDocument(): unknown {
    try {
      return this.#readRoot();
    } catch (error) {
      if (!(error instanceof FatalMistake)) throw error;
      this.mistakes.length = 0;
      this.mistakes.push({ path: [], message: error.message });
      return undefined;
    }
  }

  #readRoot(): unknown {
    const { root } = this.#tree;
    if (root === null || (isScalar(root) && root.value === '')) {
      throw new FatalMistake('is empty; list at least one customer under customers:');
    }
    if (!isMap(root)) {
      throw new FatalMistake('must be a mapping at its top level, with a list under customers:');
    }
    return this.#readMapping(root, []);
  }

  #read(node: Node | null, path: Path): unknown {
    this.#values += 1;
    if (this.#values > MAX_VALUES) {
      throw new FatalMistake(
        `contains more than ${MAX_VALUES} values, aliases included; split the configuration`,
      );
    }
    if (isAlias(node)) return this.#readAlias(node, path);
    if (isScalar(node)) return this.#readText(String(node.value), path);
    // A list or mapping in the place of a secret is not read: even its keys may be parts of the secret.
    if (isSecretPath(path)) return isSeq(node) ? [] : {};
    if (isMap(node)) return this.#readMapping(node, path);
    if (isSeq(node)) return this.#readList(node, path);
    return '';
  }

  #readAlias(alias: Alias, path: Path): unknown {
    const target = this.#tree.targets.get(alias) ?? null;
    if (target === null || this.#open.has(target)) {
      this.#report(path, 'is an alias of a value that contains it; write the value out');
      this.#unresolved.add(formatPath(path));
      return '';
    }
    return this.#read(target, path);
  }

  #readText(text: string, path: Path): string {
    const resolved = this.#resolve(text);
    for (const error of resolved.errors) this.#report(path, error);
    if (!resolved.hasReference && !isSecretPath(path)) this.#shown.set(formatPath(path), quoteValue(text));
    if (resolved.errors.length === 0) return resolved.text;
    this.#unresolved.add(formatPath(path));
    return '';
  }

  #readList(list: YAMLSeq, path: Path): unknown[] {
    this.#open.add(list);
    const items = list.items.map((item, index) => {
      const itemPath = [...path, index];
      const node = item as Node | null;
      this.#recordOffset(itemPath, node);
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
        this.#report(path, `has a key that is not plain text at line ${line}; use a plain word as the key`);
        continue;
      }
      if (pair.value === null) {
        // The key is not shown: it may be the second half of a password that contains a comma.
        this.#report(
          path,
          `has a key without a value at line ${line}; add the value, or quote a value that contains a comma`,
        );
        continue;
      }
      const first = lines.get(key);
      const keyPath = [...path, key];
      if (first !== undefined) {
        this.#report(keyPath, `is given twice, at lines ${first} and ${line}; keep one`);
        continue;
      }
      lines.set(key, line);
      this.#recordOffset(keyPath, pair.key);
      data[key] = this.#read(pair.value, keyPath);
    }
    this.#open.delete(mapping);
    return data;
  }

  #recordOffset(path: Path, node: Node | null): void {
    this.#offsets.set(formatPath(path), node?.range?.[0] ?? this.offset(path));
  }

  #line(node: Node): number {
    return this.#tree.line(node.range?.[0] ?? 0);
  }

  #report(path: Path, message: string): void {
    this.mistakes.push({ path, message });
  }
}

/** Whether the value at a path is secret. `audienceManager.password` is a section, not a password. */
function isSecretPath(path: Path): boolean {
  const key = path.at(-1);
  if (key === 'clientSecret' || key === 'encryptionKey') return true;
  // These URLs contain user name and password.
  if (path.length === 2 && path[0] === 'storage' && key === 'postgres') return true;
  if (path.length === 2 && path[0] === 'outbound' && key === 'proxy') return true;
  if (path.length === 3 && path[0] === 'listen' && path[1] === 'tls' && key === 'key') return true;
  return key === 'password' && !(path.length === 2 && path[0] === 'audienceManager');
}
