import { fold } from '../../base/text.js';
import type { DestinationFilter, DiscoveryConfig } from '../../config/index.js';
import type { StoredDiscoveredDestination } from '../../storage/index.js';

/** What a destination is selected by. */
type Selectable = Pick<StoredDiscoveredDestination, 'id' | 'name' | 'type'>;

/** Whether a discovered destination is served: it is included, and not excluded. IDs are compared as text. */
export function isSelected({ include, exclude }: DiscoveryConfig, destination: Selectable): boolean {
  if (include !== null && !isMatch(include, destination)) return false;
  return exclude === null || !isMatch(exclude, destination);
}

function isMatch({ ids, names, types }: DestinationFilter, { id, name, type }: Selectable): boolean {
  if (ids.includes(id) || types.some((each) => each === type)) return true;
  return name !== null && names.some((pattern) => isLike(pattern, name));
}

/** Whether a text is what a pattern says, in which `*` stands for any text. Case and accents do not matter. */
export function isLike(pattern: string, text: string): boolean {
  const [first = '', ...others] = fold(pattern).split('*');
  const folded = fold(text);
  const last = others.pop();
  if (last === undefined) return folded === first;
  if (!folded.startsWith(first)) return false;
  let end = first.length;
  // The earliest place of each part leaves most for the parts behind it.
  for (const part of others) {
    const found = folded.indexOf(part, end);
    if (found < 0) return false;
    end = found + part.length;
  }
  return folded.length - last.length >= end && folded.endsWith(last);
}
