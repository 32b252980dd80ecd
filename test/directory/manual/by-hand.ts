import type { Authorship } from '../../../src/directory/index.js';
import type { IdentifierType } from '../../../src/segments/index.js';
import { MINUTE, type TestDirectory } from '../../support/directory.js';

/** All kinds that can be stated. */
export const KINDS: readonly IdentifierType[] = ['SID', 'MAPPING_ID', 'ALIAS', 'VALUE', 'KEY_VALUE', 'URL'];

// Fields of destinations of each kind, in Audience Manager's words.
export const SERVER = { destinationType: 'S2S' };
export const SINGLE = { destinationType: 'ADS', formatType: 'single_key', singleKey: 'k' };
export const KEYED = { destinationType: 'ADS', formatType: 'key_value', keySeparator: ':' };
export const SERIALIZED = { destinationType: 'PUSH', serializationEnabled: true };
export const ADDRESSED = { destinationType: 'PUSH', serializationEnabled: false };

/** Ann, at the time of the directory. */
export function ann({ clock }: TestDirectory): Authorship {
  return { by: 'Ann', at: clock.now() };
}

/** Lists the destination again, a minute later. */
export async function listAgain({ clock, at }: TestDirectory): Promise<void> {
  clock.advance(MINUTE);
  await at().refresh('schedule');
}

/** The gateway's own IDs of all segments, with their names. */
export async function known({ at }: TestDirectory): Promise<[string, string | null][]> {
  return [...(await at().snapshot()).segments].map(({ id, name }) => [id, name]);
}
