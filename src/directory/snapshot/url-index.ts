import type { Steps } from '../../base/turns.js';
import type { PackedSegments } from '../../segments/index.js';

/**
 * Macros that Audience Manager replaces when it calls a URL. A percent sign followed by two hexadecimal digits is an
 * encoded character.
 * Source: "Destination macros"; "Audience Manager Plug-in for IAB TCF".
 */
const MACRO = /%(?![\da-f]{2})[a-z]\w*%|\$\{[a-z]\w*\}/gi;

/** A character that the value of a macro never has: it ends at the next part of the address. */
const DELIMITER = /([/?#&\s])/;

/** A piece of an address between two delimiters that has macros, and the texts around them. */
interface MacroPiece {
  readonly index: number;
  readonly texts: readonly string[];
}

/** One address of a segment with macros. */
interface Template {
  readonly macroPieces: readonly MacroPiece[];
  readonly record: number;
}

/** Templates whose macros are in the same pieces. */
interface TemplateGroup {
  readonly macroIndices: readonly number[];
  /** By the text of the address without these pieces. */
  readonly templates: Map<string, Template[]>;
}

/**
 * Finds segments by an address that a URL destination called: that of the mapping, with its macros replaced.
 *
 * A macro's value never has a delimiter, so an address has the same pieces between delimiters as its template. Templates
 * are found by their pieces without macros: however many a destination has, few are compared.
 */
export class UrlIndex {
  readonly #literal = new Map<string, number[]>();
  /** By number of pieces, then by the indices of those with macros. */
  readonly #groups = new Map<number, Map<string, TemplateGroup>>();

  /** Builds the index in steps. */
  static *building(segments: PackedSegments): Steps<UrlIndex> {
    const index = new UrlIndex();
    for (let record = 0; record < segments.length; record++) {
      yield;
      const addresses = new Set([segments.text(record, 'url'), segments.text(record, 'secureUrl')]);
      for (const address of addresses) {
        if (address === null) continue;
        const alias = segments.text(record, 'alias') ?? segments.text(record, 'sid') ?? '';
        for (const variant of withProtocols(address.replace(/%alias%/gi, () => alias))) {
          index.#add(variant, record);
        }
      }
    }
    return index;
  }

  /** Indices of the segments that a call of this address stands for, each once. */
  findAll(address: string): readonly number[] {
    const found = new Set(this.#literal.get(address));
    if (this.#groups.size > 0) {
      const pieces = address.split(DELIMITER);
      for (const { macroIndices, templates } of this.#groups.get(pieces.length)?.values() ?? []) {
        for (const { macroPieces, record } of templates.get(textWithout(macroIndices, pieces)) ?? []) {
          if (macroPieces.every(({ index, texts }) => hasTexts(pieces[index] ?? '', texts)))
            found.add(record);
        }
      }
    }
    return [...found];
  }

  #add(address: string, record: number): void {
    const pieces = address.split(DELIMITER);
    const macroPieces = pieces
      .map((piece, index) => ({ index, texts: piece.split(MACRO) }))
      .filter(({ texts }) => texts.length > 1);
    if (macroPieces.length === 0) {
      append(this.#literal, address, record);
      return;
    }
    const macroIndices = macroPieces.map(({ index }) => index);
    const groups = this.#groups.get(pieces.length) ?? new Map<string, TemplateGroup>();
    this.#groups.set(pieces.length, groups);
    const group = groups.get(macroIndices.join()) ?? { macroIndices, templates: new Map() };
    groups.set(macroIndices.join(), group);
    append(group.templates, textWithout(macroIndices, pieces), { macroPieces, record });
  }
}

/** The protocol is written out in both forms, because its values are known. */
function withProtocols(address: string): string[] {
  const rest = /^%http_proto%(.*)$/is.exec(address)?.[1];
  return rest === undefined ? [address] : [`http${rest}`, `https${rest}`];
}

/** An address without some of its pieces. The delimiters stay, so that no two lists of pieces have the same text. */
function textWithout(indices: readonly number[], pieces: readonly string[]): string {
  const rest = [...pieces];
  for (const index of indices) rest[index] = '';
  return rest.join('');
}

/** Whether a piece consists of these texts in their order, with a macro's value between each two. */
function hasTexts(piece: string, [prefix = '', ...others]: readonly string[]): boolean {
  const suffix = others.pop() ?? '';
  if (!piece.startsWith(prefix) || !piece.endsWith(suffix)) return false;
  const end = piece.length - suffix.length;
  let position = prefix.length;
  // Each text is found where it comes first, which leaves the most to the others.
  for (const text of others) {
    const found = piece.indexOf(text, position);
    if (found < 0) return false;
    position = found + text.length;
  }
  return position <= end;
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
