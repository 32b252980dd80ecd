import { basename } from 'node:path';
import { checkDelivery } from '../delivery/info-check.js';
import type { DeliveryInfo } from '../delivery/info-file.js';
import type { ArrivedDelivery, ArrivedFile, ArrivedInfo } from './deliveries-folder.js';

/** The name of a file as it was sent, whatever the case of its letters, and whether it is packed. */
export function sentName(name: string): string {
  return name.toLowerCase().replace(/\.gz$/, '');
}

/**
 * What arrived, with each file once: a file may lie in an archive as well, or unpacked beside the packed one. Of several
 * copies, the one counts that is most like what was sent.
 */
export function onceEach({ files, infos }: ArrivedDelivery): ArrivedDelivery {
  const lists = best(
    infos,
    ({ path }) => sentName(basename(path)),
    ({ info }) => [info === null ? 1 : 0],
  );
  const listed = lists.flatMap(({ info }) => (info === null ? [] : [info]));
  return {
    infos: lists,
    files: best(
      files,
      ({ name }) => sentName(name.name),
      (file) => [file.lines === null ? 1 : 0, differencesOf(file, listed), -(file.lines ?? 0)],
    ),
  };
}

/** How much of a file is not as a list says. */
function differencesOf(file: ArrivedFile, lists: readonly DeliveryInfo[]): number {
  const alone = { ...file, name: file.name.name };
  // What else is listed counts for all copies alike.
  return lists.reduce((count, info) => count + checkDelivery(info, [alone]).length, 0);
}

/** Of the items with the same key, the first with the lowest ranks. The order stays. */
function best<T extends ArrivedFile | ArrivedInfo>(
  items: readonly T[],
  keyOf: (item: T) => string,
  ranksOf: (item: T) => readonly number[],
): T[] {
  const kept = new Map<string, T>();
  for (const item of items) {
    const key = keyOf(item);
    const other = kept.get(key);
    if (other === undefined || isLower(ranksOf(item), ranksOf(other))) kept.set(key, item);
  }
  return [...kept.values()];
}

function isLower(ranks: readonly number[], others: readonly number[]): boolean {
  const at = ranks.findIndex((rank, index) => rank !== others[index]);
  return at !== -1 && (ranks[at] ?? 0) < (others[at] ?? 0);
}
