import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';

/** More than everything that is kept of operations may take, and less than these would. In bytes. */
const MAX_GROWTH = 60e6;

const COUNT = 400;
const LONG = ' '.repeat(250_000);
const PLACE = 'customerId: "acme", destinationId: "314"';

const aliasOf = (index: number): string => `an-alias-that-is-long-${index}`;

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

it.each<[what: string, count: number, query: (index: number) => string]>([
  ['its blanks', COUNT, (index) => `{ a${index}: customers { totalCount } }${LONG}`],
  ['its comments', COUNT / 4, (index) => `{ a${index}: customers { totalCount } }${'#\n'.repeat(25_000)}`],
  [
    'the IDs in it',
    COUNT,
    (index) => `{ segment(${PLACE}, id: "${aliasOf(index)}", idType: ALIAS) { name } }${LONG}`,
  ],
])('operations do not stay in memory for %s', { timeout: 120_000 }, async (_what, count, query) => {
  await using gateway = await TestGateway.start({
    simulated: [
      passwordCustomer(
        'acme',
        destination(314, 0, {
          mappings: Array.from({ length: count }, (_, index) => ({
            mappingId: index,
            alias: aliasOf(index),
            name: `Segment ${index}`,
          })),
        }),
      ),
    ],
    config: { freshness: { refreshEvery: '0' }, cache: { maxAnswers: '0' } },
  });
  const ask = async (index: number): Promise<void> => {
    for (const turn of [1, 2]) {
      const { status, body } = await gateway.post({ query: query(index) });
      expect({ turn, status, body }).toEqual({
        turn,
        status: 200,
        body: { data: expect.anything() as unknown },
      });
    }
  };
  await ask(0);
  const before = heapUsed();
  for (let index = 1; index < count; index += 1) await ask(index);
  expect(heapUsed() - before).toBeLessThan(MAX_GROWTH);
});
