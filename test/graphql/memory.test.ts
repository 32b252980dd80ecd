import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { RawConnection } from '../support/raw-connection.js';

/** More than all caches of operations may take, and less than the operations of a case, in bytes. */
const MAX_GROWTH = 60e6;

/** Number of operations of a case. */
const COUNT = 400;

/** White space that makes an operation long. */
const LONG = ' '.repeat(250_000);
/** Arguments that name the destination. */
const PLACE = 'customerId: "acme", destinationId: "314"';

const aliasOf = (index: number): string => `an-alias-that-is-long-${index}`;

/** Size of the heap after a full garbage collection, in bytes. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

it.each<[what: string, count: number, query: (index: number) => string]>([
  ['their white space', COUNT, (index) => `{ a${index}: customers { totalCount } }${LONG}`],
  ['their comments', COUNT / 4, (index) => `{ a${index}: customers { totalCount } }${'#\n'.repeat(25_000)}`],
  [
    'the IDs in them',
    COUNT,
    (index) => `{ segment(${PLACE}, segmentId: "${aliasOf(index)}", idType: ALIAS) { name } }${LONG}`,
  ],
])('operations do not stay in memory with %s', { timeout: 120_000 }, async (_what, count, query) => {
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
  // Sends buffers, which are outside of the heap, and costs less time than `fetch` for bodies of this size.
  using connection = await RawConnection.open(gateway.url);
  const ask = async (index: number): Promise<void> => {
    const body = Buffer.from(JSON.stringify({ query: query(index) }));
    const head = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    // The second time, a cached response is possible.
    for (const turn of [1, 2]) {
      connection.send(head);
      connection.send(body);
      const answer = await connection.answer();
      expect({ turn, status: answer?.status, body: JSON.parse(answer?.body ?? 'null') as unknown }).toEqual({
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
