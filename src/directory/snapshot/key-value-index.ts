import type { Steps } from '../../base/turns.js';
import { parseManualOnlyId, type PackedSegments } from '../../segments/index.js';
import type { IdKinds } from './id-kinds.js';

/** Finds the segments of a cookie destination by key and value together, such as `color=7`. */
export class KeyValueIndex {
  readonly #records = new Map<string, number[]>();

  /** Builds the index in steps. @param kinds separator, and the key of segments that have none of their own */
  static *building(
    segments: PackedSegments,
    kinds: Pick<IdKinds, 'keySeparator' | 'singleKey'>,
  ): Steps<KeyValueIndex> {
    const index = new KeyValueIndex();
    for (let record = 0; record < segments.length; record++) {
      yield;
      const text = keyValueOf(segments, record, kinds);
      if (text === null) continue;
      const others = index.#records.get(text);
      if (others === undefined) index.#records.set(text, [record]);
      else others.push(record);
    }
    return index;
  }

  /** Indices of all segments with this key and value. */
  findAll(keyValue: string): readonly number[] {
    return this.#records.get(keyValue) ?? [];
  }
}

function keyValueOf(
  segments: PackedSegments,
  record: number,
  { keySeparator, singleKey }: Pick<IdKinds, 'keySeparator' | 'singleKey'>,
): string | null {
  const value = segments.text(record, 'value');
  if (value === null) return enteredKeyValue(segments, record);
  const key = segments.text(record, 'alias') ?? singleKey;
  return key === null ? null : `${key}${keySeparator}${value}`;
}

/** A manual entry for key and value has both in its ID alone, because it does not say where the one ends. */
function enteredKeyValue(segments: PackedSegments, record: number): string | null {
  const entered = segments.source(record) === 'MANUAL' ? parseManualOnlyId(segments.id(record)) : null;
  return entered?.idType === 'KEY_VALUE' ? entered.id : null;
}
