import {
  buildSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  printSchema,
  type GraphQLField,
  type GraphQLNamedType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSchema } from '../../../src/graphql/index.js';
import { destination, passwordCustomer } from '../../support/customers.js';
import { TestGateway, type Answer } from '../../support/gateway.js';
import { entryOf, withKey } from '../../support/keys.js';

const AT = 'customerId: "acme", destinationId: "314"';
const KEY = `{ ${AT}, segmentId: "1001" }`;

/** Mutations by the one permission that they need, without a selection. */
const CHANGES: readonly (readonly [permission: string, field: string, call: string])[] = [
  ['refresh', 'refreshDestination', `refreshDestination(${AT})`],
  ['import', 'importSegments', `importSegments(${AT}, csv: "id,name\\n1001,By hand")`],
  ['import', 'importSegments', `importSegments(${AT}, csv: "id,name\\n1001,By hand", dryRun: true)`],
  ['import', 'setSegment', `setSegment(key: ${KEY}, name: "By hand")`],
  ['import', 'unsetSegment', `unsetSegment(key: ${KEY})`],
];

/** Values of the required arguments in the answers. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  destinationId: '"314"',
  segmentId: '"1002"',
  segmentIds: '["1002", "1003"]',
  since: '"2020-01-01T00:00:00Z"',
};

const schema = buildSchema(printSchema(createSchema()));

/** One selection for each field that a type has, down to `depth` objects. */
function selectionsOf(type: GraphQLNamedType, depth: number): string[] {
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => {
    const call = callOf(field);
    const of = getNamedType(field.type);
    if (!isCompositeType(of)) return [call];
    return depth === 0
      ? [`${call} { __typename }`]
      : selectionsOf(of, depth - 1).map((each) => `${call} { ${each} }`);
  });
}

function callOf({ name, args }: GraphQLField<unknown, unknown>): string {
  const required = args.filter(({ type, defaultValue }) => isNonNullType(type) && defaultValue === undefined);
  if (required.length === 0) return name;
  return `${name}(${required.map((each) => `${each.name}: ${ARGUMENTS[each.name] ?? '?'}`).join(', ')})`;
}

describe('the answer to a change, for a caller that may not read', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 3))],
      config: {
        access: {
          apiKeys: [
            entryOf('import-key', 'importer', ['acme'], ['import']),
            entryOf('refresh-key', 'refresher', ['acme'], ['refresh']),
            entryOf('editor-key', 'editor', ['acme'], ['read', 'import', 'refresh']),
          ],
        },
      },
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  async function run(key: string, query: string): Promise<Answer<Record<string, unknown>>> {
    return (await gateway.post({ query }, withKey(key))).body as Answer<Record<string, unknown>>;
  }

  const cases = CHANGES.map(([permission, field, call]) => {
    const type = schema.getMutationType()?.getFields()[field]?.type;
    if (type === undefined) throw new Error(`there is no mutation ${field}`);
    return { permission, field, call, selections: selectionsOf(getNamedType(type), 3) };
  });

  it.each(cases)(
    'says that it was done, whichever field it asks for: $call',
    async ({ permission, field, call, selections }) => {
      expect(selections.length).toBeGreaterThan(5);
      for (const selection of selections) {
        const { data, errors = [] } = await run(`${permission}-key`, `mutation { ${call} { ${selection} } }`);
        expect({ selection, data }).toMatchObject({
          selection,
          data: { [field]: expect.any(Object) as object },
        });
        for (const { path = [], extensions } of errors) {
          expect({ selection, code: extensions.code }).toEqual({ selection, code: 'FORBIDDEN' });
          expect(path.length).toBeGreaterThan(1);
        }
        expect(JSON.stringify(data)).not.toMatch(/Segment \d|About segment|500\d/);
      }
    },
  );

  const importing = (csv: string, more = ''): string =>
    `mutation { importSegments(${AT}, csv: ${JSON.stringify(csv)}${more}) { applied created renamed updated unchanged removed rejected mistakes { line reason } } }`;
  const NOTHING = { created: 0, renamed: 0, updated: 0, unchanged: 0, removed: 0 };

  it('to an import that changes nothing is the same whatever is stored', async () => {
    const rows = ['1001,Segment 1', '1001,Other', '9999,New'];
    for (const more of [', dryRun: true', ', dryRun: true, mode: REPLACE', ', dryRun: true, skipBad: true']) {
      for (const row of rows) {
        const { data } = await run('import-key', importing(`id,name\n${row}`, more));
        expect(data).toEqual({ importSegments: { ...NOTHING, applied: false, rejected: 0, mistakes: [] } });
      }
    }
    // A mistake makes an import one that only tries.
    for (const row of rows) {
      const { data } = await run('import-key', importing(`id,name\n${row}\n,Q`));
      const mistakes = [{ line: 3, reason: expect.stringMatching(/./) as string }];
      expect(data).toEqual({ importSegments: { ...NOTHING, applied: false, rejected: 1, mistakes } });
    }
    const { data } = await run('editor-key', importing('id,name\n1001,Other\n9999,New', ', dryRun: true'));
    expect(data).toMatchObject({ importSegments: { applied: false, created: 1, renamed: 1 } });
  });

  it('to an import that was done says how much it did', async () => {
    const { data } = await run('import-key', importing('id,name\n1002,By hand\n777,New'));
    expect(data).toEqual({
      importSegments: { ...NOTHING, applied: true, created: 1, renamed: 1, rejected: 0, mistakes: [] },
    });
  });

  it('of one segment is the same whether or not there is such a segment', async () => {
    const fields =
      'mappingId sid alias value url secureUrl isTrait name label description status startDate endDate createdAt updatedAt source asOf stale';
    const calls = [
      (key: string): string => `unsetSegment(key: ${key})`,
      (key: string): string => `setSegment(key: ${key}, name: null)`,
      (key: string): string => `setSegment(key: ${key}, description: "Same")`,
    ];
    for (const call of calls) {
      for (const [idType, known, unknown] of [
        ['MAPPING_ID', '1003', '1999'],
        ['SID', '5003', '5999'],
        ['ALIAS', 'alias-3', 'alias-999'],
      ] as const) {
        const answer = async (id: string): Promise<string> => {
          const key = `{ ${AT}, segmentId: "${id}", idType: ${idType} }`;
          const { data, errors } = await run('import-key', `mutation { done: ${call(key)} { ${fields} } }`);
          expect(errors).toBeUndefined();
          expect(data?.['done']).not.toBeNull();
          return JSON.stringify(data).replaceAll(id, 'ID');
        };
        expect(await answer(known)).toBe(await answer(unknown));
      }
    }
  });
});
