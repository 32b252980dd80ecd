import type { SegmentIdType } from '../../../src/config/index.js';
import type { Destination, FoundId } from '../../../src/directory/index.js';
import {
  acme,
  destination,
  startDirectory,
  type DirectorySetUp,
  type TestDirectory,
} from '../../support/directory.js';

/** Fields of Audience Manager's JSON, in its own words. */
export type Fields = Readonly<Record<string, unknown>>;

/** A destination as Audience Manager answers it, and the rows of its mappings. */
export interface Documented {
  /** Fields of the destination besides those of the documentation's example. */
  readonly fields: Fields;
  /** Fields of each mapping besides those of the documentation's example. May change between two listings. */
  readonly rows: Fields[];
}

/** The example of Adobe's documentation, without the fields that a test states. */
const EXAMPLE_ROW: Fields = {
  traitType: 'SEGMENT',
  traitValue: 0,
  destinationId: 314,
  elementName: 'sample pixel',
  elementDescription: null,
  elementStatus: 'active',
  createTime: 1281997484000,
  updateTime: 1300752888000,
  crUID: 224,
  upUID: 308,
  startDate: '2010-11-15',
  endDate: null,
  priority: null,
  url: null,
  secureUrl: null,
  tagCode: null,
  secureTagCode: null,
  traitAlias: null,
};

/** The example of Adobe's documentation, without the fields that a test states. */
const EXAMPLE_DESTINATION: Fields = {
  destinationId: 314,
  dataSourceId: null,
  pid: 1099,
  name: 'sample destination',
  description: 'what it is for',
  status: 'active',
  createTime: 1281997484000,
  updateTime: 1300752888000,
  domainRestrictions: 'ALL_DOMAINS',
  serializationEnabled: null,
  urlFormatString: null,
  secureUrlFormatString: null,
  delimiter: null,
  startDate: null,
  endDate: null,
  mappings: null,
};

/** Creates a directory with one destination, 314 of Acme, as Audience Manager documents it. Default: AUTO. */
export async function startDocumented(
  { fields, rows }: Documented,
  setUp: Omit<DirectorySetUp, 'customers'> = {},
): Promise<TestDirectory> {
  const customers = [acme(destination(314, []))];
  const test = await startDirectory({ segmentIdType: 'AUTO', ...setUp, customers });
  test.simulator.fault({
    endpoint: 'destination',
    action: { kind: 'answer', transform: () => ({ ...EXAMPLE_DESTINATION, ...fields }) },
  });
  test.simulator.fault({
    endpoint: 'mappings',
    action: {
      kind: 'answer',
      transform: () => {
        const list = rows.map((row) => ({ ...EXAMPLE_ROW, ...row }));
        return { total: list.length, page: 0, pageSize: list.length, list };
      },
    },
  });
  return test;
}

/** What a lookup found out, in short: `Loyal as SID`, `UNKNOWN` or `AMBIGUOUS: Loyal as SID, New as MAPPING_ID`. */
export function shown(result: FoundId | undefined): string {
  if (result?.status === 'FOUND') return `${result.segment.name} as ${result.idType}`;
  if (result?.status !== 'AMBIGUOUS') return String(result?.status);
  const candidates = result.candidates.map(({ segment, idType }) => `${segment.name} as ${idType}`);
  return `AMBIGUOUS: ${candidates.join(', ')}`;
}

/** Looks IDs up as a request does. @returns what was found out, by ID */
export async function lookUp(
  { find }: Pick<TestDirectory, 'find'>,
  at: Destination,
  ids: readonly string[],
  idType?: SegmentIdType,
): Promise<Record<string, string>> {
  const { results } = await find(at, ids, idType);
  return Object.fromEntries(ids.map((id, index) => [id, shown(results[index])]));
}
