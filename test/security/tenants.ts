import { createHash } from 'node:crypto';
import type { Permission, VisibleCustomers } from '../../src/config/index.js';
import type { SimulatorCustomer, SimulatorDestination, SimulatorMapping } from '../../src/simulator/index.js';
import { passwordCustomer, serverToServerCustomer } from '../support/customers.js';
import type { TestCustomer } from '../support/gateway.js';
import type { Markers } from './markers.js';

/** Somebody with a key. */
export interface TestCaller {
  readonly name: string;
  readonly key: string;
  readonly customers: VisibleCustomers;
  readonly permissions: readonly Permission[];
}

/** A customer every piece of whose data is marked, beside identifiers that others have too. */
export interface Tenant {
  readonly id: string;
  /** Of its markers. */
  readonly owner: string;
  readonly configured: TestCustomer;
  /** Where its mappings come from; `null`: names come by hand alone. */
  readonly source: SimulatorCustomer | null;
  /** The mappings of each destination as they stand later, one after the other. */
  readonly later: readonly ReadonlyMap<number, readonly SimulatorMapping[]>[];
  /** What its destinations answer when they cannot be read. */
  readonly failures: readonly { readonly destinationId: number; readonly body: string }[];
  /** What its segments alone may be looked up by. */
  readonly segmentIds: readonly string[];
  /** Who takes over its file. */
  readonly author: TestCaller;
  readonly csv: string;
}

export const ALL_PERMISSIONS: readonly Permission[] = ['read', 'refresh', 'import', 'metrics', 'explore'];

export const SHARED_SEGMENTS: readonly string[] = ['1001', '1002', '1003', '1004', '5001', '5002', 'shared'];

/** A caller whose key is made of its name. */
export function callerWith(
  name: string,
  customers: VisibleCustomers,
  permissions: readonly Permission[],
): TestCaller {
  return { name, key: `agk_${name.replaceAll(' ', '_')}`, customers, permissions };
}

/** What the configuration says of a caller. */
export function apiKeyOf({ name, key, customers, permissions }: TestCaller): Record<string, unknown> {
  return { name, sha256: createHash('sha256').update(key).digest('hex'), customers, permissions };
}

/** Five of them: with either way to sign in, by hand alone, and with destinations that cannot be read. */
export function createTenants(markers: Markers): readonly Tenant[] {
  return ['a', 'b', 'c', 'd', 'e'].map((letter) => createTenant(letter, markers));
}

function createTenant(letter: string, markers: Markers): Tenant {
  const word = (): string => markers.word(letter);
  const id = `tenant-${word()}`;
  const mapping = (mappingId: number, more: Partial<SimulatorMapping> = {}): SimulatorMapping => ({
    mappingId,
    sid: markers.number(letter),
    alias: `alias ${word()}`,
    name: `Cart ${word()}`,
    description: `All about ${word()}`,
    ...more,
  });
  const destination = (destinationId: number): SimulatorDestination => ({
    id: destinationId,
    name: `Destination ${word()}`,
    description: `What ${word()} is for`,
    type: 'S2S',
    mappings: [
      mapping(1001, { sid: 5001 }),
      mapping(1002, { alias: 'shared' }),
      mapping(1003, { sid: 5002, alias: null }),
      mapping(1004, { name: null }),
      mapping(markers.number(letter)),
    ],
  });
  const destinations = [314, 315, markers.number(letter)].map(destination);
  const forbidden =
    letter === 'c' ? [{ ...destination(markers.number(letter)), forbidden: true } as const] : [];
  const failing = letter === 'c' || letter === 'e' ? [destination(markers.number(letter))] : [];
  destinations.push(...forbidden, ...failing);
  const isManual = letter === 'd';
  const make = letter === 'b' || letter === 'e' ? serverToServerCustomer : passwordCustomer;
  const bySid = markers.number(letter);
  const byAlias = `by hand ${word()}`;
  return {
    id,
    owner: letter,
    configured: {
      id,
      name: `Company ${word()}`,
      ...(isManual ? { credentials: null } : {}),
      destinations: destinations.map(({ id: each }, index) => ({
        id: each,
        ...(index === 0 || isManual ? { name: `Configured ${word()}` } : {}),
        segmentIdType: ['MAPPING_ID', 'SID'][index] ?? 'AUTO',
      })),
    },
    source: isManual ? null : make(id, ...destinations),
    later: [
      new Map(destinations.map((each) => [each.id, changed(each.mappings, word)])),
      new Map(destinations.map((each) => [each.id, each.mappings])),
    ],
    failures: failing.map((each) => ({ destinationId: each.id, body: `no ${word()}` })),
    segmentIds: [
      ...destinations.flatMap(({ mappings }) => mappings.flatMap(identifiersOf)),
      ...[String(bySid), `sid:${bySid}`, byAlias, `alias:${byAlias}`],
    ].filter((each) => !SHARED_SEGMENTS.includes(each)),
    author: callerWith(`importer ${word()}`, [id], ['read', 'import']),
    csv: [
      'id,sid,alias,name,description',
      `1002,,,Cart by hand ${word()},Told by ${word()}`,
      `,${bySid},,Hand ${word()},Told by ${word()}`,
      `,,${byAlias},Hand ${word()},Told by ${word()}`,
    ].join('\n'),
  };
}

/** One renamed, one described anew, one gone, one inactive. */
function changed(mappings: readonly SimulatorMapping[], word: () => string): SimulatorMapping[] {
  return mappings.flatMap((each): SimulatorMapping[] => {
    if (each.mappingId === 1001) return [{ ...each, name: `Cart renamed ${word()}` }];
    if (each.mappingId === 1002) return [{ ...each, description: `Described anew ${word()}` }];
    if (each.mappingId === 1003) return [];
    return each.mappingId === 1004 ? [{ ...each, status: 'inactive' }] : [each];
  });
}

function identifiersOf({ mappingId, sid, alias }: SimulatorMapping): string[] {
  return [mappingId, sid, alias].flatMap((each) => (each === null || each === undefined ? [] : String(each)));
}
