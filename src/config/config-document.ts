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
import { hasReference, type Resolver } from './references.js';
import { isSecretPath } from './secret-paths.js';
import { parseYaml, type YamlTree } from './yaml-tree.js';

/**
 * Maximum number of values in all files, aliases expanded. 2,000 customers with 1,000 destinations each, of which only
 * the ID is given, are 4 million.
 */
const MAX_VALUES = 5_000_000;

/** One file of a configuration as plain data, with what is known of each place in its text. */
export interface ConfigDocument {
  /**
   * Texts, lists and mappings, with references and aliases resolved. Mappings have no prototype, so that no
   * key is special. `undefined` if the text cannot be parsed.
   */
  readonly data: Readonly<Record<string, unknown>> | undefined;
  /** Mistakes in the syntax and the references. */
  readonly mistakes: readonly Mistake[];
  /** The offset of a key or list item in the text; if it does not exist, the offset of its closest parent. */
  offset(path: Path): number;
  /** The line of a key or list item, as `offset`; the first line is 1. */
  line(path: Path): number;
  /** Whether the value could not be resolved. The mistake is reported, and the value is empty in `data`. */
  isUnresolved(path: Path): boolean;
  /** The value formatted for a message; a phrase instead of a value that may be secret. */
  show(path: Path): string;
}

/** Counts the values of all files of one configuration. */
export class ValueCounter {
  #count = 0;

  /** Whether one more value is too many. */
  exceeds(): boolean {
    this.#count += 1;
    return this.#count > MAX_VALUES;
  }
}

/** Parses the text of one file and resolves its references. */
export function readDocument(text: string, resolve: Resolver, values = new ValueCounter()): ConfigDocument {
  const tree = parseYaml(text);
  if ('mistakes' in tree) return unparsedDocument(tree.mistakes);
  return new TreeReader(text, tree, resolve, values);
}

/** A file that could not be read or parsed. */
export function unparsedDocument(mistakes: readonly Mistake[]): ConfigDocument {
  return {
    data: undefined,
    mistakes,
    offset: () => 0,
    line: () => 1,
    isUnresolved: () => false,
    show: () => '',
  };
}

/** A mistake after which nothing else of the document is checked. */
class FatalMistake extends Error {}

/** Where a value is in the tree. */
interface Place {
  /** The key or the list item; the closest parent's if the value does not exist. */
  readonly start: Node | null;
  /** The value, aliases followed; `null` if it does not exist. */
  readonly value: Node | null;
}

class TreeReader implements ConfigDocument {
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly mistakes: Mistake[] = [];
  readonly #text: string;
  /** `null` after the data was read: a tree takes many times the memory of its text. */
  #tree: YamlTree | null;
  readonly #resolve: Resolver;
  readonly #values: ValueCounter;
  readonly #unresolved = new Set<string>();
  /** Nodes that are being read: an alias of one of them would be expanded without end. */
  readonly #open = new Set<Node>();

  constructor(text: string, tree: YamlTree, resolve: Resolver, values: ValueCounter) {
    this.#text = text;
    this.#tree = tree;
    this.#resolve = resolve;
    this.#values = values;
    this.data = this.#readDocument();
    this.#tree = null;
  }

  /** The tree; parsed again if it is needed for a message. */
  get #parsed(): YamlTree {
    if (this.#tree !== null) return this.#tree;
    const tree = parseYaml(this.#text);
    if ('mistakes' in tree) throw new Error('bug: a text that was parsed cannot be parsed again');
    this.#tree = tree;
    return tree;
  }

  offset(path: Path): number {
    return this.#find(path).start?.range?.[0] ?? 0;
  }

  line(path: Path): number {
    return this.#parsed.line(this.offset(path));
  }

  show(path: Path): string {
    const { value } = this.#find(path);
    const isSecret = path.some((_, index) => isSecretPath(path.slice(0, index + 1)));
    const isShown = isScalar(value) && !isSecret && !hasReference(String(value.value));
    return isShown ? quoteValue(String(value.value)) : 'the value given (not shown here)';
  }

  isUnresolved(path: Path): boolean {
    return this.#unresolved.size > 0 && this.#unresolved.has(formatPath(path));
  }

  /** Follows a path through the tree. Nothing is remembered of each value, because there may be millions. */
  #find(path: Path): Place {
    let start: Node | null = null;
    let value = this.#parsed.root;
    for (const segment of path) {
      let key: Node | null = null;
      let next: Node | null = null;
      if (isMap(value)) {
        const pairs = value.items as Pair<Node, Node | null>[];
        const pair = pairs.find(
          (each) => each.value !== null && isScalar(each.key) && String(each.key.value) === segment,
        );
        key = pair?.key ?? null;
        next = pair?.value ?? null;
      } else if (isSeq(value) && typeof segment === 'number') {
        next = (value.items[segment] as Node | null | undefined) ?? null;
        key = next;
      }
      if (next === null) return { start, value: null };
      start = key ?? start;
      value = isAlias(next) ? (this.#parsed.targets.get(next) ?? null) : next;
    }
    return { start, value };
  }

  #readDocument(): Readonly<Record<string, unknown>> | undefined {
    try {
      return this.#readRoot();
    } catch (error) {
      if (!(error instanceof FatalMistake)) throw error;
      this.mistakes.length = 0;
      this.mistakes.push({ path: [], message: error.message });
      return undefined;
    }
  }

  #readRoot(): Readonly<Record<string, unknown>> {
    const { root } = this.#parsed;
    if (root === null || (isScalar(root) && root.value === '')) {
      throw new FatalMistake('is empty; list at least one customer under customers:');
    }
    if (!isMap(root)) {
      throw new FatalMistake('must be a mapping at its top level, with a list under customers:');
    }
    return this.#readMapping(root, []);
  }

  #read(node: Node | null, path: Path): unknown {
    if (this.#values.exceeds()) {
      throw new FatalMistake(`takes the configuration above ${MAX_VALUES} values, aliases included`);
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
    const target = this.#parsed.targets.get(alias) ?? null;
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
    if (resolved.errors.length === 0) return resolved.text;
    this.#unresolved.add(formatPath(path));
    return '';
  }

  #readList(list: YAMLSeq, path: Path): unknown[] {
    this.#open.add(list);
    const items = list.items.map((item, index) => {
      const itemPath = [...path, index];
      const node = item as Node | null;
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
      data[key] = this.#read(pair.value, keyPath);
    }
    this.#open.delete(mapping);
    return data;
  }

  #line(node: Node): number {
    return this.#parsed.line(node.range?.[0] ?? 0);
  }

  #report(path: Path, message: string): void {
    this.mistakes.push({ path, message });
  }
}
